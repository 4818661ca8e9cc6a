use crate::accountant::{
    ball::Ball,
    lattice::{Exact, Lattice, Unit},
};

/// A loss of `e`, `−e`, or 0, with probabilities `(1 − δ) p`, `(1 − δ) p exp(−e)` and the rest of
/// `1 − δ`; and infinite with probability δ.
///
/// Randomized response among `m` answers is one, with `δ = 0`. For two answers it is the worst of all
/// pure `e`-private mechanisms, and with δ of all `(e, δ)`-private ones ([KOV15], Theorem 3.3 and
/// its proof): any of them can be simulated from it.
///
/// [KOV15]: https://proceedings.mlr.press/v37/kairouz15.html
#[derive(Clone, Debug, PartialEq)]
pub(in crate::accountant) struct Response {
    /// What `e` is computed from.
    exact: Exact,
    /// `e`.
    pub(in crate::accountant) loss: Ball,
    /// `p`.
    likely: Ball,
    /// `p exp(−e)`.
    unlikely: Ball,
    /// Whether a loss of 0 has any probability.
    has_zero: bool,
    /// δ.
    pub(in crate::accountant) infinite: Ball,
}

impl Response {
    /// The worst of all `(billionths / 1e9, delta)`-private mechanisms.
    pub(in crate::accountant) fn of_promise(billionths: u64, delta: Ball) -> Self {
        let exact = Exact::Ratio(billionths.into(), 1_000_000_000);
        let loss = Ball::whole(billionths.into()) / Ball::exactly(1e9);
        let unlikely = (Ball::ONE + loss.exp()).recip();
        let likely = (Ball::ONE + (-loss).exp()).recip();
        Self { exact, loss, likely, unlikely, has_zero: false, infinite: delta }
    }

    /// An answer among `buckets ≥ 2` that is replaced by a uniform one with probability
    /// `0 < noise < 1`: kept with `p = 1 − noise + noise / buckets`.
    pub(in crate::accountant) fn randomized(noise: f64, buckets: u32) -> Self {
        let exact = Exact::Response(noise.to_bits(), buckets);
        let (noise, buckets) = (Ball::exactly(noise), Ball::whole(buckets.into()));
        let (kept, unlikely) = (Ball::ONE - noise, noise / buckets);
        let loss = (kept / unlikely).real().ln_1p().real();
        let has_zero = buckets.re > 2.0;
        Self { exact, loss, likely: kept + unlikely, unlikely, has_zero, infinite: Ball::ZERO }
    }

    /// For `|s e| ≤ 1` from `M − 1 = p (exp(s e) − 1) + p exp(−e) (exp(−s e) − 1)`; else with
    /// `exp(s e)` taken out.
    pub(in crate::accountant) fn log_transform(&self, s: Ball) -> Ball {
        let (x, rest) = (s * self.loss, self.rest());
        let finite = if self.infinite.re == 0.0 { Ball::ZERO } else { (-self.infinite).ln_1p() };
        if x.modulus() <= 1.0 {
            let sum = self.likely * x.exp_m1() + self.unlikely * (-x).exp_m1();
            return sum.ln_1p() + finite;
        }
        let fall = (-x).exp();
        x + (self.likely + fall * (rest + self.unlikely * fall)).ln() + finite
    }

    /// Of two answers: `|cosh(a e) / cosh(α e)|` with `a = s + ½`, which falls until half a period,
    /// `v e = π/2`.
    pub(in crate::accountant) fn decay(&self, c: f64, u: f64) -> f64 {
        let e = self.loss.re;
        if self.has_zero || u * e >= std::f64::consts::FRAC_PI_2 {
            return 0.0;
        }
        let fall = (-2.0 * (c + 0.5) * e).exp();
        let (cosh, sin) = (0.5 * (1.0 + fall), (u * e).sin());
        0.5 * (-(sin * sin * fall) / (cosh * cosh)).ln_1p()
    }

    pub(in crate::accountant) fn lattice(&self) -> Lattice {
        let unit = Unit { exact: self.exact, length: self.loss };
        // Of three answers and more, a loss of 0 is possible, too.
        Lattice { unit, parity: !self.has_zero, stride: if self.has_zero { 1 } else { 2 } }
    }

    fn rest(&self) -> Ball {
        if self.has_zero { Ball::ONE - self.likely - self.unlikely } else { Ball::ZERO }
    }
}
