//! The promises, checked on the discrete laws themselves, by sums over their probabilities.

use super::*;
use crate::{Bounds, DiscreteGaussian, Estimate, Ledger, NoiseRng, PrivacyUnit, Private};

fn rho(value: f64) -> Rho {
    Rho::new(value).expect("in range")
}

fn loss(epsilon: f64, delta: f64) -> EpsilonDelta {
    EpsilonDelta::new(epsilon, delta).expect("in range")
}

fn one(steps: u128) -> L2Distance {
    L2Distance { steps, times: 1 }
}

/// By Simpson's rule, to about 13 digits.
fn integral(f: impl Fn(f64) -> f64, (from, to): (f64, f64), pieces: u32) -> f64 {
    let width = (to - from) / f64::from(pieces);
    let at = |halves: u32| f(from + f64::from(halves) * width / 2.0);
    let piece = |i: u32| at(2 * i) + 4.0 * at(2 * i + 1) + at(2 * i + 2);
    (0..pieces).map(piece).sum::<f64>() * width / 6.0
}

fn normal_density(x: f64, mean: f64, deviation: f64) -> f64 {
    (-0.5 * ((x - mean) / deviation).powi(2)).exp() / (deviation * std::f64::consts::TAU.sqrt())
}

/// `P(k)` of the rounded Gaussian, from `-reach` to `reach`.
fn rounded_gaussian(deviation: f64, reach: i32) -> Vec<f64> {
    let cell = |k: i32| {
        let middle = f64::from(k);
        integral(|x| normal_density(x, 0.0, deviation), (middle - 0.5, middle + 0.5), 64)
    };
    (-reach..=reach).map(cell).collect()
}

/// `P(k)` of the discrete Gaussian, from `-reach` to `reach`.
fn discrete_gaussian(deviation: f64, reach: i32) -> Vec<f64> {
    let weight = |k: i32| (-0.5 * (f64::from(k) / deviation).powi(2)).exp();
    let total: f64 = (-reach..=reach).map(weight).sum();
    (-reach..=reach).map(|k| weight(k) / total).collect()
}

/// `P(k)` of the law itself and of the law moved by `distance`.
fn pairs(law: &[f64], distance: u8) -> impl Iterator<Item = (f64, f64)> {
    law.iter().copied().zip(law[distance.into()..].iter().copied())
}

/// The smallest δ with which the law hides a move by `distance`, up to what lies out of reach.
fn hockey_stick(law: &[f64], distance: u8, epsilon: f64) -> f64 {
    pairs(law, distance).map(|(p, q)| (p - epsilon.exp() * q).max(0.0)).sum()
}

/// The Rényi divergence of order `alpha` between the law and itself moved by `distance`.
fn renyi(law: &[f64], distance: u8, alpha: f64) -> f64 {
    let seen = pairs(law, distance).filter(|&(p, q)| p.min(q) > 1e-290);
    let moment = |(p, q): (f64, f64)| (alpha * p.ln() + (1.0 - alpha) * q.ln()).exp();
    seen.map(moment).sum::<f64>().ln() / (alpha - 1.0)
}

/// The smallest δ of a continuous Gaussian: the part of its density that is above exp(ε) times the
/// moved one.
fn continuous_delta(deviation: f64, epsilon: f64) -> f64 {
    let start = epsilon * deviation + 0.5 / deviation;
    let excess = |x: f64| {
        normal_density(x, 1.0 / deviation, 1.0) - epsilon.exp() * normal_density(x, 0.0, 1.0)
    };
    integral(excess, (start, start + 12.0), 100_000)
}

#[test]
fn the_rounded_law_keeps_epsilon_and_delta_and_a_deviation_two_percent_smaller_would_not() {
    for (epsilon, delta, distance) in
        [(1.0, 1e-5, 10), (0.5, 1e-6, 1), (2.0, 1e-3, 5), (10.0, 1e-6, 100), (0.1, 0.01, 3)]
    {
        let deviation = approximate(one(distance.into()), loss(epsilon, delta));
        let reach = (10.0 * deviation) as i32 + i32::from(distance);
        let actual =
            |deviation| hockey_stick(&rounded_gaussian(deviation, reach), distance, epsilon);
        let kept = actual(deviation);
        assert!(kept <= delta, "{epsilon} {delta} {distance}: {kept}");
        assert!(kept >= 0.9 * delta, "{epsilon} {delta} {distance}: {kept} wastes noise");
        assert!(actual(0.98 * deviation) > delta, "{epsilon} {delta} {distance}");
    }
}

#[test]
fn both_laws_keep_rho_and_a_deviation_two_percent_smaller_would_not() {
    for (units, distance) in [(0.5, 4), (0.02, 1), (2.0, 3), (0.1, 7)] {
        let deviation = zero_concentrated(one(distance.into()), rho(units));
        for alpha in [1.01, 1.5, 2.0, 5.0, 10.0] {
            // Far enough for the mass that a high order moves out.
            let reach = ((15.0 + alpha) * deviation) as i32 + 25 * i32::from(distance);
            let of = |law: fn(f64, i32) -> Vec<f64>, deviation| {
                renyi(&law(deviation, reach), distance, alpha) / (units * alpha)
            };
            let rounded = of(rounded_gaussian, deviation);
            assert!((0.9..1.0 + 1e-9).contains(&rounded), "{units} {distance} {alpha}: {rounded}");
            let discrete = of(discrete_gaussian, deviation);
            assert!(
                (0.9..1.0 + 1e-9).contains(&discrete),
                "{units} {distance} {alpha}: {discrete}"
            );
            assert!(of(discrete_gaussian, 0.98 * deviation) > 1.0 + 1e-3);
            assert!(of(rounded_gaussian, 0.98 * deviation) > 1.0 + 1e-3);
        }
    }
}

