//! Whatever a timeline's file holds, opening it never panics, no promise that it states is lost by
//! what follows, and what was charged to a cap stays charged.
#![no_main]

use std::{
    cell::LazyCell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, UNIX_EPOCH},
};

use dp_core::{Bounds, Cap, Error, Overview, Private, Terms, Timeline, TotalEpsilon};
use fuzz::{Scratch, StateFileBytes};
use libfuzzer_sys::fuzz_target;

thread_local!(static SCRATCH: LazyCell<Scratch> = const { LazyCell::new(Scratch::new) });

fuzz_target!(|bytes: &[u8]| {
    for now in [0, 1_795_489_200, u64::MAX] {
        SCRATCH.with(|scratch| live_with(scratch, bytes, now));
    }
});

fn live_with(scratch: &Scratch, bytes: &[u8], now: u64) {
    let file = scratch.write("timeline", &StateFileBytes::new(bytes).encode());
    let percent = Bounds::new(0.0, 100.0).expect("a range");
    let read = Overview::read(&file, percent);
    if let Ok(overview) = &read {
        for seconds in [1, 3600, 86_400 * 366] {
            let _ = overview.loss_over(Duration::from_secs(seconds));
        }
        let _ = overview.paused_until();
    }
    let Ok(timeline) = Timeline::open(&file) else { return };
    let mut timeline = simulated(timeline, now);
    let (eras, terms) = (timeline.eras().to_vec(), timeline.terms().clone());
    let signals = terms.signals.len().max(1);
    let means = (0..signals).map(|_| Private::new(50.0)).collect();
    match timeline.record_together(&vec![percent; signals]) {
        Ok(window) => match window.close().expect("years have passed").pay_together(means) {
            Ok(_) | Err(Error::TooSensitive | Error::Full { .. }) => {}
            Err(fault) => panic!("{fault}"),
        },
        Err(Error::CapTooLow { .. } | Error::Paused { .. } | Error::TooSensitive) => {}
        Err(fault) => panic!("{fault}"),
    }
    for cap in &terms.caps {
        assert!(cap.check(terms.promise).is_ok(), "{cap:?} under {terms:?}");
    }
    let loss = TotalEpsilon::new(1e6).expect("in range");
    let caps = vec![Cap { stretch: Duration::from_secs(3600), loss }];
    match timeline.begin_era(Terms { caps, ..terms }) {
        Ok(()) | Err(Error::Cap { .. } | Error::CapTooLow { .. } | Error::Full { .. }) => {}
        Err(fault) => panic!("{fault}"),
    }
    let after = timeline.eras().to_vec();
    drop(timeline);
    assert!(after.starts_with(&eras), "an era was lost");
    let again = Timeline::open(&file).expect("it was just written, or left as it was");
    assert_eq!(again.eras(), after);
}

/// Each look at its clock is two years later; on the wall it is always `now`.
fn simulated(timeline: Timeline, now: u64) -> Timeline {
    let (start, looks) = (Instant::now(), AtomicU64::new(0));
    let wall = UNIX_EPOCH.checked_add(Duration::from_secs(now)).unwrap_or(UNIX_EPOCH);
    timeline
        .with_simulated_clock(Arc::new(move || {
            start + Duration::from_secs(2 * 366 * 86_400 * looks.fetch_add(1, Ordering::Relaxed))
        }))
        .with_simulated_wall_clock(Arc::new(move || wall))
}
