//! The dashboard as one self-contained file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const HTML: &str = include_str!("../dashboard/index.html");
const STYLE: (&str, &str) =
    (r#"<link rel="stylesheet" href="style.css">"#, include_str!("../dashboard/style.css"));
const SCRIPTS: [(&str, &str); 2] = [
    (r#"<script src="chart.js"></script>"#, include_str!("../dashboard/chart.js")),
    (r#"<script src="page.js"></script>"#, include_str!("../dashboard/page.js")),
];

/// The page with its style and scripts inside: SyftBox forbids other origins, and one of its
/// servers sends `.js` with a type that browsers do not run.
pub fn page() -> String {
    let (link, style) = STYLE;
    let mut page = HTML.replacen(link, &format!("<style>\n{style}</style>"), 1);
    for (link, script) in SCRIPTS {
        page = page.replacen(link, &format!("<script>\n{script}</script>"), 1);
    }
    page
}

/// A policy under which this page works and nothing else does: it names the page's own scripts
/// and style by their hashes.
pub fn content_security_policy() -> String {
    let hash = |text: &str| {
        // What a browser hashes is all that stands between the tags.
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(format!("\n{text}"))))
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
        for link in ["style.css", "chart.js\"", "page.js\"", "<link", "src=\"http", "@import"] {
            assert!(!page.contains(link), "{link}");
        }
        assert_eq!(blocks(&page, "style").len(), 1);
        assert_eq!(blocks(&page, "script").len(), 2);
        assert!(page.len() < 40_000, "{} bytes", page.len());
    }

    #[test]
    fn no_inlined_file_ends_its_own_block() {
        assert!(!STYLE.1.contains("</"));
        for (_, script) in SCRIPTS {
            assert!(!script.contains("</script") && !script.contains("<!--"));
        }
    }

    #[test]
    fn the_policy_names_exactly_the_blocks_that_the_page_has() {
        let (page, policy) = (page(), content_security_policy());
        for block in blocks(&page, "script").into_iter().chain(blocks(&page, "style")) {
            let hash = STANDARD.encode(Sha256::digest(block));
            assert!(policy.contains(&format!("'sha256-{hash}'")), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!page.contains(" style=\""), "the policy forbids style attributes");
    }
}
