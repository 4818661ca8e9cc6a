use std::{collections::HashSet, io};

use rand::{Rng, SeedableRng, TryRng};
use rand_chacha::ChaCha12Rng;

use super::*;

/// What one refill gives: 4 KiB without the next key.
const REFILL: usize = 508;

impl NoiseRng {
    /// As the child of a fork would find it.
    pub(crate) fn forked(mut self) -> Self {
        self.process ^= 1;
        self
    }

    fn words(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.next_u64()).collect()
    }
}

/// A caller's generator that does this when it is asked for bytes.
pub(crate) struct Caller<F>(F);

impl<F: FnMut(&mut [u8]) -> io::Result<()>> TryRng for Caller<F> {
    type Error = io::Error;

    fn try_next_u32(&mut self) -> Result<u32, io::Error> {
        unreachable!("words are asked for in bulk")
    }

    fn try_next_u64(&mut self) -> Result<u64, io::Error> {
        unreachable!("words are asked for in bulk")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), io::Error> {
        self.0(bytes)
    }
}

impl<F: FnMut(&mut [u8]) -> io::Result<()>> TryCryptoRng for Caller<F> {}

/// One that fails once it has given `left` bytes, and works from then on.
pub(crate) fn failing_after(
    mut left: usize,
) -> Caller<impl FnMut(&mut [u8]) -> io::Result<()> + Send> {
    let mut generator = ChaCha12Rng::from_seed([7; 32]);
    Caller(move |bytes: &mut [u8]| {
        let given = bytes.len().min(left);
        generator.fill_bytes(&mut bytes[..given]);
        left -= given;
        if given == bytes.len() {
            return Ok(());
        }
        left = usize::MAX;
        Err(io::ErrorKind::UnexpectedEof.into())
    })
}

/// One that gives the same byte, or counts up, and says that all is well.
fn counting(mut next: u8, step: u8) -> Caller<impl FnMut(&mut [u8]) -> io::Result<()> + Send> {
    Caller(move |bytes: &mut [u8]| {
        for byte in bytes {
            *byte = next;
            next = next.wrapping_add(step);
        }
        Ok(())
    })
}

/// The schedule as the paper has it, over bytes: whoever holds a key draws 4 KiB, keeps the first
/// 32 bytes as the next key, and gives out the rest.
fn fast_key_erasure(seed: u64, refills: usize) -> Vec<u64> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut words = Vec::new();
    for _ in 0..refills {
        let mut bytes = [0; 4096];
        ChaCha12Rng::from_seed(key).fill_bytes(&mut bytes);
        key.copy_from_slice(&bytes[..32]);
        words.extend(
            bytes[32..]
                .chunks(8)
                .map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes"))),
        );
    }
    words
}

#[test]
fn the_stream_is_that_of_fast_key_erasure() {
    for seed in [0, 1, 2026, u64::MAX] {
        let expected = fast_key_erasure(seed, 3);
        assert_eq!(NoiseRng::seeded(seed).words(3 * REFILL), expected, "seed {seed}");
    }
}

/// From a program of its own, in another language and with a `ChaCha` of its own. Changing these is
/// a value-breaking change: note it in the CHANGELOG.
#[test]
fn a48_the_first_words_of_a_seed_are_pinned() {
    let words = NoiseRng::seeded(2026).words(REFILL + 1);
    assert_eq!(words[..4], PINNED);
    assert_eq!(words[REFILL], FIRST_OF_THE_SECOND_REFILL);
}

const PINNED: [u64; 4] =
    [0x3227_640d_8644_7810, 0xe624_c737_8aec_2b11, 0xa72e_2643_f959_b4ad, 0xe7e0_3b9a_243a_2542];
const FIRST_OF_THE_SECOND_REFILL: u64 = 0x6c60_c9ba_8ad5_0cbf;

#[test]
fn a_word_is_erased_as_it_is_taken() {
    let mut rng = NoiseRng::seeded(1);
    for taken in 1..=REFILL {
        let word = rng.next_u64();
        let left = rng.buffer.words();
        assert!(left[4..4 + taken].iter().all(|&word| word == [0, 0]), "{taken} were taken");
        assert!(left[4 + taken..].iter().all(|&word| word != [0, 0]), "{taken} were taken");
        assert!(left.iter().all(|&[low, high]| u64::from(low) | u64::from(high) << 32 != word));
    }
}

#[test]
fn a_refill_keeps_nothing_of_the_key_that_it_came_from() {
    let mut rng = NoiseRng::seeded(1);
    rng.words(REFILL);
    let key: HashSet<[u32; 2]> = rng.buffer.words()[..4].iter().copied().collect();
    rng.next_u64();
    assert!(rng.buffer.words().iter().all(|word| !key.contains(word)));
}

