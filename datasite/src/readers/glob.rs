/// Whether a pattern of a permission file is about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    /// It uses what SyftBox's generations read differently, or what is not read here: classes,
    /// alternatives, templates, escapes.
    Unclear,
}

/// `*` and `?` stay within a folder's name, and `**` stands for any number of folders.
pub(super) fn matches(pattern: &str, path: &[String]) -> Match {
    if pattern.contains(['[', ']', '{', '}', '\\', '!']) {
        return Match::Unclear;
    }
    let segments: Vec<&str> = pattern.split('/').collect();
    // Joined to a folder, as one generation does it, such a path may be another.
    if segments.iter().any(|segment| ["", ".", ".."].contains(segment)) {
        return if pattern.is_empty() { Match::No } else { Match::Unclear };
    }
    // Of a table rather than recursive: no pattern takes more than its length times the path's.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for segment in segments {
        let mut next = vec![false; path.len() + 1];
        for (at, _) in reached.iter().enumerate().filter(|(_, reached)| **reached) {
            if segment == "**" {
                next[at..].fill(true);
            } else if path.get(at).is_some_and(|name| is_name(segment, name)) {
                next[at + 1] = true;
            }
        }
        reached = next;
    }
    if reached[path.len()] { Match::Yes } else { Match::No }
}

fn is_name(pattern: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for wanted in pattern.chars() {
        let mut next = vec![false; name.len() + 1];
        for (at, _) in reached.iter().enumerate().filter(|(_, reached)| **reached) {
            if wanted == '*' {
                next[at..].fill(true);
            } else if name.get(at).is_some_and(|found| wanted == '?' || wanted == *found) {
                next[at + 1] = true;
            }
        }
        reached = next;
    }
    reached[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_in_a_folder_and_double_stars_cross_them() {
        let path = ["app_data", "cpu", "x.json"].map(str::to_owned);
        for pattern in [
            "**",
            "**/*",
            "app_data/**",
            "app_data/*/x.json",
            "*/*/*",
            "**/x.json",
            "app_data/**/x.json",
            "app_data/cpu/?.js*",
            "**/**/**",
        ] {
            assert_eq!(matches(pattern, &path), Match::Yes, "{pattern}");
        }
        for pattern in ["", "*", "*/*", "x.json", "app_data/*", "app_data", "a**", "APP_DATA/**"] {
            assert_eq!(matches(pattern, &path), Match::No, "{pattern}");
        }
        for pattern in [
            "{a,app_data}/**",
            "[a-z]*/**",
            "{{.UserEmail}}/**",
            "!x",
            "\\**",
            "/app_data/**",
            "./**",
            "x/../**",
            "app_data//**",
            "app_data/cpu/x.json/",
        ] {
            assert_eq!(matches(pattern, &path), Match::Unclear, "{pattern}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer_than_any_other() {
        let path = ["app_data", "cpu", &"a".repeat(200)].map(str::to_owned);
        assert_eq!(matches(&format!("**/**/{}b", "*a".repeat(10_000)), &path), Match::No);
        assert_eq!(matches(&format!("{}x", "**/".repeat(20_000)), &path), Match::No);
    }
}
