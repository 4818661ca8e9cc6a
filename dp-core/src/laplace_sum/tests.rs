//! Margins against closed forms, and against simulated sums.

use super::*;

/// `P(|X| > x)` for a sum of `n` Laplace variables of scale 1: each is a difference of two
/// exponentials, so the sum is a difference of two Gamma(n) variables, whose tail is a mixture of
/// Gamma tails with positive weights.
fn outside_of_equal(n: i32, x: f64) -> f64 {
    // Weight of a Gamma(k) tail: C(2n − 1 − k, n − 1) 2^−(2n − k), for k = 1..=n, on each side.
    let mut total = 0.0;
    for k in 1..=n {
        let mut weight = 1.0;
        for i in 1..n {
            weight *= f64::from(n - k + i) / f64::from(i);
        }
        weight *= 2f64.powi(k - 2 * n);
        let (mut term, mut tail) = ((-x).exp(), 0.0);
        for i in 0..k {
            tail += term;
            term *= x / f64::from(i + 1);
        }
        total += 2.0 * weight * tail;
    }
    total
}

#[test]
fn one_variable_has_the_closed_form() {
    let margin = LaplaceSum::mean_of([10.0]).margin(0.95);
    assert!((margin - 10.0 * 20f64.ln()).abs() < 1e-9, "{margin}");
}

#[test]
fn equal_scales_have_the_quantile_of_a_difference_of_gammas() {
    for n in [2, 3, 5, 12, 40, 99] {
        for confidence in [0.5, 0.9, 0.95, 0.99, 0.9999] {
            let margin = LaplaceSum::mean_of((0..n).map(|_| 10.0)).margin(confidence);
            let missed = outside_of_equal(n, margin * f64::from(n) / 10.0);
            let wanted = 1.0 - confidence;
            assert!(missed <= wanted * 1.000_1, "{n} at {confidence}: {missed} outside");
            assert!(missed >= wanted * 0.995, "{n} at {confidence}: {missed}, too wide");
        }
    }
}

#[test]
fn from_a_hundred_machines_on_the_corrected_normal_quantile_agrees() {
    for n in [101, 150] {
        for confidence in [0.9, 0.95, 0.99] {
            let margin = LaplaceSum::mean_of((0..n).map(|_| 1.0)).margin(confidence);
            let missed = outside_of_equal(n, margin * f64::from(n));
            assert!(
                (missed / (1.0 - confidence) - 1.0).abs() < 0.01,
                "{n}, {confidence}: {missed}"
            );
        }
    }
}

#[test]
fn two_scales_have_the_quantile_of_their_partial_fractions() {
    for (a, b) in [(2.0, 1.0), (10.0, 0.1), (500.0, 0.4), (1.01, 1.0)] {
        let margin = 2.0 * LaplaceSum::mean_of([a, b]).margin(0.95); // of the sum, not the mean
        let outside: f64 =
            (a * a * (-margin / a).exp() - b * b * (-margin / b).exp()) / (a * a - b * b);
        assert!((0.0495..=0.050_01).contains(&outside), "{a} and {b}: {outside} outside");
    }
}

/// The plain normal quantile fails this for one dominating machine: 1.96 σ holds only 94 %.
#[test]
fn mixed_scales_cover_what_they_say_in_a_simulation() {
    const DRAWS: u32 = 200_000;
    // Six standard errors: a correct margin fails for two seeds in a billion.
    let tolerance = 6.0 * (0.05 * 0.95 / f64::from(DRAWS)).sqrt();
    let mut rng = crate::NoiseRng::seeded(1);
    let mut uniform = || {
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        let bits = (rng.next_u64() >> 11) as f64;
        (bits + 0.5) / 2f64.powi(53)
    };
    for scales in [vec![10.0, 10.0, 10.0, 100.0], vec![4.0, 10.53, 10.53, 10.03, 100.03]] {
        let margin = LaplaceSum::mean_of(scales.iter().copied()).margin(0.95);
        let mut outside = 0;
        for _ in 0..DRAWS {
            let sum: f64 = scales.iter().map(|b| b * (uniform().ln() - uniform().ln())).sum();
            #[expect(clippy::cast_precision_loss, reason = "a handful of scales")]
            let mean = sum / scales.len() as f64;
            outside += u32::from(mean.abs() > margin);
        }
        let share = f64::from(outside) / f64::from(DRAWS);
        assert!((share - 0.05).abs() < tolerance, "{scales:?}: {share} outside");
    }
}

#[test]
fn the_figures_of_the_profiles_hold() {
    let margin = |b: f64, machines| LaplaceSum::mean_of((0..machines).map(|_| b)).margin(0.95);
    let standard = 100.0 * 30.0 / 299.0;
    let live = 100.0 * 1.0 / 19.0 / 0.5;
    let hour = 100.0 * 3600.0 / 3599.0;
    assert!((margin(standard, 1) - 30.06).abs() < 0.01, "{}", margin(standard, 1));
    assert!((margin(live, 1) - 31.53).abs() < 0.01, "{}", margin(live, 1));
    assert!((margin(hour, 1) - 299.66).abs() < 0.01, "{}", margin(hour, 1));
    assert!((margin(standard, 12) - 8.1).abs() < 0.1, "{}", margin(standard, 12));
    assert!((margin(live, 12) - 8.5).abs() < 0.1, "{}", margin(live, 12));
    assert!((margin(hour, 12) - 81.0).abs() < 0.5, "{}", margin(hour, 12));
}

#[test]
fn nothing_to_average_or_a_senseless_scale_has_no_margin() {
    for scales in [vec![], vec![1.0, f64::NAN], vec![1.0, 0.0], vec![f64::INFINITY], vec![-1.0]] {
        assert!(LaplaceSum::mean_of(scales).margin(0.95).is_infinite());
    }
}

#[test]
fn a_scale_far_below_the_others_changes_nothing_and_none_is_too_small() {
    let margin = |scales: &[f64]| LaplaceSum::mean_of(scales.iter().copied()).margin(0.95);
    let alone = margin(&[500.0]) / 2.0;
    for tiny in [5e-324, 1e-200, 1e-6] {
        let both = margin(&[500.0, tiny]);
        assert!((both / alone - 1.0).abs() < 1e-4, "{tiny}: {both} and {alone}");
    }
    let (small, large) = (margin(&[1e-200, 1e-200]), margin(&[1.0, 1.0]));
    assert!((small * 1e200 / large - 1.0).abs() < 1e-9, "{small}");
}
