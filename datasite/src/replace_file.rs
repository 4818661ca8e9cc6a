use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path};

use crate::{Error, Workspace, read_bounded};

/// Who on this machine may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Its owner alone (mode 0600).
    Owner,
    /// Whoever SyftBox's permission files let read it (mode 0644).
    Synced,
}

impl Audience {
    fn file_mode(self) -> u32 {
        match self {
            Audience::Owner => 0o600,
            Audience::Synced => 0o644,
        }
    }
}

impl Workspace {
    /// Replaces `target`, a file below the own datasite or below `private/<app>/`, by one with
    /// `content`: whoever reads it, also after a crash, finds the old file or the new one, whole.
    ///
    /// Folders on the way are made as needed; the own datasite itself never is. The new file
    /// grows in [`Workspace::temporary`] under a name that depends on `target` alone, so two
    /// processes must not write for the same app at once, and what a crash leaves is used again.
    ///
    /// # Errors
    /// [`Error::SymbolicLink`] when a folder between the datasite and `target` is a link.
    pub fn replace(
        &self,
        app: &str,
        target: &Path,
        audience: Audience,
        content: &[u8],
    ) -> Result<(), Error> {
        let (root, relative) = self.place(app, target)?;
        if root == self.own() && !root.is_dir() {
            return Err(Error::NoDatasite { path: root });
        }
        make_private(&self.private(app))?;
        let temporary_folder = self.temporary(app);
        make_private(&temporary_folder)?;
        let folder = make_folders(&root, relative.parent().unwrap_or(Path::new("")))?;

        let temporary = temporary_folder.join(self.temporary_name(target));
        write_durably(&temporary, audience.file_mode(), content)
            .map_err(Error::write(&temporary))?;
        fs::rename(&temporary, target).map_err(Error::write(target))?;
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(Error::write(&folder))
    }

    /// [`Workspace::replace`], but only if what is there differs. Says whether it did.
    pub fn restore(
        &self,
        app: &str,
        target: &Path,
        audience: Audience,
        content: &[u8],
    ) -> Result<bool, Error> {
        let (root, relative) = self.place(app, target)?;
        let mut found = Vec::new();
        let same = read_bounded(&root, relative, content.len(), &mut found) == Ok(Some(()))
            && found == content;
        if !same {
            self.replace(app, target, audience, content)?;
        }
        Ok(!same)
    }

    /// The folder that we may create below, and the rest of the way to `target`.
    fn place<'a>(
        &self,
        app: &str,
        target: &'a Path,
    ) -> Result<(std::path::PathBuf, &'a Path), Error> {
        [self.own(), self.private(app)]
            .into_iter()
            .find_map(|root| target.strip_prefix(&root).ok().map(|relative| (root, relative)))
            .filter(|(_, relative)| {
                relative.file_name().is_some()
                    && relative.components().all(|part| matches!(part, Component::Normal(_)))
            })
            .ok_or_else(|| Error::Outside { path: target.to_path_buf() })
    }

    /// One name for each target, so that a public and a protected file of the same name differ.
    fn temporary_name(&self, target: &Path) -> String {
        let from = target.strip_prefix(self.data_dir()).unwrap_or(target);
        let parts: Vec<_> = from.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("+")
    }
}

fn make_private(folder: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Error::write(folder))?;
    let metadata = fs::symlink_metadata(folder).map_err(Error::write(folder))?;
    if metadata.is_symlink() {
        return Err(Error::SymbolicLink { path: folder.to_path_buf() });
    }
    // An earlier app may have left it readable for all.
    if metadata.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
            .map_err(Error::write(folder))?;
    }
    Ok(())
}

fn make_folders(root: &Path, below: &Path) -> Result<std::path::PathBuf, Error> {
    let mut folder = root.to_path_buf();
    for part in below {
        folder.push(part);
        match fs::create_dir(&folder) {
            Ok(()) => continue,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::write(folder)(error)),
        }
        let found = fs::symlink_metadata(&folder).map_err(Error::write(&folder))?;
        if found.is_symlink() {
            return Err(Error::SymbolicLink { path: folder });
        }
        if !found.is_dir() {
            return Err(Error::NotAFolder { path: folder });
        }
    }
    Ok(folder)
}

