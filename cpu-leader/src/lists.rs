//! Whose reports may count.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use datasite::is_datasite_name;
use serde::{Deserialize, Deserializer};

use crate::error::Error;

/// One address such as `ann@example.org`, or with nothing before the `@` every address of exactly
/// that domain. Case does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry(
    /// In lower case; with something put before a leading `@`, the name of a datasite.
    String,
);

/// Who may count, and who may not, whatever the first list says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    /// `None` admits everybody; never empty.
    allow: Option<BTreeSet<Entry>>,
    deny: BTreeSet<Entry>,
}

impl Lists {
    /// Admits those of `allow`, or everybody where there is none, but nobody of `deny`.
    ///
    /// # Errors
    /// [`Error::AllowsNobody`] when `allow` is there and empty.
    pub fn new(allow: Option<Vec<Entry>>, deny: Vec<Entry>) -> Result<Lists, Error> {
        if allow.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::AllowsNobody);
        }
        Ok(Lists { allow: allow.map(BTreeSet::from_iter), deny: BTreeSet::from_iter(deny) })
    }

    /// Whether the datasite of this name may count.
    pub fn admits(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let domain = name.find('@').map(|at| name[at..].to_owned());
        let mut forms = vec![Entry(name)];
        forms.extend(domain.map(Entry));
        let is_in = |entries: &BTreeSet<Entry>| forms.iter().any(|form| entries.contains(form));
        self.allow.as_ref().is_none_or(is_in) && !is_in(&self.deny)
    }
}

impl FromStr for Entry {
    type Err = Error;

    fn from_str(text: &str) -> Result<Entry, Error> {
        let is_domain = text.starts_with('@') && is_datasite_name(&format!("x{text}"));
        if is_domain || is_datasite_name(text) && !text.contains('*') {
            Ok(Entry(text.to_ascii_lowercase()))
        } else {
            Err(Error::Entry { text: text.to_owned() })
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Entry, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Lists {
    /// How many entries the lists have; who is on them is nobody else's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.allow {
            None => f.write_str("everybody may join")?,
            Some(allow) => write!(f, "{} allowed", allow.len())?,
        }
        if self.deny.is_empty() { Ok(()) } else { write!(f, ", {} denied", self.deny.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(allow: Option<&[&str]>, deny: &[&str]) -> Lists {
        let entries =
            |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        Lists::new(allow.map(entries), entries(deny)).unwrap()
    }

    #[test]
    fn without_lists_everybody_is_admitted() {
        assert!(Lists::default().admits("ann@example.org"));
    }

    #[test]
    fn an_allow_list_admits_its_addresses_and_domains_in_any_case_and_nobody_else() {
        let lists = lists(Some(&["Ann@Example.org", "@OpenMined.org"]), &[]);
        for name in ["ann@example.org", "ANN@EXAMPLE.ORG", "bob@openmined.org", "B@OPENMINED.org"] {
            assert!(lists.admits(name), "{name}");
        }
        for name in
            ["bob@example.org", "ann@example.org.uk", "x@sub.openmined.org", "joann@example.org"]
        {
            assert!(!lists.admits(name), "{name}");
        }
    }

    #[test]
    fn a_deny_list_goes_before_an_allow_list() {
        let lists = lists(Some(&["ann@example.org", "@x.org"]), &["BOB@x.org", "@Example.org"]);
        assert!(lists.admits("Carol@x.org"));
        assert!(!lists.admits("Bob@X.org") && !lists.admits("ann@example.org"));
    }

    #[test]
    fn an_allow_list_without_anybody_is_a_mistake() {
        let error = Lists::new(Some(Vec::new()), Vec::new()).unwrap_err();
        assert!(error.to_string().contains("allow"), "{error}");
    }

    #[test]
    fn what_is_no_address_and_no_domain_is_refused_with_its_text() {
        for text in ["", "@", "ann", "example.org", "*@example.org", "@nodot", "a b@x.org"] {
            assert!(
                text.parse::<Entry>().unwrap_err().to_string().contains(&format!("{text:?}")),
                "{text}"
            );
        }
    }
}
