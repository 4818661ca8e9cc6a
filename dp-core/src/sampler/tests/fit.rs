//! Every law on its grid of scales, with every decision taken quickly where it can be, with none,
//! and by the oracle: sizes and signs, residues modulo 2 to 16, and single bits.

use super::{
    bits::{chance_of_bits, chance_of_residues},
    chi_square::is_credible,
    *,
};
use crate::sampler::{point::Point, ziggurat::Ziggurat};

const DRAWS: usize = 500_000;
/// Of samplers that take microseconds.
const FEW: usize = 12_000;

fn assert_fits(law: &Law, sampler: &(impl Draw + ?Sized), count: usize, seed: u64) {
    assert_drawn(law, &draws(sampler, count, seed));
}

fn assert_drawn(law: &Law, drawn: &[i128]) {
    let assert_credible = |by: &str, chance: f64| {
        let Law { name, .. } = law;
        assert!(is_credible(chance), "{name}, by {by} of {} draws: {chance:e}", drawn.len());
    };
    assert_credible("size", law.chance(drawn));
    // The upper half of all sizes begins here.
    let size = law.quantile(0.25);
    if size >= 16 {
        assert_credible("residue", chance_of_residues(law, drawn));
    }
    if size >= 1 << 16 {
        assert_credible("bits", chance_of_bits(drawn, size.ilog2()));
    }
}

/// Where 64 bits do not hold the noise, draws take longer.
fn count_at(scale: f64) -> usize {
    if scale < 2f64.powi(54) { DRAWS } else { DRAWS / 5 }
}

#[test]
fn a20_a21_a24_discrete_laplace_fits() {
    for (seed, (numerator, denominator)) in (1..).zip(SCALES) {
        let law = Law::laplace(numerator, denominator);
        let count = count_at(numerator as f64 / denominator as f64);
        assert_fits(&law, &DiscreteLaplace::new(numerator, denominator), count, seed);
    }
}

#[test]
fn a20_a21_a24_constant_time_laplace_fits() {
    for (seed, (numerator, denominator)) in (101..).zip(SCALES) {
        let law = Law::laplace(numerator, denominator);
        let count = count_at(numerator as f64 / denominator as f64);
        assert_fits(&law, &ConstantTimeLaplace::new(numerator, denominator), count, seed);
    }
}

#[test]
fn a20_a21_a24_rounded_gaussian_fits() {
    for (seed, deviation) in (201..).zip(DEVIATIONS) {
        let law = Law::rounded_gaussian(deviation);
        assert_fits(&law, &RoundedGaussian::new(deviation), count_at(deviation), seed);
    }
}

#[test]
fn a20_a21_a24_discrete_gaussian_fits() {
    for (seed, deviation) in (301..).zip(DEVIATIONS) {
        let law = Law::discrete_gaussian(deviation);
        // Its quick path ends there.
        let count = if deviation < 2f64.powi(54) { DRAWS } else { FEW / 2 };
        assert_fits(&law, &DiscreteGaussian::new(deviation), count, seed);
    }
}

/// Points of a curve, each by the exact comparison alone, with their signs.
pub(super) fn exact_points(ziggurat: &Ziggurat, count: usize, seed: u64) -> Vec<(bool, Point)> {
    let (exact, mut rng) = (ziggurat.never_quick(), NoiseRng::seeded(seed));
    (0..count).map(|_| exact.point(&mut rng)).collect()
}

/// What a scale makes of points, by the exact floor alone.
pub(super) fn exact_steps(points: &[(bool, Point)], scale: Scale, seed: u64) -> Vec<(bool, i128)> {
    let (scale, mut rng) = (scale.never_quick(), NoiseRng::seeded(seed));
    let steps =
        |(negative, point): &(bool, Point)| (*negative, scale.steps(&mut point.clone(), &mut rng));
    points.iter().map(steps).collect()
}

