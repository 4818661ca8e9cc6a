//! What the member needs of the machine: two clocks, the CPU's counters, its memory, and patience.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use dp_core::Private;
use jiff::Timestamp;

use crate::{Error, counters::Counters, memory};

/// A machine whose CPU is measured; a simulated one in tests.
pub trait Machine {
    /// A clock that never goes back, and stands still while the machine is suspended, as its
    /// counters do.
    fn now(&self) -> Instant;

    /// The clock on the wall, which may be set.
    fn clock(&self) -> Timestamp;

    /// Reads the counters, as the beginning of a window.
    fn mark(&mut self) -> Result<(), Error>;

    /// Reads the counters: the CPU use in percent, 0 to 100, since the mark, which is used up.
    fn mean_since_mark(&mut self) -> Result<Private<f64>, Error>;

    /// The memory in use now in percent, 0 to 100.
    fn memory(&mut self) -> Result<Private<f64>, Error>;

    /// Waits for `duration`, or less if somebody asks the member to stop: then it says `false`.
    fn pause(&mut self, duration: Duration) -> bool;
}

/// The machine that this process runs on.
#[derive(Debug)]
pub struct ThisMachine {
    counters: Counters,
    stop: Receiver<()>,
}

impl ThisMachine {
    /// Begins to listen for SIGINT and SIGTERM.
    pub fn new() -> Result<Self, Error> {
        let (asked, stop) = mpsc::channel();
        ctrlc::set_handler(move || asked.send(()).unwrap_or_default()).map_err(Error::Signals)?;
        Ok(Self { counters: Counters::new()?, stop })
    }
}

impl Machine for ThisMachine {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn clock(&self) -> Timestamp {
        Timestamp::now()
    }

    fn mark(&mut self) -> Result<(), Error> {
        self.counters.mark()
    }

    fn mean_since_mark(&mut self) -> Result<Private<f64>, Error> {
        self.counters.mean_since_mark()
    }

    fn memory(&mut self) -> Result<Private<f64>, Error> {
        memory::in_use()
    }

    fn pause(&mut self, duration: Duration) -> bool {
        self.stop.recv_timeout(duration) == Err(RecvTimeoutError::Timeout)
    }
}
