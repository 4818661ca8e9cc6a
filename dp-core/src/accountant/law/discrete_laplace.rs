use std::f64::consts::FRAC_PI_2;

use super::{cell::Cell, sinh_ratio};
use crate::accountant::{
    ball::Ball,
    lattice::{Exact, Lattice, Unit},
};

/// The loss of discrete Laplace noise, of mass `(1 − t)/(1 + t) t^|x|` with `t = exp(−1/b)`, where
/// neighbours differ by `D ≥ 1` steps: `(D − 2x)/b` for `0 ≤ x ≤ D`, and `±D/b` beyond. Summed up, with
/// `a = s + ½`,
///
/// ```text
/// M(s) = exp(−D/2b) (2 cosh(a D/b) + (1 − t) sinh(a (D−1)/b) / sinh(a/b)) / (1 + t).
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::accountant) struct DiscreteLaplace {
    /// `D`.
    pub(in crate::accountant) steps: u128,
    /// `b` is the first over the second.
    pub(in crate::accountant) scale: (u128, u128),
}

impl DiscreteLaplace {
    /// For `|a D/b| ≤ 1` as `ln(1 + (M − 1))`, with `M(0) = 1`:
    ///
    /// ```text
    /// (1 + t) exp(D/2b) (M − 1) = 4 sinh((s+1) D/2b) sinh(s D/2b) + (1 − t) (r(a) − r(½)),
    /// r(a) = sinh(a (D−1)/b) / sinh(a/b) = (D − 1) sinhc(a (D−1)/b) / sinhc(a/b),
    /// ```
    ///
    /// and with a common denominator `r(a) − r(½)` is a combination of two differences of `sinhc`.
    /// Otherwise with `exp(s D/b)` taken out: with `E = exp(−2 a/b)`, since
    /// `exp(−a D/b) sinh(a (D−1)/b) / sinh(a/b) = E + … + E^(D−1) = (1 − E^D)/(1 − E) − 1`,
    /// `(1 + t) M = exp(s D/b) (t + E^D + (1 − t)(1 − E^D)/(1 − E))`.
    pub(in crate::accountant) fn log_transform(&self, s: Ball) -> Ball {
        let (unit, steps) = (self.unit(), Ball::whole(self.steps));
        let (a, e) = (s + Ball::exactly(0.5), steps * unit);
        let x = a * e;
        let gap = -(-unit).exp_m1(); // 1 − t
        let t = (-unit).exp();
        if x.modulus() <= 1.0 {
            let (half, rise) = (e.times(0.5), s * (s + Ball::ONE));
            let ends = ((s + Ball::ONE) * half).sinh() * (s * half).sinh();
            let between = if self.steps == 1 { Ball::ZERO } else { gap * self.between(a, rise) };
            let sum = ends.times(4.0) + between;
            return (sum * (-half).exp() * (Ball::ONE + t).recip()).ln_1p();
        }
        let fall = x.times(-2.0).exp();
        let geometric = (Ball::ONE - fall) / -(a * unit).times(-2.0).exp_m1();
        let sum = t + fall + gap * geometric;
        s * e + (sum * (Ball::ONE + t).recip()).ln()
    }

    /// `r(a) − r(½)`, where `rise = a² − ¼`.
    fn between(&self, a: Ball, rise: Ball) -> Ball {
        let inner = Ball::whole(self.steps - 1);
        let (short, long) = (self.unit() * self.unit(), self.unit() * inner * self.unit() * inner);
        let (square, quarter) = (a * a, Ball::exactly(0.25));
        let long_difference = sinh_ratio::difference(long * square, long * quarter, long * rise);
        let short_difference =
            sinh_ratio::difference(short * square, short * quarter, short * rise);
        let at_half = sinh_ratio::ratio(short * quarter);
        let numerator =
            long_difference * at_half - sinh_ratio::ratio(long * quarter) * short_difference;
        inner * numerator / (sinh_ratio::ratio(short * square) * at_half)
    }

    /// Like [`Laplace::decay`](super::Laplace::decay), up to half a period, `v = π b/2`. There
    /// `|sinh(a/b)|² = sinh²(α/b) + sin²(v/b)` grows, so that `|sinh(a (D−1)/b) / sinh(a/b)|` is at most
    /// `cosh(α (D−1)/b)` over it, and always at most what it is at `α`.
    pub(in crate::accountant) fn decay(&self, c: f64, u: f64) -> f64 {
        let (unit, alpha) = (self.unit().re, c + 0.5);
        let steps = self.steps as f64;
        let e = steps * unit;
        // All divided by exp(α e).
        let fall = (-2.0 * alpha * e).exp();
        let (cosh, sinh) = (0.5 * (1.0 + fall), -0.5 * (-2.0 * alpha * e).exp_m1());
        let inner = -2.0 * alpha * unit * (steps - 1.0);
        let step = (-alpha * unit).exp();
        let gap = -(-unit).exp_m1();
        let short = -0.5 * (-2.0 * alpha * unit).exp_m1() / step;
        let at_real = gap * -0.5 * inner.exp_m1() * step / short;
        let most = Cell::of_first_period(u * e).map(|Cell { from, cos, .. }| {
            let sin = (from / steps).min(FRAC_PI_2).sin();
            let ratio = gap * 0.5 * (1.0 + inner.exp()) * step / (short * short + sin * sin).sqrt();
            2.0 * (sinh * sinh + cos * cos * fall).sqrt() + ratio.min(at_real)
        });
        (most.fold(0.0, f64::max) / (2.0 * cosh + at_real)).ln()
    }

    pub(in crate::accountant) fn largest(&self) -> Ball {
        Ball::whole(self.steps) * self.unit()
    }

    /// Odd multiples of `1/b` if `D` is odd.
    pub(in crate::accountant) fn lattice(&self) -> Lattice {
        let (numerator, denominator) = self.scale;
        let exact = Exact::Ratio(denominator, numerator);
        let unit = Unit { exact, length: self.unit() };
        Lattice { unit, parity: self.steps % 2 == 1, stride: 2 }
    }

    /// `1/b`.
    fn unit(&self) -> Ball {
        Ball::whole(self.scale.1) / Ball::whole(self.scale.0)
    }
}
