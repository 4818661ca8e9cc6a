//! How many words a draw takes, which is what a stopwatch sees of it: the time itself is measured
//! in the bench `timing`.

use super::*;

const DRAWS: usize = 200_000;

/// The correlation of the number of words that draws take with their sizes.
fn correlation(draw: impl Fn(&mut NoiseRng) -> i128) -> f64 {
    let (mut rng, mut twin) = (NoiseRng::seeded(2800), NoiseRng::seeded(2800));
    let (mut words, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..DRAWS {
        sizes.push(draw(&mut rng).unsigned_abs() as f64);
        // The twin finds the same place again.
        let next = rng.next_u64();
        let taken = std::iter::from_fn(|| Some(twin.next_u64())).position(|word| word == next);
        words.push(taken.expect("both have the same words") as f64);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / DRAWS as f64;
    let (word, size) = (mean(&words), mean(&sizes));
    let moment = |a: &[f64], b: &[f64], mean_a: f64, mean_b: f64| {
        a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>()
    };
    let scale = moment(&words, &words, word, word) * moment(&sizes, &sizes, size, size);
    moment(&words, &sizes, word, size) / scale.sqrt()
}

/// Independent numbers correlate by more than 5.4 / √n once in 10^7.
#[test]
fn a28_in_constant_time_the_number_of_words_says_nothing_of_the_noise() {
    for (numerator, denominator) in [(1, 1), (10, 1), (1000, 1)] {
        let law = ConstantTimeLaplace::new(numerator, denominator);
        let correlation = correlation(|rng| law.draw(rng));
        assert!(correlation.abs() < 5.4 / (DRAWS as f64).sqrt(), "{numerator}: {correlation}");
    }
}

#[test]
fn a28_the_number_of_words_says_next_to_nothing_elsewhere() {
    let (laplace, gaussian) = (DiscreteLaplace::new(1000, 1), RoundedGaussian::new(1000.0));
    let discrete = DiscreteGaussian::new(1000.0);
    for (name, correlation) in [
        ("Laplace", correlation(|rng| laplace.draw(rng))),
        ("rounded Gaussian", correlation(|rng| gaussian.draw(rng))),
        ("discrete Gaussian", correlation(|rng| discrete.draw(rng))),
    ] {
        assert!(correlation.abs() < 0.05, "{name}: {correlation}");
    }
}

/// The usual algorithm's number of words grows with the noise.
#[test]
fn a28_a_sampler_that_tells_is_told() {
    let correlation = correlation(|rng| oracle::discrete_laplace(1000, 1, rng));
    assert!(correlation > 0.1, "{correlation}");
}
