//! Two exact samplers by different algorithms have one law.

use super::{
    chi_square::{chance_of_two, is_credible},
    oracle, *,
};

const DRAWS: usize = 500_000;

/// The chance that two samplers of `law` differ as these two do.
fn chance(law: &Law, one: &impl Draw, two: &impl Draw, count: usize, seed: u64) -> f64 {
    let cells = law.cells(count);
    let count = |sampler: &dyn Draw, seed| cells.count(&draws(sampler, count, seed));
    chance_of_two(&count(one, seed), &count(two, seed + 1))
}

#[test]
fn discrete_laplace_agrees_with_cks20_and_with_itself_in_constant_time() {
    for (seed, (numerator, denominator)) in (0..).zip([(3, 4), (7, 3), (1000, 9), (1 << 40, 1)]) {
        let law = Law::laplace(numerator, denominator);
        let fast = DiscreteLaplace::new(numerator, denominator);
        let cks =
            By(move |rng: &mut NoiseRng| oracle::discrete_laplace(numerator, denominator, rng));
        let constant_time = ConstantTimeLaplace::new(numerator, denominator);
        let by_oracle = chance(&law, &fast, &cks, DRAWS, 2000 + 4 * seed);
        let by_each_other = chance(&law, &fast, &constant_time, DRAWS, 2002 + 4 * seed);
        assert!(is_credible(by_oracle), "{}: {by_oracle:e}", law.name);
        assert!(is_credible(by_each_other), "{}: {by_each_other:e}", law.name);
    }
}

#[test]
fn discrete_gaussian_agrees_with_cks20() {
    for (seed, (numerator, denominator)) in (0..).zip([(9, 100), (1, 1), (25, 4), (1_000_000, 1)]) {
        let deviation = (f64::from(numerator) / f64::from(denominator)).sqrt();
        let law = Law::discrete_gaussian(deviation);
        let cks = By(move |rng: &mut NoiseRng| {
            oracle::discrete_gaussian(numerator as u128, denominator as u128, rng)
        });
        let chance =
            chance(&law, &DiscreteGaussian::new(deviation), &cks, DRAWS / 2, 2100 + 2 * seed);
        assert!(is_credible(chance), "{}: {chance:e}", law.name);
    }
}

#[test]
fn rounded_gaussian_agrees_with_karney16() {
    for (seed, deviation) in (0..).zip([0.5, 10.0, 2f64.powi(70)]) {
        let law = Law::rounded_gaussian(deviation);
        let karney = By(move |rng: &mut NoiseRng| oracle::rounded_gaussian(deviation, rng));
        let chance =
            chance(&law, &RoundedGaussian::new(deviation), &karney, 50_000, 2200 + 2 * seed);
        assert!(is_credible(chance), "{}: {chance:e}", law.name);
    }
}

/// The comparison sees 2 % of a scale, and 5 % where draws are few.
#[test]
fn samplers_of_two_scales_do_not_agree() {
    let law = Law::laplace(1000, 9);
    let cks = By(|rng: &mut NoiseRng| oracle::discrete_laplace(1020, 9, rng));
    assert!(!is_credible(chance(&law, &DiscreteLaplace::new(1000, 9), &cks, 2 * DRAWS, 2300)));
    let law = Law::discrete_gaussian(2.5);
    let cks = By(|rng: &mut NoiseRng| oracle::discrete_gaussian(6_502_500, 1_000_000, rng));
    assert!(!is_credible(chance(&law, &DiscreteGaussian::new(2.5), &cks, DRAWS, 2302)));
    let law = Law::rounded_gaussian(10.0);
    let karney = By(|rng: &mut NoiseRng| oracle::rounded_gaussian(10.5, rng));
    assert!(!is_credible(chance(&law, &RoundedGaussian::new(10.0), &karney, 100_000, 2304)));
}
