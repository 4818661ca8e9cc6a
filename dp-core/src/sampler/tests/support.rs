//! One set of possible answers, whatever the data ([Mironov12]'s attack is what happens otherwise).
//!
//! [Mironov12]: https://doi.org/10.1145/2382196.2382264

use super::{chi_square, chi_square::is_credible, power::by_floats, *};
use crate::{Bounds, Epsilon, Laplace, Ledger, PrivacyUnit, Private, proof::Steps};

const DRAWS: usize = 200_000;

/// Noisy values on either side of a boundary of floating point, and how long their step is.
fn released(value: f64, epsilon: f64, seed: u64) -> (Vec<f64>, f64) {
    let mut rng = NoiseRng::seeded(seed);
    let bounds = Bounds::new(0.0, 1024.0).expect("a range");
    let epsilon = Epsilon::new(epsilon).expect("in range");
    let mut step = 0.0;
    let mut release = || {
        let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon);
        let sum = Private::new(vec![value]).clamp(bounds).sum();
        let paid = ledger.pay(sum, epsilon).expect("within the budget");
        let answer = paid.release(Laplace, &mut rng).expect("no fork");
        step = answer.noise.step();
        answer.value
    };
    ((0..DRAWS / 10).map(|_| release()).collect(), step)
}

#[test]
fn a19_answers_are_whole_steps_with_the_same_low_bits_whatever_the_data() {
    let tiny = 2f64.powi(-30);
    let pairs = [(0.0, 1.0), (1.0, 1.0 + tiny), (0.0, 0.1), (512.0 - tiny, 512.0), (0.3, 1000.7)];
    for (seed, (one, other)) in (0..).zip(pairs) {
        for (value, seed) in [(one, 4000 + 2 * seed), (other, 4001 + 2 * seed)] {
            let (answers, step) = released(value, 1.0, seed);
            let mut low = vec![0; 64];
            for answer in answers {
                let steps = answer / step; // exact: a step is a power of two
                assert_eq!(steps, steps.round(), "{value} became {answer}, off the grid");
                low[(steps as i128).rem_euclid(64) as usize] += 1;
            }
            let chance = chi_square::chance_of_uniform(&low);
            assert!(is_credible(chance), "low bits beside {value}: {chance:e}");
        }
    }
}

/// What the test is for: floating-point noise leaves the data's own low bits visible.
#[test]
fn a19_noise_of_floats_is_off_the_grid() {
    let mut rng = NoiseRng::seeded(4100);
    let noise = by_floats(2f64.powi(40));
    let step = 2f64.powi(-20);
    let off = |value: f64, rng: &mut NoiseRng| {
        (0..1000).any(|_| ((value + noise.draw(rng) as f64 / 1e9) / step).fract() != 0.0)
    };
    assert!(off(0.1, &mut rng) && off(1.0, &mut rng));
}

#[test]
fn a19_every_answer_near_the_data_is_possible_for_all_neighbours() {
    let samplers: [&dyn Draw; 4] = [
        &DiscreteLaplace::new(3, 1),
        &ConstantTimeLaplace::new(3, 1),
        &RoundedGaussian::new(4.0),
        &DiscreteGaussian::new(4.0),
    ];
    for (seed, sampler) in (4200..).zip(samplers) {
        for values in [[0, 1], [-7, 0], [(1 << 64) - 1, 1 << 64], [-(1 << 100), 2 - (1 << 100)]] {
            let mut rng = NoiseRng::seeded(seed);
            let [one, other] = values.map(|value: i128| {
                let noise = By(|rng: &mut NoiseRng| sampler.draw(rng));
                let mut seen = vec![false; 17];
                for _ in 0..DRAWS {
                    let offset = value.add_noise(&noise, &mut rng) - values[0] + 8;
                    if let Some(seen) = usize::try_from(offset).ok().and_then(|i| seen.get_mut(i)) {
                        *seen = true;
                    }
                }
                seen
            });
            assert!(one.iter().all(|&seen| seen) && other.iter().all(|&seen| seen), "{values:?}");
        }
    }
}
