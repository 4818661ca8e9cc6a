use std::collections::BTreeSet;

use serde::Deserialize;

use super::glob::{Match, matches};
use super::{PermissionFile, Readers, parse};
use crate::Email;

pub(super) const NAME: &str = "syftperm.yaml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    path: String,
    user: String,
    permissions: Permissions,
    #[serde(rename = "type")]
    kind: Option<String>,
    allow: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Permissions {
    One(String),
    Several(Vec<String>),
}

/// A rule that is, or may be, about the file.
struct Applied {
    /// `*`, or an address as it is written.
    user: String,
    /// The same in lower case, once and not for each pair of rules.
    folded: String,
    reads: bool,
    administers: bool,
    allows: bool,
    /// Never [`Match::No`].
    found: Match,
}

pub(super) fn readers(owner: &Email, place: &[String], files: &[PermissionFile]) -> Readers {
    let mut found = Readers::default();
    let mut applied = Vec::new();
    for file in files {
        match file.text.as_deref().and_then(parse_rules) {
            None => found.doubts.push((file.path.clone(), "it is no list of rules")),
            Some(rules) => {
                let rules = rules.into_iter().filter_map(|rule| rule.at(&place[file.depth..]));
                let before = applied.len();
                applied.extend(rules);
                if applied[before..].iter().any(|rule| rule.found == Match::Unclear) {
                    let reason = "it has a pattern that is not understood here";
                    found.doubts.push((file.path.clone(), reason));
                }
            }
        }
    }
    let users: BTreeSet<(&str, &str)> =
        applied.iter().map(|rule| (&*rule.user, &*rule.folded)).collect();
    for user in users {
        // Who administers can let himself read.
        if is_granted(&applied, user, |rule| rule.reads)
            || is_granted(&applied, user, |rule| rule.administers)
        {
            let (user, folded) = user;
            if user == "*" {
                found.everybody = true;
            } else if folded != owner.to_lowercase().as_str() {
                found.named.insert(folded.to_owned());
            }
        }
    }
    found
}

/// Whether the last rule about this user and permission allows it. One that is only perhaps about
/// the file, or about the user because servers differ in case, counts where it allows.
fn is_granted(
    applied: &[Applied],
    (user, folded): (&str, &str),
    is_about: impl Fn(&Applied) -> bool,
) -> bool {
    let mut granted = false;
    for rule in applied {
        if is_about(rule)
            && (rule.user == user || rule.user == "*" || rule.allows && rule.folded == folded)
            && (rule.found == Match::Yes || rule.allows)
        {
            granted = rule.allows;
        }
    }
    granted
}

/// `None` where SyftBox would refuse the file.
fn parse_rules(text: &str) -> Option<Vec<Rule>> {
    let rules: Vec<Rule> = parse(text)?;
    rules.iter().all(Rule::is_sensible).then_some(rules)
}

impl Rule {
    fn is_sensible(&self) -> bool {
        let mut parts = self.user.split('@');
        let is_address = parts.clone().count() == 2 && parts.all(|part| !part.is_empty());
        let known = ["admin", "create", "write", "read"];
        (self.user == "*" || is_address)
            && self.permissions().iter().all(|name| known.contains(&name.as_str()))
            && self.kind.as_deref().is_none_or(|kind| ["allow", "disallow"].contains(&kind))
    }

    fn permissions(&self) -> Vec<String> {
        let names = match &self.permissions {
            Permissions::One(name) => std::slice::from_ref(name),
            Permissions::Several(names) => names,
        };
        names.iter().map(|name| name.to_lowercase()).collect()
    }

    fn at(self, place: &[String]) -> Option<Applied> {
        // A template for an address matches no folder without an @, as ours are.
        if self.path.contains("{useremail}") {
            return None;
        }
        let found = matches(&self.path, place);
        let permissions = self.permissions();
        let has = |wanted: &str| permissions.iter().any(|name| name == wanted);
        (found != Match::No).then(|| Applied {
            reads: has("read"),
            administers: has("admin"),
            allows: self.kind.as_deref() != Some("disallow") && self.allow != Some(false),
            found,
            folded: self.user.to_lowercase(),
            user: self.user,
        })
    }
}
