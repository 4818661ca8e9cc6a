use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use dp_core::Private;

use crate::{Error, error::Skipped};

/// The kernel's own counters, in `/proc/stat`.
///
/// Read here and not by the crate sysinfo: where that cannot read the file it keeps its last
/// percentage and says nothing, and a value about instants that were released before would be
/// released again. Idle time and waiting for disks count as idle, stolen time as busy, as there.
#[derive(Debug)]
pub struct Counters {
    path: PathBuf,
    mark: Option<Ticks>,
}

/// Since boot, over all cores; `idle` is part of `total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    idle: u64,
    total: u64,
}

impl Counters {
    /// Reads nothing yet.
    pub fn new() -> Result<Self, Error> {
        Ok(Self::at(Path::new("/proc/stat")))
    }

    fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), mark: None }
    }

    /// Reads the counters, as the beginning of a window.
    pub fn mark(&mut self) -> Result<(), Error> {
        self.mark = None; // also if this fails: no earlier beginning may be used twice
        self.mark = Some(self.read()?);
        Ok(())
    }

    /// The CPU use in percent, 0 to 100, since the mark, which is used up: the exact mean of that
    /// time, as one difference of counters.
    pub fn mean_since_mark(&mut self) -> Result<Private<f64>, Error> {
        let from = self.mark.take().ok_or(Skipped::Unreadable)?;
        Ok(Private::new(self.read()?.busy_since(from).ok_or(Skipped::Unreadable)?))
    }

    fn read(&self) -> Result<Ticks, Skipped> {
        let mut line = String::new();
        let file = File::open(&self.path).map_err(|_| Skipped::Unreadable)?;
        BufReader::with_capacity(512, file)
            .take(512)
            .read_line(&mut line)
            .map_err(|_| Skipped::Unreadable)?;
        Ticks::parse(&line).ok_or(Skipped::Unreadable)
    }
}

impl Ticks {
    /// `cpu user nice system idle iowait irq softirq steal …`; what follows is part of `user`.
    fn parse(line: &str) -> Option<Self> {
        let numbers: Vec<u64> = line
            .strip_prefix("cpu ")?
            .split_whitespace()
            .take(8)
            .map(|number| number.parse().ok())
            .collect::<Option<_>>()?;
        let [.., idle, iowait, _, _, _] = numbers[..] else { return None };
        (numbers.len() == 8).then(|| Self { idle: idle + iowait, total: numbers.iter().sum() })
    }

    /// In percent; `None` where the counters did not move or went back.
    #[expect(clippy::cast_precision_loss, reason = "2^53 ticks are 2.8 million core years")]
    fn busy_since(self, from: Self) -> Option<f64> {
        let total = self.total.checked_sub(from.total).filter(|&total| total > 0)?;
        // The kernel's count of waiting can go back a little.
        let idle = self.idle.saturating_sub(from.idle).min(total);
        Some((total - idle) as f64 * 100.0 / total as f64)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, thread, time::Duration};

    use sysinfo::{CpuRefreshKind, RefreshKind, System};

    use super::*;

    const EARLY: &str = "cpu  100 0 50 800 50 0 0 0 7 7\ncpu0 1 2 3\n";
    const LATE: &str = "cpu  160 10 80 820 60 5 5 10 9 9\ncpu0 1 2 3\n";

    fn file(text: &str) -> (tempfile::TempDir, Counters) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("stat");
        fs::write(&path, text).expect("written");
        (folder, Counters::at(&path))
    }

    #[test]
    fn the_mean_is_the_busy_share_of_the_ticks_in_between() {
        let (_folder, mut counters) = file(EARLY);
        counters.mark().expect("readable");
        fs::write(&counters.path, LATE).expect("written");
        let mean = counters.mean_since_mark().expect("readable");
        assert!((*mean.expose_to_owner() - 80.0).abs() < 1e-12, "120 of 150 ticks");
    }

    #[test]
    fn a_reading_that_fails_gives_no_value_and_no_earlier_one_again() {
        let (_folder, mut counters) = file(EARLY);
        counters.mark().expect("readable");
        fs::remove_file(&counters.path).expect("there");
        assert!(counters.mean_since_mark().is_err());
        fs::write(&counters.path, LATE).expect("written");
        assert!(counters.mean_since_mark().is_err(), "the mark was used up");
        counters.mark().expect("readable");
        fs::remove_file(&counters.path).expect("there");
        assert!(counters.mark().is_err());
        fs::write(&counters.path, LATE).expect("written");
        assert!(counters.mean_since_mark().is_err(), "a failed mark is none");
    }

    #[test]
    fn what_are_no_counters_gives_no_value() {
        for text in ["", "cpu", "cpu ", "cpu  1 2 3 4 5 6 7", "cpu  1 2 3 x 5 6 7 8", "cpu0 1 2 3"]
        {
            let (_folder, mut counters) = file(text);
            assert!(counters.mark().is_err(), "{text:?}");
        }
        for (from, until) in [(EARLY, EARLY), (LATE, EARLY)] {
            let (_folder, mut counters) = file(from);
            counters.mark().expect("readable");
            fs::write(&counters.path, until).expect("written");
            assert!(counters.mean_since_mark().is_err(), "they stood still or went back");
        }
    }

    /// An independent reading of the same counters, over the same second and a half.
    #[test]
    fn the_crate_sysinfo_reads_the_same() {
        let usage = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing().with_usage());
        let mut system = System::new_with_specifics(usage).expect("this system is known");
        let mut ours = Counters::new().expect("Linux");
        ours.mark().expect("readable");
        thread::sleep(Duration::from_millis(1500));
        system.refresh_cpu_usage();
        let ours = *ours.mean_since_mark().expect("readable").expose_to_owner();
        let theirs = f64::from(system.global_cpu_usage());
        // A few ticks of some 300 lie between the readings.
        assert!((ours - theirs).abs() < 5.0, "{ours} and {theirs}");
    }
}
