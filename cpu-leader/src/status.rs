//! How things stand: for people, for programs, and again and again.

use std::fmt::{self, Write as _};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use command_line::duration::in_words;
use datasite::Workspace;
use jiff::Timestamp;
use serde::Serialize;

use crate::aggregate::{Mean, MeanMemory};
use crate::collect::Collector;
use crate::data_file::Now;
use crate::error::Error;
use crate::instance_lock::{is_held, state_folder};
use crate::output::say;
use crate::published::Published;
use crate::settings::Settings;
use crate::sparkline::sparkline;
use crate::stop::Stop;

/// How often `--watch` looks.
const LOOK: Duration = Duration::from_secs(2);

/// How wide the course of the last hour is shown.
const WIDTH: usize = 60;

/// What `status` shows; as JSON, percents are percents and times are seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Whose datasite it is.
    pub leader: String,
    /// Whether a leader runs.
    pub running: bool,
    /// Seconds from one round to the next.
    pub round_s: u32,
    /// Below how many machines nothing is published.
    pub minimum_machines: usize,
    /// How far the history reaches back.
    pub retention_s: u64,
    /// Where `serve` listens.
    pub port: u16,
    /// How many the lists name, in words.
    pub lists: String,
    /// The last round as published; `None` before the first, and when nobody publishes any more.
    pub now: Option<Now>,
    /// How long ago anything was published.
    pub published_s_ago: Option<u64>,
    /// How long ago the newest published slot ended.
    pub newest_s_ago: Option<i64>,
    /// The rolling means of the last hour.
    pub last_hour: Vec<Option<f64>>,
    /// Why nothing of it can be shown.
    pub not_shown: Option<String>,
    /// How many reports count at this moment.
    pub reports: usize,
    /// What was skipped, by reason.
    pub skipped: Vec<Skipped>,
}

/// How many reports are skipped for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: usize,
}

