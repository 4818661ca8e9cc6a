use dp_core::Private;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use crate::{Error, error::Skipped};

/// The counters as the crate sysinfo reads them on systems other than Linux.
#[derive(Debug)]
pub struct Counters {
    system: System,
    marked: bool,
}

impl Counters {
    /// Takes a first reading, about the time since boot, which is never used.
    pub fn new() -> Result<Self, Error> {
        let usage = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing().with_usage());
        let system = System::new_with_specifics(usage)
            .map_err(|fault| Error::Counters(fault.to_string()))?;
        Ok(Self { system, marked: false })
    }

    /// Reads the counters, as the beginning of a window.
    pub fn mark(&mut self) -> Result<(), Error> {
        self.system.refresh_cpu_usage();
        self.marked = true;
        Ok(())
    }

    /// The CPU use in percent, 0 to 100, since the mark, which is used up.
    pub fn mean_since_mark(&mut self) -> Result<Private<f64>, Error> {
        if !std::mem::take(&mut self.marked) {
            return Err(Skipped::Unreadable.into());
        }
        self.system.refresh_cpu_usage();
        Ok(Private::new(f64::from(self.system.global_cpu_usage())))
    }
}
