use std::ops::{Add, Div, Mul, Sub};

/// An interval that holds the non-negative number that is meant, however arithmetic rounds.
///
/// Every operation rounds both ends outward by one neighbour. IEEE 754 rounds `+ − × ÷ √` to
/// nearest on every platform, so the exact result of each lies within one neighbour of the
/// computed one: what is meant stays inside, by induction over the operations. Where a value
/// overflows, the upper end is infinite; where it is undefined, an end is NaN, and every comparison
/// with it fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Interval {
    pub(crate) fn exactly(value: f64) -> Self {
        Self { low: value, high: value }
    }

    #[expect(clippy::cast_precision_loss, reason = "to the nearest, which is enclosed")]
    pub(crate) fn whole(number: u128) -> Self {
        let nearest = number as f64;
        if number < 1 << f64::MANTISSA_DIGITS {
            Self::exactly(nearest)
        } else {
            Self::near(nearest)
        }
    }

    /// Of a number that `value` is nearest to among all `f64`.
    pub(crate) fn near(value: f64) -> Self {
        Self::outward(value, value)
    }

    pub(crate) fn sqrt(self) -> Self {
        Self::outward(self.low.sqrt(), self.high.sqrt())
    }

    fn outward(low: f64, high: f64) -> Self {
        Self { low: low.next_down().max(0.0), high: high.next_up() }
    }
}

impl Add for Interval {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::outward(self.low + other.low, self.high + other.high)
    }
}

/// For differences that are not negative.
impl Sub for Interval {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::outward(self.low - other.high, self.high - other.low)
    }
}

impl Mul for Interval {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::outward(self.low * other.low, self.high * other.high)
    }
}

impl Div for Interval {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self::outward(self.low / other.high, self.high / other.low)
    }
}
