//! The ranges of time that a reader chooses from.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How far back a chart reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Range {
    /// An hour, in single rounds.
    Hour,
    /// 24 hours, in bins of 5 minutes.
    Day,
    /// 30 days, in bins of 2 hours.
    Month,
}

impl Range {
    /// The shortest first.
    pub const ALL: [Range; 3] = [Range::Hour, Range::Day, Range::Month];

    /// Its file in the public folder; the first is also what a reader loads first.
    pub fn file(self) -> &'static str {
        match self {
            Range::Hour => "data.json",
            Range::Day => "day.json",
            Range::Month => "month.json",
        }
    }

    /// Seconds from one point to the next, never less than a round of `round_s`.
    pub fn step_s(self, round_s: u32) -> u32 {
        // Rounds of less than 5 s would be more points than a screen shows.
        round_s.max(match self {
            Range::Hour => 5,
            Range::Day => 300,
            Range::Month => 7200,
        })
    }

    /// How many points it has at most. Where rounds are slow, an hour's chart reaches further back.
    pub fn points(self, round_s: u32) -> u32 {
        let length_s = match self {
            Range::Hour => 3600,
            Range::Day => 86_400,
            Range::Month => 30 * 86_400,
        };
        (length_s / self.step_s(round_s)).max(60)
    }

    /// The windows over which a rolling mean may be taken, in seconds, the shortest first. The
    /// longest is a quarter of the range at most, so that the chart still shows a course.
    pub fn windows_s(self) -> [u32; 3] {
        match self {
            Range::Hour => [60, 300, 900],
            Range::Day => [900, 3600, 10_800],
            Range::Month => [10_800, 43_200, 86_400],
        }
    }

    /// The most seconds that one release counts for: a member that states a slot of a day weighs
    /// in the last hour's chart no more than one that reports all the time.
    pub fn cap_s(self) -> f64 {
        f64::from(self.windows_s()[2])
    }
}

/// The start of the step of `step_s` seconds that holds the unix second `second`.
pub fn step_start(second: i64, step_s: u32) -> i64 {
    let step = i64::from(step_s);
    second.div_euclid(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_covered_whatever_the_round() {
        let covered = |range: Range, round_s| range.points(round_s) * range.step_s(round_s);
        for round_s in [1, 7, 20, 60, 300, 3600] {
            assert!((3480..=3600 * 60).contains(&covered(Range::Hour, round_s)), "{round_s}");
            assert!((86_000..=86_400 * 3).contains(&covered(Range::Day, round_s)), "{round_s}");
            assert_eq!(covered(Range::Month, round_s), 30 * 86_400, "{round_s}");
            for range in Range::ALL {
                assert!(range.points(round_s) <= 720 && range.step_s(round_s) >= round_s);
            }
        }
    }

    #[test]
    fn a_step_starts_at_a_multiple_of_its_length() {
        for (second, start) in [(1000, 1000), (1019, 1000), (1020, 1020), (-1, -20)] {
            assert_eq!(step_start(second, 20), start);
        }
    }
}
