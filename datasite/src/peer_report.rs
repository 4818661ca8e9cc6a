use std::iter;

use dp_core::accountant::{Event, Schedule};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer};

use crate::Report;
use crate::report::{LONGEST_SLOT_S, MECHANISM, SCHEMA};

/// The load is between 0 and so many percent.
const HIGHEST: f64 = 100.0;
/// A value is plausible within so many scales of 0 to 100: noise beyond happens once in 10^13.
const PLAUSIBLE_SCALES: f64 = 30.0;
/// The largest loss for a second that can be a meant one; beyond it the figures are nonsense.
const LARGEST_RATE: f64 = 1e9;
/// No level is read more often.
const SHORTEST_TREAD_S: f64 = 0.001;
/// A scale is a fraction with this denominator where the accountant computes with it: 2^20.
const PARTS_OF_A_STEP: f64 = 1_048_576.0;
/// How far another machine's clock may be ahead, and how long a file may travel, in seconds.
const CLOCK_AND_TRAVEL_S: f64 = 60.0;
/// For how many of its own slots a report counts.
const FRESH_SLOTS: f64 = 2.0;

/// A member's report as a leader believes it: every number is finite and within bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeerReport {
    /// The noisy mean in percent; outside 0 to 100 where the noise took it there.
    pub cpu: f64,
    /// When the slot that was measured nominally ended.
    pub slot_end: Timestamp,
    /// How often the member reports, in seconds.
    pub slot_s: f64,
    /// How much of a slot is measured, in seconds.
    pub window_s: f64,
    /// The stated scale of the Laplace noise, in points of percent, at most 500.
    pub scale: f64,
    /// The stated grid of values and noise, in points of percent; `None` for the original's.
    pub grid: Option<f64>,
    /// The stated loss for the protected stretch.
    pub epsilon: f64,
    /// The stretch of time that is protected, in seconds.
    pub protects_s: f64,
    /// Whether it comes from the original tracker, which states nothing about its noise.
    pub original: bool,
    /// The memory in use, where the member shares that, too.
    pub memory: Option<PeerMemory>,
}

/// What a member says of the memory in use over the same window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeerMemory {
    /// The noisy mean in percent; outside 0 to 100 where the noise took it there.
    pub in_use: f64,
    /// The stated scale of its Laplace noise, in points of percent, at most 500.
    pub scale: f64,
    /// How often it was read, in seconds.
    pub every_s: f64,
}

/// Why a report that could be read is not believed. To be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum RejectReason {
    /// Not one JSON text in UTF-8.
    #[error("not JSON")]
    NotJson,
    /// JSON, but not an object whose keys have the right types and occur once.
    #[error("not a report")]
    NotAReport,
    /// The time is not written as the original writes it.
    #[error("timestamp")]
    Timestamp,
    /// A schema that we do not know.
    #[error("unknown schema")]
    Schema,
    /// Some of the keys that describe the noise, but not all.
    #[error("incomplete")]
    Incomplete,
    /// Noise of another law, whose range we could not compute.
    #[error("unknown mechanism")]
    Mechanism,
    /// A noise scale that is not positive or too large to average.
    #[error("scale out of range")]
    Scale,
    /// A slot, a protected stretch, a grid or a loss that cannot be meant.
    #[error("parameter out of range")]
    Parameter,
    /// A value that the stated noise does not explain.
    #[error("implausible value")]
    Value,
}

