//! What the owner says about caps: bounds on what an hour or a day costs.

use std::{convert::Infallible, str::FromStr, time::Duration};

use dp_core::{Cap, Promise, TotalEpsilon};
use serde::Deserialize;

use crate::Error;

/// A cap as it is given: `60` or `none`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum GivenCap {
    /// The loss.
    Number(f64),
    /// Only `none` makes sense.
    Word(String),
}

impl FromStr for GivenCap {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| Self::Word(text.to_owned()), Self::Number))
    }
}

/// What is wanted for each length. What is not mentioned stays as it is: a settings file that goes
/// missing lifts no cap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caps {
    hour: Option<Wanted>,
    day: Option<Wanted>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted {
    Lifted,
    Loss(TotalEpsilon),
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

impl Caps {
    /// # Errors
    /// [`Error::Setting`] for what is no loss, and for a cap that allows no release under `promise`.
    pub(crate) fn check(
        hour: Option<&GivenCap>,
        day: Option<&GivenCap>,
        promise: Promise,
    ) -> Result<Self, Error> {
        let wanted = |setting, stretch, given: Option<&GivenCap>| {
            given.map(|given| Wanted::check(setting, stretch, given, promise)).transpose()
        };
        Ok(Self { hour: wanted("hour_cap", HOUR, hour)?, day: wanted("day_cap", DAY, day)? })
    }

    /// The caps that shall hold from now on, where these hold now: the shortest stretch first.
    pub fn over(&self, present: &[Cap]) -> Vec<Cap> {
        let mut caps = present.to_vec();
        for (stretch, wanted) in [(HOUR, self.hour), (DAY, self.day)] {
            let Some(wanted) = wanted else { continue };
            caps.retain(|cap| cap.stretch != stretch);
            if let Wanted::Loss(loss) = wanted {
                caps.push(Cap { stretch, loss });
            }
        }
        caps.sort_by_key(|cap| cap.stretch);
        caps
    }
}

impl Wanted {
    fn check(
        setting: &'static str,
        stretch: Duration,
        given: &GivenCap,
        promise: Promise,
    ) -> Result<Self, Error> {
        let refuse = |given: String, remedy: String| Error::Setting { setting, given, remedy };
        match given {
            GivenCap::Word(word) if word == "none" => Ok(Self::Lifted),
            GivenCap::Word(word) => Err(refuse(
                word.clone(),
                "must be the loss that it may cost, such as 60, or none".to_owned(),
            )),
            GivenCap::Number(number) => TotalEpsilon::new(*number)
                .and_then(|loss| Cap { stretch, loss }.check(promise).map(|()| Self::Loss(loss)))
                .map_err(|fault| refuse(number.to_string(), fault.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(hour: Option<&str>, day: Option<&str>) -> Result<Caps, Error> {
        let given = |text: &str| text.parse::<GivenCap>().expect("anything is taken");
        let epsilon = dp_core::Epsilon::new(1.0).expect("in range");
        let (protects, window) = (Duration::from_secs(30), Duration::from_secs(299));
        let promise = Promise { epsilon, protects, window };
        Caps::check(hour.map(given).as_ref(), day.map(given).as_ref(), promise)
    }

    #[test]
    fn what_is_not_mentioned_stays_and_only_none_lifts_a_cap() {
        let loss = |loss| TotalEpsilon::new(loss).expect("in range");
        let hour = Cap { stretch: HOUR, loss: loss(60.0) };
        let day = Cap { stretch: DAY, loss: loss(500.0) };
        let other = Cap { stretch: Duration::from_secs(60), loss: loss(20.0) };
        let over = |hour, day, present: &[Cap]| caps(hour, day).expect("sensible").over(present);
        assert_eq!(over(Some("60"), Some("500"), &[]), [hour, day]);
        assert_eq!(over(None, None, &[other, hour, day]), [other, hour, day]);
        assert_eq!(over(Some("none"), None, &[other, hour, day]), [other, day]);
        assert_eq!(over(Some("60"), None, &[day]), [hour, day]);
    }

    #[test]
    fn a_cap_that_makes_no_sense_is_refused_with_its_remedy() {
        for (hour, said) in [
            ("0", "hour_cap = 0: a total loss must be between"),
            ("-5", "hour_cap = -5: a total loss must be between"),
            ("NaN", "hour_cap = NaN: a total loss"),
            ("lots", "hour_cap = lots: must be the loss that it may cost, such as 60, or none"),
            ("9", "hour_cap = 9: a cap of ε = 9 for any 3600s allows no release at all"),
        ] {
            let fault = caps(Some(hour), None).expect_err("senseless").to_string();
            assert!(fault.contains(said), "{fault}");
        }
        assert!(caps(None, Some("9")).expect_err("senseless").to_string().contains("day_cap = 9"));
    }
}
