use proptest::prelude::*;

use super::*;

fn report(cpu: f64, scale: f64) -> PeerReport {
    PeerReport {
        cpu,
        slot_end: "2026-11-24T02:59:30Z".parse().unwrap(),
        slot_s: 20.0,
        window_s: 19.0,
        scale,
        grid: Some(1.0 / 16_384.0),
        epsilon: 0.5,
        protects_s: 1.0,
        original: false,
        memory: None,
    }
}

#[test]
fn below_the_minimum_only_the_count_is_published() {
    let reports = [report(10.0, 10.0), report(20.0, 10.0)];
    let aggregate = Aggregate::of(&reports, 3);
    assert_eq!((aggregate.machines, aggregate.mean), (2, None));
    assert!(Aggregate::of(&reports, 2).mean.is_some());
    let nobody = Aggregate::of(&[], 0);
    assert_eq!((nobody.machines, nobody.mean, nobody.newest), (0, None, None));
    assert!(nobody.privacy.promises.is_empty() && nobody.privacy.curve.is_empty());
}

#[test]
fn every_machine_weighs_the_same_and_no_value_is_cut() {
    let mean = |values: &[f64]| {
        let reports: Vec<_> = values.iter().map(|&cpu| report(cpu, 10.0)).collect();
        Aggregate::of(&reports, 1).mean.unwrap().value
    };
    assert!((mean(&[10.0, 20.0, 60.0]) - 30.0).abs() < 1e-9);
    assert!((mean(&[-50.0, 0.0]) + 25.0).abs() < 1e-9);
    assert!((mean(&[150.0]) - 150.0).abs() < 1e-9);
}

#[test]
fn the_range_of_one_machine_is_the_exact_quantile_of_its_noise() {
    // P(|X| > b · ln 20) = 0.05 for a Laplace variable of scale b.
    let Mean { value, low, high } = Aggregate::of(&[report(37.42, 10.0)], 1).mean.unwrap();
    let margin = 10.0 * 20_f64.ln();
    assert!((value - 37.42).abs() < 1e-9);
    assert!((low - (37.42 - margin)).abs() <= 0.01 && low <= 37.42 - margin, "{low}");
    assert!((high - (37.42 + margin)).abs() <= 0.01 && high >= 37.42 + margin, "{high}");
}

#[test]
fn more_machines_narrow_the_range_and_a_noisy_one_widens_it() {
    let width = |scales: &[f64]| {
        let reports: Vec<_> = scales.iter().map(|&scale| report(50.0, scale)).collect();
        let mean = Aggregate::of(&reports, 1).mean.unwrap();
        mean.high - mean.low
    };
    let of_one = width(&[10.0]);
    let of_twelve = width(&[10.0; 12]);
    assert!((16.0..17.5).contains(&of_twelve), "{of_twelve}"); // ±8 and a bit
    assert!(of_twelve < of_one);
    assert!(width(&[10.0, 10.0, 500.0]) > 10.0 * width(&[10.0; 3]));
}

#[test]
fn machines_are_grouped_by_what_they_promise_and_the_rest_is_cut_off() {
    let mut reports = vec![report(1.0, 10.0), report(2.0, 20.0), report(3.0, 20.0)];
    reports.push(PeerReport { original: true, ..report(4.0, 4.0) });
    let promises = Aggregate::of(&reports, 1).privacy.promises;
    let shown: Vec<_> = promises.iter().map(|p| (p.machines, p.scale, p.original)).collect();
    assert_eq!(shown, [(2, 20.0, false), (1, 4.0, true), (1, 10.0, false)]);

    reports.extend((1..100).map(|n| report(0.0, f64::from(n) / 7.0)));
    let promises = Aggregate::of(&reports, 1).privacy.promises;
    assert_eq!((promises.len(), promises[0].machines), (8, 2));
}

#[test]
fn the_curve_is_that_of_the_weakest_promise() {
    let strong = report(1.0, 100.0);
    let weak = PeerReport { slot_s: 5.0, window_s: 4.0, ..report(1.0, 10.0) };
    let curve = Aggregate::of(&[strong, weak, strong], 1).privacy.curve;
    let shown: Vec<_> = curve[..3].iter().map(|at| (at.stretch_s, at.epsilon)).collect();
    assert_eq!(shown, [(1.0, 2.5), (60.0, 150.0), (3600.0, 9000.0)]);
}

#[test]
fn the_newest_slot_and_the_shortest_one_are_found() {
    let old = PeerReport {
        slot_end: "2026-11-24T02:00:00Z".parse().unwrap(),
        slot_s: 5.0,
        ..report(1.0, 10.0)
    };
    let aggregate = Aggregate::of(&[old, report(1.0, 10.0), old], 1);
    assert_eq!(aggregate.newest, Some(report(1.0, 10.0).slot_end));
    assert_eq!(aggregate.shortest_slot_s, Some(5.0));
}

