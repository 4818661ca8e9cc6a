use super::*;
use crate::instance_lock::InstanceLock;
use crate::settings::Chosen;
use crate::site::Site;

fn settings() -> Result<Settings, Error> {
    Settings::of(&Chosen::default(), &Chosen::default())
}

fn examined(site: &Site) -> Vec<Finding> {
    let config = ClientConfig {
        path: site.folder.path().join("config.json"),
        email: "leader@x.org".parse().unwrap(),
        data_dir: site.folder.path().to_path_buf(),
    };
    examine(&settings(), Ok(config), site.folder.path(), SystemTime::now())
}

fn found<'a>(findings: &'a [Finding], subject: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.subject == subject).unwrap()
}

#[test]
fn a_leader_that_works_is_well_and_no_member_is_named() {
    let site = Site::published();
    let state = state_folder(site.folder.path(), site.workspace.email());
    let _running = InstanceLock::take(&state).unwrap();
    let findings = examined(&site);
    for finding in &findings {
        assert_eq!(finding.level, Level::Ok, "{finding}");
        assert!(!finding.text.contains("a@x.org"), "{finding}");
    }
    assert_eq!(findings.len(), 12);
    assert!(found(&findings, "members").text.contains("3 other datasites seen, 3 reports count"));
    assert!(verdict(&findings).is_ok());
}

#[test]
fn before_the_first_round_there_are_warnings_and_no_problems() {
    let findings = examined(&Site::new());
    assert_eq!(found(&findings, "leader").level, Level::Warning);
    assert_eq!(found(&findings, "members").level, Level::Warning);
    assert!(verdict(&findings).is_ok(), "{findings:?}");
}

#[test]
fn without_syftbox_it_says_what_is_missing_and_looks_no_further() {
    let missing = datasite::Error::ConfigMissing { looked_at: vec!["/nowhere".into()] };
    let findings = examine(&settings(), Err(missing), Path::new("/nowhere"), SystemTime::now());
    assert_eq!(found(&findings, "SyftBox").level, Level::Problem);
    assert!(matches!(verdict(&findings), Err(Error::Unwell { .. })));
}

#[test]
fn settings_and_a_clock_that_cannot_be_right_are_problems() {
    let missing = datasite::Error::ConfigMissing { looked_at: Vec::new() };
    let bad = Err(Error::AllowsNobody);
    let findings = examine(&bad, Err(missing), Path::new("/nowhere"), SystemTime::UNIX_EPOCH);
    assert_eq!(found(&findings, "settings").level, Level::Problem);
    assert_eq!(found(&findings, "clock").level, Level::Problem);
    let error = verdict(&findings).unwrap_err();
    assert_eq!(error.to_string(), "3 problems found");
}

#[test]
fn what_somebody_changed_is_found() {
    let site = Site::published();
    let state = state_folder(site.folder.path(), site.workspace.email());
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(state.join("history.sqlite"), "not a database, and long enough to be read").unwrap();
    fs::write(site.public().join("index.html"), "edited").unwrap();
    fs::write(site.public().join("syftperm.yaml"), "- path: '**'").unwrap();
    fs::write(site.public().join("data.json"), "{}").unwrap();
    let findings = examined(&site);
    for (subject, level, part) in [
        ("state", Level::Warning, "chmod 700"),
        ("history", Level::Warning, "damaged"),
        ("page", Level::Warning, "mends it"),
        ("permissions", Level::Problem, "syftperm.yaml missing or changed"),
        ("data", Level::Problem, "is not what this version publishes"),
    ] {
        let finding = found(&findings, subject);
        assert_eq!(finding.level, level, "{finding}");
        assert!(finding.text.contains(part), "{finding}");
    }
}
