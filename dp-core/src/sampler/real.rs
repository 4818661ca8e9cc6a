//! Real numbers known to as many digits as a decision takes.

use super::{exponential, wide::Wide};
use crate::NoiseRng;

/// What is known of a real number: it lies between two whole numbers of some unit.
#[derive(Clone, Debug)]
pub(super) struct Enclosure {
    pub(super) low: Wide,
    pub(super) high: Wide,
}

/// A real number that can be enclosed as narrowly as one likes.
pub(super) trait Real {
    /// Bounds in units of `2^−bits`, at most a few units apart. Draws the random digits that this
    /// takes and are not drawn yet; those that are stay as they are.
    fn enclose(&mut self, bits: u32, rng: &mut NoiseRng) -> Enclosure;
}

/// Whether `y < e^−z`, exactly: both are taken to more digits until the answer is certain.
///
/// Equality has probability 0, so this ends with probability 1, and for no depth is a digit
/// guessed or cut off.
pub(super) fn is_below_exponential(
    y: &mut impl Real,
    z: &mut impl Real,
    rng: &mut NoiseRng,
) -> bool {
    let mut bits = 128;
    loop {
        let y = y.enclose(bits, rng);
        let exponential = exponential::enclose(&z.enclose(bits, rng), bits);
        if y.high <= exponential.low {
            return true;
        }
        if y.low >= exponential.high {
            return false;
        }
        bits *= 2;
    }
}

/// Uniform between 0 and 1, digit by digit: at least `digits` and at most `digits + 1` units of
/// `2^−length`.
#[derive(Clone, Debug)]
pub(super) struct Uniform {
    /// The first digits, and how many they are.
    first: (u64, u32),
    /// 64 more each. Nearly always empty, which takes no memory.
    more: Vec<u64>,
}

impl Uniform {
    /// One whose first `length` binary digits are already drawn.
    #[inline]
    pub(super) fn beginning_with(digits: u64, length: u32) -> Self {
        Self { first: (digits, length), more: Vec::new() }
    }

    /// Draws digits until there are at least `length`.
    pub(super) fn draw_to(&mut self, length: u32, rng: &mut NoiseRng) {
        while self.length() < length {
            self.more.push(rng.next_u64());
        }
    }

    pub(super) fn digits(&self) -> Wide {
        let first = Wide::new(self.first.0.into());
        self.more.iter().fold(first, |digits, &next| digits.left(64).plus(&Wide::new(next.into())))
    }

    /// The first 64 digits, or those that are known of them.
    #[inline]
    pub(super) fn first_digits(&self) -> u64 {
        let (digits, length) = self.first;
        digits << (64 - length)
    }

    /// The first 128 digits, or those that are known of them.
    #[expect(clippy::cast_possible_truncation, reason = "both halves of 128 bits")]
    pub(super) fn first_two_words(&self) -> (u64, u64) {
        let (digits, length) = self.first;
        let second = self.more.first().copied().unwrap_or(0);
        let both = (u128::from(digits) << 64 | u128::from(second)) << (64 - length);
        ((both >> 64) as u64, both as u64)
    }

    pub(super) fn length(&self) -> u32 {
        self.first.1 + 64 * u32::try_from(self.more.len()).expect("few digits are ever drawn")
    }
}

impl Real for Uniform {
    fn enclose(&mut self, bits: u32, rng: &mut NoiseRng) -> Enclosure {
        self.draw_to(bits, rng);
        let low = self.digits().right(self.length() - bits);
        Enclosure { high: low.plus(&Wide::new(1)), low }
    }
}
