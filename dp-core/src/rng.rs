//! Where noise comes from, and when there is none.

use std::{fmt, process};

use rand::{TryCryptoRng, rngs::SysRng};

use crate::Error;
use buffer::Buffer;

mod buffer;

/// The generator of all noise: `ChaCha12` with fast key erasure, seeded by the operating system.
///
/// One concrete type, so that a record can say where noise came from and no signature carries a
/// generator parameter. What is true of it:
///
/// - **Nothing is drawn twice.** It is neither `Clone` nor `Serialize`: a copy would draw the same
///   noise again, and the difference of two releases would be the difference of the data. A fork
///   copies it all the same, so it remembers its process: a release in another one is
///   [`Error::Forked`]. (A child with the id of its parent, as the first process of a new namespace
///   can have, passes unnoticed. So does a machine that is resumed from a snapshot. [`reseed`] in
///   the child, and before each release on a machine of which snapshots are taken.)
/// - **What was drawn is gone.** Every word is erased as it is taken, and each refill of 4 KiB
///   begins with the key of the next and forgets its own ([Bernstein17]). Whoever reads this
///   memory later learns the noise to come, never the noise that was. The rest is erased on drop.
///   Copies that the compiler made, in registers or on the stack, are out of reach.
/// - **A failure is never noise.** When the source of randomness fails, [`Receipt::release`] gives
///   an error instead of an answer, until a [`reseed`] succeeds. The charge stays.
///
/// Twelve rounds are what `rand`'s own `StdRng` has. The best attack known reaches seven, at a cost
/// that no one can pay ([Aumasson19] gives the margin, and would settle for eight).
///
/// [Bernstein17]: https://blog.cr.yp.to/20170723-random.html
/// [Aumasson19]: https://eprint.iacr.org/2019/1492
/// [`reseed`]: Self::reseed
/// [`Receipt::release`]: crate::Receipt::release
pub struct NoiseRng {
    buffer: Buffer,
    origin: Origin,
    /// The process that seeded it.
    process: u32,
    /// The words are no noise: nothing may be released.
    failed: bool,
}

enum Origin {
    System,
    Seed,
    Caller(Box<Fill>),
}

/// Fills bytes, or fails.
type Fill = dyn FnMut(&mut [u8]) -> Result<(), Error> + Send;

/// Where a generator's randomness came from; part of every [`Record`](crate::Record).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Source {
    /// The operating system.
    System,
    /// A fixed seed: for tests. Such noise hides nothing from whoever knows the seed.
    Seed,
    /// A generator that the caller brought and vouches for.
    Caller,
}

impl NoiseRng {
    /// A generator with a fresh seed of 256 bits from the operating system.
    ///
    /// # Errors
    /// [`Error::Randomness`] when the operating system has none.
    pub fn system() -> Result<Self, Error> {
        Self::new(Origin::System, 0).reseeded()
    }

