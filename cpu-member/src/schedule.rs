//! When a slot begins and ends, by the system's clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Slots of equal length, one after the other, in step with the member's first start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// A second at which a slot begins.
    anchor: i64,
    /// Whole seconds, at least 2.
    slot: Duration,
}

/// One slot; it begins and ends at whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    start: Timestamp,
    length: Duration,
}

impl Slot {
    /// When it begins.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// When it ends, and the next one begins.
    pub fn end(&self) -> Timestamp {
        self.start + SignedDuration::try_from(self.length).expect("a slot is at most a day")
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.length
    }
}

impl Schedule {
    /// Slots of `slot`, a whole number of seconds, of which one begins at `anchor`.
    pub fn new(anchor: i64, slot: Duration) -> Self {
        Self { anchor, slot }
    }

    /// The first slot that begins at `now` or later.
    pub fn next(&self, now: Timestamp) -> Slot {
        let second = now.as_second() + i64::from(now.subsec_nanosecond() > 0);
        let slot = i64::try_from(self.slot.as_secs()).expect("a slot is at most a day");
        let wait = (self.anchor - second).rem_euclid(slot);
        let start = Timestamp::from_second(second + wait).unwrap_or(Timestamp::MAX);
        Slot { start, length: self.slot }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64, nanosecond: i32) -> Timestamp {
        Timestamp::new(second, nanosecond).expect("in range")
    }

    #[test]
    fn slots_follow_one_another_in_step_with_the_anchor() {
        let schedule = Schedule::new(1003, Duration::from_secs(20));
        let next = |second, nanosecond| {
            let slot = schedule.next(at(second, nanosecond));
            (slot.start().as_second(), slot.end().as_second())
        };
        assert_eq!(next(1003, 0), (1003, 1023));
        assert_eq!(next(1003, 1), (1023, 1043));
        assert_eq!(next(1022, 999), (1023, 1043));
        assert_eq!(next(2, 0), (3, 23), "before the anchor");
    }
}
