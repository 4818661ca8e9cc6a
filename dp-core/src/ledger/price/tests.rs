use std::{fs, time::Duration};

use proptest::prelude::*;

use super::{super::account::Account, *};
use crate::{
    Bounds, Clamped, ConstantTimeLaplace, DiscreteGaussian, Estimate, Gaussian, Laplace, NoiseRng,
    Period, PrivacyUnit, Private, Rho,
};

const UNIT: PrivacyUnit = PrivacyUnit::Records(1);

fn epsilon(value: f64) -> Epsilon {
    Epsilon::new(value).expect("in range")
}

fn rho(value: f64) -> Rho {
    Rho::new(value).expect("in range")
}

fn both(epsilon: f64, delta: f64) -> EpsilonDelta {
    EpsilonDelta::new(epsilon, delta).expect("in range")
}

fn data(upper: f64) -> Clamped {
    Private::new(vec![1.0; 10]).clamp(Bounds::new(0.0, upper).expect("a range"))
}

/// A margin between the least there is and a thousand times a typical one, with its own noise.
fn margin_at<L: Loss>(by: impl Calibration<L>, loss: L, query: &Statistic<Estimate>) -> f64 {
    let sensitivity = query.sensitivity(UNIT).expect("a sum");
    Noise::new(by.law(sensitivity, loss), query.step()).margin(0.9)
}

/// Whether the price of what `loss` buys meets the margin, and one unit less does not.
fn is_the_least<L: Counted>(by: impl Calibration<L> + Copy, units: u64, upper: f64) -> bool {
    let ledger = Ledger::in_memory(UNIT, L::of_units(1).expect("the least"));
    let query = data(upper).sum();
    let margin = margin_at(by, L::of_units(units).expect("in range"), &query).max(query.step());
    let price = ledger.price(&query, by, margin, 0.9).expect("that loss buys it");
    let paid = (1..=units).rev().find(|&some| {
        some == 1 || margin_at(by, L::of_units(some - 1).expect("less"), &query) > margin
    });
    let expected = L::of_units(paid.expect("1 at the latest")).expect("in range");
    price.encode() == expected.encode() && margin_at(by, price, &query) <= margin
}

proptest! {
    #[test]
    fn the_price_meets_the_margin_and_one_unit_less_does_not(
        digits in 0..8_u32, leading in 1..1000_u64, upper in 1e-3..1e6_f64
    ) {
        // Where a unit moves the margin by more than a step, so that only a few units share one.
        let units = leading * 10_u64.pow(digits) % 10_000_000;
        prop_assume!(units > 0);
        prop_assert!(is_the_least::<Epsilon>(Laplace, units, upper));
        prop_assert!(is_the_least::<Epsilon>(ConstantTimeLaplace, units, upper));
        prop_assert!(is_the_least::<Rho>(Gaussian, units, upper));
        prop_assert!(is_the_least::<Rho>(DiscreteGaussian, units, upper));
    }

    #[test]
    fn at_a_given_delta_the_price_is_the_smallest_epsilon(
        paid in 1e-6..50.0_f64, delta in 1e-12..0.1_f64
    ) {
        let ledger = Ledger::in_memory(UNIT, both(1.0, 0.5));
        let query = data(1.0).sum();
        let at = |epsilon| margin_at(Gaussian, both(1.0, delta).with_epsilon(epsilon), &query);
        let margin = at(epsilon(paid));
        let price = ledger.price(&query, Gaussian, margin, 0.9, delta).expect("it is bought");
        prop_assert_eq!(price.delta_units(), both(1.0, delta).delta_units());
        prop_assert!(price.epsilon() <= epsilon(paid) && at(price.epsilon()) <= margin);
        let less = price.epsilon().billionths().checked_sub(1).and_then(Epsilon::of_units);
        prop_assert!(less.is_none_or(|less| at(less) > margin));
    }

    #[test]
    fn as_many_releases_are_left_as_are_granted_and_no_more(
        budget in 1..2000_u64, spent in 0..2000_u64, loss in 1..500_u64
    ) {
        let loss_of = |units| epsilon(1e-9 * units as f64);
        let mut ledger = Ledger::in_memory(UNIT, loss_of(budget));
        let _ = ledger.pay(data(1.0).sum(), loss_of(spent.max(1)));
        let left = ledger.releases_left(loss_of(loss));
        for _ in 0..left {
            prop_assert!(ledger.pay(data(1.0).sum(), loss_of(loss)).is_ok());
        }
        prop_assert!(ledger.pay(data(1.0).sum(), loss_of(loss)).is_err());
    }

    #[test]
    fn both_parts_of_a_loss_limit_the_number_of_releases(
        budget in (1..2000_u64, 1..2000_u64), loss in (1..500_u64, 1..500_u64)
    ) {
        let loss_of = |(epsilon, delta): (u64, u64)| both(1e-9 * epsilon as f64, 1e-18 * delta as f64);
        let mut ledger = Ledger::in_memory(UNIT, loss_of(budget));
        let left = ledger.releases_left(loss_of(loss));
        prop_assert_eq!(left, (budget.0 / loss.0).min(budget.1 / loss.1));
        for _ in 0..left {
            prop_assert!(ledger.pay(data(1.0).sum(), loss_of(loss)).is_ok());
        }
        prop_assert!(ledger.pay(data(1.0).sum(), loss_of(loss)).is_err());
    }

    #[test]
    fn a_dry_run_says_what_a_payment_does(budget in 1..10_u64, losses in prop::collection::vec(1..6_u64, 1..9)) {
        let mut ledger = Ledger::in_memory(UNIT, epsilon(budget as f64));
        for loss in losses {
            let loss = epsilon(loss as f64);
            let spent = ledger.spent();
            let said = ledger.would_pay(&data(1.0).sum(), loss).map_err(|error| error.to_string());
            prop_assert_eq!(ledger.spent(), spent);
            let done = ledger.pay(data(1.0).sum(), loss).map(drop).map_err(|error| error.to_string());
            prop_assert_eq!(said, done);
        }
    }
}

