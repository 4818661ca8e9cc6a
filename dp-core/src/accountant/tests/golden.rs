use serde_json::Value;

use super::super::{Bracket, Event, Schedule, ball::Ball, least_noise, rules::Rules};
use crate::{Epsilon, EpsilonDelta, Error, Rho};

/// The golden cases, computed by others' tools and by forty-digit arithmetic, each with a bracket of
/// its own that holds the exact answer.
fn cases() -> Vec<Value> {
    let cases = serde_json::from_str(include_str!("golden.json")).expect("JSON");
    let Value::Array(cases) = cases else { panic!("no list of cases") };
    cases
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} of {value}"))
}

/// A decimal fraction, exactly.
fn billionths(x: f64) -> (u128, u128) {
    ((x * 1e9).round() as u128, 1_000_000_000)
}

fn events(mechanism: &Value) -> Vec<Event> {
    let of = |key| number(mechanism, key);
    let sampled = |event: Result<Event, Error>| event?.sampled(of("sampling_probability"));
    let event = match mechanism["kind"].as_str().expect("a kind") {
        "laplace" => Event::laplace(of("epsilon"), 1.0),
        "gaussian" => Event::gaussian(1.0, of("noise_multiplier")),
        "pure_dp" => Epsilon::new(of("epsilon")).map(Event::pure),
        "approx_dp" => EpsilonDelta::new(of("epsilon"), of("delta")).map(Event::approximate),
        "zcdp" => Rho::new(of("rho")).map(Event::zero_concentrated),
        "randomized_response" => Event::randomized_response(of("noise"), of("buckets") as u32),
        "discrete_laplace" => {
            let (numerator, denominator) = billionths(of("parameter"));
            Event::discrete_laplace(of("sensitivity") as u128, denominator, numerator)
        }
        "discrete_gaussian" => Event::discrete_gaussian(1, (of("sigma") as u128).pow(2), 1),
        "poisson_subsampled_gaussian" => sampled(Event::gaussian(1.0, of("noise_multiplier"))),
        "poisson_subsampled_laplace" => sampled(Event::laplace(of("epsilon"), 1.0)),
        "thousand" => {
            let scales = || (0..500).map(|i| 20.0 + 0.36 * f64::from(i));
            let laplace = scales().map(|scale| Event::laplace(1.0, scale));
            let gaussian = scales().map(|scale| Event::gaussian(1.0, scale));
            return laplace.chain(gaussian).map(|event| event.expect("in range")).collect();
        }
        other => panic!("{other}"),
    };
    let count = mechanism["count"].as_u64().expect("a count");
    vec![event.expect("in range").times(count)]
}

fn schedule(mechanisms: &Value) -> Schedule {
    Schedule::new(mechanisms.as_array().expect("mechanisms").iter().flat_map(events))
}

/// With the unknown parameter of the only mechanism at `value`.
fn with(case: &Value, key: &str, value: f64) -> Schedule {
    let mut mechanisms = case["mechanisms"].clone();
    mechanisms[0][key] = value.into();
    schedule(&mechanisms)
}

fn answer(case: &Value) -> Bracket {
    let query = &case["query"];
    let of = |key| number(query, key);
    let exactly = |upper: f64| Bracket { lower: 0.0, upper };
    let rules = |rule: &dyn Fn(Rules, f64) -> f64| {
        let schedule = schedule(&case["mechanisms"]);
        let rules = Rules::of(&schedule.laws).expect("all losses are finite");
        Ok(exactly(rule(rules, of("delta"))))
    };
    let target = || EpsilonDelta::new(of("epsilon"), of("delta")).expect("in range");
    let answer = match query["kind"].as_str().expect("a kind") {
        "epsilon_at_delta" => schedule(&case["mechanisms"]).epsilon(of("delta")),
        "delta_at_epsilon" => schedule(&case["mechanisms"]).delta(of("epsilon")),
        "renyi_at_order" => schedule(&case["mechanisms"]).renyi(of("order")),
        "epsilon_at_delta_by_rdp" => {
            let schedule = schedule(&case["mechanisms"]);
            let (moments, log) = (super::moments(&schedule), of("delta").ln());
            let c = moments.saddle_at_delta(log, 1e-6);
            let log = Ball::exactly(log).widened(1e-14);
            Ok(exactly(moments.epsilon(c, log).upper()))
        }
        "epsilon_at_delta_by_basic" => rules(&|rules, _| rules.basic()),
        "epsilon_at_delta_by_advanced_drv" => rules(&Rules::advanced),
        "epsilon_at_delta_by_advanced_kov_closed" => rules(&Rules::optimal),
        "minimal_noise_multiplier" => {
            least_noise(target(), 0.5..=1000.0, |noise| Ok(with(case, "noise_multiplier", noise)))
        }
        "maximal_per_release_epsilon" => {
            let scale =
                least_noise(target(), 0.5..=1000.0, |scale| Ok(with(case, "epsilon", 1.0 / scale)));
            scale.map(|scale| Bracket { lower: 1.0 / scale.upper, upper: 1.0 / scale.lower })
        }
        other => panic!("{other}"),
    };
    answer.expect("an answer")
}

/// How far off an end may be, relative to the answer: 1e-6 where atoms that do not decay take smoothing.
fn width(case: &Value) -> f64 {
    if case["name"] == "approx e0=1 d0=1e-10 k=10 d=1e-09" {
        return f64::INFINITY; // δ leaves 4e-19 for finite losses: only the upper end is told
    }
    match (case["family"].as_str().expect("a family"), case["query"]["kind"].as_str()) {
        // Only the upper end is a rule's; a promise of ρ is met by more than its lower end's noise.
        ("zcdp_conversion" | "composition_formulas" | "rdp_conversion", _) => f64::INFINITY,
        ("laplace_single" | "laplace_composed", Some("delta_at_epsilon")) => 1e-5,
        ("laplace_single" | "laplace_composed" | "app" | "heterogeneous" | "calibration", _) => {
            1e-6
        }
        _ => 1e-9,
    }
}

#[test]
fn every_golden_answer_is_in_the_bracket_and_the_bracket_is_tight() {
    let cases = cases();
    assert_eq!(cases.len(), 111);
    let mut wide = Vec::new();
    for case in &cases {
        let name = case["name"].as_str().expect("a name");
        let (lower, upper) = (number(case, "lower"), number(case, "upper"));
        let answer = answer(case);
        assert!(answer.upper >= lower, "{name}: {answer:?} is below the truth, {lower}");
        assert!(answer.lower <= upper, "{name}: {answer:?} is above the truth, {upper}");
        let width = width(case);
        let off = if width.is_infinite() {
            (answer.upper - upper) / upper
        } else {
            (answer.upper - upper).max(lower - answer.lower) / upper.max(1e-9)
        };
        if off > if width.is_infinite() { 1e-9 } else { width } {
            wide.push((name, answer, off));
        }
    }
    assert!(wide.is_empty(), "{wide:#?}");
}
