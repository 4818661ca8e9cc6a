//! Putting the page and its data where SyftBox shows them to everybody.

use std::collections::HashMap;
use std::time::Duration;

use datasite::{Audience, Report, Workspace};
use jiff::Timestamp;

use crate::aggregate::{Aggregate, Mean};
use crate::error::Error;
use crate::page::page;
use crate::range::{Range, step_start};

/// The page's file in the public folder.
pub const PAGE: &str = "index.html";

/// Every subscriber downloads what is published, so a slow network is not told more often.
const PACE: Duration = Duration::from_mins(1);

/// Writes the public folder of the leader's app, and nothing beside it.
#[derive(Debug)]
pub struct Publisher {
    workspace: Workspace,
    round_s: u32,
    page: String,
    last: Option<Publication>,
    /// The last step of each range of which there is a file.
    steps: HashMap<Range, i64>,
}

/// What a reader would notice of a publication, and when it was made.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Publication {
    mean: Option<Mean>,
    machines: usize,
    newest: Option<Timestamp>,
    at: Timestamp,
}

impl Publisher {
    /// Publishes in this workspace from now on.
    pub fn new(workspace: Workspace, round_s: u32) -> Publisher {
        Publisher { workspace, round_s, page: page(), last: None, steps: HashMap::new() }
    }

    /// Publishes what the round at `now` found, where it is due, and restores what somebody edited
    /// or removed. `files` makes what belongs to a range: names and contents. Says whether the last
    /// hour's was written.
    pub fn publish(
        &mut self,
        now: Timestamp,
        round: &Aggregate,
        mut files: impl FnMut(Range) -> Result<Vec<(&'static str, Vec<u8>)>, Error>,
    ) -> Result<bool, Error> {
        let folder = self.workspace.public(Report::APP);
        self.workspace.make_public(Report::APP)?; // before anything that it opens to readers
        let page = folder.join(PAGE);
        self.workspace.restore(Report::APP, &page, Audience::Synced, self.page.as_bytes())?;

        let publication = Publication {
            mean: round.mean,
            machines: round.machines,
            newest: round.newest,
            at: now,
        };
        let mut written = false;
        let is_due = is_due(self.last.as_ref(), &publication, round.shortest_slot_s);
        for range in Range::ALL {
            let step = step_start(now.as_second(), range.step_s(self.round_s));
            let due = match range {
                Range::Hour => is_due,
                Range::Day | Range::Month => self.steps.get(&range) != Some(&step),
            };
            if !due && folder.join(range.file()).exists() {
                continue;
            }
            for (name, content) in files(range)? {
                let path = folder.join(name);
                self.workspace.replace(Report::APP, &path, Audience::Synced, &content)?;
            }
            self.steps.insert(range, step);
            if range == Range::Hour {
                self.last = Some(publication);
                written = true;
            }
        }
        Ok(written)
    }
}

/// Whether readers are owed `next` already: it differs, and either a minute has passed or some
/// member itself reports more often than that.
fn is_due(last: Option<&Publication>, next: &Publication, shortest_slot_s: Option<f64>) -> bool {
    let Some(last) = last else { return true };
    let changed =
        (last.mean, last.machines, last.newest) != (next.mean, next.machines, next.newest);
    let quick = shortest_slot_s.is_some_and(|slot_s| slot_s < PACE.as_secs_f64());
    // A clock that was set back must not silence us for as long as it was ahead.
    let waited = next.at.duration_since(last.at);
    changed && (quick || waited.is_negative() || waited.unsigned_abs() >= PACE)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use datasite::ClientConfig;
    use jiff::SignedDuration;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T03:00:00Z".parse().unwrap()
    }

    fn publication(value: f64, after_s: i64) -> Publication {
        Publication {
            mean: Some(Mean { value, low: 0.0, high: 1.0 }),
            machines: 3,
            newest: Some(now()),
            at: now() + SignedDuration::from_secs(after_s),
        }
    }

    #[test]
    fn nothing_is_published_again_while_nothing_changed() {
        let last = publication(1.0, 0);
        for after_s in [1, 60, 100_000] {
            assert!(!is_due(Some(&last), &publication(1.0, after_s), Some(5.0)));
        }
        assert!(is_due(None, &last, None));
    }

    /// What a subscriber's SyftBox fetches in a day, where every file is as long as it may be and
    /// something changes in every round.
    #[test]
    fn a_day_of_files_is_as_short_as_the_documents_say() {
        for (slot_s, most) in [(300.0, 26_000_000), (20.0, 65_000_000)] {
            let (mut last, mut bytes) = (None, 0);
            for round in 0..86_400 / 20 {
                let next = publication(f64::from(round), i64::from(round) * 20);
                if is_due(last.as_ref(), &next, Some(slot_s)) {
                    bytes += 12_000 + 1500; // the last hour, and the badge
                    last = Some(next);
                }
            }
            let steps = |range: Range| 86_400 / range.step_s(20);
            bytes += 20_000 * steps(Range::Day) + 25_000 * steps(Range::Month);
            assert!((most * 9 / 10..=most).contains(&bytes), "{bytes} at {slot_s} s");
        }
    }

