//! What a leader has published, read back as any reader would.

use std::io;
use std::time::{Duration, SystemTime};

use datasite::{Report, Workspace, read_bounded};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::data_file::{Chart, DataFile, SCHEMA};
use crate::error::Error;
use crate::range::Range;

/// More than we ever publish.
pub const LIMIT: usize = 1 << 20;

const IMPOSSIBLE: &str = "impossible times";

/// For slow disks and clocks that are set.
const SLACK: Duration = Duration::from_mins(2);

/// The published `data.json`, and how long ago anything was published.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// The last hour, and what held at the last round.
    pub data: DataFile,
    /// How long ago the youngest of the files was written; `None` when that is in the future.
    pub age: Option<Duration>,
}

impl Published {
    /// Reads what is published in this workspace, seen at `now`.
    ///
    /// # Errors
    /// [`Error::NotPublished`] before the first publication, [`Error::Published`] where the file is
    /// not one of ours.
    pub fn read(workspace: &Workspace, now: SystemTime) -> Result<Published, Error> {
        let data: DataFile = read(workspace, Range::Hour)?;
        check(workspace, Range::Hour, &data.chart)?;
        if data.newest.is_some_and(|newest| Timestamp::from_second(newest).is_err()) {
            return Err(refused(workspace, Range::Hour, IMPOSSIBLE.to_owned()));
        }
        let folder = workspace.public(Report::APP);
        let written = |range: Range| folder.join(range.file()).metadata()?.modified();
        let last = Range::ALL.into_iter().filter_map(|range| written(range).ok()).max();
        Ok(Published { data, age: last.and_then(|last| now.duration_since(last).ok()) })
    }

    /// Whether a leader still publishes. Where nothing changes the last hour is not written again,
    /// but the last day is with each of its steps: that, two rounds and two minutes are allowed.
    pub fn is_current(&self) -> bool {
        self.age.is_some_and(|age| age <= self.longest_age())
    }

    /// The age up to which it is current.
    pub fn longest_age(&self) -> Duration {
        let round_s = self.data.chart.step_s;
        let steps_s = u64::from(Range::Day.step_s(round_s)) + 2 * u64::from(round_s);
        Duration::from_secs(steps_s) + SLACK
    }
}

/// The published chart of `range`.
///
/// # Errors
/// As of [`Published::read`].
pub fn chart(workspace: &Workspace, range: Range) -> Result<Chart, Error> {
    let chart = match range {
        Range::Hour => read::<DataFile>(workspace, range)?.chart,
        Range::Day | Range::Month => read(workspace, range)?,
    };
    check(workspace, range, &chart)?;
    Ok(chart)
}

fn read<T: DeserializeOwned>(workspace: &Workspace, range: Range) -> Result<T, Error> {
    let path = workspace.public(Report::APP).join(range.file());
    let relative = path.strip_prefix(workspace.own()).unwrap_or(&path).to_path_buf();
    let mut content = Vec::new();
    match read_bounded(&workspace.own(), &relative, LIMIT, &mut content) {
        Ok(Some(())) => {}
        Ok(None) => return Err(Error::NotPublished { path }),
        Err(reason) => {
            return Err(Error::Read { path, source: io::Error::other(reason.to_string()) });
        }
    }
    // serde_json's own message may quote a value; where it is says enough.
    serde_json::from_slice(&content).map_err(|fault| Error::Published {
        path,
        fault: format!("line {}, column {}", fault.line(), fault.column()),
    })
}

/// Anybody may have edited the file: its columns must be as long as they say, and its times times.
fn check(workspace: &Workspace, range: Range, chart: &Chart) -> Result<(), Error> {
    let length = chart.machines.len();
    let columns = [&chart.single, &chart.rolling.columns];
    let end = i64::try_from(length)
        .ok()
        .and_then(|length| chart.t0.checked_add(length.checked_mul(i64::from(chart.step_s))?));
    let fault = if chart.schema != SCHEMA {
        format!("schema {} instead of {SCHEMA}", chart.schema)
    } else if chart.range != range {
        "another range's".to_owned()
    } else if columns.iter().any(|c| [&c.mean, &c.low, &c.high].iter().any(|c| c.len() != length)) {
        "columns of several lengths".to_owned()
    } else if chart.step_s == 0
        || end.is_none_or(|end| Timestamp::from_second(end).is_err())
        || Timestamp::from_second(chart.t0).is_err()
    {
        IMPOSSIBLE.to_owned()
    } else {
        return Ok(());
    };
    Err(refused(workspace, range, fault))
}

fn refused(workspace: &Workspace, range: Range, fault: String) -> Error {
    Error::Published { path: workspace.public(Report::APP).join(range.file()), fault }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::site::Site;

    #[test]
    fn what_was_published_is_read_back_and_is_current_for_a_day_steps_time() {
        let site = Site::published();
        let published = Published::read(&site.workspace, SystemTime::now()).unwrap();
        assert_eq!((published.data.now.machines, published.data.now.mean), (3, Some(40.0)));
        assert!(published.is_current());
        assert_eq!(published.longest_age(), Duration::from_secs(300 + 40 + 120));
        let later = SystemTime::now() + Duration::from_secs(470);
        assert!(!Published::read(&site.workspace, later).unwrap().is_current());
        let before = SystemTime::now() - Duration::from_mins(5);
        assert!(!Published::read(&site.workspace, before).unwrap().is_current());
    }

    #[test]
    fn before_the_first_publication_it_says_so() {
        let site = Site::new();
        let error = Published::read(&site.workspace, SystemTime::now()).unwrap_err();
        assert!(matches!(error, Error::NotPublished { .. }), "{error}");
        assert!(error.to_string().contains("cpu-leader run"), "{error}");
    }

    #[test]
    fn a_file_that_was_edited_is_refused_without_its_content() {
        let site = Site::published();
        let path = site.public().join("data.json");
        let good = fs::read_to_string(&path).unwrap();
        let newest = format!("\"newest\":{},\"x\":", i64::MIN);
        for (old, new) in [
            ("\"schema\":2", "\"schema\":3"),
            ("\"range\":\"hour\"", "\"range\":\"day\""),
            ("\"machines\":[3]", "\"machines\":[3,3]"),
            ("\"step_s\":20", "\"step_s\":0"),
            ("\"t0\":1", "\"t0\":100000000001"),
            ("\"newest\":", &newest),
            ("{", "secret"),
        ] {
            assert!(good.contains(old), "{old}: {good}");
            fs::write(&path, good.replacen(old, new, 1)).unwrap();
            let error = Published::read(&site.workspace, SystemTime::now()).unwrap_err();
            assert!(matches!(error, Error::Published { .. }), "{new}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
