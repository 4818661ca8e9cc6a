//! The system calls of a process, and the process with one of them tampered with: by `strace`.

use std::{fs, path::Path, process::Command};

use crate::scene::in_ci;

/// One system call of a traced process.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// The how manieth of its name.
    pub(crate) nth: usize,
    /// As strace writes it, with the paths of open files.
    pub(crate) line: String,
}

/// Whether there is a strace. Without one a case is skipped, but never in CI.
pub(crate) fn is_possible() -> bool {
    let works = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
    if works.is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(!in_ci(), "CI needs strace, and the right to trace");
    println!("skipped, since strace is missing or may not trace:");
    false
}

/// Runs `command` and lists its system calls from the first on that mentions `from`.
pub(crate) fn record(command: &Command, log: &Path, from: &str) -> Vec<Call> {
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-y", "-s", "64", "-o"]).arg(log);
    let output = under(strace, command).output().expect("strace runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = fs::read_to_string(log).expect("a log");
    let mut calls: Vec<Call> = Vec::new();
    for line in log.lines() {
        let Some((name, _)) = line.split_once('(') else { continue };
        let nth = 1 + calls.iter().filter(|call| call.name == name).count();
        calls.push(Call { name: name.to_owned(), nth, line: line.to_owned() });
    }
    let first = calls.iter().position(|call| call.line.contains(from) && call.name != "execve");
    calls.split_off(first.expect("it comes to that"))
}

/// `command`, tampered with at one call: `how` is `signal=KILL`, or `error=EIO`.
pub(crate) fn tampered(command: &Command, call: &Call, how: &str) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-o", "/dev/null"]);
    strace.args(["-e", &format!("trace={}", call.name)]);
    strace.args(["-e", &format!("inject={}:{how}:when={}", call.name, call.nth)]);
    under(strace, command)
}

fn under(mut strace: Command, command: &Command) -> Command {
    strace.arg(command.get_program()).args(command.get_args());
    strace.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace
}
