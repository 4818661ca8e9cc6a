use proptest::prelude::*;

use super::*;
use crate::{Bounds, Epsilon, Laplace, Ledger, NoiseRng, sampler::DiscreteLaplace};

fn bounds() -> Bounds {
    Bounds::new(-10.0, 30.0).expect("a range")
}

fn clamp(values: Vec<f64>) -> Clamped {
    Private::new(values).clamp(bounds())
}

fn steps<N: Number>(statistic: &Statistic<Estimate<N>>) -> i128 {
    *statistic.steps.expose_to_owner()
}

/// How far two answers of several numbers are apart, in the norms of a sensitivity: L1, and the
/// square of L2.
pub(super) fn distance<N: Number>(
    one: &Statistic<Estimate<Vec<N>>>,
    two: &Statistic<Estimate<Vec<N>>>,
) -> (u128, u128) {
    let (one, two) = (one.steps.expose_to_owner(), two.steps.expose_to_owner());
    assert_eq!(one.len(), two.len(), "the number of numbers is public");
    let apart = || one.iter().zip(two).map(|(one, two)| one.abs_diff(*two));
    (apart().sum(), apart().map(|steps| steps * steps).sum())
}

/// What a query promises that the distance is at most, for any neighbours.
pub(super) fn promised(query: &impl Query, unit: PrivacyUnit) -> (u128, u128) {
    let sensitivity = query.sensitivity(unit).expect("bounded");
    let (l1, l2) = (sensitivity.l1(), sensitivity.l2());
    let squared = l2.steps * l2.steps * u128::from(l2.times);
    assert!(squared <= l1 * l1, "no further in L2 than in L1");
    (l1, squared)
}

/// Two answers for neighbours are at most as far apart as is promised, in both norms.
pub(super) fn assert_within_promise<N: Number>(
    one: &Statistic<Estimate<Vec<N>>>,
    two: &Statistic<Estimate<Vec<N>>>,
    unit: PrivacyUnit,
) {
    let (apart, promised) = (distance(one, two), promised(one, unit));
    assert!(apart.0 <= promised.0 && apart.1 <= promised.1, "{unit:?} {apart:?}");
}

/// `k` of something, as a unit counts them.
pub(super) fn count(k: usize) -> u32 {
    u32::try_from(k).expect("few")
}

fn sensitivity(query: &impl Query, unit: PrivacyUnit) -> u128 {
    query.sensitivity(unit).expect("bounded").l1()
}

/// Noise of less than a step almost surely: what is left is the statistic.
pub(super) fn nearly_unnoised<T>(unit: PrivacyUnit, ask: Statistic<Estimate<T>>) -> T
where
    Estimate<T>: Answer,
    T: Clone,
{
    let most = Epsilon::new(100.0).expect("in range");
    let mut ledger = Ledger::in_memory(unit, most);
    let paid = ledger.pay(ask, most).expect("within the budget");
    paid.release(Laplace, &mut NoiseRng::seeded(3)).expect("no fork").value.clone()
}

#[test]
fn a_mean_a_sum_and_a_count_are_what_they_say() {
    let values = || clamp(vec![10.0, 20.0, 99.0, f64::NAN]);
    let unit = PrivacyUnit::Values(1);
    assert!((nearly_unnoised(unit, values().sum()) - 50.0).abs() < 2.0);
    assert!((nearly_unnoised(unit, values().mean().expect("four")) - 12.5).abs() < 0.5);
    let whole = Private::new(vec![3, 5, 1000_i64]).clamp(Bounds::new(0, 10).expect("a range"));
    assert_eq!(nearly_unnoised(PrivacyUnit::Records(1), whole.count()), 3);
    let sum = nearly_unnoised(PrivacyUnit::Values(1), whole.sum());
    assert!((sum - 18).abs() <= 5, "{sum}");
}

#[test]
fn a10_the_mean_of_no_values_is_refused_and_their_sum_is_answered() {
    assert!(matches!(clamp(vec![]).mean(), Err(Error::Empty)));
    let sum = nearly_unnoised(PrivacyUnit::Records(1), clamp(vec![]).sum());
    assert!(sum.abs() < 10.0);
}

