use std::{io, path::PathBuf};

use command_line::service::Unprintable;

/// Why the member could not go on. No message carries a measured value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting that makes no sense; nothing was measured or published.
    #[error("{setting} = {given}: {remedy}")]
    Setting {
        /// Which setting.
        setting: &'static str,
        /// What was given.
        given: String,
        /// What is allowed.
        remedy: String,
    },
    /// The settings file is not one.
    #[error("{} is no settings file of cpu-member: {fault}", path.display())]
    SettingsFile {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        fault: String,
    },
    /// `init` found a settings file.
    #[error(
        "{} is there already; change it, or let init --force set it aside and make another",
        path.display()
    )]
    SettingsExist {
        /// The file.
        path: PathBuf,
    },
    /// The answers ended before all was answered.
    #[error("the answers ended early; nothing was changed")]
    Unanswered,
    /// The doctor found something to be put right.
    #[error("{problems} of the checks above found a problem")]
    Unwell {
        /// How many checks failed.
        problems: usize,
        /// The exit code that fits the first of them.
        code: u8,
    },
    /// Nobody said that all shall be forgotten.
    #[error("nothing was removed: confirm on a terminal, or with --yes")]
    Unconfirmed,
    /// What a running member uses is not removed.
    #[error(
        "a member of this account is running, so nothing was removed. Stop it first: remove it from \
         SyftBox's apps, or end the process"
    )]
    StillRunning,
    /// Without HOME there is no place for the timeline.
    #[error("HOME is not set, so the state folder ~/.local/state/cpu-member cannot be found")]
    NoHome,
    /// The timeline is gone although this account has published before.
    #[error(
        "{} is missing although this account has published before. Put it back; or, to begin anew \
         and forget what was promised, remove its whole folder",
        path.display()
    )]
    TimelineMissing {
        /// The file.
        path: PathBuf,
    },
    /// A state or settings file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was attempted.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The counters of the CPU cannot be found.
    #[error("this system's CPU counters cannot be found: {0}")]
    Counters(String),
    /// A slot has no value; the next one may.
    #[error(transparent)]
    Skipped(#[from] Skipped),
    /// The permission files had to be written anew, so nothing was published beside them yet.
    #[error(
        "the permission files were missing or changed and were written anew; they must reach the \
         server first, so the next value will be published"
    )]
    PermissionsRestored,
    /// The handler for SIGINT and SIGTERM could not be set.
    #[error("cannot listen for SIGINT and SIGTERM: {0}")]
    Signals(ctrlc::Error),
    /// A service that no service manager could read.
    #[error(transparent)]
    Unprintable(#[from] Unprintable),
    /// Something is wrong with SyftBox or its folders.
    #[error(transparent)]
    Datasite(#[from] datasite::Error),
    /// Something is wrong with the timeline, the promise or the randomness.
    #[error(transparent)]
    Privacy(#[from] dp_core::Error),
}

/// Why a slot has no value. That there is none is public; only [`Skipped::TooSlow`] has to do with
/// the load, and only where it overwhelms the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skipped {
    /// The window did not fit into its slot, a reading came too late, or the value could not leave
    /// in time.
    #[error("the machine was too slow for this slot")]
    TooSlow,
    /// The two clocks parted within the window.
    #[error("the machine slept, or its clock was set, within this slot")]
    ClocksParted,
    /// The counters could not be read.
    #[error("the CPU's counters, or the memory in use, could not be read")]
    Unreadable,
}

impl Error {
    /// The process's exit code, after the numbers of `sysexits.h`.
    pub fn exit_code(&self) -> u8 {
        use datasite::Error as Datasite;
        use dp_core::Error as Privacy;
        match self {
            Self::Datasite(Datasite::ConfigMissing { .. } | Datasite::NoDatasite { .. }) => 69,
            Self::Unwell { code, .. } => *code,
            Self::Unconfirmed => 2,
            Self::PermissionsRestored
            | Self::StillRunning
            | Self::Privacy(Privacy::Busy { .. } | Privacy::Paused { .. }) => 75,
            Self::TimelineMissing { .. }
            | Self::Privacy(
                Privacy::Damaged { .. } | Privacy::Newer { .. } | Privacy::Replaced { .. },
            ) => 65,
            Self::File { source, .. }
            | Self::Datasite(Datasite::Read { source, .. } | Datasite::Write { source, .. })
            | Self::Privacy(Privacy::File { source, .. })
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                77
            }
            Self::File { .. }
            | Self::SettingsExist { .. }
            | Self::Datasite(Datasite::Write { .. })
            | Self::Privacy(Privacy::File { .. }) => 73,
            Self::Setting { .. }
            | Self::SettingsFile { .. }
            | Self::NoHome
            | Self::Datasite(_)
            | Self::Privacy(Privacy::CapTooLow { .. }) => 78,
            _ => 1,
        }
    }
}
