use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use datasite::Report;
use dp_core::Timeline;

use super::*;
use crate::publish::protect;

/// A member's machine on which all is well.
struct Ward {
    home: tempfile::TempDir,
    given: Given,
}

impl Ward {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        for email in ["a@x.org", "aggregator@openmined.org"] {
            fs::create_dir_all(home.path().join("datasites").join(email)).expect("made");
        }
        let ward = Self { home, given: Given::default() };
        let settings = ward.settings();
        protect(&ward.workspace(), &settings.leader).expect("written");
        ward.state().open(&settings).expect("created");
        ward
    }

    fn settings(&self) -> Settings {
        Settings::resolve(&self.given, &Given::default()).expect("sensible")
    }

    fn state(&self) -> StateFolder {
        StateFolder::below(Some(self.home.path())).expect("a home")
    }

    fn client(&self) -> ClientConfig {
        ClientConfig {
            path: self.home.path().join("config.json"),
            email: "a@x.org".parse().expect("an e-mail"),
            data_dir: self.home.path().to_owned(),
        }
    }

    fn workspace(&self) -> Workspace {
        Workspace::open(&self.client()).expect("there")
    }

    fn own(&self, name: &str) -> PathBuf {
        self.workspace().own().join(name)
    }

    /// What is said about this, the worst first.
    fn says(&self, about: &str) -> (Level, String) {
        let found = examine(&self.given, None, Some(self.home.path()), || Ok(self.client()));
        let mut found: Vec<_> =
            found.0.into_iter().filter(|finding| finding.about.starts_with(about)).collect();
        found.sort_by_key(|finding| match finding.level {
            Level::Problem(_) => 0,
            Level::Warning => 1,
            Level::Fine => 2,
        });
        let first = found.into_iter().next().expect("it is looked at");
        (first.level, first.said)
    }
}

#[test]
fn on_a_machine_where_all_is_well_there_is_no_problem() {
    let ward = Ward::new();
    let found = examine(&ward.given, None, Some(ward.home.path()), || Ok(ward.client()));
    found.verdict().unwrap_or_else(|fault| panic!("{fault}:\n{found}"));
    for about in [
        "settings",
        "SyftBox",
        "datasite",
        "leader",
        "permissions",
        "readers",
        "private folder",
        "state folder",
        "timeline",
        "promise",
        "clock",
        "CPU counters",
    ] {
        assert_eq!(ward.says(about).0, Level::Fine, "{about}:\n{found}");
    }
}

#[test]
fn nothing_is_written_where_nothing_is() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let missing = || Err(datasite::Error::ConfigMissing { looked_at: Vec::new() });
    let found = examine(&Given::default(), None, Some(home.path()), missing);
    assert!(matches!(found.verdict(), Err(Error::Unwell { problems: 1, code: 69 })), "{found}");
    assert_eq!(fs::read_dir(home.path()).expect("there").count(), 0);
}

#[test]
fn whoever_else_can_read_the_report_is_a_problem() {
    let ward = Ward::new();
    fs::write(
        ward.own("syft.pub.yaml"),
        "terminal: true\nrules: [{pattern: '**', access: {read: ['*']}}]\n",
    )
    .expect("written");
    let (level, said) = ward.says("readers (SyftBox since");
    assert!(level == Level::Problem(77) && said.contains("everybody can read"), "{said}");
    assert_eq!(ward.says("readers (SyftBox 0.3").0, Level::Fine);

    let granted = "- {path: '**', user: eve@x.org, permissions: [read]}\n";
    fs::write(ward.own("app_data/cpu_tracker/syftperm.yaml"), granted).expect("written");
    let (level, said) = ward.says("readers (SyftBox 0.3");
    assert!(level == Level::Problem(77) && said.starts_with("eve@x.org can read"), "{said}");
    assert_eq!(ward.says("permissions").0, Level::Warning);

    fs::write(ward.own("app_data/cpu_tracker/syftperm.yaml"), "?").expect("written");
    let (level, said) = ward.says("readers (SyftBox 0.3");
    assert!(level == Level::Warning && said.contains("is not understood"), "{said}");
    let found = examine(&ward.given, None, Some(ward.home.path()), || Ok(ward.client()));
    assert!(!found.to_string().contains("ok       readers (SyftBox 0.3"), "{found}");
}

#[test]
fn a_hostile_name_is_shown_without_what_a_terminal_would_obey() {
    let ward = Ward::new();
    let hostile =
        "rules: [{pattern: '**', access: {read: [\"e\\e[2J\\nok       x: \\u202Ey\"]}}]\n";
    fs::write(ward.own("app_data/cpu_tracker/syft.pub.yaml"), hostile).expect("written");
    let (level, said) = ward.says("readers (SyftBox since");
    assert!(level == Level::Problem(77) && said.contains("can read the report"), "{said}");
    assert!(!said.contains(['\u{1b}', '\n', '\u{202e}']), "{said:?}");
    assert!(said.starts_with("e\\u{1b}[2j\\u{a}ok"), "{said}");
}

#[test]
fn what_is_open_to_other_accounts_is_a_problem_with_its_remedy() {
    let ward = Ward::new();
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    };
    open(&ward.state().timeline(), 0o640);
    let (level, said) = ward.says("state folder");
    assert!(level == Level::Problem(77) && said.contains("(640): chmod 600 "), "{said}");
    let private = ward.workspace().private(Report::APP);
    open(&private, 0o755);
    let (level, said) = ward.says("private folder");
    assert!(level == Level::Problem(77) && said.contains("(755): chmod 700 "), "{said}");
}

#[test]
fn other_settings_than_those_in_force_are_announced() {
    let mut ward = Ward::new();
    ward.given.epsilon = Some(0.7);
    let (level, said) = ward.says("promise");
    assert!(level == Level::Warning && said.contains("begins a new era"), "{said}");
    ward.given.leader = Some("agregator@openmined.org".to_owned());
    let (level, said) = ward.says("leader");
    assert!(level == Level::Warning && said.contains("check for a typo"), "{said}");
    ward.given.leader = Some("*@openmined.org".to_owned());
    assert_eq!(ward.says("settings").0, Level::Problem(78));
}

#[test]
fn whether_a_member_runs_and_whether_its_timeline_is_whole() {
    let ward = Ward::new();
    let running = Timeline::open(ward.state().timeline()).expect("free");
    assert_eq!(ward.says("timeline"), (Level::Fine, "whole; a member is running".to_owned()));
    drop(running);
    fs::write(ward.state().timeline(), "").expect("written");
    assert_eq!(ward.says("timeline").0, Level::Problem(65));
}
