//! What is on disk before what, watched at the system calls of the released member; and that it
//! publishes nothing where the disk does not obey.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use e2e::{StraysStopped, release_binary};

const ALICE: &str = "alice@example.org";

/// A home with SyftBox in it, as its client leaves it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("the system's temporary folder is writable"));
        fs::create_dir_all(home.path(&format!("SyftBox/datasites/{ALICE}"))).expect("writable");
        fs::create_dir_all(home.path(".syftbox")).expect("writable");
        fs::write(home.path(".syftbox/config.json"), format!(r#"{{"email": "{ALICE}"}}"#))
            .expect("writable");
        home
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn report(&self) -> PathBuf {
        self.path(&format!("SyftBox/datasites/{ALICE}/app_data/cpu_tracker/cpu_tracker.json"))
    }

    /// Lets a member publish one value under strace: whether it did, and the trace.
    fn trace(&self, options: &[&str]) -> (bool, String) {
        let _strays = StraysStopped(self.0.path().to_owned());
        let log = self.path("trace");
        let status = Command::new("strace")
            .args(["-f", "-y", "-o"])
            .arg(&log)
            .args(["-e", "trace=fsync,fdatasync,link,linkat,rename,renameat,renameat2"])
            .args(options)
            .arg(release_binary("cpu-member"))
            .args(["run", "--once", "--slot", "2s", "--protects", "0.1s", "--hour-cap", "100"])
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.0.path())
            .status()
            .expect("strace is installed");
        (status.success(), fs::read_to_string(log).expect("strace writes it"))
    }
}

/// The number of the first line after `from` that holds all of `words`.
fn find(trace: &str, from: usize, words: &[&str]) -> usize {
    let found = trace
        .lines()
        .enumerate()
        .skip(from)
        .find(|(_, line)| words.iter().all(|word| line.contains(word)));
    found.unwrap_or_else(|| panic!("no {words:?} after line {from} of\n{trace}")).0
}

fn end(folder: &Path) -> String {
    format!("{}>", folder.display())
}

#[test]
#[ignore = "needs strace and the release binaries: e2e/run and .ci/run have them"]
fn a_file_is_on_disk_before_it_has_its_name_and_its_folder_after() {
    let home = Home::new();
    let (published, trace) = home.trace(&[]);
    assert!(published && home.report().exists(), "{trace}");

    // The timeline: drafted, durable, named, and the name durable.
    let state = home.path(".local/state/cpu-member");
    let drafted = find(&trace, 0, &["fsync", "timeline.", ".new>"]);
    let named = find(&trace, drafted, &["link", "/timeline\""]);
    let created = find(&trace, named, &["fsync", &end(&state)]);

    // What the window costs is charged to the cap, in both copies.
    let timeline = state.join("timeline").display().to_string();
    let once = find(&trace, created + 1, &["fdatasync", &timeline]);
    let charged = find(&trace, once + 1, &["fdatasync", &timeline]);

    // The report: as the timeline, and only after the permission files and the charge.
    let folder = home.report().parent().expect("it has one").to_owned();
    let permitted = find(&trace, 0, &["rename", "app_data/cpu_tracker/syftperm.yaml\""]);
    let drafted =
        find(&trace, permitted.max(charged), &["fsync", "app_data+cpu_tracker+cpu_tracker.json>"]);
    let named = find(&trace, drafted, &["rename", "app_data/cpu_tracker/cpu_tracker.json\""]);
    find(&trace, named, &["fsync", &end(&folder)]);
}

#[test]
#[ignore = "needs strace and the release binaries: e2e/run and .ci/run have them"]
fn where_the_disk_does_not_obey_nothing_is_published() {
    let (_, trace) = Home::new().trace(&[]);
    let named = find(&trace, 0, &["rename", "app_data/cpu_tracker/cpu_tracker.json\""]);
    for call in ["fsync", "fdatasync"] {
        let before = trace.lines().take(named).filter(|line| line.contains(&format!(" {call}(")));
        for number in 1..=before.count() {
            let home = Home::new();
            let inject = format!("inject={call}:error=EIO:when={number}+");
            let (published, trace) = home.trace(&["-e", &inject]);
            assert!(!published && !home.report().exists(), "from {call} {number} on\n{trace}");
        }
    }
}
