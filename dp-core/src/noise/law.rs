use crate::{
    Epsilon, NoiseRng, normal,
    proof::Steps,
    sampler::{ConstantTimeLaplace, DiscreteGaussian, DiscreteLaplace, RoundedGaussian},
};

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
    /// A Gaussian of this deviation, rounded to the nearest step:
    /// `P(k) = P(|σN − k| ≤ ½)` for a standard normal `N`.
    RoundedGaussian {
        /// σ in steps, the exact value of the `f64`; between 1e-2 and 2^124.
        deviation: f64,
    },
    /// `P(k) ∝ exp(−k² / 2σ²)`.
    DiscreteGaussian {
        /// σ in steps, the exact value of the `f64`; between 1e-2 and 2^124.
        deviation: f64,
    },
}

/// From here on the rounded Gaussian's quantile stands for the discrete Gaussian's.
const WIDE: f64 = 8.0;

impl Law {
    /// Of scale `l1 / loss` in steps, for `1 ≤ l1 ≤ 2^90`.
    pub(crate) fn laplace(l1: u128, loss: Epsilon) -> Self {
        let (numerator, denominator) = (l1 * 1_000_000_000, loss.billionths());
        let common = greatest_common_divisor(numerator, denominator.into());
        let denominator = denominator
            / u64::try_from(common).expect("it divides the denominator, which is a u64");
        Self::DiscreteLaplace { numerator: numerator / common, denominator }
    }

    /// Every number of steps plus a draw of its own.
    ///
    /// # Panics
    /// Where the parameters are out of range, or no sampler of this law takes constant time: only an
    /// author's calibration can ask for that.
    pub(crate) fn add_to<S: Steps>(
        self,
        steps: S,
        in_constant_time: bool,
        rng: &mut NoiseRng,
    ) -> S {
        match self {
            Self::DiscreteLaplace { numerator, denominator } if in_constant_time => {
                steps.add_noise(&ConstantTimeLaplace::new(numerator, denominator), rng)
            }
            Self::DiscreteLaplace { numerator, denominator } => {
                steps.add_noise(&DiscreteLaplace::new(numerator, denominator), rng)
            }
            _ if in_constant_time => panic!("no sampler of {self:?} takes constant time"),
            Self::RoundedGaussian { deviation } => {
                steps.add_noise(&RoundedGaussian::new(deviation), rng)
            }
            Self::DiscreteGaussian { deviation } => {
                steps.add_noise(&DiscreteGaussian::new(deviation), rng)
            }
        }
    }

    /// The name that a reader of a record knows it by.
    #[cfg(feature = "serde")]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DiscreteLaplace { .. } => "discrete Laplace",
            Self::RoundedGaussian { .. } => "rounded Gaussian",
            Self::DiscreteGaussian { .. } => "discrete Gaussian",
        }
    }

    /// The parameter of its width, in steps.
    #[expect(clippy::cast_precision_loss, reason = "for margins and display only")]
    pub(super) fn scale(self) -> f64 {
        match self {
            Self::DiscreteLaplace { numerator, denominator } => {
                numerator as f64 / denominator as f64
            }
            Self::RoundedGaussian { deviation } | Self::DiscreteGaussian { deviation } => deviation,
        }
    }

    /// The smallest whole `m` with `P(|noise| ≤ m) ≥ confidence`, for `0 < confidence < 1`, rounded
    /// up as [`Noise::margin`](super::Noise::margin) states.
    pub(super) fn reach(self, confidence: f64) -> f64 {
        let steps = match self {
            Self::DiscreteLaplace { .. } => {
                // P(|noise| > m) = 2 p^(m+1) / (1 + p) ≤ 1 − confidence, solved for m + 1.
                let scale = self.scale();
                let ratio = (-1.0 / scale).exp();
                let reach =
                    scale * (std::f64::consts::LN_2 - ratio.ln_1p() - (-confidence).ln_1p());
                // Up: a margin may be too wide, never too narrow.
                (reach * (1.0 + 1e-12)).ceil() - 1.0
            }
            Self::RoundedGaussian { deviation } => {
                // P(|noise| ≤ m) = P(|σN| ≤ m + ½), up again.
                (deviation * normal::central_quantile(confidence) * (1.0 + 1e-12) - 0.5).ceil()
            }
            Self::DiscreteGaussian { deviation } => discrete_gaussian_reach(deviation, confidence),
        };
        steps.max(0.0)
    }
}

pub(crate) fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// The rounded Gaussian's reach is never too narrow for the discrete one. Let `f` be the unnormed
/// density and `c(k)` its integral over the cell of `k`. `c(k) / f(k)` is the integral of
/// `exp(−x²/2σ²) cosh(kx/σ²)` over the cell of 0, which grows with `|k|`. Both laws add up to 1, so
/// there is some distance up to which the discrete law has more mass at each `k` than the rounded
/// one, and beyond which it has less: within any `m` it has at least as much in total.
///
/// Nor is it more than a step too wide when `σ` is not small: the tails differ as if `m` were moved
/// by about `m / 24σ²`.
fn discrete_gaussian_reach(deviation: f64, confidence: f64) -> f64 {
    let mut reach = Law::RoundedGaussian { deviation }.reach(confidence);
    if deviation >= WIDE {
        return reach;
    }
    let weights_from = |first: f64| -> f64 {
        let density = |k: f64| (-0.5 * (k / deviation).powi(2)).exp();
        (0..120_u8).map(|k| density(first + f64::from(k))).sum()
    };
    let both_tails_from = |first| 2.0 * weights_from(first) / (1.0 + 2.0 * weights_from(1.0));
    // Down only where the smaller reach holds beyond the sums' own rounding.
    while reach > 0.0 && both_tails_from(reach) <= (1.0 - confidence) * (1.0 - 1e-12) {
        reach -= 1.0;
    }
    reach
}