impl Status {
    /// How things stand in this workspace at `now`, with the leader's state below `home`.
    ///
    /// # Errors
    /// When the datasites cannot be listed.
    pub fn of(
        workspace: &Workspace,
        settings: &Settings,
        home: &Path,
        now: SystemTime,
    ) -> Result<Status, Error> {
        let moment = Timestamp::try_from(now).unwrap_or(Timestamp::MAX);
        let mut collector = Collector::new(settings.lists.clone());
        let seen = collector.collect(&workspace.datasites(), workspace.email(), moment)?;
        let skipped = seen.skipped.iter();
        let (published, not_shown) = match Published::read(workspace, now) {
            Ok(published) => (Some(published), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let data = published.as_ref().map(|published| &published.data);
        Ok(Status {
            leader: workspace.email().to_string(),
            running: is_held(&state_folder(home, workspace.email())),
            round_s: settings.round.seconds(),
            minimum_machines: settings.minimum_machines,
            retention_s: settings.retention.as_secs(),
            port: settings.port,
            lists: settings.lists.to_string(),
            now: published.as_ref().filter(|it| it.is_current()).map(|it| it.data.now.clone()),
            published_s_ago: published.as_ref().and_then(|it| it.age).map(|age| age.as_secs()),
            newest_s_ago: data.and_then(|data| data.newest).map(|at| moment.as_second() - at),
            last_hour: data.map_or_else(Vec::new, |it| it.chart.rolling.columns.mean.clone()),
            not_shown,
            reports: seen.reports.len(),
            skipped: skipped
                .map(|(reason, &count)| Skipped { reason: reason.to_string(), count })
                .collect(),
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = if self.running { "running" } else { "not running: `cpu-leader run`" };
        writeln!(f, "leader       {}, {running}", self.leader)?;
        match (&self.now, &self.not_shown) {
            (_, Some(why)) => writeln!(f, "now          {why}")?,
            (None, None) => writeln!(f, "now          nothing: no leader publishes any more")?,
            (Some(now), None) => write_now(f, now)?,
        }
        if self.last_hour.iter().any(Option::is_some) {
            writeln!(f, "last hour    {}", sparkline(&self.last_hour, WIDTH))?;
        }
        if let Some(seconds) = self.newest_s_ago {
            writeln!(f, "newest slot  ended {seconds} s ago")?;
        }
        if let Some(seconds) = self.published_s_ago {
            writeln!(f, "published    {seconds} s ago")?;
        }
        let skipped: Vec<_> =
            self.skipped.iter().map(|skip| format!("{} {}", skip.count, skip.reason)).collect();
        let skipped = if skipped.is_empty() { "nothing".to_owned() } else { skipped.join(", ") };
        writeln!(f, "reports      {} count; skipped: {skipped}", self.reports)?;
        writeln!(
            f,
            "settings     a round every {}, at least {} machines, {} of history; {}",
            in_words(Duration::from_secs(self.round_s.into())),
            self.minimum_machines,
            in_words(Duration::from_secs(self.retention_s)),
            self.lists,
        )
    }
}

fn write_now(f: &mut fmt::Formatter<'_>, now: &Now) -> fmt::Result {
    let machines = now.machines;
    match now.mean.zip(now.low).zip(now.high) {
        None => writeln!(f, "now          nothing published of {machines} machines, too few")?,
        Some(((mean, low), high)) => writeln!(
            f,
            "now          {mean:.1} % (noise range {low:.1} to {high:.1}), {machines} machines"
        )?,
    }
    if let Some(rolling) = &now.rolling {
        let window = in_words(Duration::from_secs(rolling.window_s.into()));
        let (mean, low, high) = (rolling.mean, rolling.low, rolling.high);
        let name = format!("last {window}");
        writeln!(f, "{name:<12} {mean:.1} % (noise range {low:.1} to {high:.1})")?;
    }
    if let Some(median) = now.median {
        let parted = if now.parted { ", apart from the mean" } else { "" };
        writeln!(f, "median       {median:.1} %{parted}")?;
    }
    if let Some(MeanMemory { machines, mean: Mean { value, low, high } }) = now.memory {
        writeln!(
            f,
            "memory       {value:.1} % (noise range {low:.1} to {high:.1}), {machines} machines"
        )?;
    }
    Ok(())
}

/// Shows what `look` finds until `stop`: on a terminal in place, elsewhere a block for each change
/// of what it shows.
///
/// # Errors
/// Those of `look`.
pub fn watch(
    look: impl Fn() -> Result<Status, Error>,
    show: impl Fn(&Status) -> String,
    stop: &Stop,
) -> Result<(), Error> {
    let in_place = std::io::stdout().is_terminal();
    let mut shown = None;
    loop {
        let status = look()?;
        let changed = Status { published_s_ago: None, newest_s_ago: None, ..status.clone() };
        if in_place {
            let mut screen = String::from("\x1b[2J\x1b[H");
            let _ = write!(screen, "{}", show(&status));
            say(screen.as_bytes())?;
        } else if shown.as_ref() != Some(&changed) {
            let gap = if shown.is_some() { "\n" } else { "" };
            say(format!("{gap}{}", show(&status)).as_bytes())?;
            shown = Some(changed);
        }
        let _ = std::io::stdout().flush();
        if stop.wait(LOOK) {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Chosen;
    use crate::site::Site;

    fn status(site: &Site, now: SystemTime) -> Status {
        let settings = Settings::of(&Chosen::default(), &Chosen::default()).unwrap();
        Status::of(&site.workspace, &settings, site.folder.path(), now).unwrap()
    }

    #[test]
    fn it_says_what_the_group_does_and_names_no_member() {
        let site = Site::published();
        let text = status(&site, SystemTime::now()).to_string();
        for part in [
            "leader@x.org, not running",
            "40.0 % (noise range ",
            "3 machines",
            "median       40.0 %",
            "3 count; skipped: nothing",
            "a round every 20 s, at least 3 machines, 30 d of history; everybody may join",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("a@x.org"), "{text}");
    }

    #[test]
    fn an_old_value_is_not_shown_as_one_of_now() {
        let site = Site::published();
        let status = status(&site, SystemTime::now() + Duration::from_hours(1));
        assert_eq!((&status.now, status.reports), (&None, 0));
        let text = status.to_string();
        assert!(text.contains("no leader publishes any more"), "{text}");
        assert!(text.contains("skipped: 3 not fresh"), "{text}");
    }

    #[test]
    fn before_the_first_publication_it_says_what_to_do() {
        let text = status(&Site::new(), SystemTime::now()).to_string();
        assert!(text.contains("is `cpu-leader run` running?"), "{text}");
    }
}
