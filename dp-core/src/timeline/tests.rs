//! The promise, simulated: whatever happens to the process, no instant is released twice, and one
//! changed stretch moves all readings together by at most the sensitivity.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use proptest::prelude::*;

use super::{era::decode, *};
use crate::{Epsilon, Laplace, NoiseRng, PrivacyUnit, Private};

mod capped_lives;
mod caps;
mod deaths;
mod eras;
mod schedules;
mod signals;

fn promise(protects_ms: u64, window_ms: u64) -> Promise {
    Promise {
        epsilon: Epsilon::new(1.0).expect("in range"),
        protects: Duration::from_millis(protects_ms),
        window: Duration::from_millis(window_ms),
    }
}

/// A clock that a test moves by hand, in milliseconds.
#[derive(Clone)]
struct Hand(Arc<AtomicU64>, Instant);

impl Hand {
    fn new() -> Self {
        Self(Arc::default(), Instant::now())
    }

    fn on(&self, timeline: Timeline) -> Timeline {
        let hand = self.clone();
        timeline.with_simulated_clock(Arc::new(move || {
            hand.1 + Duration::from_millis(hand.0.load(Ordering::Relaxed))
        }))
    }

    fn set(&self, milliseconds: u64) {
        self.0.store(milliseconds, Ordering::Relaxed);
    }
}

fn percent() -> Bounds {
    Bounds::new(0.0, 100.0).expect("a range")
}

fn fresh(promise: Promise) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    drop(Timeline::create(&path, promise).expect("created"));
    (folder, path)
}

#[test]
fn a_window_is_released_with_the_noise_that_the_promise_states() {
    let promise = promise(30_000, 299_000);
    let (_folder, path) = fresh(promise);
    let hand = Hand::new();
    let mut timeline = hand.on(Timeline::open(&path).expect("whole"));
    let window = timeline.record(percent()).expect("sensible");
    hand.set(299_000);
    let closed = window.close().expect("long enough");
    let paid = closed.pay(Private::new(12.5_f32)).expect("the same file");
    let noisy = paid.release(Laplace, &mut NoiseRng::seeded(1)).expect("no fork");
    let scale = 100.0 * 30.0 / 299.0;
    assert!((noisy.noise.scale() / scale - 1.0).abs() < 1e-4, "{}", noisy.noise.scale());
    assert_eq!(noisy.noise, promise.noise(percent()).expect("sensible"));
    assert_eq!(noisy.record().unit, PrivacyUnit::Time(promise.protects));
    assert!((noisy.value - 12.5).abs() < noisy.margin(1.0 - 1e-9));
}

#[test]
fn a_window_that_is_shorter_than_promised_is_refused() {
    let (_folder, path) = fresh(promise(1000, 4000));
    let hand = Hand::new();
    let mut timeline = hand.on(Timeline::open(&path).expect("whole"));
    for (lasts, enough) in [(3999, false), (4000, true), (9000, true), (0, false)] {
        hand.set(0);
        let window = timeline.record(percent()).expect("sensible");
        hand.set(lasts);
        assert_eq!(window.close().is_ok(), enough, "{lasts} ms");
    }
}

/// A second opening, a second window: whatever the caller does, time passes only by itself.
#[test]
fn a_window_is_recorded_live_or_not_at_all() {
    let (_folder, path) = fresh(promise(1, 50));
    let began = Instant::now();
    for windows in 1..=3 {
        let mut timeline = Timeline::open(&path).expect("whole");
        let window = timeline.record(percent()).expect("sensible");
        assert!(matches!(window.close(), Err(Error::TooShort { .. })));
        let window = timeline.record(percent()).expect("sensible");
        std::thread::sleep(Duration::from_millis(50));
        drop(window.close().expect("long enough").pay(Private::new(50.0)).expect("there"));
        assert!(began.elapsed() >= Duration::from_millis(50) * windows);
    }
}

#[test]
fn only_one_process_records_at_a_time() {
    let (_folder, path) = fresh(promise(1000, 4000));
    let held = Timeline::open(&path).expect("whole");
    assert!(matches!(Timeline::open(&path), Err(Error::Busy { .. })));
    drop(held);
    assert!(Timeline::open(&path).is_ok());
}

