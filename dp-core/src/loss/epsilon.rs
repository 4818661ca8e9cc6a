use std::fmt;

use crate::{Error, Loss, proof};

/// Pure differential privacy loss ε, `1e-9 ≤ ε ≤ 100` ([DMNS06], Definition 1).
///
/// A whole number of billionths, so that sums are exact: ten spends of 0.1 are 1.
///
/// [DMNS06]: https://people.csail.mit.edu/asmith/PS/sensitivity-tcc-final.pdf
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "f64", into = "f64"))]
pub struct Epsilon(
    /// Billionths. Never 0, never above `MOST`.
    u64,
);

const BILLION: u64 = 1_000_000_000;
const MOST: u64 = 100 * BILLION;

impl Epsilon {
    /// Rounds to the nearest whole billionth; what is charged and what calibrates the noise is
    /// that same number.
    ///
    /// # Errors
    /// [`Error::Epsilon`] unless `1e-9 ≤ epsilon ≤ 100`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
    pub fn new(epsilon: f64) -> Result<Self, Error> {
        if !(1e-9..=100.0).contains(&epsilon) {
            return Err(Error::Epsilon(epsilon));
        }
        Ok(Self((epsilon * 1e9).round() as u64))
    }

    /// The loss in whole billionths.
    pub(crate) fn billionths(self) -> u64 {
        self.0
    }

    pub(super) fn from_billionths(billionths: u64) -> Option<Self> {
        (1..=MOST).contains(&billionths).then_some(Self(billionths))
    }
}

impl TryFrom<f64> for Epsilon {
    type Error = Error;
    fn try_from(epsilon: f64) -> Result<Self, Error> {
        Self::new(epsilon)
    }
}

impl From<Epsilon> for f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 1e11, below 2^53")]
    fn from(epsilon: Epsilon) -> Self {
        epsilon.0 as f64 / 1e9
    }
}

impl fmt::Display for Epsilon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ε = {}", f64::from(*self))
    }
}

impl Loss for Epsilon {}

impl proof::Loss for Epsilon {
    const CURRENCY: &'static str = "epsilon";

    fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::from_billionths)
    }

    fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::from_billionths)
    }

    fn within(self, budget: Self) -> bool {
        self <= budget
    }

    fn encode(self) -> String {
        self.0.to_string()
    }

    fn decode(text: &str) -> Option<Self> {
        text.parse().ok().and_then(Self::from_billionths)
    }

    fn terms(self) -> Vec<(&'static str, f64)> {
        vec![("epsilon", self.into())]
    }
}

impl proof::Counted for Epsilon {
    const MOST: u64 = MOST;

    fn of_units(units: u64) -> Option<Self> {
        Self::from_billionths(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::Loss as _;

    #[test]
    fn a01_a02_a03_an_epsilon_outside_its_range_is_refused_and_named() {
        for bad in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, 1e-300] {
            assert!(matches!(Epsilon::new(bad), Err(Error::Epsilon(_))), "{bad}");
        }
        for bad in [1e-10, 100.000_000_1, 1e3, 1e308] {
            let refusal = Epsilon::new(bad).expect_err("out of range").to_string();
            assert!(refusal.contains("between 1e-9 and 100"), "{refusal}");
        }
    }

    #[test]
    fn a36_tenths_and_thirds_add_up_exactly() {
        let tenth = Epsilon::new(0.1).expect("in range");
        let ten = (1..10).try_fold(tenth, |sum, _| sum.plus(tenth)).expect("in range");
        assert_eq!(ten, Epsilon::new(1.0).expect("in range"));
        assert_eq!(ten.minus(tenth), Epsilon::new(0.9).ok());
        assert_eq!(ten.minus(ten), None, "nothing left is not a loss");
    }

    #[test]
    fn a_loss_prints_as_the_number_that_was_asked_for() {
        assert_eq!(Epsilon::new(0.1).expect("in range").to_string(), "ε = 0.1");
        assert_eq!(Epsilon::new(100.0).expect("in range").to_string(), "ε = 100");
        assert_eq!(Epsilon::new(1e-9).expect("in range").to_string(), "ε = 0.000000001");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn deserializing_goes_through_the_constructor() {
        assert!(serde_json::from_str::<Epsilon>("0.5").is_ok());
        assert!(serde_json::from_str::<Epsilon>("0.0").is_err());
        assert!(serde_json::from_str::<Epsilon>("1e9").is_err());
    }
}
