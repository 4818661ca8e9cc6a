use std::io;
use std::path::PathBuf;

/// What can go wrong between an app and SyftBox. No message carries a file's content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither the given place nor any usual one holds the client's settings.
    #[error(
        "SyftBox's settings were not found; looked at {}. Install SyftBox and log in once, or \
         name the file with --syftbox-config or SYFTBOX_CLIENT_CONFIG_PATH",
        list(.looked_at)
    )]
    ConfigMissing {
        /// Every place that was tried, in order.
        looked_at: Vec<PathBuf>,
    },

    /// The settings are not the JSON that SyftBox writes, also after a second look.
    #[error("SyftBox's settings in {} cannot be understood (line {line}, column {column})", path.display())]
    ConfigFormat {
        /// The settings file.
        path: PathBuf,
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault.
        column: usize,
    },

    /// The settings name no e-mail that SyftBox would accept.
    #[error("the e-mail in {} is not one that SyftBox accepts", path.display())]
    ConfigEmail {
        /// The settings file.
        path: PathBuf,
    },

    /// A path starts with `~` or must be found below HOME, and HOME is not set.
    #[error("HOME is not set, so {} cannot be found", path.display())]
    NoHome {
        /// The path as written.
        path: PathBuf,
    },

    /// Not an e-mail address that SyftBox accepts.
    #[error(
        "not an e-mail address that SyftBox accepts (letters, digits and _, with single - + . ' \
         between them, an @, and a domain with a dot; at most 254 bytes)"
    )]
    Email,

    /// The own folder is not there. Only SyftBox may create it: it would otherwise never set up
    /// the folder's permissions.
    #[error(
        "SyftBox has not created {} yet: start SyftBox, log in, and wait for its first sync",
        path.display()
    )]
    NoDatasite {
        /// The folder that is missing.
        path: PathBuf,
    },

    /// A folder on the way to a file is a symbolic link; the file would land elsewhere.
    #[error("{} is a symbolic link; refusing to write through it", path.display())]
    SymbolicLink {
        /// The link.
        path: PathBuf,
    },

    /// A file lies where a folder is needed.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The thing in the way.
        path: PathBuf,
    },

    /// A file was to be written outside the own datasite and outside `private/`.
    #[error("{} is outside the folders of this app", path.display())]
    Outside {
        /// The path that was refused.
        path: PathBuf,
    },

    /// The released number was not paid for by a stretch of time, so the report cannot say what
    /// it protects.
    #[error("the number was not released under a privacy unit of time")]
    NotATimeline,

    /// A slot is at most a day and longer than the second by which it exceeds its window.
    #[error("a slot must be longer than 1 s and at most 86400 s, not {slot_s} s")]
    Slot {
        /// The refused slot in seconds.
        slot_s: f64,
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
}

impl Error {
    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Write { path: path.into(), source }
    }
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    shown.join(", ")
}
