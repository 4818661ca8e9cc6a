//! What can go wrong in the leader, and the exit code for each.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use command_line::duration::NotADuration;
use command_line::exit_code;
use command_line::service::Unprintable;

/// Everything that ends a command or fails a round. No message carries a file's content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// SyftBox's settings or folders.
    #[error(transparent)]
    Datasite(#[from] datasite::Error),

    /// A length of time that cannot be read, or is not positive.
    #[error(transparent)]
    Duration(#[from] NotADuration),

    /// A round that the history cannot keep in whole seconds.
    #[error("a round lasts a whole number of seconds, from 1 s to 1 h, not {text:?}")]
    Round {
        /// What was given.
        text: String,
    },

    /// A mean of one machine would be that machine's own value.
    #[error(
        "minimum_machines must be at least 2, not {given}: one machine's mean is its own value"
    )]
    MinimumMachines {
        /// What was given.
        given: usize,
    },

    /// Nobody could ever count.
    #[error(
        "allow has no entry, so nobody would count: list addresses or @domains, or leave it out to \
         let everybody count"
    )]
    AllowsNobody,

    /// No name that a datasite can have, and no domain.
    #[error(
        "{text:?} is neither an address such as ann@example.org nor a whole domain written \
         @example.org"
    )]
    Entry {
        /// What was given.
        text: String,
    },

    /// The settings file is there already, and nobody asked for another.
    #[error(
        "{} exists and was left as it is: edit it, or write it anew with --force", path.display()
    )]
    SettingsExist {
        /// The settings file.
        path: PathBuf,
    },

    /// The one who was asked left before the end.
    #[error("no answer; nothing was written. Give the settings as flags, or answer --yes to all")]
    NoAnswer,

    /// Nothing is published yet where something is to be read.
    #[error("{} is not there yet: is `cpu-leader run` running?", path.display())]
    NotPublished {
        /// The file that is missing.
        path: PathBuf,
    },

    /// A published file is not what we write.
    #[error(
        "{} is not what this version publishes ({fault}): `cpu-leader run` writes it anew",
        path.display()
    )]
    Published {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, without its content.
        fault: String,
    },

    /// The doctor found something that has to be mended.
    #[error("{problems} found")]
    Unwell {
        /// How many, in words.
        problems: String,
    },

    /// A service that no service manager could read.
    #[error(transparent)]
    Unprintable(#[from] Unprintable),

    /// Our own settings file is not what we understand.
    #[error("the settings in {} cannot be used: {source}", path.display())]
    Settings {
        /// The settings file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<toml::de::Error>,
    },

    /// HOME is not set, so there is no place for the leader's state.
    #[error("HOME is not set, so there is no place for the leader's history")]
    NoHome,

    /// Another leader of this account and datasite holds the lock.
    #[error("another cpu-leader is running: {} is locked", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },

    /// The history cannot be read or written.
    #[error("the history in {} failed: {source}", path.display())]
    History {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },

    /// No port could be opened on this machine's own address.
    #[error("no port from {port} on is free on 127.0.0.1: {source}")]
    Bind {
        /// The first port tried.
        port: u16,
        /// Why the last one failed.
        source: io::Error,
    },

    /// The web server ended by itself.
    #[error("the web server failed: {source}")]
    Serve {
        /// Why.
        source: io::Error,
    },

    /// The signals that stop us could not be caught.
    #[error("cannot listen for the signals that stop the leader: {source}")]
    Signals {
        /// Why.
        source: ctrlc::Error,
    },

    /// The demo needs the member's binary beside its own.
    #[error(
        "{} is missing: the demo runs real members; build them with `cargo build --release`",
        path.display()
    )]
    NoMember {
        /// Where it was looked for.
        path: PathBuf,
    },

    /// A member of the demo ended although nobody stopped it.
    #[error("a member of the demo ended early ({status}):\n{log}")]
    MemberEnded {
        /// How it ended.
        status: std::process::ExitStatus,
        /// The end of what it logged.
        log: String,
    },

    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },

    /// A file or folder could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// What was written.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },

    /// A program could not be started.
    #[error("cannot start {}: {source}", path.display())]
    Start {
        /// The program.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    /// The process's exit code, after the numbers of `sysexits.h`.
    pub fn exit_code(&self) -> ExitCode {
        use datasite::Error as Datasite;
        ExitCode::from(match self {
            Error::Datasite(Datasite::ConfigMissing { .. } | Datasite::NoDatasite { .. })
            | Error::NotPublished { .. }
            | Error::NoMember { .. } => exit_code::UNAVAILABLE,
            Error::Locked { .. } => exit_code::TRY_LATER,
            Error::Published { .. } => exit_code::DATA,
            Error::Duration(_)
            | Error::Round { .. }
            | Error::AllowsNobody
            | Error::Entry { .. }
            | Error::Settings { .. }
            | Error::MinimumMachines { .. }
            | Error::NoHome
            | Error::Datasite(
                Datasite::ConfigFormat { .. }
                | Datasite::ConfigEmail { .. }
                | Datasite::NoHome { .. },
            ) => exit_code::CONFIGURATION,
            Error::Read { source, .. }
            | Error::Write { source, .. }
            | Error::Datasite(Datasite::Read { source, .. } | Datasite::Write { source, .. })
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                exit_code::NO_PERMISSION
            }
            Error::Write { .. } | Error::SettingsExist { .. } | Error::Datasite(_) => {
                exit_code::CANNOT_CREATE
            }
            _ => 1,
        })
    }

    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Read { path: path.into(), source }
    }

    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Write { path: path.into(), source }
    }
}
