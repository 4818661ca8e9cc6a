//! Rules about the repository's text that no compiler checks.

use std::{fs, path::Path, process::Command};

use e2e::repository;

#[test]
fn only_the_library_and_the_member_touch_private_data() {
    let others = |file: &File| !file.is_in(&["dp-core/", "cpu-member/", "benches/", "fuzz/"]);
    for file in rust_files().filter(others) {
        assert!(!file.program().contains("expose_to_owner"), "{} exposes raw data", file.path);
        let private = ["Private", "Timeline", "Ledger", "*"];
        for word in private.iter().chain(&["Laplace", "ConstantTimeLaplace", "Gaussian"]) {
            assert!(!file.takes_from_the_library(word), "{} uses dp_core::{word}", file.path);
        }
    }
}

#[test]
fn proofs_are_made_in_few_places() {
    let made = |by: &str| -> usize {
        let library = rust_files().filter(|file| file.is_in(&["dp-core/src/"]));
        library.map(|file| file.text.matches(by).count()).sum()
    };
    assert_eq!(
        made("Released::publish("),
        1,
        "an answer becomes public when a receipt is released"
    );
    assert_eq!(made("Released {"), 1, "and stays public when it is mapped");
    assert_eq!(made("Receipt::new("), 2, "a ledger and a timeline make receipts for what was paid");
    assert_eq!(made("Receipt {") + made("Receipt("), 0, "nothing else does");
}

#[test]
fn files_name_no_place_of_one_machine_and_no_registry() {
    let places = ["/work/", "/root/", "/home/runner/"];
    let registries = ["crates.io", "pypi.org", "pythonhosted.org", "npmjs.", "deb.debian.org"];
    for file in files().filter(|file| !file.path.ends_with("Cargo.lock")) {
        for word in places.iter().chain(&registries) {
            assert!(!file.text.contains(word), "{} contains {word}", file.path);
        }
    }
}

#[test]
fn source_files_are_short() {
    let sources = [".rs", ".js", ".mjs", ".css", ".html", ".sh", ".py", ".ci/run", "e2e/run"];
    for file in files().filter(|file| sources.iter().any(|end| file.path.ends_with(end))) {
        let lines = file.text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", file.path);
    }
}

#[test]
fn links_between_files_lead_somewhere() {
    let documents =
        files().filter(|file| Path::new(&file.path).extension().is_some_and(|end| end == "md"));
    for document in documents {
        let folder = repository().join(&document.path).with_file_name("");
        for link in
            document.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next())
        {
            let somewhere = link.starts_with("http") || folder.join(link).exists();
            assert!(somewhere, "{} links to {link}", document.path);
        }
    }
}

#[test]
fn one_version_is_stated_everywhere() {
    let newest = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    let changelog = read("CHANGELOG.md");
    let first =
        changelog.lines().find(|line| line.starts_with("## [") && !line.contains("[Unreleased"));
    assert!(first.is_some_and(|line| line.starts_with(&newest)), "CHANGELOG.md: {first:?}");
    for app in ["cpu-member", "cpu-leader"] {
        let readme = read(&format!("{app}/README.md"));
        let version = format!("\nversion: {}\n", env!("CARGO_PKG_VERSION"));
        assert!(readme.starts_with("---\n") && readme.contains(&version), "{app}/README.md");
    }
}

#[test]
fn every_crate_inherits_the_lints() {
    let manifests = files().filter(|file| file.path.ends_with("/Cargo.toml"));
    for manifest in manifests.filter(|file| !file.is_in(&["benches/", "fuzz/"])) {
        assert!(manifest.text.contains("[lints]\nworkspace = true\n"), "{}", manifest.path);
    }
}

#[test]
fn both_apps_start_alike() {
    let member = read("cpu-member/run.sh").replace("cpu-member", "an app");
    assert_eq!(member, read("cpu-leader/run.sh").replace("cpu-leader", "an app"));
}

/// A text file of the repository.
struct File {
    /// Relative to the repository, with `/`.
    path: String,
    text: String,
}

impl File {
    fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    /// The text without the tests, which stand at the end or in files of their own.
    fn program(&self) -> &str {
        let has_program = !self.path.contains("/tests/") && !self.path.ends_with("/tests.rs");
        let program = self.text.split("#[cfg(test)]\nmod ").next().filter(|_| has_program);
        program.unwrap_or_default()
    }

    /// Whether a path or an import that begins with `dp_core::` has this name in it.
    fn takes_from_the_library(&self, name: &str) -> bool {
        let paths = self.program().split("dp_core::").skip(1);
        let mut statements = paths.map(|rest| rest.split(';').next().unwrap_or_default());
        statements
            .any(|names| names.split([',', ':', '{', '}', '(', ' ', '\n']).any(|one| one == name))
    }
}

/// All files that are or may be committed, but this one, which names what it forbids.
fn files() -> impl Iterator<Item = File> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(arguments).current_dir(repository()).output();
    let listed = listed.expect("git is installed").stdout;
    let paths: Vec<String> =
        String::from_utf8_lossy(&listed).lines().map(ToOwned::to_owned).collect();
    assert!(paths.len() > 20, "git lists the repository's files");
    let others = paths.into_iter().filter(|path| path != "e2e/tests/tidy.rs");
    others.filter_map(|path| {
        let bytes = fs::read(repository().join(&path)).ok()?;
        Some(File { path, text: String::from_utf8_lossy(&bytes).into_owned() })
    })
}

fn rust_files() -> impl Iterator<Item = File> {
    files().filter(|file| Path::new(&file.path).extension().is_some_and(|end| end == "rs"))
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