#[test]
fn a11_integer_sums_are_exact_beyond_64_bits() {
    let all = Bounds::new(i64::MIN, i64::MAX).expect("a range");
    let sum = |values: Vec<i64>| steps(&Private::new(values).clamp(all).sum());
    assert_eq!(sum(vec![i64::MAX, i64::MAX]), 2 * i128::from(i64::MAX));
    assert_eq!(sum(vec![i64::MIN, -1]), i128::from(i64::MIN) - 1);
    let released =
        nearly_unnoised(PrivacyUnit::Values(1), Private::new(vec![i64::MAX; 9]).clamp(all).sum());
    assert!(released > 0, "the end of 64 bits, not a wrap");
}

#[test]
fn a13_a14_sums_do_not_depend_on_the_order_or_the_length() {
    let big = 2f64.powi(53);
    let bounds = Bounds::new(0.0, big).expect("a range");
    let small = vec![big / 1024.0 + 1.0; 1000];
    let sum = |values: Vec<f64>| steps(&Private::new(values).clamp(bounds).sum());
    let first: Vec<f64> = [big].into_iter().chain(small.iter().copied()).collect();
    let last: Vec<f64> = small.into_iter().chain([big]).collect();
    assert_eq!(sum(first), sum(last));
    let ones = Private::new(vec![1.0_f32; (1 << 24) + 5]).clamp(Bounds::new(0.0, 1.0).expect("ok"));
    assert_eq!(steps(&ones.sum()), ((1 << 24) + 5) << 20);
}

#[test]
fn each_unit_has_its_own_sensitivity() {
    let values = clamp(vec![1.0, 2.0, 3.0]);
    let width = bounds().width();
    assert_eq!(sensitivity(&values.sum(), PrivacyUnit::Values(1)), width);
    assert_eq!(sensitivity(&values.sum(), PrivacyUnit::Values(2)), 2 * width);
    assert_eq!(sensitivity(&values.sum(), PrivacyUnit::Values(9)), 3 * width, "all there are");
    assert_eq!(sensitivity(&values.sum(), PrivacyUnit::Dataset), 3 * width);
    assert_eq!(sensitivity(&values.sum(), PrivacyUnit::Records(2)), 2 * bounds().magnitude());
    assert_eq!(sensitivity(&values.count(), PrivacyUnit::Records(2)), 2);
}

#[test]
fn what_a_unit_makes_public_or_unbounded_is_refused() {
    let values = clamp(vec![1.0, 2.0]);
    let mean = values.mean().expect("two values");
    for refused in [
        values.count().sensitivity(PrivacyUnit::Values(1)),
        values.count().sensitivity(PrivacyUnit::Dataset),
        mean.sensitivity(PrivacyUnit::Records(1)),
        mean.sensitivity(PrivacyUnit::Time(std::time::Duration::from_secs(1))),
        values.sum().sensitivity(PrivacyUnit::Values(0)),
        Statistic::of_window(5, Grid::WHOLE).sensitivity(PrivacyUnit::Values(1)),
    ] {
        assert!(matches!(refused, Err(Error::Unit { .. })));
    }
}

/// Outputs for any data lie on one grid, so their low bits carry nothing.
#[test]
fn a19_answers_for_any_data_share_one_grid() {
    for data in [0.0, 0.1, 1.0, 1.0 + 2f64.powi(-30), 29.999] {
        let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), Epsilon::new(1.0).expect("ok"));
        let paid = ledger.pay(clamp(vec![data]).sum(), Epsilon::new(0.5).expect("ok"));
        let noisy = paid.expect("ok").release(Laplace, &mut NoiseRng::seeded(9)).expect("no fork");
        let in_steps = noisy.value / bounds().step();
        assert!((in_steps - in_steps.round()).abs() < f64::EPSILON, "{data}: {in_steps}");
    }
}

