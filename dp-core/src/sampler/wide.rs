use std::cmp::Ordering;

/// A whole number of any length, for the rare draw that 64 bits cannot decide.
///
/// Little-endian, without leading zeros. Only what such a draw needs, as plain as it can be: its
/// speed does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wide(Vec<u64>);

impl Wide {
    pub(super) fn new(value: u128) -> Self {
        Self::trimmed(vec![low(value), low(value >> 64)])
    }

    /// `2^exponent`.
    pub(super) fn power_of_two(exponent: u32) -> Self {
        Self::new(1).left(exponent)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The length in bits: 0 for 0, 1 for 1, 2 for 2 and 3.
    pub(super) fn bits(&self) -> u32 {
        let length = u32::try_from(self.0.len()).expect("numbers here have few digits");
        self.0.last().map_or(0, |last| 64 * length - last.leading_zeros())
    }

    /// The number itself, or `u128::MAX` where it is larger.
    pub(super) fn saturated(&self) -> u128 {
        match self.0[..] {
            [] => 0,
            [low] => low.into(),
            [low, high] => u128::from(low) | u128::from(high) << 64,
            _ => u128::MAX,
        }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut carry = 0;
        let length = self.0.len().max(other.0.len());
        let mut digits: Vec<u64> = (0..length)
            .map(|i| {
                let sum = u128::from(self.digit(i)) + u128::from(other.digit(i)) + carry;
                carry = sum >> 64;
                low(sum)
            })
            .collect();
        digits.push(low(carry));
        Self::trimmed(digits)
    }

    /// `self − other`, or 0 where that is negative.
    pub(super) fn minus(&self, other: &Self) -> Self {
        if *self < *other {
            return Self(Vec::new());
        }
        let mut borrow = false;
        let digits = (0..self.0.len()).map(|i| {
            let (difference, first) = self.digit(i).overflowing_sub(other.digit(i));
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            borrow = first || second;
            difference
        });
        Self::trimmed(digits.collect())
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut digits = vec![0; self.0.len() + other.0.len()];
        for (i, &a) in self.0.iter().enumerate() {
            let mut carry = 0;
            for (j, &b) in other.0.iter().enumerate() {
                // At most (2^64 − 1)² + 2 (2^64 − 1) = 2^128 − 1.
                let sum = u128::from(a) * u128::from(b) + u128::from(digits[i + j]) + carry;
                digits[i + j] = low(sum);
                carry = sum >> 64;
            }
            digits[i + other.0.len()] = low(carry);
        }
        Self::trimmed(digits)
    }

    /// `⌊self / divisor⌋`, for a divisor that is not 0.
    pub(super) fn over(&self, divisor: u64) -> Self {
        let mut remainder = 0;
        let mut digits = self.0.clone();
        for digit in digits.iter_mut().rev() {
            let part = remainder << 64 | u128::from(*digit);
            *digit = low(part / u128::from(divisor));
            remainder = part % u128::from(divisor);
        }
        Self::trimmed(digits)
    }

    /// `self · 2^bits`.
    pub(super) fn left(&self, bits: u32) -> Self {
        let shifted = self.times(&Self(vec![1 << (bits % 64)]));
        let mut digits = vec![0; bits as usize / 64];
        digits.extend(shifted.0);
        Self::trimmed(digits)
    }

    /// `⌊self / 2^bits⌋`.
    pub(super) fn right(&self, bits: u32) -> Self {
        let whole = self.0.get(bits as usize / 64..).unwrap_or_default();
        Self(whole.to_vec()).over(1 << (bits % 64))
    }

    fn digit(&self, i: usize) -> u64 {
        self.0.get(i).copied().unwrap_or(0)
    }

    fn trimmed(mut digits: Vec<u64>) -> Self {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Self(digits)
    }
}

impl Ord for Wide {
    fn cmp(&self, other: &Self) -> Ordering {
        let lengths = self.0.len().cmp(&other.0.len());
        lengths.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest digit is what is asked for")]
fn low(value: u128) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Four digits: twice what a `u128` holds.
    fn any_wide() -> impl Strategy<Value = Wide> {
        let edge =
            prop_oneof![Just(0), Just(1), Just(u128::MAX), Just(u128::MAX << 64), any::<u128>()];
        (edge.clone(), edge).prop_map(|(high, low)| Wide::new(high).left(128).plus(&Wide::new(low)))
    }

    proptest! {
        #[test]
        fn sums_differences_and_products_are_a_ring(a in any_wide(), b in any_wide(), c in any_wide()) {
            prop_assert_eq!(a.plus(&b).minus(&b), a.clone());
            prop_assert_eq!(a.plus(&b), b.plus(&a));
            prop_assert_eq!(a.times(&b), b.times(&a));
            prop_assert_eq!(a.times(&b.plus(&c)), a.times(&b).plus(&a.times(&c)));
            prop_assert_eq!(a.times(&b).times(&c), a.times(&b.times(&c)));
        }

        #[test]
        fn small_results_are_those_of_128_bits(a: u64, b: u64, shift in 0..64_u32) {
            let wide = |value: u64| Wide::new(value.into());
            let (x, y) = (u128::from(a), u128::from(b));
            prop_assert_eq!(wide(a).plus(&wide(b)).saturated(), x + y);
            prop_assert_eq!(wide(a).minus(&wide(b)).saturated(), x.saturating_sub(y));
            prop_assert_eq!(wide(a).times(&wide(b)).saturated(), x * y);
            prop_assert_eq!(wide(a).left(shift).saturated(), x << shift);
            prop_assert_eq!(Wide::new(x * y).right(shift).saturated(), (x * y) >> shift);
            prop_assert_eq!(wide(a).cmp(&wide(b)), a.cmp(&b));
            prop_assert_eq!(wide(a).bits(), 64 - a.leading_zeros());
        }

        #[test]
        fn division_is_the_floor(a in any_wide(), divisor in prop_oneof![Just(1), Just(u64::MAX), 1..u64::MAX]) {
            let below = a.over(divisor).times(&Wide::new(divisor.into()));
            prop_assert!(below <= a && a.minus(&below) < Wide::new(divisor.into()));
        }

        #[test]
        fn shifts_are_powers_of_two(a in any_wide(), bits in 0..300_u32) {
            prop_assert_eq!(a.left(bits), a.times(&Wide::power_of_two(bits)));
            prop_assert_eq!(a.left(bits).right(bits), a.clone());
            let floor = a.right(bits).left(bits);
            prop_assert!(floor <= a && a.minus(&floor) < Wide::power_of_two(bits));
        }
    }

    #[test]
    fn numbers_beyond_128_bits_saturate() {
        assert_eq!(Wide::power_of_two(127).saturated(), 1 << 127);
        assert_eq!(Wide::power_of_two(128).saturated(), u128::MAX);
        assert!(Wide::new(0).is_zero() && Wide::new(5).minus(&Wide::new(6)).is_zero());
    }
}
