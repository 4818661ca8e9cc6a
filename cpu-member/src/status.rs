//! How things stand, for the owner of this machine.

use std::{fmt::Write, fs};

use datasite::{PeerReport, Report, Workspace};
use dp_core::{Error::Busy, Timeline};
use jiff::Timestamp;

use crate::{Error, budget::in_full, state::StateFolder};

/// The whole text of `cpu-member status`.
pub fn status(
    state: &StateFolder,
    workspace: Option<&Workspace>,
    now: Timestamp,
) -> Result<String, Error> {
    let Some(overview) = state.overview()? else {
        return Ok(state.not_started());
    };
    let mut text = match Timeline::open(state.timeline()) {
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
    text.push_str(&in_full(&overview)?);
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
