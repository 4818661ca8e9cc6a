//! What the owner can choose, and why the defaults are what they are.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use command_line::duration::in_words;
use datasite::{Email, Report};
use dp_core::{Bounds, Cap, Epsilon, Instrument, Noise, Promise, Signal, Terms};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::{
    Error,
    caps::{Caps, GivenCap},
    memory,
    profile::Profile,
};

/// The original tracker's leader.
pub(crate) const LEADER: &str = "aggregator@openmined.org";

/// A week shows its owner how days differ; nobody else sees it.
const HISTORY: Option<Duration> = Some(Duration::from_secs(7 * 86_400));

/// Settings as they are given on the command line, by `CPU_MEMBER_*` or in the settings file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// A ready-made promise; the three settings below change parts of it [default: standard]
    #[arg(long, env = "CPU_MEMBER_PROFILE")]
    pub(crate) profile: Option<Profile>,
    /// How often a value leaves this machine, such as 5min [2s to 24h]
    #[arg(long, env = "CPU_MEMBER_SLOT", value_name = "TIME")]
    pub(crate) slot: Option<String>,
    /// The stretch of time that is hidden, such as 30s [1ms to 8784h]
    #[arg(long, env = "CPU_MEMBER_PROTECTS", value_name = "TIME")]
    pub(crate) protects: Option<String>,
    /// How well it is hidden: the privacy loss for one such stretch [1e-9 to 100]
    #[arg(long, env = "CPU_MEMBER_EPSILON", value_name = "NUMBER")]
    pub(crate) epsilon: Option<f64>,
    /// Who may read the noisy value [default: aggregator@openmined.org]
    #[arg(long, env = "CPU_MEMBER_LEADER", value_name = "E-MAIL")]
    pub(crate) leader: Option<String>,
    /// What all releases about any one hour may cost together, or none; then it pauses
    /// [default: as before; at first none]
    #[arg(long, env = "CPU_MEMBER_HOUR_CAP", value_name = "NUMBER")]
    pub(crate) hour_cap: Option<GivenCap>,
    /// The same for any one day
    #[arg(long, env = "CPU_MEMBER_DAY_CAP", value_name = "NUMBER")]
    pub(crate) day_cap: Option<GivenCap>,
    /// Share the mean memory use, too: it takes half of epsilon, so all noise doubles
    #[arg(
        long,
        env = "CPU_MEMBER_MEMORY",
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) memory: Option<bool>,
    /// How long your own record of the means without noise reaches back, or none [1h to 366d;
    /// default: 7d]
    #[arg(long, env = "CPU_MEMBER_HISTORY", value_name = "TIME")]
    pub(crate) history: Option<String>,
}

/// What the member does: checked, and complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How often a value leaves this machine: whole seconds.
    pub slot: Duration,
    /// What is promised; its window is the slot less [`Report::SLACK`].
    pub promise: Promise,
    /// Who may read the noisy value.
    pub leader: Email,
    /// Whether the memory in use is shared, too.
    pub memory: bool,
    /// What an hour or a day may cost, where it was said.
    pub caps: Caps,
    /// How long the owner's own record is kept; `None` where there is to be none.
    pub history: Option<Duration>,
}

impl Settings {
    /// The settings given on the command line or by the environment, over those in the settings
    /// file, over the defaults. A profile given in one place goes before single settings in a
    /// weaker one.
    ///
    /// # Errors
    /// [`Error::Setting`] names the setting, what was given and what is allowed.
    pub fn resolve(given: &Given, file: &Given) -> Result<Self, Error> {
        let (mut slot, mut protects, mut epsilon) = Profile::DEFAULT.promise();
        let mut leader = LEADER.to_owned();
        for layer in [file, given] {
            if let Some(profile) = layer.profile {
                (slot, protects, epsilon) = profile.promise();
            }
            if let Some(text) = &layer.slot {
                slot = duration("slot", text)?;
            }
            if let Some(text) = &layer.protects {
                protects = duration("protects", text)?;
            }
            epsilon = layer.epsilon.unwrap_or(epsilon);
            leader = layer.leader.clone().unwrap_or(leader);
        }
        let memory = given.memory.or(file.memory).unwrap_or(false);
        let mut settings = Self::check(slot, protects, epsilon, &leader, memory)?;
        let hour = given.hour_cap.as_ref().or(file.hour_cap.as_ref());
        let day = given.day_cap.as_ref().or(file.day_cap.as_ref());
        let history = given.history.as_deref().or(file.history.as_deref());
        settings.history = history.map_or(Ok(HISTORY), kept_for)?;
        settings.caps = Caps::check(hour, day, settings.promise)?;
        Ok(settings)
    }

