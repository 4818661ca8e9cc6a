use super::{high_product, point::Point, wide::Wide};
use crate::NoiseRng;

/// A scale, and how it makes a whole number of steps of a point on the axis: `⌊scale · x⌋`, or
/// `⌊scale · x + ½⌋`, exactly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// The scale is `numerator · 2^exponent / denominator`.
    numerator: u128,
    denominator: u64,
    exponent: i32,
    /// Whether ½ is added.
    to_nearest: bool,
    quick: Quick,
}

/// The scale to 63 bits: at least `multiplier` and below `multiplier + 1` units of
/// `2^−(shift + 4)`; and to 64 more. Its product with a point in units of 2^-60 is then in units of
/// `2^−(64 + shift)`, and the whole number of steps in its high half.
#[derive(Clone, Copy, Debug)]
struct Quick {
    multiplier: u64,
    /// Of a unit of `multiplier`, in units of 2^-64.
    fraction: u64,
    shift: u32,
    /// ½ in units of `2^−(64 + shift)`, or 0.
    half: u128,
    /// What all that is unknown can add, in the same units.
    slack: u128,
}

/// How far above its lower bound a point can be that [`Scale::quickly`] is asked about, in units of
/// 2^-60.
pub(super) const UNCERTAINTY: u64 = 1 << 10;

impl Scale {
    /// `⌊scale · x⌋` for a scale of `numerator / denominator`, `1 ≤ numerator ≤ 2^122` and
    /// `1 ≤ denominator < 2^40`.
    pub(super) fn floor(numerator: u128, denominator: u64) -> Self {
        assert!((1..=1 << 122).contains(&numerator), "a numerator out of range");
        assert!((1..1 << 40).contains(&denominator), "a denominator out of range");
        // With these digits the scale is below 2^63.
        let wanted = 62 - exponent_of(numerator) + exponent_of(denominator.into());
        let digits = wanted.min(MOST_DIGITS);
        let quick = if digits < FEWEST_DIGITS {
            Quick::NEVER
        } else {
            let (scaled, denominator) = (numerator << digits, u128::from(denominator));
            let fraction = ((scaled % denominator) << 64) / denominator;
            Quick::new(scaled / denominator, fraction, digits, false)
        };
        Self { numerator, denominator, exponent: 0, to_nearest: false, quick }
    }

    /// `⌊scale · x⌋` or `⌊scale · x + ½⌋` for a scale that is exactly `scale`, between 2^-14 and
    /// 2^125.
    pub(super) fn dyadic(scale: f64, to_nearest: bool) -> Self {
        assert!((2f64.powi(-14)..2f64.powi(125)).contains(&scale), "a deviation out of range");
        let (mantissa, exponent) = mantissa_and_exponent(scale);
        let digits = (10 - exponent).min(MOST_DIGITS);
        let quick = if digits < FEWEST_DIGITS {
            Quick::NEVER
        } else {
            Quick::new(u128::from(mantissa) << (digits + exponent), 0, digits, to_nearest)
        };
        Self { numerator: mantissa.into(), denominator: 1, exponent, to_nearest, quick }
    }

    /// The whole number of steps, if 64 bits suffice to tell, for a point of at least `low` and
    /// less than `low + UNCERTAINTY` units of 2^-60.
    ///
    /// Proof. In units of `2^−(64 + shift)`, `scale · x` is at least `multiplier · low` and below
    /// `(multiplier + 1)(low + UNCERTAINTY)`, which is less than `slack` more. Where the floors of
    /// both agree, so does that of everything between.
    #[inline]
    pub(super) fn quickly(&self, low: u64) -> Option<u64> {
        let Quick { multiplier, half, slack, .. } = self.quick;
        self.quick.floor(u128::from(multiplier) * u128::from(low) + half, slack)
    }

    /// The same for a point known better: of at least `low + fraction / 2^64` units of 2^-60, and
    /// less than 2^-9 units more.
    ///
    /// Proof. In units of `2^−(64 + shift)`, rounding two products down takes less than 2, what is
    /// unknown of the scale adds less than 2, and what is unknown of the point less than 2^54 + 1.
    #[inline]
    pub(super) fn closely(&self, low: u64, fraction: u64) -> Option<u64> {
        let Quick { multiplier, half, .. } = self.quick;
        let whole = u128::from(multiplier) * u128::from(low);
        let parts = [(multiplier, fraction), (self.quick.fraction, low)];
        let parts = parts.map(|(a, b)| u128::from(high_product(a, b)));
        self.quick.floor(whole + parts[0] + parts[1] + half, 1 << 55)
    }

    /// The whole number of steps, with as many more digits of `point` as it takes; numbers beyond
    /// `i128` become `i128::MAX`.
    pub(super) fn steps(&self, point: &mut Point, rng: &mut NoiseRng) -> i128 {
        i128::try_from(self.whole(point, rng).saturated()).unwrap_or(i128::MAX)
    }

    /// [`Self::steps`], of any size.
    pub(super) fn whole(&self, point: &mut Point, rng: &mut NoiseRng) -> Wide {
        loop {
            let (low, high) = point.ends();
            let digits = point.digits_after();
            let steps = self.steps_of(&low, digits);
            if steps == self.steps_of(&high, digits) {
                return steps;
            }
            point.refine(rng);
        }
    }

