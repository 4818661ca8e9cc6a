use std::fs;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

/// The bytes that the original member wrote when it was run.
const ORIGINAL: &[u8] = b"{\n    \"cpu\": 100.0,\n    \"timestamp\": \"2026-11-24 02:57:45\"\n}";

const OURS: &str = r#"{
    "cpu": 37.42,
    "timestamp": "2026-11-24 02:59:16",
    "schema": 1,
    "mechanism": "discrete Laplace",
    "scale": 10.03,
    "grid": 0.00006103515625,
    "epsilon": 1.0,
    "protects_s": 30.0,
    "slot_s": 300.0
}"#;

/// Our report with one part of its text replaced.
fn ours_with(part: &str, other: &str) -> Result<PeerReport, RejectReason> {
    assert!(OURS.contains(part), "{part:?}");
    PeerReport::parse(OURS.replace(part, other).as_bytes())
}

fn original_with(cpu: &str, timestamp: &str) -> Result<PeerReport, RejectReason> {
    PeerReport::parse(format!("{{\"cpu\": {cpu}, \"timestamp\": {timestamp}}}").as_bytes())
}

const TIME: &str = "\"2026-11-24 02:57:45\"";

#[test]
fn what_the_original_member_wrote_is_read_with_the_noise_that_it_had() {
    let report = PeerReport::parse(ORIGINAL).unwrap();
    assert_eq!(
        report,
        PeerReport {
            cpu: 100.0,
            slot_end: "2026-11-24T02:57:45Z".parse().unwrap(),
            slot_s: 20.0,
            window_s: 5.0,
            scale: 4.0,
            grid: None,
            epsilon: 0.5,
            protects_s: 0.1,
            original: true,
            memory: None,
        }
    );
    // Its own epsilon, recomputed: 100 points · 0.1 s / (5 s · 4).
    assert!((report.epsilon_over(report.protects_s) - report.epsilon).abs() < 1e-12);
}

#[test]
fn our_own_report_is_read_with_what_it_states() {
    let report = PeerReport::parse(OURS.as_bytes()).unwrap();
    assert_eq!(
        report,
        PeerReport {
            cpu: 37.42,
            slot_end: "2026-11-24T02:59:16Z".parse().unwrap(),
            slot_s: 300.0,
            window_s: 299.0,
            scale: 10.03,
            grid: Some(1.0 / 16_384.0),
            epsilon: 1.0,
            protects_s: 30.0,
            original: false,
            memory: None,
        }
    );
    assert!((report.epsilon_over(1.0) - 100.0 / (299.0 * 10.03)).abs() < 1e-12);
}

/// ε = 1 for any hour, as a member states it.
fn hourly() -> PeerReport {
    let report = ours_with("10.03", "100.03").unwrap();
    PeerReport { slot_s: 3600.0, window_s: 3599.0, protects_s: 3600.0, ..report }
}

#[test]
fn many_windows_that_cost_little_each_cost_less_at_delta() {
    let hourly = hourly();
    for (stretch_s, linear, tight) in [(86_400.0, 24.0, 23.9), (2_592_000.0, 720.0, 365.1)] {
        let found = hourly.epsilon_at_delta(stretch_s).unwrap();
        assert!((hourly.epsilon_over(stretch_s) - linear).abs() < 0.01 * linear, "{stretch_s}");
        assert!((found - tight).abs() < 0.1, "{found}");
    }
    // A part of one window costs what it does without δ, but for the millionth.
    let (tight, linear) = (hourly.epsilon_at_delta(60.0).unwrap(), hourly.epsilon_over(60.0));
    assert!((tight - linear).abs() < 1e-4, "{tight} {linear}");
    assert_eq!(PeerReport::parse(ORIGINAL).unwrap().epsilon_at_delta(1.0), None);
}

