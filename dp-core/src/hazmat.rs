//! Sharp tools, behind the feature `hazmat`: noise that no budget has paid for.
//!
//! For benchmarks, and for authors who have a proof of their own for what they do with it. No
//! release asks whether a draw was noise: ask [`NoiseRng::usable`](crate::NoiseRng::usable) after it.

pub use crate::{
    proof::Draw,
    sampler::{ConstantTimeLaplace, DiscreteGaussian, DiscreteLaplace, RoundedGaussian},
};
