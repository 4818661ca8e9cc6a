//! A whole network in one temporary folder, without SyftBox: real members that measure this
//! machine, a leader, and the dashboard.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use datasite::{ClientConfig, Presence, Workspace};

use crate::aggregate::Aggregate;
use crate::error::Error;
use crate::round::Leader;
use crate::run::rounds;
use crate::serve::Server;
use crate::settings::Settings;
use crate::stop::Stop;
use members::{Members, beside_this_program};

mod members;

const LEADER: &str = "leader@example.org";

/// Runs `count` members, their leader and the dashboard until `stop`; then all of it is gone.
pub fn demo(count: usize, port: u16, stop: &Stop) -> Result<(), Error> {
    let program = beside_this_program()?;
    let network = Network::new()?;
    let leader = network.join(LEADER)?;
    let settings = Settings::demo(count, port);
    let workspace = Workspace::open(&leader.config)?;
    let server = Server::bind(port, workspace.clone())?;
    let mut leading = Leader::open(workspace, &leader.home, settings, Some(count))?;
    let mut progress = Progress::new(count);

    // Declared after the network, so that the members end before their folders go.
    let mut members = Members::default();
    for number in 1..=count {
        let member = network.join(&format!("member{number}@example.org"))?;
        members.start(&program, &member, LEADER)?;
    }
    println!("{}", server.url());
    eprintln!(
        "{count} members measure this machine; the first value comes within 15 s; Ctrl-C ends"
    );

    let serving = {
        let stop = stop.clone();
        thread::spawn(move || {
            let outcome = server.run(&stop);
            stop.set(); // without the page the demo is over
            outcome
        })
    };
    let mut ended = Ok(());
    rounds(&mut leading, stop, &mut Presence::of(Vec::new()), |round| {
        progress.show(round);
        if let Err(error) = members.check() {
            ended = Err(error);
            stop.set();
        }
    });
    stop.set();
    let page = serving.join().unwrap_or(Ok(())); // a panic has spoken for itself
    ended.and(page)
}

/// One machine's place in the network.
struct Place {
    home: PathBuf,
    config: ClientConfig,
}

/// The folder tree, removed at the end.
struct Network {
    root: tempfile::TempDir,
}

impl Network {
    fn new() -> Result<Network, Error> {
        let root = tempfile::Builder::new()
            .prefix("cpu-leader-demo-")
            .tempdir()
            .map_err(Error::write(std::env::temp_dir()))?;
        let datasites = root.path().join("datasites");
        fs::create_dir(&datasites).map_err(Error::write(&datasites))?;
        Ok(Network { root })
    }

    /// What SyftBox sets up for a new user, with everybody's datasites in one folder instead of
    /// copies that are synced.
    fn join(&self, email: &str) -> Result<Place, Error> {
        let datasites = self.root.path().join("datasites");
        let home = self.root.path().join(email);
        let (settings, data_dir) = (home.join(".syftbox"), home.join("SyftBox"));
        for folder in [&settings, &data_dir, &datasites.join(email)] {
            fs::create_dir_all(folder).map_err(Error::write(folder))?;
        }
        let link = data_dir.join("datasites");
        symlink(&datasites, &link).map_err(Error::write(&link))?;
        let path = settings.join("config.json");
        let config = serde_json::json!({ "email": email, "data_dir": data_dir });
        fs::write(&path, config.to_string()).map_err(Error::write(&path))?;
        let config = ClientConfig::find(Some(&path), |_| None)?;
        Ok(Place { home, config })
    }
}

impl Place {
    fn log(&self) -> PathBuf {
        self.home.join("member.log")
    }

    fn config_path(&self) -> &Path {
        &self.config.path
    }
}

/// Tells on standard error how far the network is, until there is a value.
struct Progress {
    start: Instant,
    members: usize,
    in_place: bool,
    shown: Option<usize>,
    done: bool,
}

impl Progress {
    fn new(members: usize) -> Progress {
        let in_place = io::stderr().is_terminal();
        Progress { start: Instant::now(), members, in_place, shown: None, done: false }
    }

    fn show(&mut self, round: &Aggregate) {
        if self.done {
            return;
        }
        let seconds = self.start.elapsed().as_secs();
        if let Some(mean) = round.mean {
            self.done = true;
            let end = if self.in_place { "\n" } else { "" };
            eprint!("{end}");
            eprintln!("first value after {seconds} s, from {} members:", round.machines);
            println!(
                "{:.1} % (95 % noise range {:.1} to {:.1} %)",
                mean.value, mean.low, mean.high
            );
            return;
        }
        let line =
            format!("{seconds:>3} s: {} of {} members have reported", round.machines, self.members);
        if self.in_place {
            eprint!("\r{line}");
            let _ = io::stderr().flush();
        } else if self.shown != Some(round.machines) {
            eprintln!("{line}");
        }
        self.shown = Some(round.machines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_home_of_their_own_and_sees_the_same_datasites() {
        let network = Network::new().unwrap();
        let (a, b) =
            (network.join("a@example.org").unwrap(), network.join("b@example.org").unwrap());
        assert_ne!(a.home, b.home);
        let of_a = Workspace::open(&a.config).unwrap();
        let of_b = Workspace::open(&b.config).unwrap();
        fs::write(of_a.own().join("x"), "").unwrap();
        assert!(of_b.datasites().join("a@example.org/x").exists());
        assert_ne!(of_a.private("cpu_tracker"), of_b.private("cpu_tracker"));
        let root = network.root.path().to_path_buf();
        drop(network);
        assert!(!root.exists());
    }
}