/// The same as the member's own, from its terms: what it states is rounded, and so are we.
#[test]
fn a_report_costs_at_delta_what_its_terms_do() {
    use dp_core::{Bounds, Epsilon, Instrument, Promise, Signal, Terms};
    let seconds = std::time::Duration::from_secs;
    let bounds = Bounds::new(0.0, 100.0).unwrap();
    let (protects, every) = (seconds(3600), seconds(10));
    let promise = Promise { epsilon: Epsilon::new(1.0).unwrap(), protects, window: seconds(3599) };
    let both = [Instrument::Counter, Instrument::Level { every }];
    let shared = Terms { signals: Signal::evenly(promise, &both).unwrap(), ..promise.into() };
    for terms in [Terms::from(promise), shared] {
        let noises = terms.noises(bounds).unwrap();
        let memory = noises.get(1).map(|noise| PeerMemory {
            in_use: 50.0,
            scale: noise.scale(),
            every_s: every.as_secs_f64(),
        });
        let report = PeerReport {
            scale: noises[0].scale(),
            grid: Some(noises[0].step()),
            memory,
            ..hourly()
        };
        for stretch in [1, 60, 3600, 86_400, 2_592_000] {
            let schedule = terms.schedule_over(seconds(stretch), bounds).unwrap();
            let own = schedule.epsilon(Report::DELTA).unwrap().lower;
            let read = report.epsilon_at_delta(seconds(stretch).as_secs_f64()).unwrap();
            assert!(own <= read && read <= own * (1.0 + 1e-5), "{stretch}: {own} {read}");
        }
    }
}

#[test]
fn no_noise_that_a_report_can_state_stops_the_accountant() {
    let numbers = [f64::MIN_POSITIVE, 1e-300, 1e-30, 1e-9, 1e-3, 0.7, 100.0, 1e9, 1e30, f64::MAX];
    for grid in numbers {
        for scale in numbers {
            for window_s in [1e-12, 1.0, 86_399.0] {
                let report = PeerReport { scale, grid: Some(grid), window_s, ..hourly() };
                for stretch_s in [1.0, 86_400.0] {
                    let tight = report.epsilon_at_delta(stretch_s);
                    assert!(tight.is_none_or(|loss| loss.is_finite() && loss >= 0.0), "{report:?}");
                }
            }
        }
    }
}

fn sharing(memory: &str) -> Result<PeerReport, RejectReason> {
    ours_with("300.0\n", &format!("300.0, {memory}\n"))
}