#[test]
fn a26_a_generator_from_before_a_fork_refuses_to_work() {
    let rng = NoiseRng::system().expect("randomness");
    assert!(rng.usable().is_ok());
    assert!(matches!(rng.forked().usable(), Err(Error::Forked)));
}

#[test]
fn a26_a_fork_is_noticed_at_a_refill_too() {
    let mut rng = NoiseRng::seeded(1).forked();
    assert!(rng.intact().is_ok(), "nothing was drawn yet");
    let words = rng.words(2 * REFILL);
    assert!(matches!(rng.intact(), Err(Error::Forked)));
    assert_ne!(words, NoiseRng::seeded(1).words(2 * REFILL), "the noise of the twin");
}

#[test]
fn a26_reseeding_adopts_a_fork_where_there_is_something_fresh_to_take() {
    let mut system = NoiseRng::system().expect("randomness").forked();
    system.next_u64();
    system.reseed().expect("randomness");
    assert!(system.usable().is_ok());

    let caller = NoiseRng::trusting(failing_after(usize::MAX)).expect("sound");
    for mut rng in [NoiseRng::seeded(1), caller].map(NoiseRng::forked) {
        assert!(matches!(rng.reseed(), Err(Error::Forked)), "{rng:?}");
        assert!(matches!(rng.usable(), Err(Error::Forked)), "{rng:?}");
    }
}

#[test]
fn two_generators_from_the_system_draw_different_noise() {
    let draw = || NoiseRng::system().expect("randomness").next_u64();
    assert_ne!(draw(), draw());
}

#[test]
fn a26_reseeding_drops_what_was_buffered() {
    let mut rng = NoiseRng::system().expect("randomness");
    rng.next_u64();
    let buffered: HashSet<[u32; 2]> = rng.buffer.words().iter().copied().collect();
    rng.reseed().expect("randomness");
    for word in rng.words(2 * REFILL) {
        assert!(!buffered.contains(&[word as u32, (word >> 32) as u32]));
    }
}

#[test]
fn reseeding_leaves_a_fixed_seed_as_it_is() {
    let mut rng = NoiseRng::seeded(5);
    let mut words = rng.words(10);
    rng.reseed().expect("nothing can fail");
    words.extend(rng.words(REFILL));
    assert_eq!(words, NoiseRng::seeded(5).words(10 + REFILL));
}

#[test]
fn a27_after_a_failed_reseed_nothing_is_released_until_one_succeeds() {
    let mut rng = NoiseRng::system().expect("randomness");
    for left in [0, 1, 31] {
        let reseeded = rng.reseed_from(&mut failing_after(left));
        assert!(matches!(reseeded, Err(Error::Randomness)));
        rng.words(2 * REFILL);
        assert!(matches!(rng.usable(), Err(Error::Randomness)), "after {left} bytes");
    }
    rng.reseed().expect("randomness");
    assert!(rng.usable().is_ok());
}

#[test]
fn a27_a_caller_s_generator_that_fails_or_sticks_is_refused() {
    for left in [0, 1, 4095] {
        assert!(matches!(NoiseRng::trusting(failing_after(left)), Err(Error::Randomness)));
    }
    for byte in [0, 1, 255] {
        assert!(matches!(NoiseRng::trusting(counting(byte, 0)), Err(Error::Randomness)));
    }
}

#[test]
fn a27_words_after_a_failure_never_repeat_so_that_every_draw_ends() {
    let mut rng = NoiseRng::trusting(failing_after(4096)).expect("4 KiB of it");
    rng.words(512);
    assert!(rng.usable().is_ok(), "all were true words");
    let words: HashSet<u64> = rng.words(4 * REFILL).into_iter().collect();
    assert_eq!(words.len(), 4 * REFILL);
    assert!(matches!(rng.usable(), Err(Error::Randomness)));
    rng.reseed().expect("it has recovered");
    assert!(rng.usable().is_ok());
}

#[test]
fn a_caller_s_bytes_are_words_with_the_low_byte_first() {
    let mut rng = NoiseRng::trusting(counting(0, 7)).expect("not stuck");
    assert_eq!(rng.source(), Source::Caller);
    assert_eq!(rng.next_u64(), u64::from_le_bytes([0, 7, 14, 21, 28, 35, 42, 49]));
    rng.words(510);
    assert_eq!(rng.buffer.words()[..511], [[0, 0]; 511], "erased as they are taken");
}

#[test]
fn debug_shows_nothing_of_the_state() {
    let debug = format!("{:?}", NoiseRng::seeded(7));
    assert_eq!(debug, "NoiseRng { source: Seed, .. }");
}
