//! How things stand, for the owner of this machine.

use std::{fmt::Write, fs};

use datasite::{PeerReport, Report, Workspace};
use dp_core::{Error::Busy, Timeline};
use jiff::Timestamp;

use crate::{Error, preview::curve, settings::in_words, state::StateFolder};

/// The whole text of `cpu-member status`. While a member runs, its timeline is locked, and the
/// promise is read off what it published last.
pub fn status(
    state: &StateFolder,
    workspace: Option<&Workspace>,
    now: Timestamp,
) -> Result<String, Error> {
    let mut text = String::new();
    let path = state.timeline();
    let timeline = if path.exists() { Some(Timeline::open(&path)) } else { None };
    let _ = match &timeline {
        None => writeln!(text, "Not started yet: there is no timeline in {}.", path.display()),
        Some(Err(Busy { .. })) => writeln!(text, "Running."),
        Some(_) => writeln!(text, "Not running."),
    };
    if let Some(memory) = state.recall() {
        let _ = writeln!(text, "Serves {}.", memory.email);
    }
    if let Some(workspace) = workspace {
        text.push_str(&published(workspace, now));
    }
    match timeline {
        None | Some(Err(Busy { .. })) => {}
        Some(Err(fault)) => return Err(fault.into()),
        Some(Ok(timeline)) => text.push_str(&eras(&timeline)?),
    }
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
fn eras(timeline: &Timeline) -> Result<String, Error> {
    let mut text = "\nPromised so far, each for all that was published in its time:\n".to_owned();
    for era in timeline.eras() {
        let since = Timestamp::try_from(era.since).unwrap_or_default();
        let _ = writeln!(
            text,
            "    since {since}: ε = {} for any {}, windows of {}",
            f64::from(era.promise.epsilon),
            in_words(era.promise.protects),
            in_words(era.promise.window),
        );
    }
    text.push('\n');
    text.push_str(&curve(&timeline.promise())?);
    Ok(text)
}
