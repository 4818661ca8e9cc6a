//! What is promised, what it costs and what is left, for the owner of this machine.

use std::{fmt::Write, time::SystemTime};

use command_line::duration::in_words;
use datasite::Report;
use dp_core::{Cap, Era, Overview, Terms};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Error,
    curve::{Curve, Point, significant},
    memory::{scales, shared_memory, signals},
    settings::percent,
    state::StateFolder,
};

/// The whole text of `cpu-member budget`.
pub fn budget(state: &StateFolder) -> Result<String, Error> {
    let Some(overview) = state.overview()? else {
        return Ok(state.not_started());
    };
    let Some(Era { terms, .. }) = overview.eras.last() else { return Ok(String::new()) };
    let promised = format!(
        "Whatever this machine's {} did in any {}, all that it publishes is differentially private\n\
         for that stretch with ε = {}: Laplace noise of scale {}.\n",
        signals(terms),
        in_words(terms.promise.protects),
        f64::from(terms.promise.epsilon),
        scales(terms)?,
    );
    Ok(promised + &in_full(&overview)?)
}

/// Every promise ever made, the curve, and how the caps stand.
pub(crate) fn in_full(overview: &Overview) -> Result<String, Error> {
    let mut text = "\nPromised so far, each for all that was published in its time:\n".to_owned();
    for Era { since, terms: terms @ Terms { promise, caps, .. } } in &overview.eras {
        let _ = write!(
            text,
            "    since {}: ε = {} for any {}, windows of {}",
            timestamp(*since),
            f64::from(promise.epsilon),
            in_words(promise.protects),
            in_words(promise.window),
        );
        if let Some(every) = shared_memory(terms) {
            let _ = write!(text, ", shared by CPU and memory (read every {})", in_words(every));
        }
        for cap in caps {
            let _ = write!(text, ", {}", in_few_words(*cap));
        }
        text.push('\n');
    }
    let _ = write!(text, "\n{}\nCaps\n\n", Curve::of_timeline(overview)?);
    for standing in &overview.caps {
        let used = significant(standing.charged.into());
        let left = (f64::from(standing.left()) * 100.0).floor() / 100.0; // down
        let _ = writeln!(text, "    {}: {used} used, {left} left", in_few_words(standing.cap));
    }
    if overview.caps.is_empty() {
        text.push_str("    none: only the curve bounds what a longer stretch costs\n");
    }
    if let Some(until) = overview.paused_until() {
        let _ = writeln!(text, "    paused until {}: nothing is published", timestamp(until));
    }
    Ok(text)
}

/// All of `cpu-member budget --json`. Times are in UTC, stretches in seconds, losses are ε.
pub fn as_json(state: &StateFolder) -> Result<String, Error> {
    Ok(format!("{:#}\n", overview_as_json(state.overview()?.as_ref())?))
}

/// `None` before the first run: the same keys, with nothing in them.
pub(crate) fn overview_as_json(overview: Option<&Overview>) -> Result<Value, Error> {
    let Some(overview) = overview else {
        return Ok(json!({
            "promise": null, "eras": [], "curve": [], "window": null, "caps": [],
            "paused_until": null,
        }));
    };
    let terms = overview.eras.last().map(|era| &era.terms);
    let window = terms.map(|terms| terms.loss_of_window(percent())).transpose()?;
    let eras = overview.eras.iter().map(|Era { since, terms }| {
        let mut era = promise_as_json(terms);
        era["since"] = timestamp(*since).to_string().into();
        era["caps"] = terms.caps.iter().copied().map(cap_as_json).collect();
        era
    });
    let curve = Curve::of_timeline(overview)?.0.into_iter().map(|point| {
        let Point { stretch, loss, capped, at_delta, ever, is_protected } = point;
        json!({
            "stretch_s": stretch.as_secs_f64(),
            "epsilon": f64::from(loss),
            "epsilon_capped": f64::from(capped.unwrap_or(loss)),
            "epsilon_at_delta":
                at_delta.map(|epsilon| json!({ "epsilon": epsilon, "delta": Report::DELTA })),
            "epsilon_over_all_eras": f64::from(ever.unwrap_or(loss)),
            "protected": is_protected,
        })
    });
    let caps = overview.caps.iter().map(|standing| {
        let mut cap = cap_as_json(standing.cap);
        cap["used"] = f64::from(standing.charged).into();
        cap["left"] = f64::from(standing.left()).into();
        cap["paused_until"] = time_or_null(standing.paused_until);
        cap
    });
    Ok(json!({
        "promise": terms.map(promise_as_json),
        "eras": eras.collect::<Vec<_>>(),
        "curve": curve.collect::<Vec<_>>(),
        "window": window.map(|costs| json!({ "epsilon": f64::from(costs) })),
        "caps": caps.collect::<Vec<_>>(),
        "paused_until": time_or_null(overview.paused_until()),
    }))
}

fn promise_as_json(terms: &Terms) -> Value {
    let Terms { promise, .. } = terms;
    json!({
        "epsilon": f64::from(promise.epsilon),
        "protects_s": promise.protects.as_secs_f64(),
        "window_s": promise.window.as_secs_f64(),
        "memory_every_s": shared_memory(terms).map(|every| every.as_secs_f64()),
    })
}

fn cap_as_json(cap: Cap) -> Value {
    json!({ "stretch_s": cap.stretch.as_secs_f64(), "epsilon": f64::from(cap.loss) })
}

fn time_or_null(time: Option<SystemTime>) -> Value {
    time.map_or(Value::Null, |time| timestamp(time).to_string().into())
}

fn in_few_words(cap: Cap) -> String {
    format!("any {} at most {}", in_words(cap.stretch), f64::from(cap.loss))
}

/// The last representable time where a file names one beyond it.
fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::MAX)
}
