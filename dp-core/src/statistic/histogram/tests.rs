use proptest::prelude::*;

use super::*;
use crate::{
    PrivacyUnit,
    statistic::tests::{assert_within_promise, count, distance, nearly_unnoised, promised},
};

fn histogram(values: Vec<u8>, categories: &[u8]) -> Statistic<Estimate<Vec<i64>>> {
    Private::new(values).histogram(categories).expect("each category once")
}

#[test]
fn each_category_has_its_count_in_the_order_given() {
    let votes = vec!["no", "yes", "maybe", "yes", "Yes"];
    let counts = Private::new(votes).histogram(&["yes", "no", "never"]).expect("each once");
    assert_eq!(*counts.steps.expose_to_owner(), [2, 1, 0]);
    let released = nearly_unnoised(PrivacyUnit::Records(1), counts);
    assert_eq!(released, [2, 1, 0]);
}

#[test]
fn categories_that_are_missing_or_named_twice_are_refused() {
    let data = Private::new(vec![1, 2]);
    let refused = data.histogram(&[]);
    assert!(matches!(refused, Err(Error::Categories { given: 0, different: 0 })));
    let refused = data.histogram(&[1, 2, 1, 1]).expect_err("named twice").to_string();
    assert!(refused.contains("got 4, of which 2 are different"), "{refused}");
}

/// One value replaced lowers one count and raises another.
#[test]
fn a_replaced_value_costs_two_counts_and_an_added_record_one() {
    let counts = histogram(vec![1; 7], &[1, 2, 3]);
    assert_eq!(promised(&counts, PrivacyUnit::Values(1)), (2, 2), "√2 in L2");
    assert_eq!(promised(&counts, PrivacyUnit::Records(1)), (1, 1));
    assert_eq!(promised(&counts, PrivacyUnit::Records(3)), (3, 9), "all of one category");
    assert_eq!(promised(&counts, PrivacyUnit::Dataset), (14, 98), "7 · √2 in L2");
    assert_eq!(promised(&counts, PrivacyUnit::Values(100)), (14, 98), "all there are");
    assert_eq!(promised(&histogram(vec![1; 7], &[1]), PrivacyUnit::Values(1)), (1, 1), "alone");
}

/// No noise is wasted: some neighbours are exactly as far apart as is promised.
#[test]
fn some_neighbours_attain_the_sensitivity() {
    let all = |of: u8, n: usize| histogram(vec![of; n], &[1, 2, 3]);
    let apart = distance(&all(1, 7), &all(2, 7));
    assert_eq!(apart, promised(&all(1, 7), PrivacyUnit::Dataset));
    assert_eq!(apart, promised(&all(1, 7), PrivacyUnit::Values(7)));
    let apart = distance(&all(1, 7), &all(1, 9));
    assert_eq!(apart, promised(&all(1, 7), PrivacyUnit::Records(2)));
    let lone = |of: u8| histogram(vec![of; 7], &[1]);
    assert_eq!(distance(&lone(1), &lone(2)), promised(&lone(1), PrivacyUnit::Dataset));
}

#[test]
fn a10_a_histogram_of_nothing_is_answered_like_any_other() {
    let released = nearly_unnoised(PrivacyUnit::Records(1), histogram(vec![], &[1, 2]));
    assert_eq!(released, [0, 0]);
}

#[test]
fn a18_how_many_counts_there_are_depends_on_the_categories_alone() {
    for data in [vec![], vec![1], vec![9; 50], (0..=255).collect()] {
        let released = nearly_unnoised(PrivacyUnit::Records(1), histogram(data, &[1, 2, 3]));
        assert_eq!(released.len(), 3);
    }
}

proptest! {
    /// Neighbours of every unit are at most as far apart as is promised, in both norms.
    #[test]
    fn neighbours_move_a_histogram_by_at_most_its_sensitivity(
        values in prop::collection::vec(0..6_u8, 1..20),
        others in prop::collection::vec(0..6_u8, 1..20),
        categories in 1..6_u8,
    ) {
        let categories: Vec<u8> = (0..categories).collect();
        let k = others.len().min(values.len());
        let mut replaced = values.clone();
        replaced[..k].copy_from_slice(&others[..k]);
        let added: Vec<u8> = values.iter().chain(&others).copied().collect();
        let [one, replaced, added] =
            [values, replaced, added].map(|values| histogram(values, &categories));
        for (two, unit) in [
            (&replaced, PrivacyUnit::Values(count(k))),
            (&replaced, PrivacyUnit::Dataset),
            (&added, PrivacyUnit::Records(count(others.len()))),
        ] {
            assert_within_promise(&one, two, unit);
        }
    }
}