    /// A generator whose every word comes from `generator`, for those who must use a certain one,
    /// such as a certified device. Marked in every record as [`Source::Caller`].
    ///
    /// It is asked for 4 KiB at a time, the first at once, and used as it is: that its words cannot
    /// be predicted, repeated or computed from its later state is the caller's to know. Only a
    /// refill that repeats one word throughout, such as nothing but zeros, is refused as a failure;
    /// no other fault can be told from randomness.
    ///
    /// Any generator of `rand` 0.10 that says it is cryptographic will do, also one that cannot fail:
    ///
    /// ```
    /// # use dp_core::{Error, NoiseRng, Source};
    /// # fn main() -> Result<(), Error> {
    /// let device = rand::rngs::SysRng; // whatever implements `rand::TryCryptoRng`
    /// let rng = NoiseRng::trusting(device)?;
    /// assert_eq!(rng.source(), Source::Caller);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Randomness`] when `generator` fails, or repeats one word throughout a refill.
    pub fn trusting<G: TryCryptoRng + Send + 'static>(mut generator: G) -> Result<Self, Error> {
        let fill =
            move |bytes: &mut [u8]| generator.try_fill_bytes(bytes).map_err(|_| Error::Randomness);
        Self::new(Origin::Caller(Box::new(fill)), 0).reseeded()
    }

    /// The same noise every time and on every platform, for tests; marked in every record.
    pub fn seeded(seed: u64) -> Self {
        Self::new(Origin::Seed, seed)
    }

    fn new(origin: Origin, seed: u64) -> Self {
        let buffer = Buffer::from_seed(seed);
        Self { buffer, origin, process: process::id(), failed: false }
    }

    fn reseeded(mut self) -> Result<Self, Error> {
        self.reseed()?;
        Ok(self)
    }

    /// Begins anew with fresh randomness; what was buffered is dropped.
    ///
    /// A system's generator takes a new seed of 256 bits from the operating system. That makes it
    /// safe in the child of a fork, and on a machine that was resumed from a snapshot: what it draws
    /// from then on has nothing in common with what any copy of it draws.
    ///
    /// A caller's generator is asked for new words. One with a fixed seed has nothing fresh to take
    /// and simply goes on. In the child of a fork neither can be told from its twin: both stay
    /// refused.
    ///
    /// # Errors
    /// [`Error::Randomness`] when the source fails: nothing can be released until a call succeeds.
    /// [`Error::Forked`] in another process, unless this is a system's generator.
    pub fn reseed(&mut self) -> Result<(), Error> {
        match self.origin {
            Origin::System => self.reseed_from(&mut SysRng),
            Origin::Seed => self.usable(),
            Origin::Caller(_) => {
                self.failed = false;
                self.renew_or_fail()
            }
        }
    }

    fn reseed_from(&mut self, generator: &mut impl TryCryptoRng) -> Result<(), Error> {
        if self.buffer.rekey(generator).is_err() {
            self.fail();
            return Err(Error::Randomness);
        }
        (self.process, self.failed) = (process::id(), false);
        Ok(())
    }

    /// Where the randomness comes from.
    pub fn source(&self) -> Source {
        match self.origin {
            Origin::System => Source::System,
            Origin::Seed => Source::Seed,
            Origin::Caller(_) => Source::Caller,
        }
    }

    /// Whether this is the process that seeded it and its source has not failed, so that what it
    /// has drawn is noise. A release asks by itself; whoever draws without one asks *after* it.
    ///
    /// # Errors
    /// [`Error::Forked`] in another process, where its twin goes on, and [`Error::Randomness`]
    /// after a failure.
    pub fn usable(&self) -> Result<(), Error> {
        if self.process != process::id() {
            return Err(Error::Forked);
        }
        self.intact()
    }

    /// The process that seeded it: where it is usable, the present one.
    pub(crate) fn process(&self) -> u32 {
        self.process
    }

    /// As [`usable`](Self::usable) at the end of a draw, at whose beginning the process was asked for
    /// already: no system call.
    pub(crate) fn intact(&self) -> Result<(), Error> {
        if !self.failed {
            return Ok(());
        }
        Err(if self.process == process::id() { Error::Randomness } else { Error::Forked })
    }

    /// The next word. After a failure it is a throwaway one: samplers reject until a draw fits,
    /// and must end.
    #[inline]
    pub(crate) fn next_u64(&mut self) -> u64 {
        match self.buffer.take() {
            Some([word]) => word,
            None => self.refill(),
        }
    }

    /// The next words, as from so many calls of [`next_u64`](Self::next_u64), but at once.
    #[inline]
    pub(crate) fn next_words<const N: usize>(&mut self) -> [u64; N] {
        self.buffer.take().unwrap_or_else(|| self.next_words_one_by_one())
    }

    #[cold]
    #[inline(never)]
    fn next_words_one_by_one<const N: usize>(&mut self) -> [u64; N] {
        [(); N].map(|()| self.next_u64())
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self) -> u64 {
        if self.failed || self.renew_or_fail().is_err() {
            self.buffer.expand();
        }
        let [word] = self.buffer.take().expect("it was just filled");
        word
    }

    fn renew_or_fail(&mut self) -> Result<(), Error> {
        self.renew().inspect_err(|_| self.fail())
    }

    fn renew(&mut self) -> Result<(), Error> {
        self.usable()?;
        match &mut self.origin {
            Origin::System | Origin::Seed => {
                self.buffer.expand();
                Ok(())
            }
            Origin::Caller(fill) => self.buffer.fill(fill),
        }
    }

    /// From here on words are known to everybody, and only good to end a draw with.
    fn fail(&mut self) {
        self.buffer = Buffer::from_seed(0);
        self.failed = true;
    }
}

/// Nothing of the state, from which future noise could be computed.
impl fmt::Debug for NoiseRng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoiseRng").field("source", &self.source()).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
