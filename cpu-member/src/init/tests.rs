use super::*;
use crate::settings::read_file;

fn asked(given: Given, answers: &str) -> (Result<Given, Error>, String) {
    let mut screen = Vec::new();
    let outcome = ask(given, &mut answers.as_bytes(), &mut screen);
    (outcome, String::from_utf8(screen).expect("text"))
}

fn settings(given: &Given) -> Settings {
    Settings::resolve(given, &Given::default()).expect("sensible")
}

#[test]
fn empty_answers_take_the_defaults() {
    let (given, screen) = asked(Given::default(), "\n\n\n\n");
    assert_eq!(settings(&given.expect("answered")), settings(&Given::default()));
    assert!(screen.contains("±30 points") && screen.contains("Profile [standard]"), "{screen}");
}

#[test]
fn what_is_given_is_not_asked() {
    let given = Given {
        profile: Some(Profile::Live),
        leader: Some("lead@x.org".to_owned()),
        hour_cap: Some(GivenCap::Number(400.0)),
        day_cap: Some(GivenCap::Number(4000.0)),
        ..Given::default()
    };
    let (answered, screen) = asked(given.clone(), "");
    assert_eq!(settings(&answered.expect("nothing to ask")), settings(&given));
    assert_eq!(screen, "");
}

#[test]
fn a_senseless_answer_is_asked_again_with_its_reason() {
    let (given, screen) = asked(Given::default(), "quick\nhour\n*@x.org\nlead@x.org\n0\n2\n\n");
    let settings = settings(&given.expect("answered"));
    assert_eq!(settings.leader.as_str(), "lead@x.org");
    assert_eq!(settings.promise.protects.as_secs(), 3600);
    for said in ["none of these\n", "leader = *@x.org: not an e-mail", "hour_cap = 0: a total loss"]
    {
        assert!(screen.contains(said), "{said:?} is not in\n{screen}");
    }
}

#[test]
fn answers_that_end_early_make_nothing() {
    assert!(matches!(asked(Given::default(), "live\n").0, Err(Error::Unanswered)));
}

#[test]
fn the_file_says_what_was_given_and_is_read_back_as_such() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let given = Given {
        slot: Some("1min".to_owned()),
        epsilon: Some(0.5),
        day_cap: Some(GivenCap::Word("none".to_owned())),
        ..Given::default()
    };
    let made = make(&given, None, Some(home.path()), false).expect("made");
    assert_eq!(made.path, home.path().join(".config/cpu-member.toml"));
    let read = read_file(None, Some(home.path())).expect("understood");
    assert_eq!(settings(&read), settings(&given));
    assert!(!home.path().join(".local").exists(), "no timeline");
}

#[test]
fn a_file_that_is_there_is_refused_or_set_aside_and_never_lost() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let file = home.path().join("mine.toml");
    fs::write(&file, "mine").expect("written");
    let make = |force| make(&Given::default(), Some(&file), None, force);
    assert!(matches!(make(false), Err(Error::SettingsExist { .. })));
    assert_eq!(fs::read_to_string(&file).expect("there"), "mine");
    let first = make(true).expect("made").earlier.expect("set aside");
    assert_eq!(fs::read_to_string(&first).expect("there"), "mine");
    let second = make(true).expect("made").earlier.expect("set aside");
    assert_ne!(first, second);
    assert_eq!(fs::read_to_string(&first).expect("still there"), "mine");
}

#[test]
fn where_the_new_settings_cannot_be_written_the_earlier_ones_stay_in_force() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let file = home.path().join("mine.toml");
    fs::write(&file, "mine").expect("written");
    fs::create_dir(home.path().join("mine.toml.new")).expect("in the way");
    assert!(make(&Given::default(), Some(&file), None, true).is_err());
    assert_eq!(fs::read_to_string(&file).expect("there"), "mine");
    fs::remove_dir(home.path().join("mine.toml.new")).expect("empty");
    make(&Given::default(), Some(&file), None, true).expect("made");
    assert_eq!(fs::read_dir(home.path()).expect("there").count(), 2, "no draft is left");
}

#[test]
fn senseless_settings_are_refused_before_anything_is_written() {
    let home = tempfile::tempdir().expect("a temporary folder");
    for leader in ["*@openmined.org", "USER", "a?b@x.org", "{{.UserEmail}}"] {
        let given = Given { leader: Some(leader.to_owned()), ..Given::default() };
        let refused = make(&given, None, Some(home.path()), false);
        assert!(matches!(refused, Err(Error::Setting { setting: "leader", .. })));
    }
    assert!(!home.path().join(".config").exists());
}
