//! Every command as its user sees it: `tests/cases/` holds what is typed and what is answered. With
//! `TRYCMD=overwrite` the answers are written anew; `[..]` and `...` stand for what changes.

use std::{fs, path::Path};

use trycmd::TestCases;

/// Runs a case in a home of its own, where SyftBox is set up for alice.
fn case(name: &str) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let path = |below: &str| home.path().join(below);
    for email in ["alice@example.org", "aggregator@openmined.org"] {
        fs::create_dir_all(path("SyftBox/datasites").join(email)).expect("made");
    }
    fs::create_dir(path(".syftbox")).expect("made");
    let config = r#"{"data_dir": "~/SyftBox", "email": "alice@example.org"}"#;
    fs::write(path(".syftbox/config.json"), config).expect("written");
    run(name, home.path());
}

fn run(name: &str, home: &Path) {
    let home = home.to_str().expect("UTF-8").to_owned();
    let cases = TestCases::new();
    cases.env("HOME", &home).env("SYFTBOX_CLIENT_CONFIG_PATH", "").env("SYFTBOX_CONFIG_PATH", "");
    cases.env("NO_COLOR", "1").env("COLUMNS", "100");
    cases.insert_var("[HOME]", home).expect("a name for the home");
    cases.case(format!("tests/cases/{name}.md"));
    cases.run();
}

#[test]
fn help() {
    case("help");
}

#[test]
fn memory() {
    case("memory");
}

#[test]
fn a_members_life() {
    case("life");
}

#[test]
fn as_a_service() {
    case("service");
}

#[test]
fn refusals() {
    case("refusals");
}

#[test]
fn programs_read_json() {
    case("json");
}

#[test]
fn without_syftbox() {
    let home = tempfile::tempdir().expect("a temporary folder");
    run("without-syftbox", home.path());
}
