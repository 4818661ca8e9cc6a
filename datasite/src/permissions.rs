use std::path::Path;

use crate::{Audience, Email, Error, Workspace, read_bounded};

/// What SyftBox 0.3 to 0.4 enforces: rules of all folders above are inherited, the last match
/// counts.
const OLD_NAME: &str = "syftperm.yaml";
/// What SyftBox since 0.5 enforces: only the nearest file counts, the most specific rule of it.
const NEW_NAME: &str = "syft.pub.yaml";

/// Each of SyftBox's servers ignores the other's file, so both are always written. They must be
/// in place before the data that they protect.
impl Workspace {
    /// The names of both.
    pub const PERMISSION_FILES: [&str; 2] = [OLD_NAME, NEW_NAME];

    /// Lets `reader` and nobody else read `file` of the app's own folder, and nobody anything
    /// else there. Says whether anything on disk had to change.
    pub fn protect(&self, app: &str, file: &str, reader: &Email) -> Result<bool, Error> {
        let new = protected_new(reader, file);
        let old = protected_old(self.email(), reader, file);
        self.set_permissions(app, &self.app_data(app), &new, &old)
    }

    /// Whether both permission files are as [`Workspace::protect`] writes them. Changes nothing.
    pub fn is_protected(&self, app: &str, file: &str, reader: &Email) -> bool {
        let new = protected_new(reader, file);
        let old = protected_old(self.email(), reader, file);
        [(NEW_NAME, new), (OLD_NAME, old)].into_iter().all(|(name, wanted)| {
            let (mut found, path) = (Vec::new(), self.app_data(app).join(name));
            path.strip_prefix(self.own()).is_ok_and(|relative| {
                read_bounded(&self.own(), relative, wanted.len(), &mut found) == Ok(Some(()))
                    && found == wanted.as_bytes()
            })
        })
    }

    /// Lets everybody read the app's public folder. Says whether anything on disk had to change.
    pub fn make_public(&self, app: &str) -> Result<bool, Error> {
        self.set_permissions(app, &self.public(app), PUBLIC_NEW, &public_old(self.email()))
    }

    fn set_permissions(
        &self,
        app: &str,
        folder: &Path,
        new: &str,
        old: &str,
    ) -> Result<bool, Error> {
        let new = self.restore(app, &folder.join(NEW_NAME), Audience::Synced, new.as_bytes())?;
        let old = self.restore(app, &folder.join(OLD_NAME), Audience::Synced, old.as_bytes())?;
        Ok(new || old)
    }
}

fn protected_new(reader: &Email, file: &str) -> String {
    format!(
        r#"terminal: true
rules:
  - pattern: "{file}"
    access:
      admin: []
      read: ["{reader}"]
      write: []
  - pattern: "**"
    access:
      admin: []
      read: []
      write: []
"#
    )
}

/// The leading `disallow` takes back what a folder above may grant to everybody.
fn protected_old(owner: &Email, reader: &Email, file: &str) -> String {
    format!(
        "- path: '**'
  permissions: [admin, create, write, read]
  type: disallow
  user: '*'
- path: '**'
  permissions: [admin, create, write, read]
  user: {owner}
- path: {file}
  permissions: [read]
  user: {reader}
"
    )
}

const PUBLIC_NEW: &str = r#"terminal: true
rules:
  - pattern: "**"
    access:
      admin: []
      read: ["*"]
      write: []
"#;

fn public_old(owner: &Email) -> String {
    format!(
        "- path: '**'
  permissions: [admin, create, write, read]
  user: {owner}
- path: '**'
  permissions: [read]
  user: '*'
"
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use super::*;
    use crate::workspace::tests::workspace;

    #[test]
    fn a_protected_folder_has_exactly_these_bytes() {
        let (_folder, workspace) = workspace();
        let leader = "aggregator@openmined.org".parse().unwrap();
        assert!(workspace.protect("cpu_tracker", "cpu_tracker.json", &leader).unwrap());
        let read = |name| fs::read_to_string(workspace.app_data("cpu_tracker").join(name)).unwrap();
        assert_eq!(
            read("syft.pub.yaml"),
            "terminal: true\nrules:\n  - pattern: \"cpu_tracker.json\"\n    access:\n      \
             admin: []\n      read: [\"aggregator@openmined.org\"]\n      write: []\n  \
             - pattern: \"**\"\n    access:\n      admin: []\n      read: []\n      write: []\n"
        );
        assert_eq!(
            read("syftperm.yaml"),
            "- path: '**'\n  permissions: [admin, create, write, read]\n  type: disallow\n  \
             user: '*'\n- path: '**'\n  permissions: [admin, create, write, read]\n  \
             user: alice@example.org\n- path: cpu_tracker.json\n  permissions: [read]\n  \
             user: aggregator@openmined.org\n"
        );
    }

    #[test]
    fn a_public_folder_has_exactly_these_bytes() {
        let (_folder, workspace) = workspace();
        assert!(workspace.make_public("cpu_tracker").unwrap());
        let read = |name| fs::read_to_string(workspace.public("cpu_tracker").join(name)).unwrap();
        assert_eq!(
            read("syft.pub.yaml"),
            "terminal: true\nrules:\n  - pattern: \"**\"\n    access:\n      admin: []\n      \
             read: [\"*\"]\n      write: []\n"
        );
        assert_eq!(
            read("syftperm.yaml"),
            "- path: '**'\n  permissions: [admin, create, write, read]\n  \
             user: alice@example.org\n- path: '**'\n  permissions: [read]\n  user: '*'\n"
        );
    }

    #[test]
    fn permission_files_are_written_only_when_they_differ() {
        let (_folder, workspace) = workspace();
        let leader = "aggregator@openmined.org".parse().unwrap();
        let protect = || workspace.protect("cpu_tracker", "cpu_tracker.json", &leader).unwrap();
        let file = workspace.app_data("cpu_tracker").join(OLD_NAME);
        let inode = || fs::metadata(&file).unwrap().ino();

        assert!(protect());
        let before = inode();
        assert!(!protect());
        assert_eq!(inode(), before, "an unchanged file was written again");

        let wanted = fs::read(&file).unwrap();
        assert!(workspace.is_protected("cpu_tracker", "cpu_tracker.json", &leader));
        for spoilt in [&b""[..], b"- path: '**'\n", &[wanted.as_slice(), b"\n"].concat()] {
            fs::write(&file, spoilt).unwrap();
            assert!(!workspace.is_protected("cpu_tracker", "cpu_tracker.json", &leader));
            assert!(protect());
            assert_eq!(fs::read(&file).unwrap(), wanted);
        }
        fs::remove_dir_all(workspace.app_data("cpu_tracker")).unwrap();
        assert!(protect());
        assert_eq!(fs::read(&file).unwrap(), wanted);
    }
}
