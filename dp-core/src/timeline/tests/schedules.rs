//! What a stretch moves, in every place that it can fall, beside the schedule that is to cover it.

use super::*;
use crate::{
    Law,
    accountant::{Event, Schedule},
};

/// The releases that a stretch touches which begins `offset` into a window: each window moves in proportion
/// to the overlap, and by two steps more where rounding can add them.
fn touched(terms: &Terms, stretch_ms: u64, offset_ms: u64) -> Schedule {
    let window = terms.promise.window.as_millis() as u64;
    let width = percent().width();
    let noise = terms.noises(percent()).expect("sensible")[0];
    let Law::DiscreteLaplace { numerator, denominator } = noise.law() else { panic!("{noise:?}") };
    let (from, to) = (offset_ms, offset_ms + stretch_ms);
    let events = (0..to.div_ceil(window)).filter_map(|number| {
        let overlap = to.min((number + 1) * window).saturating_sub(from.max(number * window));
        let share = (width * u128::from(overlap)).div_ceil(window.into());
        let moved = (share + if overlap < window { 2 } else { 0 }).min(width);
        let event = || Event::discrete_laplace(moved, numerator, denominator.into());
        (overlap > 0).then(|| event().expect("in range"))
    });
    Schedule::new(events)
}

#[test]
fn wherever_a_stretch_falls_its_schedule_costs_no_less() {
    for (protects, window, stretch) in [
        (1000, 1000, 500),
        (1000, 1000, 1000),
        (1000, 1000, 1500),
        (1000, 1000, 4000),
        (3000, 1000, 7300),
        (500, 2000, 3100),
        (30_000, 20_000, 90_000),
    ] {
        let terms = Terms::from(promise(protects, window));
        let covering = terms.schedule_over(Duration::from_millis(stretch), percent());
        let covering = covering.expect("sensible");
        for part in 0..8 {
            let actual = touched(&terms, stretch, window * part / 8);
            for epsilon in [0.0, 0.3, 1.0, 2.0] {
                let [actual, covering] =
                    [&actual, &covering].map(|all| all.delta(epsilon).expect("an answer"));
                assert!(
                    actual.lower <= covering.upper,
                    "{stretch} {part}: {actual:?} {covering:?}"
                );
            }
        }
    }
}

#[test]
fn a_covering_schedule_is_about_as_large_as_what_is_touched() {
    let terms = Terms::from(promise(3_600_000, 3_600_000));
    let month = terms.schedule_over(Duration::from_secs(30 * 86_400), percent()).expect("sensible");
    let epsilon = month.epsilon(1e-6).expect("an answer");
    // 720 hours of ε = 1; the golden answer for continuous noise is 364.8.
    assert!(epsilon.lower > 364.79 && epsilon.upper < 364.82, "{epsilon:?}");
    let sum = terms.loss_over(Duration::from_secs(30 * 86_400), percent()).expect("sensible");
    let added = month.epsilon(0.0).expect("an answer").upper;
    assert!((added / f64::from(sum) - 1.0).abs() < 1e-5, "{added} {sum}");
}
