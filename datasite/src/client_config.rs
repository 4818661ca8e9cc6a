use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, thread};

use serde::Deserialize;

use crate::{Email, Error};

/// Where a running app is told to look, in this order.
const VARIABLES: [&str; 2] = ["SYFTBOX_CLIENT_CONFIG_PATH", "SYFTBOX_CONFIG_PATH"];
/// Where the clients keep their settings, below HOME, in this order.
const USUAL_PLACES: [&str; 2] = [".syftbox/config.json", ".config/syftbox/config.json"];
/// What old clients called the file; it counts where `config.json` is missing.
const LEGACY_NAME: &str = "client_config.json";
/// The clients write the file in place: how long a torn one is given to become whole.
const TORN_FILE_PAUSE: Duration = Duration::from_millis(200);

/// What an app needs of the SyftBox client's settings: who the owner is and where the folders are.
///
/// The file also holds tokens. They are skipped while reading, never kept and never logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// The file that was read.
    pub path: PathBuf,
    /// Whose SyftBox this is.
    pub email: Email,
    /// The folder above `datasites/` and `private/`, absolute.
    pub data_dir: PathBuf,
}

impl ClientConfig {
    /// Finds and reads the settings: `given` if there is one, else what SyftBox tells its apps by
    /// `environment` (usually [`std::env::var_os`]), else the usual places below HOME.
    ///
    /// A place that was named counts alone: if nothing is there, no other is tried.
    pub fn find(
        given: Option<&Path>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<ClientConfig, Error> {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let home = set("HOME").map(PathBuf::from);
        let named = given
            .map(Path::to_path_buf)
            .or_else(|| VARIABLES.iter().find_map(|name| set(name)).map(PathBuf::from));
        let places = match (named, &home) {
            (Some(path), _) => vec![expand_home(&path, home.as_deref())?],
            (None, Some(home)) => USUAL_PLACES.iter().map(|place| home.join(place)).collect(),
            (None, None) => {
                return Err(Error::NoHome { path: Path::new("~").join(USUAL_PLACES[0]) });
            }
        };
        for place in &places {
            for path in [place.clone(), place.with_file_name(LEGACY_NAME)] {
                match read(&path, home.as_deref()) {
                    Err(Error::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                    }
                    found => return found,
                }
            }
        }
        Err(Error::ConfigMissing { looked_at: places })
    }

    /// The settings that the client wrote to `path`, for whom `home` is `~`. The bytes may be
    /// anything.
    ///
    /// # Errors
    /// [`Error::ConfigFormat`] for what is no JSON of SyftBox's, [`Error::ConfigEmail`] for no e-mail
    /// address, [`Error::NoHome`] where the folder begins with `~` and there is no `home`.
    pub fn parse(bytes: &[u8], path: &Path, home: Option<&Path>) -> Result<ClientConfig, Error> {
        // serde_json's own message may quote a value of the file, perhaps a token: keep the place only.
        let wanted: Wanted =
            serde_json::from_slice(bytes).map_err(|fault| Error::ConfigFormat {
                path: path.to_path_buf(),
                line: fault.line(),
                column: fault.column(),
            })?;
        let email = wanted.email.trim().parse();
        let email = email.map_err(|_| Error::ConfigEmail { path: path.to_path_buf() })?;
        let data_dir = wanted.data_dir.or(wanted.sync_folder);
        let data_dir = data_dir.unwrap_or_else(|| "~/SyftBox".to_owned());
        let data_dir = expand_home(Path::new(&data_dir), home)?;
        let data_dir = std::path::absolute(&data_dir)
            .map_err(|source| Error::Read { path: data_dir.clone(), source })?;
        Ok(ClientConfig { path: path.to_path_buf(), email, data_dir })
    }
}

/// The part of the file that is read at all.
#[derive(Deserialize)]
struct Wanted {
    email: String,
    data_dir: Option<String>,
    /// What old clients called `data_dir`.
    sync_folder: Option<String>,
}

fn read(path: &Path, home: Option<&Path>) -> Result<ClientConfig, Error> {
    match read_once(path, home) {
        Err(Error::ConfigFormat { .. }) => {
            thread::sleep(TORN_FILE_PAUSE);
            read_once(path, home)
        }
        other => other,
    }
}

fn read_once(path: &Path, home: Option<&Path>) -> Result<ClientConfig, Error> {
    let bytes =
        fs::read(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
    ClientConfig::parse(&bytes, path, home)
}

/// `~` and `~/…` as a shell would; `~other` is an ordinary name, as it is to SyftBox.
fn expand_home(path: &Path, home: Option<&Path>) -> Result<PathBuf, Error> {
    match path.strip_prefix("~") {
        Err(_) => Ok(path.to_path_buf()),
        Ok(rest) => match home {
            // `join("")` would leave a trailing slash.
            Some(home) if rest.as_os_str().is_empty() => Ok(home.to_path_buf()),
            Some(home) => Ok(home.join(rest)),
            None => Err(Error::NoHome { path: path.to_path_buf() }),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A home folder with files, and an environment that names it.
    struct Home {
        folder: tempfile::TempDir,
        environment: BTreeMap<&'static str, OsString>,
    }

    impl Home {
        fn new() -> Home {
            let folder = tempfile::tempdir().unwrap();
            let environment = BTreeMap::from([("HOME", folder.path().as_os_str().to_owned())]);
            Home { folder, environment }
        }

        fn with(self, file: &str, content: &str) -> Home {
            let path = self.path(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
            self
        }

        fn set(mut self, variable: &'static str, value: impl Into<OsString>) -> Home {
            self.environment.insert(variable, value.into());
            self
        }

        fn path(&self, file: &str) -> PathBuf {
            self.folder.path().join(file)
        }

        fn find(&self, given: Option<&Path>) -> Result<ClientConfig, Error> {
            ClientConfig::find(given, |name| self.environment.get(name).cloned())
        }
    }

    fn config(email: &str) -> String {
        format!(r#"{{"email": "{email}", "data_dir": "/data"}}"#)
    }

    #[test]
    fn the_file_that_a_client_writes_is_understood_and_its_unknown_keys_are_ignored() {
        let home = Home::new().with(
            ".syftbox/config.json",
            r#"{
    "data_dir": "/home/alice/SyftBox",
    "server_url": "http://127.0.0.1:18180/",
    "client_url": "http://127.0.0.1:18181/",
    "email": "alice@example.org",
    "token": "0",
    "access_token": "secret",
    "client_timeout": 5.0
}"#,
        );
        let found = home.find(None).unwrap();
        assert_eq!(found.email.as_str(), "alice@example.org");
        assert_eq!(found.data_dir, Path::new("/home/alice/SyftBox"));
        assert!(!format!("{found:?}").contains("secret"));
    }

    #[test]
    fn the_places_are_tried_in_the_documented_order() {
        let home = Home::new()
            .with("given.json", &config("given@x.org"))
            .with("app.json", &config("app@x.org"))
            .with("daemon.json", &config("daemon@x.org"))
            .with(".syftbox/config.json", &config("home@x.org"))
            .with(".config/syftbox/config.json", &config("xdg@x.org"));
        let (app, daemon) = (home.path("app.json"), home.path("daemon.json"));
        let home = home.set("SYFTBOX_CLIENT_CONFIG_PATH", app).set("SYFTBOX_CONFIG_PATH", daemon);
        let email = |home: &Home, given: Option<&Path>| home.find(given).unwrap().email.to_string();

        assert_eq!(email(&home, Some(&home.path("given.json"))), "given@x.org");
        assert_eq!(email(&home, None), "app@x.org");
        let home = home.set("SYFTBOX_CLIENT_CONFIG_PATH", ""); // set, but to nothing
        assert_eq!(email(&home, None), "daemon@x.org");
        let home = home.set("SYFTBOX_CONFIG_PATH", "");
        assert_eq!(email(&home, None), "home@x.org");
        fs::remove_file(home.path(".syftbox/config.json")).unwrap();
        assert_eq!(email(&home, None), "xdg@x.org");
    }

    #[test]
    fn a_named_file_that_is_missing_is_not_replaced_by_another_persons() {
        let home = Home::new().with(".syftbox/config.json", &config("home@x.org"));
        let missing = home.path("missing.json");
        let home = home.set("SYFTBOX_CLIENT_CONFIG_PATH", missing.clone());
        let message = home.find(None).unwrap_err().to_string();
        assert!(message.contains(missing.to_str().unwrap()), "{message}");
        assert!(!message.contains(".syftbox/config.json"), "{message}");
    }

    #[test]
    fn when_nothing_is_found_the_message_lists_the_places_and_says_what_to_do() {
        let message = Home::new().find(None).unwrap_err().to_string();
        for part in [".syftbox/config.json", ".config/syftbox/config.json", "--syftbox-config"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(matches!(ClientConfig::find(None, |_| None), Err(Error::NoHome { .. })));
    }

    #[test]
    fn old_names_of_the_file_and_the_folder_still_count() {
        let home = Home::new().with(
            ".syftbox/client_config.json",
            r#"{"email": "old@x.org", "sync_folder": "~/Old", "port": 8080}"#,
        );
        let found = home.find(None).unwrap();
        assert_eq!((found.email.as_str(), found.data_dir), ("old@x.org", home.path("Old")));
    }

    #[test]
    fn a_tilde_is_the_home_folder_in_the_folder_and_in_the_files_own_path() {
        let home = Home::new()
            .with("mine.json", r#"{"email": "a@x.org", "data_dir": "~"}"#)
            .set("SYFTBOX_CLIENT_CONFIG_PATH", "~/mine.json");
        assert_eq!(home.find(None).unwrap().data_dir, home.folder.path());
        let home = home.with("mine.json", r#"{"email": "a@x.org"}"#);
        assert_eq!(home.find(None).unwrap().data_dir, home.path("SyftBox"));
        let home = home.with("mine.json", r#"{"email": "a@x.org", "data_dir": "/srv/~x"}"#);
        assert_eq!(home.find(None).unwrap().data_dir, Path::new("/srv/~x"));
    }

    #[test]
    fn a_torn_file_is_read_once_more() {
        let home = Home::new().with(".syftbox/config.json", r#"{"email": "a@x"#);
        let path = home.path(".syftbox/config.json");
        let writer = thread::spawn(move || {
            thread::sleep(TORN_FILE_PAUSE / 4);
            fs::write(path, config("a@x.org")).unwrap();
        });
        assert_eq!(home.find(None).unwrap().email.as_str(), "a@x.org");
        writer.join().unwrap();
    }

    #[test]
    fn no_message_quotes_the_file() {
        for content in [
            r#"{"email": "a@x.org", "data_dir": 5, "access_token": "secret"}"#,
            r#"{"email": 7, "access_token": "secret"}"#,
            r#"{"email": "secret"}"#,
            r#"{"email": "a@x.org", "access_token": "secret"#,
            r#""secret""#,
        ] {
            let home = Home::new().with(".syftbox/config.json", content);
            let error = home.find(None).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
            assert!(error.to_string().contains(".syftbox/config.json"), "{error}");
        }
    }
}
