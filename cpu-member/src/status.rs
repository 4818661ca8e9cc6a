//! How things stand, for the owner of this machine.

use std::{fmt::Write, fs};

use datasite::{PeerReport, Report, Workspace};
use dp_core::{Era, Error::Busy, Timeline};
use jiff::Timestamp;

use crate::{Error, preview::curve, settings::in_words, state::StateFolder};

/// The whole text of `cpu-member status`.
pub fn status(
    state: &StateFolder,
    workspace: Option<&Workspace>,
    now: Timestamp,
) -> Result<String, Error> {
    let path = state.timeline();
    if !path.exists() && state.recall().is_some() {
        return Err(Error::TimelineMissing { path });
    }
    if !path.exists() {
        return Ok(format!("Not started yet: there is no timeline in {}.\n", path.display()));
    }
    let mut text = match Timeline::open(&path) {
        Ok(_) => "Not running.\n".to_owned(),
        Err(Busy { .. }) => "Running.\n".to_owned(),
        Err(fault) => return Err(fault.into()),
    };
    if let Some(memory) = state.recall() {
        let _ = writeln!(text, "Serves {}.", memory.email);
    }
    if let Some(workspace) = workspace {
        text.push_str(&published(workspace, now));
    }
    text.push_str(&promises(&Timeline::eras_at(&path)?)?);
    Ok(text)
}

fn published(workspace: &Workspace, now: Timestamp) -> String {
    let path = workspace.app_data(Report::APP).join(Report::FILE);
    let Ok(bytes) = fs::read(&path) else {
        return "Nothing is published.\n".to_owned();
    };
    match PeerReport::parse(&bytes) {
        Ok(report) => {
            let ago = now.duration_since(report.slot_end).as_secs();
            format!(
                "Last published: {:.2} % (noise included), for the slot that ended {ago} s ago, in\n\
                 {}.\n",
                report.cpu,
                path.display()
            )
        }
        Err(reason) => format!("{} is no report: {reason}.\n", path.display()),
    }
}

/// Every promise ever made, and the present one's curve.
fn promises(eras: &[Era]) -> Result<String, Error> {
    let mut text = "\nPromised so far, each for all that was published in its time:\n".to_owned();
    for Era { since, promise } in eras {
        let _ = writeln!(
            text,
            "    since {}: ε = {} for any {}, windows of {}",
            Timestamp::try_from(*since).unwrap_or_default(),
            f64::from(promise.epsilon),
            in_words(promise.protects),
            in_words(promise.window),
        );
    }
    if let Some(era) = eras.last() {
        let _ = write!(text, "\n{}", curve(&era.promise)?);
    }
    Ok(text)
}
