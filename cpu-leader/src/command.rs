//! The command line.

use std::env;
use std::io::{IsTerminal, stdin, stdout};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::{CommandFactory, Parser, Subcommand};
use command_line::manual::{manual, write_pages};
use command_line::service::{Manager, Service, ServiceTask};
use command_line::{Shell, completions};
use datasite::{ClientConfig, Workspace};

use crate::demo::demo;
use crate::doctor::{examine, verdict};
use crate::error::Error;
use crate::export::{Format, export};
use crate::init;
use crate::instance_lock::state_folder;
use crate::output::say;
use crate::published::chart;
use crate::range::Range;
use crate::run::{run, run_once};
use crate::serve::Server;
use crate::settings::{Chosen, Settings, home, settings_file};
use crate::status::{Status, watch};
use crate::stop::Stop;
use arguments::{Choices, InitArguments, RunArguments};

mod arguments;

/// Averages the members' noisy CPU use and publishes a dashboard through SyftBox.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Settings may also be given as CPU_LEADER_* in the environment (not under \
    SyftBox's 0.4 client, which strips it from its apps) or in ~/.config/cpu-leader.toml, with \
    the same names and _ for -."
)]
pub struct Command {
    /// Our own settings [default: ~/.config/cpu-leader.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE", env = "CPU_LEADER_CONFIG")]
    config: Option<PathBuf>,
    /// SyftBox's settings [default: as SyftBox says, else below HOME]
    #[arg(long, global = true, value_name = "FILE")]
    syftbox_config: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Write the settings file, asking for what is not given
    Init(InitArguments),
    /// Average and publish, round after round
    Run(RunArguments),
    /// Show how things stand
    Status {
        /// For programs
        #[arg(long)]
        json: bool,
        /// Again every 2 s, until Ctrl-C; where nobody watches, after each change
        #[arg(long)]
        watch: bool,
    },
    /// Look for what could keep the leader from working, and say what to do
    Doctor,
    /// Show the published dashboard on this machine's own address
    Serve {
        /// Where to listen, on 127.0.0.1; if taken, the next free one [default: 8787]
        #[arg(long, env = "CPU_LEADER_PORT")]
        port: Option<u16>,
    },
    /// Write the published chart for other programs and documents
    Export {
        /// As what
        format: Format,
        /// How far back
        #[arg(long, default_value = "hour")]
        range: Range,
        /// Where to [default: standard output]
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Show a whole network on this machine, without SyftBox
    Demo {
        /// Where to listen, on 127.0.0.1; if taken, the next free one
        #[arg(long, env = "CPU_LEADER_PORT", default_value_t = 8787)]
        port: u16,
        /// How many members measure this machine
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=200))]
        members: u16,
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

impl Command {
    /// Does what the command line says, until it is done or a signal ends it.
    pub fn carry_out(self) -> Result<(), Error> {
        match &self.task {
            Task::Init(arguments) => self.init(arguments),
            Task::Run(RunArguments { once, choices, app_folder }) => {
                let settings = self.settings(&choices.chosen(None))?;
                if *once {
                    run_once(&self.client()?, settings)
                } else {
                    run(|| self.client(), settings, app_folder.clone(), &Stop::on_signals()?)
                }
            }
            Task::Status { json, watch } => self.status(*json, *watch),
            Task::Doctor => self.doctor(),
            Task::Serve { port } => {
                let settings = self.settings(&Choices::default().chosen(*port))?;
                let server = Server::bind(settings.port, self.workspace()?)?;
                say(format!("{}\n", server.url()).as_bytes())?;
                server.run(&Stop::on_signals()?)
            }
            Task::Export { format, range, output } => {
                let content = export(&chart(&self.workspace()?, *range)?, *format);
                match output {
                    Some(path) => std::fs::write(path, content).map_err(Error::write(path)),
                    None => say(&content),
                }
            }
            Task::Demo { port, members } => {
                demo(usize::from(*members), *port, &Stop::on_signals()?)
            }
            Task::Service { task: ServiceTask::Print { manager } } => self.service(*manager),
            Task::Completions { shell } => say(&completions(&Self::command(), *shell)),
            Task::Man { output } => print_manual(output.as_deref()),
        }
    }

