use std::{env, fs, io::Write, process::Command, thread};

use proptest::prelude::*;

use super::*;
use crate::{
    Bounds, Clamped, EpsilonDelta, Gaussian, Laplace, NoiseRng, Private, Rho, state_file::crash,
};

mod copies;
mod deaths;

fn epsilon(value: f64) -> Epsilon {
    Epsilon::new(value).expect("in range")
}

fn data() -> Clamped {
    Private::new(vec![10.0, 20.0]).clamp(Bounds::new(0.0, 100.0).expect("a range"))
}

fn pay(ledger: &mut Ledger, loss: f64) -> Result<(), Error> {
    ledger.pay(data().sum(), epsilon(loss)).map(drop)
}

fn on_disk(budget: f64) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger");
    Ledger::create(&path, PrivacyUnit::Values(1), epsilon(budget)).expect("created");
    (folder, path)
}

#[test]
fn a36_ten_tenths_fill_a_budget_of_one_and_no_eleventh_is_granted() {
    let (_folder, path) = on_disk(1.0);
    for _ in 0..10 {
        let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
        pay(&mut ledger, 0.1).expect("within the budget");
    }
    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
    assert_eq!(ledger.spent(), Some(epsilon(1.0)));
    assert_eq!(ledger.left(), None);
    let refusal = pay(&mut ledger, 1e-9).expect_err("nothing is left").to_string();
    assert_eq!(refusal, "privacy budget exhausted: asked for ε = 0.000000001, nothing left");
}

#[test]
fn a_refused_payment_spends_nothing_and_says_what_is_left() {
    let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon(0.3));
    pay(&mut ledger, 0.2).expect("within the budget");
    let refusal = pay(&mut ledger, 0.2).expect_err("beyond the budget").to_string();
    assert_eq!(refusal, "privacy budget exhausted: asked for ε = 0.2, ε = 0.1 left");
    pay(&mut ledger, 0.1).expect("exactly what is left");
}

#[test]
fn a_question_that_cannot_be_answered_costs_nothing() {
    let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), epsilon(1.0));
    let mean = data().mean().expect("two values");
    assert!(matches!(ledger.pay(mean, epsilon(0.5)), Err(Error::Unit { .. })));
    assert_eq!(ledger.spent(), None);
}

#[test]
fn a47_a_dropped_receipt_is_not_refunded() {
    let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon(1.0));
    drop(ledger.pay(data().sum(), epsilon(0.6)));
    assert!(matches!(pay(&mut ledger, 0.6), Err(Error::OverBudget { .. })));
}

#[test]
fn two_ledgers_on_one_file_share_its_budget() {
    let (_folder, path) = on_disk(1.0);
    let mut one = Ledger::<Epsilon>::open(&path).expect("whole");
    let mut two = Ledger::<Epsilon>::open(&path).expect("whole");
    pay(&mut one, 0.6).expect("within the budget");
    assert!(matches!(pay(&mut two, 0.6), Err(Error::OverBudget { .. })));
}

#[test]
fn a39_of_many_threads_that_ask_at_once_only_as_many_succeed_as_the_budget_holds() {
    let (_folder, path) = on_disk(1.0);
    let granted = thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
                    pay(&mut ledger, 0.3).is_ok()
                })
            })
            .collect();
        threads.into_iter().map(|t| u32::from(t.join().expect("ran"))).sum::<u32>()
    });
    assert_eq!(granted, 3);
}

#[test]
fn a_unit_of_time_is_for_timelines() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger");
    let refused = Ledger::create(&path, PrivacyUnit::Time(Duration::MAX), epsilon(1.0));
    assert!(matches!(refused, Err(Error::Unit { .. })) && !path.exists());
    let nothing = Ledger::create(&path, PrivacyUnit::Values(0), epsilon(1.0));
    assert!(matches!(nothing, Err(Error::Unit { .. })) && !path.exists());
}

#[test]
fn a36_a_ledger_in_rho_fills_exactly_in_memory_and_on_disk() {
    let rho = |value| Rho::new(value).expect("in range");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger");
    let created = Ledger::create(&path, PrivacyUnit::Records(1), rho(1.0)).expect("created");
    for mut ledger in [Ledger::in_memory(PrivacyUnit::Records(1), rho(1.0)), created] {
        for _ in 0..10 {
            let paid = ledger.pay(data().sum(), rho(0.1)).expect("within the budget");
            let released = paid.release(Gaussian, &mut NoiseRng::seeded(1)).expect("no fork");
            assert_eq!(released.record().loss, rho(0.1));
        }
        let refusal = ledger.pay(data().sum(), rho(1e-12)).expect_err("nothing is left");
        assert!(refusal.to_string().ends_with("asked for ρ = 0.000000000001, nothing left"));
    }
    let ledger = Ledger::<Rho>::open(&path).expect("whole");
    assert_eq!((ledger.spent(), ledger.left()), (Some(rho(1.0)), None));
}

