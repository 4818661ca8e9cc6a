//! One slot: record a window, pay for it, add noise.

use std::time::{Duration, Instant};

use datasite::Report;
use dp_core::{Laplace, NoiseRng, Private, Timeline, Window};
use jiff::{SignedDuration, Timestamp};

use crate::{Error, machine::Machine, schedule::Slot, settings::percent};

/// What comes of a slot.
#[derive(Debug)]
pub struct Release {
    /// What the leader may read.
    pub report: Report,
    /// The window's mean without noise, for the owner of this machine.
    pub raw: Private<f32>,
    /// The slot it is about.
    pub slot: Slot,
}

/// Why a slot has no value. Skips are public, and neither depends on what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// The machine was too slow to fit the window into its slot.
    TooSlow,
    /// The machine was suspended, or its clock was set, within the window.
    ClocksParted,
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
        // The reading first and the instant after it, and at the end the other way round, so that
        // the window never claims more time than its counters cover.
        machine.read_counters();
        let (from, clock_at_start) = (machine.now(), machine.clock());
        let window = timeline.record(percent(), from)?;
        Ok(Self { slot, window, from, clock_at_start, length })
    }

    /// From when on the window may end.
    pub fn due(&self) -> Instant {
        self.from + self.length
    }

    /// Ends the window, pays for it and adds the noise.
    pub fn end(
        self,
        machine: &mut impl Machine,
        rng: &mut NoiseRng,
    ) -> Result<Result<Release, Skipped>, Error> {
        let until = machine.now();
        let raw = machine.read_counters();
        let clock_at_end = machine.clock();
        let slot_end = self.slot.end();
        if clock_at_end > slot_end {
            return Ok(Err(Skipped::TooSlow));
        }
        let by_clock = clock_at_end.duration_since(self.clock_at_start);
        let by_instants =
            SignedDuration::try_from(until - self.from).unwrap_or(SignedDuration::MAX);
        if (by_clock - by_instants).abs() > DRIFT {
            return Ok(Err(Skipped::ClocksParted));
        }
        let paid = self.window.pay(Private::new(*raw.expose_to_owner()), until)?;
        let noisy = paid.release(Laplace, rng)?;
        let report = Report::new(&noisy, slot_end, self.slot.length())?;
        Ok(Ok(Release { report, raw, slot: self.slot }))
    }
}
