use std::path::{Path, PathBuf};

use crate::{ClientConfig, Email, Error};

/// The folders of one SyftBox client, of which only `datasites/` is synced.
///
/// A workspace exists only where the owner's own folder does. It is never created here: SyftBox
/// skips the set-up of a folder that is already there, which would leave it without permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    data_dir: PathBuf,
    /// The folder `datasites/<email>/` existed when this was made.
    email: Email,
}

impl Workspace {
    /// The workspace that the client's settings describe.
    ///
    /// # Errors
    /// [`Error::NoDatasite`] while SyftBox has not created the owner's folder.
    pub fn open(config: &ClientConfig) -> Result<Workspace, Error> {
        let of = |email: Email| Workspace { data_dir: config.data_dir.clone(), email };
        // One of the clients names the folder in lower case, whatever its settings say.
        [of(config.email.clone()), of(config.email.to_lowercase())]
            .into_iter()
            .find(|workspace| workspace.own().is_dir())
            .ok_or_else(|| Error::NoDatasite { path: of(config.email.clone()).own() })
    }

    /// Whose datasite is ours, spelled like its folder.
    pub fn email(&self) -> &Email {
        &self.email
    }

    /// The folder above all others here.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Everybody's folders that this client sees.
    pub fn datasites(&self) -> PathBuf {
        self.data_dir.join("datasites")
    }

    /// Our own folder, `datasites/<email>/`.
    pub fn own(&self) -> PathBuf {
        self.datasites().join(self.email.as_str())
    }

    /// Where an app keeps what it shares with chosen readers.
    pub fn app_data(&self, app: &str) -> PathBuf {
        self.own().join("app_data").join(app)
    }

    /// Where an app keeps what everybody may read.
    pub fn public(&self, app: &str) -> PathBuf {
        self.own().join("public").join(app)
    }

    /// Where an app keeps what never leaves this machine.
    pub fn private(&self, app: &str) -> PathBuf {
        self.data_dir.join("private").join(app)
    }

    /// Where an app writes a file before it moves it into place: outside everything synced, but
    /// on the same file system.
    pub fn temporary(&self, app: &str) -> PathBuf {
        self.private(app).join("tmp")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use super::*;

    /// A client's folders as SyftBox leaves them, for `alice@example.org`.
    pub(crate) fn workspace() -> (tempfile::TempDir, Workspace) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("datasites/alice@example.org")).unwrap();
        let workspace = Workspace::open(&config(folder.path(), "alice@example.org")).unwrap();
        (folder, workspace)
    }

    fn config(data_dir: &Path, email: &str) -> ClientConfig {
        ClientConfig {
            path: data_dir.join("config.json"),
            email: email.parse().unwrap(),
            data_dir: data_dir.to_path_buf(),
        }
    }

    #[test]
    fn every_folder_is_where_syftbox_has_it() {
        let (folder, workspace) = workspace();
        let at = |path: &str| folder.path().join(path);
        assert_eq!(workspace.datasites(), at("datasites"));
        assert_eq!(workspace.app_data("x"), at("datasites/alice@example.org/app_data/x"));
        assert_eq!(workspace.public("x"), at("datasites/alice@example.org/public/x"));
        assert_eq!(workspace.private("x"), at("private/x"));
        assert_eq!(workspace.temporary("x"), at("private/x/tmp"));
    }

    #[test]
    fn a_missing_own_folder_is_an_error_and_stays_missing() {
        let folder = tempfile::tempdir().unwrap();
        let error = Workspace::open(&config(folder.path(), "alice@example.org")).unwrap_err();
        assert!(error.to_string().contains("datasites/alice@example.org"), "{error}");
        assert!(error.to_string().contains("start SyftBox"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_the_client_named_in_lower_case_is_found() {
        let (folder, _) = workspace();
        let found = Workspace::open(&config(folder.path(), "Alice@Example.org")).unwrap();
        assert_eq!(found.email().as_str(), "alice@example.org");
    }
}