#[test]
fn losses_are_rounded_up_to_four_digits() {
    for (loss, shown) in [
        (0.026_316, 0.026_32),
        (2.5, 2.5),
        (2.5 + 1e-14, 2.5),
        (2.500_01, 2.501),
        (9_999.1, 10_000.0),
        (123_456.0, 123_500.0),
        (1.0, 1.0),
        (0.0, 0.0),
    ] {
        assert!((rounded_up(loss) - shown).abs() <= shown * 1e-12, "{loss}: {}", rounded_up(loss));
    }
}

fn hourly(scale: f64) -> PeerReport {
    PeerReport { slot_s: 3601.0, window_s: 3600.0, ..report(1.0, scale) }
}

/// What 30 days cost, without δ and with it.
fn month(reports: &[PeerReport]) -> (f64, Option<f64>) {
    let month = Aggregate::of(reports, 1).privacy.curve.pop().unwrap();
    (month.epsilon, month.tight)
}

#[test]
fn at_delta_the_curve_is_that_of_whichever_machine_is_the_costliest_then() {
    let (linear, Some(tight)) = month(&[hourly(200.0)]) else { panic!("720 windows of 0.5") };
    assert!((linear - 360.0).abs() < 1e-9 && (100.0..180.0).contains(&tight), "{tight}");
    // A machine whose linear loss is less than that changes nothing.
    assert_eq!(month(&[hourly(200.0), hourly(72_000.0 / tight + 1.0)]), (360.0, Some(tight)));
    // The accountant has no answer for the original's noise, so its linear loss counts.
    let original = |scale| PeerReport { grid: None, original: true, ..hourly(scale) };
    assert_eq!(month(&[hourly(200.0), original(400.0)]), (360.0, Some(180.0)));
    assert_eq!(month(&[hourly(200.0), original(200.0)]), (360.0, None));
}

#[test]
fn beyond_so_many_kinds_of_reports_the_linear_loss_counts() {
    let reports: Vec<_> = (0..1000).map(|n| hourly(200.0 + f64::from(n))).collect();
    let next = rounded_up(reports[MOST_ACCOUNTS].epsilon_over(2_592_000.0));
    assert_eq!(month(&reports), (360.0, Some(next)));
}

proptest! {
    // Each case asks the accountant some twenty times.
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn whatever_members_state_what_is_published_is_finite_and_in_order(
        reports in prop::collection::vec(
            (-15_000.0..15_100.0_f64, 1e-6..=500.0_f64, 1.001..=86_400.0_f64), 1..20,
        ),
    ) {
        let reports: Vec<_> = reports
            .into_iter()
            .map(|(cpu, scale, slot_s)| {
                PeerReport { slot_s, window_s: slot_s - 1.0, ..report(cpu, scale) }
            })
            .collect();
        let aggregate = Aggregate::of(&reports, 1);
        let Mean { value, low, high } = aggregate.mean.unwrap();
        prop_assert!(low <= value && value <= high, "{low} {value} {high}");
        for at in &aggregate.privacy.curve {
            prop_assert!(at.epsilon.is_finite() && at.epsilon > 0.0);
            prop_assert!(at.tight.is_none_or(|tight| (0.0..at.epsilon).contains(&tight)));
        }
    }
}

fn sharing(in_use: f64, scale: f64) -> PeerReport {
    let memory = Some(PeerMemory { in_use, scale, every_s: 1.0 });
    PeerReport { memory, ..report(20.0, 20.0) }
}

#[test]
fn the_memory_is_that_of_the_machines_that_share_it_if_they_are_enough() {
    let reports = [report(10.0, 10.0), sharing(40.0, 20.0), sharing(70.0, 20.0)];
    assert_eq!(Aggregate::of(&reports, 3).memory, None, "two of three");
    let memory = Aggregate::of(&reports, 2).memory.expect("enough");
    let cpu = Aggregate::of(&[report(40.0, 20.0), report(70.0, 20.0)], 2).mean;
    assert_eq!((memory.machines, Some(memory.mean)), (2, cpu), "the same law");
    assert_eq!(Aggregate::of(&[report(1.0, 1.0)], 0).memory, None, "nobody shares it");
}

#[test]
fn what_sharing_the_memory_costs_is_in_the_curve_and_sets_machines_apart() {
    let reports = [report(10.0, 20.0), sharing(40.0, 20.0), sharing(70.0, 20.0)];
    let Privacy { promises, curve, .. } = Aggregate::of(&reports, 1).privacy;
    let memory = Some(MemoryPromise { scale: 20.0, every_s: 1.0 });
    let seen: Vec<_> = promises.iter().map(|group| (group.machines, group.memory)).collect();
    assert_eq!(seen, [(2, memory), (1, None)]);
    // In 19 s: a second of the CPU's, and two of 19 readings.
    let second = 100.0 / (19.0 * 20.0) + 100.0 * 2.0 / (19.0 * 20.0);
    assert!((curve[0].epsilon - second).abs() < 1e-3, "{:?}", curve[0]);
}
