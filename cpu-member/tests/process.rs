//! The real binary, in the owner's words: what it writes, that it waits its turn, and that it stops.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use datasite::PeerReport;

const ALICE: &str = "alice@example.org";

/// A home with SyftBox in it, as its client leaves it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a temporary folder"));
        fs::create_dir_all(home.path(&format!("SyftBox/datasites/{ALICE}"))).expect("made");
        fs::create_dir_all(home.path(".syftbox")).expect("made");
        let config = format!(
            r#"{{"data_dir": "{}", "email": "{ALICE}", "access_token": "secret-token"}}"#,
            home.path("SyftBox").display()
        );
        fs::write(home.path(".syftbox/config.json"), config).expect("written");
        home
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn shared(&self, name: &str) -> PathBuf {
        self.path(&format!("SyftBox/datasites/{ALICE}/app_data/cpu_tracker/{name}"))
    }

    fn private(&self) -> PathBuf {
        self.path("SyftBox/private/cpu_tracker/cpu_tracker.json")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cpu-member"));
        command.env_clear().env("HOME", self.0.path()).args(words).stdin(Stdio::null());
        command
    }

    /// Runs to its end: exit code, what it printed, what it logged.
    fn finish(&self, words: &[&str]) -> (i32, String, String) {
        let output = self.command(words).output().expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
    }

    /// Runs in the background with slots of two seconds.
    fn member(&self) -> Member {
        let mut command = self.command(&["run", "--slot", "2s", "--protects", "0.1s"]);
        Member(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"))
    }

    fn report(&self) -> PeerReport {
        PeerReport::parse(&fs::read(self.shared("cpu_tracker.json")).expect("there")).expect("ours")
    }
}

/// A background process that never outlives its test.
struct Member(Child);

impl Member {
    fn signal(&self, signal: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill runs").success());
    }

