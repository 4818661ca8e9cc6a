use std::{env, fmt, fs, path::Path, process::Command};

use crate::Options;

/// What a bench has to say in `docs/performance.md`, between two comments that name it.
#[derive(Debug)]
pub struct Section {
    name: &'static str,
    lines: Vec<String>,
}

impl Section {
    /// The bench's name.
    pub fn new(name: &'static str) -> Self {
        Self { name, lines: Vec::new() }
    }

    /// A paragraph, or a line of a table.
    pub fn line(&mut self, line: impl fmt::Display) {
        self.lines.push(line.to_string());
    }

    /// A table's first two lines, the first column to the left, all others to the right.
    pub fn head(&mut self, columns: &[&str]) {
        let rules = columns.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "---:" });
        let rules: Vec<&str> = rules.collect();
        self.line(format!("\n| {} |\n|{}|", columns.join(" | "), rules.join("|")));
    }

    /// Prints the section, with where and when it was measured, and writes it if that was asked.
    pub fn finish(mut self, options: Options) {
        if options.test {
            println!("{}: every case ran", self.name);
            return;
        }
        self.line(format!("\n{}; `cargo bench --manifest-path benches/Cargo.toml`", provenance()));
        let text = self.lines.join("\n");
        println!("{text}\n");
        if options.write {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md");
            let document = fs::read_to_string(&path).expect("docs/performance.md can be read");
            let document = replaced(&document, self.name, &text)
                .unwrap_or_else(|| panic!("docs/performance.md has no {}", opening(self.name)));
            fs::write(&path, document).expect("docs/performance.md can be written");
        }
    }
}

/// A time, as a table says it.
pub fn nanoseconds(time: f64) -> String {
    if time < 100.0 { format!("{time:.1}") } else { format!("{time:.0}") }
}

/// How many times larger, as a table says it.
pub fn quotient(larger: f64, smaller: f64) -> String {
    let quotient = larger / smaller;
    if quotient < 10.0 { format!("{quotient:.1}×") } else { format!("{quotient:.0}×") }
}

/// A package and the version of it that is measured: the newest, where another package brings an
/// older one.
pub fn version_of(package: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    let name = format!("name = \"{package}\"\nversion = \"");
    let version = lock.split(&name).last().and_then(|rest| rest.split('"').next());
    format!("{package} {}", version.expect("what is measured is locked"))
}

/// The document with another text between the comments of this name.
fn replaced(document: &str, name: &str, text: &str) -> Option<String> {
    let (before, rest) = document.split_once(&opening(name))?;
    let (_, after) = rest.split_once(&closing(name))?;
    Some(format!(
        "{before}{}\n{}\n{}{after}",
        opening(name),
        text.trim_matches('\n'),
        closing(name)
    ))
}

fn opening(name: &str) -> String {
    format!("<!-- bench {name} -->")
}

fn closing(name: &str) -> String {
    format!("<!-- end of bench {name} -->")
}

fn provenance() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.and_then(|rest| rest.split_once(": ")).map_or("unknown", |(_, name)| name);
    let said = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok();
        output.map_or_else(String::new, |output| {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        })
    };
    let compiler = said(&env::var("RUSTC").unwrap_or("rustc".to_owned()), "--version");
    let compiler = compiler.split(" (").next().unwrap_or_default();
    format!(
        "{model}, {} {}, {compiler}, {}",
        env::consts::OS,
        env::consts::ARCH,
        said("date", "+%F")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_replaces_its_own_and_nothing_else() {
        let document = "# A\n<!-- bench a -->\nold\n<!-- end of bench a -->\nrest\n";
        let expected = "# A\n<!-- bench a -->\nnew\n<!-- end of bench a -->\nrest\n";
        assert_eq!(replaced(document, "a", "\nnew\n").as_deref(), Some(expected));
        assert_eq!(replaced(document, "b", "new"), None);
    }

    #[test]
    fn the_versions_are_the_locked_ones() {
        assert!(version_of("opendp").starts_with("opendp 0."));
    }
}
