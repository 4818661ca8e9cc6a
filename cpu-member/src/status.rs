//! How things stand, for the owner of this machine.

use std::fmt::Write;

use datasite::{PeerReport, Report, Workspace, read_bounded};
use dp_core::{Error::Busy, Overview, Timeline};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Error, budget,
    history::{History, sparkline},
    state::StateFolder,
};

/// No report is longer.
const LONGEST_REPORT: usize = 64 * 1024;

/// What there is to say. Without `Debug`: it has means without noise.
#[expect(missing_debug_implementations, reason = "it would show means without noise")]
pub struct Status {
    /// What was promised; `None` before the first run.
    overview: Option<Overview>,
    not_started: String,
    running: bool,
    serves: Option<String>,
    published: Published,
    now: Timestamp,
    /// The mean without noise of each of the last 24 hours, where any is known.
    last_day: Option<[Option<f64>; 24]>,
}

enum Published {
    /// SyftBox is not set up.
    Unknown,
    Nothing,
    NoReport(String),
    Report {
        report: PeerReport,
        path: String,
    },
}

impl Status {
    /// Looks, and changes nothing.
    ///
    /// # Errors
    /// Where the timeline is damaged, or gone although this account has published before.
    pub fn of(
        state: &StateFolder,
        workspace: Option<&Workspace>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let overview = state.overview()?;
        let running = match overview.is_some().then(|| Timeline::open(state.timeline())) {
            None | Some(Ok(_)) => false,
            Some(Err(Busy { .. })) => true,
            Some(Err(fault)) => return Err(fault.into()),
        };
        // How long it is kept does not matter to a reader.
        let history = History::in_state(state, None);
        let last_day = history.last_day(now).ok().filter(|hours| hours.iter().any(Option::is_some));
        Ok(Self {
            overview,
            not_started: state.not_started(),
            running,
            serves: state.recall().map(|memory| memory.email),
            published: workspace.map_or(Published::Unknown, Published::of),
            now,
            last_day,
        })
    }

    /// The whole text of `cpu-member status`.
    ///
    /// # Errors
    /// As for [`dp_core::Promise::noise`].
    pub fn in_words(&self) -> Result<String, Error> {
        let Some(overview) = &self.overview else { return Ok(self.not_started.clone()) };
        let mut text = if self.running { "Running.\n" } else { "Not running.\n" }.to_owned();
        if let Some(email) = &self.serves {
            let _ = writeln!(text, "Serves {email}.");
        }
        text.push_str(&self.published.in_words(self.now));
        if let Some(hours) = &self.last_day {
            let _ = writeln!(
                text,
                "Last 24 hours without noise, for you alone: {} (a mark an hour, 0 to 100 %)",
                sparkline(hours)
            );
        }
        text.push_str(&budget::in_full(overview)?);
        Ok(text)
    }

    /// All of `cpu-member status --json`. Times are in UTC.
    ///
    /// # Errors
    /// As for [`Status::in_words`].
    pub fn as_json(&self) -> Result<String, Error> {
        let said = json!({
            "started": self.overview.is_some(),
            "running": self.running,
            "serves": self.serves,
            "published": self.published.as_json(self.now),
            "last_day_without_noise": self.last_day,
            "budget": budget::overview_as_json(self.overview.as_ref())?,
        });
        Ok(format!("{said:#}\n"))
    }
}

impl Published {
    fn of(workspace: &Workspace) -> Self {
        let file = workspace.app_data(Report::APP).join(Report::FILE);
        let path = file.display().to_string();
        let mut bytes = Vec::new();
        let relative = file.strip_prefix(workspace.own()).unwrap_or(&file);
        match read_bounded(&workspace.own(), relative, LONGEST_REPORT, &mut bytes) {
            Ok(None) => Self::Nothing,
            Err(reason) => Self::NoReport(format!("{path} is no report: {reason}.\n")),
            Ok(Some(())) => match PeerReport::parse(&bytes) {
                Ok(report) => Self::Report { report, path },
                Err(reason) => Self::NoReport(format!("{path} is no report: {reason}.\n")),
            },
        }
    }

    fn in_words(&self, now: Timestamp) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Nothing => "Nothing is published.\n".to_owned(),
            Self::NoReport(said) => said.clone(),
            Self::Report { report, path } => format!(
                "Last published: {:.2} % (noise included), for the slot that ended {} s ago, in\n\
                 {path}.\n",
                report.cpu,
                now.duration_since(report.slot_end).as_secs(),
            ),
        }
    }

    fn as_json(&self, now: Timestamp) -> Value {
        let Self::Report { report, path } = self else { return Value::Null };
        json!({
            "cpu": report.cpu,
            "slot_end": report.slot_end.to_string(),
            "age_s": now.duration_since(report.slot_end).as_secs(),
            "fresh": report.is_fresh(now),
            "file": path,
        })
    }
}