#[test]
fn a_timeline_whose_file_was_replaced_releases_nothing() {
    let (folder, path) = fresh(promise(1000, 4000));
    let hand = Hand::new();
    let mut timeline = hand.on(Timeline::open(&path).expect("whole"));
    let window = timeline.record(percent()).expect("sensible");
    fs::rename(&path, folder.path().join("aside")).expect("renamed");
    let other = Timeline::create(&path, promise(1000, 4000)).expect("created");
    hand.set(4000);
    let paid = window.close().expect("long enough").pay(Private::new(50.0));
    assert!(matches!(paid, Err(Error::Replaced { .. })));
    let era = timeline.begin_era(promise(2000, 4000).into());
    assert!(matches!(era, Err(Error::Replaced { .. })));
    drop(other);
}

#[test]
fn eras_are_kept_for_ever_and_full_fails_closed() {
    let (_folder, path) = fresh(promise(1000, 4000));
    let mut timeline = Timeline::open(&path).expect("whole");
    timeline.begin_era(promise(2000, 9000).into()).expect("room");
    drop(timeline);
    let mut timeline = Timeline::open(&path).expect("whole");
    let promises: Vec<Promise> = timeline.eras().iter().map(|era| era.terms.promise).collect();
    assert_eq!(promises, [promise(1000, 4000), promise(2000, 9000)]);
    let mut eras = 2;
    while timeline.begin_era(promise(1000 + eras, 4000).into()).is_ok() {
        eras += 1;
    }
    assert!(eras > 500);
    assert!(matches!(timeline.begin_era(promise(1000, 4000).into()), Err(Error::Full { .. })));
    drop(timeline);
    assert_eq!(Timeline::open(&path).expect("whole").eras().len() as u64, eras);
}

#[test]
fn a_promise_of_no_sensible_length_is_refused() {
    for (protects, window) in [(0, 4000), (1000, 0), (1000, 1 << 40), (1 << 40, 1000)] {
        assert!(matches!(promise(protects, window).noise(percent()), Err(Error::Promise { .. })));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("timeline");
        assert!(Timeline::create(&path, promise(protects, window)).is_err());
        assert!(!path.exists());
    }
}

#[test]
fn a42_a_timeline_that_is_not_one_is_refused() {
    let whole = "era 5 epsilon 1000000000 protects 1000000000 window 4000000000\n";
    assert!(decode(whole).is_some());
    for (from, to) in [
        ("era 5", "era -5"),
        ("era 5", "era"),
        ("epsilon 1000000000", "epsilon 0"),
        ("window 4000000000", "window 0"),
        ("window", "windows"),
        (whole, ""),
        (whole, "era\n"),
    ] {
        assert!(decode(&whole.replace(from, to)).is_none(), "{from} -> {to}");
    }
}

#[test]
fn the_profiles_cost_what_the_docs_say() {
    let cost = |epsilon, protects, window, stretch| {
        let promise =
            Promise { epsilon: Epsilon::new(epsilon).expect("ok"), ..promise(protects, window) };
        f64::from(promise.loss_over(Duration::from_secs(stretch), percent()).expect("sensible"))
    };
    let close = |actual: f64, stated: f64| {
        assert!((actual / stated - 1.0).abs() < 0.01, "{actual} for {stated}");
    };
    close(cost(1.0, 30_000, 299_000, 60), 2.0);
    close(cost(1.0, 30_000, 299_000, 3600), 120.0);
    close(cost(0.5, 1000, 19_000, 60), 30.0);
    close(cost(0.5, 1000, 19_000, 3600), 1800.0);
    close(cost(1.0, 3_600_000, 3_599_000, 60), 0.0167);
    close(cost(1.0, 3_600_000, 3_599_000, 3600), 1.0);
}

/// A signal in percent, constant within each tick.
const TICK: Duration = Duration::from_millis(10);

fn mean(signal: &[f64], from: usize, until: usize) -> f64 {
    signal[from..until].iter().sum::<f64>() / (until - from) as f64
}

