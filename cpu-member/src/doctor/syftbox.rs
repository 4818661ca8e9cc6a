use std::fs;

use datasite::{Readers, Report, Workspace};

use super::{Finding, open_to_others};
use crate::settings::Settings;

/// Our folders below SyftBox's, and who can read what is in them.
pub(super) fn examine(workspace: &Workspace, settings: Option<&Settings>) -> Vec<Finding> {
    let mut findings = vec![Finding::fine("datasite", workspace.own().display().to_string())];
    if let Some(settings) = settings {
        findings.push(leader(workspace, settings));
        findings.extend(permissions(workspace, settings));
    }
    findings.extend(conflicts(workspace));
    findings.push(private(workspace));
    findings
}

fn leader(workspace: &Workspace, settings: &Settings) -> Finding {
    let leader = &settings.leader;
    let is_there = |name: &str| workspace.datasites().join(name).is_dir();
    if is_there(leader.as_str()) || is_there(leader.to_lowercase().as_str()) {
        Finding::fine("leader", leader.as_str())
    } else {
        let said = format!(
            "no datasite named {leader} is on this machine yet: check for a typo, or wait for the \
             first sync"
        );
        Finding::warning("leader", said)
    }
}

fn permissions(workspace: &Workspace, settings: &Settings) -> Vec<Finding> {
    let folder = workspace.app_data(Report::APP);
    if folder.symlink_metadata().is_err() {
        return vec![Finding::fine(
            "permissions",
            "nothing is published yet, and nobody can read it",
        )];
    }
    let as_written = workspace.is_protected(Report::APP, Report::FILE, &settings.leader);
    let mut findings = vec![if as_written {
        Finding::fine("permissions", "both files are as the member writes them")
    } else {
        let said = "the files are missing, changed, or for another leader: the member writes them \
                    anew when it starts and before each value";
        Finding::warning("permissions", said)
    }];
    let old = workspace.readers_by_old_rules(Report::APP, Report::FILE);
    let new = workspace.readers_by_new_rules(Report::APP, Report::FILE);
    findings.extend(readers("readers (SyftBox 0.3 to 0.4)", &old, settings));
    findings.extend(readers("readers (SyftBox since 0.5)", &new, settings));
    findings
}

fn readers(about: &'static str, readers: &Readers, settings: &Settings) -> Vec<Finding> {
    let leader = &settings.leader;
    let doubts = readers.doubts.iter().map(|(path, reason)| {
        let path = path.display();
        Finding::warning(about, format!("{path} is not understood: {reason}; correct it"))
    });
    let mut findings: Vec<_> = doubts.collect();
    findings.push(if !readers.are_only(leader) {
        let others = if readers.everybody {
            "everybody".to_owned()
        } else {
            let names = readers.named.iter().filter(|name| *name != leader.to_lowercase().as_str());
            names.map(|name| printable(name)).collect::<Vec<_>>().join(", ")
        };
        let said = format!(
            "{others} can read the report, too: look for grants and `terminal: true` in the \
             permission files of its folder and of those above"
        );
        Finding::problem(77, about, said)
    } else if !readers.doubts.is_empty() {
        Finding::warning(about, "who can read the report is uncertain until that is corrected")
    } else if readers.include(leader) {
        Finding::fine(about, format!("you and {leader} alone"))
    } else {
        Finding::warning(about, format!("{leader} cannot read the report"))
    });
    findings
}

/// The name as it may be printed: anybody's words stand in a permission file, and those that a
/// terminal obeys, or a line's end, could make another finding of it.
fn printable(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() || c.is_alphanumeric();
    let shown = |c: char| if is_plain(c) { c.to_string() } else { c.escape_unicode().to_string() };
    name.chars().map(shown).collect()
}

/// What SyftBox leaves where two machines write one file.
fn conflicts(workspace: &Workspace) -> Option<Finding> {
    let entries = fs::read_dir(workspace.app_data(Report::APP)).ok()?;
    let is_left = |name: &str| {
        [".conflict", ".rejected", ".syftrejected"].iter().any(|mark| name.contains(mark))
    };
    let found = entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(is_left));
    found.then(|| {
        let said = format!(
            "SyftBox refused or set aside files in {}: does another machine use the same e-mail? \
             Give each its own, and remove these files",
            workspace.app_data(Report::APP).display()
        );
        Finding::warning("conflicts", said)
    })
}

fn private(workspace: &Workspace) -> Finding {
    let folder = workspace.private(Report::APP);
    let found = [folder.clone(), folder.join(Report::FILE)];
    match found.iter().find_map(|path| open_to_others(path)) {
        Some(said) => Finding::problem(77, "private folder", said),
        None => Finding::fine("private folder", "for you alone"),
    }
}