#[test]
fn a36_a_ledger_in_epsilon_and_delta_ends_when_either_is_spent() {
    let loss = |epsilon, delta| EpsilonDelta::new(epsilon, delta).expect("in range");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger");
    let created = Ledger::create(&path, PrivacyUnit::Records(1), loss(1.0, 1e-6)).expect("created");
    for mut ledger in [Ledger::in_memory(PrivacyUnit::Records(1), loss(1.0, 1e-6)), created] {
        drop(ledger.pay(data().sum(), loss(0.1, 3e-7)).expect("within the budget"));
        assert_eq!(ledger.left(), Some(loss(0.9, 7e-7)));
        let too_much_delta = ledger.pay(data().sum(), loss(0.1, 8e-7)).expect_err("too much δ");
        let left = "asked for ε = 0.1, δ = 8e-7, ε = 0.9, δ = 7e-7 left";
        assert!(too_much_delta.to_string().ends_with(left), "{too_much_delta}");
        assert!(ledger.pay(data().sum(), loss(1.0, 1e-7)).is_err(), "too much ε");
        let paid = ledger.pay(data().sum(), loss(0.2, 7e-7)).expect("exactly the δ that is left");
        paid.release(Gaussian, &mut NoiseRng::seeded(1)).expect("no fork");
        assert_eq!(ledger.left(), None, "an ε without a δ buys nothing");
        assert!(ledger.pay(data().sum(), loss(1e-9, 1e-18)).is_err());
    }
    let ledger = Ledger::<EpsilonDelta>::open(&path).expect("whole");
    assert_eq!(ledger.spent(), Some(loss(0.3, 1e-6)));
}

#[test]
fn a42_a_ledger_in_another_currency_is_refused_and_left_alone() {
    let (_folder, path) = on_disk(1.0);
    let before = fs::read(&path).expect("there");
    let refusal = Ledger::<Rho>::open(&path).expect_err("another currency").to_string();
    assert!(refusal.ends_with("counts in epsilon, not in rho: open it in its own currency"));
    assert!(matches!(Ledger::<EpsilonDelta>::open(&path), Err(Error::Currency { .. })));
    assert_eq!(fs::read(&path).expect("there"), before);
}

proptest! {
    /// The filter property: whatever is asked for, what is granted fits the budget, and nothing
    /// that would have fitted is refused.
    #[test]
    fn granted_spends_never_exceed_the_budget(asks in prop::collection::vec(1_u32..=400, 0..64)) {
        let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon(1.0));
        let mut granted = 0;
        for ask in asks {
            let fits = granted + ask <= 1000;
            prop_assert_eq!(pay(&mut ledger, f64::from(ask) / 1000.0).is_ok(), fits);
            granted += if fits { ask } else { 0 };
        }
        prop_assert_eq!(ledger.spent().map_or(0.0, f64::from), f64::from(granted) / 1000.0);
    }
}

#[test]
fn a_history_keeps_the_latest_hundred_labels() {
    let (_folder, path) = on_disk(1.0);
    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
    for day in 0..103 {
        let label = format!("day {day}: {}", "ü".repeat(60));
        drop(ledger.pay_as(&label, data().sum(), epsilon(0.001)).expect("within the budget"));
        pay(&mut ledger, 0.001).expect("within the budget");
    }
    for mut ledger in [Ledger::open(&path).expect("whole"), ledger] {
        let history = ledger.history();
        assert_eq!(history.len(), 100);
        assert!(
            history[0].label.starts_with("day 3:") && history[99].label.starts_with("day 102:")
        );
        assert_eq!(history[7].loss, epsilon(0.001));
        assert!(history[99].at.elapsed().expect("past") < Duration::from_secs(600));
        let before = ledger.spent();
        for bad in ["", "two\nlines", &"x".repeat(81)] {
            let refused = ledger.pay_as(bad, data().sum(), epsilon(0.001));
            assert!(matches!(refused, Err(Error::Label { .. })), "{bad:?}");
        }
        assert_eq!(ledger.spent(), before);
    }
}

#[test]
fn a44_a_budget_is_lowered_and_never_raised() {
    let (_folder, path) = on_disk(1.0);
    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
    let mut other = Ledger::<Epsilon>::open(&path).expect("whole");
    pay(&mut ledger, 0.5).expect("within the budget");
    let higher = fs::read(&path).expect("there");
    ledger.lower_budget(epsilon(0.75)).expect("lower");
    assert!(matches!(ledger.lower_budget(epsilon(0.8)), Err(Error::Raised { .. })));
    let refusal = pay(&mut other, 0.3).expect_err("for whoever has it open, too").to_string();
    assert!(refusal.ends_with("asked for ε = 0.3, ε = 0.25 left"), "{refusal}");
    ledger.lower_budget(epsilon(0.25)).expect("below what is spent");
    let refusal = pay(&mut other, 1e-9).expect_err("more is spent than may be").to_string();
    assert!(refusal.ends_with("nothing left: the budget was lowered below what is spent"));
    assert_eq!(Ledger::<Epsilon>::open(&path).expect("whole").spent(), Some(epsilon(0.5)));

    fs::write(&path, higher).expect("put back");
    assert!(matches!(pay(&mut ledger, 0.1), Err(Error::Replaced { .. })));
}