#[test]
fn many_releases_are_counted_without_making_them() {
    let mut ledger = Ledger::in_memory(UNIT, rho(5000.0));
    assert_eq!(ledger.releases_left(rho(1e-12)), 5_000_000_000_000_000);
    let _ = ledger.pay(data(1.0).sum(), rho(1.0)).expect("within the budget");
    assert_eq!(ledger.releases_left(rho(1e-12)), 4_999_000_000_000_000);
    assert_eq!(ledger.releases_left(rho(3e-12)), 4_999_000_000_000_000 / 3);
    assert_eq!(ledger.releases_left(rho(4999.0)), 1);
    assert_eq!(ledger.releases_left(rho(4999.1)), 0);
    ledger.lower_budget(rho(0.5)).expect("lower");
    assert_eq!(ledger.releases_left(rho(1e-12)), 0, "lowered below what is spent");
}

#[test]
fn a_margin_that_nothing_buys_is_refused_and_the_least_is_named() {
    let ledger = Ledger::in_memory(UNIT, epsilon(1.0));
    let sum = data(1.0).sum();
    let refused = |margin| match ledger.price(&sum, Laplace, margin, 0.9) {
        Err(Error::Margin { least, .. }) => least,
        other => panic!("{other:?}"),
    };
    let least = refused(0.001);
    assert_eq!(least, margin_at(Laplace, epsilon(100.0), &sum));
    for nothing in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY, least.next_down()] {
        assert_eq!(refused(nothing), least, "{nothing}");
    }
    let dearest = ledger.price(&sum, Laplace, least, 0.9).expect("the largest loss buys it");
    assert!(dearest <= epsilon(100.0) && dearest > epsilon(99.9), "{dearest}");
    let cheapest = ledger.price(&sum, Laplace, f64::INFINITY, 0.9).expect("anything will do");
    assert_eq!(cheapest, epsilon(1e-9));
    let text = ledger.price(&sum, Laplace, 0.001, 0.9).expect_err("too little").to_string();
    assert!(text.contains(&least.to_string()) && text.contains("0.9"), "{text}");
}

#[test]
fn a_margin_is_never_finer_than_the_grid() {
    let ledger = Ledger::in_memory(UNIT, epsilon(1.0));
    let count = data(1.0).count();
    let finer = ledger.price(&count, Laplace, 0.99, 0.5);
    assert!(matches!(finer, Err(Error::Margin { least: 1.0, .. })));
    assert!(ledger.price(&count, Laplace, 1.0, 0.5).is_ok());
}

#[test]
fn a_confidence_that_no_margin_has_is_refused() {
    let ledger = Ledger::in_memory(UNIT, epsilon(1.0));
    for bad in [0.0, -0.5, 1.0, 1.5, 95.0, f64::NAN] {
        let refused = ledger.price(&data(1.0).sum(), Laplace, 5.0, bad);
        assert!(matches!(refused, Err(Error::Confidence(_))), "{bad}");
    }
}

