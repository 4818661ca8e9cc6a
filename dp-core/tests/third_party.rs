//! What another crate writes to add to `dp-core`: twice with trust, once without any.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "tests compare counts with probabilities"
)]

use std::panic::{self, AssertUnwindSafe};

use dp_core::{
    Bounds, Clamped, Epsilon, Error, Estimate, Gaussian, Laplace, Law, Ledger, Noise, NoiseRng,
    PrivacyUnit, Private, Released, Rho, Sensitivity, Statistic,
    hazmat::{self, Calibration, DiscreteLaplace, Draw, Mechanism, Opened, Proven, Word},
};

/// With trust, but blind: whole numbers of steps are easier to state, so scales are rounded up.
#[derive(Debug)]
struct WholeScale;

impl Proven<Epsilon> for WholeScale {
    const NAME: &'static str = "Laplace with a whole scale";
    const PROOF: &'static str = "DMNS06 Proposition 1: a larger scale is at least as private";
}

impl Calibration<Epsilon> for WholeScale {
    fn law(&self, sensitivity: Sensitivity, loss: Epsilon) -> Law {
        match Laplace.law(sensitivity, loss) {
            Law::DiscreteLaplace { numerator, denominator } => Law::DiscreteLaplace {
                numerator: numerator.div_ceil(denominator.into()), // Up: privacy.
                denominator: 1,
            },
            other => other,
        }
    }
}

/// With trust, and seeing the data: the staircase, whose noise is less than Laplace's where ε is
/// large. Beside 0, on both sides, `first` steps are alike, and every further sensitivity's worth of
/// steps is `exp(−ε)` as likely; so two inputs within the sensitivity are at most one stair apart.
#[derive(Debug)]
struct Staircase;

impl Proven<Epsilon> for Staircase {
    const NAME: &'static str = "staircase";
    const PROOF: &'static str = "GV16: whatever the sensitivity allows is at most one stair apart";
}

impl Mechanism<Statistic<Estimate>, Epsilon> for Staircase {
    type Output = f64;

    fn answer(
        &self,
        paid: Opened<Statistic<Estimate>, Epsilon>,
        rng: &mut NoiseRng,
    ) -> (f64, Option<Noise>) {
        let length = i128::try_from(paid.sensitivity.l1()).expect("at most 2^90");
        let noisy = hazmat::steps(&paid.query) + stairs(length, paid.loss, rng);
        (noisy as f64 * hazmat::step(&paid.query), None)
    }
}

fn stairs(length: i128, loss: Epsilon, rng: &mut NoiseRng) -> i128 {
    // A loss is a whole number of billionths, which an f64 holds.
    let billionths = (f64::from(loss) * 1e9).round() as u64;
    let laplace = DiscreteLaplace::new(1_000_000_000, billionths);
    // The half of a Laplace law that is not negative is geometric, with the ratio exp(−ε).
    let geometric = |rng: &mut NoiseRng| loop {
        let draw = laplace.draw(rng);
        if draw >= 0 {
            return draw;
        }
    };
    loop {
        let stair = geometric(rng);
        let within = loop {
            let within = below(length, rng);
            if within < first(length, loss) || geometric(rng) > 0 {
                break within;
            }
        };
        let (distance, is_negative) = (stair * length + within, Word.draw(rng) % 2 == 1);
        if !(distance == 0 && is_negative) {
            return if is_negative { -distance } else { distance };
        }
    }
}

/// The best place for the first step down, for the mean distance: any place is private.
fn first(length: i128, loss: Epsilon) -> i128 {
    (length as f64 / (1.0 + (f64::from(loss) / 2.0).exp())).ceil() as i128
}

/// Uniform, for at most 2^64.
fn below(end: i128, rng: &mut NoiseRng) -> i128 {
    let whole_turns = (1 << 64) / end * end;
    loop {
        let word = Word.draw(rng);
        if word < whole_turns {
            return word % end;
        }
    }
}

/// Without trust: what it asks for next depends on an answer, and still it cannot pass its budget.
fn mean_of_enough(
    data: &Clamped,
    budget: &mut Ledger,
    each: Epsilon,
    rng: &mut NoiseRng,
) -> Result<Option<f64>, Error> {
    let count: Released<Estimate<i64>> = budget.pay(data.count(), each)?.release(Laplace, rng)?;
    if count.value < 100 {
        return Ok(None);
    }
    let sum = budget.pay(data.sum(), each)?.release(Laplace, rng)?;
    Ok(Some(sum.value / count.value as f64))
}

fn epsilon(value: f64) -> Epsilon {
    Epsilon::new(value).expect("in range")
}

fn data(values: usize) -> Clamped {
    Private::new(vec![0.5; values]).clamp(Bounds::new(0.0, 1.0).expect("a range"))
}

#[test]
fn a_calibration_of_ones_own_is_paid_released_and_recorded_like_any_other() {
    let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon(1.0));
    let paid = ledger.pay(data(10).sum(), epsilon(0.3)).expect("within the budget");
    let noisy = paid.release(WholeScale, &mut NoiseRng::seeded(7)).expect("no fork");
    let expected = Law::DiscreteLaplace { numerator: 3_495_254, denominator: 1 }; // ⌈2^20 / 0.3⌉
    assert_eq!(noisy.noise.law(), expected);
    assert!((noisy.value - 5.0).abs() < noisy.margin(0.999_999));
    let record = noisy.record();
    assert_eq!((record.mechanism, record.noise), (WholeScale::NAME, Some(noisy.noise)));
    assert!(record.proof.starts_with("DMNS06"));
    assert_eq!(ledger.left(), Some(epsilon(0.7)));
}

