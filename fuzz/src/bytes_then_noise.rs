use std::convert::Infallible;

use rand::{SeedableRng, TryCryptoRng, TryRng, rand_core::utils};
use rand_chacha::ChaCha12Rng;

/// Yields the fuzzer's bytes first and then those of a seeded generator, so that every draw that
/// rejects until something fits comes to an end.
#[derive(Debug)]
pub struct BytesThenNoise {
    bytes: Vec<u8>,
    next: usize,
    tail: ChaCha12Rng,
}

impl BytesThenNoise {
    /// A generator that begins with at most 512 of these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        let bytes = bytes[..bytes.len().min(512)].to_vec();
        Self { bytes, next: 0, tail: ChaCha12Rng::seed_from_u64(0) }
    }
}

impl TryRng for BytesThenNoise {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        let given = into.len().min(self.bytes.len() - self.next);
        let (first, rest) = into.split_at_mut(given);
        first.copy_from_slice(&self.bytes[self.next..][..given]);
        self.next += given;
        self.tail.try_fill_bytes(rest)
    }
}

/// It is not, and nothing secret is drawn from it.
impl TryCryptoRng for BytesThenNoise {}
