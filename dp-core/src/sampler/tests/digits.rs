//! Floors and digits, where chance seldom leads.

use super::*;
use crate::sampler::{
    point::Point,
    real::{Enclosure, Real, Uniform, is_below_exponential},
    scale::UNCERTAINTY,
    wide::Wide,
};

/// The floor that `scale` makes of a point that begins at `position` units of 2^-124.
fn floor(scale: &Scale, position: u128) -> i128 {
    let mut point = Point::new(position, 1, 124, Uniform::beginning_with(0, 64));
    scale.steps(&mut point, &mut NoiseRng::seeded(1))
}

/// Whether all points, from `position` to `extent` further on, have the floor that was made of it
/// quickly, on either side of borders of steps; some must be decided and some left open.
fn assert_floors_hold(
    scales: &[(Scale, f64)],
    extent: u128,
    quick: impl Fn(&Scale, u128) -> Option<u64>,
) {
    let mut rng = NoiseRng::seeded(6000);
    let mut random = || u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
    for (scale, ratio) in scales {
        let (mut decided, mut open) = (0, 0);
        for _ in 0..100 {
            // The first point of a next step, by bisection.
            let mut low = random() >> 2;
            let (steps, mut high) =
                (floor(scale, low), low + (2.0 / ratio * 2f64.powi(124)) as u128);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if floor(scale, middle) == steps { low = middle } else { high = middle }
            }
            for _ in 0..50 {
                let distance = random() >> (42 + random() % 86);
                for start in [high.saturating_sub(distance), high + distance] {
                    if let Some(quick) = quick(scale, start) {
                        let ends = [start, start + extent].map(|end| floor(scale, end));
                        assert_eq!(ends, [quick.into(); 2], "scale {ratio} at {start}");
                        decided += 1;
                    } else {
                        open += 1;
                    }
                }
            }
        }
        assert!(decided > 100 && open > 100, "scale {ratio}: {decided} and {open}");
    }
}

/// What is not known of a point, and of the scale, is allowed for.
#[test]
fn quick_floors_hold_for_all_of_what_a_point_can_be() {
    let ratio = |numerator, denominator| {
        (Scale::floor(numerator, denominator), numerator as f64 / denominator as f64)
    };
    let deviation = |deviation| (Scale::dyadic(deviation, true), deviation);
    let scales = [ratio(1, 5), ratio(3, 4), ratio(7, 3), ratio(1000, 9), ratio(1 << 30, 7)];
    let deviations = [0.3, 1.0, 2.5, 1000.5, 1e9].map(deviation);
    let scales = [scales, deviations].concat();
    // Known to 2^-60, and a little.
    let extent = u128::from(UNCERTAINTY) << 64;
    assert_floors_hold(&scales, extent - 1, |scale, position| {
        scale.quickly((position >> 64) as u64)
    });
    let scales = [ratio(1 << 40, 1), ratio(1 << 46, 3), deviation(1e12), deviation(1e15)];
    // Known to 2^-69.
    assert_floors_hold(&scales, (1 << 55) - 1, |scale, position| {
        scale.closely((position >> 64) as u64, position as u64)
    });
}

/// However many digits a decision takes, each is one that was drawn.
#[test]
fn a_uniform_number_goes_on_with_the_words_that_are_drawn() {
    let mut words = NoiseRng::seeded(6100);
    let mut uniform = Uniform::beginning_with(0x7f, 7);
    uniform.draw_to(7, &mut words);
    assert_eq!((uniform.length(), uniform.first_digits()), (7, 0xfe << 56));
    uniform.draw_to(199, &mut words);
    assert_eq!(uniform.length(), 7 + 3 * 64);
    let mut same = NoiseRng::seeded(6100);
    let expected = (0..3).fold(Wide::new(0x7f), |digits, _| {
        digits.left(64).plus(&Wide::new(same.next_u64().into()))
    });
    assert_eq!(uniform.digits(), expected);
    uniform.draw_to(199, &mut words);
    assert_eq!(words.next_u64(), same.next_u64(), "none that is not needed");
}

/// A number of 4000 digits, of which each question tells no more than it must: bounds some units
/// apart.
struct Known {
    digits: Wide,
    below: u128,
    above: u128,
}

impl Real for Known {
    fn enclose(&mut self, bits: u32, _: &mut NoiseRng) -> Enclosure {
        let digits = self.digits.right(4000 - bits);
        let high = digits.plus(&Wide::new(self.above + 1));
        Enclosure { low: digits.minus(&Wide::new(self.below)), high }
    }
}

/// No depth is too deep: numbers that differ in the 2000th digit alone are told apart, and bounds
/// that touch decide nothing.
#[test]
fn a_comparison_goes_on_until_it_is_certain() {
    let mut rng = NoiseRng::seeded(6200);
    for z in [0_u128, 1, 7, 693, 2000, 30_000] {
        let z = Wide::new(z).left(4000).over(1000);
        let bounds = Enclosure { low: z.clone(), high: z.clone() };
        let exponential = exponential::enclose(&bounds, 4000).low;
        for apart in [10, 100, 120, 126, 127, 128, 129, 200, 500, 2000] {
            let apart = Wide::power_of_two(4000 - apart);
            for (below, above) in [(0, 0), (3, 0), (0, 3), (2, 5)] {
                let y = |digits| Known { digits, below, above };
                let mut z = y(z.clone());
                let lower = &mut y(exponential.minus(&apart));
                assert!(is_below_exponential(lower, &mut z, &mut rng));
                let higher = &mut y(exponential.plus(&apart));
                assert!(!is_below_exponential(higher, &mut z, &mut rng));
            }
        }
    }
}
