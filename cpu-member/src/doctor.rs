//! What is wrong, and what to do. Nothing is changed, and no measured value is shown.

use std::{fmt, os::unix::fs::MetadataExt, path::Path};

use datasite::{ClientConfig, Workspace};

use crate::{
    Error,
    settings::{Given, Settings, read_file, settings_file},
    state::StateFolder,
};

mod machine;
mod state;
mod syftbox;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Fine,
    /// Works, but should be known.
    Warning,
    /// Must be put right; with the exit code that fits, after the numbers of `sysexits.h`.
    Problem(u8),
}

/// What one check found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How it came out.
    pub level: Level,
    /// What was looked at.
    pub about: &'static str,
    /// What was found, and what to do about it.
    pub said: String,
}

/// All findings, in the order of the checks.
#[derive(Clone, Debug)]
pub struct Findings(pub Vec<Finding>);

/// Looks at everything that the member needs.
pub fn examine(
    given: &Given,
    config: Option<&Path>,
    home: Option<&Path>,
    syftbox: impl Fn() -> Result<ClientConfig, datasite::Error>,
) -> Findings {
    let mut findings = Vec::new();
    let settings = match read_file(config, home).and_then(|file| Settings::resolve(given, &file)) {
        Ok(settings) => {
            findings.push(settings_are_fine(config, home));
            Some(settings)
        }
        Err(fault) => {
            findings.push(Finding::fault("settings", &fault));
            None
        }
    };
    let client = match syftbox() {
        Ok(client) => {
            let said = format!("{} of {}", client.path.display(), client.email);
            findings.push(Finding::fine("SyftBox", said));
            Some(client)
        }
        Err(fault) => {
            findings.push(Finding::fault("SyftBox", &fault.into()));
            None
        }
    };
    let workspace = client.and_then(|client| match Workspace::open(&client) {
        Ok(workspace) => Some(workspace),
        Err(fault) => {
            findings.push(Finding::fault("datasite", &fault.into()));
            None
        }
    });
    if let Some(workspace) = &workspace {
        findings.extend(syftbox::examine(workspace, settings.as_ref()));
    }
    match StateFolder::below(home) {
        Ok(state) => {
            findings.extend(state::examine(&state, settings.as_ref()));
            findings.extend(machine::examine(&state, workspace.as_ref()));
        }
        Err(fault) => findings.push(Finding::fault("state", &fault)),
    }
    Findings(findings)
}

fn settings_are_fine(config: Option<&Path>, home: Option<&Path>) -> Finding {
    let said = match settings_file(config, home) {
        Some(path) if path.exists() => format!("{} is understood", path.display()),
        Some(path) => format!("the defaults: there is no {}", path.display()),
        None => "the defaults".to_owned(),
    };
    Finding::fine("settings", said)
}

impl Finding {
    fn fine(about: &'static str, said: impl Into<String>) -> Self {
        Self { level: Level::Fine, about, said: said.into() }
    }

    fn warning(about: &'static str, said: impl Into<String>) -> Self {
        Self { level: Level::Warning, about, said: said.into() }
    }

    fn problem(code: u8, about: &'static str, said: impl Into<String>) -> Self {
        Self { level: Level::Problem(code), about, said: said.into() }
    }

    fn fault(about: &'static str, fault: &Error) -> Self {
        Self::problem(fault.exit_code(), about, fault.to_string())
    }
}

impl Findings {
    /// # Errors
    /// [`Error::Unwell`] where any check found a problem.
    pub fn verdict(&self) -> Result<(), Error> {
        let codes: Vec<u8> = self.0.iter().filter_map(|finding| finding.level.code()).collect();
        match codes.first() {
            None => Ok(()),
            Some(&code) => Err(Error::Unwell { problems: codes.len(), code }),
        }
    }
}

impl Level {
    fn code(self) -> Option<u8> {
        match self {
            Self::Problem(code) => Some(code),
            Self::Fine | Self::Warning => None,
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { level, about, said } in &self.0 {
            let level = match level {
                Level::Fine => "ok",
                Level::Warning => "warning",
                Level::Problem(_) => "problem",
            };
            writeln!(f, "{level:<9}{about}: {said}")?;
        }
        Ok(())
    }
}

/// Names what is there and open to other accounts of this machine.
fn open_to_others(path: &Path) -> Option<String> {
    let mode = path.symlink_metadata().ok()?.mode() & 0o777;
    let wanted = if path.is_dir() { "700" } else { "600" };
    (mode & 0o077 != 0).then(|| {
        let path = path.display();
        format!("{path} is open to other accounts ({mode:o}): chmod {wanted} {path}")
    })
}

#[cfg(test)]
mod tests;
