//! Times as people write them, in UTC.

use std::time::{SystemTime, UNIX_EPOCH};

/// Such as `2026-02-28 23:59 UTC`, or the minute after, so that it is over when the time has come.
pub(crate) fn minute(time: SystemTime) -> String {
    format!("{} UTC", minute_of(seconds(time).saturating_add(59)))
}

/// Whole seconds since 1970, and 0 before.
pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Such as `2026-02-28 23:59`.
pub(crate) fn minute_of(seconds: u64) -> String {
    let (mut day, minutes) = (seconds / 86_400, seconds % 86_400 / 60);
    let (mut year, mut month) = (1970, 0);
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let days_of = |year: u64, month: usize| match month {
        1 => 28 + u64::from(is_leap(year)),
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    };
    while day >= days_of(year, month) {
        day -= days_of(year, month);
        (year, month) = if month == 11 { (year + 1, 0) } else { (year, month + 1) };
    }
    format!("{year}-{:02}-{:02} {:02}:{:02}", month + 1, day + 1, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_a_calendar() {
        let cases = [
            (0, "1970-01-01 00:00"),
            (951_782_399, "2000-02-28 23:59"),
            (951_782_400, "2000-02-29 00:00"),
            (951_868_800, "2000-03-01 00:00"),
            (1_767_225_599, "2025-12-31 23:59"),
            (4_107_542_400, "2100-03-01 00:00"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(minute_of(seconds), expected);
        }
    }
}
