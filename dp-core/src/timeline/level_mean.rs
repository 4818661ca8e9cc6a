use std::time::{Duration, Instant};

use super::clock::Clock;
use crate::{Bounds, Error, Private, proof::Number as _};

/// The mean of a level over one window: of a signal that no counter adds up, such as used memory.
///
/// Reads it once in each tread of the window, by the timeline's own clock, never twice and never
/// late: so one stretch touches no more readings than
/// [`Instrument::Level`](crate::Instrument::Level) counts on. Readings live in memory only.
///
/// ```
/// # use std::{thread, time::{Duration, Instant}};
/// # use dp_core::*;
/// # fn busy_percent() -> Private<f64> { Private::new(12.0) }
/// # fn memory_in_use() -> Result<Private<f64>, Error> { Ok(Private::new(61.0)) }
/// # fn main() -> Result<(), Error> {
/// # let folder = tempfile::tempdir().expect("a temporary folder");
/// # let path = folder.path().join("timeline");
/// let (protects, window) = (Duration::from_secs(1), Duration::from_secs(2));
/// let promise = Promise { epsilon: Epsilon::new(1.0)?, protects, window };
/// // Busy time is a counter, memory in use a level; each costs half of ε.
/// let level = Instrument::Level { every: Duration::from_secs(1) };
/// let signals = Signal::evenly(promise, &[Instrument::Counter, level])?;
/// let mut timeline = Timeline::create(path, Terms { signals, ..promise.into() })?;
///
/// let percent = Bounds::new(0.0, 100.0)?;
/// let window = timeline.record_together(&[percent; 2])?;
/// let mut memory = window.level(1)?;
/// while let Some(due) = memory.due() {
///     thread::sleep(due.saturating_duration_since(Instant::now()));
///     memory.read(memory_in_use)?;
/// }
/// thread::sleep(Duration::from_secs(1)); // until the window may end
/// let means = vec![busy_percent(), memory.mean()?];
/// for paid in window.close()?.pay_together(means)? {
///     println!("{}", paid.release(Laplace, &mut NoiseRng::system()?)?.value);
/// }
/// # Ok(()) }
/// ```
pub struct LevelMean {
    clock: Clock,
    bounds: Bounds,
    from: Instant,
    every: Duration,
    treads: u32,
    taken: u32,
    /// Of the readings so far, in grid steps.
    sum: i128,
}

impl LevelMean {
    pub(super) fn new(
        clock: Clock,
        bounds: Bounds,
        from: Instant,
        every: Duration,
        treads: u32,
    ) -> Self {
        Self { clock, bounds, from, every, treads, taken: 0, sum: 0 }
    }

    /// The length of a tread.
    pub fn every(&self) -> Duration {
        self.every
    }

    /// From when on the next reading may be taken; `None` where there are all.
    pub fn due(&self) -> Option<Instant> {
        (self.taken < self.treads).then(|| self.from + self.every * self.taken)
    }

    /// Takes the reading of the tread that the clock is in, unless it has been taken.
    ///
    /// # Errors
    /// [`Error::TreadMissed`] where an earlier tread has no reading, or this one ended while it was
    /// taken: the window has no mean then. What `read` fails with; it may be tried again.
    pub fn read<E: From<Error>>(
        &mut self,
        read: impl FnOnce() -> Result<Private<f64>, E>,
    ) -> Result<(), E> {
        let tread = self.tread();
        if tread < self.taken.into() || self.taken == self.treads {
            return Ok(());
        }
        let missed = Error::TreadMissed { every: self.every };
        if tread > self.taken.into() {
            return Err(missed.into());
        }
        let reading = read()?;
        if self.tread() > tread {
            return Err(missed.into());
        }
        self.sum += self.bounds.clamp(reading.expose_to_owner());
        self.taken += 1;
        Ok(())
    }

    /// The mean of all readings.
    ///
    /// # Errors
    /// [`Error::TreadMissed`] where any is missing.
    pub fn mean(self) -> Result<Private<f64>, Error> {
        if self.taken < self.treads {
            return Err(Error::TreadMissed { every: self.every });
        }
        let treads = i128::from(self.treads);
        let steps = (2 * self.sum + treads).div_euclid(2 * treads); // to the nearest
        Ok(Private::new(f64::from_steps(steps, self.bounds.step())))
    }

    /// The number of the tread that the clock is in.
    fn tread(&self) -> u128 {
        self.clock.now().saturating_duration_since(self.from).as_nanos() / self.every.as_nanos()
    }
}

/// Nothing of the readings.
impl std::fmt::Debug for LevelMean {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { every, treads, taken, .. } = self;
        write!(f, "LevelMean {{ every: {every:?}, treads: {treads}, taken: {taken}, .. }}")
    }
}
