use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Place;
use crate::error::Error;

/// What a member of the demo runs with: 5 s slots, so that the first value comes soon, and the
/// noise of the profile `live` (a scale of 10 points) on its windows of 4 s.
const CHOICES: [&str; 6] = ["--slot", "5s", "--protects", "0.2s", "--epsilon", "0.5"];

/// How much of a failed member's log is shown.
const LOG_LINES: usize = 5;

/// Running members; they are stopped, by their process ids, when this is dropped.
#[derive(Default)]
pub(super) struct Members {
    running: Vec<(Child, PathBuf)>,
}

impl Members {
    /// Starts a member at its place, with nothing of our environment but its own home.
    pub(super) fn start(
        &mut self,
        program: &Path,
        place: &Place,
        leader: &str,
    ) -> Result<(), Error> {
        let path = place.log();
        let log = File::create(&path).map_err(Error::write(&path))?;
        let child = Command::new(program)
            .arg("--syftbox-config")
            .arg(place.config_path())
            .arg("run")
            .args(CHOICES)
            .args(["--end-with-parent", "--leader", leader])
            .env_clear()
            .env("HOME", &place.home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|source| Error::Start { path: program.to_path_buf(), source })?;
        self.running.push((child, path));
        Ok(())
    }

    /// Whether all of them still run.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        for (child, log) in &mut self.running {
            if let Ok(Some(status)) = child.try_wait() {
                let text = fs::read_to_string(log).unwrap_or_default();
                let lines: Vec<_> = text.lines().collect();
                let last = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
                return Err(Error::MemberEnded { status, log: last });
            }
        }
        Ok(())
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        // Their state goes with the folder, so there is nothing to finish first.
        for (child, _) in &mut self.running {
            let _ = child.kill(); // it may have ended by itself
        }
        for (child, _) in &mut self.running {
            let _ = child.wait();
        }
    }
}

/// The member's program, which lies beside this one.
pub(super) fn beside_this_program() -> Result<PathBuf, Error> {
    let own = env::current_exe().map_err(Error::read("the path of this program"))?;
    let path = own.with_file_name("cpu-member");
    if path.is_file() { Ok(path) } else { Err(Error::NoMember { path }) }
}
