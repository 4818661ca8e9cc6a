use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::wait_for;

/// How long a process may take to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process that a test started, its output in a file. It is stopped when this is dropped, so
/// also when the test panics.
#[derive(Debug)]
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts `command` without standard input; what it prints is added to `log`.
    pub fn start(command: &mut Command, log: PathBuf) -> Self {
        let output = File::options().create(true).append(true).open(&log);
        let output = output.expect("the log's folder exists");
        let errors = output.try_clone().expect("a file handle can be copied");
        let child = command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn();
        let child = child.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        Self { child, log }
    }

    /// How the process ended; `None` while it runs.
    pub fn exit(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("nobody else waits for this child")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        send(signal, self.child.id());
    }

    /// Ends the process at once, wherever it is.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.child.wait().expect("nobody else waits for this child");
    }

    /// How much memory it has in use now, in KiB; `None` once it has ended.
    pub fn resident_kib(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.trim().parse().ok()
    }

    /// Everything that it has printed so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The last lines it printed, under the file's name.
    pub(crate) fn log_tail(&self) -> String {
        tail(&self.log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::SIGTERM);
        if wait_for(PATIENCE, || self.exit()).is_none() {
            self.signal(Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}

/// A process that something else started, known by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The process id.
    pub pid: u32,
    /// The program and its arguments, separated by spaces.
    pub command: String,
}

impl Stray {
    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        send(signal, self.pid);
    }
}

/// The processes whose HOME lies in `folder`: what SyftBox's clients started and do not stop.
pub fn processes_at_home_in(folder: &Path) -> Vec<Stray> {
    let home = format!("HOME={}", folder.display());
    let processes = fs::read_dir("/proc").expect("Linux shows its processes in /proc");
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment
                .split(|byte| *byte == 0)
                .any(|variable| variable.starts_with(home.as_bytes()))
        })
        .map(|pid| {
            let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            Stray {
                pid,
                command: String::from_utf8_lossy(&arguments)
                    .trim_end_matches('\0')
                    .replace('\0', " "),
            }
        })
        .collect()
}

/// Stops, when dropped, what still has its HOME in this folder.
#[derive(Debug)]
pub struct StraysStopped(pub PathBuf);

impl Drop for StraysStopped {
    fn drop(&mut self) {
        for signal in [Signal::SIGTERM, Signal::SIGKILL] {
            for stray in processes_at_home_in(&self.0) {
                stray.signal(signal);
            }
            let gone = || processes_at_home_in(&self.0).is_empty().then_some(());
            if wait_for(PATIENCE, gone).is_some() {
                return;
            }
        }
    }
}

/// The last lines of a file, under its name.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(12)..];
    format!("--- {} ---\n{}\n", log.display(), last.join("\n"))
}

fn send(signal: Signal, pid: u32) {
    let pid = i32::try_from(pid).expect("Linux's process ids fit");
    // An error means that it has already ended.
    let _ = kill(Pid::from_raw(pid), signal);
}
