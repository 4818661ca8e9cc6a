//! The dashboard as one self-contained file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const HTML: &str = include_str!("../dashboard/index.html");
const STYLE: (&str, &str) =
    (r#"<link rel="stylesheet" href="style.css">"#, include_str!("../dashboard/style.css"));

/// In the order in which they need each other.
const SCRIPTS: [(&str, &str); 15] = [
    ("data.js", include_str!("../dashboard/data.js")),
    ("words.js", include_str!("../dashboard/words.js")),
    ("geometry.js", include_str!("../dashboard/geometry.js")),
    ("view.js", include_str!("../dashboard/view.js")),
    ("privacy.js", include_str!("../dashboard/privacy.js")),
    ("state.js", include_str!("../dashboard/state.js")),
    ("shown.js", include_str!("../dashboard/shown.js")),
    ("noise.js", include_str!("../dashboard/noise.js")),
    ("address.js", include_str!("../dashboard/address.js")),
    ("screen.js", include_str!("../dashboard/screen.js")),
    ("drawing.js", include_str!("../dashboard/drawing.js")),
    ("panels.js", include_str!("../dashboard/panels.js")),
    ("chart.js", include_str!("../dashboard/chart.js")),
    ("gestures.js", include_str!("../dashboard/gestures.js")),
    ("page.js", include_str!("../dashboard/page.js")),
];

/// The page with its style and scripts inside: SyftBox forbids other origins, and one of its
/// servers sends `.js` with a type that browsers do not run.
pub fn page() -> String {
    let (link, style) = STYLE;
    let mut page = HTML.replacen(link, &format!("<style>{}</style>", inlined(style)), 1);
    for (name, script) in SCRIPTS {
        let link = format!(r#"<script src="{name}"></script>"#);
        page = page.replacen(&link, &format!("<script>{}</script>", inlined(script)), 1);
    }
    page
}

/// A source without its indentation and the lines that are only comments: they are for whoever
/// reads the sources, and every reader of the page would have to load them.
fn inlined(source: &str) -> String {
    let is_comment = |line: &str| {
        line == "*" || ["//", "/*", "* ", "*/"].iter().any(|mark| line.starts_with(mark))
    };
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !is_comment(line));
    lines.fold("\n".to_owned(), |text, line| text + line + "\n")
}

/// A policy under which this page works and nothing else does: it names the page's own scripts
/// and style by their hashes.
pub fn content_security_policy() -> String {
    let hash = |text: &str| {
        // What a browser hashes is all that stands between the tags.
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inlined(text))))
    };
    let scripts: Vec<_> = SCRIPTS.iter().map(|(_, script)| hash(script)).collect();
    format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        scripts.join(" "),
        hash(STYLE.1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text between each pair of these tags.
    fn blocks<'a>(page: &'a str, tag: &str) -> Vec<&'a str> {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        page.split(&open).skip(1).map(|rest| rest.split(&close).next().unwrap()).collect()
    }

    #[test]
    fn the_page_needs_no_other_file() {
        // The page is its own icon: without any, browsers ask the server for one.
        let page = page().replace(r##"<link rel="icon" href="#">"##, "");
        for link in ["style.css", "<script src", ".js\"", "<link", "src=\"http", "@import"] {
            assert!(!page.contains(link), "{link}");
        }
        assert_eq!(blocks(&page, "style").len(), 1);
        assert_eq!(blocks(&page, "script").len(), SCRIPTS.len());
        assert!(page.len() < 64_000, "{} bytes", page.len());
    }

    #[test]
    fn no_inlined_file_ends_its_own_block() {
        assert!(!STYLE.1.contains("</"));
        for (_, script) in SCRIPTS {
            assert!(!script.contains("</script") && !script.contains("<!--"));
        }
    }

    #[test]
    fn no_line_of_a_source_is_taken_for_a_comment() {
        for (name, source) in SCRIPTS.into_iter().chain([("style.css", STYLE.1)]) {
            for line in source.lines().map(str::trim) {
                let after = line.starts_with("/*") && line.contains("*/") && !line.ends_with("*/");
                assert!(!after, "{name}: {line}");
            }
        }
        assert_eq!(inlined("/** Why. */\n *\n\n  a = 1; // one\n// b\n"), "\na = 1; // one\n");
    }

    #[test]
    fn the_policy_names_exactly_the_blocks_that_the_page_has() {
        let (page, policy) = (page(), content_security_policy());
        for block in blocks(&page, "script").into_iter().chain(blocks(&page, "style")) {
            let hash = STANDARD.encode(Sha256::digest(block));
            assert!(policy.contains(&format!("'sha256-{hash}'")), "{policy}");
        }
        let without: Vec<_> = policy.split(' ').filter(|part| !part.contains("sha256-")).collect();
        assert_eq!(
            without.join(" "),
            "default-src 'none'; script-src style-src connect-src 'self'; img-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        assert!(!page.contains(" style=\""), "the policy forbids style attributes");
    }
}