/// Each number gets a draw of its own: a vector's noise is that of as many numbers, one by one.
#[test]
fn several_numbers_have_independent_noise() {
    let law = DiscreteLaplace::new(1000, 1);
    let several = vec![-3, 0, 1 << 100].add_noise(&law, &mut NoiseRng::seeded(5));
    let mut rng = NoiseRng::seeded(5);
    let one_by_one: Vec<i128> =
        [-3, 0, 1 << 100].into_iter().map(|steps: i128| steps.add_noise(&law, &mut rng)).collect();
    assert_eq!(several, one_by_one);
    assert_ne!(several[0] + 3, several[1], "and not one draw for all");
}

/// A stand-in for a law whose draw is beyond everything.
struct Beyond;

impl Draw for Beyond {
    fn draw(&self, _rng: &mut NoiseRng) -> i128 {
        i128::MAX
    }
}

#[test]
fn a12_noise_beyond_everything_saturates_each_sum_alike() {
    let sums = vec![-(1 << 122), 0, 1 << 122].add_noise(&Beyond, &mut NoiseRng::seeded(1));
    assert_eq!(sums, [1 << 126; 3]);
}

#[cfg(feature = "serde")]
#[test]
fn what_is_released_serializes_as_a_bare_answer_with_its_noise() {
    let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), Epsilon::new(1.0).expect("ok"));
    let paid = ledger.pay(clamp(vec![5.0]).sum(), Epsilon::new(0.5).expect("ok")).expect("ok");
    let noisy = paid.release(Laplace, &mut NoiseRng::seeded(9)).expect("no fork");
    let record = serde_json::to_value(noisy.record()).expect("plain data");
    assert_eq!(record["loss"]["epsilon"], 0.5);
    assert_eq!(record["source"], "seed");
    assert_eq!(record["unit"]["values"], 1);
    let steps = record["sensitivity"]["l1"].as_str().expect("in words, or readers would round it");
    let scale = steps.parse::<f64>().expect("a number") / 0.5;
    let stated = record["noise"]["scale"].as_f64().expect("a number");
    let step = record["noise"]["step"].as_f64().expect("a number");
    assert!((scale * step - stated).abs() < 1e-9 * stated, "an outsider recomputes the scale");
    let plain = serde_json::to_string(&noisy.map(|sum| sum.value)).expect("plain data");
    assert!(plain.parse::<f64>().is_ok());
}

proptest! {
    /// Neighbours by replacement move the sum and the mean by at most the stated sensitivity.
    #[test]
    fn replacing_k_values_moves_a_sum_by_at_most_its_sensitivity(
        values in prop::collection::vec(any::<f64>(), 1..20),
        others in prop::collection::vec(any::<f64>(), 1..4),
    ) {
        let k = others.len().min(values.len());
        let mut neighbour = values.clone();
        neighbour[..k].copy_from_slice(&others[..k]);
        let unit = PrivacyUnit::Values(count(k));
        let (one, two) = (clamp(values), clamp(neighbour));
        let moved = steps(&one.sum()).abs_diff(steps(&two.sum()));
        prop_assert!(moved <= sensitivity(&one.sum(), unit));
        prop_assert!(moved <= sensitivity(&one.mean().expect("some"), unit));
    }

    #[test]
    fn adding_records_moves_a_sum_and_a_count_by_at_most_their_sensitivity(
        values in prop::collection::vec(any::<f64>(), 0..20),
        others in prop::collection::vec(any::<f64>(), 1..4),
    ) {
        let unit = PrivacyUnit::Records(count(others.len()));
        let more: Vec<f64> = values.iter().chain(&others).copied().collect();
        let (one, two) = (clamp(values), clamp(more));
        let moved = steps(&one.sum()).abs_diff(steps(&two.sum()));
        prop_assert!(moved <= sensitivity(&one.sum(), unit));
        let moved = steps(&one.count()).abs_diff(steps(&two.count()));
        prop_assert_eq!(moved, sensitivity(&one.count(), unit));
    }
}
