use super::{
    high_product,
    real::{Enclosure, Real, Uniform},
    scale::UNCERTAINTY,
    wide::Wide,
};
use crate::NoiseRng;

/// A random point on the axis, uniform over an interval: `(offset + width · U) / 2^shift`.
#[derive(Clone, Debug)]
pub(super) struct Point {
    offset: u128,
    width: u64,
    shift: u32,
    uniform: Uniform,
}

impl Point {
    pub(super) fn new(offset: u128, width: u64, shift: u32, uniform: Uniform) -> Self {
        Self { offset, width, shift, uniform }
    }

    /// The point is at least the first and below the second of these, in units of
    /// `2^−`[`Self::digits_after`].
    pub(super) fn ends(&self) -> (Wide, Wide) {
        let width = Wide::new(self.width.into());
        let start = Wide::new(self.offset).left(self.uniform.length());
        let low = start.plus(&width.times(&self.uniform.digits()));
        (low.clone(), low.plus(&width))
    }

    /// A quarter of it.
    pub(super) fn quarter(self) -> Self {
        Self { shift: self.shift + 2, ..self }
    }

    /// What is known from the first digits alone, if it fits: the point is at least this and less
    /// than [`UNCERTAINTY`] more, in units of 2^-60.
    ///
    /// Proof. The first digits, 54 of a width below 10 or 48 of one below a tenth, leave the point
    /// uncertain by less than 2^10 − 2 units, and rounding down twice by less than two.
    #[inline]
    pub(super) fn quick_low(&self) -> Option<u64> {
        let across = high_product(self.uniform.first_digits(), self.width);
        let low = (self.offset + u128::from(across)) >> (self.shift - 60);
        u64::try_from(low).ok().filter(|&low| low < u64::MAX - UNCERTAINTY)
    }

    /// What is known from 64 more digits: the point is at least `low + fraction / 2^64` units of
    /// 2^-60, and less than 2^-53 units more. Only for one that begins at 0.
    ///
    /// Proof. At least 118 digits are known, which leaves less than `width / 2^118 < 2^-54` units,
    /// and rounding down takes less than `2^-64`.
    pub(super) fn close_low(&self) -> Option<(u64, u64)> {
        if self.offset != 0 || self.shift != 60 || self.uniform.length() < 118 {
            return None;
        }
        let (first, second) = self.uniform.first_two_words();
        let across = u128::from(self.width) * u128::from(first);
        let across = across + u128::from(high_product(self.width, second));
        let low = u64::try_from(across >> 64).expect("the high half of 128 bits");
        #[expect(clippy::cast_possible_truncation, reason = "the low half of 128 bits")]
        Some((low, across as u64))
    }

    /// How many binary digits after the point [`Self::ends`] have.
    pub(super) fn digits_after(&self) -> u32 {
        self.shift + self.uniform.length()
    }

    /// Draws 64 more digits.
    pub(super) fn refine(&mut self, rng: &mut NoiseRng) {
        self.uniform.draw_to(self.uniform.length() + 64, rng);
    }
}

impl Real for Point {
    fn enclose(&mut self, bits: u32, rng: &mut NoiseRng) -> Enclosure {
        // The width is below 16, which takes four digits before the point.
        self.uniform.draw_to(bits + 4, rng);
        let (low, high) = self.ends();
        let surplus = self.digits_after() - bits;
        Enclosure { low: low.right(surplus), high: high.right(surplus).plus(&Wide::new(1)) }
    }
}

/// `x² / 2` of a point `x`: the exponent of the normal law.
#[derive(Debug)]
pub(super) struct HalfSquare<'a>(pub(super) &'a mut Point);

impl Real for HalfSquare<'_> {
    fn enclose(&mut self, bits: u32, rng: &mut NoiseRng) -> Enclosure {
        let x = self.0.enclose(bits, rng);
        Enclosure {
            low: x.low.times(&x.low).right(bits + 1),
            high: x.high.times(&x.high).right(bits + 1).plus(&Wide::new(1)),
        }
    }
}
