//! Exact noise, in integers alone.
//!
//! Three laws, each drawn *exactly*, whatever the scale; no floating-point arithmetic decides
//! anything, so that the same seed draws the same noise on every platform.
//!
//! | law | how |
//! |---|---|
//! | [`DiscreteLaplace`] | `⌊scale · E⌋` for an exponential `E`, with a sign: the floor of an exponential *is* geometric |
//! | [`RoundedGaussian`] | `σ · N` for a normal `N`, to the nearest whole number |
//! | [`DiscreteGaussian`] | a floor of `(σ + 1) · N` that is kept with the right probability |
//!
//! `E` and `N` are points under a curve ([`ziggurat`]), known to as many digits as the result
//! takes ([`real`], [`point`]): a single word nearly always, any number of them ([`wide`]) when it
//! must be. [`scale`] makes whole numbers of them.

mod constant_time_laplace;
mod discrete_gaussian;
mod exponential;
mod point;
mod real;
mod scale;
mod wide;
mod ziggurat;

pub use constant_time_laplace::ConstantTimeLaplace;
pub use discrete_gaussian::DiscreteGaussian;

use self::{
    scale::Scale,
    ziggurat::{EXPONENTIAL, NORMAL},
};
use crate::{NoiseRng, proof::Draw};

/// The discrete Laplace law: `P(k) ∝ exp(−|k| · denominator / numerator)`.
///
/// Proof. `G = ⌊scale · E⌋` has `P(G ≥ k) = P(E ≥ k / scale) = exp(−k / scale)`. With a random sign
/// every `k ≠ 0` has half of that law's mass, and 0, of whose two signs one is drawn anew, has half
/// of its own.
#[derive(Clone, Copy, Debug)]
pub struct DiscreteLaplace {
    scale: Scale,
}

impl DiscreteLaplace {
    /// Of a scale of `numerator / denominator` steps, for `1 ≤ numerator ≤ 2^120` and
    /// `1 ≤ denominator < 2^40`.
    pub fn new(numerator: u128, denominator: u64) -> Self {
        Self { scale: Scale::floor(numerator, denominator) }
    }
}

impl Draw for DiscreteLaplace {
    #[inline]
    fn draw(&self, rng: &mut NoiseRng) -> i128 {
        loop {
            let (negative, magnitude) = EXPONENTIAL.draw(&self.scale, rng);
            if !(magnitude == 0 && negative) {
                return signed(negative, magnitude);
            }
        }
    }
}

/// The normal law of mean 0 and the given deviation, rounded to whole numbers: its variance is
/// at most `σ² + 1/12`.
#[derive(Clone, Copy, Debug)]
pub struct RoundedGaussian {
    scale: Scale,
}

impl RoundedGaussian {
    /// Of exactly this deviation in steps, between 2^-10 and 2^124.
    pub fn new(deviation: f64) -> Self {
        Self { scale: Scale::dyadic(deviation, true) }
    }
}

impl Draw for RoundedGaussian {
    #[inline]
    fn draw(&self, rng: &mut NoiseRng) -> i128 {
        let (negative, magnitude) = NORMAL.draw(&self.scale, rng);
        signed(negative, magnitude)
    }
}

/// `value + noise`, saturated at ±2^126, for `|value| < 2^123`: the end of the range is
/// post-processing of the exact noisy sum, and the same set of answers for any data.
#[inline]
pub(crate) fn add(value: i128, noise: i128) -> i128 {
    const END: i128 = 1 << 126;
    debug_assert!(value.unsigned_abs() < 1 << 123, "the statistic's invariant");
    value.saturating_add(noise).clamp(-END, END)
}

/// Without a branch on the sign, which would be mispredicted half of the time.
#[inline]
fn signed(negative: bool, magnitude: i128) -> i128 {
    let mask = -i128::from(negative);
    (magnitude ^ mask) - mask
}

/// `⌊x² / 2⌋`, both in units of 2^-60.
#[inline]
fn half_square(x: u64) -> u128 {
    (u128::from(x) * u128::from(x)) >> 61
}

/// `⌊a · b / 2^64⌋`.
#[inline]
const fn high_product(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> 64) as u64
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
