//! What the tests would see: wrong samplers, each of a kind that was published, and rejected.

use super::{
    bits::{chance_of_bits, chance_of_neighbours, chance_of_residues},
    chi_square::is_credible,
    fit::{exact_points, exact_steps},
    *,
};

const DRAWS: usize = 500_000;

fn assert_rejects(law: &Law, wrong: &impl Draw, seed: u64) {
    let chance = law.chance(&draws(wrong, DRAWS, seed));
    assert!(!is_credible(chance), "{}: {chance:e}", law.name);
}

/// At 0.2 and below, 2 % show less than chance does; beyond 2^60 nothing changes but the time.
#[test]
fn a_scale_that_is_off_by_two_percent_is_rejected() {
    let scales = [(3, 4), (1, 1), (7, 3), (20, 6), (1000, 9), (5000, 1), (1 << 40, 1)];
    for (seed, (numerator, denominator)) in (1000..).zip(scales) {
        let law = Law::laplace(numerator, denominator);
        let wide = DiscreteLaplace::new(numerator * 102, denominator * 100);
        assert_rejects(&law, &wide, seed);
        let narrow = ConstantTimeLaplace::new(numerator * 98, denominator * 100);
        assert_rejects(&law, &narrow, seed + 50);
    }
    for (seed, deviation) in (1100..).zip([0.3, 1.0, 2.5, 10.0, 1000.5, 1e6, 2f64.powi(40)]) {
        let wide = RoundedGaussian::new(1.02 * deviation);
        assert_rejects(&Law::rounded_gaussian(deviation), &wide, seed);
        let narrow = DiscreteGaussian::new(0.98 * deviation);
        assert_rejects(&Law::discrete_gaussian(deviation), &narrow, seed + 50);
    }
    assert_rejects(&Law::laplace(1 << 60, 1), &DiscreteLaplace::new(51 << 60, 50), 1150);
    assert_rejects(
        &Law::rounded_gaussian(2f64.powi(60)),
        &RoundedGaussian::new(1.02 * 2f64.powi(60)),
        1151,
    );
}

/// The few draws that are refined throughout show an error of 20 %.
#[test]
fn refined_draws_that_are_off_are_rejected() {
    let rejects = |law: &Law, wrong: &dyn Draw, seed| {
        assert!(!is_credible(law.chance(&draws(wrong, 6000, seed))), "{}", law.name);
    };
    let wrong = ConstantTimeLaplace::new(1200, 9).never_quick();
    rejects(&Law::laplace(1000, 9), &wrong, 1201);
    let wrong = DiscreteGaussian::new(12.0).never_quick_from(&NORMAL);
    rejects(&Law::discrete_gaussian(10.0), &wrong, 1203);
    let points = exact_points(&EXPONENTIAL, 12_000, 1204);
    let drawn = exact_steps(&points, Scale::floor(1200 << 40, 9), 1205);
    let drawn: Vec<i128> =
        drawn.into_iter().map(|(negative, steps)| signed(negative, steps)).collect();
    assert!(!is_credible(Law::laplace(1000 << 40, 9).chance(&drawn)));
}

/// The two Gaussian laws differ: by the variance 1/12 among others.
#[test]
fn each_law_is_told_from_the_other_at_small_deviations() {
    for (seed, deviation) in (1210..).zip([0.3, 0.5, 1.0]) {
        let (rounded, discrete) =
            (RoundedGaussian::new(deviation), DiscreteGaussian::new(deviation));
        assert_rejects(&Law::discrete_gaussian(deviation), &rounded, seed);
        assert_rejects(&Law::rounded_gaussian(deviation), &discrete, seed + 10);
    }
}

#[test]
fn a22_zero_that_is_counted_twice_is_rejected() {
    for (seed, scale) in (1300..).zip([1, 50, 1000]) {
        let floor = Scale::floor(scale, 1);
        let twice = By(move |rng: &mut NoiseRng| {
            let (negative, magnitude) = EXPONENTIAL.draw(&floor, rng);
            signed(negative, magnitude)
        });
        assert_rejects(&Law::laplace(scale, 1), &twice, seed);
    }
}

#[test]
fn a21_a_parity_that_is_off_by_two_percent_is_rejected() {
    // 51 % of the draws are even.
    let law = DiscreteLaplace::new(1 << 40, 1);
    let wrong = By(|rng: &mut NoiseRng| {
        let even = rng.next_u64().is_multiple_of(50);
        law.draw(rng) & if even { !1 } else { !0 }
    });
    let drawn = draws(&wrong, DRAWS, 1400);
    assert!(!is_credible(chance_of_residues(&Law::laplace(1 << 40, 1), &drawn)));
    assert!(!is_credible(chance_of_bits(&drawn, 40)));
}

/// A Laplace variable of 53 bits, as most software draws it.
pub(super) fn by_floats(scale: f64) -> impl Draw {
    By(move |rng: &mut NoiseRng| {
        let word = rng.next_u64();
        let uniform = ((word >> 11) + 1) as f64 / 2f64.powi(53);
        let magnitude = (-uniform.ln() * scale) as i128;
        if word & 1 == 0 { magnitude } else { -magnitude }
    })
}

#[test]
fn a21_the_low_bits_of_a_float_are_rejected() {
    let drawn = draws(&by_floats(2f64.powi(60)), DRAWS, 1500);
    assert!(!is_credible(chance_of_bits(&drawn, 60)));
    assert!(is_credible(Law::laplace(1 << 60, 1).chance(&drawn)), "only the low bits are wrong");
}

#[test]
fn draws_that_depend_on_each_other_are_rejected() {
    let sampler = DiscreteLaplace::new(1 << 44, 1);
    let mut drawn = draws(&sampler, DRAWS, 1600);
    for pair in drawn.as_chunks_mut::<2>().0 {
        if pair[0] % 50 == 0 {
            pair[1] = pair[0]; // a word in fifty is used twice
        }
    }
    let law = Law::laplace(1 << 44, 1);
    assert!(is_credible(law.chance(&drawn)), "alone each is right");
    assert!(!is_credible(chance_of_neighbours(&law, &drawn)));
}
