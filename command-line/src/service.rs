//! A program as a service of one user's account: for systemd and for launchd.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Subcommand, ValueEnum};

use crate::exit_code::FINAL;

/// Who starts the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Manager {
    /// Linux: save it in ~/.config/systemd/user/
    Systemd,
    /// macOS: save it in ~/Library/LaunchAgents/
    Launchd,
}

/// What can be asked about a program as a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ServiceTask {
    /// Print the service's file
    Print {
        /// For which service manager
        manager: Manager,
    },
}

/// What a service manager has to know of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The service's name, such as `cpu-leader`.
    pub name: String,
    /// What it is, in one line.
    pub description: String,
    /// The program's binary, with an absolute path.
    pub program: PathBuf,
    /// What it is started with.
    pub arguments: Vec<String>,
    /// The only folders that it may write in, with absolute paths.
    pub writes: Vec<PathBuf>,
    /// More memory than that is a fault of ours.
    pub memory_mib: u32,
    /// More of one processor than that, too, in percent.
    pub cpu_percent: u32,
    /// How long it is given to end by itself.
    pub patience: Duration,
}

/// Why a service cannot be described.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unprintable {
    /// Service managers start nothing by a relative path.
    #[error("{} must be an absolute path for a service", path.display())]
    Relative {
        /// The path.
        path: PathBuf,
    },
    /// A path that could not be quoted for each service manager.
    #[error("{} must be a path in UTF-8 without control characters for a service", path.display())]
    Characters {
        /// The path.
        path: PathBuf,
    },
}

impl Service {
    /// The service's file, as `manager` reads it.
    ///
    /// # Errors
    /// [`Unprintable`] names the path that it cannot hold.
    pub fn file(&self, manager: Manager) -> Result<String, Unprintable> {
        match manager {
            Manager::Systemd => self.systemd(),
            Manager::Launchd => self.launchd(),
        }
    }

    /// A unit for `systemd --user`.
    ///
    /// # Errors
    /// [`Unprintable`] names the path that a unit cannot hold.
    pub fn systemd(&self) -> Result<String, Unprintable> {
        let mut command = vec![quoted(text(&self.program)?)];
        command.extend(self.arguments.iter().map(|argument| quoted(argument)));
        let final_codes: Vec<_> = FINAL.iter().map(ToString::to_string).collect();
        let (mut folders, mut writes) = (String::new(), String::new());
        for folder in &self.writes {
            let folder = text(folder)?;
            let _ = write!(folders, " '{}'", folder.replace('\'', r"'\''"));
            let _ = writeln!(writes, "ReadWritePaths={}", quoted(folder));
        }
        Ok(format!(
            "# ~/.config/systemd/user/{name}.service
# Before the first start, make what is not there yet: mkdir -p -m 700{folders}
[Unit]
Description={description}

[Service]
ExecStart={command}
Restart=on-failure
RestartSec=5
RestartPreventExitStatus={final_codes}
TimeoutStopSec={patience}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
{writes}PrivateTmp=yes
UMask=0077
MemoryMax={memory}M
CPUQuota={cpu}%

[Install]
WantedBy=default.target
",
            name = self.name,
            description = self.description.replace('%', "%%"),
            command = command.join(" "),
            final_codes = final_codes.join(" "),
            patience = self.patience.as_secs(),
            memory = self.memory_mib,
            cpu = self.cpu_percent,
        ))
    }

    /// An agent for launchd, which knows of no folders that may be written and no exit codes that
    /// are final: it is started again after any failure, and not more often than once a minute.
    ///
    /// # Errors
    /// [`Unprintable`] names the path that an agent cannot hold.
    pub fn launchd(&self) -> Result<String, Unprintable> {
        let program = text(&self.program)?;
        let mut command = String::new();
        for word in [program].into_iter().chain(self.arguments.iter().map(String::as_str)) {
            let _ = writeln!(command, "        <string>{}</string>", escaped(word));
        }
        Ok(format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ~/Library/LaunchAgents/{label}.plist -->
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>{label}</string>
    <key>ProgramArguments</key>
    <array>
{command}    </array>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>60</integer>
    <key>ExitTimeOut</key>
    <integer>{patience}</integer>
    <key>Umask</key>
    <integer>63</integer>
    <key>ProcessType</key>
    <string>Background</string>
</dict>
</plist>
"#,
            label = escaped(&self.name),
            patience = self.patience.as_secs(),
        ))
    }
}

