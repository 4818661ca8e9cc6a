//! The command line.

use std::{
    env,
    io::{self, IsTerminal, Write},
    path::{self, Path, PathBuf},
    time::Duration,
};

use clap::{Args, CommandFactory, Parser, Subcommand};
use command_line::{
    Shell, completions,
    manual::{manual, write_pages},
    service::{Manager, Service, ServiceTask},
};
use datasite::{ClientConfig, Presence, Workspace};
use jiff::Timestamp;
use tracing::{info, warn};

use crate::{
    Error,
    budget::{as_json, budget},
    doctor, forget,
    history::History,
    init,
    machine::{Machine, ThisMachine},
    preview::preview,
    publish::{protect, publish},
    run::{Ended, run},
    schedule::Schedule,
    settings::{Given, Settings, read_file},
    state::StateFolder,
    status::Status,
};

/// Measures this machine's CPU use and shares only a noisy mean of it through SyftBox
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Settings may also be given as CPU_MEMBER_* in the environment \
    (not under SyftBox's 0.4 client, which strips it from its apps) or in \
    ~/.config/cpu-member.toml, with the same names."
)]
pub struct Command {
    /// The settings file [default: ~/.config/cpu-member.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The SyftBox client's own settings [default: where SyftBox says, else ~/.syftbox/config.json]
    #[arg(long, global = true, value_name = "FILE")]
    syftbox_config: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Make the settings file: asks on a terminal for what is not given
    Init {
        #[command(flatten)]
        given: Given,
        /// Set an existing file aside
        #[arg(long)]
        force: bool,
    },
    /// Measure and publish, slot after slot
    Run(RunArguments),
    /// Show what would leave this machine; measures and writes nothing
    Preview {
        #[command(flatten)]
        given: Given,
    },
    /// Look for what is wrong, and say what to do; changes nothing
    Doctor {
        #[command(flatten)]
        given: Given,
    },
    /// Show how things stand, and every promise ever made
    Status {
        /// For programs: times in UTC, losses are ε
        #[arg(long)]
        json: bool,
    },
    /// Show what is promised, what longer stretches cost, and what is left of the caps
    Budget {
        /// For programs: losses are ε, stretches in seconds, times in UTC
        #[arg(long)]
        json: bool,
    },
    /// Show your own record of the means without noise, as CSV
    History,
    /// Remove the published report and everything that the member keeps here, promises included
    Forget {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Run as a service of your account
    Service {
        #[command(subcommand)]
        task: ServiceTask,
    },
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual, for `man -l -`
    Man {
        /// Write a page for each command into this folder instead
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

#[derive(Args, Debug)]
struct RunArguments {
    #[command(flatten)]
    given: Given,
    /// Publish one value and end
    #[arg(long)]
    once: bool,
    /// End when this folder has been gone for a minute; wait for SyftBox instead of failing
    #[arg(long, value_name = "FOLDER")]
    app_folder: Option<PathBuf>,
    /// End when whoever started this has ended: for the demo's members
    #[arg(long, hide = true)]
    end_with_parent: bool,
}

impl Command {
    /// Does what the command line says, until it is done or a signal ends it.
    ///
    /// # Errors
    /// Why it could not; [`Error::exit_code`] is the process's.
    pub fn carry_out(&self) -> Result<(), Error> {
        match &self.task {
            Task::Init { given, force } => self.init(given, *force),
            Task::Run(arguments) => self.run(arguments),
            Task::Preview { given } => {
                let workspace = self.workspace().ok().map(|(_, workspace)| workspace);
                say(&preview(&self.settings(given)?, workspace.as_ref())?)
            }
            Task::Doctor { given } => {
                let findings =
                    doctor::examine(given, self.config.as_deref(), home().as_deref(), || {
                        ClientConfig::find(self.syftbox_config.as_deref(), |name| env::var_os(name))
                    });
                say(&findings.to_string())?;
                findings.verdict()
            }
            Task::Status { json } => {
                let workspace = self.workspace().ok().map(|(_, workspace)| workspace);
                let status = Status::of(&state()?, workspace.as_ref(), Timestamp::now())?;
                say(&if *json { status.as_json()? } else { status.in_words()? })
            }
            Task::History => {
                let mut text = Vec::new();
                let read = History::in_state(&state()?, None).write_to(&mut text);
                read.map_err(failed("read", "the history"))?;
                say(&text)
            }
            Task::Forget { yes } => self.forget(*yes),
            Task::Budget { json } => {
                let state = state()?;
                say(&if *json { as_json(&state)? } else { budget(&state)? })
            }
            Task::Service { task: ServiceTask::Print { manager } } => self.service(*manager),
            Task::Completions { shell } => say(&completions(&Self::command(), *shell)),
            Task::Man { output } => print_manual(output.as_deref()),
        }
    }

    fn init(&self, given: &Given, force: bool) -> Result<(), Error> {
        let (config, home) = (self.config.as_deref(), home());
        init::is_free(config, home.as_deref(), force)?;
        let (mut given, asked) = (given.clone(), io::stdin().is_terminal());
        if asked {
            given = init::ask(given, &mut io::stdin().lock(), &mut io::stdout())?;
        }
        let init::Made { path, earlier } = init::make(&given, config, home.as_deref(), force)?;
        if !asked {
            say("No terminal to ask on: what was not given is left at its default.\n")?;
        }
        if let Some(earlier) = earlier {
            say(&format!("The earlier settings are now in {}.\n", earlier.display()))?;
        }
        say(&format!(
            "Settings are in {}. Nothing has been measured. Next:\n\n    \
                 cpu-member preview    what would leave this machine\n    \
                 cpu-member doctor     whether all is in place\n    \
                 cpu-member run        measure and publish\n",
            path.display()
        ))
    }

    fn run(&self, arguments: &RunArguments) -> Result<(), Error> {
        let RunArguments { given, once, app_folder, end_with_parent } = arguments;
        let settings = self.settings(given)?;
        let state = state()?;
        let mut machine = ThisMachine::new()?;
        let as_app = app_folder.is_some();
        let mut app = Presence::of(app_folder.iter().cloned().collect());
        if *end_with_parent {
            app = app.and_parent();
        }

        let find = || self.workspace();
        let found = retry(&mut machine, &mut app, find, |fault| as_app && is_syftbox(fault))?;
        let Some((config, workspace)) = found else { return Ok(()) };

        let mut presence = app.and(config.path);
        let open = || state.open(&settings);
        // For one value nobody waits behind a member that goes on for ever.
        let opened = retry(&mut machine, &mut presence, open, |fault| !once && is_busy(fault))?;
        let Some(mut timeline) = opened else { return Ok(()) };

        if settings.memory {
            machine.memory()?; // or no slot would ever have a value
        }
        protect(&workspace, &settings.leader)?;
        let anchor = state.anchor(workspace.email(), machine.clock())?;
        let schedule = Schedule::new(anchor, settings.slot);
        let mut history = History::in_state(&state, settings.history);
        let publish = |release: &_| {
            publish(&workspace, &settings.leader, release)?;
            history.record(release);
            Ok(())
        };
        match run(&mut machine, &mut timeline, schedule, &mut presence, *once, publish)? {
            Ended::Stopped => info!("stopped"),
            Ended::Once => {}
            Ended::Lost => info!("SyftBox's settings or the app's folder are gone; ending"),
        }
        Ok(())
    }

    fn forget(&self, yes: bool) -> Result<(), Error> {
        // What is published must be found, or it would outlive its promise.
        let (_, workspace) = self.workspace()?;
        let state = state()?;
        let email = workspace.email();
        let served = state.recall().map(|memory| memory.email);
        let other = served.filter(|served| !served.eq_ignore_ascii_case(email.as_str()));
        say(forget::CONSEQUENCES)?;
        if let Some(served) = &other {
            say(&format!(
                "\nThis machine last served {served}, and what {served} published will stay: only \
                 what {email}\npublished is removed. To remove both, log SyftBox in as {served} \
                 first.\n"
            ))?;
        }
        if !yes {
            if !io::stdin().is_terminal() {
                return Err(Error::Unconfirmed);
            }
            say("\nTo remove everything, type forget: ")?;
            let mut answer = String::new();
            let read = io::stdin().read_line(&mut answer);
            if read.is_err() || answer.trim() != "forget" {
                return Err(Error::Unconfirmed);
            }
        }
        forget::forget(&workspace, &state)?;
        say("Removed. The settings, if any, are still there.\n")
    }

    /// The service may write in SyftBox's folder and in that of the state, and nowhere else.
    fn service(&self, manager: Manager) -> Result<(), Error> {
        self.settings(&Given::default())?; // without the flags and the environment of today
        let (_, workspace) = self.workspace()?;
        let mut arguments = vec!["run".to_owned()];
        for (flag, path) in [("--config", &self.config), ("--syftbox-config", &self.syftbox_config)]
        {
            if let Some(path) = path {
                arguments.extend([flag.to_owned(), absolute(path)?.display().to_string()]);
            }
        }
        let service = Service {
            name: "cpu-member".to_owned(),
            description: "Member of the federated CPU tracker".to_owned(),
            program: env::current_exe().map_err(failed("find", "this program"))?,
            arguments,
            writes: vec![absolute(workspace.data_dir())?, absolute(state()?.path())?],
            memory_mib: 32,
            cpu_percent: 5,
            patience: Duration::from_secs(10),
        };
        say(&service.file(manager)?)
    }

    fn settings(&self, given: &Given) -> Result<Settings, Error> {
        Settings::resolve(given, &read_file(self.config.as_deref(), home().as_deref())?)
    }

    fn workspace(&self) -> Result<(ClientConfig, Workspace), Error> {
        let config = ClientConfig::find(self.syftbox_config.as_deref(), |name| env::var_os(name))?;
        let workspace = Workspace::open(&config)?;
        Ok((config, workspace))
    }
}

/// Tries again every few seconds while the fault is one that may pass; says so once. `None` when
/// asked to stop meanwhile, or when the app was removed.
fn retry<T>(
    machine: &mut ThisMachine,
    presence: &mut Presence,
    attempt: impl Fn() -> Result<T, Error>,
    may_pass: impl Fn(&Error) -> bool,
) -> Result<Option<T>, Error> {
    let mut said = false;
    loop {
        match attempt() {
            Err(fault) if may_pass(&fault) => {
                if !said {
                    warn!("waiting: {fault}");
                    said = true;
                }
            }
            outcome => return outcome.map(Some),
        }
        if !machine.pause(Duration::from_secs(2)) || presence.is_over(machine.now()) {
            return Ok(None);
        }
    }
}

fn is_busy(fault: &Error) -> bool {
    matches!(fault, Error::Privacy(dp_core::Error::Busy { .. }))
}

fn is_syftbox(fault: &Error) -> bool {
    matches!(fault, Error::Datasite(_))
}

fn print_manual(folder: Option<&Path>) -> Result<(), Error> {
    let pages = manual(Command::command()).map_err(failed("write", "memory"))?;
    match folder {
        Some(folder) => write_pages(&pages, folder).map_err(failed("write", folder)),
        None => pages.iter().try_for_each(|page| say(&page.content)),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    path::absolute(path).map_err(failed("find", path))
}

fn failed(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::File { action, path, source }
}

/// Prints a text; a reader who has left, such as `head`, has seen enough.
fn say(text: &(impl AsRef<[u8]> + ?Sized)) -> Result<(), Error> {
    match io::stdout().write_all(text.as_ref()).and_then(|()| io::stdout().flush()) {
        Err(fault) if fault.kind() != io::ErrorKind::BrokenPipe => {
            Err(failed("write", "standard output")(fault))
        }
        _ => Ok(()),
    }
}

fn state() -> Result<StateFolder, Error> {
    StateFolder::below(home().as_deref())
}

fn home() -> Option<PathBuf> {
    env::var_os("HOME").map(PathBuf::from)
}
