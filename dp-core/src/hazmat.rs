//! Sharp tools, behind the feature `hazmat`: noise that no budget has paid for.
//!
//! For benchmarks, and for authors who have a proof of their own for what they do with it. No
//! release asks whether a draw was noise: ask [`NoiseRng::usable`](crate::NoiseRng::usable) after it.

use crate::NoiseRng;
pub use crate::{
    proof::Draw,
    sampler::{ConstantTimeLaplace, DiscreteGaussian, DiscreteLaplace, RoundedGaussian},
};

/// Uniform over `0..2^64`: a word of the generator, which every other draw is made of.
#[derive(Clone, Copy, Debug)]
pub struct Word;

impl Draw for Word {
    #[inline]
    fn draw(&self, rng: &mut NoiseRng) -> i128 {
        rng.next_u64().into()
    }
}
