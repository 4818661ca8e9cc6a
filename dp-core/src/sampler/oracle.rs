//! The same laws by independent algorithms, to compare with: slow, exact, and without a table or
//! an exponential.
//!
//! Canonne, Kamath and Steinke, *The Discrete Gaussian for Differential Privacy* ([CKS20]),
//! Algorithms 1 to 3, on whole numbers of 128 bits, and Karney, *Sampling Exactly from the Normal
//! Distribution* ([Karney16]), Algorithm N, on lazily drawn digits.
//!
//! [CKS20]: https://arxiv.org/abs/2004.00010
//! [Karney16]: https://arxiv.org/abs/1303.6257

use super::{
    point::Point,
    real::{Real, Uniform},
    scale::Scale,
    wide::Wide,
};
use crate::NoiseRng;

/// A draw with `P(y) ∝ exp(−|y| · denominator / numerator)` ([CKS20], Algorithm 2, with
/// `t = numerator` and `s = denominator`), for `1 ≤ numerator < 2^121`, `1 ≤ denominator < 2^40`.
///
/// Draws beyond `i128` become `±i128::MAX`. That is exact for every use here: [`super::add`] saturates
/// its result far below, so that a sum with any of those draws is the same.
pub(super) fn discrete_laplace(numerator: u128, denominator: u64, rng: &mut NoiseRng) -> i128 {
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

/// `⌊(remainder + blocks · numerator) / denominator⌋`, saturated at `i128::MAX`, without an
/// intermediate product that could overflow: `numerator = q · denominator + r`.
pub(super) fn quotient(remainder: u128, blocks: u64, numerator: u128, denominator: u128) -> i128 {
    let (q, r) = (numerator / denominator, numerator % denominator);
    let low = (remainder + u128::from(blocks) * r) / denominator;
    let high = q.saturating_mul(blocks.into());
    i128::try_from(high.saturating_add(low)).unwrap_or(i128::MAX)
}

/// True with probability `exp(−numerator / denominator)`, `numerator ≤ denominator` ([CKS20],
/// Algorithm 1): the first `k` whose coin of probability `γ / k` fails is odd.
pub(super) fn bernoulli_exp(numerator: u128, denominator: u128, rng: &mut NoiseRng) -> bool {
    let mut k: u128 = 1;
    // A coin of γ / k is a coin of γ and one of 1 / k, which needs no product.
    while uniform_below(denominator, rng) < numerator && uniform_below(k, rng) == 0 {
        k += 1;
    }
    k % 2 == 1
}

/// Uniform over `0..below`, exactly: as many random bits as `below − 1` has, drawn anew until they
/// fit. (`rand`'s own ranges are allowed a bias of 2^-64.)
pub(super) fn uniform_below(below: u128, rng: &mut NoiseRng) -> u128 {
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

/// A draw with `P(y) ∝ exp(−y² / 2σ²)`, `σ² = numerator / denominator` ([CKS20], Algorithm 3), for
/// σ up to a thousand or so: what is squared must fit 128 bits.
pub(super) fn discrete_gaussian(numerator: u128, denominator: u128, rng: &mut NoiseRng) -> i128 {
    let t = (numerator / denominator).isqrt() + 1;
    loop {
        let y = discrete_laplace(t, 1, rng);
        // (|y| − σ² / t)² / 2σ² as one fraction.
        let distance = (y.unsigned_abs() * denominator * t).abs_diff(numerator);
        let below = 2 * numerator * denominator * t * t;
        let (whole, rest) = (distance.pow(2) / below, distance.pow(2) % below);
        if (0..whole).all(|_| bernoulli_exp(1, 1, rng)) && bernoulli_exp(rest, below, rng) {
            return y;
        }
    }
}

/// A normal variable of this deviation, rounded to a whole number ([Karney16], Algorithm N).
pub(super) fn rounded_gaussian(deviation: f64, rng: &mut NoiseRng) -> i128 {
    loop {
        let mut k: u128 = 0;
        while bernoulli_exp(1, 2, rng) {
            k += 1;
        }
        if !(0..k * k.saturating_sub(1)).all(|_| bernoulli_exp(1, 2, rng)) {
            continue;
        }
        let mut x = Uniform::beginning_with(rng.next_u64(), 64);
        if !(0..=k).all(|_| falls(k, &mut x, rng)) {
            continue;
        }
        let negative = rng.next_u64() & 1 == 1;
        let mut point = Point::new(k << 60, 1 << 60, 60, x);
        let steps = Scale::dyadic(deviation, true).steps(&mut point, rng);
        return if negative { -steps } else { steps };
    }
}

/// True with probability `exp(−x (2k + x) / (2k + 2))` ([Karney16], Algorithm B, in the form of
/// [CKS20], Algorithm 1).
fn falls(k: u128, x: &mut Uniform, rng: &mut NoiseRng) -> bool {
    let mut tries: u128 = 1;
    loop {
        let mut coin = Uniform::beginning_with(rng.next_u64(), 64);
        let mut bits = 64;
        // Whether coin · (2k + 2) · tries < x (2k + x).
        let below = loop {
            let (coin, x) = (coin.enclose(bits, rng), x.enclose(bits, rng));
            let coins = Wide::new((2 * k + 2) * tries).left(bits);
            let whole = Wide::new(2 * k).left(bits);
            if coins.times(&coin.high) <= x.low.times(&whole.plus(&x.low)) {
                break true;
            }
            if coins.times(&coin.low) >= x.high.times(&whole.plus(&x.high)) {
                break false;
            }
            bits += 64;
        };
        if !below {
            return tries % 2 == 1;
        }
        tries += 1;
    }
}

#[cfg(test)]
mod tests;
