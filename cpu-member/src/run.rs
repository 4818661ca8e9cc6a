//! The loop: slot after slot, until asked to stop.

use std::time::Duration;

use datasite::Presence;
use dp_core::{NoiseRng, Timeline};
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use crate::{
    Error,
    machine::Machine,
    round::{Recording, Release},
    schedule::{Schedule, Slot},
    settings::SLACK,
};

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked.
    Stopped,
    /// One value was wanted, and it was published.
    Once,
    /// SyftBox's settings or the app's folder have been gone for a minute.
    Lost,
}

/// A value leaves this long after its slot's end, on every machine and whatever the load: the time
/// at which a file appears would betray it otherwise.
const PUBLISHED_AFTER: SignedDuration = SignedDuration::from_secs(1);
/// How often clocks and folders are looked at while waiting.
const GLANCE: Duration = Duration::from_secs(1);

/// Measures slot after slot and hands each release to `publish`, one second after its slot's end.
/// A slot that fails is logged, and the next one begins as if nothing had happened. With `once` it
/// ends after the first attempt to publish, with its error.
pub fn run<M: Machine>(
    machine: &mut M,
    timeline: &mut Timeline,
    schedule: Schedule,
    presence: &mut Presence,
    once: bool,
    publish: impl FnMut(&Release) -> Result<(), Error>,
) -> Result<Ended, Error> {
    let mut rng = NoiseRng::system()?;
    let first = schedule.next(machine.clock()).end() + PUBLISHED_AFTER;
    info!("measuring; the first value leaves at {first}");
    let mut waiting = Waiting { machine, presence, release: None, publish };
    loop {
        let slot = match waiting.for_next_slot(schedule) {
            Ok(slot) => slot,
            Err(ended) => return Ok(ended),
        };
        let recording = Recording::begin(waiting.machine, timeline, slot)?;
        let due = recording.due();
        if let Err(ended) = waiting.until(|machine| due.saturating_duration_since(machine.now())) {
            return Ok(ended);
        }
        match recording.end(waiting.machine, &mut rng)? {
            Ok(release) => waiting.release = Some(release),
            Err(reason) => warn!("no value for the slot that ends at {}: {reason:?}", slot.end()),
        }
        if once && waiting.release.is_some() {
            let due = slot.end() + PUBLISHED_AFTER;
            if let Err(ended) = waiting.for_clock(due) {
                return Ok(ended);
            }
            return waiting.publish_now().map(|()| Ended::Once);
        }
    }
}

/// Waits, and meanwhile publishes what falls due.
struct Waiting<'a, M, P> {
    machine: &'a mut M,
    presence: &'a mut Presence,
    /// The last slot's value, until it leaves.
    release: Option<Release>,
    publish: P,
}

impl<M: Machine, P: FnMut(&Release) -> Result<(), Error>> Waiting<'_, M, P> {
    /// Waits for the next slot to begin, whatever happens to the clock meanwhile.
    fn for_next_slot(&mut self, schedule: Schedule) -> Result<Slot, Ended> {
        loop {
            let slot = schedule.next(self.machine.clock());
            let mut jumped = false;
            while !jumped {
                let ahead = slot.start().duration_since(self.machine.clock());
                if ahead <= SignedDuration::ZERO {
                    break;
                }
                self.glance(ahead.unsigned_abs())?;
                let ahead = slot.start().duration_since(self.machine.clock());
                jumped = ahead.unsigned_abs() > slot.length();
            }
            let late = self.machine.clock().duration_since(slot.start());
            if !jumped && late.unsigned_abs() < SLACK {
                return Ok(slot);
            }
        }
    }

    fn for_clock(&mut self, due: Timestamp) -> Result<(), Ended> {
        // Held back here, for the caller to publish with its error.
        let held = self.release.take();
        let waited = self.until(|machine| {
            Duration::try_from(due.duration_since(machine.clock())).unwrap_or_default()
        });
        self.release = held;
        waited
    }

    /// Waits until nothing remains.
    fn until(&mut self, remaining: impl Fn(&M) -> Duration) -> Result<(), Ended> {
        loop {
            let remaining = remaining(self.machine);
            if remaining.is_zero() {
                return Ok(());
            }
            self.glance(remaining)?;
        }
    }

    /// Waits for at most `remaining`, and no longer than until something is to be done.
    fn glance(&mut self, remaining: Duration) -> Result<(), Ended> {
        if self.presence.is_over(self.machine.now()) {
            return Err(Ended::Lost);
        }
        let mut pause = remaining.min(GLANCE);
        if let Some(release) = &self.release {
            let due = release.slot.end() + PUBLISHED_AFTER;
            match Duration::try_from(due.duration_since(self.machine.clock())) {
                Ok(ahead) if !ahead.is_zero() => pause = pause.min(ahead),
                _ => {
                    if let Err(fault) = self.publish_now() {
                        warn!("a value was not published: {fault}");
                    }
                }
            }
        }
        if self.machine.pause(pause) { Ok(()) } else { Err(Ended::Stopped) }
    }

    /// Whatever comes of it, the value is not tried again: the next one is about another time.
    fn publish_now(&mut self) -> Result<(), Error> {
        self.release.take().map_or(Ok(()), |release| (self.publish)(&release))
    }
}

#[cfg(test)]
mod tests;
