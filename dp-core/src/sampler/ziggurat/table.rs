//! The layers, computed by the compiler in integers: see the proof at [`Ziggurat`].

use super::{Curve, DIGITS, LAYERS, Layer, Ziggurat, exponential::QUICK_ERROR};

/// How far a width is rounded outwards: 2^-46. The errors below are less than 2^-55.
pub(super) const MARGIN: u64 = 1 << 14;

impl Ziggurat {
    /// From the whole width of the lowest layer, the digits at which it becomes the tail, and the
    /// area, which was chosen just large enough that 512 layers reach the curve's top.
    #[expect(clippy::cast_possible_truncation, reason = "each comment says what it is below")]
    pub(super) const fn new(curve: Curve, lowest: u64, tail: u64, area: u64) -> Self {
        let mut layers = [Layer { width: lowest, surely: 0 }; LAYERS];
        let mut heights = [0; LAYERS + 1];
        let mut y: u128 = 0; // in units of 2^-75
        let mut i = 0;
        while i < LAYERS {
            let width = layers[i].width;
            y += ((area as u128) << 75) / width as u128;
            heights[i + 1] = (y >> 12) as u64; // below 2, in units of 2^-63
            if i + 1 < LAYERS {
                // Where the curve crosses the layer's top.
                let crossing = curve.inverse(y);
                layers[i + 1].width = if i == 0 {
                    // R, a whole number of digits: lowest is a multiple of 2^54.
                    (lowest >> DIGITS) * tail
                } else {
                    crossing + MARGIN // up: the layers must cover the curve
                };
                // Down: what is taken at once must be under it. Below 2^54.
                let certain = crossing - MARGIN;
                layers[i].surely = (((certain as u128) << DIGITS) / width as u128) as u64;
            }
            i += 1;
        }
        Self { curve, layers, heights, area, tail, error: QUICK_ERROR }
    }

    /// One that leaves every decision to the exact comparison.
    #[cfg(test)]
    pub(in crate::sampler) fn never_quick(&self) -> Self {
        let mut exact = self.clone();
        for layer in &mut exact.layers {
            layer.surely = 0;
        }
        exact.error = u64::MAX;
        exact
    }
}

impl Curve {
    /// The `x` at which the curve is `y · 2^−75`, for `0 < y < 2^75`, in units of 2^-60.
    #[expect(clippy::cast_possible_truncation, reason = "x is below 16 where y is a height")]
    const fn inverse(self, y: u128) -> u64 {
        let logarithm = negative_logarithm(y);
        match self {
            Self::Exponential => logarithm as u64,
            Self::Normal => (logarithm << 61).isqrt() as u64,
        }
    }
}

/// `−ln(y · 2^−75)` in units of 2^-60.
///
/// The binary logarithm digit by digit: squaring a number between 1 and 2 doubles its logarithm,
/// whose whole part is the next digit. Each squaring is off by less than 2^-62 of the number, half
/// as much of the result for each earlier digit, so less than 2^-60 in all, and the sixty digits
/// leave out less than another 2^-60.
#[expect(clippy::cast_possible_truncation, reason = "the top 64 bits of 128")]
const fn negative_logarithm(y: u128) -> u128 {
    const LN_2: u128 = 0xb172_17f7_d1cf_79ab; // ⌊2^64 ln 2⌋
    let mut number = ((y << y.leading_zeros()) >> 64) as u64; // from 1 to 2 in units of 2^-63
    let whole = 75 - y.ilog2();
    let mut fraction: u64 = 0;
    let mut digits = 0;
    while digits < 60 {
        let square = (number as u128 * number as u128) >> 63;
        let digit = square >> 64;
        number = (square >> digit) as u64;
        fraction = fraction << 1 | digit as u64;
        digits += 1;
    }
    ((((whole as u128) << 60) - fraction as u128) * LN_2) >> 64
}
