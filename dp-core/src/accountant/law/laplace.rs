use super::{cell::Cell, sinh_ratio};
use crate::accountant::ball::Ball;

/// The loss of Laplace noise of scale `b` for a sensitivity of `Δ`, with `e = Δ/b`: `e` with
/// probability ½, `−e` with probability `½ exp(−e)`, and between them of density `¼ exp((L − e)/2)`.
/// With `a = s + ½`,
///
/// ```text
/// M(s) = exp(−e/2) (cosh(a e) + sinh(a e) / 2a).
/// ```
#[derive(Clone, Debug, PartialEq)]
pub(in crate::accountant) struct Laplace {
    /// `e`.
    pub(in crate::accountant) loss: Ball,
}

impl Laplace {
    /// For `|a e| ≤ 1` as `ln(1 + (M − 1))`, where, since `M(0) = 1` and `2a = 2s + 1`,
    ///
    /// ```text
    /// exp(e/2) (M − 1) = cosh(a e) − cosh(e/2) + sinh(a e)/2a − sinh(e/2)
    ///                  = 2 sinh((s+1) e/2) sinh(s e/2) + (e/2) (sinhc(a e) − sinhc(e/2))
    /// ```
    ///
    /// keeps the digits of a small `M − 1`. Otherwise what is large is taken out: with
    /// `E = exp(−2 a e)`, `M = exp(s e) ((1 + E)/2 + (1 − E)/4a)`, and `|E| ≤ 1`.
    pub(in crate::accountant) fn log_transform(&self, s: Ball) -> Ball {
        let (e, a) = (self.loss, s + Ball::exactly(0.5));
        let x = a * e;
        if x.modulus() <= 1.0 {
            let (half, square) = (e.times(0.5), e * e);
            let rise = s * (s + Ball::ONE);
            let cosines = ((s + Ball::ONE) * half).sinh() * (s * half).sinh();
            let sines = sinh_ratio::difference(x * x, square.times(0.25), square * rise);
            let sum = cosines.times(2.0) + half * sines;
            return (sum * (-half).exp()).ln_1p();
        }
        let fall = x.times(-2.0).exp();
        let atoms = (Ball::ONE + fall).times(0.5);
        let between = (Ball::ONE - fall) * a.times(4.0).recip();
        s * e + (atoms + between).ln()
    }

    /// With `α = c + ½` and `a = α + i v`, `|cosh(a e)|² = sinh²(α e) + cos²(v e)`,
    /// `|sinh(a e)|² = sinh²(α e) + sin²(v e)` and `|sinh(a e) / 2a| ≤ sinh(α e) / 2α`, while `M(c)` has
    /// `cosh(α e)` and `sinh(α e) / 2α`; here all are divided by `exp(α e)`. The first period is cut into
    /// [`Cell`]s; beyond, the squares count as 1.
    pub(in crate::accountant) fn decay(&self, c: f64, u: f64) -> f64 {
        let (e, alpha) = (self.loss.re, c + 0.5);
        let fall = (-2.0 * alpha * e).exp();
        let (cosh, sinh) = (0.5 * (1.0 + fall), -0.5 * (-2.0 * alpha * e).exp_m1());
        let most = Cell::of_first_period(u * e).map(|Cell { from, cos, sin }| {
            let atoms = (sinh * sinh + cos * cos * fall).sqrt();
            let between = (sinh * sinh + sin * sin * fall).sqrt() * e / (2.0 * from);
            atoms + between.min(sinh / (2.0 * alpha))
        });
        (most.fold(0.0, f64::max) / (cosh + sinh / (2.0 * alpha))).ln()
    }
}
