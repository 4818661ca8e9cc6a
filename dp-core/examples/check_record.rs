//! Does the noise that a record states suffice for the loss that it states? From its JSON alone.
//!
//! ```text
//! cargo run -p dp-core --features serde --example check_record -- FILE    # or from standard input
//! ```
//!
//! What it cannot know is whether the record is true: that this noise was drawn, and that one unit
//! moves the answer no further than is stated.

#![expect(clippy::cast_precision_loss, reason = "the tolerance covers it")]

use std::{collections::BTreeMap, env, error::Error, fs, io, process::ExitCode};

use serde::Deserialize;

#[derive(Deserialize)]
struct Record {
    mechanism: String,
    loss: BTreeMap<String, f64>,
    sensitivity: Sensitivity,
    noise: Option<Noise>,
    source: String,
}

#[derive(Deserialize)]
struct Sensitivity {
    l1: String,
    l2: Distance,
}

#[derive(Deserialize)]
struct Distance {
    steps: String,
    times: u64,
}

#[derive(Deserialize)]
struct Noise {
    law: String,
    scale: f64,
    step: f64,
}

/// For what was rounded, here and in the record.
const TOLERANCE: f64 = 1e-9;

fn main() -> ExitCode {
    let verdict = read().and_then(|json| check(&json));
    match &verdict {
        Ok(verdict) => println!("{verdict}"),
        Err(error) => eprintln!("check_record: {error}"),
    }
    if verdict.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read() -> Result<String, Box<dyn Error>> {
    Ok(match env::args().nth(1) {
        Some(path) => fs::read_to_string(path)?,
        None => io::read_to_string(io::stdin())?,
    })
}

/// What holds, in words, or what is wrong.
pub(crate) fn check(json: &str) -> Result<String, Box<dyn Error>> {
    let Record { mechanism, loss, sensitivity, noise, source } = serde_json::from_str(json)?;
    let noise = noise.ok_or("it states no noise: only its author can check this mechanism")?;
    let whole = |text: &str| text.parse::<u128>().map(|steps| steps as f64);
    let l1 = whole(&sensitivity.l1)?;
    let l2 = whole(&sensitivity.l2.steps)? * (sensitivity.l2.times as f64).sqrt();
    if !(l1 >= 1.0 && l2 >= 1.0 && l2 <= l1 * (1.0 + TOLERANCE)) {
        return Err(format!("no answer moves by {l1} steps in L1 and {l2} in L2").into());
    }
    let scale = noise.scale / noise.step;
    let paid: Vec<(&str, f64)> = loss.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let is_enough = match (mechanism.as_str(), noise.law.as_str(), &paid[..]) {
        ("Laplace" | "Laplace in constant time", "discrete Laplace", &[("epsilon", epsilon)]) => {
            scale * epsilon >= l1 * (1.0 - TOLERANCE)
        }
        ("Gaussian", "rounded Gaussian", &[("rho", rho)])
        | ("discrete Gaussian", "discrete Gaussian", &[("rho", rho)]) => {
            scale * (2.0 * rho).sqrt() >= l2 * (1.0 - TOLERANCE)
        }
        ("Gaussian", "rounded Gaussian", &[("delta", delta), ("epsilon", epsilon)]) => {
            // Below 1e-18 no loss is counted, and floating point takes nothing for enough.
            (1e-18..1.0).contains(&delta)
                && smallest_delta(l2 / scale, epsilon) <= delta * (1.0 + 1e-6)
        }
        (mechanism, law, paid) => {
            return Err(format!("no theorem known here: {mechanism}, {law}, {paid:?}").into());
        }
    };
    if !(is_enough && noise.step > 0.0 && scale > 0.0 && scale.is_finite()) {
        return Err(format!("noise of scale {scale} steps is not enough for {paid:?}").into());
    }
    let but = match source.as_str() {
        "system" => "",
        "seed" => "; but whoever knows the seed knows the noise: it protects nobody",
        "caller" => "; as long as the generator that the caller brought cannot be predicted",
        other => return Err(format!("no source of randomness is called {other}").into()),
    };
    Ok(format!("The noise is enough for what was paid{but}."))
}

/// Balle and Wang 2018, Theorem 8, as an integral, where nothing cancels: the smallest δ of a
/// Gaussian that is moved by `ratio` deviations is `∫ φ(t + y) (1 − exp(−ratio · y)) dy` over
/// `y ≥ 0`, with `t = epsilon / ratio − ratio / 2`.
fn smallest_delta(ratio: f64, epsilon: f64) -> f64 {
    let t = epsilon / ratio - ratio / 2.0;
    let excess = |y: f64| (-0.5 * (t + y).powi(2)).exp() * -(-ratio * y).exp_m1();
    // Beyond these ends is less than exp(−40) of it.
    let (from, to) = ((-t - 10.0).max(0.0), (-t).max(0.0) + (40.0 / t.max(1.0)).min(10.0));
    let width = (to - from) / 20_000.0;
    let simpson = |y: f64| excess(y) + 4.0 * excess(y + width) + excess(y + 2.0 * width);
    let pieces = (0..10_000).map(|piece| simpson(from + f64::from(2 * piece) * width));
    pieces.sum::<f64>() * width / 3.0 / std::f64::consts::TAU.sqrt()
}
