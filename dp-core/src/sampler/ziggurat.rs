//! Exact points under `e^−x` and under `e^(−x²/2)`, nearly always from a single word.
//!
//! The ziggurat method (Marsaglia and Tsang, *The Ziggurat Method for Generating Random Variables*,
//! 2000) with integers and without a cut-off. The area under the curve is covered by 512 layers of
//! exactly equal area; a word chooses a layer, a sign and a point across it; a point whose height
//! is certainly under the curve is taken at once, and for any other a height is drawn and compared,
//! with as many digits of both as it takes. Accepted points have exactly the curve's law, because
//!
//! - **the layers have equal areas by definition**: layer `i` is `widths[i]` wide and
//!   `area / widths[i]` high, a rational number that is never rounded where it decides;
//! - **they cover the curve**: each width is rounded up by 2^-46, thousands of times the error of
//!   the table's own logarithm, but for the tail's start `R`, which is a constant above the curve by
//!   2^-52 or more; and a test checks it layer by layer with two hundred digits;
//! - **a point taken at once lies under the curve**: `surely` ends 2^-46 before the curve crosses
//!   the layer's top; the same test checks it;
//! - **the tail is not cut**: what the lowest layer has beyond its start `R` is as large as all
//!   blocks `[R + kb, R + (k + 1)b)` of height `2^−k` together, and coin flips choose among them;
//!   the curve falls by more than half over each block, since `b ≥ ln 2` for `e^−x` and
//!   `R b ≥ ln 2` for `e^(−x²/2)`;
//! - **refinement is endless**: see [`is_below_exponential`].

use super::{
    exponential::{self, quick},
    half_square, high_product,
    point::{HalfSquare, Point},
    real::{Enclosure, Real, Uniform, is_below_exponential},
    scale::{Scale, UNCERTAINTY},
    wide::Wide,
};
use crate::NoiseRng;

/// The layers under one of the two curves, lowest first. Lengths are in units of 2^-60.
#[derive(Clone, Debug)]
pub(super) struct Ziggurat {
    curve: Curve,
    layers: [Layer; LAYERS],
    /// `⌊2^63 y⌋` for the lower end of each layer and the upper end of the last.
    heights: [u64; LAYERS + 1],
    /// A layer's width times its height, times 2^60.
    area: u64,
    /// The first digits at which the lowest layer is the tail.
    tail: u64,
    /// What the quick comparison allows for: [`exponential::QUICK_ERROR`].
    error: u64,
}

#[derive(Clone, Copy, Debug)]
struct Layer {
    width: u64,
    /// Of [`DIGITS`] digits across the layer, those below this are under the curve whatever the height.
    surely: u64,
}

#[derive(Clone, Copy, Debug)]
enum Curve {
    /// `e^−x`.
    Exponential,
    /// `e^(−x²/2)`.
    Normal,
}

const LAYERS: usize = 1 << LAYER_BITS;
const LAYER_BITS: u32 = 9;
/// What a word has left, besides a sign, for where a point lies across its layer.
const DIGITS: u32 = 63 - LAYER_BITS;

pub(super) static EXPONENTIAL: Ziggurat =
    Ziggurat::new(Curve::Exponential, 636 << 54, 921_510_986 << 24, 2_265_440_174_288_014);
pub(super) static NORMAL: Ziggurat =
    Ziggurat::new(Curve::Normal, 271 << 54, 978_958_729 << 24, 2_832_635_349_807_949);

impl Ziggurat {
    /// A sign and `scale` applied to a point: one law for every scale, without any set-up.
    #[inline]
    pub(super) fn draw(&self, scale: &Scale, rng: &mut NoiseRng) -> (bool, i128) {
        loop {
            let word = rng.next_u64();
            let Proposal { layer, negative, digits } = Proposal::of(word);
            let Layer { width, surely } = self.layers[layer];
            if digits < surely
                && let Some(steps) = scale.quickly(high_product(digits << (64 - DIGITS), width))
            {
                return (negative, steps.into());
            }
            if let Some(steps) = self.draw_slowly(word, scale, rng) {
                return (negative, steps);
            }
        }
    }

    /// What the rest of [`Self::draw`] makes of a word; `None` if the point is rejected.
    #[cold]
    #[inline(never)]
    fn draw_slowly(&self, word: u64, scale: &Scale, rng: &mut NoiseRng) -> Option<i128> {
        let mut point = self.accept(word, rng)?;
        if let Some(steps) = point.quick_low().and_then(|low| scale.quickly(low)) {
            return Some(steps.into());
        }
        point.refine(rng);
        let closer = point.close_low().and_then(|(low, fraction)| scale.closely(low, fraction));
        Some(closer.map_or_else(|| scale.steps(&mut point, rng), i128::from))
    }

    /// A sign and a point.
    #[inline]
    pub(super) fn point(&self, rng: &mut NoiseRng) -> (bool, Point) {
        loop {
            let word = rng.next_u64();
            let Proposal { layer, negative, digits } = Proposal::of(word);
            let Layer { width, surely } = self.layers[layer];
            if digits < surely {
                // As `accept` would say: without the call it takes half the time.
                let across = Uniform::beginning_with(digits, DIGITS);
                return (negative, Point::new(0, width, 60, across));
            }
            if let Some(point) = self.accept(word, rng) {
                return (negative, point);
            }
        }
    }