#[test]
fn planning_meets_the_unit_and_the_sensitivity_as_a_payment_does() {
    let values = Ledger::in_memory(PrivacyUnit::Values(1), epsilon(1.0));
    let count = data(1.0).count();
    let refused = values.price(&count, Laplace, 5.0, 0.9);
    assert!(matches!(refused, Err(Error::Unit { .. })));
    assert!(matches!(values.would_pay(&count, epsilon(0.1)), Err(Error::Unit { .. })));
    let many = Ledger::in_memory(PrivacyUnit::Records(u32::MAX), epsilon(1.0));
    let vast = Private::new(vec![1_i64]).clamp(Bounds::new(0, i64::MAX).expect("a range")).sum();
    assert!(matches!(many.would_pay(&vast, epsilon(0.1)), Err(Error::TooSensitive)));
    assert!(matches!(many.price(&vast, Laplace, 5.0, 0.9), Err(Error::TooSensitive)));
}

#[test]
fn a_dry_run_reads_the_file_and_leaves_it_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger");
    let ledger = Ledger::create(&path, UNIT, epsilon(1.0)).expect("created");
    let mut other = Ledger::<Epsilon>::open(&path).expect("there");
    let _ = other.pay(data(1.0).sum(), epsilon(0.6)).expect("within the budget");
    let before = fs::read(&path).expect("there");
    assert!(ledger.would_pay(&data(1.0).sum(), epsilon(0.4)).is_ok());
    let refused = ledger.would_pay(&data(1.0).sum(), epsilon(0.6));
    assert!(matches!(refused, Err(Error::OverBudget { .. })), "what the other paid counts");
    assert_eq!(fs::read(&path).expect("there"), before);
    let _ = other.pay(data(1.0).sum(), epsilon(0.1)).expect("within the budget");
    fs::write(&path, before).expect("writable");
    let refused = other.would_pay(&data(1.0).sum(), epsilon(0.1));
    assert!(matches!(refused, Err(Error::Replaced { .. })), "an older file was put back");
    fs::write(&path, "nonsense").expect("writable");
    let refused = ledger.would_pay(&data(1.0).sum(), epsilon(0.4));
    assert!(matches!(refused, Err(Error::Damaged { .. })));
    fs::remove_file(&path).expect("there");
    let refused = ledger.would_pay(&data(1.0).sum(), epsilon(0.4));
    assert!(matches!(refused, Err(Error::File { .. })));
}

#[test]
fn of_a_budget_that_renews_what_counts_now_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let period = Period::Sliding(Duration::from_secs(3600));
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::create_renewing(path, UNIT, epsilon(1.0), period).expect("created");
    assert_eq!(ledger.releases_left(epsilon(0.3)), 3);
    let _ = ledger.pay(data(1.0).sum(), epsilon(0.3)).expect("within the budget");
    assert_eq!(ledger.releases_left(epsilon(0.3)), 2);
    assert!(ledger.would_pay(&data(1.0).sum(), epsilon(0.7)).is_ok());
    let said = ledger.would_pay(&data(1.0).sum(), epsilon(0.8)).expect_err("over").to_string();
    assert!(said.contains("there is enough in"), "{said}");
}

#[test]
fn what_has_been_renewed_since_is_left_again() {
    let period = Some(Period::Sliding(Duration::from_secs(3600)));
    let account = Account::new(UNIT, epsilon(1.0), period);
    let mut ledger = Ledger::with(account, None, false);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    ledger.account.charge(epsilon(1.0), None, || long_ago).expect("within the budget");
    assert_eq!(ledger.left(), None, "as it last looked");
    assert_eq!(ledger.releases_left(epsilon(0.1)), 10);
    assert_eq!(ledger.left(), None, "nothing was changed");
}

#[test]
fn what_was_priced_is_what_is_released() {
    let mut ledger = Ledger::in_memory(UNIT, both(10.0, 1e-3));
    let sum = data(1.0).sum();
    let loss = ledger.price(&sum, Gaussian, 20.0, 0.95, 1e-6).expect("it is bought");
    let paid = ledger.pay(sum, loss).expect("within the budget");
    let margin = paid.release(Gaussian, &mut NoiseRng::seeded(1)).expect("no fork").margin(0.95);
    assert!((19.999..=20.0).contains(&margin), "{margin}");
}
