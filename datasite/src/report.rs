use std::time::Duration;

use dp_core::{Estimate, PrivacyUnit, Released};
use jiff::Timestamp;

use crate::Error;

/// The version of the keys that we add to the original's two.
pub(crate) const SCHEMA: u64 = 1;
/// The noise of that version.
pub(crate) const MECHANISM: &str = "discrete Laplace";
/// The longest slot that anybody may state.
pub(crate) const LONGEST_SLOT_S: f64 = 86_400.0;

/// What a member writes for its leader: one noisy mean, and what a reader needs to judge it.
///
/// It can only be made from a number that was paid for and released, so a raw one cannot be
/// published by mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Percent, rounded to hundredths; outside 0 to 100 where the noise took it there.
    cpu: f64,
    slot_end: Timestamp,
    /// Longer than the second by which a slot exceeds its window, at most a day.
    slot_s: f64,
    scale: f64,
    grid: f64,
    epsilon: f64,
    protects_s: f64,
    memory: Option<MemoryReport>,
}

/// The noisy mean of the memory in use over the same window.
#[derive(Clone, Copy, Debug, PartialEq)]
struct MemoryReport {
    /// Percent, rounded to hundredths.
    in_use: f64,
    scale: f64,
    every_s: f64,
}

impl Report {
    /// The app's name in SyftBox's folders.
    pub const APP: &str = "cpu_tracker";
    /// The report's file in the app's folder.
    pub const FILE: &str = "cpu_tracker.json";
    /// How the original tracker writes a time, always in UTC.
    pub const TIMESTAMP: &str = "%Y-%m-%d %H:%M:%S";
    /// A window is this much shorter than its slot, so that its edges need not be met exactly and
    /// no measured time is ever published.
    pub const SLACK: Duration = Duration::from_secs(1);
    /// The largest noise scale, in points, that a leader averages.
    pub const LARGEST_SCALE: f64 = 500.0;
    /// The δ at which a long stretch's loss is shown beside the one that always holds. It bounds how
    /// often, roughly, the smaller ε may fail: far below one in the number of machines of a group.
    pub const DELTA: f64 = 1e-6;
    /// A loss at δ is shown where it is this part of the other at most: of a single value δ takes off a
    /// millionth.
    pub const WORTH_A_WORD: f64 = 0.99;

    /// The report of `released`, the mean over the window of the slot that nominally ends at
    /// `slot_end` and lasts `slot`.
    ///
    /// # Errors
    /// [`Error::NotATimeline`] when the number was not released under a unit of time.
    pub fn new(
        released: &Released<Estimate>,
        slot_end: Timestamp,
        slot: Duration,
    ) -> Result<Report, Error> {
        let record = released.record();
        let PrivacyUnit::Time(protects) = record.unit else { return Err(Error::NotATimeline) };
        let slot_s = slot.as_secs_f64();
        if !(slot_s > Self::SLACK.as_secs_f64() && slot_s <= LONGEST_SLOT_S) {
            return Err(Error::Slot { slot_s });
        }
        Ok(Report {
            cpu: hundredths(released.value),
            slot_end,
            slot_s,
            scale: released.noise.scale(),
            grid: released.noise.step(),
            epsilon: record.loss.into(),
            protects_s: protects.as_secs_f64(),
            memory: None,
        })
    }

    /// The same with `released`, the mean of the memory in use over the same window, read once in
    /// each tread of `every`. Its loss is added.
    ///
    /// # Errors
    /// [`Error::NotATimeline`] when the number was not released under the same unit of time.
    pub fn with_memory(
        self,
        released: &Released<Estimate>,
        every: Duration,
    ) -> Result<Report, Error> {
        let record = released.record();
        let PrivacyUnit::Time(protects) = record.unit else { return Err(Error::NotATimeline) };
        if protects.as_secs_f64().to_bits() != self.protects_s.to_bits() {
            return Err(Error::NotATimeline);
        }
        // Losses are whole billionths, and so is their sum.
        let epsilon = ((self.epsilon + f64::from(record.loss)) * 1e9).round() / 1e9;
        let memory = MemoryReport {
            in_use: hundredths(released.value),
            scale: released.noise.scale(),
            every_s: every.as_secs_f64(),
        };
        Ok(Report { epsilon, memory: Some(memory), ..self })
    }

    /// The number in it, with its noise: percent.
    pub fn cpu(&self) -> f64 {
        self.cpu
    }

