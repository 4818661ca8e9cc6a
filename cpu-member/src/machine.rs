//! What the member needs of the machine: two clocks, the CPU's counters, and patience.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use dp_core::Private;
use jiff::Timestamp;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use crate::Error;

/// A machine whose CPU is measured; a simulated one in tests.
pub trait Machine {
    /// A clock that never goes back, and stands still while the machine is suspended, as its
    /// counters do.
    fn now(&self) -> Instant;

    /// The clock on the wall, which may be set.
    fn clock(&self) -> Timestamp;

    /// Reads the counters: the CPU use in percent, 0 to 100, over the time since the last reading,
    /// all cores together. One difference of counters is the exact mean of that time.
    fn read_counters(&mut self) -> Private<f32>;

    /// Waits for `duration`, or less if somebody asks the member to stop: then it says `false`.
    fn pause(&mut self, duration: Duration) -> bool;
}

/// The machine that this process runs on.
#[derive(Debug)]
pub struct ThisMachine {
    system: System,
    stop: Receiver<()>,
}

impl ThisMachine {
    /// Begins to listen for SIGINT and SIGTERM, and takes a first reading of the counters. That
    /// one covers the time since the machine was booted and is never used.
    pub fn new() -> Result<Self, Error> {
        let (asked, stop) = mpsc::channel();
        ctrlc::set_handler(move || asked.send(()).unwrap_or_default()).map_err(Error::Signals)?;
        let usage = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing().with_usage());
        let system = System::new_with_specifics(usage)
            .map_err(|fault| Error::Counters(fault.to_string()))?;
        Ok(Self { system, stop })
    }
}

impl Machine for ThisMachine {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn clock(&self) -> Timestamp {
        Timestamp::now()
    }

    /// `sysinfo` skips a reading within 200 ms of the last one; then the next covers that time too.
    fn read_counters(&mut self) -> Private<f32> {
        self.system.refresh_cpu_usage();
        Private::new(self.system.global_cpu_usage())
    }

    fn pause(&mut self, duration: Duration) -> bool {
        self.stop.recv_timeout(duration) == Err(RecvTimeoutError::Timeout)
    }
}
