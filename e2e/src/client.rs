use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::process::{Running, tail};

/// A SyftBox client that runs, with a HOME and a data folder of its own.
#[derive(Debug)]
pub struct Client {
    /// The person, for example `alice`.
    pub name: String,
    /// The person's e-mail address, which names the datasite.
    pub email: String,
    /// The person's home folder.
    pub home: PathBuf,
    /// The client's data folder (`data_dir` of SyftBox's config).
    pub data: PathBuf,
    config: PathBuf,
    process: Running,
}

/// What a client needs to know of the network that it joins.
pub(crate) struct Membership<'a> {
    pub(crate) syftbox: &'a Path,
    pub(crate) server: &'a str,
    pub(crate) port: u16,
    pub(crate) token: &'a str,
}

impl Client {
    /// Starts the client of `name`, whose files all lie in `folder`.
    pub(crate) fn start(name: &str, folder: &Path, membership: &Membership) -> Self {
        let (home, data) = (folder.join("home"), folder.join("SyftBox"));
        let email = email_of(name);
        fs::create_dir_all(home.join(".config")).expect("the network's folder is writable");
        let mut command = Command::new(membership.syftbox);
        command.args(["client", "--service"]).current_dir(folder).env_clear().envs([
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
            ("SYFTBOX_DISABLE_ICONS", "1"),
            ("SYFTBOX_EMAIL", &email),
            ("SYFTBOX_SERVER_URL", membership.server),
            ("SYFTBOX_ACCESS_TOKEN", membership.token),
            ("SYFTBOX_PORT", &membership.port.to_string()),
        ]);
        command.env("HOME", &home).env("TMPDIR", &home).env("SYFTBOX_DATA_DIR", &data);
        let config = folder.join("config.json");
        command.env("SYFTBOX_CLIENT_CONFIG_PATH", &config);
        let process = Running::start(&mut command, folder.join("client.log"));
        Self { name: name.to_owned(), email, home, data, config, process }
    }

    /// Whether the client has made its datasite and its apps folder.
    pub(crate) fn is_ready(&self) -> bool {
        let public = self.datasite(&self.email).join("public/syftperm.yaml");
        public.exists() && self.apps().is_dir()
    }

    /// All datasites that this client has, its own among them: the only folder that is synced.
    pub fn datasites(&self) -> PathBuf {
        self.data.join("datasites")
    }

    /// The folder of one datasite on this client's disk.
    pub fn datasite(&self, email: &str) -> PathBuf {
        self.datasites().join(email)
    }

    /// Where this client's apps are installed.
    pub fn apps(&self) -> PathBuf {
        self.data.join("apps")
    }

    /// Writes settings for an app to `~/.config/`.
    pub fn configure(&self, file: &str, settings: &str) {
        fs::write(self.home.join(".config").join(file), settings).expect("HOME is writable");
    }

    /// Installs an app as `syftbox app install <local path>` does: as a link.
    pub fn install_link(&self, app: &Path) {
        let name = app.file_name().expect("an app's folder has a name");
        std::os::unix::fs::symlink(app, self.apps().join(name)).expect("apps/ is writable");
    }

    /// Installs an app as a folder of its own.
    pub fn install_copy(&self, app: &Path) {
        let name = app.file_name().expect("an app's folder has a name");
        let copied = Command::new("cp").arg("-r").arg(app).arg(self.apps().join(name)).status();
        assert!(copied.is_ok_and(|status| status.success()), "cannot copy {}", app.display());
    }

    /// A command of an installed app, in the environment that SyftBox gives its apps.
    pub fn app_command(&self, app: &str) -> Command {
        let mut command = Command::new(self.apps().join(app).join("bin").join(app));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", &self.home);
        command.env("SYFTBOX_CLIENT_CONFIG_PATH", &self.config);
        command
    }

    /// What an app has logged since it was last started.
    pub fn app_log(&self, app: &str) -> String {
        let log = self.apps().join(app).join(format!("logs/{app}.log"));
        String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned()
    }

    /// The last lines that the client and its apps printed.
    pub(crate) fn log_tail(&self) -> String {
        let apps = fs::read_dir(self.apps()).into_iter().flatten().flatten();
        let logs = apps.map(|app| {
            let log = format!("logs/{}.log", app.file_name().display());
            tail(&app.path().join(log))
        });
        self.process.log_tail() + &logs.collect::<String>()
    }
}

pub(crate) fn email_of(name: &str) -> String {
    format!("{name}@example.org")
}
