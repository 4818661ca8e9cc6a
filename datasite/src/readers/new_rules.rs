use serde::Deserialize;

use super::glob::{Match, matches};
use super::{PermissionFile, Readers, parse};
use crate::Email;

pub(super) const NAME: &str = "syft.pub.yaml";

#[derive(Deserialize)]
struct Rules {
    #[serde(default)]
    terminal: bool,
    rules: Option<Vec<Rule>>,
}

#[derive(Deserialize)]
struct Rule {
    pattern: String,
    access: Access,
}

#[derive(Deserialize)]
struct Access {
    #[serde(default)]
    admin: Option<Vec<String>>,
    #[serde(default)]
    write: Option<Vec<String>>,
    #[serde(default)]
    read: Option<Vec<String>>,
}

pub(super) fn readers(owner: &Email, place: &[String], files: &[PermissionFile]) -> Readers {
    let mut found = Readers::default();
    let mut deciding = None;
    for file in files {
        match file.text.as_deref().and_then(parse_rules) {
            // A server passes over such a file and goes by those above it.
            None => found.doubts.push((file.path.clone(), "it is no map of rules")),
            Some(rules) => {
                let is_last = rules.terminal;
                deciding = Some((file, rules));
                if is_last {
                    break;
                }
            }
        }
    }
    let Some((file, rules)) = deciding else { return found };
    let mut rules = rules.rules.unwrap_or_default();
    rules.sort_by_key(|rule| std::cmp::Reverse(specificity(&rule.pattern)));
    let mut decided_by = None;
    for rule in &rules {
        let specificity = specificity(&rule.pattern);
        // Among equals, any may come first.
        if decided_by.is_some_and(|decided| decided != specificity) {
            break;
        }
        match matches(&rule.pattern, &place[file.depth..]) {
            Match::No => continue,
            Match::Yes => decided_by = Some(specificity),
            Match::Unclear => {
                found
                    .doubts
                    .push((file.path.clone(), "it has a pattern that is not understood here"));
            }
        }
        let Access { admin, write, read } = &rule.access;
        for name in [admin, write, read].into_iter().flatten().flatten() {
            if name == "*" || name == "USER" {
                found.everybody = true;
            } else if name.to_lowercase() != owner.to_lowercase().as_str() {
                found.named.insert(name.to_lowercase());
            }
        }
    }
    found
}

/// `None` where SyftBox would refuse the file.
fn parse_rules(text: &str) -> Option<Rules> {
    let rules: Rules = parse(text)?;
    let has_patterns = rules.rules.iter().flatten().all(|rule| !rule.pattern.is_empty());
    has_patterns.then_some(rules)
}

/// Which of two patterns SyftBox asks first: the higher.
fn specificity(pattern: &str) -> i64 {
    match pattern {
        "**" => return -100,
        "**/*" => return -99,
        _ => {}
    }
    let count = |wanted: &[char]| pattern.chars().filter(|c| wanted.contains(c)).count();
    let stars = 10 * count(&['*']) + if pattern.starts_with('*') { 10 } else { 0 };
    let gain = 2 * pattern.len() + 10 * count(&['/']) + if pattern.contains("{{") { 50 } else { 0 };
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX / 4);
    number(gain) - number(stars) - 2 * number(count(&['?', '!', '[', '{']))
}
