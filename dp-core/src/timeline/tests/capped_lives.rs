//! Caps, simulated: whatever the process and its clock go through, short of being set forward, the
//! windows that one stretch touches are never charged more than its cap.

use super::{
    caps::{Machine, cap, capped, total, under},
    *,
};

#[derive(Clone, Debug)]
enum Event {
    /// Idle for the first, then a window that is longer than promised by the second, whose readings
    /// come so much before it and after it.
    Window(u64, u64, u64),
    /// Killed with a window that is recorded, paid for, or neither.
    Crash(u8),
    SetBack(u64),
    Suspended(u64),
    /// Another promise, under the same caps.
    Changed(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let idle = prop_oneof![4 => 0..2000_u64, 1 => 0..200_000_u64];
    let event = prop_oneof![
        12 => (idle, 0..9000_u64, 0..1000_u64).prop_map(|(idle, extra, off)| Event::Window(idle, extra, off)),
        2 => (0..3_u8).prop_map(Event::Crash),
        1 => (0..100_000_u64).prop_map(Event::SetBack),
        1 => (0..50_000_u64).prop_map(Event::Suspended),
        1 => (300..9000_u64).prop_map(Event::Changed),
    ];
    prop::collection::vec(event, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_stretch_is_ever_charged_more_than_its_cap(
        events in events(),
        window in 300..9000_u64,
        stretches in prop::collection::btree_set(1..300_u64, 1..4),
        windows_allowed in 1.0..20.0_f64,
        offset in 0..1000_u64,
    ) {
        let protects = 300;
        // No window of this simulation costs more than 30.
        let loss = 30.0 * windows_allowed.max(1.0);
        let caps: Vec<Cap> = stretches.iter().map(|&stretch| cap(stretch, loss)).collect();
        let (_folder, path) = capped(promise(protects, window), &caps);
        let machine = Machine::default();
        machine.pass(1_000_000 + offset);
        let mut timeline = machine.open(&path);
        // Of each window that was charged: when it began and ended, by true time, and its cost.
        let mut all: Vec<(u64, u64, TotalEpsilon)> = Vec::new();
        for event in events {
            let length = u64::try_from(timeline.promise().window.as_millis()).expect("short");
            match event {
                Event::Window(idle, extra, off) => {
                    machine.pass(idle);
                    let began = machine.now();
                    machine.pass(off);
                    let bounds = percent();
                    let expected = {
                        // 100 points over the scale of the noise, by floating point.
                        let scale = timeline.promise().noise(bounds).expect("sensible").scale();
                        100.0 / scale
                    };
                    match machine.read_slowly(&mut timeline, length + extra, off) {
                        Ok(costs) => {
                            prop_assert!((f64::from(costs) / expected - 1.0).abs() < 1e-6);
                            all.push((began, machine.now(), costs));
                        }
                        Err(Error::Paused { until, .. }) => prop_assert!(until > machine.wall()),
                        Err(fault) => prop_assert!(false, "{fault}"),
                    }
                }
                Event::Crash(how) => {
                    let began = machine.now();
                    if let Ok(window) = timeline.record(percent()) {
                        machine.pass(length);
                        let costs = window.costs;
                        if how > 0 {
                            let closed = window.close().expect("long enough");
                            if how > 1 {
                                // The receipt dies with the process: charged, never released.
                                let _ = closed.pay(Private::new(50.0)).expect("there");
                                all.push((began, machine.now(), costs));
                            }
                        }
                    }
                    drop(timeline);
                    timeline = machine.open(&path);
                }
                Event::SetBack(by) => {
                    let room = machine.now() - machine.set_back.load(Ordering::Relaxed);
                    machine.set_back.fetch_add(by.min(room), Ordering::Relaxed);
                }
                Event::Suspended(time) => {
                    machine.pass(time);
                    machine.suspended.fetch_add(time, Ordering::Relaxed);
                }
                Event::Changed(window) => {
                    timeline.begin_era(under(promise(protects, window), &caps)).expect("affordable");
                }
            }
        }
        // The costliest stretches begin just before some window's end.
        for &(_, from, _) in &all {
            for &stretch in &stretches {
                let until = from + stretch * 1000;
                let touched = all.iter().filter(|(began, ended, _)| *ended >= from && *began < until);
                let sum = touched.fold(TotalEpsilon::ZERO, |sum, (_, _, costs)| {
                    sum.plus(*costs).expect("small")
                });
                prop_assert!(sum <= total(loss), "{sum} of {loss} in {stretch} s from {from} ms");
            }
        }
    }
}
