//! What could keep a leader from working, looked at in order, each with what to do about it.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use datasite::{ClientConfig, Report, Workspace, is_datasite_name};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::collect::Collector;
use crate::error::Error;
use crate::instance_lock::{is_held, state_folder};
use crate::lists::Lists;
use crate::page::page;
use crate::publish::PAGE;
use crate::published::Published;
use crate::settings::Settings;

mod permissions;

/// Below that, a history of a month or SyftBox's own copies may not fit.
const LITTLE_SPACE: u64 = 100 << 20;

/// This version was written after that; a clock before it is wrong.
const PAST: &str = "2026-11-01T00:00:00Z";

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was looked at.
    pub subject: &'static str,
    /// What was found, and what to do where something is to be done.
    pub text: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, perhaps not as meant.
    Warning,
    /// It does not work until somebody does something.
    Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Problem => "PROBLEM",
        };
        write!(f, "{level:<8} {:<12} {}", self.subject, self.text)
    }
}

/// Everything that can be looked at, given what the settings and SyftBox's settings were found to
/// be. Nothing is written.
pub fn examine(
    settings: &Result<Settings, Error>,
    config: Result<ClientConfig, datasite::Error>,
    home: &Path,
    now: SystemTime,
) -> Vec<Finding> {
    let mut findings = vec![match settings {
        Ok(settings) => ok("settings", format!("usable; {}", settings.lists)),
        Err(error) => problem("settings", error.to_string()),
    }];
    findings.push(clock(now));
    let workspace = config.and_then(|config| {
        let found = format!("{} in {}", config.email, config.path.display());
        findings.push(ok("SyftBox", found));
        Workspace::open(&config)
    });
    let workspace = match workspace {
        Ok(workspace) => workspace,
        Err(error) => {
            findings.push(problem("SyftBox", error.to_string()));
            return findings;
        }
    };
    findings.push(ok("datasite", workspace.own().display().to_string()));
    let state = state_folder(home, workspace.email());
    findings.push(if is_held(&state) {
        ok("leader", "running".to_owned())
    } else {
        warning("leader", "none is running: start `cpu-leader run`".to_owned())
    });
    findings.push(modes(&state));
    findings.push(history(&state.join("history.sqlite")));
    findings.push(public_page(&workspace));
    findings.push(data(&workspace, now));
    findings.push(permissions::permissions(&workspace));
    findings.push(space("disk", workspace.data_dir()));
    let lists = settings.as_ref().map_or_else(|_| Lists::default(), |it| it.lists.clone());
    findings.push(members(&workspace, lists, now));
    findings
}

/// What `doctor` ends with.
///
/// # Errors
/// [`Error::Unwell`] when there is a problem; warnings are none.
pub fn verdict(findings: &[Finding]) -> Result<(), Error> {
    let problems = findings.iter().filter(|finding| finding.level == Level::Problem).count();
    match problems {
        0 => Ok(()),
        1 => Err(Error::Unwell { problems: "one problem".to_owned() }),
        many => Err(Error::Unwell { problems: format!("{many} problems") }),
    }
}

fn ok(subject: &'static str, text: String) -> Finding {
    Finding { level: Level::Ok, subject, text }
}

fn warning(subject: &'static str, text: String) -> Finding {
    Finding { level: Level::Warning, subject, text }
}

fn problem(subject: &'static str, text: String) -> Finding {
    Finding { level: Level::Problem, subject, text }
}

fn clock(now: SystemTime) -> Finding {
    let now = Timestamp::try_from(now).unwrap_or(Timestamp::MIN);
    let shown = now.strftime("%Y-%m-%d %H:%M:%S UTC");
    if PAST.parse::<Timestamp>().is_ok_and(|past| now > past) {
        ok("clock", shown.to_string())
    } else {
        let remedy = "set it, or no report is fresh: turn time synchronization on";
        problem("clock", format!("{shown} is in the past: {remedy}"))
    }
}

