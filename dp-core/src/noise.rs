use crate::{Epsilon, Sensitivity};

/// The law of the noise in an estimate, in the released unit: a [`Law`] in grid steps, and how long
/// a step is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    law: Law,
    step: f64,
}

/// A law of noise on the grid: exactly what is drawn, in whole steps.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Law {
    /// `P(k) = (1 − p) / (1 + p) · p^|k|` with `p = exp(−denominator / numerator)`: the scale is
    /// the exact rational `sensitivity / ε`, in lowest terms.
    DiscreteLaplace {
        /// At most 2^120, since a sensitivity is at most 2^90.
        numerator: u128,
        /// At most 1e11, the largest ε in billionths.
        denominator: u64,
    },
}

impl Noise {
    /// The noise that pays back `loss` at this sensitivity, where one step is `step` in the
    /// released unit.
    pub(crate) fn laplace(sensitivity: Sensitivity, loss: Epsilon, step: f64) -> Self {
        let (numerator, denominator) = (sensitivity.l1() * 1_000_000_000, loss.billionths());
        let common = greatest_common_divisor(numerator, denominator.into());
        let denominator = denominator
            / u64::try_from(common).expect("it divides the denominator, which is a u64");
        Self { law: Law::DiscreteLaplace { numerator: numerator / common, denominator }, step }
    }

    /// The law in grid steps.
    pub fn law(&self) -> Law {
        self.law
    }

    /// The scale in the released unit: the mean distance of the noise from 0, to within a step.
    pub fn scale(&self) -> f64 {
        self.scale_in_steps() * self.step
    }

    /// One step of the grid in the released unit: an answer is a whole number of these.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// The smallest `m`, in the released unit, with `P(|noise| ≤ m) ≥ confidence`, for confidences
    /// above one in a million; rounded up by at most one step or two parts in 10^12 where floating
    /// point cannot tell. Infinite for a confidence of 1 or more.
    pub fn margin(&self, confidence: f64) -> f64 {
        if confidence <= 0.0 {
            return 0.0;
        }
        if confidence.is_nan() || confidence >= 1.0 {
            return f64::INFINITY;
        }
        // P(|noise| > k) = 2 p^(k+1) / (1 + p) ≤ 1 − confidence, solved for k + 1.
        let scale = self.scale_in_steps();
        let ratio = (-1.0 / scale).exp();
        let reach = scale * (std::f64::consts::LN_2 - ratio.ln_1p() - (-confidence).ln_1p());
        // Up: a margin may be too wide, never too narrow.
        let steps = (reach * (1.0 + 1e-12)).ceil() - 1.0;
        steps.max(0.0) * self.step
    }

    #[expect(clippy::cast_precision_loss, reason = "for margins and display only")]
    fn scale_in_steps(&self) -> f64 {
        let Law::DiscreteLaplace { numerator, denominator } = self.law;
        numerator as f64 / denominator as f64
    }
}

/// As a reader of a record needs it: `{"law", "scale", "step"}`, in the released unit.
#[cfg(feature = "serde")]
impl serde::Serialize for Noise {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Noise", 3)?;
        fields.serialize_field("law", "discrete Laplace")?;
        fields.serialize_field("scale", &self.scale())?;
        fields.serialize_field("step", &self.step)?;
        fields.end()
    }
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(sensitivity: u128, epsilon: f64) -> Noise {
        let sensitivity = Sensitivity::new(Some(sensitivity)).expect("in range");
        Noise::laplace(sensitivity, Epsilon::new(epsilon).expect("in range"), 1.0)
    }

    #[test]
    fn the_scale_is_the_exact_rational_in_lowest_terms() {
        let scale = |sensitivity, epsilon| {
            let Law::DiscreteLaplace { numerator, denominator } = noise(sensitivity, epsilon).law;
            (numerator, denominator)
        };
        assert_eq!(scale(1, 0.1), (10, 1));
        assert_eq!(scale(1, 0.3), (10, 3));
        assert_eq!(scale(3, 0.3), (10, 1));
        assert_eq!(scale(1 << 90, 1e-9), ((1 << 90) * 1_000_000_000, 1));
        assert_eq!(scale(1, 100.0), (1, 100));
    }

    /// Against the probabilities summed one by one.
    #[test]
    fn the_margin_is_the_exact_quantile() {
        for (sensitivity, epsilon) in [(1, 1.0), (1, 0.1), (7, 0.03), (1, 3.0), (1, 100.0)] {
            let noise = noise(sensitivity, epsilon);
            let ratio = (-epsilon / sensitivity as f64).exp();
            for confidence in [0.01, 0.5, 0.9, 0.95, 0.99, 0.999_999] {
                let mut steps = 0.0;
                let mut inside = (1.0 - ratio) / (1.0 + ratio);
                let mut mass = inside;
                while inside < confidence {
                    mass *= ratio;
                    inside += 2.0 * mass;
                    steps += 1.0;
                }
                let margin = noise.margin(confidence);
                assert!((margin - steps).abs() < 0.5, "{epsilon} {confidence}: {margin} {steps}");
            }
        }
        assert!(noise(1, 1.0).margin(1.0).is_infinite());
        assert!(noise(1, 1.0).margin(f64::NAN).is_infinite());
        assert!(noise(1, 1.0).margin(0.0).abs() < f64::EPSILON);
    }
}
