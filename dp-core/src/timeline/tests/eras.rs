//! A stretch across changes of promise, simulated.

use super::*;

fn era(epsilon: f64, protects_ms: u64, window_ms: u64) -> Era {
    let epsilon = Epsilon::new(epsilon).expect("in range");
    let promise = Promise { epsilon, ..promise(protects_ms, window_ms) };
    Era::now(promise.into()).expect("sensible")
}

fn across(eras: &[Era], milliseconds: u64) -> TotalEpsilon {
    Era::loss_across(eras, Duration::from_millis(milliseconds), percent()).expect("sensible")
}

#[test]
fn a_change_of_promise_costs_a_few_steps_beside_the_costlier_promise() {
    let (weak, strong) = (era(2.0, 1000, 4000), era(0.5, 30_000, 299_000));
    for stretch in [1, 1000, 30_000, 3_600_000, 86_400_000] {
        let alone = f64::from(across(std::slice::from_ref(&weak), stretch));
        let other = f64::from(across(std::slice::from_ref(&strong), stretch));
        let both = f64::from(across(&[strong.clone(), weak.clone()], stretch));
        assert!(both <= alone + other, "{both}: never more than the sum of both");
        assert!((both - alone.max(other)).abs() < 1e-4 * (1.0 + both), "{both} for {alone}");
    }
}

/// Mostly 0.
fn rarely(below: usize) -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0), 1 => 0..below]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn a_stretch_across_eras_never_costs_more_than_is_stated(
        // Of each era: ε, what it protects and its windows in ticks, and its windows: idle, extra.
        eras in prop::collection::vec(
            (0.01..5.0_f64, 1..300_usize, 10..120_usize,
             prop::collection::vec((rarely(9), rarely(9)), 1..5)),
            2..4,
        ),
        stretch_ticks in 1..700_usize,
        at in 0.0..1.0_f64,
        low in prop::collection::vec(0.0..=100.0_f64, 50),
        idle in any::<bool>(),
    ) {
        let ticks = 3000;
        let signal: Vec<f64> = (0..ticks)
            // An idle machine has the furthest to go.
            .map(|tick| if idle { 0.0 } else { low[tick / 7 % 50] })
            .collect();
        let length = eras.iter().flat_map(|(_, _, window, windows)| {
            windows.iter().map(move |(idle, extra)| window + idle + extra)
        }).sum::<usize>();
        let start = (length as f64 * at) as usize;
        let mut changed = signal.clone();
        for load in &mut changed[start..start + stretch_ticks] {
            *load = if *load < 50.0 { 100.0 } else { 0.0 };
        }
        let hand = Hand::new();
        let set_tick = |tick: usize| hand.set(tick as u64 * 10);
        let promised: Vec<Promise> = eras
            .iter()
            .map(|&(epsilon, protects, window, _)| {
                era(epsilon, protects as u64 * 10, window as u64 * 10).terms.promise
            })
            .collect();
        let (_folder, path) = fresh(promised[0]);
        let mut timeline = hand.on(Timeline::open(&path).expect("whole"));
        let mut now = 0;
        // Moved, at which ε, paid for: of each era.
        let mut costs: Vec<(u128, u128, u128)> = Vec::new();
        for (number, (_, _, window_ticks, windows)) in eras.iter().enumerate() {
            if number > 0 {
                timeline.begin_era(promised[number].into()).expect("room");
            }
            let mut moved = 0;
            for (idle, extra) in windows {
                let (from, until) = (now + idle, now + idle + window_ticks + extra);
                now = until;
                set_tick(from);
                let window = timeline.record(percent()).expect("no cap");
                set_tick(until);
                let paid = window.close().expect("long enough")
                    .pay(Private::new(mean(&signal, from, until) as f32));
                let raw = *paid.expect("there").query().steps.expose_to_owner();
                moved += raw.abs_diff(percent().clamp(&(mean(&changed, from, until) as f32)));
            }
            let paid_for = Signal::whole(promised[number]).sensitivity(promised[number], percent(), promised[number].protects);
            let epsilon = promised[number].epsilon.billionths();
            costs.push((moved, epsilon.into(), paid_for.expect("sensible").l1()));
        }
        let stretch = TICK * u32::try_from(stretch_ticks).expect("small");
        let stated = Era::loss_across(timeline.eras(), stretch, percent()).expect("sensible");
        let stated: u128 = stated.encode().parse().expect("billionths");
        // Exactly, over the common denominator.
        let denominator: u128 = costs.iter().map(|&(.., paid_for)| paid_for).product();
        let cost: u128 = costs
            .iter()
            .map(|&(moved, epsilon, paid_for)| moved * epsilon * (denominator / paid_for))
            .sum();
        prop_assert!(cost <= stated * denominator, "{} of {stated}", cost / denominator);
    }
}
