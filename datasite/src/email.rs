use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The longest address, in bytes.
const LONGEST: usize = 254;

/// An e-mail address as SyftBox's own client accepts it, in ASCII.
///
/// The form is `\w+([-+.']\w+)*@\w+([-.]\w+)*\.\w+([-.]\w+)*` over the whole string, at most 254
/// bytes. It therefore holds no character that is special in a glob, a template or a YAML plain
/// scalar, and the word `USER`, which SyftBox's permission files give a meaning, cannot occur:
/// an address can be written into a permission file as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(
    /// Matches the form above.
    String,
);

impl Email {
    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in lower case, as one of SyftBox's clients names the folder.
    #[must_use]
    pub fn to_lowercase(&self) -> Email {
        Email(self.0.to_ascii_lowercase())
    }
}

impl FromStr for Email {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let accepted = text.len() <= LONGEST
            && text.split_once('@').is_some_and(|(local, domain)| {
                is_words_between(local, "-+.'")
                    && is_words_between(domain, "-.")
                    && domain.contains('.')
            });
        if accepted { Ok(Email(text.to_owned())) } else { Err(Error::Email) }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a folder beside ours can be somebody's datasite: looser than [`Email`], as the servers
/// are, but never hidden, and free of what SyftBox does not sync.
pub fn is_datasite_name(name: &str) -> bool {
    let Some((local, domain)) = name.split_once('@') else { return false };
    let forbidden =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '/' | '\\' | '%');
    name.len() <= LONGEST
        && !name.starts_with('.')
        && !local.is_empty()
        && !local.contains(forbidden)
        && !domain.contains(forbidden)
        && domain.char_indices().any(|(at, c)| c == '.' && at > 0 && at + 1 < domain.len())
}

fn is_words_between(text: &str, separators: &str) -> bool {
    text.split(|c| separators.contains(c)).all(|word| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_syftbox_accepts_is_accepted() {
        for address in [
            "alice@example.org",
            "o'brien+cpu.1-a@mail-server.example.co.uk",
            "aggregator@openmined.org",
            "A_b@x.y",
        ] {
            assert_eq!(address.parse::<Email>().unwrap().as_str(), address);
        }
    }

    #[test]
    fn what_could_mean_something_else_in_a_permission_file_is_refused() {
        for address in [
            "",
            "USER",
            "*",
            "*@example.org",
            "alice@*.org",
            "a?b@example.org",
            "[ab]@example.org",
            "{{.UserEmail}}@example.org",
            "alice@example",
            "alice@.example.org",
            "alice@example.org.",
            "alice..b@example.org",
            "-alice@example.org",
            "alice@example.org\n",
            " alice@example.org",
            "alice@example.org: x",
            "a@b@example.org",
            "älice@example.org",
            "alice@example.org/../bob",
        ] {
            assert!(address.parse::<Email>().is_err(), "{address:?} was accepted");
        }
        let longest = format!("{}@example.org", "a".repeat(254 - 12));
        assert!(longest.parse::<Email>().is_ok());
        assert!(format!("a{longest}").parse::<Email>().is_err());
    }

    #[test]
    fn a_datasite_may_have_an_odd_name_but_never_a_hidden_or_unsyncable_one() {
        for name in ["alice@example.org", "älice@example.org", "a!#$@b.c", "Alice@Example.ORG"] {
            assert!(is_datasite_name(name), "{name:?}");
        }
        for name in [
            "",
            "alice",
            "@b.c",
            "a@",
            "a@b",
            "a@.b",
            "a@b.",
            "a@b@c.d",
            ".a@b.c",
            "a b@c.d",
            "a@b c.d",
            "a%@b.c",
            "a\\@b.c",
            "a/@b.c",
            "a\u{7}@b.c",
            "_.syftignore",
        ] {
            assert!(!is_datasite_name(name), "{name:?}");
        }
    }
}
