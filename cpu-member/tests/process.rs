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
    for words in [&["preview"][..], &["preview", "--profile", "live"], &["status"]] {
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