    #[test]
    fn a_change_is_published_at_most_once_a_minute_among_slow_members() {
        let last = publication(1.0, 0);
        for (after_s, slot_s, due) in [
            (59, Some(300.0), false),
            (60, Some(300.0), true),
            (59, Some(60.0), false),
            (1, Some(59.0), true),
            (59, None, false),
            (60, None, true),
            (-5, Some(300.0), true),
        ] {
            let next = publication(2.0, after_s);
            assert_eq!(is_due(Some(&last), &next, slot_s), due, "{after_s} {slot_s:?}");
        }
    }

    #[test]
    fn whatever_a_reader_would_notice_is_a_change() {
        let last = publication(1.0, 0);
        let next = publication(1.0, 60);
        assert!(!is_due(Some(&last), &next, None));
        let mut others = [next; 4];
        others[0].mean = None;
        others[1].machines = 4;
        others[2].newest = None;
        others[3].mean = next.mean.map(|mean| Mean { high: 2.0, ..mean });
        for other in others {
            assert!(is_due(Some(&last), &other, None), "{other:?}");
        }
    }

    fn publisher(folder: &std::path::Path) -> (Publisher, Workspace) {
        fs::create_dir_all(folder.join("datasites/leader@x.org/public")).unwrap();
        let workspace = Workspace::open(&ClientConfig {
            path: folder.join("config.json"),
            email: "leader@x.org".parse().unwrap(),
            data_dir: folder.to_path_buf(),
        });
        let workspace = workspace.unwrap();
        (Publisher::new(workspace.clone(), 20), workspace)
    }

    fn round() -> Aggregate {
        Aggregate { shortest_slot_s: Some(5.0), ..Aggregate::of(&[], 3) }
    }

    #[expect(clippy::unnecessary_wraps, reason = "as the publisher asks for them")]
    fn files(range: Range) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
        Ok(vec![(range.file(), range.file().as_bytes().to_vec())])
    }

    #[test]
    fn the_folder_holds_the_page_its_data_and_its_permissions_and_the_users_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (mut publisher, workspace) = publisher(folder.path());
        let users = workspace.own().join("public/index.html");
        fs::write(&users, "mine").unwrap();
        assert!(publisher.publish(now(), &round(), files).unwrap());

        let public = workspace.public(Report::APP);
        let mut names: Vec<_> = fs::read_dir(&public)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let expected =
            ["data.json", "day.json", "index.html", "month.json", "syft.pub.yaml", "syftperm.yaml"];
        assert_eq!(names, expected);
        assert_eq!(fs::read_to_string(public.join(PAGE)).unwrap(), page());
        assert_eq!(fs::read(users).unwrap(), b"mine");
        assert_eq!(fs::read_dir(workspace.own()).unwrap().count(), 1);
    }

    #[test]
    fn what_somebody_edits_or_removes_is_restored() {
        let folder = tempfile::tempdir().unwrap();
        let (mut publisher, workspace) = publisher(folder.path());
        let mut publish = || publisher.publish(now(), &round(), files).unwrap();
        assert!(publish());
        assert!(!publish());
        let public = workspace.public(Report::APP);
        fs::write(public.join(PAGE), "edited").unwrap();
        fs::write(public.join("syftperm.yaml"), "").unwrap();
        fs::remove_file(public.join("data.json")).unwrap();
        assert!(publish());
        assert_eq!(fs::read_to_string(public.join(PAGE)).unwrap(), page());
        assert!(fs::metadata(public.join("syftperm.yaml")).unwrap().len() > 0);
        fs::remove_dir_all(&public).unwrap();
        assert!(publish());
        assert_eq!(fs::read_dir(&public).unwrap().count(), 6);
    }

    #[test]
    fn longer_ranges_are_published_once_a_step() {
        let folder = tempfile::tempdir().unwrap();
        let (mut publisher, _workspace) = publisher(folder.path());
        let mut made = Vec::new();
        for after_s in [0, 20, 299, 300, 320, 3599, 3600] {
            let now = now() + SignedDuration::from_secs(after_s); // from 03:00 on
            let mut seen = |range| {
                made.push((after_s, range));
                files(range)
            };
            publisher.publish(now, &round(), &mut seen).unwrap();
        }
        made.retain(|&(_, range)| range != Range::Hour);
        let (day, month) = (Range::Day, Range::Month);
        assert_eq!(
            made,
            [(0, day), (0, month), (300, day), (3599, day), (3600, day), (3600, month)][..]
        );
    }

    #[test]
    fn a_publication_that_failed_is_made_up_for() {
        for failing in Range::ALL {
            let folder = tempfile::tempdir().unwrap();
            let (mut publisher, workspace) = publisher(folder.path());
            let failed = publisher.publish(now(), &round(), |range| match range {
                range if range == failing => Err(Error::NoHome),
                range => files(range),
            });
            assert!(failed.is_err() && publisher.publish(now(), &round(), files).is_ok());
            for range in Range::ALL {
                assert!(workspace.public(Report::APP).join(range.file()).exists(), "{failing:?}");
            }
        }
    }
}
