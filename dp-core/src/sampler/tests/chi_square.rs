//! Pearson's test, and how unlikely is too unlikely.

use super::law::normal_beyond;

/// The share of seeds on which any test of a correct sampler would fail, all tests together.
pub(super) const ALPHA: f64 = 1e-6;
/// How many cases share it: there are fewer. Each window of bits and each residue is one.
const CASES: f64 = 10_000.0;
/// Each cell is to expect this many at least: Pearson's statistic then has its law.
pub(super) const LEAST: f64 = 25.0;

/// Whether that is no reason to doubt the sampler.
pub(in crate::sampler) fn is_credible(chance: f64) -> bool {
    chance > ALPHA / CASES
}

/// The chance that counts are as far from their expectations as these.
pub(in crate::sampler) fn chance(counts: &[u64], probabilities: &[f64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    assert_eq!(counts.len(), probabilities.len());
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{probabilities:?}");
    let mut statistic = 0.0;
    for (&count, probability) in counts.iter().zip(probabilities) {
        let expected = total * probability;
        assert!(expected >= LEAST, "a cell expects {expected}");
        statistic += (count as f64 - expected).powi(2) / expected;
    }
    outside(statistic, counts.len() - 1)
}

/// The same of cells that are equally likely.
pub(in crate::sampler) fn chance_of_uniform(counts: &[u64]) -> f64 {
    chance(counts, &vec![1.0 / counts.len() as f64; counts.len()])
}

/// The chance that two samples of one law differ as much as these; cells with few of both are left
/// out.
pub(in crate::sampler) fn chance_of_two(one: &[u64], two: &[u64]) -> f64 {
    let total = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
    let (one_in_two, two_in_one) = (total(one) / total(two), total(two) / total(one));
    let (mut statistic, mut cells) = (0.0, 0);
    for (&a, &b) in one.iter().zip(two) {
        if (a + b) as f64 >= 2.0 * LEAST {
            let difference = two_in_one.sqrt() * a as f64 - one_in_two.sqrt() * b as f64;
            statistic += difference.powi(2) / (a + b) as f64;
            cells += 1;
        }
    }
    outside(statistic, cells - 1)
}

/// The chance that a chi-square variable is larger: each two degrees of freedom add the term
/// `e^(−x/2) (x/2)^(d/2) / Γ(d/2 + 1)`.
fn outside(x: f64, degrees: usize) -> f64 {
    if degrees == 0 {
        return 1.0;
    }
    let half = x / 2.0;
    let (mut chance, mut term, mut d) = if degrees % 2 == 1 {
        (
            2.0 * normal_beyond(x.sqrt()),
            2.0 * (half / std::f64::consts::PI).sqrt() * (-half).exp(),
            1,
        )
    } else {
        ((-half).exp(), half * (-half).exp(), 2)
    };
    while d < degrees {
        chance += term;
        d += 2;
        term *= half / (d as f64 / 2.0);
    }
    chance
}

/// Quantiles from printed tables.
#[test]
fn chances_are_those_of_the_tables() {
    for (x, degrees, expected) in [
        (3.841_459, 1, 0.05),
        (6.634_897, 1, 0.01),
        (5.991_465, 2, 0.05),
        (7.814_728, 3, 0.05),
        (18.307_038, 10, 0.05),
        (24.995_790, 15, 0.05),
        (59.703_063, 30, 0.001),
        (149.449_253, 100, 0.001),
    ] {
        assert!((outside(x, degrees) / expected - 1.0).abs() < 1e-5, "{x} of {degrees}");
    }
}
