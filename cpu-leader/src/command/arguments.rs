//! What the commands take.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use command_line::duration::parse_duration;

use crate::lists::Entry;
use crate::settings::{Chosen, Round};

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// Make one round and end
    #[arg(long)]
    pub(super) once: bool,
    #[command(flatten)]
    pub(super) choices: Choices,
    /// End when this folder has been gone for a minute
    #[arg(long, value_name = "DIR")]
    pub(super) app_folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    #[command(flatten)]
    pub(super) choices: Choices,
    /// Where `serve` listens, on 127.0.0.1 [default: 8787]
    #[arg(long, env = "CPU_LEADER_PORT")]
    pub(super) port: Option<u16>,
    /// Ask nothing: what is not given stays at its default
    #[arg(long)]
    pub(super) yes: bool,
    /// Replace a settings file that is there
    #[arg(long)]
    pub(super) force: bool,
}

/// What can be chosen of how the group is averaged.
#[derive(Debug, Default, Args)]
pub(super) struct Choices {
    /// How often to average [default: 20s]
    #[arg(long, env = "CPU_LEADER_ROUND")]
    round: Option<Round>,
    /// Publish nothing about fewer machines, at least 2 [default: 3]
    #[arg(long, env = "CPU_LEADER_MINIMUM_MACHINES")]
    minimum_machines: Option<usize>,
    /// How long the history reaches back [default: 30d]
    #[arg(long, env = "CPU_LEADER_RETENTION", value_parser = parse_duration)]
    retention: Option<Duration>,
    /// Count these alone: addresses, or whole domains as @example.org [default: everybody]
    #[arg(long, env = "CPU_LEADER_ALLOW", value_name = "WHO", value_delimiter = ',')]
    allow: Option<Vec<Entry>>,
    /// Never count these, even if they are allowed
    #[arg(long, env = "CPU_LEADER_DENY", value_name = "WHO", value_delimiter = ',')]
    deny: Option<Vec<Entry>>,
    /// Write the metrics into this folder after each round, for Prometheus's node exporter
    #[arg(long, env = "CPU_LEADER_TEXTFILE", value_name = "DIR")]
    textfile: Option<PathBuf>,
}

impl Choices {
    pub(super) fn chosen(&self, port: Option<u16>) -> Chosen {
        let Choices { round, minimum_machines, retention, allow, deny, textfile } = self;
        Chosen {
            round: *round,
            minimum_machines: *minimum_machines,
            retention: *retention,
            port,
            allow: allow.clone(),
            deny: deny.clone(),
            textfile: textfile.clone(),
        }
    }
}
