//! The first settings: what is not given is asked, and the file is made.

use std::{
    fmt::Write as _,
    fs,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
};

use crate::{
    Error,
    caps::GivenCap,
    profile::{Profile, table},
    settings::{Given, LEADER, Settings, settings_file},
};

/// What became of `cpu-member init`.
#[derive(Debug)]
pub struct Made {
    /// The new settings file.
    pub path: PathBuf,
    /// Where the file that was there before is now.
    pub earlier: Option<PathBuf>,
}

/// Makes the settings file of what is given. It never creates the timeline, and never loses a file
/// that is there: `force` sets that aside.
///
/// # Errors
/// [`Error::SettingsExist`] where there is one already and `force` is not given;
/// [`Error::Setting`] for what makes no sense, before anything is written; [`Error::File`].
pub fn make(
    given: &Given,
    config: Option<&Path>,
    home: Option<&Path>,
    force: bool,
) -> Result<Made, Error> {
    Settings::resolve(given, &Given::default())?;
    let path = settings_file(config, home).ok_or(Error::NoHome)?;
    let write = |source| Error::File { action: "write", path: path.clone(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(write)?;
    }
    let draft = path.with_extension("toml.new");
    // Whole before it has its name: half of the settings, or none, would promise something else.
    let made = write_new(&draft, &as_toml(given))
        .map_err(write)
        .and_then(|()| put_in_place(&draft, &path, force));
    let _ = fs::remove_file(&draft); // mostly it has its name by now
    made.map(|earlier| Made { path, earlier })
}

fn write_new(draft: &Path, text: &str) -> io::Result<()> {
    let _ = fs::remove_file(draft); // what a crash left
    let mut file = fs::File::create_new(draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Gives the draft its name, or, with `force`, the earlier file a second one first: there are whole
/// settings at any moment, and no file is ever lost.
fn put_in_place(draft: &Path, path: &Path, force: bool) -> Result<Option<PathBuf>, Error> {
    let write = |source| Error::File { action: "write", path: path.to_owned(), source };
    match fs::hard_link(draft, path) {
        Err(fault) if fault.kind() != io::ErrorKind::AlreadyExists => Err(write(fault)),
        Ok(()) => Ok(None),
        Err(_) if !force => Err(Error::SettingsExist { path: path.to_owned() }),
        Err(_) => {
            let aside = free_name_beside(path);
            fs::hard_link(path, &aside).map_err(write)?;
            fs::rename(draft, path).map_err(write)?;
            Ok(Some(aside))
        }
    }
}

/// Refuses early what [`make`] would refuse after all questions.
///
/// # Errors
/// As for [`make`].
pub fn is_free(config: Option<&Path>, home: Option<&Path>, force: bool) -> Result<(), Error> {
    let path = settings_file(config, home).ok_or(Error::NoHome)?;
    if !force && path.symlink_metadata().is_ok() {
        return Err(Error::SettingsExist { path });
    }
    Ok(())
}

/// Asks for what is not given; an empty answer takes the default, a senseless one is asked again.
///
/// # Errors
/// [`Error::Unanswered`] when the answers end early.
pub fn ask(
    mut given: Given,
    answers: &mut impl BufRead,
    screen: &mut impl Write,
) -> Result<Given, Error> {
    // Where all three are given, nothing is left that a profile would say.
    let is_whole = given.slot.is_some() && given.protects.is_some() && given.epsilon.is_some();
    if given.profile.is_none() && !is_whole {
        let profiles = table()?;
        let question = format!(
            "What shall be hidden, and how well? Shorter stretches are hidden better, longer ones \
             worse.\n(± is the 95 % noise range: of this machine alone, and of the mean of 12.)\n\n\
             {profiles}\nProfile [standard]: "
        );
        given = answered(&given, &question, answers, screen, |answer, given| {
            let found = Profile::ALL.into_iter().find(|profile| profile.name() == answer);
            given.profile = Some(if answer.is_empty() { Profile::DEFAULT } else { found? });
            Some(())
        })?;
    }
    if given.leader.is_none() {
        let question =
            format!("\nWho may read the noisy values? E-mail of the leader [{LEADER}]: ");
        given = answered(&given, &question, answers, screen, |answer, given| {
            given.leader = Some(if answer.is_empty() { LEADER } else { answer }.to_owned());
            Some(())
        })?;
    }
    if given.hour_cap.is_none() {
        let question = "\nWhat may any one hour cost at most? Beyond that it pauses. A number, or \
                        none [as before; at first none]: ";
        given = answered(&given, question, answers, screen, |answer, given| {
            given.hour_cap = cap(answer);
            Some(())
        })?;
    }
    if given.day_cap.is_none() {
        let question = "And any one day [as before; at first none]: ";
        given = answered(&given, question, answers, screen, |answer, given| {
            given.day_cap = cap(answer);
            Some(())
        })?;
    }
    Ok(given)
}

fn answered(
    given: &Given,
    question: &str,
    answers: &mut impl BufRead,
    screen: &mut impl Write,
    take: impl Fn(&str, &mut Given) -> Option<()>,
) -> Result<Given, Error> {
    let mut show = |text: &str| {
        screen.write_all(text.as_bytes()).and_then(|()| screen.flush()).map_err(terminal)
    };
    show(question)?;
    loop {
        let mut line = String::new();
        if answers.read_line(&mut line).map_err(terminal)? == 0 {
            return Err(Error::Unanswered);
        }
        let mut with_answer = given.clone();
        let refusal = match take(line.trim(), &mut with_answer) {
            None => "none of these".to_owned(),
            Some(()) => match Settings::resolve(&with_answer, &Given::default()) {
                Ok(_) => return Ok(with_answer),
                Err(fault) => fault.to_string(),
            },
        };
        show(&format!("{refusal}\nAgain: "))?;
    }
}

fn terminal(source: io::Error) -> Error {
    Error::File { action: "use", path: "the terminal".into(), source }
}

fn cap(answer: &str) -> Option<GivenCap> {
    (!answer.is_empty()).then(|| answer.parse().unwrap_or_else(|never| match never {}))
}

/// Only what was said: the rest stays with the profile, and with the caps that hold.
fn as_toml(given: &Given) -> String {
    let text = |text: &String| toml::Value::String(text.clone()).to_string();
    let cap = |cap: &GivenCap| match cap {
        GivenCap::Number(number) => number.to_string(),
        GivenCap::Word(word) => text(word),
    };
    let profile = given.profile.unwrap_or(Profile::DEFAULT).name();
    let leader = given.leader.clone().unwrap_or_else(|| LEADER.to_owned());
    let lines = [
        ("profile", Some(text(&profile.to_owned()))),
        ("slot", given.slot.as_ref().map(text)),
        ("protects", given.protects.as_ref().map(text)),
        ("epsilon", given.epsilon.map(|epsilon| epsilon.to_string())),
        ("leader", Some(text(&leader))),
        ("memory", given.memory.map(|memory| memory.to_string())),
        ("hour_cap", given.hour_cap.as_ref().map(cap)),
        ("day_cap", given.day_cap.as_ref().map(cap)),
        ("history", given.history.as_ref().map(text)),
    ];
    let mut file =
        "# Settings of cpu-member. `cpu-member preview` shows what they mean.\n".to_owned();
    for (name, value) in lines {
        if let Some(value) = value {
            let _ = writeln!(file, "{name} = {value}");
        }
    }
    file
}

fn free_name_beside(path: &Path) -> PathBuf {
    let names = (1_u32..).map(|number| path.with_extension(format!("toml.before-{number}")));
    let mut free = names.filter(|name| name.symlink_metadata().is_err());
    free.next().expect("fewer files than numbers")
}

#[cfg(test)]
mod tests;
