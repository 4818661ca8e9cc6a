use std::time::Duration;

use crate::{Client, Network, Sighting, Stray, Watcher, processes_at_home_in, told_twice};

/// What a member releases and what it keeps for its owner, from its first slot on.
#[derive(Debug)]
pub struct WatchedMember {
    /// The person, for example `alice`.
    pub name: String,
    released: Watcher,
    raw: Watcher,
}

impl WatchedMember {
    /// Begins to watch the member of this client; it may be started later.
    pub fn start(client: &Client) -> Self {
        let released = client.datasites().join(client.protected_file());
        let raw = client.data.join("private/cpu_tracker/cpu_tracker.json");
        let [released, raw] = [released, raw].map(Watcher::start);
        Self { name: client.name.clone(), released, raw }
    }

    /// Everything released so far.
    pub fn released(&self) -> Vec<Sighting> {
        self.released.seen()
    }

    /// The mean without noise of each slot so far.
    pub fn raw(&self) -> Vec<Sighting> {
        self.raw.seen()
    }

    /// Waits until the member has released so many values more.
    pub fn wait_for_releases(&self, network: &Network, more: usize, limit: Duration) {
        let enough = self.released().len() + more;
        let what = format!("{more} more releases of {}", self.name);
        network.wait_for(&what, limit, || (self.released().len() >= enough).then_some(()));
    }

    /// Panics if any instant was released twice.
    pub fn assert_no_instant_released_twice(&self) {
        let (name, released) = (&self.name, self.released());
        assert!(released.len() > 1, "{name} released {released:?}");
        let twice = told_twice(&released);
        assert!(twice.is_empty(), "{name} told of an instant twice: {twice:?}");
    }
}

impl Client {
    /// Where this person's protected report lies below the datasites.
    pub fn protected_file(&self) -> String {
        format!("{}/app_data/cpu_tracker/cpu_tracker.json", self.email)
    }

    /// The processes of an app that run now.
    pub fn running(&self, app: &str) -> Vec<Stray> {
        let run = format!("{app} run");
        let running = processes_at_home_in(&self.home).into_iter();
        running.filter(|process| process.command.contains(&run)).collect()
    }
}
