//! The checker of records agrees with every record that is true, and with no forged one.

use dp_core::{
    Bounds, Calibration, ConstantTimeLaplace, DiscreteGaussian, Epsilon, EpsilonDelta, Gaussian,
    Laplace, Ledger, Loss, NoiseRng, PrivacyUnit, Private, Rho,
};
use serde_json::{Value, json};

#[expect(dead_code, reason = "its `main`, which reads a file")]
#[path = "../examples/check_record.rs"]
mod check_record;

fn check(record: &Value) -> Result<String, String> {
    check_record::check(&record.to_string()).map_err(|error| error.to_string())
}

/// Records of a number and of four numbers.
fn records<L: Loss>(by: impl Calibration<L> + Copy, loss: L) -> [Value; 2] {
    let unit = PrivacyUnit::Records(3);
    let mut rng = NoiseRng::system().expect("randomness");
    let bounds = Bounds::new(-5.0, 100.0).expect("a range");
    let mut budgets = [(); 2].map(|()| Ledger::in_memory(unit, loss)).into_iter();
    let mut ledger = || budgets.next().expect("two");
    let sum = Private::new(vec![12.5; 10]).clamp(bounds).sum();
    let sum = ledger().pay(sum, loss).expect("within the budget");
    let rows = Private::new(vec![[12.5; 4]; 10]).clamp_rows(4, bounds).expect("columns").sum();
    let rows = ledger().pay(rows, loss).expect("within the budget");
    [
        serde_json::to_value(sum.release(by, &mut rng).expect("no fork").record()),
        serde_json::to_value(rows.release(by, &mut rng).expect("no fork").record()),
    ]
    .map(|record| record.expect("plain data"))
}

fn all() -> Vec<Value> {
    let mut all = Vec::new();
    for epsilon in [1e-9, 0.1, 1.0 / 3.0, 100.0] {
        let epsilon = Epsilon::new(epsilon).expect("in range");
        all.extend(records(Laplace, epsilon));
        all.extend(records(ConstantTimeLaplace, epsilon));
    }
    for rho in [1e-12, 0.1, 1.0 / 3.0, 5000.0] {
        let rho = Rho::new(rho).expect("in range");
        all.extend(records(Gaussian, rho));
        all.extend(records(DiscreteGaussian, rho));
    }
    for epsilon in [1e-9, 0.01, 0.5, 1.0, 9.0, 100.0] {
        for delta in [1e-18, 1e-9, 1e-6, 0.01, 0.9] {
            let loss = EpsilonDelta::new(epsilon, delta).expect("in range");
            all.extend(records(Gaussian, loss));
        }
    }
    all
}

#[test]
fn every_record_of_every_mechanism_is_confirmed() {
    for record in all() {
        let verdict = check(&record);
        assert_eq!(verdict.as_deref(), Ok("The noise is enough for what was paid."), "{record}");
    }
}

#[test]
fn a_hundred_thousandth_less_noise_or_more_sensitivity_is_refused() {
    for record in all() {
        let mut forged = record.clone();
        let scale = record["noise"]["scale"].as_f64().expect("a number");
        forged["noise"]["scale"] = (scale * (1.0 - 1e-5)).into();
        assert!(check(&forged).expect_err("less noise").contains("is not enough"), "{forged}");

        let mut forged = record.clone();
        let more = |steps: &Value| {
            let steps: u128 = steps.as_str().expect("text").parse().expect("a whole number");
            Value::from((steps + steps / 100_000).to_string())
        };
        forged["sensitivity"]["l1"] = more(&record["sensitivity"]["l1"]);
        forged["sensitivity"]["l2"]["steps"] = more(&record["sensitivity"]["l2"]["steps"]);
        assert!(check(&forged).expect_err("it moves further").contains("is not enough"));
    }
}

#[test]
fn a_negative_scale_is_not_a_large_one() {
    for mut record in all() {
        record["noise"]["scale"] = (-1e300).into();
        assert!(check(&record).expect_err("no noise").contains("is not enough"));
    }
}

#[test]
fn a_smaller_loss_than_was_paid_is_refused() {
    for record in all() {
        let mut forged = record.clone();
        for (part, value) in record["loss"].as_object().expect("by name") {
            let less = value.as_f64().expect("a number") * (1.0 - 1e-4);
            forged["loss"][part] = less.into();
        }
        assert!(check(&forged).expect_err("a better promise").contains("is not enough"));
    }
}

#[test]
fn what_no_theorem_covers_is_refused() {
    let [record, _] = records(Gaussian, Rho::new(0.5).expect("in range"));
    let refusal = |path: &str, value: Value| {
        let mut forged = record.clone();
        *forged.pointer_mut(path).expect("a field") = value;
        check(&forged).expect_err("forged")
    };
    assert!(refusal("/mechanism", json!("staircase")).contains("no theorem known here"));
    assert!(refusal("/mechanism", json!("discrete Gaussian")).contains("no theorem known here"));
    assert!(refusal("/noise/law", json!("discrete Laplace")).contains("no theorem known here"));
    assert!(refusal("/loss", json!({"epsilon": 0.5})).contains("no theorem known here"));
    assert!(refusal("/loss", json!({"mu": 1.0})).contains("no theorem known here"));
    assert!(refusal("/loss", json!({"rho": -0.5})).contains("is not enough"));
    assert!(refusal("/loss", json!({"epsilon": 0.5, "delta": 2.0})).contains("is not enough"));
    assert!(refusal("/loss", json!({"rho": "0.5"})).contains("invalid type"));
    assert!(refusal("/sensitivity/l1", json!(120)).contains("invalid type"));
    assert!(refusal("/sensitivity/l1", json!("120.5")).contains("invalid digit"));
    assert!(refusal("/sensitivity/l2/steps", json!("0")).contains("no answer moves"));
    assert!(refusal("/sensitivity/l2/times", json!(2)).contains("no answer moves"), "beyond L1");
    assert!(refusal("/noise/scale", json!("12")).contains("invalid type"));
    assert!(refusal("/noise/scale", json!(0)).contains("is not enough"));
    assert!(refusal("/noise/scale", json!(-1e9)).contains("is not enough"));
    assert!(refusal("/noise/step", json!(0)).contains("is not enough"));
    assert!(refusal("/noise", json!(null)).contains("states no noise"));
    assert!(refusal("/source", json!("dice")).contains("no source of randomness"));
    assert!(check(&json!(null)).is_err() && check(&json!({})).is_err());
}

#[test]
fn randomness_that_somebody_may_know_is_named() {
    let [mut record, _] = records(Laplace, Epsilon::new(0.5).expect("in range"));
    record["source"] = "seed".into();
    assert!(check(&record).expect("enough").contains("protects nobody"));
    record["source"] = "caller".into();
    assert!(check(&record).expect("enough").contains("cannot be predicted"));
}

/// Gaussian noise is never pure, however small a δ floating point knows.
#[test]
fn a_gaussian_without_a_delta_is_not_confirmed() {
    let mut record = json!(null);
    for candidate in all() {
        if candidate["loss"]["delta"] == json!(1e-18) && candidate["loss"]["epsilon"] == json!(9.0)
        {
            record = candidate;
        }
    }
    record["loss"]["epsilon"] = json!(100.0);
    for delta in [0.0, 1e-320] {
        record["loss"]["delta"] = json!(delta);
        let verdict = check(&record);
        assert!(verdict.is_err(), "δ = {delta}: {verdict:?}");
    }
}