fn modes(state: &Path) -> Finding {
    match fs::symlink_metadata(state) {
        Err(_) => ok("state", "none yet; the first round makes it".to_owned()),
        Ok(found) if !found.is_dir() => {
            problem("state", format!("{} is no folder: move it away", state.display()))
        }
        Ok(found) if found.permissions().mode() & 0o077 != 0 => warning(
            "state",
            format!("others may look into {path}: chmod 700 {path}", path = state.display()),
        ),
        Ok(_) => ok("state", format!("{}, for you alone", state.display())),
    }
}

fn history(path: &Path) -> Finding {
    let Ok(found) = fs::metadata(path) else {
        return ok("history", "none yet; the first round makes it".to_owned());
    };
    let check = || -> rusqlite::Result<String> {
        let history = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        history.busy_timeout(Duration::from_secs(2))?;
        history.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))
    };
    match check() {
        Ok(whole) if whole == "ok" => ok("history", format!("whole, {}", size(found.len()))),
        _ => warning(
            "history",
            format!(
                "{} is damaged: the next round sets it aside and begins a new one",
                path.display()
            ),
        ),
    }
}

fn public_page(workspace: &Workspace) -> Finding {
    let path = workspace.public(Report::APP).join(PAGE);
    match fs::read(&path) {
        Ok(found) if found == page().as_bytes() => ok("page", path.display().to_string()),
        Ok(_) => {
            warning("page", "another version's, or edited; the next round mends it".to_owned())
        }
        Err(_) => warning("page", "none yet; the first round writes it".to_owned()),
    }
}

fn data(workspace: &Workspace, now: SystemTime) -> Finding {
    match Published::read(workspace, now) {
        Err(error @ Error::NotPublished { .. }) => warning("data", error.to_string()),
        Err(error) => problem("data", error.to_string()),
        Ok(published) => match published.age {
            None => problem("data", "written in the future: was the clock set?".to_owned()),
            Some(age) if !published.is_current() => {
                let seconds = age.as_secs();
                warning("data", format!("{seconds} s old: start `cpu-leader run`"))
            }
            Some(age) => ok("data", format!("{} s old", age.as_secs())),
        },
    }
}

fn space(subject: &'static str, folder: &Path) -> Finding {
    match rustix::fs::statvfs(folder) {
        Err(error) => warning(subject, format!("its free space cannot be seen: {error}")),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            if free < LITTLE_SPACE {
                problem(subject, format!("only {} are free: make room", size(free)))
            } else {
                ok(subject, format!("{} free", size(free)))
            }
        }
    }
}

/// Counts only: who they are is not for a text that people show around.
fn members(workspace: &Workspace, lists: Lists, now: SystemTime) -> Finding {
    let moment = Timestamp::try_from(now).unwrap_or(Timestamp::MAX);
    let datasites = workspace.datasites();
    let is_other = |entry: &fs::DirEntry| {
        entry.file_name().to_str().is_some_and(is_datasite_name) && entry.path() != workspace.own()
    };
    let seen = fs::read_dir(&datasites).map_or(0, |all| all.flatten().filter(is_other).count());
    match Collector::new(lists).collect(&datasites, workspace.email(), moment) {
        Err(error) => problem("members", error.to_string()),
        Ok(found) => {
            let skipped: Vec<_> =
                found.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            let skipped =
                if skipped.is_empty() { "nothing".to_owned() } else { skipped.join(", ") };
            let text = format!(
                "{seen} other datasites seen, {} reports count; skipped: {skipped}",
                found.reports.len()
            );
            if found.reports.is_empty() {
                let remedy = "Members run cpu-member with your address as their leader";
                warning("members", format!("{text}. {remedy}"))
            } else {
                ok("members", text)
            }
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} B"),
        10_000..=9_999_999 => format!("{} kB", bytes / 1000),
        10_000_000..=9_999_999_999 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests;
