use proptest::prelude::*;

use super::*;
use crate::{
    PrivacyUnit,
    statistic::tests::{assert_within_promise, count, distance, nearly_unnoised, promised},
};

fn bounds() -> Bounds {
    Bounds::new(-10.0, 30.0).expect("a range")
}

fn clamp(rows: Vec<Vec<f64>>) -> ClampedRows {
    Private::new(rows).clamp_rows(3, bounds()).expect("three columns")
}

#[test]
fn a_sum_and_a_mean_of_rows_are_what_they_say() {
    let rows = || Private::new(vec![[1, 20, 0], [2, 90, 0]]);
    let whole = |ends: (i64, i64)| Bounds::new(ends.0, ends.1).expect("a range");
    let rows = rows().clamp_rows(3, whole((0, 50))).expect("three columns");
    assert_eq!(*rows.sum().steps.expose_to_owner(), [3, 70, 0]);
    let sum = nearly_unnoised(PrivacyUnit::Values(1), rows.sum());
    assert!(sum.iter().zip([3, 70, 0]).all(|(sum, true_sum)| (sum - true_sum).abs() < 30));
    let mean = clamp(vec![vec![10.0, 0.5, 99.0], vec![20.0, 0.5, 29.0]]).mean().expect("two rows");
    let mean = nearly_unnoised(PrivacyUnit::Values(1), mean);
    assert!(
        mean.iter().zip([15.0, 0.5, 29.5]).all(|(mean, true_mean)| (mean - true_mean).abs() < 9.0)
    );
    assert_eq!(nearly_unnoised(PrivacyUnit::Records(1), rows.count()), 2);
}

#[test]
fn columns_are_at_least_one_and_at_most_2_to_the_20() {
    for columns in [0, (1 << 20) + 1, usize::MAX] {
        let refused = Private::new(vec![[1.0]]).clamp_rows(columns, bounds());
        assert!(matches!(refused, Err(Error::Columns(given)) if given == columns));
    }
    let widest = Private::new(vec![[1.0]]).clamp_rows(1 << 20, bounds()).expect("just fits");
    let l1 = promised(&widest.sum(), PrivacyUnit::Values(1)).0;
    assert_eq!(l1, bounds().width() << 20);
}

#[test]
fn each_unit_has_its_own_sensitivity() {
    let (width, magnitude) = (bounds().width(), bounds().magnitude());
    let rows = clamp(vec![vec![]; 4]);
    let promised = |unit| promised(&rows.sum(), unit);
    let square = |steps: u128| steps * steps;
    assert_eq!(promised(PrivacyUnit::Values(1)), (3 * width, 3 * square(width)));
    assert_eq!(promised(PrivacyUnit::Values(2)), (6 * width, 3 * square(2 * width)));
    assert_eq!(promised(PrivacyUnit::Values(9)), (12 * width, 3 * square(4 * width)), "all");
    assert_eq!(promised(PrivacyUnit::Dataset), (12 * width, 3 * square(4 * width)));
    assert_eq!(promised(PrivacyUnit::Records(2)), (6 * magnitude, 3 * square(2 * magnitude)));
}

/// No noise is wasted: some neighbours are exactly as far apart as is promised.
#[test]
fn some_neighbours_attain_the_sensitivity() {
    let all = |value: f64, n: usize| clamp(vec![vec![value; 3]; n]);
    let (low, high) = (all(-1e9, 4), all(1e9, 4));
    let apart = distance(&low.sum(), &high.sum());
    assert_eq!(apart, promised(&low.sum(), PrivacyUnit::Dataset));
    assert_eq!(apart, promised(&low.mean().expect("four"), PrivacyUnit::Values(4)));
    let apart = distance(&high.sum(), &all(1e9, 6).sum());
    assert_eq!(apart, promised(&high.sum(), PrivacyUnit::Records(2)));
}

#[test]
fn a08_a09_what_is_no_number_is_the_lower_bound_and_infinities_are_the_ends() {
    let step = bounds().step();
    let rows = clamp(vec![vec![f64::NAN, f64::INFINITY, -0.0]]);
    let sum = rows.sum().steps.expose_to_owner().clone();
    assert_eq!(sum, [-10.0 / step, 30.0 / step, 0.0].map(|steps| steps as i128));
    let whole = Bounds::new(-5_i64, 5).expect("a range");
    let rows = Private::new(vec![[f64::NAN, f64::NEG_INFINITY, 1e300]]).clamp_rows(3, whole);
    assert_eq!(*rows.expect("three columns").sum().steps.expose_to_owner(), [-5, -5, 5]);
}

