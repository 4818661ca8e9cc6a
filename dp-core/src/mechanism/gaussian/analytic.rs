//! The analytic calibration of Gaussian noise, by bounds alone.
//!
//! A Gaussian of deviation `σ` on a statistic that one unit moves by at most `L2` is
//! (ε, δ)-differentially private, and where it does move that far only then, if ([BW18], Theorem 8),
//! with `μ = L2 / σ`,
//!
//! ```text
//! δ(μ) = Φ(μ/2 − ε/μ) − exp(ε) Φ(−μ/2 − ε/μ) ≤ δ.
//! ```
//!
//! Let `t = ε/μ − μ/2`. Since `exp(ε) φ(t + μ) = φ(t)`, with Mills' ratio `M` ([`normal`])
//!
//! ```text
//! δ(μ) = D(t, μ),    D(x, μ) = Φ(−x) − φ(x) M(x + μ),
//! ```
//!
//! without an exponential of ε.
//!
//! - **`D` falls in `x`.** `M′(s) = s M(s) − 1` gives `∂D/∂x = −μ φ(x) M(x + μ) < 0`. So any `x` that
//!   is not above `t` gives an upper bound: the rounding of `t` is taken care of.
//! - **For `x > 0`**, `D = φ(x) (M(x) − M(x + μ))`. With `I = −M′ = 1 − s M(s)` the difference is the
//!   integral of `I` from `x` to `x + μ`; `I` is convex (it is `I(1)` of [`normal`], and
//!   `I(1)″ = I(3) > 0`), so the integral is at most `μ (I(x) + I(x + μ)) / 2`. The smaller of both
//!   bounds is used: the second does not cancel where `μ` is tiny.
//! - **For `x ≤ 0`**, `1 − D = φ(x) (M(−x) + M(x + μ))`, compared with `1 − δ`: nothing cancels, also
//!   where δ is almost 1.
//! - **`δ(μ)` grows in `μ`**, as `dδ/dμ = φ(t) > 0`: what is proved for `μ` holds for any larger `σ`.
//!
//! Everything is computed in [`Interval`]s, so the answer is proved by its last evaluation, however
//! it was found. It is found by Newton's method, and then put below the root by one part in 2^34.
//! That and the width of the bounds together lose less than one part in 10^9, to which a test holds
//! them over both ranges.
//!
//! [BW18]: https://arxiv.org/abs/1805.06530

use crate::{
    EpsilonDelta,
    normal::{self, Interval},
};

/// The largest `μ = L2 / σ` that is proved to be (ε, δ)-private, to less than one part in 10^9.
pub(super) fn largest_ratio(loss: EpsilonDelta) -> f64 {
    Claim::new(loss).largest_ratio()
}

/// The loss that was paid, as what is proved is compared with it.
struct Claim {
    epsilon: Interval,
    /// δ, down: privacy.
    delta: f64,
    /// 1 − δ, up: privacy.
    rest: f64,
}

/// What is known of δ(μ) at some μ.
struct Proof {
    /// It is at most δ.
    holds: bool,
    /// How far, by Newton's method, the root is from here.
    step: f64,
}

impl Claim {
    fn new(loss: EpsilonDelta) -> Self {
        let whole = |units: u64| Interval::whole(units.into());
        let (units, all) = (loss.delta_units(), EpsilonDelta::DELTA_UNITS);
        Self {
            epsilon: whole(loss.epsilon().billionths()) / Interval::exactly(1e9),
            delta: (whole(units) / Interval::exactly(1e18)).low,
            rest: (whole(all - units) / Interval::exactly(1e18)).high,
        }
    }

    fn largest_ratio(&self) -> f64 {
        let mut ratio = self.first_guess();
        for _ in 0..40 {
            let step = self.at(ratio).step;
            // A step from far away must not leave the range in which anything is known.
            ratio = (ratio + step).max(0.25 * ratio).min(4.0 * ratio);
            if step.abs() <= 1e-7 * ratio {
                break; // The next step would be about its square.
            }
        }
        let mut gap = 1.0 / 17_179_869_184.0; // 2^-34
        loop {
            ratio *= 1.0 - gap; // Down: privacy.
            // This ends: as the ratio falls x passes 9, and Φ(−9) is below the smallest δ.
            if self.at(ratio).holds {
                return ratio;
            }
            gap = (2.0 * gap).min(0.5);
        }
    }

    /// The larger of two ratios that are private: by zCDP, ε = μ²/2 + μ √(2 ln(1/δ)), and for any ε,
    /// δ(μ) ≤ μ/√(2π).
    fn first_guess(&self) -> f64 {
        let depth = -normal::logarithm(self.delta);
        let epsilon = self.epsilon.high;
        let zero_concentrated =
            std::f64::consts::SQRT_2 * epsilon / (depth.sqrt() + (depth + epsilon).sqrt());
        zero_concentrated.max(2.5 * self.delta)
    }

    fn at(&self, ratio: f64) -> Proof {
        let mu = Interval::exactly(ratio);
        // Down: D falls in x.
        let x = ((self.epsilon.low / ratio).next_down() - 0.5 * ratio).next_down();
        let (below, above) = ((x + ratio).next_down(), (x + ratio).next_up());
        let density = normal::density(x.abs());
        let beyond = normal::mills(above); // Up: D grows as M falls.
        if x > 0.0 {
            let here = normal::mills(x);
            let one = Interval::exactly(1.0);
            // Down, twice: I(x + μ) is largest for the smallest x + μ and the smallest M.
            let (near, far) = (Interval::exactly(x) * here, Interval::exactly(below) * beyond);
            let trapezoid = mu * ((one - near) + (one - far)) * Interval::exactly(0.5);
            let difference = (here - beyond).high.min(trapezoid.high);
            let delta = (density * Interval { low: 0.0, high: difference }).high;
            Proof {
                holds: delta <= self.delta,
                step: delta / density.high * normal::logarithm(self.delta / delta),
            }
        } else {
            let rest = (density * (normal::mills(-x) + beyond)).low;
            Proof {
                holds: rest >= self.rest,
                step: rest / density.low * normal::logarithm(rest / self.rest),
            }
        }
    }
}

#[cfg(test)]
mod tests;
