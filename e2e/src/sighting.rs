use jiff::{SignedDuration, civil::DateTime, tz::Offset};
use serde_json::Value;

/// What a member wrote at one time: the number as its text stood in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The nominal end of the slot, UTC.
    pub slot_end: DateTime,
    /// How long the slot lasted, in seconds, where the file says so.
    pub slot_s: Option<f64>,
    /// The value of `cpu`, as written.
    pub cpu: String,
}

impl Sighting {
    /// What a member's file says; `None` for what is not whole.
    pub(crate) fn read(json: &[u8]) -> Option<Self> {
        let file: Value = serde_json::from_slice(json).ok()?;
        let slot_end = DateTime::strptime("%Y-%m-%d %H:%M:%S", file["timestamp"].as_str()?).ok()?;
        let (slot_s, cpu) = (file["slot_s"].as_f64(), file["cpu"].as_f64()?.to_string());
        Some(Self { slot_end, slot_s, cpu })
    }

    /// The unix second at which the slot ended.
    pub fn second(&self) -> i64 {
        let instant = Offset::UTC.to_timestamp(self.slot_end);
        instant.expect("no year beyond the calendar's").as_second()
    }

    /// When the slot began, by what a report of ours says.
    pub fn slot_start(&self) -> DateTime {
        let slot_s = self.slot_s.expect("a report of ours says how long its slot lasted");
        self.slot_end - SignedDuration::from_secs_f64(slot_s)
    }
}

/// Reports, in the order in which they appeared, that tell about an instant of which the one before
/// them told: a slot twice with two values, an earlier slot, or slots that overlap.
pub fn told_twice(reports: &[Sighting]) -> Vec<[&Sighting; 2]> {
    let pairs = reports.windows(2).map(|pair| [&pair[0], &pair[1]]);
    pairs.filter(|[before, after]| after.slot_start() < before.slot_end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(slot_end: &str, slot_s: u32, cpu: &str) -> Sighting {
        let json = format!(
            r#"{{"cpu": {cpu}, "timestamp": "2026-11-24 {slot_end}", "slot_s": {slot_s}.0}}"#
        );
        Sighting::read(json.as_bytes()).expect("whole")
    }

    #[test]
    fn slots_that_follow_one_another_tell_of_no_instant_twice() {
        let slots = [("10:00:02", 2), ("10:00:04", 2), ("10:00:07", 3), ("10:01:00", 2)];
        let reports = slots.map(|(end, slot_s)| report(end, slot_s, "1.0"));
        assert_eq!(told_twice(&reports), [] as [[&Sighting; 2]; 0]);
    }

    #[test]
    fn a_second_value_an_earlier_slot_and_an_overlap_are_found() {
        let first = report("10:00:04", 2, "1.0");
        for second in [
            report("10:00:04", 2, "2.0"),
            report("10:00:02", 2, "1.0"),
            report("10:00:05", 2, "1.0"),
            report("10:00:06", 3, "1.0"),
        ] {
            let reports = [first.clone(), second];
            assert_eq!(told_twice(&reports).len(), 1, "{reports:?}");
        }
    }
}
