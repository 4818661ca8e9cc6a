use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::{Email, Workspace, read_bounded};

mod glob;
mod new_rules;
mod old_rules;

/// No honest permission file is larger.
const LONGEST_FILE: usize = 64 * 1024;

/// Characters that end a line, and so a comment, in YAML 1.1, which SyftBox's servers read, but not in
/// the YAML 1.2 that is read here.
const LINE_ENDS_OF_OLD: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// Who else than its owner can read a file by the permission files on this disk.
///
/// A server may still go by older ones. Where something could not be understood, it counts as a
/// grant where it may be one, and is named in `doubts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// Whether anybody can.
    pub everybody: bool,
    /// Those who are named: addresses, or patterns of them. Lower case: servers differ in it.
    pub named: BTreeSet<String>,
    /// Files of which not all was understood, with the reason.
    pub doubts: Vec<(PathBuf, &'static str)>,
}

impl Readers {
    /// Whether nobody but the owner and `reader` can read it.
    pub fn are_only(&self, reader: &Email) -> bool {
        !self.everybody && self.named.iter().all(|name| name == reader.to_lowercase().as_str())
    }

    /// Whether `reader` can, as far as it is named.
    pub fn include(&self, reader: &Email) -> bool {
        self.everybody || self.named.contains(reader.to_lowercase().as_str())
    }
}

impl Workspace {
    /// Who can read `file` of the app's own folder by SyftBox 0.3 to 0.4: the rules of all folders
    /// above are inherited, and the last that matches counts.
    pub fn readers_by_old_rules(&self, app: &str, file: &str) -> Readers {
        let files = self.permission_files(app, old_rules::NAME);
        old_rules::readers(self.email(), &place(app, file), &files)
    }

    /// Who can read `file` of the app's own folder by SyftBox since 0.5: only the nearest file
    /// counts, or the first on the way to it that is terminal, and in it the most specific rule.
    pub fn readers_by_new_rules(&self, app: &str, file: &str) -> Readers {
        let files = self.permission_files(app, new_rules::NAME);
        new_rules::readers(self.email(), &place(app, file), &files)
    }

    /// The permission files of this name from the datasite's root to the app's folder.
    fn permission_files(&self, app: &str, name: &str) -> Vec<PermissionFile> {
        let folders = [String::new(), "app_data".to_owned(), format!("app_data/{app}")];
        let found = folders.into_iter().enumerate().filter_map(|(depth, folder)| {
            let relative = Path::new(&folder).join(name);
            let mut bytes = Vec::new();
            let text = match read_bounded(&self.own(), &relative, LONGEST_FILE, &mut bytes) {
                Ok(None) => return None,
                Ok(Some(())) => {
                    String::from_utf8(bytes).ok().filter(|text| !text.contains(LINE_ENDS_OF_OLD))
                }
                Err(_) => None,
            };
            Some(PermissionFile { path: self.own().join(relative), depth, text })
        });
        found.collect()
    }
}

/// `None` where it is no YAML, or not of that shape.
fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    // What repeats itself by aliases could make a short file long. Nothing else does: an escape stands
    // for half as much again as its own length at most.
    let budget = serde_saphyr::budget! { max_total_scalar_bytes: 2 * LONGEST_FILE };
    let options = serde_saphyr::options! { budget: budget, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).ok()
}

/// The way from the datasite's root to the file, a folder at a time.
fn place(app: &str, file: &str) -> [String; 3] {
    ["app_data".to_owned(), app.to_owned(), file.to_owned()]
}

struct PermissionFile {
    path: PathBuf,
    /// How many folders below the datasite's root: its rules are about the rest of the way.
    depth: usize,
    /// `None` where it cannot be read, or not as a server does.
    text: Option<String>,
}

#[cfg(test)]
mod tests;
