use std::fmt;

use crate::{Epsilon, Error, Loss, proof};

/// Zero-concentrated differential privacy loss ρ, `1e-12 ≤ ρ ≤ 5000` ([BS16], Definition 1.1).
///
/// A whole number of units of 1e-12, so that sums are exact. Losses add up ([BS16], Lemma 1.7; with
/// losses chosen as answers come in, [WRRW23]). A pure loss of ε is a ρ of at most ε²/2 ([BS16],
/// Proposition 1.4), and the largest ρ is that of the largest ε. For any δ, a ρ implies
/// (ρ + 2√(ρ ln(1/δ)), δ)-differential privacy ([BS16], Proposition 1.3).
///
/// [BS16]: https://arxiv.org/abs/1605.02065
/// [WRRW23]: https://arxiv.org/abs/2203.05481
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "f64", into = "f64"))]
pub struct Rho(
    /// Units of 1e-12. Never 0, never above `MOST`.
    u64,
);

const MOST: u64 = 5000 * Rho::UNITS;

impl Rho {
    /// How many units make a ρ of 1.
    pub(crate) const UNITS: u64 = 1_000_000_000_000;

    /// Rounds to the nearest whole unit of 1e-12; what is charged and what calibrates the noise is
    /// that same number.
    ///
    /// # Errors
    /// [`Error::Rho`] unless `1e-12 ≤ rho ≤ 5000`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
    pub fn new(rho: f64) -> Result<Self, Error> {
        if !(1e-12..=5000.0).contains(&rho) {
            return Err(Error::Rho(rho));
        }
        Ok(Self((rho * 1e12).round() as u64))
    }

    /// The loss in whole units.
    pub(crate) fn units(self) -> u64 {
        self.0
    }

    fn from_units(units: u64) -> Option<Self> {
        (1..=MOST).contains(&units).then_some(Self(units))
    }
}

/// [BS16], Proposition 1.4: an ε is a ρ of ε²/2, here rounded up to a whole unit.
///
/// [BS16]: https://arxiv.org/abs/1605.02065
impl From<Epsilon> for Rho {
    fn from(epsilon: Epsilon) -> Self {
        let square = u128::from(epsilon.billionths()) * u128::from(epsilon.billionths());
        // In units of 2 · 10^18; up: privacy.
        let units = square.div_ceil(2 * 1_000_000);
        let units = u64::try_from(units).ok().and_then(Self::from_units);
        units.expect("at most 100²/2 = 5000, the largest rho")
    }
}

impl TryFrom<f64> for Rho {
    type Error = Error;
    fn try_from(rho: f64) -> Result<Self, Error> {
        Self::new(rho)
    }
}

impl From<Rho> for f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 5e15, below 2^53")]
    fn from(rho: Rho) -> Self {
        rho.0 as f64 / 1e12
    }
}

impl fmt::Display for Rho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ρ = {}", f64::from(*self))
    }
}

impl Loss for Rho {}

impl proof::Loss for Rho {
    const CURRENCY: &'static str = "rho";

    fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::from_units)
    }

    fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::from_units)
    }

    fn within(self, budget: Self) -> bool {
        self <= budget
    }

    fn encode(self) -> String {
        self.0.to_string()
    }

    fn decode(text: &str) -> Option<Self> {
        text.parse().ok().and_then(Self::from_units)
    }

    fn terms(self) -> Vec<(&'static str, f64)> {
        vec![("rho", self.into())]
    }
}

impl proof::Counted for Rho {
    const MOST: u64 = MOST;

    fn of_units(units: u64) -> Option<Self> {
        Self::from_units(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::Loss as _;

    fn rho(value: f64) -> Rho {
        Rho::new(value).expect("in range")
    }

    #[test]
    fn a01_a02_a03_a_rho_outside_its_range_is_refused_and_named() {
        for bad in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, 1e-300] {
            assert!(matches!(Rho::new(bad), Err(Error::Rho(_))), "{bad}");
        }
        for bad in [9.9e-13, 5_000.000_001, 1e308] {
            let refusal = Rho::new(bad).expect_err("out of range").to_string();
            assert!(refusal.contains("between 1e-12 and 5000"), "{refusal}");
        }
        assert_eq!(rho(1e-12).units(), 1);
        assert_eq!(rho(5000.0).units(), MOST);
    }

    #[test]
    fn a36_a37_sums_are_exact_and_nothing_rounds_to_no_charge() {
        let ten = (1..10).try_fold(rho(0.1), |sum, _| sum.plus(rho(0.1))).expect("in range");
        assert_eq!(ten, rho(1.0));
        assert_eq!(ten.minus(rho(0.1)), Some(rho(0.9)));
        assert_eq!(ten.minus(ten), None, "nothing left is not a loss");
        assert_eq!(rho(1.0).plus(rho(1e-12)).map(Rho::units), Some(Rho::UNITS + 1));
        assert_eq!(rho(5000.0).plus(rho(1e-12)), None, "beyond every budget");
    }

    #[test]
    fn a_loss_is_read_as_it_was_written_and_prints_as_it_was_asked_for() {
        for value in [1e-12, 0.1, 0.5, 123.456, 5000.0] {
            assert_eq!(Rho::decode(&rho(value).encode()), Some(rho(value)));
            assert_eq!(rho(f64::from(rho(value))), rho(value));
        }
        assert_eq!(rho(0.1).to_string(), "ρ = 0.1");
        for bad in ["0", "-1", "5000000000000001", "1.0", ""] {
            assert_eq!(Rho::decode(bad), None, "{bad}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn deserializing_goes_through_the_constructor() {
        assert_eq!(serde_json::from_str::<Rho>("0.5").expect("in range"), rho(0.5));
        assert_eq!(serde_json::to_string(&rho(0.5)).expect("a number"), "0.5");
        assert!(serde_json::from_str::<Rho>("0.0").is_err());
        assert!(serde_json::from_str::<Rho>("1e9").is_err());
    }
}
