//! The metrics as a file for Prometheus's node exporter.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::SystemTime;

use datasite::Workspace;

use crate::error::Error;
use crate::metrics::metrics;
use crate::published::Published;

/// The file's name; the exporter reads what ends like it.
pub const FILE: &str = "cpu_tracker.prom";

/// Writes what is published in `workspace` into `folder`, if there is one. A failure is logged and
/// costs no round.
pub fn write_after_round(folder: Option<&Path>, workspace: &Workspace) {
    let Some(folder) = folder else { return };
    let published = Published::read(workspace, SystemTime::now());
    let written = published.and_then(|published| write(folder, &metrics(&published)));
    if let Err(error) = written {
        tracing::warn!("the metrics were not written: {error}");
    }
}

/// Replaces the file in `folder` by one with `text`, whole at any moment and readable to all, for
/// the exporter runs under another account.
pub fn write(folder: &Path, text: &str) -> Result<(), Error> {
    let path = folder.join(FILE);
    let replace = || {
        let mut file = tempfile::Builder::new().prefix(".cpu_tracker").tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(Permissions::from_mode(0o644))?;
        file.persist(&path).map(drop).map_err(|refused| refused.error)
    };
    replace().map_err(Error::write(&path))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::site::Site;

    #[test]
    fn the_file_is_replaced_whole_and_everybody_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::published();
        write(folder.path(), "old").unwrap();
        write_after_round(Some(folder.path()), &site.workspace);
        let path = folder.path().join("cpu_tracker.prom");
        assert!(fs::read_to_string(&path).unwrap().contains("cpu_tracker_members 3"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_missing_is_named_and_never_made() {
        let error = write(Path::new("/nowhere/metrics"), "x").unwrap_err();
        assert!(error.to_string().contains("/nowhere/metrics"), "{error}");
    }
}
