use std::collections::HashMap;

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
    /// The same in lower case.
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
    let reads = Last::of(&applied, |rule| rule.reads);
    let administers = Last::of(&applied, |rule| rule.administers);
    for rule in &applied {
        // Who administers can let himself read.
        if reads.grants(rule) || administers.grants(rule) {
            if rule.user == "*" {
                found.everybody = true;
            } else if rule.folded != owner.to_lowercase().as_str() {
                found.named.insert(rule.folded.clone());
            }
        }
    }
    found
}

/// Where the last rules about one permission stand, for each user.
#[derive(Default)]
struct Last<'a> {
    /// By lower case, because servers differ in it: also of rules that are only perhaps about the file.
    allowed: HashMap<&'a str, usize>,
    /// Only of those that surely are about the user and the file.
    refused: HashMap<&'a str, usize>,
}

impl<'a> Last<'a> {
    fn of(applied: &'a [Applied], is_about: impl Fn(&Applied) -> bool) -> Self {
        let mut last = Self::default();
        for (at, rule) in applied.iter().enumerate().filter(|(_, rule)| is_about(rule)) {
            if rule.allows {
                last.allowed.insert(&rule.folded, at);
            } else if rule.found == Match::Yes {
                last.refused.insert(&rule.user, at);
            }
        }
        last
    }

    /// Whether the last of them that is about the user of this rule, or everybody, allows it.
    fn grants(&self, rule: &Applied) -> bool {
        let last = |of: &HashMap<&str, usize>, user| of.get(user).max(of.get("*")).copied();
        last(&self.allowed, &*rule.folded) > last(&self.refused, &*rule.user)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule about reading: who, whether it allows, whether it is surely about the file.
    fn rule((user, allows, found): (&str, bool, Match)) -> Applied {
        let (user, folded) = (user.to_owned(), user.to_lowercase());
        Applied { user, folded, reads: true, administers: false, allows, found }
    }

    /// The contract word for word: each rule is asked, for each user.
    fn decides(applied: &[Applied], user: &str) -> bool {
        let is_about = |rule: &&Applied| {
            let is_same = rule.user == "*" || rule.user == user;
            let may_be_same = rule.folded == user.to_lowercase();
            if rule.allows { is_same || may_be_same } else { is_same && rule.found == Match::Yes }
        };
        applied.iter().rfind(is_about).is_some_and(|rule| rule.allows)
    }

    #[test]
    fn the_last_rule_about_a_user_decides_whatever_came_before() {
        let users = ["*", "eve@x.org", "Eve@x.org"];
        let rules: Vec<_> = users
            .iter()
            .flat_map(|user| [true, false].map(|allows| (*user, allows)))
            .flat_map(|(user, allows)| [Match::Yes, Match::Unclear].map(|m| (user, allows, m)))
            .collect();
        for one in &rules {
            for two in &rules {
                for three in &rules {
                    let applied = [one, two, three].map(|said| rule(*said));
                    let last = Last::of(&applied, |rule| rule.reads);
                    for asked in &applied {
                        let decided = decides(&applied, &asked.user);
                        assert_eq!(last.grants(asked), decided, "{one:?} {two:?} {three:?}");
                    }
                    assert!(!Last::of(&applied, |rule| rule.administers).grants(&applied[0]));
                }
            }
        }
    }
}
