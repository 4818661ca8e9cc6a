//! Exact draws from the discrete Laplace law, in integers alone.
//!
//! Canonne, Kamath and Steinke, *The Discrete Gaussian for Differential Privacy* ([CKS20]),
//! Algorithms 1 and 2. No floating-point number decides anything, so the law is exact and the same
//! seed draws the same noise on every platform. The number of random words, and with it the time,
//! depends on the draw, never on the data.
//!
//! [CKS20]: https://arxiv.org/abs/2004.00010

use crate::{NoiseRng, proof::Draw};

/// The discrete Laplace law of scale `numerator / denominator` steps, for
/// `1 ≤ numerator ≤ 2^120` and `1 ≤ denominator < 2^40`.
#[derive(Clone, Copy, Debug)]
pub struct DiscreteLaplace {
    numerator: u128,
    denominator: u64,
}

impl DiscreteLaplace {
    /// Ready to draw.
    pub fn new(numerator: u128, denominator: u64) -> Self {
        Self { numerator, denominator }
    }
}

impl Draw for DiscreteLaplace {
    fn draw(&self, rng: &mut NoiseRng) -> i128 {
        discrete_laplace(self.numerator, self.denominator, rng)
    }
}

/// A draw with `P(y) ∝ exp(−|y| · denominator / numerator)` ([CKS20], Algorithm 2, with
/// `t = numerator` and `s = denominator`), for `1 ≤ numerator < 2^121`, `1 ≤ denominator < 2^40`.
///
/// Draws beyond `i128` become `±i128::MAX`. That is exact for every use here: [`add`] saturates
/// its result far below, so that a sum with any of those draws is the same.
pub(crate) fn discrete_laplace(numerator: u128, denominator: u64, rng: &mut NoiseRng) -> i128 {
    loop {
        let remainder = uniform_below(numerator, rng);
        if !bernoulli_exp(remainder, numerator, rng) {
            continue;
        }
        let mut blocks: u64 = 0;
        while bernoulli_exp(1, 1, rng) {
            blocks += 1;
        }
        let magnitude = quotient(remainder, blocks, numerator, denominator.into());
        let negative = rng.next_u64() & 1 == 1;
        if negative && magnitude == 0 {
            continue; // or 0 would be counted twice
        }
        return if negative { -magnitude } else { magnitude };
    }
}

/// `value + noise`, saturated at ±2^126, for `|value| < 2^123`: the end of the range is
/// post-processing of the exact noisy sum, and the same set of answers for any data.
pub(crate) fn add(value: i128, noise: i128) -> i128 {
    const END: i128 = 1 << 126;
    debug_assert!(value.unsigned_abs() < 1 << 123, "the statistic's invariant");
    value.saturating_add(noise).clamp(-END, END)
}

/// `⌊(remainder + blocks · numerator) / denominator⌋`, saturated at `i128::MAX`, without an
/// intermediate product that could overflow: `numerator = q · denominator + r`.
fn quotient(remainder: u128, blocks: u64, numerator: u128, denominator: u128) -> i128 {
    let (q, r) = (numerator / denominator, numerator % denominator);
    let low = (remainder + u128::from(blocks) * r) / denominator;
    let high = q.saturating_mul(blocks.into());
    i128::try_from(high.saturating_add(low)).unwrap_or(i128::MAX)
}

/// True with probability `exp(−numerator / denominator)`, `numerator ≤ denominator` ([CKS20],
/// Algorithm 1): the first `k` whose coin of probability `γ / k` fails is odd.
fn bernoulli_exp(numerator: u128, denominator: u128, rng: &mut NoiseRng) -> bool {
    let mut k: u128 = 1;
    // A coin of γ / k is a coin of γ and one of 1 / k, which needs no product.
    while uniform_below(denominator, rng) < numerator && uniform_below(k, rng) == 0 {
        k += 1;
    }
    k % 2 == 1
}

/// Uniform over `0..below`, exactly: as many random bits as `below − 1` has, drawn anew until they
/// fit. (`rand`'s own ranges are allowed a bias of 2^-64.)
fn uniform_below(below: u128, rng: &mut NoiseRng) -> u128 {
    let bits = u128::BITS - (below - 1).leading_zeros();
    if bits == 0 {
        return 0;
    }
    loop {
        let high = if bits > u64::BITS { u128::from(rng.next_u64()) << u64::BITS } else { 0 };
        let candidate = (high | u128::from(rng.next_u64())) & (u128::MAX >> (u128::BITS - bits));
        if candidate < below {
            return candidate;
        }
    }
}

#[cfg(test)]
mod tests;