impl PeerReport {
    /// Reads a member's file, ours or the original's. The bytes may be anything.
    ///
    /// Keys that we do not know are ignored, but no key that we know may occur twice, and numbers
    /// must be numbers: no text, no `true`, no `null`.
    pub fn parse(bytes: &[u8]) -> Result<PeerReport, RejectReason> {
        let text = std::str::from_utf8(bytes).map_err(|_| RejectReason::NotJson)?;
        let raw: Raw = serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => RejectReason::NotAReport,
            _ => RejectReason::NotJson,
        })?;
        let (Some(cpu), Some(timestamp)) = (raw.cpu, &raw.timestamp) else {
            return Err(RejectReason::NotAReport);
        };
        let slot_end = parse_timestamp(timestamp).ok_or(RejectReason::Timestamp)?;
        let report = match Noise::stated(&raw)? {
            Some(noise) => noise.report(cpu, slot_end),
            None => original(cpu, slot_end),
        };
        report.believable()
    }

    /// Whether the report still tells about `now`: its slot ended less than two slots and a minute
    /// ago, and at most a minute ahead.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let age_s = now.duration_since(self.slot_end).as_secs_f64();
        (-CLOCK_AND_TRAVEL_S..FRESH_SLOTS * self.slot_s + CLOCK_AND_TRAVEL_S).contains(&age_s)
    }

    /// The loss for any stretch of so many seconds, from the *stated scales*, for everything that
    /// the member publishes together: in proportion to the stretch, and for a level that is read now
    /// and then a staircase beside that.
    pub fn epsilon_over(&self, stretch_s: f64) -> f64 {
        self.moves(stretch_s).map(|(widths, scale)| HIGHEST * widths / scale).sum()
    }

    /// The least ε for the same stretch at [`Report::DELTA`], rounded up: smaller than
    /// [`PeerReport::epsilon_over`] where it touches many windows, each of which costs little. `None`
    /// where it cannot be told, as for the original's noise.
    ///
    /// The releases are those of [`dp_core::Terms::schedule_over`].
    pub fn epsilon_at_delta(&self, stretch_s: f64) -> Option<f64> {
        let grid = self.grid?;
        let width = whole((HIGHEST / grid).next_up().ceil()); // up: privacy
        let windows = whole((stretch_s / self.window_s).ceil()).max(1);
        let mut events = Vec::new();
        for (widths, scale) in self.moves(stretch_s) {
            let moved = whole((HIGHEST / grid * widths * (1.0 + 4.0 * f64::EPSILON)).ceil());
            let moved = moved.saturating_add(rounding_at_the_ends(width));
            let rest = moved.saturating_sub((windows - 1).saturating_mul(width));
            let last = if windows == 1 { moved } else { rest.max(width) };
            let parts = whole((scale / grid).next_down() * PARTS_OF_A_STEP); // down: privacy
            let event = |steps| Event::discrete_laplace(steps, parts, whole(PARTS_OF_A_STEP)).ok();
            events.push(event(width)?.times(u64::try_from(windows - 1).ok()?));
            events.push(event(last)?);
        }
        let loss = Schedule::new(events).epsilon(Report::DELTA).ok()?.upper;
        loss.is_finite().then_some(loss)
    }

    /// For each signal, by how many times its whole width a stretch moves the means of all windows
    /// together, and the scale of its noise.
    fn moves(&self, stretch_s: f64) -> impl Iterator<Item = (f64, f64)> {
        let memory = self.memory.map(|PeerMemory { scale, every_s, .. }| {
            let readings = (self.window_s / every_s).floor();
            let touched = (stretch_s / every_s).ceil() + 1.0;
            (touched / readings, scale)
        });
        iter::once((stretch_s / self.window_s, self.scale)).chain(memory)
    }

    fn believable(self) -> Result<PeerReport, RejectReason> {
        if !(self.scale > 0.0 && self.scale <= Report::LARGEST_SCALE) {
            return Err(RejectReason::Scale);
        }
        if let Some(memory) = self.memory {
            memory.believable(self.window_s)?;
        }
        let parameters = self.slot_s > Report::SLACK.as_secs_f64()
            && self.slot_s <= LONGEST_SLOT_S
            && self.protects_s > 0.0
            && self.epsilon > 0.0
            && self.epsilon_over(1.0) <= LARGEST_RATE;
        if !parameters {
            return Err(RejectReason::Parameter);
        }
        let room = if self.original { 0.0 } else { PLAUSIBLE_SCALES * self.scale };
        if !is_within(self.cpu, room) {
            return Err(RejectReason::Value);
        }
        Ok(self)
    }
}

impl PeerMemory {
    fn believable(self, window_s: f64) -> Result<(), RejectReason> {
        if !(self.scale > 0.0 && self.scale <= Report::LARGEST_SCALE) {
            return Err(RejectReason::Scale);
        }
        if !(SHORTEST_TREAD_S..=window_s).contains(&self.every_s) {
            return Err(RejectReason::Parameter);
        }
        if !is_within(self.in_use, PLAUSIBLE_SCALES * self.scale) {
            return Err(RejectReason::Value);
        }
        Ok(())
    }
}

/// What rounding to the grid adds in the windows that a stretch's ends lie in, as a member counts it.
fn rounding_at_the_ends(width: u128) -> u128 {
    (width / (1 << 18)).saturating_add(1).max(4)
}

