//! The real program, started and stopped as SyftBox and people do.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cpu-leader");

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// An account with SyftBox's settings and folders.
struct Account {
    home: tempfile::TempDir,
}

impl Account {
    fn new() -> Account {
        let account = Account { home: tempfile::tempdir().unwrap() };
        fs::create_dir_all(account.path("SyftBox/datasites/leader@example.org")).unwrap();
        fs::create_dir(account.path(".syftbox")).unwrap();
        let config = r#"{"email": "leader@example.org", "data_dir": "~/SyftBox"}"#;
        fs::write(account.path(".syftbox/config.json"), config).unwrap();
        account
    }

    fn path(&self, below: &str) -> PathBuf {
        self.home.path().join(below)
    }

    fn data(&self) -> PathBuf {
        self.path("SyftBox/datasites/leader@example.org/public/cpu_tracker/data.json")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().env("HOME", self.home.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self, arguments: &[&str]) -> Program {
        Program { child: self.command(arguments).spawn().unwrap() }
    }
}

/// A running program, killed at the end of its test if it has not ended.
struct Program {
    child: Child,
}

impl Program {
    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Its end, and what it said on standard output and standard error.
    fn end(mut self) -> (ExitStatus, String, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(10));
        };
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (status, out, err)
    }

    /// The first line of its standard output.
    fn first_line(&mut self) -> String {
        let out = self.child.stdout.as_mut().unwrap();
        let (mut line, mut byte) = (Vec::new(), [0]);
        while out.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn get(url: &str, path: &str) -> String {
    let address = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_publishes_at_once_and_ends_within_three_seconds_of_either_signal() {
    for signal in ["TERM", "INT"] {
        let account = Account::new();
        let program = account.start(&["run"]);
        wait_for("the first publication", || account.data().exists());
        let start = Instant::now();
        program.signal(signal);
        let (status, _, err) = program.end();
        assert!(start.elapsed() < Duration::from_secs(3), "{signal}: {:?}", start.elapsed());
        assert!(status.success(), "{signal}: {err}");
    }
}

#[test]
fn the_second_of_two_waits_and_takes_over_when_the_first_is_killed() {
    let account = Account::new();
    let first = account.start(&["run", "--round", "1s"]);
    wait_for("the first publication", || account.data().exists());
    let second = account.start(&["run", "--round", "1s"]);
    thread::sleep(Duration::from_secs(1));
    first.signal("KILL");
    drop(first);
    fs::remove_file(account.data()).unwrap();
    wait_for("the second's publication", || account.data().exists());
    second.signal("TERM");
    let (status, _, err) = second.end();
    assert!(status.success(), "{err}");
    assert!(err.contains("waiting: another cpu-leader is running"), "{err}");
}

#[test]
fn a_single_round_does_not_wait_for_the_lock() {
    let account = Account::new();
    let running = account.start(&["run"]);
    wait_for("the first publication", || account.data().exists());
    let (status, _, err) = account.start(&["run", "--once"]).end();
    assert_eq!(status.code(), Some(75), "{err}");
    drop(running);
    let (status, _, err) = account.start(&["run", "--once"]).end();
    assert!(status.success(), "{err}");
}

#[test]
fn it_waits_for_syftbox_to_set_up_the_datasite_and_never_does_so_itself() {
    let account = Account::new();
    let own = account.path("SyftBox/datasites/leader@example.org");
    fs::remove_dir(&own).unwrap();
    for words in [&["run", "--once"][..], &["run"]] {
        let (status, _, err) = account.start(words).end();
        assert_eq!(status.code(), Some(69), "{err}");
        assert!(err.contains("SyftBox has not created"), "{err}");
    }

    // As an app it must not end: SyftBox would start it again every five seconds, or never.
    let settings = account.path(".syftbox/config.json");
    fs::rename(&settings, account.path("aside")).unwrap();
    let app = account.path("");
    let program = account.start(&["run", "--app-folder", app.to_str().unwrap()]);
    thread::sleep(Duration::from_secs(1));
    fs::rename(account.path("aside"), &settings).unwrap();
    thread::sleep(Duration::from_secs(1));
    assert!(!own.exists());
    fs::create_dir(&own).unwrap();
    wait_for("the first publication", || account.data().exists());
    program.signal("TERM");
    assert!(program.end().0.success());
}

#[test]
fn without_syftbox_it_says_where_it_looked_and_how_to_go_on() {
    let account = Account::new();
    fs::remove_dir_all(account.path(".syftbox")).unwrap();
    let (status, _, err) = account.start(&["run"]).end();
    assert_eq!(status.code(), Some(69), "{err}");
    for part in [".syftbox/config.json", "--syftbox-config"] {
        assert!(err.contains(part), "{err}");
    }
}

#[test]
fn mistakes_have_exit_codes_of_their_own() {
    let account = Account::new();
    let code = |arguments: &[&str]| account.start(arguments).end().0.code();
    assert_eq!(code(&["run", "--round", "soon"]), Some(2));
    assert_eq!(code(&["fly"]), Some(2));
    let toml = account.path("mine.toml");
    fs::write(&toml, "rounds = '1s'").unwrap();
    assert_eq!(code(&["--config", toml.to_str().unwrap(), "run"]), Some(78));
}

#[test]
fn a_setting_comes_from_the_flag_then_the_environment_then_the_file() {
    let account = Account::new();
    let toml = account.path(".config/cpu-leader.toml");
    fs::create_dir(toml.parent().unwrap()).unwrap();
    fs::write(&toml, "round = '5s'\nminimum_machines = 5").unwrap();
    let minimum = |arguments: &[&str], environment: Option<&str>| {
        let mut command = account.command(arguments);
        command.envs(environment.map(|value| ("CPU_LEADER_MINIMUM_MACHINES", value)));
        assert!(command.output().unwrap().status.success());
        let data: serde_json::Value =
            serde_json::from_slice(&fs::read(account.data()).unwrap()).unwrap();
        fs::remove_file(account.data()).unwrap();
        assert_eq!(data["step_s"], 5);
        data["minimum_machines"].as_u64().unwrap()
    };
    assert_eq!(minimum(&["run", "--once"], None), 5);
    assert_eq!(minimum(&["run", "--once"], Some("6")), 6);
    assert_eq!(minimum(&["run", "--once", "--minimum-machines", "7"], Some("6")), 7);
}

#[test]
fn serve_shows_what_is_published() {
    let account = Account::new();
    assert!(account.start(&["run", "--once"]).end().0.success());
    let mut program = account.start(&["serve", "--port", "0"]);
    let url = program.first_line();
    assert!(get(&url, "/").contains("<title>"), "{url}");
    assert!(get(&url, "/data.json").contains("\"schema\":2"), "{url}");
    program.signal("TERM");
    assert!(program.end().0.success());
}

#[test]
fn the_demo_shows_a_value_within_15_seconds_and_leaves_nothing_behind() {
    let member = Path::new(PROGRAM).with_file_name("cpu-member");
    let account = Account::new();
    let temporary = account.path("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut command = account.command(&["demo", "--members", "3", "--port", "0"]);
    command.env("TMPDIR", &temporary);
    let mut program = Program { child: command.spawn().unwrap() };
    if !member.is_file() {
        let (status, _, err) = program.end();
        assert_eq!(status.code(), Some(69), "{err}");
        assert!(err.contains("cargo build --release"), "{err}");
        eprintln!("skipped the rest: cpu-member is not built; `cargo test --workspace` builds it");
        return;
    }
    let url = program.first_line();
    let start = Instant::now();
    let value = program.first_line();
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert!(value.contains("95 % noise range"), "{value}");
    assert!(get(&url, "/data.json").contains("\"members_on_one_cpu\":3"));
    program.signal("INT");
    assert!(program.end().0.success());
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}
