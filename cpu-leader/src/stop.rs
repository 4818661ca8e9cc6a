//! The wish to stop, as a thing that threads can wait for.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::error::Error;

/// Set once, by a signal or by code; all copies see it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// One that SIGINT, SIGTERM and SIGHUP set. To be called once in a process.
    pub fn on_signals() -> Result<Stop, Error> {
        let stop = Stop::default();
        let handler = stop.clone();
        ctrlc::set_handler(move || handler.set()).map_err(|source| Error::Signals { source })?;
        Ok(stop)
    }

    /// Asks everybody to stop.
    pub fn set(&self) {
        let (stopped, changed) = &*self.0;
        *stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }

    /// Waits for at most `limit`; whether it is time to stop.
    pub fn wait(&self, limit: Duration) -> bool {
        let (stopped, changed) = &*self.0;
        let stopped = stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(stopped, limit, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits as long as it takes.
    pub fn wait_for_ever(&self) {
        while !self.wait(Duration::MAX) {}
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_wait_ends_when_stop_is_set_and_all_copies_see_it() {
        let stop = Stop::default();
        assert!(!stop.wait(Duration::from_millis(1)));
        let other = stop.clone();
        let start = Instant::now();
        let waiting = thread::spawn(move || other.wait(Duration::from_mins(1)));
        stop.set();
        assert!(waiting.join().unwrap());
        assert!(start.elapsed() < Duration::from_secs(30));
        stop.wait_for_ever();
    }
}