    fn check(
        slot: Duration,
        protects: Duration,
        epsilon: f64,
        leader: &str,
        memory: bool,
    ) -> Result<Self, Error> {
        let refuse = |setting, given: String, remedy: &str| Error::Setting {
            setting,
            given,
            remedy: remedy.to_owned(),
        };
        if slot.subsec_nanos() != 0 || !(2..=86_400).contains(&slot.as_secs()) {
            let remedy = "must be whole seconds, from 2s to 24h";
            return Err(refuse("slot", in_words(slot), remedy));
        }
        let leader = leader.parse().map_err(|fault: datasite::Error| {
            refuse("leader", leader.to_owned(), &fault.to_string())
        })?;
        let epsilon = Epsilon::new(epsilon)
            .map_err(|fault| refuse("epsilon", epsilon.to_string(), &fault.to_string()))?;
        let promise = Promise { epsilon, protects, window: slot.saturating_sub(Report::SLACK) };
        let settings =
            Self { slot, promise, leader, memory, caps: Caps::default(), history: HISTORY };
        let terms = settings.terms(&[]).map_err(|fault| {
            refuse("epsilon", f64::from(epsilon).to_string(), &format!("halved, {fault}"))
        })?;
        let noises = terms
            .noises(percent())
            .map_err(|fault| refuse("protects", in_words(protects), &fault.to_string()))?;
        let scale = noises.iter().map(Noise::scale).fold(0.0, f64::max);
        if scale > Report::LARGEST_SCALE {
            return Err(Error::Setting {
                setting: "protects",
                given: in_words(protects),
                remedy: format!(
                    "the noise would have scale {:.0} points, and leaders accept at most {}; \
                     protect less, raise epsilon or lengthen the slot",
                    scale,
                    Report::LARGEST_SCALE
                ),
            });
        }
        Ok(settings)
    }

    /// The terms under which this machine's timeline shall go on, where these caps hold now.
    ///
    /// # Errors
    /// [`dp_core::Error::Epsilon`] where ε is too small to be shared.
    pub fn terms(&self, present: &[Cap]) -> Result<Terms, Error> {
        let promise = self.promise;
        let both = [Instrument::Counter, memory::instrument(promise)];
        let signals = if self.memory { Signal::evenly(promise, &both)? } else { Vec::new() };
        Ok(Terms { promise, signals, caps: self.caps.over(present) })
    }
}

/// What the use of CPU and of memory can be, whatever it was.
pub fn percent() -> Bounds {
    Bounds::new(0.0, 100.0).expect("two finite numbers in order")
}

/// Where the settings are: `given`, or `~/.config/cpu-member.toml`; `None` without either.
pub(crate) fn settings_file(given: Option<&Path>, home: Option<&Path>) -> Option<PathBuf> {
    let usual = || home.map(|home| home.join(".config/cpu-member.toml"));
    given.map(Path::to_owned).or_else(usual)
}

/// The settings file: `given`, which must exist, or `~/.config/cpu-member.toml`, which need not.
///
/// # Errors
/// [`Error::SettingsFile`] for what is none; [`Error::File`].
pub fn read_file(given: Option<&Path>, home: Option<&Path>) -> Result<Given, Error> {
    let Some(path) = settings_file(given, home) else { return Ok(Given::default()) };
    let must_exist = given.is_some();
    match fs::read_to_string(&path) {
        Ok(text) => parse(&path, &text),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound && !must_exist => {
            Ok(Given::default())
        }
        Err(source) => Err(Error::File { action: "read", path, source }),
    }
}

fn parse(path: &Path, text: &str) -> Result<Given, Error> {
    toml::from_str(text).map_err(|fault| Error::SettingsFile {
        path: PathBuf::from(path),
        fault: fault.to_string().trim_end().to_owned(),
    })
}

fn duration(setting: &'static str, text: &str) -> Result<Duration, Error> {
    text.parse::<SignedDuration>().ok().and_then(|duration| duration.try_into().ok()).ok_or_else(
        || Error::Setting {
            setting,
            given: text.to_owned(),
            remedy: "must be a length of time such as \"5min\", \"30s\", \"0.2s\" or \"1h\""
                .to_owned(),
        },
    )
}

