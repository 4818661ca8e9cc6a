//! `rand_distr`: continuous floating-point noise, whose low bits tell of the data it was added to.
//! It protects nobody and is here as the speed that noise could have if it did not have to.

use std::hint::black_box;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Exp1, Normal};

use crate::{Law, Noise, Scale, VECTOR, Work};

/// Its distributions with the generator that ours has.
pub fn noise(law: Law, scale: Scale) -> Noise {
    let scale = scale.value();
    match law {
        Law::Laplace | Law::ConstantTimeLaplace => drawn(Laplace { scale }),
        Law::RoundedGaussian | Law::DiscreteGaussian => {
            drawn(Normal::new(0.0, scale).expect("a positive deviation"))
        }
    }
}

/// It has none, so as one would make it: an exponential variable with a sign.
#[derive(Clone, Copy)]
struct Laplace {
    scale: f64,
}

impl Distribution<f64> for Laplace {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let magnitude: f64 = Exp1.sample(rng);
        // Not by a branch, which would be guessed wrongly half of the time.
        f64::from_bits((self.scale * magnitude).to_bits() | (u64::from(rng.next_u32()) >> 31 << 63))
    }
}

fn drawn(distribution: impl Distribution<f64> + Copy + 'static) -> Noise {
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    let scalar =
        Work::repeated(1, move || black_box(0.0) + black_box(&distribution).sample(&mut rng));
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    let data = vec![0.0; VECTOR as usize];
    let mut noisy = data.clone();
    let vector = Work::repeated(VECTOR, move || {
        for (noisy, value) in noisy.iter_mut().zip(black_box(&data)) {
            *noisy = value + distribution.sample(&mut rng);
        }
        black_box(&noisy);
    });
    Noise { scalar, vector: Some(vector) }
}
