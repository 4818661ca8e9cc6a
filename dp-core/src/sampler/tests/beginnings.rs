//! Generators that begin with chosen words, since chance never leads to the tails.

use std::convert::Infallible;

use rand::{Rng, SeedableRng, TryCryptoRng, TryRng};
use rand_chacha::ChaCha12Rng;

use crate::NoiseRng;

/// One whose first words are these; the others are random, and follow from `seed`.
pub(in crate::sampler) fn beginning_with(words: &[u64], seed: u64) -> NoiseRng {
    let words = words.to_vec();
    let generator = Beginning { words, rest: ChaCha12Rng::seed_from_u64(seed) };
    NoiseRng::trusting(generator).expect("it never fails")
}

struct Beginning {
    words: Vec<u64>,
    rest: ChaCha12Rng,
}

impl TryRng for Beginning {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("words are asked for in bulk")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("words are asked for in bulk")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.rest.fill_bytes(bytes);
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(self.words.drain(..)) {
            *bytes = word.to_le_bytes();
        }
        Ok(())
    }
}

impl TryCryptoRng for Beginning {}

#[test]
fn chosen_words_come_first() {
    let mut rng = beginning_with(&[5, u64::MAX], 1);
    assert_eq!((rng.next_u64(), rng.next_u64()), (5, u64::MAX));
    let words: Vec<u64> = (0..1000).map(|_| rng.next_u64()).collect();
    let mut other = beginning_with(&[6, 7], 1);
    assert_eq!((other.next_u64(), other.next_u64()), (6, 7));
    assert!(words.iter().all(|&word| word == other.next_u64()));
}
