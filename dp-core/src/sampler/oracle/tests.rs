use super::*;
use crate::sampler::tests::chi_square::{chance, is_credible};

const DRAWS: usize = 500_000;

#[test]
fn a25_uniform_draws_are_uniform_below_awkward_limits() {
    let mut rng = NoiseRng::seeded(500);
    for below in [3_u128, 5, (1 << 63) + 1, (1 << 64) + 1, 3 << 62, (1 << 120) - 1] {
        let third = below.div_ceil(3);
        let sizes = [third, third, below - 2 * third];
        let mut thirds = [0; 3];
        for _ in 0..DRAWS {
            let draw = uniform_below(below, &mut rng);
            assert!(draw < below);
            thirds[usize::try_from(draw / third).expect("a third")] += 1;
        }
        let chance = chance(&thirds, &sizes.map(|size| size as f64 / below as f64));
        assert!(is_credible(chance), "below {below}: {chance:e}");
    }
}

/// What is wrong with a remainder: of 2^64 words, `2^64 mod n` numbers have one more.
#[test]
fn a25_a_remainder_is_not_uniform() {
    let below = 3_u64 << 62;
    let mut rng = NoiseRng::seeded(501);
    let mut thirds = [0; 3];
    for _ in 0..DRAWS {
        thirds[usize::try_from((rng.next_u64() % below) >> 62).expect("a third")] += 1;
    }
    assert!(!is_credible(chance(&thirds, &[1.0 / 3.0; 3])));
}

#[test]
fn noise_beyond_128_bits_never_wraps() {
    assert_eq!(quotient(0, 100, 1, 4), 25, "a hundred blocks of 1/4");
    assert_eq!(quotient(5, 64, 1 << 100, 3), ((64_i128 << 100) + 5) / 3);
    assert_eq!(quotient(0, u64::MAX, 1 << 120, 1), i128::MAX);
    assert_eq!(quotient(0, 256, 1 << 120, 1), i128::MAX, "2^128 exactly");
    assert_eq!(quotient((1 << 120) - 1, 200, 1 << 120, 1), i128::MAX);
}
