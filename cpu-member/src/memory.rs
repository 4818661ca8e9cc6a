//! How much memory is in use: a level, which no counter adds up, so it is read again and again.

use std::{path::Path, time::Duration};

use dp_core::{Instrument, Private, Promise, Terms};

use crate::{Error, error::Skipped, settings::percent as bounds};

/// How often it is read under `promise`: often enough that the protected stretch costs about a
/// thirtieth more than of a counter, and no more often than a busy machine can.
pub fn instrument(promise: Promise) -> Instrument {
    let (most, least) = (Duration::from_millis(250), Duration::from_secs(10));
    Instrument::Level { every: (promise.protects / 30).clamp(most, least).min(promise.window) }
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
    let scales: Vec<f64> = terms.noises(bounds())?.iter().map(dp_core::Noise::scale).collect();
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
        line.strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|number| number as f64)
    };
    percent(kibibytes("MemTotal:"), kibibytes("MemAvailable:"))
}

/// The memory that is not available to programs now, in percent of all there is.
#[cfg(not(target_os = "linux"))]
pub fn in_use() -> Result<Private<f64>, Error> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    #[expect(clippy::cast_precision_loss, reason = "2^53 bytes are 8 PiB")]
    let bytes = |bytes: u64| Some(bytes as f64);
    percent(bytes(system.total_memory()), bytes(system.available_memory()))
}

fn percent(total: Option<f64>, available: Option<f64>) -> Result<Private<f64>, Error> {
    match (total, available) {
        (Some(total), Some(available)) if total > 0.0 => {
            Ok(Private::new((1.0 - available / total).clamp(0.0, 1.0) * 100.0))
        }
        _ => Err(Skipped::Unreadable.into()),
    }
}
