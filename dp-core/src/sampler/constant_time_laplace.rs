use super::{
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
/// A trial takes two words and covers the curve `e^−x` by steps: block `k = 8m + j` is
/// `[kb, (k + 1)b)` and `2^−m h_j` high. Coins choose `m`, a uniform number chooses `j` with
/// probability in proportion to `h_j`, another one a point `x` across the block, and `x` is kept if
/// a uniform height in the block is below `e^−x`, as 96 % are. That leaves exactly an exponential
/// `x`, because the steps cover the curve: `8b ≥ ln 2` and `h_j ≥ e^−jb`. Then `⌊scale · x⌋` gets a
/// sign, and of the two zeros one is tried anew.
///
/// Why time says nothing: how many trials it takes is independent of what the last one keeps,
/// because trials are independent; and the trial that keeps runs the same instructions and reads no
/// table, whatever `x` is. What is left are longer computations, hundreds of times as long, whose
/// length depends on `x`. One starts
///
/// - where the height is undecided by its first 16 digits: in one trial in 2^15. Its point is
///   kept about as often as the fractional part of `2^16 e^−a` says, where `x` is `a` into its block:
///   that tells of digits of `x` that whole steps only show at scales above 2^16 or so;
/// - where the floor is undecided by 48 digits across the block: once in `2^48 / scale`, for every
///   value nearly alike, which is more often than the first for scales above 2^32 steps;
/// - where 39 coins in a row come up: once in 2^39.
#[derive(Clone, Copy, Debug)]
pub struct ConstantTimeLaplace {
    /// For a quarter of a point: points up to 64 then fit where others reach 16.
    scale: Scale,
    error: u64,
}

/// How many coins a word has.
const COINS: u32 = 39;

/// `b`, in units of 2^-60: `ln 2 / 8`, rounded up.
const BLOCK: u64 = 99_893_036_290_645_748;

/// `h_j` in units of `UNIT / 2^80`, which sum to 2^24: nearly in proportion to `e^−jb`.
const HEIGHTS: [u64; 8] =
    [2_784_882, 2_553_748, 2_341_797, 2_147_438, 1_969_209, 1_805_773, 1_655_901, 1_518_468];

/// Rounded up, so that each height covers the curve.
const UNIT: u64 = 434_103_121_671_776_169;

/// What the quick comparison allows for, in units of 2^-32.
///
/// The limit is `e^−a` for `a = U b < 0.0867`: the series without its fifth term is at most
/// `a^5 / 120 < 2^-24` too large, and rounding changes it by less than 16 units. It stands for
/// `e^−x / (2^−m h_j)`, which is smaller by at most `h_j e^jb − 1 < 2^-21` and by
/// `39 (8b − ln 2) < 2^-51`. In all less than `2^8 + 2^4 + 2^11 + 1` units.
const ERROR: u64 = 1 << 12;

impl ConstantTimeLaplace {
    /// Of a scale of `numerator / denominator` steps, for `1 ≤ numerator ≤ 2^120` and
    /// `1 ≤ denominator < 2^40`.
    pub fn new(numerator: u128, denominator: u64) -> Self {
        // Saturated, so that a numerator out of range is refused and does not wrap into it.
        Self { scale: Scale::floor(numerator.saturating_mul(4), denominator), error: ERROR }
    }

    /// One trial: a sign and a magnitude, or nothing.
    #[inline]
    fn attempt(&self, rng: &mut NoiseRng) -> Option<(bool, i128)> {
        // 48 digits across the block and 16 of the height; 39 coins, 24 digits that choose a step,
        // and a sign.
        let (first, second) = (rng.next_u64(), rng.next_u64());
        let coins = (second | 1 << COINS).trailing_zeros();
        let step = step_of(second >> COINS & 0xff_ffff);
        let negative = second >> 63 == 1;
        let limit = falling(high_product(first, BLOCK << 4) >> 32);
        let (least, most) = ((first & 0xffff) << 16, ((first & 0xffff) + 1) << 16);
        let kept = most.saturating_add(self.error) <= limit;
        let open = least < limit.saturating_add(self.error);
        if kept != open || coins == COINS {
            return self.attempt_slowly(first, coins, step, negative, rng);
        }
        if !kept {
            return None;
        }
        let block = u64::from(coins) * 8 + step;
        // A quarter of x: too small by less than one unit for each of 312 blocks, by 2^48 parts of
        // a block, which is less than 90, and by two more.
        let low = block * (BLOCK >> 2) + (high_product(first >> 16 << 16, BLOCK) >> 2);
        let magnitude = match self.scale.quickly(low) {
            Some(steps) => steps.into(),
            None => self.scale.steps(&mut point(block, first).quarter(), rng),
        };
        Some((negative, magnitude))
    }

    #[cold]
    #[inline(never)]
    fn attempt_slowly(
        &self,
        first: u64,
        coins: u32,
        step: u64,
        negative: bool,
        rng: &mut NoiseRng,
    ) -> Option<(bool, i128)> {
        let coins = if coins == COINS { COINS + trailing_ones(rng) } else { coins };
        let mut point = point(u64::from(coins) * 8 + step, first);
        let share = Uniform::beginning_with(first & 0xffff, 16);
        let mut height = Height { step, halvings: coins, share };
        is_below_exponential(&mut height, &mut point, rng)
            .then(|| (negative, self.scale.steps(&mut point.quarter(), rng)))
    }

    /// One that leaves every decision to the exact comparison.
    #[cfg(test)]
    pub(super) fn never_quick(self) -> Self {
        Self { scale: self.scale.never_quick(), error: u64::MAX }
    }
}

impl Draw for ConstantTimeLaplace {
    #[inline]
    fn draw(&self, rng: &mut NoiseRng) -> i128 {
        loop {
            if let Some((negative, magnitude)) = self.attempt(rng)
                && !is_negative_zero(negative, magnitude)
            {
                return signed(negative, magnitude);
            }
        }
    }
}

/// In one comparison: two would be two branches, and time would tell zero from other magnitudes.
#[inline]
fn is_negative_zero(negative: bool, magnitude: i128) -> bool {
    magnitude << 1 | i128::from(negative) == 1
}

/// The step that 24 uniform digits choose, by comparing with every border.
#[inline]
fn step_of(digits: u64) -> u64 {
    let (mut step, mut border) = (0, 0);
    for height in &HEIGHTS[..7] {
        border += height;
        step += u64::from(digits >= border);
    }
    step
}

/// `e^−a` to four terms, both in units of 2^-32, for `a < 0.0867`.
#[inline]
fn falling(a: u64) -> u64 {
    const ONE: u64 = 1 << 32;
    let product = |x: u64, y: u64| (x * y) >> 32;
    ONE - product(a, ONE - product(a, ONE / 2 - product(a, ONE / 6 - product(a, ONE / 24))))
}

/// `(k + U) b`.
fn point(block: u64, first: u64) -> Point {
    let across = Uniform::beginning_with(first >> 16, 48);
    Point::new(u128::from(block) * u128::from(BLOCK), BLOCK, 60, across)
}

/// A uniform share of a step's height, halved for each coin.
#[derive(Debug)]
struct Height {
    step: u64,
    halvings: u32,
    share: Uniform,
}

impl Real for Height {
    fn enclose(&mut self, bits: u32, rng: &mut NoiseRng) -> Enclosure {
        let Enclosure { low, high } = self.share.enclose(bits, rng);
        let step = usize::try_from(self.step).expect("one of eight");
        let height = Wide::new(u128::from(HEIGHTS[step]) * u128::from(UNIT));
        let scaled = |share: Wide| height.times(&share).right(80 + self.halvings);
        Enclosure { low: scaled(low), high: scaled(high).plus(&Wide::new(1)) }
    }
}

#[cfg(test)]
mod tests;