#[test]
fn a10_the_mean_of_no_rows_is_refused_and_their_sum_is_answered() {
    assert!(matches!(clamp(vec![]).mean(), Err(Error::Empty)));
    assert_eq!(nearly_unnoised(PrivacyUnit::Records(1), clamp(vec![]).sum()).len(), 3);
}

#[test]
fn a11_integer_sums_of_columns_are_exact_beyond_64_bits() {
    let all = Bounds::new(i64::MIN, i64::MAX).expect("a range");
    let rows = Private::new(vec![[i64::MAX, i64::MIN], [i64::MAX, -1]]).clamp_rows(2, all);
    let sum = rows.expect("two columns").sum();
    let (max, min) = (i128::from(i64::MAX), i128::from(i64::MIN));
    assert_eq!(*sum.steps.expose_to_owner(), [2 * max, min - 1]);
    let nine = Private::new(vec![[i64::MAX, i64::MIN]; 9]).clamp_rows(2, all).expect("two columns");
    let released = nearly_unnoised(PrivacyUnit::Values(1), nine.sum());
    assert!(released[0] > 0 && released[1] < 0, "the ends of 64 bits, not a wrap");
}

/// A row of the wrong length is no event: it is made to fit by a public rule.
#[test]
fn a18_rows_of_any_length_give_one_number_for_each_column() {
    let step = bounds().step();
    for (row, expected) in [
        (vec![], [-10.0; 3]),
        (vec![1.0], [1.0, -10.0, -10.0]),
        (vec![1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, 3.0]),
    ] {
        let rows = clamp(vec![row]);
        let sum = rows.sum().steps.expose_to_owner().clone();
        assert_eq!(sum, expected.map(|value| (value / step) as i128));
        assert_eq!(nearly_unnoised(PrivacyUnit::Values(1), rows.sum()).len(), 3);
        assert_eq!(format!("{rows:?}"), format!("{:?}", clamp(vec![])), "nor is it shown");
    }
}

#[test]
fn what_a_unit_makes_public_or_unbounded_is_refused() {
    use crate::Query;
    let rows = clamp(vec![vec![]]);
    for refused in [
        rows.count().sensitivity(PrivacyUnit::Values(1)),
        rows.mean().expect("one row").sensitivity(PrivacyUnit::Records(1)),
        rows.sum().sensitivity(PrivacyUnit::Values(0)),
    ] {
        assert!(matches!(refused, Err(Error::Unit { .. })));
    }
}

fn rows(how_many: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<f64>>> {
    prop::collection::vec(prop::collection::vec(any::<f64>(), 0..5), how_many)
}

proptest! {
    /// Neighbours of every unit are at most as far apart as is promised, in both norms.
    #[test]
    fn neighbours_move_rows_by_at_most_their_sensitivity(values in rows(1..12), others in rows(1..4)) {
        let k = others.len().min(values.len());
        let mut replaced = values.clone();
        replaced[..k].clone_from_slice(&others[..k]);
        let added: Vec<Vec<f64>> = values.iter().chain(&others).cloned().collect();
        let [one, replaced, added] = [values, replaced, added].map(|rows| clamp(rows).sum());
        for (two, unit) in [
            (&replaced, PrivacyUnit::Values(count(k))),
            (&replaced, PrivacyUnit::Dataset),
            (&added, PrivacyUnit::Records(count(others.len()))),
        ] {
            assert_within_promise(&one, two, unit);
        }
    }

    /// One column of rows is the scalar statistic.
    #[test]
    fn a_single_column_is_a_plain_sum(values in prop::collection::vec(any::<f64>(), 1..20)) {
        let rows: Vec<[f64; 1]> = values.iter().map(|value| [*value]).collect();
        let rows = Private::new(rows).clamp_rows(1, bounds()).expect("one column");
        let plain = Private::new(values).clamp(bounds());
        prop_assert_eq!(rows.sum().steps.expose_to_owner()[0], *plain.sum().steps.expose_to_owner());
        let unit = PrivacyUnit::Values(2);
        prop_assert_eq!(promised(&rows.sum(), unit), promised(&plain.sum(), unit));
    }
}
