//! What a member writes for any promise and any value is what a leader reads.
#![no_main]

use std::{
    cell::LazyCell,
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use arbitrary::Arbitrary;
use datasite::{PeerReport, Report};
use dp_core::{Bounds, Epsilon, Laplace, NoiseRng, Private, Promise, Timeline};
use fuzz::{BytesThenNoise, Scratch};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

thread_local!(static SCRATCH: LazyCell<Scratch> = const { LazyCell::new(Scratch::new) });

#[derive(Arbitrary, Debug)]
struct Release {
    epsilon: f64,
    protects_ms: u32,
    slot_s: u32,
    slot_end: u32,
    mean: f64,
    noise: Vec<u8>,
}

fuzz_target!(|release: Release| SCRATCH.with(|scratch| write_and_read(scratch, &release)));

fn write_and_read(scratch: &Scratch, release: &Release) {
    let Ok(epsilon) = Epsilon::new(release.epsilon) else { return };
    let slot = Duration::from_secs((release.slot_s % 86_401).into());
    let protects = Duration::from_millis(release.protects_ms.into());
    let promise = Promise { epsilon, protects, window: slot.saturating_sub(Report::SLACK) };
    let percent = Bounds::new(0.0, 100.0).expect("a range");
    let Ok(noise) = promise.noise(percent) else { return };
    let Ok(generator) = NoiseRng::trusting(BytesThenNoise::new(&release.noise)) else { return };

    let path = scratch.path("timeline");
    let _ = fs::remove_file(&path);
    let mut timeline = simulated(Timeline::create(path, promise).expect("a sensible promise"));
    let window = timeline.record(percent).expect("there is no cap");
    let closed = window.close().expect("an hour and more has passed");
    let paid = closed.pay(Private::new(release.mean)).expect("there is no cap");
    let mut rng = generator;
    let released = paid.release(Laplace, &mut rng).expect("the generator does not fail");
    let slot_end = Timestamp::from_second(release.slot_end.into()).expect("before 2107");

    let Ok(report) = Report::new(&released, slot_end, slot) else {
        assert!(slot <= Report::SLACK, "{release:?}");
        return;
    };
    match PeerReport::parse(&report.to_bytes()) {
        Ok(read) => {
            assert!((read.cpu - released.value).abs() <= 0.005_001, "{read:?}");
            assert_eq!(read.slot_end, slot_end);
            assert_eq!(read.slot_s.to_bits(), slot.as_secs_f64().to_bits());
            assert_eq!(read.scale.to_bits(), noise.scale().to_bits());
            assert_eq!(read.epsilon.to_bits(), f64::from(epsilon).to_bits());
            assert_eq!(read.protects_s.to_bits(), protects.as_secs_f64().to_bits());
            assert!(!read.original);
        }
        Err(reason) => {
            let scale = noise.scale();
            // Only so much noise, so little, or so improbable a draw is not believed.
            let room = 30.0 * scale;
            let is_far = !(-room..=100.0 + room).contains(&released.value);
            let nonsense = 100.0 / (promise.window.as_secs_f64() * scale) > 1e9;
            assert!(scale > Report::LARGEST_SCALE || is_far || nonsense, "{reason}: {release:?}");
        }
    }
}

/// Each look at its clock is a day later.
fn simulated(timeline: Timeline) -> Timeline {
    let (start, looks) = (Instant::now(), AtomicU64::new(0));
    timeline.with_simulated_clock(Arc::new(move || {
        start + Duration::from_secs(86_400 * looks.fetch_add(1, Ordering::Relaxed))
    }))
}
