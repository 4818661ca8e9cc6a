//! The samplers against their laws: chi-square tests with the exact probabilities.
//!
//! Seeds are fixed, so a failure is a change in the code, never chance: see [`chi_square::ALPHA`]
//! for what is risked when a seed is chosen anew. For every kind of test `power` has a wrong
//! sampler that it rejects.

mod agreement;
mod beginnings;
mod bits;
pub(super) mod chi_square;
mod digits;
mod fit;
mod law;
mod pinned;
mod power;
mod support;
mod tail;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
pub(super) use beginnings::beginning_with;
use law::Law;

/// Numerator and denominator: far below a step, about one, and as large as there are; in lowest
/// terms and not; one that no `f64` is, and some that are longest.
const SCALES: [(u128, u64); 17] = [
    (1, 100_000_000_000),
    (1, 100),
    (1, 5),
    (3, 4),
    ((1 << 39) - 1, 1 << 39),
    (1, 1),
    (7, 3),
    (10, 3),
    (20, 6),
    (1000, 9),
    (5000, 1),
    ((1 << 100) + 7, 999_999_999_989),
    (1 << 40, 1),
    (1 << 60, 1),
    (1 << 90, 1),
    (1 << 120, (1 << 40) - 1),
    (1 << 120, 1),
];

/// The same, from the smallest to the largest for which there is noise. The second is below 1 by
/// one unit in the last place.
const DEVIATIONS: [f64; 14] = [
    1.0 / 1024.0,
    1.0 - f64::EPSILON / 2.0,
    0.05,
    0.1,
    0.3,
    1.0,
    2.5,
    10.0,
    1000.5,
    1e6,
    (1_u64 << 40) as f64,
    (1_u64 << 60) as f64,
    (1_u128 << 100) as f64,
    (1_u128 << 123) as f64,
];

/// A sampler that is not worth a type.
struct By<F>(F);

impl<F: Fn(&mut NoiseRng) -> i128> Draw for By<F> {
    fn draw(&self, rng: &mut NoiseRng) -> i128 {
        (self.0)(rng)
    }
}

fn draws(sampler: &(impl Draw + ?Sized), count: usize, seed: u64) -> Vec<i128> {
    let mut rng = NoiseRng::seeded(seed);
    (0..count).map(|_| sampler.draw(&mut rng)).collect()
}

/// Silently another law, it would be: its parameters are the caller's where no mechanism chose them.
#[test]
fn a20_a_scale_out_of_range_is_refused() {
    let refused = |new: &dyn Fn()| catch_unwind(AssertUnwindSafe(new)).is_err();
    for (numerator, denominator) in
        [(0, 1), (1, 0), (1 << 123, 1), (1 << 126, 1), (u128::MAX, 7), (1, 1 << 40), (1, u64::MAX)]
    {
        assert!(refused(&|| _ = DiscreteLaplace::new(numerator, denominator)));
        assert!(refused(&|| _ = ConstantTimeLaplace::new(numerator, denominator)));
    }
    for deviation in [0.0, -0.0, -1.0, 5e-324, 1e-300, 1e-6, 1e38, 1e300, f64::INFINITY, f64::NAN] {
        assert!(refused(&|| _ = RoundedGaussian::new(deviation)), "{deviation}");
        assert!(refused(&|| _ = DiscreteGaussian::new(deviation)), "{deviation}");
    }
}

#[test]
fn a12_the_end_of_the_range_is_the_same_for_all_data() {
    let value = (1 << 122) + 12_345;
    for noise in [i128::MAX, i128::MAX - 1, 1 << 126] {
        assert_eq!(add(value, noise), 1 << 126);
        assert_eq!(add(-value, -noise), -(1 << 126));
    }
    assert_eq!(add(-value, i128::MAX), 1 << 126, "a saturated draw saturates any sum");
    assert_eq!(add(3, -5), -2);
}