/// How long the history is kept: `none`, or a length of time, also in days.
fn kept_for(text: &str) -> Result<Option<Duration>, Error> {
    if text == "none" {
        return Ok(None);
    }
    let days = text.strip_suffix('d').and_then(|days| days.trim().parse::<u32>().ok());
    let length = match days {
        Some(days) => Duration::from_secs(86_400 * u64::from(days)),
        None => duration("history", text)?,
    };
    if (3600..=366 * 86_400).contains(&length.as_secs()) {
        return Ok(Some(length));
    }
    let remedy = "must be from 1h to 366d, or none".to_owned();
    Err(Error::Setting { setting: "history", given: text.to_owned(), remedy })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Given {
        parse(Path::new("cpu-member.toml"), text).expect("valid")
    }

    fn resolve(given: &Given, text: &str) -> Settings {
        Settings::resolve(given, &file(text)).expect("sensible")
    }

    fn refusal(text: &str) -> String {
        Settings::resolve(&Given::default(), &file(text)).expect_err("senseless").to_string()
    }

    #[test]
    fn the_default_protects_half_a_minute_with_noise_of_ten_points() {
        let settings = resolve(&Given::default(), "");
        assert_eq!(settings.slot, Duration::from_secs(300));
        assert_eq!(settings.promise.protects, Duration::from_secs(30));
        assert_eq!(settings.promise.window, Duration::from_secs(299));
        assert_eq!(settings.leader.as_str(), "aggregator@openmined.org");
        let scale = settings.promise.noise(percent()).expect("sensible").scale();
        assert!((scale - 10.03).abs() < 0.01, "{scale}");
    }

    #[test]
    fn the_profiles_have_the_noise_that_the_docs_state() {
        for (profile, stated) in [("standard", 10.03), ("live", 10.53), ("hour", 100.03)] {
            let settings = resolve(&Given::default(), &format!("profile = \"{profile}\""));
            let scale = settings.promise.noise(percent()).expect("sensible").scale();
            assert!((scale - stated).abs() < 0.01, "{profile}: {scale}");
        }
    }

    #[test]
    fn a_stronger_place_goes_before_a_weaker_one_also_where_it_names_a_profile() {
        let text = "profile = \"hour\"\nslot = \"50min\"\nepsilon = 0.7";
        let from_file = resolve(&Given::default(), text);
        assert_eq!(from_file.slot, Duration::from_secs(3000));
        assert_eq!(from_file.promise.protects, Duration::from_secs(3600));
        let flag = Given { epsilon: Some(0.9), ..Given::default() };
        assert_eq!(f64::from(resolve(&flag, text).promise.epsilon).to_bits(), 0.9_f64.to_bits());
        assert_eq!(resolve(&flag, text).slot, Duration::from_secs(3000));
        let profile = Given { profile: Some(Profile::Live), ..Given::default() };
        assert_eq!(resolve(&profile, text).slot, Duration::from_secs(20));
    }

    #[test]
    fn a_senseless_setting_is_refused_with_its_value_and_the_remedy() {
        for (text, said) in [
            ("slot = \"1s\"", "slot = 1 s: must be whole seconds, from 2s to 24h"),
            ("slot = \"2.5s\"", "slot = 2.5 s: must be whole seconds"),
            ("slot = \"25h\"", "slot = 25 h: must be"),
            ("slot = \"soon\"", "slot = soon: must be a length of time such as \"5min\""),
            ("slot = \"-5min\"", "slot = -5min: must be a length of time"),
            ("protects = \"0s\"", "protects = 0 s: a promise protects a stretch"),
            ("protects = \"6h\"", "leaders accept at most 500"),
            ("epsilon = 0.0", "epsilon = 0: epsilon must be between 1e-9 and 100"),
            ("epsilon = nan", "epsilon = NaN: epsilon must be between"),
            ("history = \"59min\"", "history = 59min: must be from 1h to 366d, or none"),
            ("history = \"367d\"", "history = 367d: must be from 1h to 366d, or none"),
            ("history = \"long\"", "history = long: must be a length of time"),
            ("leader = \"*@openmined.org\"", "leader = *@openmined.org: not an e-mail address"),
            ("leader = \"USER\"", "leader = USER: not an e-mail address"),
        ] {
            assert!(refusal(text).contains(said), "{text}: {}", refusal(text));
        }
    }

    #[test]
    fn the_history_is_kept_for_a_week_or_as_long_as_is_said() {
        let days = |days: u64| Some(Duration::from_secs(86_400 * days));
        assert_eq!(resolve(&Given::default(), "").history, days(7));
        assert_eq!(resolve(&Given::default(), "history = \"30d\"").history, days(30));
        assert_eq!(resolve(&Given::default(), "history = \"48h\"").history, days(2));
        let none = Given { history: Some("none".to_owned()), ..Given::default() };
        assert_eq!(resolve(&none, "history = \"30d\"").history, None);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let fault = parse(Path::new("x.toml"), "epsilom = 1").expect_err("unknown").to_string();
        assert!(fault.contains("x.toml") && fault.contains("epsilom"), "{fault}");
    }

    #[test]
    fn the_usual_file_need_not_exist_and_a_named_one_must() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(read_file(None, Some(folder.path())).is_ok());
        let named = folder.path().join("named.toml");
        let refused = read_file(Some(&named), Some(folder.path())).expect_err("missing");
        assert!(refused.to_string().contains("named.toml"));
    }
}