#[test]
fn a05_the_promise_holds_at_large_epsilon_where_the_classic_formula_fails() {
    let delta: f64 = 1e-6;
    let classic = |epsilon| (2.0 * (1.25 / delta).ln()).sqrt() / epsilon;
    for epsilon in (2..=20).map(f64::from) {
        let kept = continuous_delta(approximate(one(1), loss(epsilon, delta)), epsilon);
        assert!(kept <= delta * (1.0 + 1e-9) && kept >= 0.999_999 * delta, "{epsilon}: {kept}");
        let fails = continuous_delta(classic(epsilon), epsilon) > delta;
        assert_eq!(fails, epsilon >= 9.0, "{epsilon}");
    }
    assert!(continuous_delta(classic(20.0), 20.0) > 10.0 * delta);
}

#[test]
fn the_deviation_of_a_rho_is_never_below_the_formula_and_hardly_above() {
    // 1 / √(2ρ) is a whole number exactly for these.
    for root in [1_u64, 2, 5, 10, 50, 1000, 500_000] {
        let rho = rho(0.5 / (root * root) as f64);
        for (steps, times) in [(1, 1), (3, 4), (1 << 60, 9), (1 << 80, 1 << 20)] {
            let exact = steps as f64 * ((times as f64).sqrt() * root as f64);
            let deviation = zero_concentrated(L2Distance { steps, times }, rho);
            assert!((exact..=exact * (1.0 + 2e-15)).contains(&deviation), "{root} {steps} {times}");
        }
    }
}

#[test]
fn every_deviation_is_one_that_can_be_drawn() {
    let range = 1.0 / 1024.0..=2.0_f64.powi(124);
    for l2 in [one(1), one(1 << 90), L2Distance { steps: 1 << 75, times: 1 << 30 }] {
        for deviation in [
            zero_concentrated(l2, rho(1e-12)),
            zero_concentrated(l2, rho(5000.0)),
            approximate(l2, loss(1e-9, 1e-18)),
            approximate(l2, loss(100.0, 1.0_f64.next_down())),
        ] {
            assert!(range.contains(&deviation), "{l2:?}: {deviation}");
        }
    }
}

fn data() -> crate::Clamped<i64> {
    Private::new(vec![5; 3]).clamp(Bounds::new(0_i64, 10).expect("a range"))
}

/// Variance of the noise that is released, against σ² + 1/12 or the discrete law's own.
#[test]
fn what_is_released_carries_the_noise_that_was_paid_for() {
    const RELEASES: u32 = 100_000;
    // Two-sided normal quantile at 1e-6 / 2 cases; a variance has relative deviation √(2 / n).
    let tolerance = 5.1 * (2.0 / f64::from(RELEASES)).sqrt();
    let mut rng = NoiseRng::seeded(40);
    let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), rho(5000.0));
    let spread = |release: &mut dyn FnMut(&mut NoiseRng) -> Estimate<i64>, rng: &mut NoiseRng| {
        let square = |_| ((release(rng).value - 15) as f64).powi(2);
        (0..RELEASES).map(square).sum::<f64>() / f64::from(RELEASES)
    };
    let mut by = |by_rounding: bool| {
        spread(
            &mut |rng| {
                let paid = ledger.pay(data().sum(), rho(0.005)).expect("within the budget");
                if by_rounding {
                    *paid.release(Gaussian, rng).expect("no fork")
                } else {
                    *paid.release(DiscreteGaussian, rng).expect("no fork")
                }
            },
            &mut rng,
        )
    };
    for by_rounding in [true, false] {
        let ratio = by(by_rounding) / (100.0 * 100.0);
        assert!((ratio - 1.0).abs() < tolerance, "{by_rounding}: {ratio}");
        assert!((ratio * 0.98 * 0.98 - 1.0).abs() > tolerance, "2 % less is not seen");
    }
}

/// For Laplace noise it is as many times the distance of one column.
#[test]
fn noise_of_many_numbers_grows_with_the_root_of_their_number() {
    let rows = Private::new(vec![[1_i64; 16]; 3]);
    let rows = rows.clamp_rows(16, Bounds::new(0_i64, 10).expect("a range")).expect("columns");
    let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), rho(1.0));
    for _ in 0..2 {
        let paid = ledger.pay(rows.sum(), rho(0.5)).expect("within the budget");
        let released = paid.release(Gaussian, &mut NoiseRng::seeded(42)).expect("no fork");
        assert_eq!(released.value.len(), 16);
        assert!((released.noise.scale() / 40.0 - 1.0).abs() < 1e-14, "10 · √16");
    }
}

#[test]
fn a_record_states_what_an_outsider_recomputes() {
    let mut rng = NoiseRng::seeded(41);
    let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), loss(1.0, 1e-6));
    let paid = ledger.pay(data().sum(), loss(1.0, 1e-6)).expect("within the budget");
    let released = paid.release(Gaussian, &mut rng).expect("no fork");
    let record = released.record();
    assert_eq!(record.mechanism, "Gaussian");
    assert!(record.proof.starts_with("BW18 Theorem 8"), "the theorem of this currency");
    assert_eq!(record.noise, Some(released.noise));
    assert_eq!(record.loss, loss(1.0, 1e-6));
    assert_eq!(record.sensitivity.l2(), one(10));
    assert!((released.noise.scale() / 42.246_788_893 - 1.0).abs() < 1e-9);
    #[cfg(feature = "serde")]
    {
        let text = serde_json::to_value(record).expect("a record");
        assert_eq!(text["loss"], serde_json::json!({"epsilon": 1.0, "delta": 1e-6}));
        assert_eq!(text["noise"]["law"], "rounded Gaussian");
        assert_eq!(text["noise"]["scale"], released.noise.scale());
    }
}
