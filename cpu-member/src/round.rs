//! One slot: record a window, pay for it, add noise. The same for one signal and for several.

use std::time::{Duration, Instant};

use datasite::Report;
use dp_core::{Laplace, LevelMean, NoiseRng, Private, Timeline, Window};
use jiff::{SignedDuration, Timestamp};

use crate::{Error, error::Skipped, machine::Machine, schedule::Slot, settings::percent};

/// What comes of a slot.
#[derive(Debug)]
pub struct Release {
    /// What the leader may read.
    pub report: Report,
    /// The window's mean without noise, for the owner of this machine.
    pub raw: Private<f64>,
    /// The same of the memory in use, where that is shared.
    pub raw_memory: Option<Private<f64>>,
    /// The slot it is about.
    pub slot: Slot,
}

/// The places of the timeline's signals.
const CPU: usize = 0;
const MEMORY: usize = 1;

/// How far the two clocks may part within a window.
const DRIFT: SignedDuration = SignedDuration::from_secs(1);

/// A window that is being recorded.
#[derive(Debug)]
pub struct Recording<'a> {
    slot: Slot,
    window: Window<'a>,
    memory: Option<LevelMean>,
    from: Instant,
    clock_at_start: Timestamp,
    length: Duration,
}

impl<'a> Recording<'a> {
    /// Begins the window of `slot`, now.
    pub fn begin(
        machine: &mut impl Machine,
        timeline: &'a mut Timeline,
        slot: Slot,
    ) -> Result<Self, Error> {
        let length = timeline.promise().window;
        // The counters before the window, and at its end after it: it never claims more time than
        // they cover.
        machine.mark()?;
        let signals = timeline.terms().signals.len().max(1);
        let window = timeline.record_together(&vec![percent(); signals])?;
        let memory = (signals > 1).then(|| window.level(MEMORY)).transpose()?;
        let (from, clock_at_start) = (machine.now(), machine.clock());
        Ok(Self { slot, window, memory, from, clock_at_start, length })
    }

    /// From when on there is something to do: a reading to take, or the window to end.
    pub fn due(&self) -> Instant {
        let end = self.from + self.length;
        self.memory.as_ref().and_then(LevelMean::due).map_or(end, |reading| reading.min(end))
    }

    /// Takes the reading that is due, if one is. When it is not, the window may end.
    pub fn read(&mut self, machine: &mut impl Machine) -> Result<bool, Error> {
        let Some(level) = self.memory.as_mut().filter(|level| level.due().is_some()) else {
            return Ok(false);
        };
        match level.read(|| machine.memory()) {
            Err(Error::Privacy(dp_core::Error::TreadMissed { .. })) => Err(Skipped::TooSlow.into()),
            read => read.map(|()| true),
        }
    }

    /// Ends the window, pays for it and adds the noise, from randomness that is fresh.
    pub fn end(self, machine: &mut impl Machine, rng: &mut NoiseRng) -> Result<Release, Error> {
        let closed = self.window.close()?;
        let raw = machine.mean_since_mark()?;
        let (until, clock_at_end) = (machine.now(), machine.clock());
        let by_clock = clock_at_end.duration_since(self.clock_at_start);
        let by_instants =
            SignedDuration::try_from(until - self.from).unwrap_or(SignedDuration::MAX);
        if (by_clock - by_instants).abs() > DRIFT {
            return Err(Skipped::ClocksParted.into());
        }
        let slot_end = self.slot.end();
        if clock_at_end > slot_end {
            return Err(Skipped::TooSlow.into());
        }
        let every = self.memory.as_ref().map(LevelMean::every);
        let raw_memory = self.memory.map(LevelMean::mean).transpose()?;
        let means = [Some(&raw), raw_memory.as_ref()].into_iter().flatten();
        let means = means.map(|mean| Private::new(*mean.expose_to_owner())).collect();
        let paid = closed.pay_together(means)?;
        rng.reseed()?; // or a machine resumed from a snapshot would repeat its noise
        let mut noisy = Vec::with_capacity(paid.len());
        for paid in paid {
            noisy.push(paid.release(Laplace, rng)?);
        }
        let report = Report::new(&noisy[CPU], slot_end, self.slot.length())?;
        let report = match noisy.get(MEMORY).zip(every) {
            Some((memory, every)) => report.with_memory(memory, every)?,
            None => report,
        };
        Ok(Release { report, raw, raw_memory, slot: self.slot })
    }
}
