//! Lengths of time as people write them and as they read them.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// A text that is no positive length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a positive length of time such as 20s, 0.2s, 5min or 30d")]
pub struct NotADuration {
    /// What was given.
    pub text: String,
}

/// Reads `20s`, `0.2s`, `5min`, `1h 30min` or `30d` (a day has 24 hours); never zero or negative.
///
/// # Errors
/// [`NotADuration`] quotes what was given.
pub fn parse_duration(text: &str) -> Result<Duration, NotADuration> {
    let refused = || NotADuration { text: text.to_owned() };
    // Fractions of a second are kept only by one of the two, days are read only by the other.
    let duration = text
        .parse::<SignedDuration>()
        .or_else(|_| text.parse::<Span>()?.to_duration(SpanRelativeTo::days_are_24_hours()));
    let duration = duration.map_err(|_| refused())?;
    Duration::try_from(duration).ok().filter(|length| !length.is_zero()).ok_or_else(refused)
}

/// A length of time as people say it, in the largest unit of which it is a whole number: `5 min`,
/// `1 h`, `30 d`, `0.2 s`. [`parse_duration`] reads it back.
pub fn in_words(duration: Duration) -> String {
    match (duration.as_secs(), duration.subsec_nanos()) {
        (seconds, 0) if seconds >= 86_400 && seconds.is_multiple_of(86_400) => {
            format!("{} d", seconds / 86_400)
        }
        (seconds, 0) if seconds >= 3600 && seconds.is_multiple_of(3600) => {
            format!("{} h", seconds / 3600)
        }
        (seconds, 0) if seconds >= 60 && seconds.is_multiple_of(60) => {
            format!("{} min", seconds / 60)
        }
        (seconds, 0) => format!("{seconds} s"),
        (seconds, nanoseconds) => {
            let fraction = format!("{nanoseconds:09}");
            format!("{seconds}.{} s", fraction.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, milliseconds) in [
            ("20s", 20_000),
            ("1500ms", 1_500),
            ("0.25s", 250),
            ("5min", 300_000),
            ("1h 30min", 5_400_000),
            ("30d", 2_592_000_000),
            ("1d12h", 129_600_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_positive_length_is_refused_with_the_text_in_the_message() {
        for text in ["", "20", "s", "0s", "-5min", "1 month", "soon"] {
            let error = parse_duration(text).unwrap_err();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn lengths_are_said_in_their_largest_whole_unit() {
        for (text, said) in [
            ("90s", "90 s"),
            ("300s", "5 min"),
            ("3600s", "1 h"),
            ("48h", "2 d"),
            ("200ms", "0.2 s"),
            ("1.5s", "1.5 s"),
        ] {
            assert_eq!(in_words(parse_duration(text).unwrap()), said);
        }
    }

    proptest! {
        #[test]
        fn what_is_said_is_read_back(seconds in 0_u64..10_000_000, nanoseconds in 0_u32..1_000_000_000) {
            let duration = Duration::new(seconds, nanoseconds);
            prop_assume!(!duration.is_zero());
            prop_assert_eq!(parse_duration(&in_words(duration)), Ok(duration));
            let whole = Duration::from_secs(seconds + 1);
            prop_assert_eq!(parse_duration(&in_words(whole)), Ok(whole));
        }
    }
}
