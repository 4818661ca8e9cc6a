//! How much memory is in use: a level, which no counter adds up, so it is read again and again.

use std::{path::Path, time::Duration};

use dp_core::{Instrument, Private, Promise, Terms};

use crate::{Error, error::Skipped, settings::percent};

/// How often it is read under `promise`: often enough that the protected stretch costs about a
/// thirtieth more than of a counter. No more often than once a second: a reading may be late by as much
/// as that, like everything that a busy machine does, before its slot is lost.
pub fn instrument(promise: Promise) -> Instrument {
    let (most, least) = (Duration::from_secs(1), Duration::from_secs(10));
    let thirtieth = u64::try_from(promise.protects.as_nanos().div_ceil(30)).unwrap_or(u64::MAX);
    let every = Duration::from_nanos(thirtieth).clamp(most, least);
    Instrument::Level { every: every.min(promise.window) }
}

/// How often the memory is read under these terms; `None` where it is not shared.
pub(crate) fn shared_memory(terms: &Terms) -> Option<Duration> {
    terms.signals.iter().find_map(|signal| match signal.instrument {
        Instrument::Level { every } => Some(every),
        Instrument::Counter => None,
    })
}

/// What is shared under these terms, in words.
pub(crate) fn signals(terms: &Terms) -> &'static str {
    if shared_memory(terms).is_some() { "CPU and memory" } else { "CPU" }
}

/// The scale of the noise under these terms, in words.
///
/// # Errors
/// As for [`Terms::noises`].
pub(crate) fn scales(terms: &Terms) -> Result<String, Error> {
    let scales: Vec<f64> = terms.noises(percent())?.iter().map(dp_core::Noise::scale).collect();
    Ok(match scales[..] {
        [cpu, memory] => format!("{cpu:.2} points for the CPU and {memory:.2} for the memory"),
        [cpu, ..] => format!("{cpu:.2} points"),
        [] => String::new(),
    })
}

/// The memory that is not available to programs now, in percent of all there is.
///
/// Read here and not by the crate sysinfo on Linux: where that cannot read the file it keeps its
/// last figures and says nothing.
#[cfg(target_os = "linux")]
pub fn in_use() -> Result<Private<f64>, Error> {
    in_use_by(Path::new("/proc/meminfo"))
}

#[cfg(target_os = "linux")]
fn in_use_by(path: &Path) -> Result<Private<f64>, Error> {
    let text = std::fs::read_to_string(path).map_err(|_| Skipped::Unreadable)?;
    let kibibytes = |name: &str| -> Option<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.strip_suffix(" kB")?.trim().parse::<f64>().ok()
    };
    share(kibibytes("MemTotal:"), kibibytes("MemAvailable:"))
}

/// The memory that is not available to programs now, in percent of all there is.
#[cfg(not(target_os = "linux"))]
pub fn in_use() -> Result<Private<f64>, Error> {
    let mut system = sysinfo::System::new().map_err(|fault| Error::Counters(fault.to_string()))?;
    system.refresh_memory();
    #[expect(clippy::cast_precision_loss, reason = "2^53 bytes are 8 PiB")]
    let bytes = |bytes: u64| Some(bytes as f64);
    share(bytes(system.total_memory()), bytes(system.available_memory()))
}

fn share(total: Option<f64>, available: Option<f64>) -> Result<Private<f64>, Error> {
    match (total, available) {
        (Some(total), Some(available)) if total > 0.0 && total.is_finite() => {
            Ok(Private::new((1.0 - available / total).clamp(0.0, 1.0) * 100.0))
        }
        _ => Err(Skipped::Unreadable.into()),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use super::*;

    fn read(text: &str) -> Option<f64> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("meminfo");
        fs::write(&path, text).expect("written");
        in_use_by(&path).ok().map(|percent| *percent.expose_to_owner())
    }

    #[test]
    fn what_is_in_use_is_what_is_not_available() {
        let text =
            "MemTotal:       16000 kB\nMemFree:  1 kB\nMemAvailable:    4000 kB\nSwapTotal: 9 kB\n";
        assert_eq!(read(text), Some(75.0));
        assert_eq!(read(&text.replace("4000", "17000")), Some(0.0), "never below nothing");
    }

    #[test]
    fn what_says_nothing_of_memory_gives_no_value() {
        let text = "MemTotal: 16000 kB\nMemAvailable: 4000 kB\n";
        for (from, to) in [
            ("MemTotal", "Total"),
            ("MemAvailable", "Available"),
            ("16000", "0"),
            ("16000", "inf"),
            ("16000", ""),
            ("4000 kB", "4000 MB"),
        ] {
            assert_eq!(read(&text.replace(from, to)), None, "{from} -> {to}");
        }
        assert!(in_use_by(Path::new("/nowhere")).is_err());
    }

    /// An independent reading of the same, at nearly the same moment.
    #[test]
    fn the_crate_sysinfo_reads_the_same() {
        let mut system = sysinfo::System::new().expect("this system is known");
        system.refresh_memory();
        let available = system.available_memory() as f64 / system.total_memory() as f64;
        let ours = *in_use().expect("Linux").expose_to_owner();
        assert!((ours - 100.0 * (1.0 - available)).abs() < 10.0, "{ours}");
    }

    #[test]
    fn it_is_read_a_thirtieth_of_the_protected_stretch_apart_within_what_a_machine_can() {
        let every = |protects: u64, window: u64| {
            let epsilon = dp_core::Epsilon::new(1.0).expect("in range");
            let length = Duration::from_millis;
            let promise = Promise { epsilon, protects: length(protects), window: length(window) };
            instrument(promise)
        };
        let second = Duration::from_secs(1);
        for (protects, window, expected) in [
            (30_000, 299_000, second),
            (1000, 19_000, second),
            (100_000, 299_000, Duration::from_nanos(3_333_333_334)), // up
            (3_600_000, 3_599_000, 10 * second),
            (3_600_000, 1000, second),
        ] {
            assert_eq!(every(protects, window), Instrument::Level { every: expected });
        }
    }
}
