//! `prio`'s module `dp`: exact, with big numbers, whole numbers only, one at a time.

use std::hint::black_box;

use prio::dp::{
    Rational,
    distributions::{DiscreteGaussian, DiscreteLaplace},
};
use rand::{SeedableRng, distr::Distribution};
use rand_chacha::ChaCha12Rng;

use crate::{Law, Noise, Output, Scale, Work};

/// Its distributions with `ChaCha12`, which is the generator of `rand`'s threads.
pub fn noise(law: Law, output: Output, scale: Scale) -> Option<Noise> {
    if output == Output::Float {
        return None;
    }
    let scalar = match law {
        Law::Laplace | Law::ConstantTimeLaplace => drawn(laplace(scale)),
        Law::RoundedGaussian | Law::DiscreteGaussian => drawn(gaussian(scale)),
    };
    Some(Noise { scalar, vector: None })
}

/// Its discrete Laplace distribution.
pub fn laplace(scale: Scale) -> DiscreteLaplace {
    DiscreteLaplace::new(rational(scale)).expect("a positive scale")
}

/// Its discrete Gaussian distribution.
pub fn gaussian(deviation: Scale) -> DiscreteGaussian {
    DiscreteGaussian::new(rational(deviation)).expect("a positive deviation")
}

fn drawn<T>(distribution: impl Distribution<T> + 'static) -> Work {
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    Work::repeated(1, move || black_box(&distribution).sample(&mut rng))
}

fn rational(scale: Scale) -> Rational {
    let (numerator, denominator) = (scale.numerator, scale.denominator);
    Rational::from_unsigned(numerator, denominator).expect("its denominator is not 0")
}