/// The whole part of a number that is not negative. Beyond all `u128` it is the largest, which as a
/// number of steps no event takes.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as it says")]
fn whole(number: f64) -> u128 {
    number as u128
}

/// Whether 0 to 100 percent and so much room for noise explain the value.
fn is_within(value: f64, room: f64) -> bool {
    (-room..=HIGHEST + room).contains(&value)
}

/// A report's keys as they stand in the file. A key that is there has its own type: `null` is
/// refused, a key that occurs twice is too, and one that we do not know is skipped (without
/// recursion, however deeply it is nested).
#[derive(Deserialize)]
struct Raw {
    #[serde(default, deserialize_with = "present")]
    cpu: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    timestamp: Option<String>,
    #[serde(default, deserialize_with = "present")]
    schema: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    mechanism: Option<String>,
    #[serde(default, deserialize_with = "present")]
    scale: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    grid: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    epsilon: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    protects_s: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    slot_s: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    memory: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    memory_scale: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    memory_every_s: Option<f64>,
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// An original's file: the mean of 50 readings over 5 s of every 20 s, at ε = 0.5 for one reading
/// of 0.1 s, so the noise has the scale 100 / 50 / 0.5; then cut to 0 to 100.
fn original(cpu: f64, slot_end: Timestamp) -> PeerReport {
    PeerReport {
        cpu,
        slot_end,
        slot_s: 20.0,
        window_s: 5.0,
        scale: 4.0,
        grid: None,
        epsilon: 0.5,
        protects_s: 0.1,
        original: true,
        memory: None,
    }
}

/// The keys that we add to the original's.
struct Noise {
    scale: f64,
    grid: f64,
    epsilon: f64,
    protects_s: f64,
    slot_s: f64,
    memory: Option<PeerMemory>,
}

impl Noise {
    /// What the report says of its noise; `None` if nothing at all.
    fn stated(raw: &Raw) -> Result<Option<Noise>, RejectReason> {
        if raw.schema.is_some_and(|schema| schema != SCHEMA) {
            return Err(RejectReason::Schema);
        }
        let numbers = [raw.scale, raw.grid, raw.epsilon, raw.protects_s, raw.slot_s];
        let memory = [raw.memory, raw.memory_scale, raw.memory_every_s];
        let says_nothing = numbers == [None; 5] && memory == [None; 3];
        if raw.schema.is_none() && raw.mechanism.is_none() && says_nothing {
            return Ok(None);
        }
        let (Some(_), Some(mechanism)) = (raw.schema, &raw.mechanism) else {
            return Err(RejectReason::Incomplete);
        };
        let [Some(scale), Some(grid), Some(epsilon), Some(protects_s), Some(slot_s)] = numbers
        else {
            return Err(RejectReason::Incomplete);
        };
        if mechanism != MECHANISM {
            return Err(RejectReason::Mechanism);
        }
        if grid <= 0.0 {
            return Err(RejectReason::Parameter);
        }
        let memory = match memory {
            [None, None, None] => None,
            [Some(in_use), Some(scale), Some(every_s)] => {
                Some(PeerMemory { in_use, scale, every_s })
            }
            _ => return Err(RejectReason::Incomplete),
        };
        Ok(Some(Noise { scale, grid, epsilon, protects_s, slot_s, memory }))
    }

    fn report(self, cpu: f64, slot_end: Timestamp) -> PeerReport {
        let Noise { scale, grid, epsilon, protects_s, slot_s, memory } = self;
        PeerReport {
            cpu,
            slot_end,
            slot_s,
            window_s: slot_s - Report::SLACK.as_secs_f64(),
            scale,
            grid: Some(grid),
            epsilon,
            protects_s,
            original: false,
            memory,
        }
    }
}

/// Exactly `2026-11-24 02:59:16`: the original's format with all its zeros.
fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; 19] = text.as_bytes().try_into().ok()?;
    for (at, separator) in [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')] {
        if bytes[at] != separator {
            return None;
        }
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0_i16, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0'))
        })
    };
    let two = |from: usize| number(from, from + 2).and_then(|number| i8::try_from(number).ok());
    let time =
        DateTime::new(number(0, 4)?, two(5)?, two(8)?, two(11)?, two(14)?, two(17)?, 0).ok()?;
    Offset::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests;
