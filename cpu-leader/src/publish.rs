//! Putting the page and its data where SyftBox shows them to everybody.

use std::time::Duration;

use datasite::{Audience, Report, Workspace};
use jiff::Timestamp;

use crate::aggregate::{Aggregate, Mean};
use crate::data_file::Frame;
use crate::error::Error;
use crate::history::Point;
use crate::page::page;

/// The page's file in the public folder.
pub const PAGE: &str = "index.html";
/// The data's file beside it.
pub const DATA: &str = "data.json";

/// Every subscriber downloads what is published, so a slow network is not told more often.
const PACE: Duration = Duration::from_mins(1);

/// Writes the public folder of the leader's app, and nothing beside it.
#[derive(Debug)]
pub struct Publisher {
    workspace: Workspace,
    frame: Frame,
    page: String,
    last: Option<Publication>,
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
    pub fn new(workspace: Workspace, frame: Frame) -> Publisher {
        Publisher { workspace, frame, page: page(), last: None }
    }

    /// Publishes what the round at `now` found, if it is due, and restores what somebody edited
    /// or removed. Says whether the data were written.
    pub fn publish(
        &mut self,
        now: Timestamp,
        round: &Aggregate,
        points: impl FnOnce() -> Result<Vec<Point>, Error>,
    ) -> Result<bool, Error> {
        let folder = self.workspace.public(Report::APP);
        self.workspace.make_public(Report::APP)?; // before anything that it opens to readers
        let page = folder.join(PAGE);
        self.workspace.restore(Report::APP, &page, Audience::Synced, self.page.as_bytes())?;

        let data = folder.join(DATA);
        let publication = Publication {
            mean: round.mean,
            machines: round.machines,
            newest: round.newest,
            at: now,
        };
        let due = is_due(self.last.as_ref(), &publication, round.shortest_slot_s);
        if !due && data.exists() {
            return Ok(false);
        }
        let content = self.frame.data(&points()?, round);
        self.workspace.replace(Report::APP, &data, Audience::Synced, content.as_bytes())?;
        self.last = Some(publication);
        Ok(true)
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
    use crate::aggregate::Privacy;

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
        let frame = Frame { step_s: 20, minimum_machines: 3, members_on_one_cpu: None };
        (Publisher::new(workspace.clone(), frame), workspace)
    }

    fn round(machines: usize) -> Aggregate {
        let privacy = Privacy { confidence: 0.95, promises: Vec::new(), curve: Vec::new() };
        Aggregate { machines, mean: None, newest: None, shortest_slot_s: Some(5.0), privacy }
    }

    #[test]
    fn the_folder_holds_the_page_its_data_and_its_permissions_and_the_users_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (mut publisher, workspace) = publisher(folder.path());
        let users = workspace.own().join("public/index.html");
        fs::write(&users, "mine").unwrap();
        assert!(publisher.publish(now(), &round(2), || Ok(Vec::new())).unwrap());

        let public = workspace.public(Report::APP);
        let mut names: Vec<_> = fs::read_dir(&public)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["data.json", "index.html", "syft.pub.yaml", "syftperm.yaml"]);
        assert_eq!(fs::read_to_string(public.join(PAGE)).unwrap(), page());
        assert_eq!(fs::read(users).unwrap(), b"mine");
        assert_eq!(fs::read_dir(workspace.own()).unwrap().count(), 1);
    }

    #[test]
    fn what_somebody_edits_or_removes_is_restored() {
        let folder = tempfile::tempdir().unwrap();
        let (mut publisher, workspace) = publisher(folder.path());
        let mut publish = || publisher.publish(now(), &round(2), || Ok(Vec::new())).unwrap();
        assert!(publish());
        assert!(!publish());
        let public = workspace.public(Report::APP);
        fs::write(public.join(PAGE), "edited").unwrap();
        fs::write(public.join("syftperm.yaml"), "").unwrap();
        fs::remove_file(public.join(DATA)).unwrap();
        assert!(publish());
        assert_eq!(fs::read_to_string(public.join(PAGE)).unwrap(), page());
        assert!(fs::metadata(public.join("syftperm.yaml")).unwrap().len() > 0);
        fs::remove_dir_all(&public).unwrap();
        assert!(publish());
        assert_eq!(fs::read_dir(&public).unwrap().count(), 4);
    }

    #[test]
    fn a_publication_that_failed_is_made_up_for() {
        let folder = tempfile::tempdir().unwrap();
        let (mut publisher, _workspace) = publisher(folder.path());
        let failing = publisher.publish(now(), &round(2), || Err(Error::NoHome));
        assert!(failing.is_err());
        assert!(publisher.publish(now(), &round(2), || Ok(Vec::new())).unwrap());
    }
}
