use super::{
    exponential::{QUICK_ERROR, quick},
    high_product,
    point::Point,
    real::{Enclosure, Real, Uniform, is_below_exponential},
    scale::Scale,
    signed,
    wide::Wide,
    ziggurat::trailing_ones,
};
use crate::{NoiseRng, proof::Draw};

/// The discrete Laplace law of [`DiscreteLaplace`](super::DiscreteLaplace), drawn in a time that
/// says nothing of the draw.
///
/// A trial takes two words. Coins choose a block `[kb, (k + 1)b)`, with probability `2^−(k+1)`, a
/// uniform number chooses a point `x` of it, and `x` is kept with probability `2^k e^−x`, which
/// leaves exactly an exponential `x`, since `b ≥ ln 2`. Then `⌊scale · x⌋` gets a sign, and of the
/// two zeros one is tried anew.
///
/// Why time says nothing: how many trials it takes is independent of what the last one keeps,
/// because trials are; and each trial runs the same instructions and reads no table, whatever `x`
/// is. Where that fails, a longer computation starts: the coin of the acceptance is undecided by
/// its 24 digits (one trial in 2^24, for every `x` alike), the floor is undecided by the 64 digits
/// of `x` (about one in `2^57 / scale`, for every value alike), or the point is 39 blocks out (one
/// in 2^39). So for scales above 2^32 steps, take the guarantee as that much weaker.
#[derive(Clone, Copy, Debug)]
pub struct ConstantTimeLaplace {
    /// For a quarter of a point: points up to 64 then fit where others reach 16.
    scale: Scale,
    error: u64,
}

/// How many coins a word has.
const COINS: u32 = 39;

/// `b`, in units of 2^-60: ln 2, rounded up, by less than one unit.
const BLOCK: u64 = 799_144_290_325_165_979;

/// What a trial's error can be at most in units of 2^-63: that of the exponential, and eight times
/// that of its argument, which is rounded down and up to 39 units of `b − ln 2` too small.
const ERROR: u64 = QUICK_ERROR + 8 * 64;

impl ConstantTimeLaplace {
    /// Of a scale of `numerator / denominator` steps, for `1 ≤ numerator ≤ 2^120` and
    /// `1 ≤ denominator < 2^40`.
    pub fn new(numerator: u128, denominator: u64) -> Self {
        Self { scale: Scale::floor(numerator << 2, denominator), error: ERROR }
    }

    /// One trial: a sign and a magnitude, or nothing.
    #[inline]
    fn attempt(&self, rng: &mut NoiseRng) -> Option<(bool, i128)> {
        let (across, word) = (rng.next_u64(), rng.next_u64());
        // 39 bits of coins, 24 of the acceptance's, one of sign.
        let block = (word | 1 << COINS).trailing_zeros();
        let share = word >> COINS & 0xff_ffff;
        let negative = word >> 63 == 1;
        let offset = high_product(across, BLOCK);
        // 2^k e^−x = exp(−(x − k ln 2)), nearly exp(−(x − kb)).
        let limit = quick(offset);
        let (least, most) = (share << 39, (share + 1) << 39);
        let kept = most.saturating_add(self.error) <= limit;
        let open = least < limit.saturating_add(self.error);
        if kept != open || block == COINS {
            return self.attempt_slowly(across, share, block, negative, rng);
        }
        if !kept {
            return None;
        }
        // A quarter of x, off by less than a unit for each block and two more.
        let low = u64::from(block) * (BLOCK >> 2) + (offset >> 2);
        let magnitude = match self.scale.quickly(low) {
            Some(steps) => steps.into(),
            None => self.scale.steps(&mut point(block, across).quarter(), rng),
        };
        Some((negative, magnitude))
    }

    #[cold]
    #[inline(never)]
    fn attempt_slowly(
        &self,
        across: u64,
        share: u64,
        block: u32,
        negative: bool,
        rng: &mut NoiseRng,
    ) -> Option<(bool, i128)> {
        let block = if block == COINS { COINS + trailing_ones(rng) } else { block };
        let mut point = point(block, across);
        let mut share = Halved { uniform: Uniform::beginning_with(share, 24), times: block };
        is_below_exponential(&mut share, &mut point, rng)
            .then(|| (negative, self.scale.steps(&mut point.quarter(), rng)))
    }
}

/// `(k + U) b`.
fn point(block: u32, across: u64) -> Point {
    Point::new(
        u128::from(block) * u128::from(BLOCK),
        BLOCK,
        60,
        Uniform::beginning_with(across, 64),
    )
}

/// A uniform number, halved.
#[derive(Debug)]
struct Halved {
    uniform: Uniform,
    times: u32,
}

impl Real for Halved {
    fn enclose(&mut self, bits: u32, rng: &mut NoiseRng) -> Enclosure {
        let Enclosure { low, high } = self.uniform.enclose(bits, rng);
        Enclosure { low: low.right(self.times), high: high.right(self.times).plus(&Wide::new(1)) }
    }
}

impl Draw for ConstantTimeLaplace {
    #[inline]
    fn draw(&self, rng: &mut NoiseRng) -> i128 {
        loop {
            if let Some((negative, magnitude)) = self.attempt(rng)
                && !(negative && magnitude == 0)
            {
                return signed(negative, magnitude);
            }
        }
    }
}