/// What happens to a member: how long it idles before a window, how much longer than promised the
/// window lasts, and whether the process ends before, within or after it.
#[derive(Clone, Debug)]
struct Step {
    idle: usize,
    extra: usize,
    killed: bool,
    restarted: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..40_usize, 0..60_usize, prop::bool::weighted(0.2), prop::bool::weighted(0.3))
        .prop_map(|(idle, extra, killed, restarted)| Step { idle, extra, killed, restarted });
    prop::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn one_changed_stretch_moves_all_readings_by_at_most_the_sensitivity(
        steps in steps(),
        window_ticks in 100..300_usize,
        stretch_ticks in 1..700_usize,
        at in 0.0..1.0_f64,
        loads in prop::collection::vec((0.0..=100.0_f64, 0.0..=100.0_f64), 50),
    ) {
        let ticks = 12_000;
        let mut signal: Vec<f64> = (0..ticks).map(|tick| loads[tick / 7 % 50].0).collect();
        let original = signal.clone();
        let start = ((ticks - stretch_ticks) as f64 * at) as usize;
        for (offset, load) in signal[start..start + stretch_ticks].iter_mut().enumerate() {
            // The worst neighbour is as far off as the range allows.
            *load = if original[start + offset] < 50.0 { 100.0 } else { loads[offset % 50].1 };
        }
        let tick = u32::try_from(window_ticks).expect("small");
        let stretch = TICK * u32::try_from(stretch_ticks).expect("small");
        let promise = Promise { protects: stretch, window: TICK * tick, ..promise(1, 1) };
        let (_folder, path) = fresh(promise);
        let hand = Hand::new();
        let mut timeline = hand.on(Timeline::open(&path).expect("whole"));
        let set_tick = |tick: usize| hand.set(tick as u64 * TICK.as_millis() as u64);
        let (mut now, mut moved, mut last_end, mut paid_for) = (0, 0_u128, 0, 0_u128);
        for step in steps {
            let (from, until) = (now + step.idle, now + step.idle + window_ticks + step.extra);
            if until >= ticks {
                break;
            }
            now = until;
            set_tick(from);
            let window = timeline.record(percent()).expect("sensible");
            set_tick(until);
            // A kill before the payment: the reading dies with the process, nothing is released.
            if !step.killed {
                prop_assert!(from >= last_end, "an instant twice");
                last_end = until;
                let sensitivity = window.signals[0].sensitivity.l1();
                let closed = window.close().expect("long enough");
                let paid = closed.pay(Private::new(mean(&original, from, until) as f32));
                let raw = *paid.expect("there").query().steps.expose_to_owner();
                let other = percent().clamp(&(mean(&signal, from, until) as f32));
                moved += raw.abs_diff(other);
                paid_for = sensitivity;
            }
            if step.killed || step.restarted {
                drop(timeline);
                timeline = hand.on(Timeline::open(&path).expect("whole"));
            }
        }
        prop_assert!(paid_for == 0 || moved <= paid_for, "moved {} of {}", moved, paid_for);
    }
}

/// Two signals of one timeline, of other bounds, in turn. One changed stretch of exactly what the
/// promise protects ends the window of one and begins that of the other.
#[test]
fn windows_of_other_bounds_cost_a_stretch_no_more_than_is_promised() {
    let promise = promise(1000, 86_400_000);
    let (narrow, wide) =
        (Bounds::new(0.0, 1.0).expect("a range"), Bounds::new(0.0, 1.99999).expect("a range"));
    // An instrument as precise as the grid, whose marks lie halfway between the grid's.
    let reading = |bounds: Bounds, mean: f64| {
        let steps = mean / bounds.step();
        bounds.clamp(&((steps.ceil() - 0.5) * bounds.step()))
    };
    let moved = |bounds: Bounds, seconds: f64, mean_in_steps: f64| {
        let mean = mean_in_steps * bounds.step();
        let later = mean + bounds.upper() * seconds / 86_400.0;
        reading(bounds, later).abs_diff(reading(bounds, mean)) as f64
    };
    let cost = |bounds: Bounds, seconds: f64| {
        let means = (0..400).map(|quarter| 500.0 + f64::from(quarter) / 100.0);
        let moved = means.map(|mean| moved(bounds, seconds, mean)).fold(0.0, f64::max);
        let noise = promise.noise(bounds).expect("sensible");
        moved * bounds.step() / noise.scale()
    };
    let total = cost(wide, 0.9995) + cost(narrow, 0.0005);
    assert!(total <= 1.0, "epsilon is 1, and this stretch loses {total}");
}
