use std::{io, path::PathBuf};

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
    /// The counters of the CPU cannot be read.
    #[error("this system's CPU counters cannot be read: {0}")]
    Counters(String),
    /// The handler for SIGINT and SIGTERM could not be set.
    #[error("cannot listen for SIGINT and SIGTERM: {0}")]
    Signals(ctrlc::Error),
    /// Something is wrong with SyftBox or its folders.
    #[error(transparent)]
    Datasite(#[from] datasite::Error),
    /// Something is wrong with the timeline, the promise or the randomness.
    #[error(transparent)]
    Privacy(#[from] dp_core::Error),
}

impl Error {
    /// The process's exit code, in the tradition of `sysexits.h`.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Setting { .. } | Self::SettingsFile { .. } => 78,
            Self::Datasite(
                datasite::Error::ConfigMissing { .. } | datasite::Error::NoDatasite { .. },
            ) => 69,
            Self::TimelineMissing { .. } | Self::Privacy(dp_core::Error::Damaged { .. }) => 65,
            Self::File { .. } | Self::NoHome => 73,
            _ => 70,
        }
    }
}
