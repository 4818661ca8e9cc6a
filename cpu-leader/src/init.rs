//! The settings file, written once with what each setting means for members and readers.

use std::fmt::Write as _;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, BufRead, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use command_line::duration::{in_words, parse_duration};
use toml::Value;

use crate::error::Error;
use crate::lists::Entry;
use crate::settings::{Chosen, Settings};

/// Asks for every setting that `chosen` leaves open, with what it means; an empty answer takes the
/// default, and an answer that cannot be used is asked for again.
///
/// # Errors
/// [`Error::NoAnswer`] when `answers` ends before the last question.
pub fn ask(
    mut chosen: Chosen,
    answers: &mut impl BufRead,
    questions: &mut impl Write,
) -> Result<Chosen, Error> {
    let default = Settings::of(&Chosen::default(), &Chosen::default())?;
    let mut question = |text: &str, take: &mut dyn FnMut(&str) -> Result<(), String>| loop {
        let asked = write!(questions, "{text} ").and_then(|()| questions.flush());
        asked.map_err(Error::write("the terminal"))?;
        let mut line = String::new();
        if answers.read_line(&mut line).map_err(Error::read("the terminal"))? == 0 {
            return Err(Error::NoAnswer);
        }
        let outcome = if line.trim().is_empty() { Ok(()) } else { take(line.trim()) };
        match outcome {
            Ok(()) => return Ok(()),
            Err(fault) => {
                writeln!(questions, "  {fault}").map_err(Error::write("the terminal"))?;
            }
        }
    };
    if chosen.round.is_none() {
        let shown = in_words(default.round.duration());
        question(&format!("{ROUND}? [{shown}]"), &mut |text| {
            text.parse().map(|round| chosen.round = Some(round)).map_err(|e| e.to_string())
        })?;
    }
    if chosen.minimum_machines.is_none() {
        let shown = default.minimum_machines;
        question(&format!("{MINIMUM}? [{shown}]"), &mut |text| {
            let given = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
            let trial = Chosen { minimum_machines: Some(given), ..Chosen::default() };
            Settings::of(&trial, &Chosen::default()).map_err(|e| e.to_string())?;
            chosen.minimum_machines = Some(given);
            Ok(())
        })?;
    }
    if chosen.retention.is_none() {
        let shown = in_words(default.retention);
        question(&format!("{RETENTION}? [{shown}]"), &mut |text| {
            parse_duration(text)
                .map(|time| chosen.retention = Some(time))
                .map_err(|e| e.to_string())
        })?;
    }
    if chosen.allow.is_none() {
        question(&format!("{ALLOW}? [everybody]"), &mut |text| {
            entries(text).map(|all| chosen.allow = Some(all)).map_err(|e| e.to_string())
        })?;
    }
    if chosen.deny.is_none() {
        question(&format!("{DENY}? [nobody]"), &mut |text| {
            entries(text).map(|all| chosen.deny = Some(all)).map_err(|e| e.to_string())
        })?;
    }
    Ok(chosen)
}

const ROUND: &str = "How often the members' reports are averaged (1s to 1h)";
const MINIMUM: &str = "Below how many machines nothing is published (at least 2)";
const RETENTION: &str = "How long the history of what was published reaches back";
const ALLOW: &str = "Whose reports alone count: addresses, or whole domains as @example.org";
const DENY: &str = "Whose reports never count";

fn entries(text: &str) -> Result<Vec<Entry>, Error> {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    words.map(str::parse).collect()
}