    /// `⌊numerator · x · 2^exponent / denominator (+ ½)⌋` for `x` in units of `2^−digits`.
    fn steps_of(&self, x: &Wide, digits: u32) -> Wide {
        // Scales are below 2^125 and their mantissas 53 bits, so exponents are below 73; a point
        // has 60 + 48 digits and more.
        let digits = digits.checked_add_signed(-self.exponent).expect("more digits than exponent");
        let mut twice = Wide::new(self.numerator).times(x).left(1);
        if self.to_nearest {
            twice = twice.plus(&Wide::new(self.denominator.into()).left(digits));
        }
        twice.right(digits + 1).over(self.denominator)
    }

    /// One that leaves every decision to [`Self::steps`].
    #[cfg(test)]
    pub(super) fn never_quick(self) -> Self {
        Self { quick: Quick::NEVER, ..self }
    }
}

/// Of a scale, after the point. More would not leave room for 60 of the point; with fewer, what is
/// unknown is a step and more.
const MOST_DIGITS: i32 = 67;
const FEWEST_DIGITS: i32 = 4;

impl Quick {
    /// Whatever the point, the two floors differ.
    const NEVER: Self =
        Self { multiplier: 0, fraction: 0, shift: 0, half: u64::MAX as u128, slack: 1 };

    /// The steps, if they are the same for all from `least` to `least + slack`.
    #[inline]
    fn floor(&self, least: u128, slack: u128) -> Option<u64> {
        let whole = |units: u128| (units >> 64) as u64 >> self.shift;
        (whole(least) == whole(least + slack)).then_some(whole(least))
    }

    fn new(multiplier: u128, fraction: u128, digits: i32, to_nearest: bool) -> Self {
        let multiplier = u64::try_from(multiplier).expect("63 bits");
        let fraction = u64::try_from(fraction).expect("64 bits");
        let shift = u32::try_from(digits - FEWEST_DIGITS).expect("at least as many");
        let half = if to_nearest { 1 << (63 + shift) } else { 0 };
        let slack = u128::from(multiplier) * u128::from(UNCERTAINTY) + (1 << 65);
        Self { multiplier, fraction, shift, half, slack }
    }
}

/// `value` as `mantissa · 2^exponent` with a mantissa of 53 bits, for a positive normal number.
pub(super) fn mantissa_and_exponent(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> 52).expect("positive and eleven bits") - 1075;
    ((bits & ((1 << 52) - 1)) | 1 << 52, exponent)
}

/// `⌊log₂ value⌋`.
fn exponent_of(value: u128) -> i32 {
    i32::try_from(value.ilog2()).expect("below 128")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sampler::real::Uniform;

    fn point(digits: u64) -> Point {
        Point::new(0, 1 << 63, 60, Uniform::beginning_with(digits >> 9, 55))
    }

    proptest! {
        /// The quick answer, where there is one, is the slow one.
        #[test]
        fn quick_and_exact_agree(
            digits: u64, numerator in 1..1_u128 << 100, denominator in 1..1_u64 << 37, seed: u64
        ) {
            let digits = digits & !511;
            for scale in [
                Scale::floor(numerator, denominator),
                Scale::floor(numerator >> 60 | 1, denominator),
                Scale::floor(numerator >> 80 | 1, 3),
                Scale::dyadic(numerator as f64 / denominator as f64 + 0.01, false),
                Scale::dyadic((numerator >> 70) as f64 / 3.0 + 0.01, true),
            ] {
                let mut rng = NoiseRng::seeded(seed);
                let mut point = point(digits);
                let quick = scale.quickly(digits >> 1);
                point.refine(&mut rng);
                let (low, fraction) = point.close_low().expect("below 16");
                let closer = scale.closely(low, fraction);
                let exact = scale.steps(&mut point, &mut rng);
                for steps in quick.into_iter().chain(closer) {
                    prop_assert_eq!(i128::from(steps), exact);
                }
            }
        }
    }

    #[test]
    fn steps_are_the_floor_or_the_nearest() {
        let mut rng = NoiseRng::seeded(1);
        // 8 · (0.5 + less than 2^-52)
        let mut at = |scale: Scale| scale.steps(&mut point(1 << 63 | 1 << 40), &mut rng);
        assert_eq!(at(Scale::floor(10, 1)), 40);
        assert_eq!(at(Scale::floor(10, 3)), 13);
        assert_eq!(at(Scale::floor(1, 100)), 0);
        assert_eq!(at(Scale::dyadic(3.125, false)), 12);
        assert_eq!(at(Scale::dyadic(3.125, true)), 13);
        assert_eq!(at(Scale::dyadic(0.125, true)), 1);
        assert_eq!(at(Scale::dyadic(0.124, true)), 0);
        assert_eq!(at(Scale::floor(1 << 120, 1)) >> 100, 4 << 20);
        assert_eq!(at(Scale::dyadic(2f64.powi(124), true)) >> 100, (4 << 24) + 8);
    }

    #[test]
    fn ordinary_scales_are_nearly_always_quick() {
        for scale in [0.01, 0.1, 1.0, 1e3, 1e6, 1e9] {
            let ratio = Scale::floor((scale * 1e9) as u128, 1_000_000_000);
            let dyadic = Scale::dyadic(scale, true);
            let quick = |scale: Scale| {
                (1..1000).filter(|i| scale.quickly(i * 12_345_678_912_345_678).is_some()).count()
            };
            assert!(quick(ratio) > 990 && quick(dyadic) > 990, "{scale}");
        }
    }
}
