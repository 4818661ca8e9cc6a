use std::fmt;

use rand::{Rng, SeedableRng, rngs::SysRng};
use rand_chacha::ChaCha20Rng;

use crate::Error;

/// The generator of all noise: `ChaCha20`, seeded by the operating system.
///
/// One concrete type, so that a record can say where noise came from and no signature carries a
/// generator parameter. Neither `Clone` nor `Serialize`: a copy would draw the same noise again,
/// and the difference of two releases would be the difference of the data. For the same reason a
/// generator that crossed a fork refuses to work, and a restored snapshot of a machine, which
/// nothing in it can notice, repeats its noise.
pub struct NoiseRng {
    generator: ChaCha20Rng,
    source: Source,
    /// The process that seeded it.
    process: u32,
}

/// Where a generator's seed came from; part of every [`Record`](crate::Record).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Source {
    /// The operating system.
    System,
    /// A fixed seed: for tests. Such noise hides nothing from whoever knows the seed.
    Seed,
}

impl NoiseRng {
    /// A generator with a fresh seed of 256 bits.
    ///
    /// # Errors
    /// [`Error::Randomness`] when the operating system has none.
    pub fn system() -> Result<Self, Error> {
        let generator = ChaCha20Rng::try_from_rng(&mut SysRng).map_err(|_| Error::Randomness)?;
        Ok(Self { generator, source: Source::System, process: std::process::id() })
    }

    /// The same noise every time, for tests; marked in every record.
    pub fn seeded(seed: u64) -> Self {
        let generator = ChaCha20Rng::seed_from_u64(seed);
        Self { generator, source: Source::Seed, process: std::process::id() }
    }

    /// Where the seed came from.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Fails in a process other than the one that seeded it, where its twin goes on.
    pub(crate) fn usable(&self) -> Result<(), Error> {
        if self.process == std::process::id() { Ok(()) } else { Err(Error::Forked) }
    }

    /// As the child of a fork would find it.
    #[cfg(test)]
    pub(crate) fn forked(mut self) -> Self {
        self.process ^= 1;
        self
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.generator.next_u64()
    }
}

/// Nothing of the state, from which past and future noise could be computed.
impl fmt::Debug for NoiseRng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoiseRng").field("source", &self.source).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a26_a_generator_from_before_a_fork_refuses_to_work() {
        let rng = NoiseRng::system().expect("randomness");
        assert!(rng.usable().is_ok());
        assert!(matches!(rng.forked().usable(), Err(Error::Forked)));
    }

    #[test]
    fn two_generators_from_the_system_draw_different_noise() {
        let draw = || NoiseRng::system().expect("randomness").next_u64();
        assert_ne!(draw(), draw());
    }

    #[test]
    fn debug_shows_nothing_of_the_state() {
        let debug = format!("{:?}", NoiseRng::seeded(7));
        assert_eq!(debug, "NoiseRng { source: Seed, .. }");
    }
}