/// The settings file's text: every setting, those that were left open as comments.
///
/// # Errors
/// Those of [`Settings::of`], so that no file is written that cannot be used.
pub fn text(chosen: &Chosen) -> Result<String, Error> {
    let settings = Settings::of(chosen, &Chosen::default())?;
    let mut text =
        String::from("# Settings of cpu-leader. Flags and CPU_LEADER_* go before them.\n");
    let mut add = |about: &str, name: &str, value: Value, is_chosen: bool| {
        let mark = if is_chosen { "" } else { "# " };
        let about = about.replace('\n', "\n# ");
        let _ = write!(text, "\n# {about}.\n{mark}{name} = {value}\n");
    };
    let list = |entries: Option<&Vec<Entry>>, example: &str| {
        let shown = entries.map_or_else(
            || vec![Value::from(example)],
            |all| all.iter().map(|entry| Value::from(entry.to_string())).collect(),
        );
        Value::Array(shown)
    };
    add(
        &format!("{ROUND}.\nMore often shows changes sooner, and never more than members send"),
        "round",
        in_words(settings.round.duration()).into(),
        chosen.round.is_some(),
    );
    add(
        &format!("{MINIMUM}.\nThe fewer there are, the nearer the mean is to one member's report"),
        "minimum_machines",
        Value::Integer(i64::try_from(settings.minimum_machines).unwrap_or(i64::MAX)),
        chosen.minimum_machines.is_some(),
    );
    add(RETENTION, "retention", in_words(settings.retention).into(), chosen.retention.is_some());
    add(
        "Where `serve` shows the page on this machine; if taken, the next free port",
        "port",
        i64::from(settings.port).into(),
        chosen.port.is_some(),
    );
    add(
        &format!("{ALLOW}.\nWithout it everybody counts who shares a report with you"),
        "allow",
        list(chosen.allow.as_ref(), "@example.org"),
        chosen.allow.is_some(),
    );
    add(
        &format!("{DENY}, even if allowed above"),
        "deny",
        list(chosen.deny.as_ref(), "someone@example.org"),
        chosen.deny.is_some(),
    );
    let textfile = settings.textfile.as_deref().unwrap_or(Path::new("/var/lib/node_exporter"));
    add(
        "Where the metrics are written after each round, for Prometheus's node exporter",
        "textfile",
        textfile.to_string_lossy().into_owned().into(),
        chosen.textfile.is_some(),
    );
    Ok(text)
}

/// Writes the settings file, readable to its owner alone, for it may list people.
///
/// # Errors
/// [`Error::SettingsExist`] when there is one, and `anew` does not say to replace it.
pub fn write(path: &Path, text: &str, anew: bool) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Error::write(folder))?;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    if anew {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => Error::SettingsExist { path: path.to_path_buf() },
        _ => Error::Write { path: path.to_path_buf(), source },
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn asked(answers: &str) -> (Result<Chosen, Error>, String) {
        let mut questions = Vec::new();
        let chosen = ask(Chosen::default(), &mut answers.as_bytes(), &mut questions);
        (chosen, String::from_utf8(questions).unwrap())
    }

    #[test]
    fn what_was_answered_is_what_the_file_says() {
        let (chosen, _) = asked("30s\n5\n90d\nann@x.org, @Y.org\nbob@y.org\n");
        let chosen =
            Chosen { port: Some(9000), textfile: Some("/a \"b\"".into()), ..chosen.unwrap() };
        let read: Chosen = toml::from_str(&text(&chosen).unwrap()).unwrap();
        assert_eq!(read, chosen);
        assert_eq!((read.minimum_machines, read.allow.unwrap().len()), (Some(5), 2));
    }

    #[test]
    fn empty_answers_leave_the_defaults_in_the_file_as_comments() {
        let (chosen, questions) = asked("\n\n\n\n\n");
        assert_eq!(chosen.unwrap(), Chosen::default());
        assert!(questions.contains("[20 s]") && questions.contains("[everybody]"), "{questions}");
        let text = text(&Chosen::default()).unwrap();
        assert_eq!(toml::from_str::<Chosen>(&text).unwrap(), Chosen::default());
        let uncommented: String = text
            .lines()
            .map(|line| if line.contains(" = ") { line.trim_start_matches("# ") } else { line })
            .flat_map(|line| [line, "\n"])
            .collect();
        assert!(toml::from_str::<Chosen>(&uncommented).unwrap().textfile.is_some(), "{text}");
    }

    #[test]
    fn a_useless_answer_is_asked_for_again_and_none_at_all_writes_nothing() {
        let (chosen, questions) = asked("soon\n10s\n1\n\n\nann\n\n\n");
        assert_eq!(chosen.unwrap().round.unwrap().seconds(), 10);
        for fault in ["\"soon\"", "at least 2, not 1", "\"ann\" is neither"] {
            assert!(questions.contains(fault), "{fault}: {questions}");
        }
        assert!(matches!(asked("10s\n").0, Err(Error::NoAnswer)));
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.toml");
        write(&path, "first", false).unwrap();
        assert!(matches!(write(&path, "second", false), Err(Error::SettingsExist { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        write(&path, "new", true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
