//! Floors and digits, where chance seldom leads.

use super::*;
use crate::sampler::{
    point::Point,
    real::{Enclosure, Real, Uniform, is_below_exponential},
    scale::UNCERTAINTY,
    wide::Wide,
};

/// The floor that `scale` makes of a point that begins at this many units of 2^-60.
fn floor(scale: &Scale, units: u64) -> i128 {
    let nothing = Uniform::beginning_with(0, 64);
    let mut point = Point::new(units.into(), 1, 60, nothing);
    scale.steps(&mut point, &mut NoiseRng::seeded(1))
}

/// What is known of a point leaves room for [`UNCERTAINTY`]: the floor is the same at both ends.
#[test]
fn quick_floors_hold_for_all_of_what_a_point_can_be() {
    let ratios = [(1, 5), (3, 4), (7, 3), (1000, 9), (1 << 30, 7), (1 << 46, 1)];
    let ratios = ratios.map(|(numerator, denominator)| {
        (Scale::floor(numerator, denominator), numerator as f64 / denominator as f64)
    });
    let deviations = [0.3, 1.0, 2.5, 1000.5, 1e9].map(|d| (Scale::dyadic(d, true), d));
    let mut rng = NoiseRng::seeded(6000);
    let (mut decided, mut open) = (0, 0);
    for (scale, ratio) in ratios.into_iter().chain(deviations) {
        for _ in 0..200 {
            let word = rng.next_u64() >> 1;
            let steps = floor(&scale, word);
            // The first point of the next step, by bisection.
            let (mut low, mut high) =
                (word, word.saturating_add((2.0 / ratio * 2f64.powi(60)) as u64));
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if floor(&scale, middle) == steps { low = middle } else { high = middle }
            }
            for _ in 0..20 {
                let distance = (1 << (rng.next_u64() % 20)) - 1;
                for start in [high.saturating_sub(distance), high + distance] {
                    if let Some(quick) = scale.quickly(start) {
                        let ends = [start, start + UNCERTAINTY - 1].map(|end| floor(&scale, end));
                        assert_eq!(ends, [quick.into(); 2], "scale {ratio} at {start}");
                        decided += 1;
                    } else {
                        open += 1;
                    }
                }
            }
        }
    }
    assert!(decided > 1000 && open > 1000, "{decided} and {open}");
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