    /// The mean of the memory in use, with its noise: percent.
    pub fn memory(&self) -> Option<f64> {
        self.memory.map(|memory| memory.in_use)
    }

    /// The file's bytes: the original's two keys as the original writes them, then ours.
    pub fn to_bytes(&self) -> Vec<u8> {
        let memory = self.memory.map(|MemoryReport { in_use, scale, every_s }| {
            let (scale, every_s) = (decimal(scale), decimal(every_s));
            format!(
                ",\n    \"memory\": {in_use:.2},\n    \"memory_scale\": {scale},\n    \
                 \"memory_every_s\": {every_s}"
            )
        });
        format!(
            r#"{{
    "cpu": {:.2},
    "timestamp": "{}",
    "schema": {SCHEMA},
    "mechanism": "{MECHANISM}",
    "scale": {},
    "grid": {},
    "epsilon": {},
    "protects_s": {},
    "slot_s": {}{}
}}"#,
            self.cpu,
            self.slot_end.strftime(Self::TIMESTAMP),
            decimal(self.scale),
            decimal(self.grid),
            decimal(self.epsilon),
            decimal(self.protects_s),
            decimal(self.slot_s),
            memory.unwrap_or_default(),
        )
        .into_bytes()
    }
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0 // and never -0.00
}

/// The shortest decimal that reads back as the same number, never with an exponent.
fn decimal(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.1}") } else { number.to_string() }
}

#[cfg(test)]
mod tests {

    use dp_core::{Bounds, Epsilon, Laplace, Ledger, NoiseRng, Private, Promise, Timeline};
    use proptest::prelude::*;

    use super::*;
    use crate::PeerReport;

    fn report() -> Report {
        Report {
            cpu: 37.42,
            slot_end: "2026-11-24T02:59:16Z".parse().unwrap(),
            slot_s: 300.0,
            scale: 10.03,
            grid: 0.000_061_035_156_25,
            epsilon: 1.0,
            protects_s: 30.0,
            memory: None,
        }
    }

    /// What the original leader does with a member's file (a port of its Python): the number, and
    /// the time in seconds.
    fn read_as_the_original_leader(bytes: &[u8]) -> (f64, i64) {
        let data: serde_json::Value = serde_json::from_slice(bytes).unwrap(); // json.load
        let cpu = data["cpu"].as_f64().unwrap(); // float(data["cpu"])
        let time = data["timestamp"].as_str().unwrap();
        // datetime.strptime(data["timestamp"], "%Y-%m-%d %H:%M:%S")
        let time = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", time).unwrap();
        (cpu, jiff::tz::Offset::UTC.to_timestamp(time).unwrap().as_second())
    }

    /// A window of 20 ms in real time, with the noise of the demo's.
    fn released() -> Released<Estimate> {
        let folder = tempfile::tempdir().unwrap();
        let promise = Promise {
            epsilon: Epsilon::new(0.5).unwrap(),
            protects: Duration::from_millis(1),
            window: Duration::from_millis(20),
        };
        let mut timeline = Timeline::create(folder.path().join("timeline"), promise).unwrap();
        let window = timeline.record(Bounds::new(0.0, 100.0).unwrap()).unwrap();
        std::thread::sleep(promise.window);
        let paid = window.close().unwrap().pay(Private::new(37.42)).unwrap();
        paid.release(Laplace, &mut NoiseRng::seeded(1)).unwrap()
    }

    #[test]
    fn a_report_says_what_was_paid_for_its_number() {
        let (released, slot) = (released(), Duration::from_secs(5));
        let slot_end = "2026-11-24T02:59:16Z".parse().unwrap();
        let bytes = Report::new(&released, slot_end, slot).unwrap().to_bytes();
        let read = PeerReport::parse(&bytes).unwrap();
        assert!((read.cpu - released.value).abs() <= 0.005 + 1e-9, "{}", read.cpu);
        assert!((read.scale - 10.0).abs() < 0.01, "{}", read.scale); // 100 · 1 / (20 · 0.5)
        assert!((read.epsilon_over(1.0) - 2.5).abs() < 0.01);
        assert_eq!((read.slot_s, read.epsilon, read.protects_s), (5.0, 0.5, 0.001));
        assert_eq!(read.slot_end, slot_end);
    }