    fn ends_within(&mut self, patience: Duration) -> Option<i32> {
        let end = until(patience, || self.0.try_wait().expect("our child").is_some());
        assert!(end, "still running after {patience:?}");
        self.0.wait().expect("our child").code()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until(patience: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let give_up = Instant::now() + patience;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() > give_up {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn one_run_publishes_one_noisy_value_and_keeps_the_raw_one_private() {
    let home = Home::new();
    let words = ["run", "--once", "--slot", "2s", "--protects", "0.1s", "--epsilon", "0.5"];
    let (code, printed, logged) = home.finish(&words);
    assert_eq!((code, printed.as_str()), (0, ""), "{logged}");
    assert!(
        logged.contains("first run") && logged.contains("the first value leaves at"),
        "{logged}"
    );

    let report = home.report();
    assert!((report.scale - 20.0).abs() < 0.01, "100 · 0.1 / (1 · 0.5): {}", report.scale);
    assert!((report.protects_s - 0.1).abs() < 1e-9 && (report.slot_s - 2.0).abs() < 1e-9);
    let raw = fs::read_to_string(home.private()).expect("there");
    let raw: f64 = raw[raw.find(": ").expect("a key") + 2..raw.find(',').expect("two keys")]
        .parse()
        .expect("a number");
    assert!((0.0..=100.0).contains(&raw));
    assert!((report.cpu - raw).abs() > f64::EPSILON, "noise was added");

    assert_eq!(mode(&home.private()), 0o600);
    assert_eq!(mode(home.private().parent().expect("a folder")), 0o700);
    let permissions = fs::read_to_string(home.shared("syft.pub.yaml")).expect("there");
    assert!(permissions.contains(r#"read: ["aggregator@openmined.org"]"#));
    assert!(home.shared("syftperm.yaml").exists());
    let shared = home.shared("");
    assert_eq!(fs::read_dir(shared).expect("there").count(), 3, "nothing else is shared");
    assert_eq!(mode(&home.path(".local/state/cpu-member")), 0o700);
}

#[test]
fn a_stopped_member_ends_within_three_seconds_and_says_nothing_more() {
    for signal in ["-TERM", "-INT"] {
        let home = Home::new();
        let mut member = home.member();
        let timeline = home.path(".local/state/cpu-member/member.json");
        assert!(until(PATIENCE, || timeline.exists()), "it never began");
        member.signal(signal);
        assert_eq!(member.ends_within(Duration::from_secs(3)), Some(0));
    }
}

#[test]
fn a_killed_member_goes_on_with_later_slots_and_a_second_one_waits_its_turn() {
    let home = Home::new();
    let mut first = home.member();
    let second = home.member();
    assert!(until(PATIENCE, || home.shared("cpu_tracker.json").exists()), "nothing was published");
    let (_, shown, _) = home.finish(&["status"]);
    for said in ["Running.", "Last published", "ε = 1 for any 0.1 s, windows of 1 s"] {
        assert!(shown.contains(said), "{said:?} is not in\n{shown}");
    }
    let before = home.report().slot_end;
    first.signal("-KILL");
    first.ends_within(PATIENCE);
    // The second one takes over: its slots are in step with the first one's, and later.
    assert!(until(PATIENCE, || home.report().slot_end > before), "nobody took over");
    let apart = home.report().slot_end.duration_since(before).as_secs();
    assert!(apart >= 2 && apart % 2 == 0, "{apart} s apart");
    drop(second);
}

#[test]
fn a_member_survives_the_loss_of_its_files() {
    let home = Home::new();
    let _member = home.member();
    assert!(until(PATIENCE, || home.shared("cpu_tracker.json").exists()), "nothing was published");
    fs::remove_dir_all(home.path(&format!("SyftBox/datasites/{ALICE}/app_data"))).expect("there");
    fs::remove_dir_all(home.path("SyftBox/private")).expect("there");
    assert!(
        until(PATIENCE, || home.shared("cpu_tracker.json").exists()),
        "it was not published again"
    );
    assert!(home.shared("syft.pub.yaml").exists() && home.private().exists());
}

#[test]
fn without_syftbox_a_member_says_what_to_do_and_creates_nothing() {
    let home = Home::new();
    fs::remove_dir(home.path(&format!("SyftBox/datasites/{ALICE}"))).expect("empty");
    let (code, _, logged) = home.finish(&["run", "--once"]);
    assert_eq!(code, 69);
    assert!(logged.contains("start SyftBox, log in, and wait for its first sync"), "{logged}");
    assert!(!home.path(&format!("SyftBox/datasites/{ALICE}")).exists());

    fs::remove_file(home.path(".syftbox/config.json")).expect("there");
    let (code, _, logged) = home.finish(&["run", "--once"]);
    assert_eq!(code, 69);
    assert!(logged.contains("SyftBox's settings were not found; looked at"), "{logged}");
}

#[test]
fn a_timeline_that_is_damaged_or_gone_stops_the_member() {
    let home = Home::new();
    let words = ["run", "--once", "--slot", "2s", "--protects", "0.1s"];
    assert_eq!(home.finish(&words).0, 0);
    let timeline = home.path(".local/state/cpu-member/timeline");
    fs::write(&timeline, "").expect("written");
    let (code, _, logged) = home.finish(&words);
    assert!(code == 65 && logged.contains("holds no readable timeline"), "{code}: {logged}");
    fs::remove_file(&timeline).expect("there");
    let (code, _, logged) = home.finish(&words);
    assert!(code == 65 && logged.contains("is missing although"), "{code}: {logged}");
    assert!(!timeline.exists());
}

#[test]
fn preview_and_status_write_nothing_and_never_show_a_token() {
    let home = Home::new();
    for words in [
        &["preview"][..],
        &["preview", "--profile", "live"],
        &["status"],
        &["budget"],
        &["budget", "--json"],
    ] {
        let (code, printed, logged) = home.finish(words);
        assert_eq!(code, 0, "{logged}");
        assert!(!printed.is_empty() && !printed.contains("secret") && !logged.contains("secret"));
    }
    assert!(!home.path(".local").exists() && !home.shared("").exists());
    assert!(!home.path("SyftBox/private").exists());
}

#[test]
fn a_changed_promise_is_shown_for_ever() {
    let home = Home::new();
    for epsilon in ["0.5", "0.7"] {
        let words = ["run", "--once", "--slot", "2s", "--protects", "0.1s", "--epsilon", epsilon];
        assert_eq!(home.finish(&words).0, 0);
    }
    let (_, shown, _) = home.finish(&["status"]);
    assert!(
        shown.contains("ε = 0.5 for any 0.1 s") && shown.contains("ε = 0.7 for any"),
        "{shown}"
    );
}

/// That `logged` says `words`, and that they have an entry in docs/operating.md.
fn is_documented(logged: &str, words: &str) {
    let says_so = |text: &str| words.split(" … ").all(|part| text.contains(part));
    assert!(says_so(logged), "{logged:?} does not say {words:?}");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operating.md");
    let docs = fs::read_to_string(docs).expect("the workspace's docs");
    let mut entries = docs.lines().filter(|line| line.starts_with("| `"));
    assert!(entries.any(says_so), "{words:?} has no entry");
}

const CAPPED: [&str; 8] =
    ["run", "--slot", "2s", "--protects", "0.1s", "--hour-cap", "15", "--day-cap"];

#[test]
fn a_cap_pauses_the_member_says_until_when_and_outlives_its_settings() {
    let home = Home::new();
    let once = [&CAPPED[..], &["100", "--once"]].concat();
    // A window of 1 s costs ten stretches of 0.1 s.
    assert_eq!(home.finish(&once).0, 0);
    let (code, _, logged) = home.finish(&once);
    assert_eq!(code, 75, "{logged}");
    assert!(logged.contains("paused until 20") && logged.contains("the cap of ε = 15"), "{logged}");
    is_documented(&logged, "paused until");
    // A settings file that goes missing lifts nothing.
    let (code, _, logged) = home.finish(&["run", "--once", "--slot", "2s", "--protects", "0.1s"]);
    assert_eq!(code, 75, "{logged}");
    assert!(!logged.contains("has changed"), "{logged}");

    let (code, shown, _) = home.finish(&["budget"]);
    assert_eq!(code, 0);
    for said in [
        "in any 0.1 s, all that it publishes is differentially private",
        "windows of 1 s, any 1 h at most 15, any 1 d at most 100",
        "    1 s                10 ",
        "    1 h                15         almost 100 %: not hidden  ← capped; 35999 without",
        "    7 d                700 ",
        "    any 1 h at most 15: 10 used, 5 left",
        "    any 1 d at most 100: 10 used, 90 left",
        "    paused until 20",
    ] {
        assert!(shown.contains(said), "{said:?} is not in\n{shown}");
    }
    let (_, shown, _) = home.finish(&["budget", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(said["promise"]["protects_s"], 0.1);
    assert_eq!(said["eras"].as_array().expect("a list").len(), 1);
    assert_eq!(said["eras"][0]["caps"][1]["epsilon"], 100.0);
    assert_eq!(said["caps"][0]["stretch_s"], 3600.0);
    let (used, left) = (said["caps"][0]["used"].as_f64(), said["caps"][0]["left"].as_f64());
    assert!((used.expect("a number") + left.expect("a number") - 15.0).abs() < 1e-9);
    assert_eq!(said["caps"][0]["paused_until"], said["paused_until"]);
    assert_eq!(said["caps"][1]["paused_until"], serde_json::Value::Null);
    assert!(said["paused_until"].as_str().expect("a time").ends_with('Z'));

    // Lifted by name, on record for ever.
    let lifted = [&CAPPED[..5], &["--hour-cap", "none", "--once"]].concat();
    let (code, _, logged) = home.finish(&lifted);
    assert_eq!(code, 0, "{logged}");
    is_documented(&logged, "the promise has changed, or its caps");
    let (_, shown, _) = home.finish(&["status"]);
    assert!(shown.contains("any 1 h at most 15, any 1 d at most 100\n"), "{shown}");
    assert!(shown.contains("windows of 1 s, any 1 d at most 100\n"), "{shown}");
}

#[test]
fn a_paused_member_goes_on_waiting_and_says_so_once() {
    let home = Home::new();
    let mut command = home.command(&[&CAPPED[..], &["100"]].concat());
    let log = home.path("log");
    command.stdout(Stdio::null()).stderr(fs::File::create(&log).expect("created"));
    let mut member = Member(command.spawn().expect("it starts"));
    let said = || fs::read_to_string(&log).expect("there");
    assert!(
        until(PATIENCE, || said().contains("nothing is published: paused until")),
        "{}",
        said()
    );
    thread::sleep(Duration::from_secs(5));
    let published = said().matches("published the value").count();
    assert_eq!((published, said().matches("paused until").count()), (1, 1), "{}", said());
    member.signal("-TERM");
    assert_eq!(member.ends_within(Duration::from_secs(3)), Some(0));
}

#[test]
fn a_cap_that_allows_nothing_is_refused_before_anything_is_written() {
    let home = Home::new();
    for (day_cap, words) in [
        ("9", "_cap = … a cap of … allows no release at all"),
        ("much", "_cap = … must be the loss that it may cost"),
        ("0", "a total loss must be between 1e-9 and 1e9"),
    ] {
        let (code, _, logged) = home.finish(&[&CAPPED[..], &[day_cap, "--once"]].concat());
        assert_eq!(code, 78, "{logged}");
        assert!(logged.contains(&format!("day_cap = {day_cap}: ")), "{logged}");
        is_documented(&logged, words);
    }
    assert!(!home.path(".local").exists());
    // Nor does a promise that is too costly for the caps that hold.
    assert_eq!(home.finish(&[&CAPPED[..], &["100", "--once"]].concat()).0, 0);
    let costly = ["run", "--once", "--slot", "2s", "--protects", "0.05s"];
    let (code, _, logged) = home.finish(&costly);
    assert!(code == 78 && logged.contains("Raise or lift the cap"), "{code}: {logged}");
    is_documented(&logged, "a cap of … allows no release at all");
}
