use serde_json::Value;

use super::{Bracket, Event, Schedule};
use crate::{Epsilon, EpsilonDelta, Rho};

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn ratio(x: f64) -> (u64, u64) {
    let denominator = 1_000_000_000_u64;
    ((x * 1e9).round() as u64, denominator)
}

fn event(m: &Value) -> Vec<Event> {
    let event = match m["kind"].as_str().expect("a kind") {
        "laplace" => Event::laplace(number(m, "epsilon"), 1.0),
        "gaussian" => Event::gaussian(1.0, number(m, "noise_multiplier")),
        "pure_dp" => Ok(Event::pure(Epsilon::new(number(m, "epsilon")).expect("in range"))),
        "approx_dp" => Ok(Event::approximate(
            EpsilonDelta::new(number(m, "epsilon"), number(m, "delta")).expect("in range"),
        )),
        "randomized_response" => {
            Event::randomized_response(number(m, "noise"), number(m, "buckets") as u32)
        }
        "discrete_laplace" => {
            let (a, b) = ratio(number(m, "parameter"));
            Event::discrete_laplace(number(m, "sensitivity") as u128, b.into(), a.into())
        }
        "discrete_gaussian" => {
            let sigma = number(m, "sigma") as u128;
            Event::discrete_gaussian(1, sigma * sigma, 1)
        }
        "poisson_subsampled_gaussian" => Event::gaussian(1.0, number(m, "noise_multiplier"))
            .and_then(|e| e.sampled(number(m, "sampling_probability"))),
        "poisson_subsampled_laplace" => Event::laplace(number(m, "epsilon"), 1.0)
            .and_then(|e| e.sampled(number(m, "sampling_probability"))),
        "zcdp" => Ok(Event::zero_concentrated(Rho::new(number(m, "rho")).expect("in range"))),
        "thousand" => {
            let scale = |i: u32| 20.0 + 0.36 * f64::from(i);
            let laplace = (0..500).map(|i| Event::laplace(1.0, scale(i)).expect("in range"));
            let gaussian = (0..500).map(|i| Event::gaussian(1.0, scale(i)).expect("in range"));
            return laplace.chain(gaussian).collect();
        }
        other => panic!("{other}"),
    };
    vec![event.expect("in range").times(m["count"].as_u64().expect("a count"))]
}

#[test]
fn golden() {
    let cases: Value = serde_json::from_str(include_str!("tests/golden.json")).expect("json");
    for case in cases.as_array().expect("cases") {
        let events = case["mechanisms"].as_array().expect("some");
        if events.iter().any(|e| e["epsilon"].is_null() && e["noise_multiplier"].is_null() && e["kind"]!="thousand" && e["kind"] != "zcdp" && e["kind"]!="randomized_response" && e["kind"]!="discrete_laplace"&& e["kind"]!="discrete_gaussian") { continue; }
        let schedule = Schedule::new(events.iter().flat_map(event));
        let query = &case["query"];
        let (lower, upper) = (number(case, "lower"), number(case, "upper"));
        let start = std::time::Instant::now();
        let answer: Bracket = match query["kind"].as_str().expect("a kind") {
            "epsilon_at_delta" => schedule.epsilon(number(query, "delta")),
            "delta_at_epsilon" => schedule.delta(number(query, "epsilon")),
            "renyi_at_order" => schedule.renyi(number(query, "order")),
            _ => continue,
        }
        .expect("a question");
        let time = start.elapsed();
        let verdict = if answer.upper < lower || answer.lower > upper { "WRONG" } else { "" };
        println!(
            "{verdict:6} {:60} {:>9.1?} width {:.1e} above {:+.1e} below {:+.1e} {:?}",
            case["name"].as_str().expect("a name"),
            time,
            (answer.upper - answer.lower) / upper,
            (answer.upper - upper) / upper, (lower-answer.lower)/upper,
            answer
        );
    }
}
#[test]
fn probe() {
    let s = Schedule::new([Event::pure(Epsilon::new(0.1).expect("ok")).times(10)]);
    println!("{:?}", s.epsilon(1e-6));
    for e in [0.5, 0.7, 0.9, 0.95, 0.99, 0.9993, 0.9999] { println!("{e} {:?}", s.delta(e)); }
    for (eps, protects, window, stretch) in [(1.0, 3600, 3600, 30*86400u64), (1.0,3600,3600,86400), (0.1, 1, 20, 3600),(0.1, 1, 20, 86400), (5.0, 300, 3600, 30*86400), (0.5,60,20,3600),(1.0,3600,20,86400), (1.0,3600,20,7*86400)] {
        use std::time::Duration;
        let p = crate::Promise { epsilon: Epsilon::new(eps).expect("ok"), protects: Duration::from_secs(protects), window: Duration::from_secs(window) };
        let terms = crate::Terms::from(p);
        let bounds = crate::Bounds::new(0.0, 100.0).expect("ok");
        let start = std::time::Instant::now();
        let tight = terms.schedule_over(Duration::from_secs(stretch), bounds).expect("ok").epsilon(1e-6);
        println!("{eps} {protects} {window} {stretch}: linear {:?} tight {tight:?} {:?}", terms.loss_over(Duration::from_secs(stretch), bounds), start.elapsed());
    }
}
