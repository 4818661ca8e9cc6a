//! What the member keeps between its lives, outside of SyftBox's folders, which a client may move
//! or wipe: the timeline with its promises, and when its first slot began.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use datasite::Email;
use dp_core::{Overview, Timeline};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use crate::{
    Error,
    settings::{Settings, percent},
};

/// `~/.local/state/cpu-member/`: one for each account of a machine, whatever the e-mail, found from
/// HOME alone because one of SyftBox's clients strips the environment.
#[derive(Clone, Debug)]
pub struct StateFolder(PathBuf);

/// What is remembered besides the timeline. Nothing private depends on it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Memory {
    /// Whose datasite was published to last.
    pub email: String,
    /// When the first slot began, in seconds of Unix time: all later slots are in step with it.
    pub anchor: i64,
}

impl StateFolder {
    /// The folder below `home`.
    pub fn below(home: Option<&Path>) -> Result<Self, Error> {
        let home = home.filter(|home| !home.as_os_str().is_empty()).ok_or(Error::NoHome)?;
        Ok(Self(home.join(".local/state/cpu-member")))
    }

    /// The timeline's file.
    pub fn timeline(&self) -> PathBuf {
        self.0.join("timeline")
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn memory(&self) -> PathBuf {
        self.0.join("member.json")
    }

    /// Opens this account's timeline, holding its lock until it is dropped; on the first run it is
    /// created, which is said.
    ///
    /// # Errors
    /// [`dp_core::Error::Busy`] while another member of this account runs;
    /// [`Error::TimelineMissing`] if this is not the first run and there is none.
    pub fn open(&self, settings: &Settings) -> Result<Timeline, Error> {
        let path = self.timeline();
        self.create_for_owner_alone().map_err(|source| Error::File {
            action: "prepare",
            path: self.0.clone(),
            source,
        })?;
        // In this order: another member may be at its first run right now.
        let ran_before = self.memory().exists();
        if path.exists() {
            let mut timeline = Timeline::open(&path)?;
            let terms = settings.terms(&timeline.terms().caps)?;
            if *timeline.terms() != terms {
                timeline.begin_era(terms)?;
                warn!(
                    "the promise has changed, or its caps, or what shares it; `cpu-member budget` \
                     shows these and every earlier one"
                );
            }
            return Ok(timeline);
        }
        if ran_before {
            return Err(Error::TimelineMissing { path });
        }
        match Timeline::create(&path, settings.terms(&[])?) {
            Err(dp_core::Error::File { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists =>
            {
                // Another member was quicker: wait for it like for any other.
                Err(dp_core::Error::Busy { path }.into())
            }
            Err(fault) => Err(fault.into()),
            Ok(timeline) => {
                info!("first run: keeping this machine's timeline in {}", path.display());
                Ok(timeline)
            }
        }
    }

    /// What the timeline says, which may be in use; `None` before the first run.
    ///
    /// # Errors
    /// [`Error::TimelineMissing`] if there is none although this account has published before.
    pub fn overview(&self) -> Result<Option<Overview>, Error> {
        let path = self.timeline();
        match (path.exists(), self.recall()) {
            (true, _) => Ok(Some(Overview::read(path, percent())?)),
            (false, Some(_)) => Err(Error::TimelineMissing { path }),
            (false, None) => Ok(None),
        }
    }

    /// What there is to say before the first run.
    pub(crate) fn not_started(&self) -> String {
        format!("Not started yet: there is no timeline in {}.\n", self.timeline().display())
    }

    /// What is remembered, if anything is.
    pub fn recall(&self) -> Option<Memory> {
        let memory: Memory = serde_json::from_slice(&fs::read(self.memory()).ok()?).ok()?;
        // A calendar date, or somebody has been at the file.
        Timestamp::from_second(memory.anchor).is_ok().then_some(memory)
    }

    /// The second at which a slot began, for a member that now serves `email`: on the first run
    /// `now`, so that its first value comes after one slot. Call it under the timeline's lock.
    pub fn anchor(&self, email: &Email, now: Timestamp) -> Result<i64, Error> {
        let known = self.recall();
        let second = now.as_second() + i64::from(now.subsec_nanosecond() > 0);
        let anchor = known.as_ref().map_or(second, |memory| memory.anchor);
        let memory = Memory { email: email.to_string(), anchor };
        if known.as_ref() != Some(&memory) {
            if let Some(known) = known {
                info!("this machine's timeline now serves {email}; before, {}", known.email);
            }
            let bytes = serde_json::to_vec(&memory).expect("a string and a number");
            self.replace(&self.memory(), &bytes).map_err(|source| Error::File {
                action: "write",
                path: self.memory(),
                source,
            })?;
        }
        Ok(anchor)
    }

    fn create_for_owner_alone(&self) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let draft = path.with_extension("new");
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(draft, path)?;
        fs::File::open(&self.0)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{profile::Profile, settings::Given};

    fn settings(protects: u64) -> Settings {
        let given = Given {
            profile: Some(Profile::Live),
            protects: Some(format!("{protects}s")),
            ..Given::default()
        };
        Settings::resolve(&given, &Given::default()).expect("sensible")
    }

    fn fresh() -> (tempfile::TempDir, StateFolder) {
        let home = tempfile::tempdir().expect("a temporary folder");
        let state = StateFolder::below(Some(home.path())).expect("a home");
        (home, state)
    }

    fn email(text: &str) -> Email {
        text.parse().expect("an e-mail")
    }

    #[test]
    fn a_changed_promise_begins_an_era_and_an_unchanged_one_does_not() {
        let (_home, state) = fresh();
        for protects in [1, 1, 2, 2, 1] {
            state.open(&settings(protects)).expect("free");
        }
        let timeline = Timeline::open(state.timeline()).expect("whole");
        let protects: Vec<u64> =
            timeline.eras().iter().map(|era| era.terms.promise.protects.as_secs()).collect();
        assert_eq!(protects, [1, 2, 1]);
    }

    #[test]
    fn the_slots_keep_their_phase_over_restarts_and_changes_of_address() {
        let (_home, state) = fresh();
        state.open(&settings(1)).expect("first run");
        let at = |second| Timestamp::new(second, 5).expect("in range");
        let alice = state.anchor(&email("alice@example.org"), at(1000)).expect("written");
        assert_eq!(alice, 1001, "the next whole second");
        assert_eq!(state.anchor(&email("bob@example.org"), at(2000)).expect("written"), 1001);
        assert_eq!(state.recall().expect("remembered").email, "bob@example.org");
    }

    #[test]
    fn a_timeline_that_is_gone_is_not_silently_made_anew() {
        let (_home, state) = fresh();
        state.open(&settings(1)).expect("first run");
        state.anchor(&email("alice@example.org"), Timestamp::UNIX_EPOCH).expect("written");
        fs::remove_file(state.timeline()).expect("there");
        assert!(matches!(state.open(&settings(1)), Err(Error::TimelineMissing { .. })));
    }

    #[test]
    fn of_many_that_run_first_at_once_one_goes_on_and_the_others_are_told_to_wait() {
        for _ in 0..20 {
            let (_home, state) = fresh();
            let start = std::sync::Barrier::new(8);
            let opened: Vec<_> = std::thread::scope(|scope| {
                let run = || {
                    start.wait();
                    let opened = state.open(&settings(1));
                    start.wait(); // nobody lets go before everybody has tried
                    opened
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
                threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
            });
            assert!(opened.iter().filter(|opened| opened.is_ok()).count() <= 1);
            for refused in opened.into_iter().filter_map(Result::err) {
                let busy = matches!(refused, Error::Privacy(dp_core::Error::Busy { .. }));
                assert!(busy, "{refused}");
            }
            state.open(&settings(1)).expect("free again");
        }
    }

    #[test]
    fn without_a_home_there_is_no_state() {
        assert!(matches!(StateFolder::below(None), Err(Error::NoHome)));
        assert!(matches!(StateFolder::below(Some(Path::new(""))), Err(Error::NoHome)));
    }
}
