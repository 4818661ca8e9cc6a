use std::fs;

use dp_core::{Error::Busy, Overview, Timeline};
use jiff::Timestamp;

use super::{Finding, open_to_others};
use crate::{settings::Settings, state::StateFolder};

/// The timeline and what is beside it.
pub(super) fn examine(state: &StateFolder, settings: Option<&Settings>) -> Vec<Finding> {
    let mut findings = vec![modes(state)];
    match state.overview() {
        Ok(None) => findings.push(Finding::fine("timeline", "not started yet")),
        Err(fault) => findings.push(Finding::fault("timeline", &fault)),
        Ok(Some(overview)) => {
            findings.push(match Timeline::open(state.timeline()) {
                Ok(_) => Finding::fine("timeline", "whole; no member is running"),
                Err(Busy { .. }) => Finding::fine("timeline", "whole; a member is running"),
                Err(fault) => Finding::fault("timeline", &fault.into()),
            });
            findings.extend(settings.and_then(|settings| promise(&overview, settings)));
            findings.extend(pause(&overview));
        }
    }
    findings
}

fn modes(state: &StateFolder) -> Finding {
    let entries = fs::read_dir(state.path()).into_iter().flatten().flatten();
    let mut found =
        std::iter::once(state.path().to_owned()).chain(entries.map(|entry| entry.path()));
    match found.find_map(|path| open_to_others(&path)) {
        Some(said) => Finding::problem(77, "state folder", said),
        None => Finding::fine("state folder", "for you alone"),
    }
}

fn promise(overview: &Overview, settings: &Settings) -> Option<Finding> {
    let terms = &overview.eras.last()?.terms;
    let is_kept = settings.terms(&terms.caps).is_ok_and(|wanted| wanted == *terms);
    Some(if is_kept {
        Finding::fine("promise", "in force is what the settings say")
    } else {
        let said = "the settings promise something else than what is in force: the next start \
                    begins a new era, on record for ever (`cpu-member preview` shows it)";
        Finding::warning("promise", said)
    })
}

fn pause(overview: &Overview) -> Option<Finding> {
    let until = overview.paused_until()?;
    let until = Timestamp::try_from(until).unwrap_or(Timestamp::MAX);
    Some(Finding::warning("caps", format!("paused until {until}: nothing is published")))
}
