//! The command line.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use command_line::duration::parse_duration;
use datasite::{ClientConfig, Workspace};

use crate::demo::demo;
use crate::error::Error;
use crate::run::{run, run_once};
use crate::serve::Server;
use crate::settings::{Chosen, Round, Settings, home};
use crate::stop::Stop;

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
    /// Average and publish, round after round
    Run(RunArguments),
    /// Show the published dashboard on this machine's own address
    Serve {
        /// Where to listen, on 127.0.0.1; if taken, the next free one [default: 8787]
        #[arg(long, env = "CPU_LEADER_PORT")]
        port: Option<u16>,
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
}

#[derive(Debug, Args)]
struct RunArguments {
    /// Make one round and end
    #[arg(long)]
    once: bool,
    /// How often to average [default: 20s]
    #[arg(long, env = "CPU_LEADER_ROUND")]
    round: Option<Round>,
    /// Publish nothing about fewer machines, at least 2 [default: 3]
    #[arg(long, env = "CPU_LEADER_MINIMUM_MACHINES")]
    minimum_machines: Option<usize>,
    /// How long the history reaches back [default: 30d]
    #[arg(long, env = "CPU_LEADER_RETENTION", value_parser = parse_duration)]
    retention: Option<Duration>,
    /// End when this folder has been gone for a minute
    #[arg(long, value_name = "DIR")]
    app_folder: Option<PathBuf>,
}

impl Command {
    /// Does what the command line says, until it is done or a signal ends it.
    pub fn carry_out(self) -> Result<(), Error> {
        let stop = Stop::on_signals()?;
        match self.task {
            Task::Demo { port, members } => demo(usize::from(members), port, &stop),
            Task::Serve { port } => {
                let chosen = Chosen { port, ..Chosen::default() };
                let settings = Settings::load(&chosen, self.config.as_deref(), &home()?)?;
                let config =
                    ClientConfig::find(self.syftbox_config.as_deref(), |name| env::var_os(name))?;
                let server = Server::bind(settings.port, Workspace::open(&config)?)?;
                println!("{}", server.url());
                server.run(&stop)
            }
            Task::Run(RunArguments { once, round, minimum_machines, retention, app_folder }) => {
                let chosen = Chosen { round, minimum_machines, retention, ..Chosen::default() };
                let settings = Settings::load(&chosen, self.config.as_deref(), &home()?)?;
                let find =
                    || ClientConfig::find(self.syftbox_config.as_deref(), |name| env::var_os(name));
                if once {
                    run_once(&find()?, settings)
                } else {
                    run(find, settings, app_folder, &stop)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Command::command().debug_assert();
    }

    #[test]
    fn what_is_no_length_of_time_is_refused_with_an_example() {
        let refused = Command::try_parse_from(["cpu-leader", "run", "--round", "20"]);
        assert!(refused.unwrap_err().to_string().contains("such as 20s"));
    }
}
