//! Sharp tools, behind the feature `hazmat`: noise that no budget has paid for.
//!
//! For benchmarks, and for authors who have a proof of their own for what they do with it.

pub use crate::{
    proof::Draw,
    sampler::{ConstantTimeLaplace, DiscreteGaussian, DiscreteLaplace, RoundedGaussian},
};
