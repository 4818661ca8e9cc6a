use super::*;
use crate::{
    Bounds, Calibration, ConstantTimeLaplace, Gaussian, Laplace, Ledger, NoiseRng, Private, Rho,
    Statistic,
};

fn epsilon() -> Epsilon {
    Epsilon::new(0.5).expect("in range")
}

fn record<T: crate::Answer>(unit: PrivacyUnit, query: Statistic<T>) -> Record {
    let mut ledger = Ledger::in_memory(unit, epsilon());
    let paid = ledger.pay(query, epsilon()).expect("within the budget");
    paid.release(Laplace, &mut NoiseRng::seeded(3)).expect("no fork").record().clone()
}

#[test]
fn the_grid_is_that_of_the_values_and_a_step_of_the_noise_that_of_the_answer() {
    let values = || Private::new(vec![12.5; 10]);
    let load = values().clamp(Bounds::new(-10.0, 100.0).expect("a range"));
    let grid = Grid { step: 2f64.powi(-14), ends: Some((-163_840, 1_638_400)) };
    let of_mean = record(PrivacyUnit::Values(1), load.mean().expect("ten"));
    assert_eq!(of_mean.grid, Some(grid));
    assert_eq!(of_mean.noise.expect("Laplace's").step(), grid.step / 10.0);
    assert_eq!(of_mean.sensitivity.l1(), 163_840 + 1_638_400, "from end to end");
    let of_sum = record(PrivacyUnit::Records(1), load.sum());
    assert_eq!(of_sum.grid, Some(grid));
    assert_eq!(of_sum.noise.expect("Laplace's").step(), grid.step);
    assert_eq!(of_sum.sensitivity.l1(), 1_638_400, "the farther end");
    let rows = Private::new(vec![[12.5; 3]; 10]);
    let rows = rows.clamp_rows(3, Bounds::new(-10.0, 100.0).expect("a range")).expect("columns");
    assert_eq!(record(PrivacyUnit::Records(1), rows.sum()).grid, Some(grid));
    for counted in [
        record(PrivacyUnit::Records(1), load.count()).grid,
        record(PrivacyUnit::Records(1), Private::new(vec![1]).histogram(&[1]).expect("one")).grid,
    ] {
        assert_eq!(counted, Some(Grid { step: 1.0, ends: None }));
    }
}

#[test]
fn a_record_states_when_in_whole_seconds() {
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).expect("after 1970");
    let before = seconds(SystemTime::now()).as_secs();
    let load = Private::new(vec![5]).clamp(Bounds::new(0_i64, 10).expect("a range"));
    let at = seconds(record(PrivacyUnit::Records(1), load.count()).at);
    assert!((before..=seconds(SystemTime::now()).as_secs()).contains(&at.as_secs()));
    assert_eq!(at.subsec_nanos(), 0);
}

#[test]
fn a_proof_is_that_of_the_mechanism_in_the_currency_that_was_paid() {
    fn proof<L: Loss>(by: impl Calibration<L>, loss: L) -> (&'static str, &'static str) {
        let load = Private::new(vec![5]).clamp(Bounds::new(0_i64, 10).expect("a range"));
        let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), loss);
        let paid = ledger.pay(load.count(), loss).expect("within the budget");
        let released = paid.release(by, &mut NoiseRng::seeded(3)).expect("no fork");
        (released.record().mechanism, released.record().proof)
    }
    let rho = proof(Gaussian, Rho::new(0.5).expect("in range"));
    let both = proof(Gaussian, crate::EpsilonDelta::new(0.5, 1e-6).expect("in range"));
    assert_eq!((rho.0, both.0), ("Gaussian", "Gaussian"));
    assert!(rho.1.starts_with("BS16 Proposition 1.6") && both.1.starts_with("BW18 Theorem 8"));
    let timed = proof(ConstantTimeLaplace, epsilon());
    assert_eq!(timed.0, "Laplace in constant time");
    assert_eq!(timed.1, proof(Laplace, epsilon()).1);
}

#[cfg(feature = "serde")]
#[test]
fn whole_numbers_that_readers_round_are_written_as_text() {
    let most = Bounds::new(i64::MIN, i64::MAX).expect("a range");
    let sum = Private::new(vec![1_i64]).clamp(most).sum();
    let record = record(PrivacyUnit::Values(1), sum);
    let json = serde_json::to_value(record).expect("plain data");
    assert_eq!(json["sensitivity"]["l1"], "18446744073709551615");
    assert_eq!(json["sensitivity"]["l2"]["steps"], "18446744073709551615");
    let ends = serde_json::json!(["-9223372036854775808", "9223372036854775807"]);
    assert_eq!(json["grid"]["ends"], ends);
}
