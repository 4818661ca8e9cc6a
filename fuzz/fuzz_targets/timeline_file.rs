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

use arbitrary::Arbitrary;
use dp_core::{Bounds, Cap, Error, Overview, Private, Timeline, TotalEpsilon};
use fuzz::{Scratch, StateFileBytes};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Found {
    bytes: StateFileBytes,
    now: u64,
    cap: (u32, f64),
}

thread_local!(static SCRATCH: LazyCell<Scratch> = const { LazyCell::new(Scratch::new) });

fuzz_target!(|found: Found| SCRATCH.with(|scratch| live_with(scratch, &found)));

fn live_with(scratch: &Scratch, found: &Found) {
    let file = scratch.write("timeline", &found.bytes.encode("timeline"));
    let percent = Bounds::new(0.0, 100.0).expect("a range");
    let read = Overview::read(&file, percent);
    if let Ok(overview) = &read {
        for seconds in [1, 3600, 86_400 * 366] {
            let _ = overview.loss_over(Duration::from_secs(seconds));
        }
        let _ = overview.paused_until();
    }
    let Ok(timeline) = Timeline::open(&file) else { return };
    let mut timeline = simulated(timeline, found.now);
    let (eras, promise) = (timeline.eras().to_vec(), timeline.promise());
    let mut released = false;
    match timeline.record(percent) {
        Ok(window) => {
            let paid = window.close().expect("years have passed").pay(Private::new(50.0));
            released = match paid {
                Ok(_) => true,
                Err(Error::TooSensitive) => false,
                Err(fault) => panic!("{fault}"),
            };
        }
        Err(Error::Paused { .. } | Error::TooSensitive) => {}
        Err(fault) => panic!("{fault}"),
    }
    for cap in timeline.caps() {
        assert!(cap.check(promise).is_ok(), "{cap:?} under {promise:?}");
    }
    if let Ok(loss) = TotalEpsilon::new(found.cap.1) {
        let cap = Cap { stretch: Duration::from_secs(found.cap.0.into()), loss };
        match timeline.begin_capped_era(promise, &[cap]) {
            Ok(()) | Err(Error::Cap { .. } | Error::CapTooLow { .. } | Error::Full { .. }) => {}
            Err(fault) => panic!("{fault}"),
        }
    }
    let after = timeline.eras().to_vec();
    drop(timeline);
    assert!(after.starts_with(&eras), "an era was lost");
    let again = Timeline::open(&file).expect("it was just written, or left as it was");
    assert_eq!(again.eras(), after);
    if let (Ok(overview), true) = (Overview::read(&file, percent), released) {
        assert!(overview.eras.starts_with(&eras));
    }
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
