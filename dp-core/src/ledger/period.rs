use std::{fmt, time::Duration};

use crate::{Error, recent::seconds_up};

/// When a budget renews.
///
/// What is promised is the budget for any one period, and for longer stretches several budgets:
/// see [`Period::budgets_within`]. Whoever needs one promise for ever wants a ledger that does not
/// renew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Period {
    /// At midnight UTC. Two budgets can be spent within minutes, one before and one after it.
    Day,
    /// Each payment counts for this long, and up to a 32nd longer, by the clock on the wall: in any
    /// stretch of this length at most one budget is spent. Whole seconds, rounded up.
    Sliding(Duration),
}

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

impl Period {
    /// How many budgets at most are paid from within a stretch of this length, wherever it begins, as
    /// long as nobody sets the clock forward. (What is paid for and released only later counts when
    /// it is paid.)
    ///
    /// *Proof.* A stretch touches at most `⌈stretch / 1 day⌉ + 1` days. And `⌈stretch / length⌉`
    /// intervals of the sliding length cover it; in each, the last payment was granted while all
    /// others of that interval still counted.
    ///
    /// ```
    /// # use dp_core::Period;
    /// # use std::time::Duration;
    /// const DAY: Duration = Duration::from_secs(86_400);
    /// assert_eq!(Period::Day.budgets_within(7 * DAY), 8);
    /// assert_eq!(Period::Sliding(DAY).budgets_within(7 * DAY), 7);
    /// ```
    pub fn budgets_within(self, stretch: Duration) -> u64 {
        let periods = |length: Duration| {
            let periods = stretch.as_nanos().div_ceil(length.max(SHORTEST).as_nanos());
            u64::try_from(periods).unwrap_or(u64::MAX)
        };
        match self {
            Self::Day => periods(Duration::from_secs(86_400)).saturating_add(1),
            Self::Sliding(length) => periods(length).max(1),
        }
    }

    /// # Errors
    /// [`Error::Period`] for a length that is not between a second and 366 days.
    pub(super) fn checked(self) -> Result<Self, Error> {
        match self {
            Self::Sliding(length) if !(SHORTEST..=LONGEST).contains(&length) => {
                Err(Error::Period(length))
            }
            Self::Sliding(length) => Ok(Self::Sliding(Duration::from_secs(seconds_up(length)))),
            Self::Day => Ok(Self::Day),
        }
    }

    pub(super) fn encode(self) -> String {
        match self {
            Self::Day => "daily".to_owned(),
            Self::Sliding(length) => length.as_secs().to_string(),
        }
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        match text {
            "daily" => Some(Self::Day),
            seconds => Self::Sliding(Duration::from_secs(seconds.parse().ok()?)).checked().ok(),
        }
    }
}

/// As in "renews …".
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day => f.write_str("every day at midnight UTC"),
            Self::Sliding(length) => write!(f, "as payments become older than {length:?}"),
        }
    }
}
