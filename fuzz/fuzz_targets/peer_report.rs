//! Whatever a member's file holds, reading it never panics, and what is believed is within the bounds
//! that a leader computes with.
#![no_main]

use datasite::{PeerMemory, PeerReport, Report};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(report) = PeerReport::parse(bytes) else { return };
    let PeerReport { cpu, slot_s, window_s, scale, epsilon, protects_s, .. } = report;
    for number in [cpu, slot_s, window_s, scale, epsilon, protects_s] {
        assert!(number.is_finite(), "{report:?}");
    }
    assert!(scale > 0.0 && scale <= Report::LARGEST_SCALE, "{report:?}");
    assert!((-30.0 * scale..=100.0 + 30.0 * scale).contains(&cpu), "{report:?}");
    assert!(window_s > 0.0 && window_s < slot_s && slot_s <= 86_400.0, "{report:?}");
    assert!(epsilon > 0.0 && protects_s > 0.0, "{report:?}");
    if let Some(PeerMemory { in_use, scale, every_s }) = report.memory {
        assert!(scale > 0.0 && scale <= Report::LARGEST_SCALE, "{report:?}");
        assert!((-30.0 * scale..=100.0 + 30.0 * scale).contains(&in_use), "{report:?}");
        assert!(every_s > 0.0 && every_s <= window_s, "{report:?}");
    }
    let rate = report.epsilon_over(1.0);
    assert!(rate > 0.0 && rate <= 1e9, "{report:?}");
    for stretch_s in [1.0, 86_400.0] {
        let tight = report.epsilon_at_delta(stretch_s);
        assert!(tight.is_none_or(|loss| loss.is_finite() && loss >= 0.0), "{report:?}");
    }
    for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, report.slot_end, Timestamp::MAX] {
        assert_eq!(report.is_fresh(now), now == report.slot_end, "{report:?} at {now}");
    }
});
