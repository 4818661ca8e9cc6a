use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use datasite::{Report, Workspace, is_datasite_name};

use super::Finding;
use crate::{Error, counters::Counters, state::StateFolder};

/// How long the counters are given to move.
const MOMENT: Duration = Duration::from_millis(250);
/// What another program may have rounded or prepared.
const AHEAD: Duration = Duration::from_secs(120);
/// Below that, one of SyftBox's clients stops to sync.
const ENOUGH_TO_SYNC: u64 = 5_000_000_000;
/// Below that, a write may fail at any moment.
const ENOUGH_TO_WRITE: u64 = 10_000_000;

/// The clock, the counters and the disks.
pub(super) fn examine(state: &StateFolder, workspace: Option<&Workspace>) -> Vec<Finding> {
    let mut findings = vec![clock(state, workspace, SystemTime::now())];
    findings.push(match Counters::new().and_then(they_move) {
        Ok(()) => Finding::fine("CPU counters", "they can be read, and they move"),
        Err(fault) => Finding::fault("CPU counters", &fault),
    });
    findings.extend(container(Path::new("/")));
    findings.push(disk("disk of the state folder", state.path(), ENOUGH_TO_WRITE));
    if let Some(workspace) = workspace {
        findings.push(disk("disk of SyftBox", workspace.data_dir(), ENOUGH_TO_SYNC));
    }
    findings
}

/// Nothing here knows the time; but a file from the future shows that the clock was set back.
fn clock(state: &StateFolder, workspace: Option<&Workspace>, now: SystemTime) -> Finding {
    let beside = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        beside(state.path().to_owned()).map(|entry| entry.path()).collect();
    if let Some(workspace) = workspace {
        let report = Path::new("app_data").join(Report::APP).join(Report::FILE);
        // Enough to notice, however many there are.
        let is_datasite = |entry: &fs::DirEntry| {
            entry.file_name().to_str().is_some_and(is_datasite_name) // or it might not be printable
        };
        let others = beside(workspace.datasites()).filter(is_datasite).take(1000);
        found.extend(others.map(|entry| entry.path().join(&report)));
    }
    let newest = found
        .into_iter()
        .filter_map(|path| Some((path.symlink_metadata().ok()?.modified().ok()?, path)))
        .max();
    match newest {
        Some((time, path)) if time > now + AHEAD => {
            let ahead = time.duration_since(now).unwrap_or_default().as_secs();
            let path = path.display();
            let said = format!(
                "{path} is from {ahead} s in the future: was the clock set back? Keep it \
                 synchronized, or a leader takes no value from here"
            );
            Finding::warning("clock", said)
        }
        _ => Finding::fine("clock", "no file is from the future"),
    }
}

fn they_move(mut counters: Counters) -> Result<(), Error> {
    counters.mark()?;
    thread::sleep(MOMENT);
    counters.mean_since_mark().map(|_| ())
}

/// In a container the counters are mostly the host's.
fn container(root: &Path) -> Option<Finding> {
    let is_there = |path: &str| root.join(path).exists();
    let says = |path: &str, wanted: fn(&str) -> bool| {
        fs::read_to_string(root.join(path)).is_ok_and(|text| text.lines().any(wanted))
    };
    let is_marked = is_there(".dockerenv") || is_there("run/.containerenv");
    // At the root of a host there is no such file; in a container's own view of groups there is.
    let is_limited = says("sys/fs/cgroup/cpu.max", |line| !line.starts_with("max"));
    if !is_marked && !is_limited {
        return None;
    }
    if says("proc/self/mountinfo", |line| line.split(' ').nth(4) == Some("/proc/stat")) {
        return Some(Finding::fine("container", "with CPU counters of its own"));
    }
    let said = "the counters are the host's, of all its containers, not of this container alone; \
                if that is not meant, run the member elsewhere";
    Some(Finding::warning("container", said))
}

fn disk(about: &'static str, folder: &Path, enough: u64) -> Finding {
    // Before the first run it is not there, and will be made on the disk of the one above.
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder);
    match rustix::fs::statvfs(there) {
        Err(fault) => {
            Finding::warning(about, format!("{} cannot be asked: {fault}", there.display()))
        }
        Ok(disk) => free(about, disk.f_bavail.saturating_mul(disk.f_frsize), enough),
    }
}

fn free(about: &'static str, bytes: u64, enough: u64) -> Finding {
    let megabytes = bytes / 1_000_000;
    if bytes < ENOUGH_TO_WRITE {
        Finding::problem(73, about, format!("{megabytes} MB free: make room"))
    } else if bytes < enough {
        let said =
            format!("{megabytes} MB free: one of SyftBox's clients stops to sync below 5 GB");
        Finding::warning(about, said)
    } else {
        Finding::fine(about, format!("{megabytes} MB free"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn a_container_without_counters_of_its_own_is_named() {
        let level = |files: &[(&str, &str)]| {
            let root = tempfile::tempdir().expect("a temporary folder");
            for (path, text) in files {
                let path = root.path().join(path);
                fs::create_dir_all(path.parent().expect("below")).expect("made");
                fs::write(path, text).expect("written");
            }
            container(root.path()).map(|finding| finding.level)
        };
        assert_eq!(level(&[]), None);
        assert_eq!(level(&[("sys/fs/cgroup/cpu.max", "max 100000\n")]), None);
        assert_eq!(level(&[("sys/fs/cgroup/cpu.max", "50000 100000\n")]), Some(Level::Warning));
        assert_eq!(level(&[(".dockerenv", "")]), Some(Level::Warning));
        let own = "36 35 0:31 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw\n";
        let own = [("run/.containerenv", ""), ("proc/self/mountinfo", own)];
        assert_eq!(level(&own), Some(Level::Fine));
    }

    #[test]
    fn a_disk_that_is_full_is_a_problem_and_one_that_stops_syncing_a_warning() {
        let level = |bytes, enough| free("disk", bytes, enough).level;
        assert_eq!(level(9_999_999, ENOUGH_TO_WRITE), Level::Problem(73));
        assert_eq!(level(10_000_000, ENOUGH_TO_WRITE), Level::Fine);
        assert_eq!(level(4_999_999_999, ENOUGH_TO_SYNC), Level::Warning);
        assert_eq!(level(ENOUGH_TO_SYNC, ENOUGH_TO_SYNC), Level::Fine);
    }

    #[test]
    fn a_file_from_the_future_shows_a_clock_that_was_set_back() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let state = StateFolder::below(Some(home.path())).expect("a home");
        fs::create_dir_all(state.path()).expect("made");
        fs::write(state.timeline(), "").expect("written");
        let now = SystemTime::now();
        assert_eq!(clock(&state, None, now).level, Level::Fine);
        assert_eq!(clock(&state, None, now - AHEAD + MOMENT).level, Level::Fine);
        assert_eq!(clock(&state, None, now - 2 * AHEAD).level, Level::Warning);
    }
}
