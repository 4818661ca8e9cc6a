//! The loop: slot after slot, until asked to stop.

use std::time::Duration;

use datasite::{Presence, Report};
use dp_core::{NoiseRng, Timeline};
use jiff::SignedDuration;
use tracing::{info, warn};

use crate::{
    Error,
    error::Skipped,
    machine::Machine,
    round::{Recording, Release},
    schedule::{Schedule, Slot},
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
    let mut paused = None;
    let mut waiting = Waiting { machine, presence, release: None, publish };
    loop {
        let slot = match waiting.for_next_slot(schedule) {
            Ok(slot) => slot,
            Err(ended) => return Ok(ended),
        };
        let recorded = match Recording::begin(waiting.machine, timeline, slot) {
            Err(fault) => Err(fault),
            Ok(mut recording) => loop {
                let due = recording.due();
                let remaining = |machine: &M| due.saturating_duration_since(machine.now());
                if let Err(ended) = waiting.until(remaining) {
                    return Ok(ended);
                }
                match recording.read(waiting.machine) {
                    Ok(true) => {}
                    Ok(false) => break recording.end(waiting.machine, &mut rng),
                    Err(fault) => break Err(fault),
                }
            },
        };
        match recorded {
            Err(Error::Skipped(reason)) => {
                warn!("no value for the slot until {}: {reason}", slot.end());
            }
            Err(Error::Privacy(pause @ dp_core::Error::Paused { until, .. })) if !once => {
                // Once for each pause, not for each of its slots.
                if paused.replace(until) != Some(until) {
                    warn!("nothing is published: {pause}");
                }
            }
            Err(fault) => return Err(fault),
            Ok(release) if once => {
                let due = release.slot.end() + PUBLISHED_AFTER;
                let ahead = due.duration_since(waiting.machine.clock()).unsigned_abs();
                let due = waiting.machine.now() + ahead; // whatever happens to the clock now
                let remaining = |machine: &M| due.saturating_duration_since(machine.now());
                return match waiting.until(remaining) {
                    Ok(()) => (waiting.publish)(&release).map(|()| Ended::Once),
                    Err(ended) => Ok(ended),
                };
            }
            Ok(release) => waiting.hold(release),
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
            if jumped {
                continue;
            }
            if late.unsigned_abs() < Report::SLACK {
                return Ok(slot);
            }
            warn!("no value for the slot until {}: {}", slot.end(), Skipped::TooSlow);
        }
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
        let pause = remaining.min(GLANCE).min(self.publish_if_due().unwrap_or(GLANCE));
        if self.machine.pause(pause) { Ok(()) } else { Err(Ended::Stopped) }
    }

    /// Keeps a value until it is due. The one before it has left by now, or never will.
    fn hold(&mut self, release: Release) {
        self.publish_if_due();
        if let Some(stuck) = self.release.replace(release) {
            warn!("no value for the slot until {}: the clock was set back", stuck.slot.end());
        }
    }

    /// Publishes what is due; says how long it is until then. Whatever comes of it, a value is not
    /// tried again, and one that is late does not leave: how late would tell about the load.
    fn publish_if_due(&mut self) -> Option<Duration> {
        let release = self.release.as_ref()?;
        let slot_end = release.slot.end();
        let late = self.machine.clock().duration_since(slot_end + PUBLISHED_AFTER);
        if late.is_negative() {
            return Some(late.unsigned_abs());
        }
        let release = self.release.take()?;
        if late.unsigned_abs() > Report::SLACK {
            warn!("no value for the slot until {slot_end}: {}", Skipped::TooSlow);
        } else if let Err(fault) = (self.publish)(&release) {
            warn!("no value for the slot until {slot_end}: {fault}");
        }
        None
    }
}

#[cfg(test)]
mod tests;
