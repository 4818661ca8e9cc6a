use std::fmt;

use crate::{Epsilon, Error};

/// A sum of pure losses, which may exceed what a single [`Epsilon`] can be: what a stretch costs,
/// and what a [`Cap`](crate::Cap) allows.
///
/// A whole number of billionths, as an [`Epsilon`] is. It states a promise that holds and pays for
/// nothing: an ε of 1000 hides nothing, so no mechanism gives it.
///
/// ```compile_fail,E0277
/// # use dp_core::*;
/// # fn main() -> Result<(), Error> {
/// let total = TotalEpsilon::new(1000.0)?;
/// Ledger::in_memory(PrivacyUnit::Values(1), total);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(into = "f64"))]
pub struct TotalEpsilon(
    /// Billionths. Never above `MOST`.
    u128,
);

const BILLION: f64 = 1e9;
/// Some hundred of these add up without wrapping around.
const MOST: u128 = 1 << 120;

impl TotalEpsilon {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Rounds to the nearest whole billionth.
    ///
    /// # Errors
    /// [`Error::TotalEpsilon`] unless `1e-9 ≤ total ≤ 1e9`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
    pub fn new(total: f64) -> Result<Self, Error> {
        if !(1e-9..=1e9).contains(&total) {
            return Err(Error::TotalEpsilon(total));
        }
        Ok(Self((total * BILLION).round() as u128))
    }

    /// What is left of `self` after `other`: nothing, at least.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub(super) fn saturating_mul(self, times: u128) -> Self {
        Self(self.0.saturating_mul(times).min(MOST))
    }

    /// What it costs to move by `moved` steps in L1 where `epsilon` pays for `paid_for`.
    pub(crate) fn of_move(moved: u128, epsilon: Epsilon, paid_for: u128) -> Result<Self, Error> {
        let product = moved.checked_mul(epsilon.billionths().into());
        // Up: privacy.
        let total = product.map(|product| product.div_ceil(paid_for));
        total.filter(|&total| total <= MOST).map(Self).ok_or(Error::TooSensitive)
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).filter(|&sum| sum <= MOST).map(Self)
    }

    pub(super) fn encode(self) -> String {
        self.0.to_string()
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        text.parse().ok().filter(|&total| total <= MOST).map(Self)
    }
}

impl From<Epsilon> for TotalEpsilon {
    fn from(epsilon: Epsilon) -> Self {
        Self(epsilon.billionths().into())
    }
}

/// To the nearest `f64`: for showing.
impl From<TotalEpsilon> for f64 {
    #[expect(clippy::cast_precision_loss, reason = "for display")]
    fn from(total: TotalEpsilon) -> Self {
        total.0 as f64 / BILLION
    }
}

impl fmt::Display for TotalEpsilon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ε = {}", f64::from(*self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a01_a02_a03_a_total_outside_its_range_is_refused_and_named() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-10, 1e10] {
            assert!(matches!(TotalEpsilon::new(bad), Err(Error::TotalEpsilon(_))), "{bad}");
        }
        assert_eq!(TotalEpsilon::new(120.5).expect("in range").to_string(), "ε = 120.5");
    }

    #[test]
    fn what_a_move_costs_is_rounded_up_and_never_wraps() {
        let third = Epsilon::new(1.0).expect("in range");
        assert_eq!(TotalEpsilon::of_move(1, third, 3).expect("small"), TotalEpsilon(333_333_334));
        assert_eq!(TotalEpsilon::of_move(3, third, 3).expect("small"), third.into());
        assert!(TotalEpsilon::of_move(u128::MAX, third, 1).is_err());
        assert_eq!(TotalEpsilon(MOST).plus(TotalEpsilon(1)), None);
    }
}
