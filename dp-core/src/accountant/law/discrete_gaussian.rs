use std::f64::consts::PI;

use crate::accountant::{
    ball::Ball,
    lattice::{Exact, Lattice, Unit},
};

/// The loss of discrete Gaussian noise, of mass proportional to `exp(−x² / 2σ²)` on the whole numbers,
/// where neighbours differ by `D` steps: `(D² − 2 D x) / 2σ²`. With `g(a) = Σ exp(−(x + a)² / 2σ²)`,
///
/// ```text
/// M(s) = exp((s + s²) D² / 2σ²) g(s D) / g(0),
/// g(a) = σ √(2π) (1 + 2 Σ_{m ≥ 1} exp(−2π² σ² m²) cos(2π m a))
/// ```
///
/// by Poisson's summation formula ([CKS20], proof of Fact 18).
///
/// [CKS20]: https://arxiv.org/abs/2004.00010
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::accountant) struct DiscreteGaussian {
    /// `D`.
    pub(in crate::accountant) steps: u128,
    /// `σ² ≥ ¼` is the first over the second.
    pub(in crate::accountant) variance: (u128, u128),
}

impl DiscreteGaussian {
    /// A period up or down, at `s + 2πi σ²/D`, `M` is the same but for a sign `(−1)^D`; so the imaginary
    /// part is brought to half a period at most. There `|cos(2π m a)| ≤ exp(2π m |v| D)` with
    /// `|v| D ≤ π σ²`, and the terms are at most `exp(−2π² σ² m (m − 1))`, less than `5 · 10^-23` from the
    /// fifth on, all of them together, where `σ ≥ ½`.
    pub(in crate::accountant) fn log_transform(&self, s: Ball) -> Ball {
        let (steps, variance) = (Ball::whole(self.steps), self.variance());
        let period = (variance / steps).times(2.0) * pi();
        let periods = (s.im / period.re).round();
        let whole = (period * Ball::exactly(periods)).real();
        let turned = Ball { re: 0.0, im: whole.re, radius: whole.radius };
        let s = s - turned;
        let flips = if self.steps % 2 == 1 { periods } else { 0.0 };
        let flips = Ball::exactly(flips) * pi();
        let sign = Ball { re: 0.0, im: flips.re, radius: flips.radius };
        let spread = steps * steps / variance.times(2.0);
        s * (Ball::ONE + s) * spread + self.waves(s * steps) - self.waves(Ball::ZERO) + sign
    }

    /// `ln(g(a) / σ √(2π))`.
    fn waves(&self, a: Ball) -> Ball {
        let decay = (pi() * pi() * self.variance()).times(-2.0);
        // Whole numbers more or less change nothing.
        let turn = Ball { re: a.re - a.re.round(), ..a }.widened(a.re.abs() * f64::EPSILON);
        let angle = pi().times(2.0) * turn;
        let mut sum = Ball::ZERO;
        for m in 1..=5_u8 {
            let m = f64::from(m);
            let turned = Ball { re: -angle.im, im: angle.re, radius: angle.radius }.times(m); // i m angle
            let fall = decay.times(m * m);
            sum = sum + ((fall + turned).exp() + (fall - turned).exp());
        }
        sum.widened(1e-22).ln_1p()
    }

    /// For `|v| D` from `B = u D` to half a period `π σ²`, `exp(−v² D² / 2σ²) |g(c D + i v D)|` is at most
    /// `Σ exp(−(v D − 2π σ² m)² / 2σ²)` over all `m`: for `m = 0` at most `exp(−B² / 2σ²)`, for each pair
    /// `±m` at most twice what it is at the half period, `exp(−π² σ² (2m − 1)² / 2)`. And
    /// `g(c D) ≥ σ √(2π) (1 − 2 Σ exp(−2π² σ² m²))`. The sums are at most 1.01 times their first term.
    pub(in crate::accountant) fn decay(&self, u: f64) -> f64 {
        let variance = self.variance().re;
        let reach = (u * self.steps as f64).min(PI * variance);
        let near = (-reach * reach / (2.0 * variance)).exp();
        let far = 2.02 * (-PI * PI * variance / 2.0).exp();
        let least = 1.0 - 2.02 * (-2.0 * PI * PI * variance).exp();
        ((near + far) / least).ln()
    }

    /// Multiples of `D / 2σ²`, odd ones if `D` is odd. Integers too large for it have none.
    pub(in crate::accountant) fn lattice(&self) -> Option<Lattice> {
        let (numerator, denominator) = self.variance;
        let units = (self.steps.checked_mul(denominator)?, numerator.checked_mul(2)?);
        let length = Ball::whole(units.0) / Ball::whole(units.1);
        let unit = Unit { exact: Exact::Ratio(units.0, units.1), length };
        Some(Lattice { unit, parity: self.steps % 2 == 1, stride: 2 })
    }

    fn variance(&self) -> Ball {
        Ball::whole(self.variance.0) / Ball::whole(self.variance.1)
    }
}

fn pi() -> Ball {
    Ball::near(PI)
}
