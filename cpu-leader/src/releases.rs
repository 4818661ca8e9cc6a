//! Which releases have been counted: each of them once, whatever the rounds and the slots.

use std::collections::HashMap;

use datasite::PeerReport;

/// How far into the future a believable report's slot may end.
const AHEAD_S: i64 = 120;

/// The end of the last counted slot of each datasite.
///
/// A release weighs as many seconds as its slot has, but no more than have passed since the last
/// one of the same machine: whoever states long slots and reports often does not weigh more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Releases {
    last: HashMap<String, i64>,
}

/// A release that was not counted before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Release<'a> {
    /// Whose it is.
    pub datasite: &'a str,
    /// The unix second at which its slot ended, or now if that is earlier.
    pub slot_end: i64,
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
    pub fn restored(last: HashMap<String, i64>) -> Releases {
        Releases { last }
    }

    /// Counts those of the reports that are new at the unix second `now`.
    pub fn count<'a>(
        &mut self,
        now: i64,
        reports: impl Iterator<Item = (&'a str, &'a PeerReport)>,
    ) -> Vec<Release<'a>> {
        // Also what a clock that was ahead has left behind.
        self.last.retain(|_, &mut end| (now - Self::KEPT_S..=now + AHEAD_S).contains(&end));
        let mut fresh = Vec::new();
        for (datasite, report) in reports {
            let slot_end = report.slot_end.as_second().min(now);
            let before = self.last.get(datasite).copied();
            if before.is_some_and(|before| before >= slot_end) {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "at most three days")]
            let passed = before.map_or(f64::INFINITY, |before| (slot_end - before) as f64);
            fresh.push(Release {
                datasite,
                slot_end,
                covers_s: report.slot_s.min(passed),
                cpu: report.cpu,
                scale: report.scale,
            });
            match self.last.get_mut(datasite) {
                Some(last) => *last = slot_end,
                None => drop(self.last.insert(datasite.to_owned(), slot_end)),
            }
        }
        fresh
    }

    /// How many datasites have a counted release whose slot ended after each of these seconds.
    pub fn reporting_after<const N: usize>(&self, seconds: [i64; N]) -> [u32; N] {
        let mut counts = [0; N];
        for &end in self.last.values() {
            for (count, second) in counts.iter_mut().zip(seconds) {
                *count += u32::from(end > second);
            }
        }
        counts
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
            epsilon: 0.5,
            protects_s: 1.0,
            original: false,
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
        // From the future, or out of order: no more either.
        assert_eq!(count(&mut releases, 1601, "a@x.org", report(1660, 20.0)), Some(1.0));
        assert_eq!(count(&mut releases, 1601, "a@x.org", report(1500, 20.0)), None);
    }

    #[test]
    fn a_clock_that_was_ahead_silences_nobody_when_it_is_right_again() {
        let mut releases = Releases::default();
        assert!(count(&mut releases, 1_000_000, "a@x.org", report(1_000_000, 20.0)).is_some());
        assert_eq!(count(&mut releases, 1000, "a@x.org", report(1000, 20.0)), Some(20.0));
    }

    #[test]
    fn those_who_reported_after_a_second_are_counted() {
        let mut releases = Releases::default();
        for (name, end) in [("a@x.org", 1000), ("b@x.org", 1010), ("c@x.org", 1020)] {
            count(&mut releases, 1020, name, report(end, 20.0));
        }
        assert_eq!(releases.reporting_after([999, 1000, 1015, 1020]), [3, 2, 1, 0]);
    }
}