#[test]
fn a_report_of_the_memory_in_use_is_read_and_its_staircase_counted() {
    let both = sharing(r#""memory": 61.25, "memory_scale": 20.74, "memory_every_s": 1.0"#).unwrap();
    assert_eq!(both.memory, Some(PeerMemory { in_use: 61.25, scale: 20.74, every_s: 1.0 }));
    let cpu = PeerReport { memory: None, ..both };
    for (stretch_s, readings) in [(1e-9, 2.0), (1.0, 2.0), (1.1, 3.0), (30.0, 31.0)] {
        let more = both.epsilon_over(stretch_s) - cpu.epsilon_over(stretch_s);
        assert!((more - 100.0 * readings / (299.0 * 20.74)).abs() < 1e-12, "{stretch_s}");
    }
}

#[test]
fn what_is_said_of_the_memory_must_be_whole_and_possible() {
    for (said, reason) in [
        (r#""memory": 61.25"#, RejectReason::Incomplete),
        (r#""memory_scale": 20.74, "memory_every_s": 1.0"#, RejectReason::Incomplete),
        (
            r#""memory": "61", "memory_scale": 20.74, "memory_every_s": 1.0"#,
            RejectReason::NotAReport,
        ),
        (r#""memory": 61.0, "memory_scale": 0.0, "memory_every_s": 1.0"#, RejectReason::Scale),
        (r#""memory": 61.0, "memory_scale": 500.1, "memory_every_s": 1.0"#, RejectReason::Scale),
        (r#""memory": 61.0, "memory_scale": 20.0, "memory_every_s": 0.0"#, RejectReason::Parameter),
        (
            r#""memory": 61.0, "memory_scale": 20.0, "memory_every_s": 300.0"#,
            RejectReason::Parameter,
        ),
        (r#""memory": 701.0, "memory_scale": 20.0, "memory_every_s": 1.0"#, RejectReason::Value),
    ] {
        assert_eq!(sharing(said), Err(reason), "{said}");
    }
    let original = format!("{{\"cpu\": 1.0, \"timestamp\": {TIME}, \"memory\": 61.0}}");
    assert_eq!(PeerReport::parse(original.as_bytes()), Err(RejectReason::Incomplete));
}

#[test]
fn keys_that_we_do_not_know_are_ignored() {
    for extra in ["\"host\": null", "\"a\": {\"b\": [1, true]}", "\"NaN\": \"NaN\""] {
        assert!(ours_with("\"cpu\"", &format!("{extra}, \"cpu\"")).is_ok(), "{extra}");
    }
    let deep = format!("\"x\": {}{}, \"cpu\"", "[".repeat(30_000), "]".repeat(30_000));
    assert!(ours_with("\"cpu\"", &deep).is_ok());
}

#[test]
fn what_is_no_json_is_rejected_as_such() {
    let bom = [b"\xEF\xBB\xBF", ORIGINAL].concat();
    let invalid = ORIGINAL.iter().map(|&b| if b == b'c' { 0xFF } else { b }).collect::<Vec<_>>();
    let twice = [ORIGINAL, ORIGINAL].concat();
    let torn = &ORIGINAL[..30];
    let deep = "[".repeat(60_000);
    for bytes in [&b""[..], b"\0", &bom, &invalid, &twice, torn] {
        assert_eq!(PeerReport::parse(bytes), Err(RejectReason::NotJson), "{bytes:?}");
    }
    assert!(PeerReport::parse(deep.as_bytes()).is_err());
    for number in ["NaN", "Infinity", "-Infinity", "1e400", "12.", "012"] {
        assert_eq!(original_with(number, TIME), Err(RejectReason::NotJson), "{number}");
    }
}

#[test]
fn numbers_must_be_numbers() {
    for other in ["\"12\"", "\"12abc\"", "\"NaN\"", "true", "null", "[1]", "{}"] {
        assert_eq!(original_with(other, TIME), Err(RejectReason::NotAReport), "{other}");
        for number in ["10.03", "0.00006103515625", "1.0", "30.0", "300.0", "1,\n    \"mech"] {
            let replaced = if number.starts_with("1,") {
                format!("{other},\n    \"mech")
            } else {
                other.to_owned()
            };
            assert_eq!(ours_with(number, &replaced), Err(RejectReason::NotAReport), "{number}");
        }
    }
}

#[test]
fn other_shapes_are_rejected() {
    for text in ["3", "null", "[]", "{}", "\"x\"", r#"{"cpu": 3}"#, r#"{"timestamp": "x"}"#] {
        assert_eq!(PeerReport::parse(text.as_bytes()), Err(RejectReason::NotAReport), "{text}");
    }
    assert_eq!(original_with("3", "1764000000"), Err(RejectReason::NotAReport));
}

#[test]
fn a_key_that_occurs_twice_is_rejected_also_in_disguise() {
    for twice in [r#""cpu": 3, "cpu""#, r#""cpu": 3, "c\u0070u""#] {
        assert_eq!(ours_with("\"cpu\"", twice), Err(RejectReason::NotAReport), "{twice}");
    }
}

#[test]
fn a_time_must_be_written_as_the_original_writes_it() {
    for time in [
        "2026-11-24T02:57:45",
        "2026-11-24 02:57:45Z",
        "2026-11-24 2:57:45",
        " 026-11-24 02:57:45",
        "+026-11-24 02:57:45",
        "2026-11-24 02:57:60",
        "2026-02-30 02:57:45",
        "2026-11-24 24:00:00",
        "2026-11-24 02:57:4\u{661}",
        "2026/11/24 02:57:45",
        "1764000000",
        "",
    ] {
        let read = original_with("3", &format!("{time:?}"));
        assert_eq!(read, Err(RejectReason::Timestamp), "{time}");
    }
}

#[test]
fn a_report_that_says_only_half_of_its_noise_is_rejected() {
    for line in OURS.lines().filter(|line| line.contains(':')).skip(2) {
        let without = OURS.replace(line, "").replace("\n\n", "\n").replace(",\n\n}", "\n}");
        let without = without.replace(",\n}", "\n}");
        let read = PeerReport::parse(without.as_bytes());
        assert_eq!(read, Err(RejectReason::Incomplete), "without {line}");
    }
    let original_and = |extra| format!("{{\"cpu\": 3, \"timestamp\": {TIME}, {extra}}}");
    for extra in ["\"scale\": 4.0", "\"schema\": 1", "\"grid\": 1.0"] {
        let read = PeerReport::parse(original_and(extra).as_bytes());
        assert_eq!(read, Err(RejectReason::Incomplete), "{extra}");
    }
}

#[test]
fn a_schema_or_noise_that_we_do_not_know_is_rejected() {
    assert_eq!(ours_with("\"schema\": 1", "\"schema\": 2"), Err(RejectReason::Schema));
    assert_eq!(ours_with("\"schema\": 1", "\"schema\": 0"), Err(RejectReason::Schema));
    assert_eq!(ours_with("discrete Laplace", "Gauss"), Err(RejectReason::Mechanism));
}

#[test]
fn what_is_stated_must_be_possible() {
    for scale in ["0", "-1", "-0.0", "500.0001", "1e308"] {
        assert_eq!(ours_with("10.03", scale), Err(RejectReason::Scale), "{scale}");
    }
    assert!(ours_with("10.03", "500").is_ok());
    for (part, values) in [
        ("0.00006103515625", &["0", "-1"][..]),
        ("1.0", &["0", "-0.5"]),
        ("30.0", &["0", "-30"]),
        ("300.0", &["0", "-300", "1", "1.0", "86400.5", "1e300"]),
        ("10.03", &["1e-300", "1e-10"]), // a scale so small that a second costs everything
    ] {
        for value in values {
            assert_eq!(ours_with(part, value), Err(RejectReason::Parameter), "{part} {value}");
        }
    }
    assert!(ours_with("300.0", "86400").is_ok());
}

#[test]
fn a_value_must_be_explained_by_its_noise() {
    for (cpu, accepted) in [
        ("-300.9", true),
        ("-300.91", false),
        ("400.9", true),
        ("400.91", false),
        ("1e308", false),
        ("-999999", false),
    ] {
        let read = ours_with("37.42", cpu);
        assert_eq!(read.is_ok(), accepted, "{cpu}");
        assert!(accepted || read == Err(RejectReason::Value), "{cpu}");
    }
    for (cpu, accepted) in [("0", true), ("100", true), ("-0.01", false), ("100.01", false)] {
        assert_eq!(original_with(cpu, TIME).is_ok(), accepted, "{cpu}");
    }
}

#[test]
fn a_report_is_fresh_for_two_of_its_slots_and_a_minute() {
    let report = PeerReport::parse(OURS.as_bytes()).unwrap();
    let at = |seconds| report.slot_end + SignedDuration::from_secs(seconds);
    for (seconds, fresh) in [
        (-61, false),
        (-60, true),
        (0, true),
        (659, true),
        (660, false),
        (i64::from(i32::MAX), false),
    ] {
        assert_eq!(report.is_fresh(at(seconds)), fresh, "{seconds}");
    }
    let original = PeerReport::parse(ORIGINAL).unwrap();
    assert!(original.is_fresh(original.slot_end + SignedDuration::from_secs(99)));
    assert!(!original.is_fresh(original.slot_end + SignedDuration::from_secs(100)));
    let far = original_with("3", "\"9999-12-30 00:00:00\"").unwrap();
    assert!(!far.is_fresh("-009999-01-03T00:00:00Z".parse().unwrap()));
}

#[test]
fn the_captured_file_is_still_what_the_test_says() {
    // Guards against an editor's trailing newline in the constant above.
    assert_eq!(ORIGINAL.len(), 60);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x"), ORIGINAL).unwrap();
    let mut content = Vec::new();
    crate::read_bounded(folder.path(), "x".as_ref(), 64, &mut content).unwrap();
    assert_eq!(content, ORIGINAL);
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = PeerReport::parse(&bytes);
    }

    #[test]
    fn whatever_is_accepted_is_within_bounds(
        at in 0..OURS.len(), with in "[-+.eE0-9\"{}\\[\\],: a-z]{0,4}", drop in 0_usize..4,
    ) {
        let end = (at + drop).min(OURS.len());
        let text = [&OURS[..at], &with, &OURS[end..]].concat();
        if let Ok(report) = PeerReport::parse(text.as_bytes()) {
            prop_assert!(report.scale > 0.0 && report.scale <= 500.0);
            prop_assert!((-30.0 * report.scale..=100.0 + 30.0 * report.scale).contains(&report.cpu));
            prop_assert!(report.slot_s <= 86_400.0 && report.window_s > 0.0);
            prop_assert!(report.epsilon_over(1.0).is_finite());
        }
    }
}
