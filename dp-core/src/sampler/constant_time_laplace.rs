use super::{
    exponential, high_product,
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
/// A trial takes three words and covers the curve `e^−x` by steps: block `k = 8m + j` is
/// `[kb, (k + 1)b)` and `2^−m h_j` high. Coins choose `m`, a uniform number chooses `j` with
/// probability in proportion to `h_j`, another one a point `x` across the block, and `x` is kept if
/// a uniform height in the block is below `e^−x`, as 96 % are. That leaves exactly an exponential
/// `x`, because the steps cover the curve: `8b ≥ ln 2` and `h_j ≥ e^−jb`. Then `⌊scale · x⌋` gets a
/// sign, and of the two zeros one is tried anew.
///
/// Why time says nothing: how many trials it takes is independent of what the last one keeps,
/// because trials are independent; and the trial that keeps runs the same instructions and reads no
/// table, whatever `x` is. That leaves the few trials that three words do not decide: they take
/// hundreds of times as long, which does depend on `x`. A trial is one of them
///
/// - where the height is undecided by 40 digits: once in 2^38;
/// - where 39 coins in a row come up: once in 2^39;
/// - where the floor is undecided by 64 digits across the block: once in `2^64 / scale`, and always
///   for scales above 2^56.
#[derive(Clone, Copy, Debug)]
pub struct ConstantTimeLaplace {
    /// For a quarter of a point: points up to 64 then fit where others reach 16.
    scale: Scale,
    /// How far above what is kept for certain a height is rejected for certain.
    undecided: u64,
}

/// How many coins a word has.
const COINS: u32 = 39;

/// Of a word, the digits of the height, and the unit of the last of them, in units of 2^-63.
const SHARE: u64 = (1 << 40) - 1;
const SHARE_UNIT: u64 = 1 << 23;

/// `b`, in units of 2^-60: `ln 2 / 8`, rounded up.
const BLOCK: u64 = 99_893_036_290_645_748;

/// `h_j` in units of `UNIT / 2^104`, which sum to 2^48: nearly in proportion to `e^−jb`.
const HEIGHTS: [u64; 8] = [
    46_722_570_012_087,
    42_844_785_609_998,
    39_288_841_634_605,
    36_028_026_631_761,
    33_037_846_090_010,
    30_295_838_443_313,
    27_781_406_344_794,
    25_475_661_944_088,
];

/// Rounded up, so that each height covers the curve.
const UNIT: u64 = 434_103_038_390_325_426;

/// What the quick comparison allows for, in units of 2^-63.
///
/// The limit is `e^−a` for `a = U b`, too small by at most 2^-40.8 for [`SERIES`]'s sake, and rounding
/// changes it by less than 16 units. It stands for `e^−x / (2^−m h_j)`, which is smaller by at most
/// `h_j e^jb − 1 < 2^-45` and by `39 (8b − ln 2) < 2^-51`. In all less than
/// `2^22.2 + 2^4 + 2^18 + 2^12` units.
const ERROR: u64 = 5 << 20;

/// Of `e^−a` up to `a^6`, whose coefficient takes in the next term at `a = b`.
///
/// What is missing is then `a^6 (b − a) / 7!`, at most `(6/7)^6 b^7 / (7 · 7!) < 2^-41.1`, and terms
/// beyond, at most `b^8 / 8! < 2^-43.5`.
const SERIES: [u64; 7] = {
    let mut series = exponential::coefficients();
    series[6] -= (BLOCK << 3) / 5040;
    series
};

impl ConstantTimeLaplace {
    /// Of a scale of `numerator / denominator` steps, for `1 ≤ numerator ≤ 2^120` and
    /// `1 ≤ denominator < 2^40`.
    pub fn new(numerator: u128, denominator: u64) -> Self {
        // Saturated, so that a numerator out of range is refused and does not wrap into it.
        Self {
            scale: Scale::floor(numerator.saturating_mul(4), denominator),
            undecided: SHARE_UNIT + 2 * ERROR,
        }
    }

    /// One trial: a sign and a magnitude, or nothing.
    #[inline]
    fn attempt(&self, rng: &mut NoiseRng) -> Option<(bool, i128)> {
        // 64 digits across the block; 39 coins, 24 digits that choose a step, and a sign; 24 more
        // of those digits, and 40 of the height.
        let [across, second, third] = rng.next_words();
        let coins = (second | 1 << COINS).trailing_zeros();
        let step = step_of((second >> COINS & 0xff_ffff) << 24 | third >> 40);
        let negative = second >> 63 == 1;
        let share = third & SHARE;
        // The height is less than a unit above `share`. In one comparison: how far it begins above
        // what is kept for certain, wrapped around where it is kept.
        let certain = limit(across) - ERROR - SHARE_UNIT;
        let above = (share * SHARE_UNIT).wrapping_sub(certain);
        if above <= self.undecided || coins == COINS {
            return self.attempt_slowly(across, coins, step, share, rng).map(|x| (negative, x));
        }
        if above.cast_signed() >= 0 {
            return None;
        }
        // A quarter of x, rounded down to units of 2^-124: by less than `b · 2^-66`.
        let block = u128::from(coins) * 8 + u128::from(step);
        let quarter = (block << 64 | u128::from(across)) * u128::from(BLOCK >> 2);
        #[expect(clippy::cast_possible_truncation, reason = "both halves of 128 bits")]
        let magnitude = match self.scale.closely((quarter >> 64) as u64, quarter as u64) {
            Some(steps) => steps.into(),
            None => self.scale.steps(&mut point(coins, step, across).quarter(), rng),
        };
        Some((negative, magnitude))
    }

    #[cold]
    #[inline(never)]
    fn attempt_slowly(
        &self,
        across: u64,
        coins: u32,
        step: u64,
        share: u64,
        rng: &mut NoiseRng,
    ) -> Option<i128> {
        let coins = if coins == COINS { COINS + trailing_ones(rng) } else { coins };
        let mut point = point(coins, step, across);
        let share = Uniform::beginning_with(share, 40);
        let mut height = Height { step, halvings: coins, share };
        is_below_exponential(&mut height, &mut point, rng)
            .then(|| self.scale.steps(&mut point.quarter(), rng))
    }

    /// One that leaves every decision to the exact comparison.
    #[cfg(test)]
    pub(super) fn never_quick(self) -> Self {
        Self { scale: self.scale.never_quick(), undecided: u64::MAX }
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
    magnitude | i128::from(!negative) == 0
}

/// The step that 48 uniform digits choose, by comparing with every border.
#[inline]
fn step_of(digits: u64) -> u64 {
    let (mut step, mut border) = (0, 0);
    for height in &HEIGHTS[..7] {
        border += height;
        step += u64::from(digits >= border);
    }
    step
}

/// `e^−a` in units of 2^-63, but for [`ERROR`].
#[inline]
fn limit(across: u64) -> u64 {
    exponential::alternating(&SERIES, high_product(across, BLOCK << 4))
}

/// `(8m + j + U) b`.
fn point(coins: u32, step: u64, across: u64) -> Point {
    let across = Uniform::beginning_with(across, 64);
    let block = u128::from(coins) * 8 + u128::from(step);
    Point::new(block * u128::from(BLOCK), BLOCK, 60, across)
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
        let scaled = |share: Wide| height.times(&share).right(104 + self.halvings);
        Enclosure { low: scaled(low), high: scaled(high).plus(&Wide::new(1)) }
    }
}

#[cfg(test)]
mod tests;
