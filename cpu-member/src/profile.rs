//! The ready-made promises, and what each of them means.

use std::time::Duration;

use clap::ValueEnum;
use command_line::duration::in_words;
use dp_core::LaplaceSum;
use serde::Deserialize;

use crate::{
    Error,
    curve::significant,
    settings::{Given, Settings, percent},
};

/// How often a noise range holds the unnoised mean.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// Ready-made promises.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// A value every 5 min; hides any 30 s at ε = 1. For people
    Standard,
    /// A value every 20 s; hides any 1 s at ε = 0.5. For demonstrations
    Live,
    /// A value every hour; hides any hour at ε = 1. For large networks
    Hour,
}

impl Profile {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Live, Self::Hour];

    /// The default protects a person at her desk: what she did in any half minute.
    pub const DEFAULT: Self = Self::Standard;

    /// Slot, protected stretch and ε. The first two come out at a noise scale of about 10 points,
    /// with which a dozen machines show their mean to within ±8; the third at about 100.
    pub(crate) fn promise(self) -> (Duration, Duration, f64) {
        let (slot, protects, epsilon) = match self {
            Self::Standard => (300, 30, 1.0),
            Self::Live => (20, 1, 0.5),
            Self::Hour => (3600, 3600, 1.0),
        };
        (Duration::from_secs(slot), Duration::from_secs(protects), epsilon)
    }

    /// As it is written in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Live => "live",
            Self::Hour => "hour",
        }
    }
}

/// What each profile protects, and what is seen of it, in a table: computed, so that it cannot
/// promise anything else than the member keeps.
///
/// # Errors
/// None with the profiles as they are.
pub fn table() -> Result<String, Error> {
    let heading = ["profile", "a value every", "hides any", "ε", "an hour costs", "one machine"];
    let mut text = row(&heading.map(str::to_owned), "of 12");
    for profile in Profile::ALL {
        let given = Given { profile: Some(profile), ..Given::default() };
        let Settings { slot, promise, .. } = Settings::resolve(&given, &Given::default())?;
        let noise = promise.noise(percent())?;
        let margin = |machines: usize| {
            let sum = LaplaceSum::mean_of((0..machines).map(|_| noise.scale()));
            format!("±{:.0} points", sum.margin(CONFIDENCE))
        };
        let hour = promise.loss_over(Duration::from_secs(3600), percent())?;
        let cells = [
            profile.name().to_owned(),
            in_words(slot),
            in_words(promise.protects),
            f64::from(promise.epsilon).to_string(),
            significant(hour.into()),
            margin(1),
        ];
        text.push_str(&row(&cells, &margin(12)));
    }
    Ok(text)
}

fn row([name, slot, protects, epsilon, hour, one]: &[String; 6], twelve: &str) -> String {
    format!("    {name:<10}{slot:<15}{protects:<11}{epsilon:<6}{hour:<15}{one:<14}{twelve}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_settings_promise() {
        let table = table().expect("the profiles are sensible");
        for row in [
            "    standard  5 min          30 s       1     120            ±30 points    ±8 points\n",
            "    live      20 s           1 s        0.5   1800           ±32 points    ±9 points\n",
            "    hour      1 h            1 h        1     1              ±300 points   ±81 points\n",
        ] {
            assert!(table.contains(row), "{row:?} is not in\n{table}");
        }
    }
}
