//! Whatever a member's settings file holds, reading it never panics, and what is accepted is a
//! promise that can be kept and that leaders average.
#![no_main]

use std::time::Duration;

use cpu_member::settings::{Given, Settings, percent};
use datasite::Report;
use dp_core::TotalEpsilon;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(file) = toml::from_str::<Given>(text) else { return };
    let Ok(settings) = Settings::resolve(&Given::default(), &file) else { return };
    let Settings { slot, promise, caps, .. } = &settings;
    assert!((2..=86_400).contains(&slot.as_secs()) && slot.subsec_nanos() == 0, "{settings:?}");
    assert_eq!(promise.window, slot.saturating_sub(Report::SLACK));
    assert!(promise.protects >= Duration::from_millis(1), "{settings:?}");
    let noise = promise.noise(percent()).expect("it was accepted");
    assert!(noise.scale() > 0.0 && noise.scale() <= Report::LARGEST_SCALE, "{settings:?}");
    let costs = promise.loss_of_window(percent()).expect("it was accepted");
    for cap in caps.over(&[]) {
        assert!(cap.check(*promise).is_ok() && cap.loss >= costs, "{settings:?}");
        assert!(cap.loss > TotalEpsilon::ZERO && f64::from(cap.loss) <= 1e9, "{settings:?}");
    }
});
