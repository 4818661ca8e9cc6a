use std::time::Duration;

use crate::Error;

/// What neighbouring data sets may differ in. It is stated once, by the ledger that promises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PrivacyUnit {
    /// Any `k` values are replaced; how many values there are is public ("bounded").
    Values(u32),
    /// Any `k` records are added or removed; how many there are is private ("unbounded").
    Records(u32),
    /// Every value is replaced: all that one machine or one person contributed.
    Dataset,
    /// What a signal did in any one stretch of this length. Only a [`Timeline`](crate::Timeline)
    /// can promise it.
    Time(Duration),
}

/// How far, in whole grid steps, one [`PrivacyUnit`] can move an answer: the L1 distance for
/// [`Laplace`](crate::Laplace), the L2 distance for [`Gaussian`](crate::Gaussian). For an answer of
/// one number they are the same.
///
/// The L1 distance is at least 1 and at most 2^90, and the L2 distance no larger: within that,
/// every scale that a loss asks for is below 2^124 steps and noise of it fits 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Sensitivity {
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_text"))]
    l1: u128,
    l2: L2Distance,
}

/// `steps · √times`: how an L2 distance is stated without rounding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct L2Distance {
    /// Whole grid steps, at least 1.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_text"))]
    pub steps: u128,
    /// At least 1.
    pub times: u64,
}

const MOST: u128 = 1 << 90;

impl Sensitivity {
    /// Of an answer of one number. `None` stands for a distance that overflowed on the way.
    pub(crate) fn new(steps: Option<u128>) -> Result<Self, Error> {
        Self::of_vector(steps, steps, 1)
    }

    /// Of an answer of several numbers, with `l2 · √times` no larger than `l1`.
    pub(crate) fn of_vector(l1: Option<u128>, l2: Option<u128>, times: u64) -> Result<Self, Error> {
        match (l1, l2) {
            (Some(l1), Some(steps)) if (1..=MOST).contains(&l1) && steps >= 1 && times >= 1 => {
                Ok(Self { l1, l2: L2Distance { steps, times } })
            }
            _ => Err(Error::TooSensitive),
        }
    }

    /// How far, in whole steps, *all* readings of a signal together can move, over any number of
    /// disjoint windows of at least `window` each, when the signal is changed in one stretch of
    /// `stretch`: proved at [`Promise::noise`](crate::Promise::noise).
    pub(crate) fn over_time(
        width: u128,
        stretch: Duration,
        window: Duration,
    ) -> Result<Self, Error> {
        Self::of_part(width, stretch.as_nanos(), window.as_nanos())
    }

    /// The same for a level: so many treads are touched, of so many in each window; proved at
    /// [`Instrument::Level`](crate::Instrument::Level).
    pub(crate) fn of_treads(width: u128, touched: u128, treads: u128) -> Result<Self, Error> {
        Self::of_part(width, touched, treads)
    }

    /// So much of a window moves by the width, and rounding at the ends adds its own.
    fn of_part(width: u128, part: u128, window: u128) -> Result<Self, Error> {
        // Up, both times: the noise must cover the largest move.
        let moved = width.checked_mul(part).map(|product| product.div_ceil(window.max(1)));
        let ends = Self::at_the_ends(width);
        Self::new(moved.and_then(|moved| moved.checked_add(ends)))
    }

    /// What rounding adds to that, in the windows that the stretch's ends lie in: at least four
    /// steps, and in proportion to bounds of an `f64`, which are at least 2^20 steps wide.
    pub(crate) fn at_the_ends(width: u128) -> u128 {
        (width / (1 << 18)).saturating_add(1).max(4) // Up: privacy.
    }

    /// The L1 distance in steps.
    pub fn l1(self) -> u128 {
        self.l1
    }

    /// The L2 distance in steps.
    pub fn l2(self) -> L2Distance {
        self.l2
    }
}

/// Most readers of JSON round numbers beyond 2^53.
#[cfg(feature = "serde")]
fn as_text<S: serde::Serializer>(steps: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a06_a_distance_of_zero_or_beyond_the_noise_is_refused() {
        assert!(Sensitivity::new(Some(0)).is_err());
        assert!(Sensitivity::new(None).is_err());
        assert!(Sensitivity::new(Some(MOST + 1)).is_err());
        assert_eq!(Sensitivity::new(Some(MOST)).expect("the most").l1(), MOST);
    }

    #[test]
    fn a_stretch_costs_in_proportion_to_the_window_and_is_never_capped() {
        let second = Duration::from_secs;
        let steps = |stretch, window| {
            Sensitivity::over_time(1_638_400, stretch, window).expect("in range").l1()
        };
        assert_eq!(steps(second(30), second(299)), 164_388 + 7, "⌈width · 30 / 299⌉, and the ends");
        assert_eq!(steps(second(1), second(1)), 1_638_400 + 7);
        assert_eq!(steps(second(10), second(1)), 16_384_000 + 7, "not capped at one window");
    }
}
