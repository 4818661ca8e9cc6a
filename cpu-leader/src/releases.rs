//! Which releases have been counted: each of them once, whatever the rounds and the slots.

use std::collections::HashMap;

use datasite::PeerReport;

/// How far into the future a believable report's slot may end.
const AHEAD_S: i64 = 120;

/// The end of the last counted slot of each datasite, as its report states it: a clock that is
/// ahead does not make one release look like several.
///
/// A release weighs as many seconds as its slot has, but no more than have passed since the last
/// one of the same machine: whoever states long slots and reports often does not weigh more, but
/// once by the minute by which a believable clock may be ahead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Releases {
    /// By the name in lower case: servers and clients differ in it, and it is one machine.
    last: HashMap<String, i64>,
}

/// A release that was not counted before.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Whose it is, in lower case.
    pub datasite: String,
    /// The unix second at which its slot ended, as it states.
    pub slot_end: i64,
    /// The same, or now if that is earlier.
    pub at: i64,
    /// How many seconds it newly tells about.
    pub covers_s: f64,
    /// The noisy value, in percent.
    pub cpu: f64,
    /// The scale of its noise.
    pub scale: f64,
}

impl Releases {
    /// After so long nobody is remembered: the longest slot is a day, and a report counts until two
    /// slots after its end.
    pub const KEPT_S: i64 = 3 * 86_400;

    /// As they were kept.
    pub fn restored(kept: impl IntoIterator<Item = (String, i64)>) -> Releases {
        let mut last = HashMap::new();
        for (datasite, slot_end) in kept {
            let known = last.entry(datasite.to_lowercase()).or_insert(slot_end);
            *known = slot_end.max(*known);
        }
        Releases { last }
    }

    /// Counts those of the reports that are new at the unix second `now`.
    pub fn count<'a>(
        &mut self,
        now: i64,
        reports: impl Iterator<Item = (&'a str, &'a PeerReport)>,
    ) -> Vec<Release> {
        // Also what a clock that was ahead has left behind.
        self.last.retain(|_, &mut end| (now - Self::KEPT_S..=now + AHEAD_S).contains(&end));
        let mut fresh = Vec::new();
        for (datasite, report) in reports {
            let (datasite, slot_end) = (datasite.to_lowercase(), report.slot_end.as_second());
            let before = self.last.get(&datasite).copied();
            if before.is_some_and(|before| before >= slot_end) {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "at most three days")]
            let passed = before.map_or(f64::INFINITY, |before| (slot_end - before) as f64);
            self.last.insert(datasite.clone(), slot_end);
            fresh.push(Release {
                datasite,
                slot_end,
                at: slot_end.min(now),
                covers_s: report.slot_s.min(passed),
                cpu: report.cpu,
                scale: report.scale,
            });
        }
        fresh
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn report(slot_end: i64, slot_s: f64) -> PeerReport {
        PeerReport {
            cpu: 50.0,
            slot_end: Timestamp::from_second(slot_end).unwrap(),
            slot_s,
            window_s: slot_s - 1.0,
            scale: 10.0,
            grid: None,
            epsilon: 0.5,
            protects_s: 1.0,
            original: false,
            memory: None,
        }
    }

    fn count(releases: &mut Releases, now: i64, name: &str, report: PeerReport) -> Option<f64> {
        let counted = releases.count(now, [(name, &report)].into_iter());
        counted.first().map(|release| release.covers_s)
    }

    #[test]
    fn a_release_is_counted_once_however_often_it_is_seen_and_also_after_a_restart() {
        let mut releases = Releases::default();
        for now in [1000, 1001, 1020, 1300] {
            let counted = count(&mut releases, now, "a@x.org", report(1000, 300.0));
            assert_eq!(counted, (now == 1000).then_some(300.0));
        }
        let mut restored = Releases::restored(releases.last.clone());
        assert_eq!(count(&mut restored, 1300, "a@x.org", report(1000, 300.0)), None);
        assert_eq!(count(&mut restored, 1300, "a@x.org", report(1300, 300.0)), Some(300.0));
        assert_eq!(count(&mut restored, 1300, "b@x.org", report(1300, 300.0)), Some(300.0));
    }

    #[test]
    fn whoever_states_long_slots_and_reports_often_weighs_no_more_than_the_time_that_passed() {
        let mut releases = Releases::default();
        let mut total = 0.0;
        for now in (1000..=1600).step_by(20) {
            total += count(&mut releases, now, "a@x.org", report(now, 86_400.0)).unwrap();
        }
        assert!((total - 86_400.0 - 600.0).abs() < 1e-9, "{total}");
        // Out of order: no more either.
        assert_eq!(count(&mut releases, 1601, "a@x.org", report(1500, 20.0)), None);
    }

    #[test]
    fn a_clock_that_was_ahead_silences_nobody_when_it_is_right_again() {
        let mut releases = Releases::default();
        assert!(count(&mut releases, 1_000_000, "a@x.org", report(1_000_000, 20.0)).is_some());
        assert_eq!(count(&mut releases, 1000, "a@x.org", report(1000, 20.0)), Some(20.0));
    }

    #[test]
    fn a_release_of_a_clock_that_is_ahead_is_counted_once_too() {
        let mut releases = Releases::default();
        assert_eq!(count(&mut releases, 990, "a@x.org", report(990, 60.0)), Some(60.0));
        for (now, slot_end, covers) in [
            (1000, 1050, Some(60.0)),
            (1020, 1050, None),
            (1060, 1050, None),
            (1060, 1110, Some(60.0)),
            (1080, 1110, None),
        ] {
            let counted = count(&mut releases, now, "a@x.org", report(slot_end, 60.0));
            assert_eq!(counted, covers, "{now}");
        }
        let ahead = report(1170, 60.0);
        let counted = releases.count(1120, [("a@x.org", &ahead)].into_iter());
        assert_eq!((counted[0].at, counted[0].slot_end), (1120, 1170), "nothing is in the future");
    }

    #[test]
    fn names_that_differ_in_case_are_one_machine() {
        let mut releases = Releases::default();
        assert!(count(&mut releases, 1000, "Alice@x.org", report(1000, 20.0)).is_some());
        assert!(count(&mut releases, 1000, "alice@x.org", report(1000, 20.0)).is_none());
        let kept = [("A@x.org".to_owned(), 1000), ("a@x.org".to_owned(), 980)];
        let mut restored = Releases::restored(kept);
        assert!(count(&mut restored, 1000, "a@X.org", report(1000, 20.0)).is_none());
    }
}