#[test]
fn an_allotment_is_spent_whatever_becomes_of_it() {
    let (_folder, path) = on_disk(1.0);
    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
    let mut part = ledger.allot(epsilon(0.6)).expect("within the budget");
    pay(&mut part, 0.6).expect("all of it");
    assert!(matches!(pay(&mut part, 1e-9), Err(Error::OverBudget { .. })));
    assert_eq!(part.unit(), ledger.unit());
    assert!(ledger.allot(epsilon(0.5)).is_err());
    drop(ledger.allot(epsilon(0.4)).expect("exactly what is left"));
    assert_eq!(Ledger::<Epsilon>::open(&path).expect("whole").left(), None);
}

#[test]
fn an_allotment_in_another_currency_costs_at_least_what_it_is() {
    let rho = |value| Rho::new(value).expect("in range");
    let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), rho(1.0));
    for (pure, cost) in [(1.0, 0.5), (0.2, 0.02), (0.3, 0.045), (1e-6, 1e-12), (1e-9, 1e-12)] {
        let left = f64::from(ledger.left().expect("some"));
        drop(ledger.allot(epsilon(pure)).expect("within the budget"));
        assert!((left - f64::from(ledger.left().expect("some")) - cost).abs() < 1e-15, "{pure}");
    }
    assert_eq!(Rho::from(epsilon(100.0)), rho(5000.0));
    let both = EpsilonDelta::new(1.0, 1e-6).expect("in range");
    let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), both);
    pay(&mut ledger.allot(epsilon(1.0)).expect("within the budget"), 1.0).expect("all of it");
    assert_eq!(ledger.spent().expect("some").delta().to_bits(), 1e-18_f64.to_bits());
}

#[test]
fn a_lost_copy_is_reported() {
    let (_folder, path) = on_disk(1.0);
    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
    assert!(!ledger.has_lost_a_copy());
    let mut bytes = fs::read(&path).expect("there");
    bytes[20] ^= 1;
    fs::write(&path, bytes).expect("written");
    assert!(Statement::read(&path).expect("whole").has_lost_a_copy);
    pay(&mut ledger, 0.5).expect("it costs nothing");
    assert!(ledger.has_lost_a_copy());
    assert!(!Ledger::<Epsilon>::open(&path).expect("whole").has_lost_a_copy(), "mended");
}

#[test]
fn a_statement_says_what_is_in_any_ledger() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let budget = EpsilonDelta::new(1.0, 1e-6).expect("in range");
    let mut ledger =
        Ledger::create(path("both"), PrivacyUnit::Records(1), budget).expect("created");
    let loss = EpsilonDelta::new(0.25, 1e-7).expect("in range");
    drop(ledger.pay_as("people who vote", data().count(), loss).expect("within the budget"));
    let words = Statement::read(path("both")).expect("whole").to_string();
    for line in [
        "protects  any one record that is added or removed",
        "budget    epsilon 1, delta 0.000001, once and for ever",
        "spent     epsilon 0.25, delta 0.0000001, in 1 payments so far",
        "left      epsilon 0.75, delta 0.0000009",
        "people who vote",
    ] {
        assert!(words.contains(line), "{line:?} is not in {words}");
    }
    let rho = Rho::new(0.5).expect("in range");
    Ledger::create_renewing(path("daily"), PrivacyUnit::Dataset, rho, Period::Day)
        .expect("created");
    let words = Statement::read(path("daily")).expect("whole").to_string();
    let renewal = "rho 0.5, renewed every day at midnight UTC: up to 366 times that in a year";
    assert!(words.contains(renewal) && words.contains("spent     nothing"), "{words}");
}

#[test]
fn a_period_of_no_sensible_length_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger");
    let create = |seconds| {
        let period = Period::Sliding(Duration::from_secs_f64(seconds));
        Ledger::create_renewing(&path, PrivacyUnit::Values(1), epsilon(1.0), period)
    };
    for bad in [0.0, 0.9, 367.0 * 86_400.0, 1e18] {
        assert!(matches!(create(bad), Err(Error::Period(_))), "{bad}");
    }
    assert!(!path.exists());
    let ledger = create(3599.5).expect("about an hour");
    assert_eq!(ledger.renews(), Some(Period::Sliding(Duration::from_secs(3600))), "up: privacy");
}
