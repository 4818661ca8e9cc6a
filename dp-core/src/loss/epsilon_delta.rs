use std::fmt;

use crate::{Epsilon, Error, Loss, Rho, normal::Interval, proof};

/// Approximate differential privacy loss (ε, δ), `1e-9 ≤ ε ≤ 100` and `1e-18 ≤ δ < 1` ([DR14],
/// Definition 2.4).
///
/// δ is a bound on how often, roughly, the promise of ε may fail: choose it far below one in the
/// number of persons in the data. ε is a whole number of billionths and δ of 1e-18, so that sums
/// are exact.
///
/// Losses add up part by part ([DR14], Theorem 3.16; with losses chosen as answers come in,
/// [RRUV16]). A payment is within a budget if both parts are, and once *either* part is used up
/// nothing is left: what remains of the other buys nothing. For many questions
/// [`Rho`](crate::Rho) grants more.
///
/// [DR14]: https://doi.org/10.1561/0400000042
/// [RRUV16]: https://arxiv.org/abs/1605.08294
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Parts", into = "Parts"))]
pub struct EpsilonDelta {
    epsilon: Epsilon,
    /// Units of 1e-18. Never 0, always below `DELTA_UNITS`.
    delta: u64,
}

impl EpsilonDelta {
    /// How many units make a δ of 1.
    pub(crate) const DELTA_UNITS: u64 = 1_000_000_000_000_000_000;

    /// Rounds ε to the nearest whole billionth and δ to the nearest whole 1e-18; what is charged
    /// and what calibrates the noise are those same numbers.
    ///
    /// # Errors
    /// [`Error::Epsilon`] unless `1e-9 ≤ epsilon ≤ 100`, [`Error::Delta`] unless
    /// `1e-18 ≤ delta < 1`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
    pub fn new(epsilon: f64, delta: f64) -> Result<Self, Error> {
        let epsilon = Epsilon::new(epsilon)?;
        if !(1e-18..1.0).contains(&delta) {
            return Err(Error::Delta(delta));
        }
        Self::from_units(epsilon, (delta * 1e18).round() as u64).ok_or(Error::Delta(delta))
    }

    /// What a zero-concentrated loss is at this δ: ε = ρ + 2√(ρ ln(1/δ)), rounded up to a whole
    /// billionth ([BS16], Proposition 1.3). For showing what a `Ledger<Rho>` comes to: whoever pays in
    /// ρ to the end needs only the last of these, not their sum.
    ///
    /// ```
    /// # use dp_core::*;
    /// # fn main() -> Result<(), Error> {
    /// let spent = EpsilonDelta::covering(Rho::new(0.5)?, 1e-6)?;
    /// assert_eq!(f64::from(spent.epsilon()), 5.756_521_770);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Delta`] unless `1e-18 ≤ delta < 1`, [`Error::Epsilon`] where it would be above 100.
    ///
    /// [BS16]: https://arxiv.org/abs/1605.02065
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
    pub fn covering(rho: Rho, delta: f64) -> Result<Self, Error> {
        let delta = Self::new(1.0, delta)?.delta;
        let rho = Interval::whole(rho.units().into()) / Interval::whole(Rho::UNITS.into());
        let spread = (rho * Interval::logarithm(Self::DELTA_UNITS, delta)).sqrt();
        let billionths = (rho + spread + spread) * Interval::exactly(1e9);
        let up = billionths.high.ceil(); // Up: privacy.
        let epsilon = Some(up).filter(|&up| up <= 1e11).map(|up| up as u64);
        let epsilon = epsilon.and_then(Epsilon::from_billionths).ok_or(Error::Epsilon(up / 1e9))?;
        Ok(Self { epsilon, delta })
    }

    /// The ε of it.
    pub fn epsilon(self) -> Epsilon {
        self.epsilon
    }

    /// The δ of it.
    #[expect(clippy::cast_precision_loss, reason = "to the nearest f64, as documented for serde")]
    pub fn delta(self) -> f64 {
        self.delta as f64 / 1e18
    }

    /// δ in whole units.
    pub(crate) fn delta_units(self) -> u64 {
        self.delta
    }

    /// Another ε with this δ.
    pub(crate) fn with_epsilon(self, epsilon: Epsilon) -> Self {
        Self { epsilon, ..self }
    }

    fn from_units(epsilon: Epsilon, delta: u64) -> Option<Self> {
        (1..Self::DELTA_UNITS).contains(&delta).then_some(Self { epsilon, delta })
    }
}

/// A pure loss has no δ, and pays the least one that there is: 1e-18.
impl From<Epsilon> for EpsilonDelta {
    fn from(epsilon: Epsilon) -> Self {
        Self { epsilon, delta: 1 } // Up: privacy.
    }
}

impl fmt::Display for EpsilonDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, δ = {:e}", self.epsilon, self.delta())
    }
}

impl Loss for EpsilonDelta {}

impl proof::Loss for EpsilonDelta {
    const CURRENCY: &'static str = "epsilon and delta";

    fn plus(self, other: Self) -> Option<Self> {
        Self::from_units(self.epsilon.plus(other.epsilon)?, self.delta.checked_add(other.delta)?)
    }

    fn minus(self, other: Self) -> Option<Self> {
        Self::from_units(self.epsilon.minus(other.epsilon)?, self.delta.checked_sub(other.delta)?)
    }

    fn within(self, budget: Self) -> bool {
        self.epsilon <= budget.epsilon && self.delta <= budget.delta
    }

    fn encode(self) -> String {
        format!("{} {}", self.epsilon.encode(), self.delta)
    }

    fn decode(text: &str) -> Option<Self> {
        let (epsilon, delta) = text.split_once(' ')?;
        Self::from_units(Epsilon::decode(epsilon)?, delta.parse().ok()?)
    }