    #[test]
    fn a_number_that_protects_no_stretch_of_time_is_not_reported() {
        let epsilon = Epsilon::new(1.0).unwrap();
        let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon);
        let load = Private::new(vec![1.0, 2.0]).clamp(Bounds::new(0.0, 100.0).unwrap());
        let paid = ledger.pay(load.mean().unwrap(), epsilon).unwrap();
        let released = paid.release(Laplace, &mut NoiseRng::seeded(1)).unwrap();
        let refused = Report::new(&released, Timestamp::UNIX_EPOCH, Duration::from_secs(5));
        assert!(matches!(refused, Err(Error::NotATimeline)), "{refused:?}");
    }

    #[test]
    fn a_slot_that_no_leader_would_believe_is_not_reported() {
        for slot in [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(86_401)] {
            let refused = Report::new(&released(), Timestamp::UNIX_EPOCH, slot);
            assert!(matches!(refused, Err(Error::Slot { .. })), "{refused:?}");
        }
    }

    #[test]
    fn the_file_has_exactly_these_bytes() {
        assert_eq!(
            String::from_utf8(report().to_bytes()).unwrap(),
            "{\n    \"cpu\": 37.42,\n    \"timestamp\": \"2026-11-24 02:59:16\",\n    \
             \"schema\": 1,\n    \"mechanism\": \"discrete Laplace\",\n    \"scale\": 10.03,\n    \
             \"grid\": 0.00006103515625,\n    \"epsilon\": 1.0,\n    \"protects_s\": 30.0,\n    \
             \"slot_s\": 300.0\n}"
        );
    }

    #[test]
    fn a_report_with_memory_ends_with_what_was_paid_for_that() {
        let (released, slot) = (released(), Duration::from_secs(5));
        let report = Report::new(&released, Timestamp::UNIX_EPOCH, slot).unwrap();
        let both = report.clone().with_memory(&released, Duration::from_millis(250)).unwrap();
        let (text, more) = (report.to_bytes(), both.to_bytes());
        let before =
            String::from_utf8(text).unwrap().replace("\"epsilon\": 0.5", "\"epsilon\": 1.0");
        let start = before.trim_end_matches("\n}");
        let end = format!(
            "{start},\n    \"memory\": {:.2},\n    \"memory_scale\": {},\n    \
             \"memory_every_s\": 0.25\n}}",
            report.cpu(),
            decimal(released.noise.scale()),
        );
        assert_eq!(String::from_utf8(more.clone()).unwrap(), end);
        let read = PeerReport::parse(&more).unwrap();
        assert_eq!(read.memory.map(|memory| memory.in_use), both.memory());
        let other = Report { protects_s: 2.0, ..report };
        let refused = other.with_memory(&released, Duration::from_millis(250));
        assert!(matches!(refused, Err(Error::NotATimeline)), "another unit: {refused:?}");
    }

    #[test]
    fn the_original_leader_reads_our_file() {
        for cpu in [37.42, 0.0, -12.5, 131.07] {
            let (read, time) = read_as_the_original_leader(&Report { cpu, ..report() }.to_bytes());
            assert_eq!((read.to_bits(), time), (cpu.to_bits(), 1_795_489_156));
        }
    }

    #[test]
    fn the_number_is_rounded_to_hundredths_and_zero_has_no_sign() {
        for (value, written) in [(37.4149, "37.41"), (-0.001, "0.00"), (-3.456, "-3.46")] {
            let report = Report { cpu: hundredths(value), ..report() };
            let text = String::from_utf8(report.to_bytes()).unwrap();
            assert!(text.contains(&format!("\"cpu\": {written},")), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_a_member_writes_is_what_a_leader_reads(
            cpu in -5_000_i32..15_000,
            seconds in 0_i64..4_000_000_000,
            slot_s in 2_u32..=86_400,
            scale in 200.0..=500.0_f64,
            epsilon in 1e-9..=100.0_f64,
            protects_s in 0.001..=86_400.0_f64,
        ) {
            let cpu = hundredths(f64::from(cpu) / 100.0);
            let slot_end = Timestamp::from_second(seconds).unwrap();
            let slot_s = f64::from(slot_s);
            let report =
                Report { cpu, slot_end, slot_s, scale, epsilon, protects_s, ..report() };
            let read = PeerReport::parse(&report.to_bytes()).unwrap();
            let expected = PeerReport {
                cpu, slot_end, slot_s, window_s: slot_s - 1.0, scale, epsilon, protects_s,
                grid: Some(report.grid),
                original: false,
                memory: None,
            };
            prop_assert_eq!(read, expected);
        }
    }
}
