#[cfg(test)]
use std::sync::LazyLock;

use super::{
    exponential::{QUICK_ERROR, quick},
    half_square,
    point::{HalfSquare, Point},
    real::{Enclosure, Real, Uniform, is_below_exponential},
    scale::{Scale, UNCERTAINTY, mantissa_and_exponent},
    signed,
    wide::Wide,
    ziggurat::{NORMAL, Ziggurat},
};
use crate::{NoiseRng, proof::Draw};

/// The discrete Gaussian law: `P(k) ∝ exp(−k² / 2σ²)` ([CKS20], Definition 1).
///
/// [CKS20] draw it by rejection from a discrete Laplace law; here it is a rejection from a slightly
/// wider normal law. Proof. Let `x` be normal, `t = σ' |x|` with `σ' ≥ σ + 1`, and `n = ⌊t⌋`, with
/// `x`'s sign; of the two zeros one is drawn anew. The density of `t` is in proportion to
/// `exp(−x² / 2)`, so keeping `n` with probability `exp(−γ)` for
/// `γ = n² / 2σ² + c − x² / 2` leaves every `t` of `[n, n + 1)` the same density,
/// `exp(−n² / 2σ² − c)`: exactly the law. And `γ ≥ 0` for `c ≥ 1 / 2(σ + 1)`, because
/// `x < (n + 1) / (σ + 1)`, which is the mean of `n / σ` and 1 with weights `σ` and 1, so that by
/// convexity `x² ≤ (n² / σ² · σ + 1) / (σ + 1) ≤ n² / σ² + 2c`.
///
/// [CKS20]: https://arxiv.org/abs/2004.00010
#[derive(Clone, Debug)]
pub struct DiscreteGaussian {
    /// `σ'`.
    wider: Scale,
    /// σ is `mantissa · 2^exponent`.
    mantissa: u64,
    exponent: i32,
    /// `⌊2^(60 + shift) / σ⌋`, with `shift` chosen so that it has 63 digits or more.
    reciprocal: u128,
    shift: u32,
    /// `c` in units of 2^-60.
    shortfall: u64,
    ziggurat: &'static Ziggurat,
    error: u64,
}

impl DiscreteGaussian {
    /// Of exactly this σ in steps, between 2^-10 and 2^124.
    pub fn new(deviation: f64) -> Self {
        let range = 2f64.powi(-10)..=2f64.powi(124);
        assert!(range.contains(&deviation), "a deviation out of range");
        let (mantissa, exponent) = mantissa_and_exponent(deviation);
        let shift = (55 + exponent).max(0);
        let digits = u32::try_from(60 + shift - exponent).expect("115 or a few more");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let whole = deviation as u128;
        // Up: γ must not be negative. 2^59 / (⌊σ⌋ + 1) is at least 2^60 / 2(σ + 1).
        let shortfall = u64::try_from((1 << 59) / (whole + 1) + 1).expect("at most 2^59 + 1");
        Self {
            // Up: the wider law must cover.
            wider: Scale::dyadic((deviation + 1.0).next_up(), false),
            mantissa,
            exponent,
            reciprocal: (1 << digits) / u128::from(mantissa),
            shift: shift.unsigned_abs(),
            shortfall,
            ziggurat: &NORMAL,
            error: QUICK_ERROR,
        }
    }

    /// Whether `n` is kept: with probability `exp(−γ)`.
    fn keeps(&self, n: i128, point: &mut Point, rng: &mut NoiseRng) -> bool {
        let word = rng.next_u64();
        if let Some(answer) = self.quickly_keeps(n, point, word) {
            return answer;
        }
        let mut share = Uniform::beginning_with(word, 64);
        is_below_exponential(&mut share, &mut self.exponent(n, point, rng), rng)
    }

    /// `γ` for `n` and the point that it came from.
    fn exponent<'a>(&'a self, n: i128, point: &'a mut Point, rng: &mut NoiseRng) -> Exponent<'a> {
        // Saturated, as one draw in 10^15 is at the largest σ: γ takes the number itself.
        let beyond = n == i128::MAX;
        let n = if beyond { self.wider.whole(point, rng) } else { Wide::new(n.unsigned_abs()) };
        Exponent { law: self, n, point }
    }