/// One set of points serves all scales: an exact comparison takes a hundred microseconds.
#[test]
fn the_curves_fit_when_every_decision_is_refined() {
    let points = exact_points(&EXPONENTIAL, FEW, 401);
    for (seed, (numerator, denominator)) in (402..).zip(SCALES) {
        let steps = exact_steps(&points, Scale::floor(numerator, denominator), seed);
        let one_zero = steps.into_iter().filter(|&(negative, steps)| !(negative && steps == 0));
        let drawn: Vec<i128> = one_zero.map(|(negative, steps)| signed(negative, steps)).collect();
        assert_drawn(&Law::laplace(numerator, denominator), &drawn);
    }
    let points = exact_points(&NORMAL, FEW, 431);
    for (seed, deviation) in (432..).zip(DEVIATIONS) {
        let steps = exact_steps(&points, Scale::dyadic(deviation, true), seed);
        let drawn: Vec<i128> =
            steps.into_iter().map(|(negative, steps)| signed(negative, steps)).collect();
        assert_drawn(&Law::rounded_gaussian(deviation), &drawn);
    }
}

#[test]
fn draws_fit_when_every_decision_is_refined() {
    let (ziggurat, scale) = (EXPONENTIAL.never_quick(), Scale::floor(7, 3).never_quick());
    let laplace = By(|rng: &mut NoiseRng| {
        loop {
            let (negative, magnitude) = ziggurat.draw(&scale, rng);
            if !(negative && magnitude == 0) {
                return signed(negative, magnitude);
            }
        }
    });
    assert_fits(&Law::laplace(7, 3), &laplace, FEW / 4, 460);
    let (ziggurat, scale) = (NORMAL.never_quick(), Scale::dyadic(2.5, true).never_quick());
    let gaussian = By(|rng: &mut NoiseRng| {
        let (negative, magnitude) = ziggurat.draw(&scale, rng);
        signed(negative, magnitude)
    });
    assert_fits(&Law::rounded_gaussian(2.5), &gaussian, FEW / 4, 461);
    let discrete = DiscreteGaussian::new(2.5).never_quick();
    assert_fits(&Law::discrete_gaussian(2.5), &discrete, FEW / 4, 462);
}

#[test]
fn constant_time_laplace_fits_when_every_decision_is_refined() {
    for (seed, (numerator, denominator)) in (501..).zip(SCALES) {
        let exact = ConstantTimeLaplace::new(numerator, denominator).never_quick();
        assert_fits(&Law::laplace(numerator, denominator), &exact, FEW / 2, seed);
    }
}

#[test]
fn discrete_gaussian_fits_when_every_decision_is_refined() {
    for (seed, deviation) in (551..).zip(DEVIATIONS) {
        let exact = DiscreteGaussian::new(deviation).never_quick_from(&NORMAL);
        assert_fits(&Law::discrete_gaussian(deviation), &exact, FEW / 2, seed);
    }
}

#[test]
fn the_oracle_fits() {
    for (seed, (numerator, denominator)) in (601..).zip(SCALES) {
        let oracle = By(|rng: &mut NoiseRng| oracle::discrete_laplace(numerator, denominator, rng));
        assert_fits(&Law::laplace(numerator, denominator), &oracle, DRAWS / 4, seed);
    }
    for (seed, (numerator, denominator)) in
        (701..).zip([(1, 400), (9, 100), (1, 1), (25, 4), (100, 1), (1_000_000, 1)])
    {
        let oracle =
            By(|rng: &mut NoiseRng| oracle::discrete_gaussian(numerator, denominator, rng));
        let law = Law::discrete_gaussian((numerator as f64 / denominator as f64).sqrt());
        assert_fits(&law, &oracle, DRAWS / 4, seed);
    }
    for (seed, deviation) in (801..).zip([0.3, 1.0, 10.0, 1e6, 2f64.powi(100)]) {
        let oracle = By(move |rng: &mut NoiseRng| oracle::rounded_gaussian(deviation, rng));
        assert_fits(&Law::rounded_gaussian(deviation), &oracle, FEW, seed);
    }
}
