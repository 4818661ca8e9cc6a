//! One slot: record a window, pay for it, add noise.

use std::time::{Duration, Instant};

use datasite::Report;
use dp_core::{Laplace, NoiseRng, Private, Timeline, Window};
use jiff::{SignedDuration, Timestamp};

use crate::{Error, error::Skipped, machine::Machine, schedule::Slot, settings::percent};

/// What comes of a slot.
#[derive(Debug)]
pub struct Release {
    /// What the leader may read.
    pub report: Report,
    /// The window's mean without noise, for the owner of this machine.
    pub raw: Private<f64>,
    /// The slot it is about.
    pub slot: Slot,
}

/// How far the two clocks may part within a window.
const DRIFT: SignedDuration = SignedDuration::from_secs(1);

/// A window that is being recorded.
#[derive(Debug)]
pub struct Recording<'a> {
    slot: Slot,
    window: Window<'a>,
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
        let window = timeline.record(percent())?;
        Ok(Self { slot, window, from: machine.now(), clock_at_start: machine.clock(), length })
    }

    /// From when on the window may end.
    pub fn due(&self) -> Instant {
        self.from + self.length
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
        let paid = closed.pay(Private::new(*raw.expose_to_owner()))?;
        rng.reseed()?; // or a machine resumed from a snapshot would repeat its noise
        let noisy = paid.release(Laplace, rng)?;
        let report = Report::new(&noisy, slot_end, self.slot.length())?;
        Ok(Release { report, raw, slot: self.slot })
    }
}
