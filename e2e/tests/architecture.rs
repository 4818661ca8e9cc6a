//! The crates and their directions, what dp-core asks of its users' builds, and the licences.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use e2e::repository;
use serde_json::Value;

/// Each crate of the workspace and those it may use.
const ARROWS: [(&str, &[&str]); 6] = [
    ("dp-core", &[]),
    ("datasite", &["dp-core"]),
    ("command-line", &[]),
    ("cpu-member", &["command-line", "datasite", "dp-core"]),
    ("cpu-leader", &["command-line", "datasite", "dp-core"]),
    ("e2e", &[]),
];

#[test]
fn crates_use_each_other_in_one_direction_only() {
    let used = workspace_arrows();
    let allowed: BTreeMap<_, BTreeSet<_>> = ARROWS
        .iter()
        .map(|(name, uses)| ((*name).to_owned(), uses.iter().map(ToString::to_string).collect()))
        .collect();
    assert!(
        used.keys().eq(allowed.keys()),
        "a new crate's directions belong into ARROWS: {used:?}"
    );
    for (name, uses) in used {
        let wrong: Vec<_> = uses.difference(&allowed[&name]).collect();
        assert!(wrong.is_empty(), "{name} must not use {wrong:?}, in tests neither");
    }
}

#[test]
fn the_library_stays_light() {
    let default = crates_of(&["--package", "dp-core", "--edges", "normal"]);
    assert!(default.len() <= 16, "dp-core's tree has {}: {default:?}", default.len());
    let serde = crates_of(&["--package", "dp-core", "--edges", "normal", "--features", "serde"]);
    assert!(serde.len() <= 19, "with serde, dp-core's tree has {}: {serde:?}", serde.len());
}

#[test]
fn the_library_compiles_no_c() {
    let all = crates_of(&["--package", "dp-core", "--edges", "normal,build", "--all-features"]);
    let builds_c = |name: &&String| {
        name.ends_with("-sys") || ["bindgen", "cc", "cmake", "pkg-config"].contains(&name.as_str())
    };
    assert_eq!(all.iter().find(builds_c), None, "in dp-core's tree");
}

#[test]
fn every_licence_lets_others_use_the_tracker() {
    let crates = cargo_tree(&["--workspace", "--format", "{l}\t{p}"]);
    assert!(crates.len() > 50, "the whole tree was looked at: {crates:?}");
    for entry in crates {
        let (licence, name) = entry.split_once('\t').expect("the format has a tab");
        assert!(is_permissive(licence), "{name}: is the licence {licence:?} acceptable?");
    }
}

const PERMISSIVE: [&str; 9] = [
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether every part of a licence expression offers one that we accept.
fn is_permissive(expression: &str) -> bool {
    expression.split(" AND ").all(|part| {
        let mut choices =
            part.trim_matches(['(', ')']).split(" OR ").flat_map(|one| one.split('/'));
        choices.any(|licence| PERMISSIVE.contains(&licence.trim()))
    })
}

#[test]
fn a_licence_must_be_acceptable_in_every_part() {
    for good in ["MIT", "MIT/Apache-2.0", "(GPL-3.0 OR MIT) AND Unicode-3.0"] {
        assert!(is_permissive(good), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND SSPL-1.0"] {
        assert!(!is_permissive(bad), "{bad}");
    }
}

/// For each crate of the workspace, those of the workspace that it uses in any way.
fn workspace_arrows() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo writes JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages = list(&metadata["packages"]);
    let names: BTreeSet<_> = packages.iter().map(|package| text(&package["name"])).collect();
    let uses = |package: &Value| {
        let all = list(&package["dependencies"]).into_iter().map(|used| text(&used["name"]));
        all.filter(|name| names.contains(name)).collect()
    };
    packages.iter().map(|package| (text(&package["name"]), uses(package))).collect()
}

/// The names in a crate's tree, its own among them.
fn crates_of(arguments: &[&str]) -> BTreeSet<String> {
    let tree = cargo_tree(&[arguments, &["--format", "{p}"]].concat());
    tree.iter().filter_map(|line| line.split(' ').next()).map(ToOwned::to_owned).collect()
}

fn cargo_tree(arguments: &[&str]) -> BTreeSet<String> {
    let tree =
        cargo(&[&["tree", "--locked", "--prefix", "none", "--no-dedupe"], arguments].concat());
    tree.lines().filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(repository()).output();
    let output = output.expect("cargo runs this test, so it can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}
