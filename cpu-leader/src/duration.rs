//! Lengths of time as people write them.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::error::Error;

/// Reads `20s`, `5min`, `1h 30min` or `30d` (a day has 24 hours); never zero or negative.
pub fn parse_duration(text: &str) -> Result<Duration, Error> {
    let refused = || Error::Duration { text: text.to_owned() };
    // Fractions of a second are kept only by one of the two, days are read only by the other.
    let duration = text
        .parse::<SignedDuration>()
        .or_else(|_| text.parse::<Span>()?.to_duration(SpanRelativeTo::days_are_24_hours()));
    let duration = duration.map_err(|_| refused())?;
    Duration::try_from(duration).ok().filter(|length| !length.is_zero()).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        for (text, seconds) in [
            ("20s", 20.0),
            ("0.2s", 0.2),
            ("5min", 300.0),
            ("5 minutes", 300.0),
            ("1h 30min", 5400.0),
            ("30d", 2_592_000.0),
            ("1d 12h", 129_600.0),
        ] {
            let read = parse_duration(text).unwrap().as_secs_f64();
            assert!((read - seconds).abs() < 1e-9, "{text}: {read}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in ["", "20", "0s", "-20s", "20s ago", "1mo", "1y", "soon", "1e3s"] {
            let error = parse_duration(text).unwrap_err().to_string();
            assert!(error.contains("30d"), "{text}: {error}");
        }
    }
}
