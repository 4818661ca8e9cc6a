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

    /// `ln(numerator / denominator)`, for `numerator ≥ denominator ≥ 1`.
    ///
    /// With `numerator / denominator = 2^k m` and `1 ≤ m < 2` it is `k ln 2 + ln m`.
    pub(crate) fn logarithm(numerator: u64, denominator: u64) -> Self {
        let halvings = (numerator / denominator).ilog2();
        let power = Self::whole(1 << halvings);
        let mantissa = Self::whole(numerator.into()) / (Self::whole(denominator.into()) * power);
        let one = Self::exactly(1.0);
        let logarithm = Self::whole(halvings.into()) * Self::twice_artanh(one / Self::exactly(3.0));
        logarithm + Self::twice_artanh((mantissa - one) / (mantissa + one))
    }

    /// `2 artanh(z) = 2 (z + z³/3 + z⁵/5 + …)`, which is `ln((1 + z) / (1 − z))`, for `z` up to a little
    /// above ⅓: beyond twenty terms it is less than `3 z^41 / 41 < 1e-20`.
    fn twice_artanh(z: Self) -> Self {
        let (square, mut power) = (z * z, z);
        let mut sum = Self { low: 0.0, high: 1e-20 };
        for odd in (1..40_u32).step_by(2) {
            sum = sum + power / Self::whole(odd.into());
            power = power * square;
        }
        sum + sum
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