    /// [`Self::keeps`] with 64 digits, where they suffice.
    ///
    /// Proof. In units of 2^-60, `n / σ` is at least `ratio` and below `ratio + 6`: the reciprocal
    /// is less than one too small, and `n` units of `2^−shift` are less than 4 where `n < 16 σ`;
    /// elsewhere the upper bound is not used. Squares are rounded down on the low side and up on the
    /// high side. Beyond 16, γ counts as 16 where that says less, and not at all where it would say
    /// more.
    fn quickly_keeps(&self, n: i128, point: &Point, word: u64) -> Option<bool> {
        let low = point.quick_low()?;
        let n = u64::try_from(n).ok().filter(|&n| n < 1 << 54)?;
        let ratio = u64::try_from((u128::from(n) * self.reciprocal) >> self.shift);
        let ratio = ratio.unwrap_or(u64::MAX).min(MOST_RATIO);
        let shortfall = u128::from(self.shortfall);
        let least =
            (half_square(ratio) + shortfall).saturating_sub(half_square(low + UNCERTAINTY) + 1);
        let most = (half_square(ratio + 6) + 1 + shortfall).saturating_sub(half_square(low));
        let share = word >> 1; // in units of 2^-63, and less than one more
        // e^−γ ≥ 1 − γ decides nearly always, where σ is more than a few steps.
        let sum = u128::from(share) + 1 + (most << 3) + u128::from(self.error);
        if ratio < MOST_RATIO && sum <= 1 << 63 {
            return Some(true);
        }
        let above = quick(u64::try_from(least).unwrap_or(u64::MAX)).saturating_add(self.error);
        if share >= above {
            return Some(false);
        }
        let most = u64::try_from(most).ok().filter(|_| ratio < MOST_RATIO)?;
        ((share + 1).saturating_add(self.error) <= quick(most)).then_some(true)
    }

    /// One that leaves every decision to the exact comparison.
    #[cfg(test)]
    pub(super) fn never_quick(self) -> Self {
        static EXACT: LazyLock<Ziggurat> = LazyLock::new(|| NORMAL.never_quick());
        self.never_quick_from(&EXACT)
    }

    /// The same, with points from elsewhere.
    #[cfg(test)]
    pub(super) fn never_quick_from(self, ziggurat: &'static Ziggurat) -> Self {
        Self { wider: self.wider.never_quick(), ziggurat, error: u64::MAX, ..self }
    }
}

/// The largest `n / σ` that is told apart, just below 16, in units of 2^-60.
const MOST_RATIO: u64 = u64::MAX - 6;

impl Draw for DiscreteGaussian {
    #[inline]
    fn draw(&self, rng: &mut NoiseRng) -> i128 {
        loop {
            let (negative, mut point) = self.ziggurat.point(rng);
            let quick = point.quick_low().and_then(|low| self.wider.quickly(low));
            let n = quick.map_or_else(|| self.wider.steps(&mut point, rng), i128::from);
            if !(n == 0 && negative) && self.keeps(n, &mut point, rng) {
                return signed(negative, n);
            }
        }
    }
}

/// `γ`, exactly.
#[derive(Debug)]
struct Exponent<'a> {
    law: &'a DiscreteGaussian,
    n: Wide,
    point: &'a mut Point,
}

impl Real for Exponent<'_> {
    fn enclose(&mut self, bits: u32, rng: &mut NoiseRng) -> Enclosure {
        let DiscreteGaussian { mantissa, exponent, shortfall, .. } = *self.law;
        let one = Wide::new(1);
        // n² / 2σ² = n² · 2^(−1 − 2 · exponent) / mantissa².
        let digits = i32::try_from(bits).expect("few") - 1 - 2 * exponent;
        let square = self.n.times(&self.n);
        let square = match u32::try_from(digits) {
            Ok(left) => square.left(left),
            Err(_) => square.right(digits.unsigned_abs()),
        };
        let first = square.over(mantissa).over(mantissa);
        let first = first.plus(&Wide::new(shortfall.into()).left(bits).right(60));
        let second = HalfSquare(self.point).enclose(bits, rng);
        Enclosure {
            low: first.minus(&second.high),
            // Two quotients, two shifts.
            high: first.plus(&Wide::new(4)).minus(&second.low).plus(&one),
        }
    }
}

#[cfg(test)]
mod tests;
