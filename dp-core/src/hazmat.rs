//! Sharp tools, behind the feature `hazmat`: for benchmarks, and for authors who have a proof of
//! their own for what they do with them.
//!
//! | I have | I write |
//! |---|---|
//! | a better formula for how much noise is enough | [`Proven`] and [`Calibration`]: it sees no data |
//! | another way to answer | [`Proven`] and [`Mechanism`]: it sees the private input of an [`Opened`] query |
//! | an algorithm that puts releases together | neither, nor this feature: it takes a [`Ledger`](crate::Ledger) that was allotted to it |
//!
//! `tests/third_party.rs` has one of each. The sentence of [`Proven`] is published in every record, in
//! the author's name: nobody else checks it. What a mechanism must see to:
//!
//! - The answer and everything else that others can observe are as private as its currency says, for
//!   [`Opened::loss`] and any two inputs that [`Opened::sensitivity`] allows.
//! - Randomness comes from the generator that it is given, so that the record says where from and
//!   a failure of it ends in no answer.
//! - Nothing of the input is left anywhere but in the answer: no copies, no logs.
//!
//! The samplers here are noise that no budget has paid for. No release asks whether such a draw was
//! noise: ask [`NoiseRng::usable`](crate::NoiseRng::usable) after it.

use crate::{Answer, NoiseRng, Statistic};
pub use crate::{
    mechanism::{Calibration, Mechanism},
    proof::{Draw, Opened, Proven},
    sampler::{ConstantTimeLaplace, DiscreteGaussian, DiscreteLaplace, RoundedGaussian},
};

/// The private number of a statistic, or several, in whole grid steps: what one unit moves by at most
/// the sensitivity. Each is below 2^123 in magnitude.
pub fn steps<T: Answer>(query: &Statistic<T>) -> &T::Steps {
    query.steps.expose_to_owner()
}

/// One step of a statistic, in the unit of its answer: the number of steps times this is the answer
/// without noise.
pub fn step<T: Answer>(query: &Statistic<T>) -> f64 {
    query.step()
}

/// Uniform over `0..2^64`: a word of the generator, which every other draw is made of.
#[derive(Clone, Copy, Debug)]
pub struct Word;

impl Draw for Word {
    #[inline]
    fn draw(&self, rng: &mut NoiseRng) -> i128 {
        rng.next_u64().into()
    }
}
