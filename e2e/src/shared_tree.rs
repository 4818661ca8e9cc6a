use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{Running, StraysStopped, release_binary};

/// A network without SyftBox: everybody's datasites lie in one folder instead of in copies that are
/// synced. All of it, and whatever runs in it, is stopped and removed when this is dropped.
#[derive(Debug)]
pub struct SharedTree {
    _strays: StraysStopped,
    folder: TempDir,
}

impl SharedTree {
    /// An empty one.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("the system's temporary folder is writable");
        fs::create_dir(folder.path().join("datasites")).expect("a new folder is writable");
        Self { _strays: StraysStopped(folder.path().to_owned()), folder }
    }

    /// What SyftBox sets up for a new user.
    pub fn join(&self, name: &str) -> Place {
        let (email, home) = (format!("{name}@example.org"), self.folder.path().join(name));
        let datasites = self.folder.path().join("datasites");
        for folder in [home.join(".syftbox"), home.join("SyftBox"), datasites.join(&email)] {
            fs::create_dir_all(folder).expect("the tree is writable");
        }
        let link = std::os::unix::fs::symlink(datasites, home.join("SyftBox/datasites"));
        link.expect("the tree is writable");
        let config = format!(r#"{{"email": "{email}"}}"#);
        fs::write(home.join(".syftbox/config.json"), config).expect("the tree is writable");
        Place { email, home }
    }
}

impl Default for SharedTree {
    fn default() -> Self {
        Self::new()
    }
}

/// One person's place in a [`SharedTree`].
#[derive(Clone, Debug)]
pub struct Place {
    email: String,
    home: PathBuf,
}

impl Place {
    /// A path below the datasite.
    pub fn datasite(&self, below: &str) -> PathBuf {
        self.home.join("SyftBox/datasites").join(&self.email).join(below)
    }

    /// A path below the person's home.
    pub fn home(&self, below: &str) -> PathBuf {
        self.home.join(below)
    }

    /// Where `app` keeps what it must not forget.
    pub fn state(&self, app: &str) -> PathBuf {
        self.home.join(".local/state").join(app)
    }

    /// Our program `app`, with nothing of this test's environment.
    pub fn command(&self, app: &str) -> Command {
        let mut command = Command::new(release_binary(app));
        command.env_clear().env("HOME", &self.home);
        command
    }

    /// Starts `app` with these arguments in the background; its log is `home/<app>.log`.
    pub fn start(&self, app: &str, arguments: &[&str]) -> Running {
        Running::start(self.command(app).args(arguments), self.log(app))
    }

    /// What an app has printed in all its lives.
    pub fn log(&self, app: &str) -> PathBuf {
        self.home.join(format!("{app}.log"))
    }

    /// What `app` prints when it is run with these arguments.
    ///
    /// # Errors
    /// What it says where it fails.
    pub fn finish(&self, app: &str, arguments: &[&str]) -> Result<String, String> {
        let output = self.command(app).args(arguments).output();
        let output = output.expect("a release binary can be started");
        let [printed, said] =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        let failed = || format!("{app} {arguments:?}: {}, {said}", output.status);
        output.status.success().then_some(printed).ok_or_else(failed)
    }
}

/// Whether SQLite finds the file whole: `ok`, or what is wrong. As for any reader that comes after a
/// crash, what its log still holds is put in first.
///
/// # Errors
/// Where it cannot be read at all.
pub fn sqlite_integrity(file: &Path) -> Result<String, rusqlite::Error> {
    fs::metadata(file).map_err(|fault: io::Error| {
        rusqlite::Error::InvalidPath(PathBuf::from(format!("{}: {fault}", file.display())))
    })?;
    let connection = rusqlite::Connection::open(file)?;
    connection.query_row("PRAGMA integrity_check", (), |row| row.get(0))
}