    /// The point that a word proposes, if it is under the curve.
    fn accept(&self, word: u64, rng: &mut NoiseRng) -> Option<Point> {
        let Proposal { layer, digits, .. } = Proposal::of(word);
        let Layer { width, surely } = self.layers[layer];
        let across = Uniform::beginning_with(digits, DIGITS);
        if layer == 0 && digits >= self.tail {
            // A block of half that width: R + kb + (x − R) / 2 for a point x beyond R.
            let start = self.layers[1].width;
            let block = trailing_ones(rng);
            let offset = u128::from(start) + u128::from(block) * u128::from(width - start);
            let mut point = Point::new(offset, width, 61, across);
            return self.is_under_curve(&mut point, layer, block, rng).then_some(point);
        }
        let mut point = Point::new(0, width, 60, across);
        let accepted = digits < surely || self.is_under_curve(&mut point, layer, 0, rng);
        accepted.then_some(point)
    }

    /// Draws a height in the layer, halved `halvings` times, and compares.
    fn is_under_curve(
        &self,
        point: &mut Point,
        layer: usize,
        halvings: u32,
        rng: &mut NoiseRng,
    ) -> bool {
        let share = rng.next_u64();
        if let Some(answer) = self.quickly_under_curve(point, layer, halvings, share) {
            return answer;
        }
        let share = Uniform::beginning_with(share, 64);
        let mut height = Height { ziggurat: self, layer, halvings, share };
        match self.curve {
            Curve::Exponential => is_below_exponential(&mut height, point, rng),
            Curve::Normal => is_below_exponential(&mut height, &mut HalfSquare(point), rng),
        }
    }

    /// The comparison with 64 digits, where they suffice.
    ///
    /// Proof. In units of 2^-63: both ends of the layer are known to less than two units (one, and
    /// what up to 512 quotients lose), and `share` to 2^-64 of a height below 2^63, so the height is
    /// within `[height − 1, height + 5)`; halving rounds down once more. The exponent is at least
    /// `low` and at most `high`.
    fn quickly_under_curve(
        &self,
        point: &Point,
        layer: usize,
        halvings: u32,
        share: u64,
    ) -> Option<bool> {
        let low = point.quick_low()?;
        let (low, high) = match self.curve {
            Curve::Exponential => (low, low + UNCERTAINTY),
            Curve::Normal => {
                let high = half_square(low + UNCERTAINTY) + 1;
                (u64::try_from(half_square(low)).ok()?, u64::try_from(high).ok()?)
            }
        };
        let (floor, top) = (self.heights[layer], self.heights[layer + 1]);
        let height = floor + high_product(share, top - floor);
        let (least, most) = (height.saturating_sub(1), height + 5);
        let (least, most) = (least.checked_shr(halvings)?, most.checked_shr(halvings)? + 1);
        if most.saturating_add(self.error) <= quick(high) {
            Some(true)
        } else if least >= quick(low).saturating_add(self.error) {
            Some(false)
        } else {
            None
        }
    }
}

/// What a word stands for: 9 bits of layer, one of sign, 54 across the layer.
struct Proposal {
    layer: usize,
    negative: bool,
    digits: u64,
}

impl Proposal {
    #[inline]
    fn of(word: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
        let layer = word as usize % LAYERS;
        Self { layer, negative: word >> LAYER_BITS & 1 == 1, digits: word >> (LAYER_BITS + 1) }
    }
}

/// A point up a layer, exactly: the sum of the layers below it and a uniform share of its own.
#[derive(Debug)]
struct Height<'a> {
    ziggurat: &'a Ziggurat,
    layer: usize,
    halvings: u32,
    share: Uniform,
}

const GUARD: u32 = LAYER_BITS + 1;

impl Real for Height<'_> {
    fn enclose(&mut self, bits: u32, rng: &mut NoiseRng) -> Enclosure {
        // More digits, since up to 512 quotients are rounded down.
        let digits = bits + GUARD;
        self.share.draw_to(digits, rng);
        let Ziggurat { layers, area, .. } = self.ziggurat;
        let area = Wide::new((*area).into());
        let height = |layer: &Layer| area.left(digits).over(layer.width);
        let below = layers[..self.layer].iter().map(height);
        let below = below.fold(Wide::new(0), |sum, height| sum.plus(&height));
        let layer = &layers[self.layer];
        let surplus = self.share.length() - digits;
        let own = |share: &Wide| area.times(share).right(surplus).over(layer.width);
        let share = self.share.digits();
        let one = Wide::new(1);
        let low = below.plus(&own(&share));
        // Each quotient, the last one too, is rounded down, twice over for the shift.
        let high = below.plus(&own(&share.plus(&one))).plus(&Wide::new(LAYERS as u128 + 2));
        let surplus = GUARD + self.halvings;
        Enclosure { low: low.right(surplus), high: high.right(surplus).plus(&one) }
    }
}

/// How many fair coins come up before the first that does not.
pub(super) fn trailing_ones(rng: &mut NoiseRng) -> u32 {
    let mut ones = 0;
    loop {
        let word = rng.next_u64();
        ones += word.trailing_ones();
        if word != u64::MAX {
            return ones;
        }
    }
}

mod table;
#[cfg(test)]
mod tests;
