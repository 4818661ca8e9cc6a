use std::{hint::black_box, mem};

use rand::{SeedableRng, TryCryptoRng, rand_core::block::Generator};
// The one place that decides the number of rounds.
use rand_chacha::ChaCha12Core as Cipher;

use crate::Error;

/// Random words, 4 KiB at a time: each is erased as it is taken.
///
/// Erasing words is worth nothing while their key is still there. So each refill is the keystream
/// of a key that is used for this alone; its first 32 bytes are never given out, but become the key
/// of the next refill, and it overwrites the key it came from ([Bernstein17], *fast key erasure*).
/// To go back from what is kept to what was given out, one would have to invert `ChaCha`.
///
/// A keystream is a sequence of 32-bit numbers, and two of them make a word, the low one first: no
/// step depends on the byte order of the machine. On the heap, so that a move leaves no copy.
///
/// [Bernstein17]: https://blog.cr.yp.to/20170723-random.html
pub(super) struct Buffer {
    halves: Box<[u32; HALVES]>,
    /// The first word that was not taken.
    next: usize,
}

const BYTES: usize = 4096;
const HALVES: usize = BYTES / size_of::<u32>();
const WORDS: usize = BYTES / size_of::<u64>();
const KEY_BYTES: usize = 32;
const KEY_HALVES: usize = KEY_BYTES / size_of::<u32>();
const KEY_WORDS: usize = KEY_BYTES / size_of::<u64>();

impl Buffer {
    /// Empty, with the key that is `seed` and zeros.
    #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
    pub(super) fn from_seed(seed: u64) -> Self {
        let mut halves = Box::new([0; HALVES]);
        (halves[0], halves[1]) = (seed as u32, (seed >> u32::BITS) as u32);
        Self { halves, next: WORDS }
    }

    /// Empty, with a key from `generator`.
    pub(super) fn rekey<G: TryCryptoRng>(&mut self, generator: &mut G) -> Result<(), G::Error> {
        self.erase();
        let mut key = [0; KEY_BYTES];
        let filled = generator.try_fill_bytes(&mut key);
        self.put(&key);
        erase(&mut key);
        filled
    }

    /// The next words, unless a refill is due before the last of them.
    #[inline]
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u64; N]> {
        let words = self.halves.as_chunks_mut().0.get_mut(self.next..)?.first_chunk_mut::<N>()?;
        self.next += N;
        Some(
            mem::replace(words, [[0; 2]; N])
                .map(|[low, high]| u64::from(low) | u64::from(high) << u32::BITS),
        )
    }

    /// The next refill from the key that the last one left.
    pub(super) fn expand(&mut self) {
        let mut key = [0; KEY_BYTES];
        for (bytes, half) in key.as_chunks_mut().0.iter_mut().zip(&self.halves[..KEY_HALVES]) {
            *bytes = half.to_le_bytes();
        }
        let mut cipher = Cipher::from_seed(key);
        for block in self.halves.as_chunks_mut().0 {
            cipher.generate(block);
        }
        self.next = KEY_WORDS;
        erase(&mut key);
        cipher = Cipher::from_seed(key);
        black_box(&mut cipher);
    }

    /// A refill from somewhere else; no key is kept.
    pub(super) fn fill(
        &mut self,
        by: impl FnOnce(&mut [u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.erase();
        let mut bytes = [0; BYTES];
        let filled = by(&mut bytes);
        self.put(&bytes);
        erase(&mut bytes);
        filled?;
        // Of sound generators, one in 2^32000 does so.
        let stuck = self.halves.as_chunks::<2>().0.windows(2).all(|pair| pair[0] == pair[1]);
        if stuck {
            return Err(Error::Randomness);
        }
        self.next = 0;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) {
        for (half, bytes) in self.halves.iter_mut().zip(bytes.as_chunks().0) {
            *half = u32::from_le_bytes(*bytes);
        }
    }

    fn erase(&mut self) {
        erase(&mut *self.halves);
        self.next = WORDS;
    }

    /// What is left in memory.
    #[cfg(test)]
    pub(super) fn words(&self) -> &[[u32; 2]] {
        self.halves.as_chunks().0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.erase();
    }
}

/// Zeros that the compiler has been asked, in the only way that safe code has, not to leave out.
fn erase<T: Copy + Default>(secret: &mut [T]) {
    secret.fill(T::default());
    black_box(secret);
}