    fn init(&self, arguments: &InitArguments) -> Result<(), Error> {
        let path = settings_file(self.config.as_deref(), &home()?);
        if path.exists() && !arguments.force {
            return Err(Error::SettingsExist { path }); // before anybody is asked anything
        }
        let mut chosen = arguments.choices.chosen(arguments.port);
        if stdin().is_terminal() && stdout().is_terminal() && !arguments.yes {
            chosen = init::ask(chosen, &mut stdin().lock(), &mut stdout())?;
        }
        init::write(&path, &init::text(&chosen)?, arguments.force)?;
        say(format!(
            "{} is written. Next:\n  cpu-leader doctor   what is still missing\n  \
             cpu-leader run      average and publish; or as a service: cpu-leader service print \
             systemd\n  cpu-leader serve    the page on this machine\nMembers give your SyftBox \
             address as their leader.\n",
            path.display()
        )
        .as_bytes())
    }

    fn status(&self, json: bool, again: bool) -> Result<(), Error> {
        let (settings, workspace) = (self.settings(&Chosen::default())?, self.workspace()?);
        let home = home()?;
        let look = || Status::of(&workspace, &settings, &home, SystemTime::now());
        let show = |status: &Status| if json { as_json(status) } else { status.to_string() };
        if again { watch(look, show, &Stop::on_signals()?) } else { say(show(&look()?).as_bytes()) }
    }

    fn doctor(&self) -> Result<(), Error> {
        let settings = self.settings(&Chosen::default());
        let findings = examine(&settings, self.client(), &home()?, SystemTime::now());
        for finding in &findings {
            say(format!("{finding}\n").as_bytes())?;
        }
        verdict(&findings)
    }

    /// The service may write in SyftBox's folder and in that of the state, and nowhere else.
    fn service(&self, manager: Manager) -> Result<(), Error> {
        let settings = self.settings(&Chosen::default())?;
        let workspace = self.workspace()?;
        let state = state_folder(&home()?, workspace.email());
        let mut folders = vec![workspace.data_dir().to_path_buf(), state];
        folders.extend(settings.textfile);
        let absolute = |path: PathBuf| std::path::absolute(&path).map_err(Error::read(path));
        let writes = folders.into_iter().map(absolute).collect::<Result<_, Error>>()?;
        let mut arguments = vec!["run".to_owned()];
        for (flag, path) in [("--config", &self.config), ("--syftbox-config", &self.syftbox_config)]
        {
            if let Some(path) = path {
                let path = std::path::absolute(path).map_err(Error::read(path))?;
                arguments.extend([flag.to_owned(), path.display().to_string()]);
            }
        }
        let service = Service {
            name: "cpu-leader".to_owned(),
            description: "Leader of the federated CPU tracker".to_owned(),
            program: env::current_exe().map_err(Error::read("this program"))?,
            arguments,
            writes,
            memory_mib: 128,
            cpu_percent: 20,
            patience: Duration::from_secs(10),
        };
        say(service.file(manager)?.as_bytes())
    }

    fn settings(&self, given: &Chosen) -> Result<Settings, Error> {
        Settings::load(given, self.config.as_deref(), &home()?)
    }

    fn client(&self) -> Result<ClientConfig, datasite::Error> {
        ClientConfig::find(self.syftbox_config.as_deref(), |name| env::var_os(name))
    }

    fn workspace(&self) -> Result<Workspace, Error> {
        Ok(Workspace::open(&self.client()?)?)
    }
}

fn as_json(status: &Status) -> String {
    let mut json = serde_json::to_string(status).expect("numbers and texts are always JSON");
    json.push('\n');
    json
}

fn print_manual(folder: Option<&Path>) -> Result<(), Error> {
    let pages = manual(Command::command()).map_err(Error::write("memory"))?;
    match folder {
        Some(folder) => write_pages(&pages, folder).map_err(Error::write(folder)),
        None => pages.iter().try_for_each(|page| say(&page.content)),
    }
}