#[test]
fn a_mechanism_of_ones_own_sees_the_input_and_is_held_to_the_budget() {
    let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon(5.0));
    let paid = ledger.pay(data(10).sum(), epsilon(5.0)).expect("within the budget");
    let noisy = paid.release(Staircase, &mut NoiseRng::seeded(7)).expect("no fork");
    assert!((*noisy - 5.0).abs() < 5.0);
    let record = serde_json::to_value(noisy.record()).expect("plain data");
    assert_eq!(record["mechanism"], "staircase");
    assert_eq!(record["proof"], Staircase::PROOF);
    assert_eq!(record["noise"], serde_json::Value::Null);
    let again = ledger.pay(data(10).sum(), epsilon(1e-9));
    assert!(matches!(again, Err(Error::OverBudget { .. })));
}

#[test]
fn the_staircase_is_drawn_as_it_is_stated() {
    is_drawn_as_stated(3); // where zero matters
    let distance = is_drawn_as_stated(1000);
    assert!(distance < 0.9 * 1000.0 / 2.0, "nearer than Laplace's: {distance}");
}

/// The mean distance from zero at ε = 2.
fn is_drawn_as_stated(length: i128) -> f64 {
    const DRAWS: u32 = 100_000;
    // Two-sided normal quantile at 1e-6 / 6 cases.
    const Z: f64 = 5.2;
    let loss = epsilon(2.0);
    let mut rng = NoiseRng::seeded(8);
    let draws: Vec<i128> = (0..DRAWS).map(|_| stairs(length, loss, &mut rng).abs()).collect();
    let first = first(length, loss);
    let share = |from: i128, to: i128| {
        draws.iter().filter(|draw| (from..to).contains(draw)).count() as f64 / f64::from(DRAWS)
    };
    let ratio = f64::exp(-2.0);
    let (above, below) = (first as f64, (length - first) as f64);
    // Zero has only one of its two signs.
    let all = 2.0 * (above + ratio * below) / (1.0 - ratio) - 1.0;
    for (from, to, expected) in [
        (0, first, (2.0 * above - 1.0) / all),
        (first, length, 2.0 * below * ratio / all),
        (length, length + first, 2.0 * above * ratio / all),
    ] {
        let deviation = (expected * (1.0 - expected) / f64::from(DRAWS)).sqrt();
        let seen = share(from, to);
        assert!((seen - expected).abs() < Z * deviation, "{from}..{to}: {seen} {expected}");
        let wrong = expected * f64::exp(0.1); // as if ε were off by 0.1
        assert!((seen - wrong).abs() > Z * deviation, "{from}..{to}: an error is not seen");
    }
    draws.iter().sum::<i128>() as f64 / f64::from(DRAWS)
}

#[test]
fn an_algorithm_of_releases_cannot_pass_what_was_allotted_to_it() {
    let mut year = Ledger::in_memory(PrivacyUnit::Records(1), Rho::new(1.0).expect("in range"));
    let mut rng = NoiseRng::seeded(9);
    let mut ask = |values, each| {
        let mut part = year.allot(epsilon(1.0)).expect("within the budget");
        let mean = mean_of_enough(&data(values), &mut part, epsilon(each), &mut rng);
        (mean, part.left())
    };
    let (mean, left) = ask(10_000, 0.5);
    assert!((mean.expect("within the allotment").expect("enough") - 0.5).abs() < 0.01);
    assert_eq!(left, None);
    let (mean, left) = ask(10, 0.5);
    assert_eq!(mean.expect("within the allotment"), None);
    assert_eq!(left, Some(epsilon(0.5)), "what it left is not given back");
    assert_eq!(year.left(), None, "twice ε²/2");

    let mut part = Ledger::in_memory(PrivacyUnit::Records(1), epsilon(1.0));
    let greedy = mean_of_enough(&data(10_000), &mut part, epsilon(0.6), &mut rng);
    assert!(matches!(greedy, Err(Error::OverBudget { .. })));
}

/// What no sampler has ends the program and not the promise.
#[test]
fn a_law_that_cannot_be_drawn_is_never_released() {
    #[derive(Debug)]
    struct Timed;
    impl Proven<Rho> for Timed {
        const NAME: &'static str = "Gaussian in constant time";
        const PROOF: &'static str = "none";
    }
    impl Calibration<Rho> for Timed {
        const IN_CONSTANT_TIME: bool = true;
        fn law(&self, sensitivity: Sensitivity, loss: Rho) -> Law {
            Gaussian.law(sensitivity, loss)
        }
    }
    #[derive(Debug)]
    struct None;
    impl Proven<Rho> for None {
        const NAME: &'static str = "no noise";
        const PROOF: &'static str = "none";
    }
    impl Calibration<Rho> for None {
        fn law(&self, _: Sensitivity, _: Rho) -> Law {
            Law::RoundedGaussian { deviation: 0.0 }
        }
    }
    fn panics(by: impl Calibration<Rho>) -> bool {
        let loss = Rho::new(0.5).expect("in range");
        let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), loss);
        let paid = ledger.pay(data(10).sum(), loss).expect("within the budget");
        let release = || paid.release(by, &mut NoiseRng::seeded(1)).is_ok();
        panic::catch_unwind(AssertUnwindSafe(release)).is_err()
    }
    assert!(panics(Timed) && panics(None));
    assert!(!panics(Gaussian));
}