    fn terms(self) -> Vec<(&'static str, f64)> {
        vec![("epsilon", self.epsilon.into()), ("delta", self.delta())]
    }
}

/// As it is serialized.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    epsilon: f64,
    delta: f64,
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for EpsilonDelta {
    type Error = Error;
    fn try_from(parts: Parts) -> Result<Self, Error> {
        Self::new(parts.epsilon, parts.delta)
    }
}

#[cfg(feature = "serde")]
impl From<EpsilonDelta> for Parts {
    fn from(loss: EpsilonDelta) -> Self {
        Self { epsilon: loss.epsilon.into(), delta: loss.delta() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::Loss as _;

    fn loss(epsilon: f64, delta: f64) -> EpsilonDelta {
        EpsilonDelta::new(epsilon, delta).expect("in range")
    }

    /// From a computer algebra system, with forty digits.
    #[test]
    fn a_rho_costs_at_least_what_it_is_and_less_than_two_billionths_more() {
        for (rho, delta, truth) in [
            (0.5, 1e-6, 5.756_521_769_756_932),
            (1e-12, 1e-18, 0.000_012_875_797_157),
            (0.02, 0.5, 0.255_482_004_503_094_9),
            (30.0, 1e-10, 82.565_217_697_569_32),
            (5.0, 0.999, 5.141_456_730_740_077),
        ] {
            let covering = EpsilonDelta::covering(Rho::new(rho).expect("in range"), delta);
            let epsilon = f64::from(covering.expect("in range").epsilon);
            assert!((0.0..2e-9).contains(&(epsilon - truth)), "{rho} {delta}: {epsilon}");
        }
        let rho = |value| Rho::new(value).expect("in range");
        assert!(matches!(EpsilonDelta::covering(rho(50.0), 1e-10), Err(Error::Epsilon(_))));
        assert!(matches!(EpsilonDelta::covering(rho(0.5), 0.0), Err(Error::Delta(_))));
        assert!(matches!(EpsilonDelta::covering(rho(0.5), f64::NAN), Err(Error::Delta(_))));
    }

    #[test]
    fn a04_a_delta_outside_its_range_is_refused_and_named() {
        for bad in [0.0, -0.0, 1.0, 1.5, -1e-9, f64::NAN, f64::INFINITY, 1e-320, 9e-19] {
            let refusal = EpsilonDelta::new(1.0, bad).expect_err("out of range");
            assert!(matches!(refusal, Error::Delta(_)), "{bad}");
            assert!(refusal.to_string().contains("at least 1e-18 and below 1"), "{refusal}");
        }
        assert!(matches!(EpsilonDelta::new(0.0, 1e-6), Err(Error::Epsilon(_))));
        assert_eq!(loss(1.0, 1e-18).delta_units(), 1);
        assert!(loss(1.0, 1.0_f64.next_down()).delta_units() < EpsilonDelta::DELTA_UNITS);
    }

    #[test]
    fn a36_a37_both_parts_add_up_exactly() {
        let tenth = loss(0.1, 1e-7);
        let ten = (1..10).try_fold(tenth, |sum, _| sum.plus(tenth)).expect("in range");
        assert_eq!(ten, loss(1.0, 1e-6));
        assert_eq!(ten.minus(tenth), Some(loss(0.9, 9e-7)));
        assert_eq!(
            ten.plus(loss(1e-9, 1e-18)).map(EpsilonDelta::delta_units),
            Some(1_000_000_000_001)
        );
        assert_eq!(loss(1.0, 0.5).plus(loss(1.0, 0.5)), None, "a δ of 1 is beyond every budget");
        assert_eq!(loss(100.0, 0.1).plus(loss(1e-9, 0.1)), None);
    }

    #[test]
    fn either_part_used_up_leaves_nothing() {
        assert_eq!(loss(1.0, 1e-6).minus(loss(0.5, 1e-6)), None);
        assert_eq!(loss(1.0, 1e-6).minus(loss(1.0, 1e-7)), None);
        assert!(!loss(0.5, 1e-5).within(loss(1.0, 1e-6)));
        assert!(!loss(1.5, 1e-7).within(loss(1.0, 1e-6)));
        assert!(loss(1.0, 1e-6).within(loss(1.0, 1e-6)));
    }

    #[test]
    fn a_loss_is_read_as_it_was_written_and_prints_as_it_was_asked_for() {
        for value in [loss(1e-9, 1e-18), loss(0.5, 1e-6), loss(100.0, 0.3)] {
            assert_eq!(EpsilonDelta::decode(&value.encode()), Some(value));
            assert_eq!(loss(value.epsilon().into(), value.delta()), value);
        }
        assert_eq!(loss(0.5, 1e-6).to_string(), "ε = 0.5, δ = 1e-6");
        for bad in ["1", "1 0", "0 1", "1 1000000000000000000", "1 1 1", "1  1", "1 -1", ""] {
            assert_eq!(EpsilonDelta::decode(bad), None, "{bad}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn deserializing_goes_through_the_constructor() {
        let read = serde_json::from_str::<EpsilonDelta>;
        let text = r#"{"epsilon":0.5,"delta":1e-6}"#;
        assert_eq!(read(text).expect("in range"), loss(0.5, 1e-6));
        assert_eq!(serde_json::to_string(&loss(0.5, 1e-6)).expect("numbers"), text);
        assert!(read(r#"{"epsilon":0.5,"delta":1}"#).is_err());
        assert!(read(r#"{"epsilon":0,"delta":1e-6}"#).is_err());
        assert!(read(r#"{"epsilon":0.5}"#).is_err());
    }
}
