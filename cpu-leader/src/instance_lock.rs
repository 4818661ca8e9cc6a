//! One leader for each account and datasite.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The folder of a leader's state, `~/.local/state/cpu-leader/<e-mail>/`: found from HOME alone,
/// because one of SyftBox's clients strips the environment, and outside SyftBox's folders, which
/// a client may move or wipe.
pub fn state_folder(home: &Path, email: &datasite::Email) -> PathBuf {
    home.join(".local/state/cpu-leader").join(email.as_str())
}

/// Whether a leader runs that keeps its state in this folder.
pub fn is_held(state: &Path) -> bool {
    // Shared, so that several who look do not take each other for a leader.
    File::open(state.join("lock"))
        .is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Held for as long as this lives, and freed by the operating system however the process ends.
#[derive(Debug)]
pub struct InstanceLock {
    _file: File,
}

impl InstanceLock {
    /// Takes the lock of the state folder, which is made as needed for its owner alone.
    ///
    /// # Errors
    /// [`Error::Locked`] while another process holds it.
    pub fn take(state: &Path) -> Result<InstanceLock, Error> {
        DirBuilder::new().recursive(true).mode(0o700).create(state).map_err(Error::write(state))?;
        let path = state.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(Error::write(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(InstanceLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked { path }),
            Err(TryLockError::Error(source)) => Err(Error::Write { path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_by_one_and_free_again_when_it_is_dropped() {
        let home = tempfile::tempdir().unwrap();
        let state = state_folder(home.path(), &"a@x.org".parse().unwrap());
        let lock = InstanceLock::take(&state).unwrap();
        assert!(matches!(InstanceLock::take(&state), Err(Error::Locked { .. })));
        assert!(is_held(&state));
        drop(lock);
        assert!(!is_held(&state));
        assert!(InstanceLock::take(&state).is_ok());
    }
}