fn write_durably(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    // What a crash left may have another mode; a new file never follows a link.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::workspace::tests::workspace;

    const APP: &str = "cpu_tracker";

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_synced_file_is_replaced_and_nothing_else_appears_under_datasites() {
        let (_folder, workspace) = workspace();
        let target = workspace.app_data(APP).join("cpu_tracker.json");
        for content in [&b"one"[..], b"a longer two", b"3"] {
            workspace.replace(APP, &target, Audience::Synced, content).unwrap();
            assert_eq!(fs::read(&target).unwrap(), content);
        }
        assert_eq!(mode(&target), 0o644);
        assert_eq!(fs::read_dir(workspace.app_data(APP)).unwrap().count(), 1);
        assert_eq!(fs::read_dir(workspace.temporary(APP)).unwrap().count(), 0);
    }

    #[test]
    fn a_private_file_and_its_folder_are_the_owners_alone() {
        let (_folder, workspace) = workspace();
        let target = workspace.private(APP).join("cpu_tracker.json");
        fs::create_dir_all(workspace.private(APP)).unwrap();
        fs::set_permissions(workspace.private(APP), fs::Permissions::from_mode(0o755)).unwrap();
        workspace.replace(APP, &target, Audience::Owner, b"raw").unwrap();
        assert_eq!((mode(&target), mode(&workspace.private(APP))), (0o600, 0o700));
        assert_eq!(mode(&workspace.temporary(APP)), 0o700);
    }

    #[test]
    fn what_a_crash_left_is_replaced_with_the_right_mode() {
        let (_folder, workspace) = workspace();
        let target = workspace.private(APP).join("x");
        fs::create_dir_all(workspace.temporary(APP)).unwrap();
        let left = workspace.temporary(APP).join("private+cpu_tracker+x");
        fs::write(&left, "half").unwrap();
        workspace.replace(APP, &target, Audience::Owner, b"whole").unwrap();
        assert_eq!((fs::read(&target).unwrap(), mode(&target)), (b"whole".to_vec(), 0o600));
        assert!(!left.exists());
    }

    #[test]
    fn a_link_where_the_apps_folder_belongs_is_refused() {
        let (folder, workspace) = workspace();
        let elsewhere = folder.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, workspace.own().join("app_data")).unwrap();
        let target = workspace.app_data(APP).join("x");
        let refused = workspace.replace(APP, &target, Audience::Synced, b"x");
        assert!(matches!(refused, Err(Error::SymbolicLink { .. })), "{refused:?}");
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    }

    #[test]
    fn a_link_where_the_file_belongs_is_replaced_and_not_followed() {
        let (folder, workspace) = workspace();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "theirs").unwrap();
        let target = workspace.own().join("x");
        symlink(&elsewhere, &target).unwrap();
        workspace.replace(APP, &target, Audience::Synced, b"ours").unwrap();
        assert_eq!(fs::read(&elsewhere).unwrap(), b"theirs");
        assert_eq!(fs::read(&target).unwrap(), b"ours");
    }

    #[test]
    fn a_file_in_the_way_of_a_folder_is_named() {
        let (_folder, workspace) = workspace();
        fs::write(workspace.own().join("app_data"), "").unwrap();
        let target = workspace.app_data(APP).join("x");
        let refused = workspace.replace(APP, &target, Audience::Synced, b"x").unwrap_err();
        assert!(refused.to_string().contains("app_data is not a folder"), "{refused}");
    }

    #[test]
    fn the_own_datasite_is_never_created_and_nothing_outside_is_written() {
        let (folder, workspace) = workspace();
        fs::remove_dir(workspace.own()).unwrap();
        let target = workspace.app_data(APP).join("x");
        let refused = workspace.replace(APP, &target, Audience::Synced, b"x");
        assert!(matches!(refused, Err(Error::NoDatasite { .. })), "{refused:?}");
        assert!(!workspace.own().exists());

        for outside in [
            folder.path().join("x"),
            workspace.datasites().join("bob@example.org/x"),
            workspace.private("other").join("x"),
            workspace.private(APP).join("../x"),
            workspace.private(APP),
        ] {
            let refused = workspace.replace(APP, &outside, Audience::Synced, b"x");
            assert!(matches!(refused, Err(Error::Outside { .. })), "{outside:?}: {refused:?}");
        }
    }

    #[test]
    fn restore_writes_only_what_differs() {
        let (_folder, workspace) = workspace();
        let target = workspace.public(APP).join("index.html");
        let restore =
            |content: &[u8]| workspace.restore(APP, &target, Audience::Synced, content).unwrap();
        assert!(restore(b"page"));
        assert!(!restore(b"page"));
        assert!(restore(b"pag"));
        assert!(restore(b"new page"));
        assert_eq!(fs::read(&target).unwrap(), b"new page");
    }
}
