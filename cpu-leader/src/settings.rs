//! What the owner can choose, and what holds otherwise.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use command_line::duration::parse_duration;
use serde::{Deserialize, Deserializer};

use crate::error::Error;
use crate::lists::{Entry, Lists};

/// The original tracker's pace, and quick enough for members that report every 20 s.
const ROUND: Round = Round(20);
/// With fewer, "the mean of the group" is nearly one person's own noisy report.
const MINIMUM_MACHINES: usize = 3;
/// Of one machine, the mean is its own value.
const LEAST_MACHINES: usize = 2;
/// A month can be compared with the last; about 130,000 rounds, below 10 MB.
const RETENTION: Duration = Duration::from_hours(30 * 24);
/// The address that the README names.
const PORT: u16 = 8787;

/// How long a round lasts: a whole number of seconds, from 1 s to 1 h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round(u32);

impl Round {
    /// The length in seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// The length.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0.into())
    }
}

impl FromStr for Round {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let duration = parse_duration(text)?;
        u32::try_from(duration.as_secs())
            .ok()
            .filter(|seconds| (1..=3600).contains(seconds) && duration.subsec_nanos() == 0)
            .map(Round)
            .ok_or_else(|| Error::Round { text: text.to_owned() })
    }
}

/// The settings of one kind: as given on the command line and in the environment, or as written
/// in the file. What is missing here is looked up in the next place.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Chosen {
    /// How often the members' reports are averaged.
    #[serde(deserialize_with = "parsed")]
    pub round: Option<Round>,
    /// Below how many machines nothing is published.
    pub minimum_machines: Option<usize>,
    /// How long the history reaches back.
    #[serde(deserialize_with = "parsed_duration")]
    pub retention: Option<Duration>,
    /// Where `serve` listens.
    pub port: Option<u16>,
    /// Whose reports alone count: addresses and `@domains`.
    pub allow: Option<Vec<Entry>>,
    /// Whose reports never count.
    pub deny: Option<Vec<Entry>>,
    /// The folder in which Prometheus's node exporter looks for text files.
    pub textfile: Option<PathBuf>,
}

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How often the members' reports are averaged.
    pub round: Round,
    /// Below how many machines nothing is published.
    pub minimum_machines: usize,
    /// How long the history reaches back.
    pub retention: Duration,
    /// Where `serve` listens, or the first of the ports it tries.
    pub port: u16,
    /// Whose reports count.
    pub lists: Lists,
    /// Where the metrics are written after each round.
    pub textfile: Option<PathBuf>,
}

impl Settings {
    /// Each setting from the first place that has it: `given`, the file, the default. The file is
    /// `named`, which must then exist, or `~/.config/cpu-leader.toml`, which need not.
    pub fn load(given: &Chosen, named: Option<&Path>, home: &Path) -> Result<Settings, Error> {
        let path = settings_file(named, home);
        let text = match fs::read_to_string(&path) {
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
                String::new()
            }
            read => read.map_err(Error::read(&path))?,
        };
        let file = toml::from_str(&text)
            .map_err(|source| Error::Settings { path, source: Box::new(source) })?;
        Settings::of(given, &file)
    }

    /// Each setting from the first that has it: `given`, `file`, the default.
    pub fn of(given: &Chosen, file: &Chosen) -> Result<Settings, Error> {
        let minimum_machines =
            given.minimum_machines.or(file.minimum_machines).unwrap_or(MINIMUM_MACHINES);
        if minimum_machines < LEAST_MACHINES {
            return Err(Error::MinimumMachines { given: minimum_machines });
        }
        let allow = given.allow.as_ref().or(file.allow.as_ref()).cloned();
        let deny = given.deny.as_ref().or(file.deny.as_ref()).cloned();
        Ok(Settings {
            round: given.round.or(file.round).unwrap_or(ROUND),
            minimum_machines,
            retention: given.retention.or(file.retention).unwrap_or(RETENTION),
            port: given.port.or(file.port).unwrap_or(PORT),
            lists: Lists::new(allow, deny.unwrap_or_default())?,
            textfile: given.textfile.as_ref().or(file.textfile.as_ref()).cloned(),
        })
    }

    /// The demo's: a round every second, and whatever `members` can show.
    pub fn demo(members: usize, port: u16) -> Settings {
        let minimum_machines = MINIMUM_MACHINES.min(members);
        Settings {
            round: Round(1),
            minimum_machines,
            retention: RETENTION,
            port,
            lists: Lists::default(),
            textfile: None,
        }
    }
}

