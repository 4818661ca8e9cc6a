//! What cells by size cannot see: residues, single bits, signs, and one draw after another.

use super::{chi_square, chi_square::is_credible, *};

const DRAWS: usize = 500_000;

/// Every sampler of noise, with its law.
fn laplace_samplers(numerator: u128, denominator: u64) -> [(Law, Box<dyn Draw>); 2] {
    let law = || Law::laplace(numerator, denominator);
    [
        (law(), Box::new(DiscreteLaplace::new(numerator, denominator))),
        (law(), Box::new(ConstantTimeLaplace::new(numerator, denominator))),
    ]
}

fn gaussian_samplers(deviation: f64) -> [(Law, Box<dyn Draw>); 2] {
    [
        (Law::rounded_gaussian(deviation), Box::new(RoundedGaussian::new(deviation))),
        (Law::discrete_gaussian(deviation), Box::new(DiscreteGaussian::new(deviation))),
    ]
}

fn samplers_at(bits: i32) -> impl Iterator<Item = (Law, Box<dyn Draw>)> {
    laplace_samplers(1 << bits, 1).into_iter().chain(gaussian_samplers(2f64.powi(bits)))
}

/// The least chance of the draws' residues modulo 2 to 16.
pub(super) fn chance_of_residues(law: &Law, draws: &[i128]) -> f64 {
    const MULTIPLE_OF_ALL: i128 = 720_720;
    let draws: Vec<u32> =
        draws.iter().map(|draw| draw.rem_euclid(MULTIPLE_OF_ALL) as u32).collect();
    let chance = |modulus: u32| {
        let mut counts = vec![0; modulus as usize];
        for draw in &draws {
            counts[(draw % modulus) as usize] += 1;
        }
        chi_square::chance(&counts, &law.residues(modulus.into()))
    };
    (2..=16).map(chance).fold(1.0, f64::min)
}

/// Where residues are not uniform; `fit` has the others.
#[test]
fn a21_residues_of_small_noise_fit() {
    let laplace = [(7, 3), (5, 1)].into_iter().flat_map(|(n, d)| laplace_samplers(n, d));
    let gaussian = [2.5, 5.0].into_iter().flat_map(gaussian_samplers);
    for (seed, (law, sampler)) in (3000..).zip(laplace.chain(gaussian)) {
        let chance = chance_of_residues(&law, &draws(&*sampler, DRAWS, seed));
        assert!(is_credible(chance), "{}: {chance:e}", law.name);
    }
}

/// The least chance of four bits of the draws in a row, from bit 0 to ten bits below the first of
/// `bits`, which is about the scale's: on both sides of the border of a machine word, too.
pub(super) fn chance_of_bits(draws: &[i128], bits: u32) -> f64 {
    let chance = |lowest: u32| {
        let mut counts = vec![0; 16];
        for draw in draws {
            counts[(draw >> lowest & 15) as usize] += 1;
        }
        chi_square::chance_of_uniform(&counts)
    };
    // Residues modulo 2^-10 of the scale are uniform to within a millionth.
    (0..=bits - 14).step_by(2).map(chance).fold(1.0, f64::min)
}

/// The chance of the pairs `(f(draw), g(draw))`, both of them uniform and independent.
fn chance_of_pairs(
    pairs: impl Iterator<Item = (usize, usize)>,
    rows: usize,
    columns: usize,
) -> f64 {
    let mut counts = vec![0; rows * columns];
    for (row, column) in pairs {
        counts[row * columns + column] += 1;
    }
    chi_square::chance_of_uniform(&counts)
}

/// Eighths of a law.
fn octiles(law: &Law) -> impl Fn(i128) -> usize {
    let upper = [3.0 / 8.0, 2.0 / 8.0, 1.0 / 8.0].map(|share| law.quantile(share));
    let lower = upper.map(|end| 1 - end);
    let mut ends: Vec<i128> = lower.into_iter().chain([0]).chain(upper).collect();
    ends.sort_unstable();
    move |draw| ends.partition_point(|&end| end <= draw)
}

#[test]
fn signs_sizes_and_low_bits_are_independent() {
    for (seed, (law, sampler)) in (3200..).zip(samplers_at(44)) {
        let draws = draws(&*sampler, DRAWS, seed);
        let octile = octiles(&law);
        let low = |draw: i128| (draw.unsigned_abs() & 15) as usize;
        let by_size = draws.iter().map(|&draw| (octile(draw), low(draw)));
        let by_size = chance_of_pairs(by_size, 8, 16);
        let by_sign = draws.iter().map(|&draw| (usize::from(draw < 0), low(draw)));
        let by_sign = chance_of_pairs(by_sign, 2, 16);
        assert!(is_credible(by_size), "{}: {by_size:e}", law.name);
        assert!(is_credible(by_sign), "{}: {by_sign:e}", law.name);
    }
}

/// The chance of one draw and the next, and of the signs and low bits of both.
pub(super) fn chance_of_neighbours(law: &Law, draws: &[i128]) -> f64 {
    let octile = octiles(law);
    let both = |f: &dyn Fn(i128) -> usize, cells| {
        // Pairs that do not overlap are independent.
        let pairs = draws.as_chunks().0.iter().map(|&[one, next]| (f(one), f(next)));
        chance_of_pairs(pairs, cells, cells)
    };
    let low = |draw: i128| (draw & 15) as usize;
    both(&octile, 8).min(both(&low, 16))
}

#[test]
fn one_draw_says_nothing_of_the_next() {
    for (seed, (law, sampler)) in (3300..).zip(samplers_at(44)) {
        let chance = chance_of_neighbours(&law, &draws(&*sampler, DRAWS, seed));
        assert!(is_credible(chance), "{}: {chance:e}", law.name);
    }
}