fn text(path: &Path) -> Result<&str, Unprintable> {
    if !path.is_absolute() {
        return Err(Unprintable::Relative { path: path.to_path_buf() });
    }
    path.to_str()
        .filter(|text| !text.contains(char::is_control))
        .ok_or_else(|| Unprintable::Characters { path: path.to_path_buf() })
}

/// A word of a unit: quotes and backslashes are C's, `%` and `$` would be replaced.
fn quoted(word: &str) -> String {
    let word = word.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%");
    format!("\"{}\"", word.replace('$', "$$"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    fn service() -> Service {
        Service {
            name: "cpu-tracker".to_owned(),
            description: "Watches 100 % of the CPU".to_owned(),
            program: PathBuf::from("/bin/sh"),
            arguments: vec!["-c".to_owned(), "exit 0 # $HOME & \"100%\" <all>".to_owned()],
            writes: vec![PathBuf::from("/home/a b/SyftBox"), PathBuf::from("/home/a b/.local")],
            memory_mib: 64,
            cpu_percent: 5,
            patience: Duration::from_secs(10),
        }
    }

    #[test]
    fn a_unit_restarts_what_a_restart_can_mend_and_may_write_only_where_it_must() {
        let unit = service().systemd().unwrap();
        for line in [
            r#"ExecStart="/bin/sh" "-c" "exit 0 # $$HOME & \"100%%\" <all>""#,
            "Restart=on-failure",
            "RestartPreventExitStatus=2 65 77 78",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            r#"ReadWritePaths="/home/a b/SyftBox""#,
            r#"ReadWritePaths="/home/a b/.local""#,
            "MemoryMax=64M",
            "CPUQuota=5%",
            "Description=Watches 100 %% of the CPU",
            "# Before the first start, make what is not there yet: \
             mkdir -p -m 700 '/home/a b/SyftBox' '/home/a b/.local'",
        ] {
            assert!(unit.lines().any(|one| one == line), "{line}\n{unit}");
        }
    }

    #[test]
    fn an_agent_is_escaped_for_xml_and_started_again_after_a_failure() {
        let agent = service().launchd().unwrap();
        assert!(agent.contains("exit 0 # $HOME &amp; \"100%\" &lt;all&gt;"), "{agent}");
        assert!(agent.contains("<key>SuccessfulExit</key>\n        <false/>"), "{agent}");
    }

    #[test]
    fn a_path_that_a_service_cannot_hold_is_refused() {
        for (path, fault) in [("sh", "absolute"), ("/tmp/a\nExecStartPre=x", "control")] {
            let service = Service { program: PathBuf::from(path), ..service() };
            assert!(service.systemd().unwrap_err().to_string().contains(fault), "{path:?}");
            assert!(service.launchd().is_err(), "{path:?}");
        }
        let service = Service { writes: vec![PathBuf::from("SyftBox")], ..service() };
        assert!(service.systemd().is_err());
    }

    #[test]
    fn each_manager_gets_the_file_that_it_reads() {
        let service = service();
        assert_eq!(service.file(Manager::Systemd), service.systemd());
        assert_eq!(service.file(Manager::Launchd), service.launchd());
        assert_ne!(service.systemd(), service.launchd());
    }

    #[test]
    fn systemd_finds_nothing_wrong_with_the_unit() {
        let folder = tempfile::tempdir().unwrap();
        let unit = folder.path().join("cpu-tracker.service");
        fs::write(&unit, service().systemd().unwrap()).unwrap();
        let checked = Command::new("systemd-analyze")
            .args(["verify", "--user"])
            .arg(&unit)
            .env("XDG_RUNTIME_DIR", folder.path())
            .output();
        let Ok(checked) = checked else {
            eprintln!("skipped: systemd-analyze is not installed");
            return;
        };
        let said = String::from_utf8_lossy(&checked.stderr);
        if said.contains("Failed to initialize manager") {
            eprintln!("skipped: systemd-analyze cannot run here");
            return;
        }
        assert!(!said.contains("cpu-tracker.service"), "{said}");
        assert!(checked.status.success(), "{said}");
    }
}