/// The settings file: `named`, or the usual place.
pub fn settings_file(named: Option<&Path>, home: &Path) -> PathBuf {
    named.map_or_else(|| home.join(".config/cpu-leader.toml"), Path::to_path_buf)
}

/// `$HOME` as the environment has it: the one place from which all others are found.
pub fn home() -> Result<PathBuf, Error> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).ok_or(Error::NoHome)?;
    Ok(PathBuf::from(home))
}

fn parsed<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = Error>,
{
    String::deserialize(from)?.parse().map(Some).map_err(serde::de::Error::custom)
}

fn parsed_duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    parse_duration(&String::deserialize(from)?).map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(given: &Chosen, file: Option<&str>) -> Result<Settings, Error> {
        let home = tempfile::tempdir().unwrap();
        if let Some(text) = file {
            fs::create_dir(home.path().join(".config")).unwrap();
            fs::write(home.path().join(".config/cpu-leader.toml"), text).unwrap();
        }
        Settings::load(given, None, home.path())
    }

    const FILE: &str = "round = '5s'\nminimum_machines = 7\nretention = '2d'\nport = 9000\n";

    #[test]
    fn without_any_choice_the_defaults_hold() {
        let settings = load(&Chosen::default(), None).unwrap();
        assert_eq!((settings.round.seconds(), settings.minimum_machines), (20, 3));
        assert_eq!((settings.retention.as_secs(), settings.port), (30 * 86_400, 8787));
        assert_eq!(load(&Chosen::default(), Some("")).unwrap(), settings);
    }

    #[test]
    fn the_file_beats_the_default_and_what_is_given_beats_the_file() {
        let settings = load(&Chosen::default(), Some(FILE)).unwrap();
        assert_eq!((settings.round.seconds(), settings.minimum_machines), (5, 7));
        assert_eq!((settings.retention.as_secs(), settings.port), (2 * 86_400, 9000));
        let given = Chosen { minimum_machines: Some(4), ..Chosen::default() };
        let settings = load(&given, Some(FILE)).unwrap();
        assert_eq!((settings.round.seconds(), settings.minimum_machines), (5, 4));
    }

    #[test]
    fn a_mistake_in_the_file_is_named_with_the_file() {
        for text in [
            "rounds = '5s'",
            "round = 5",
            "round = '0.5s'",
            "retention = '0s'",
            "port = -1",
            "allow = ['ann']",
        ] {
            let error = load(&Chosen::default(), Some(text)).unwrap_err();
            assert!(matches!(error, Error::Settings { .. }), "{text}: {error}");
            assert!(error.to_string().contains("cpu-leader.toml"), "{error}");
        }
    }

    #[test]
    fn lists_come_from_the_file_and_an_empty_one_is_refused() {
        let settings = load(&Chosen::default(), Some("allow = ['@X.org']\ndeny = ['b@x.org']"));
        let lists = settings.unwrap().lists;
        assert!(lists.admits("a@x.org") && !lists.admits("b@x.org") && !lists.admits("a@y.org"));
        let error = load(&Chosen::default(), Some("allow = []")).unwrap_err();
        assert!(matches!(error, Error::AllowsNobody), "{error}");
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let named = Settings::load(
            &Chosen::default(),
            Some(Path::new("/nowhere/x.toml")),
            Path::new("/nowhere"),
        );
        assert!(named.unwrap_err().to_string().contains("/nowhere/x.toml"));
    }

    #[test]
    fn a_round_is_a_whole_number_of_seconds_up_to_an_hour() {
        assert_eq!("1h".parse::<Round>().unwrap().seconds(), 3600);
        for text in ["0.5s", "1500ms", "61min", "2d", "x"] {
            assert!(text.parse::<Round>().is_err(), "{text}");
        }
    }
}
