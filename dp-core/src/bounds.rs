use std::fmt;

use num_traits::ToPrimitive;

use crate::{Error, Grid, proof};

/// A type whose values can be bounded and released: `f64` and `i64`.
///
/// Sealed: its grid is part of the proof of every release.
pub trait Number: Copy + fmt::Debug + PartialOrd + proof::Number {}

/// The range into which values are clamped, owning the grid on which they are added.
///
/// The grid depends on the bounds alone, never on data. For `f64` its step is the power of two at
/// or below `(upper − lower) / 2^20`, for `i64` it is 1. In steps the range is rounded outward, so
/// that rounding a value to the grid never leaves it. Choose bounds from what the quantity *can*
/// be: bounds looked up in the data are a release that nobody paid for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds<N = f64> {
    lower: N,
    upper: N,
    /// The exponent of the step, `step = 2^exponent`.
    exponent: i32,
    /// `lower` and `upper` in steps, rounded outward; below 2^75 in magnitude.
    steps: (i128, i128),
}

impl<N: Number> Bounds<N> {
    /// The range from `lower` to `upper`, both included.
    ///
    /// # Errors
    /// [`Error::Bounds`] unless both are finite, `lower < upper`, and for `f64` both lie within
    /// ±1e270 and at least 1e-280 apart. Even the largest noisy sum, 2^126 steps, is then finite.
    pub fn new(lower: N, upper: N) -> Result<Self, Error> {
        let (exponent, steps) = N::grid(lower, upper)?;
        Ok(Self { lower, upper, exponent, steps })
    }

    /// The lower end, in the values' own unit.
    pub fn lower(&self) -> N {
        self.lower
    }

    /// The upper end, in the values' own unit.
    pub fn upper(&self) -> N {
        self.upper
    }

    /// One step of the grid, in the values' own unit.
    pub fn step(&self) -> f64 {
        power_of_two(self.exponent)
    }

    /// The grid, as a record states it.
    pub(crate) fn grid(&self) -> Grid {
        Grid { step: self.step(), ends: Some(self.steps) }
    }

    /// How far apart the ends are, in steps.
    pub(crate) fn width(&self) -> u128 {
        self.steps.1.abs_diff(self.steps.0)
    }

    /// How far from zero a value can be, in steps.
    pub(crate) fn magnitude(&self) -> u128 {
        self.steps.0.unsigned_abs().max(self.steps.1.unsigned_abs())
    }

    /// Clamps `value` and rounds it to the grid. What is no number becomes the lower bound: a
    /// public constant, so that one such record is as private as any other.
    pub(crate) fn clamp(&self, value: &impl ToPrimitive) -> i128 {
        N::steps(value, self.lower, self.upper, self.exponent).clamp(self.steps.0, self.steps.1)
    }
}

/// The grid is this much finer than the range: 20 bits, about a millionth.
const GRID_BITS: i32 = 20;

impl Number for f64 {}

impl proof::Number for f64 {
    fn grid(lower: f64, upper: f64) -> Result<(i32, (i128, i128)), Error> {
        // A step is at most 2e270 / 2^20, and 2^126 of them are less than the largest f64.
        let within = |end: f64| (-1e270..=1e270).contains(&end);
        let width = upper - lower;
        if !(within(lower) && within(upper) && width >= 1e-280) {
            return Err(Error::Bounds { lower, upper });
        }
        let exponent = exponent_below(width) - GRID_BITS;
        let step = power_of_two(exponent);
        let (mut first, mut last) = ((lower / step).floor(), (upper / step).ceil());
        // Outward, also where an end is so small beside a step that the quotient became 0.
        first -= f64::from(u8::from(first * step > lower));
        last += f64::from(u8::from(last * step < upper));
        Ok((exponent, (whole(first), whole(last))))
    }

    fn steps(value: &impl ToPrimitive, lower: f64, upper: f64, exponent: i32) -> i128 {
        let value = value.to_f64().unwrap_or(f64::NAN);
        let value = if value.is_nan() { lower } else { value.clamp(lower, upper) };
        whole((value / power_of_two(exponent)).round_ties_even())
    }

    #[expect(clippy::cast_precision_loss, reason = "post-processing of a finished release")]
    #[inline]
    fn from_steps(steps: i128, grid: f64) -> f64 {
        // Both casts round the same whole number to the nearest f64, ties to even, so they agree;
        // the one from 64 bits is a single instruction.
        i64::try_from(steps).map_or_else(|_| far(steps), |steps| steps as f64) * grid
    }
}

impl Number for i64 {}

impl proof::Number for i64 {
    #[expect(clippy::cast_precision_loss, reason = "only for the error's text")]
    fn grid(lower: i64, upper: i64) -> Result<(i32, (i128, i128)), Error> {
        if lower >= upper {
            return Err(Error::Bounds { lower: lower as f64, upper: upper as f64 });
        }
        Ok((0, (lower.into(), upper.into())))
    }

    fn steps(value: &impl ToPrimitive, lower: i64, upper: i64, _exponent: i32) -> i128 {
        if let Some(value) = value.to_i128() {
            return value;
        }
        // Beyond every integer, or no number at all.
        match value.to_f64() {
            Some(value) if value > 0.0 => upper.into(),
            _ => lower.into(),
        }
    }

    fn from_steps(steps: i128, _grid: f64) -> i64 {
        i64::try_from(steps).unwrap_or(if steps < 0 { i64::MIN } else { i64::MAX })
    }
}

/// `2^exponent`, exactly, for `-1022 ≤ exponent ≤ 1023`.
fn power_of_two(exponent: i32) -> f64 {
    let biased = u64::try_from(exponent + 1023).expect("bounds are at least 1e-280 apart");
    f64::from_bits(biased << 52)
}

/// The largest `e` with `2^e ≤ value`, for a positive normal number.
fn exponent_below(value: f64) -> i32 {
    let biased = (value.to_bits() >> 52) & 0x7ff;
    i32::try_from(biased).expect("eleven bits") - 1023
}

/// Out of line, or the compiler converts from 128 bits every time and then throws that away.
#[expect(clippy::cast_precision_loss, reason = "post-processing of a finished release")]
#[cold]
#[inline(never)]
fn far(steps: i128) -> f64 {
    steps as f64
}

#[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^75: see Bounds::steps")]
fn whole(steps: f64) -> i128 {
    // Both casts are exact where both have room; the one to 64 bits is a single instruction.
    const ROOM: f64 = 9_223_372_036_854_775_808.0; // 2^63
    if steps.abs() < ROOM { i128::from(steps as i64) } else { steps as i128 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a07_bounds_that_are_no_range_are_refused() {
        let nan = f64::NAN;
        for (lower, upper) in [
            (1.0, 0.0),
            (1.0, 1.0),
            (0.0, -0.0),
            (nan, 1.0),
            (0.0, nan),
            (f64::NEG_INFINITY, 0.0),
            (0.0, f64::INFINITY),
            (-f64::MAX, f64::MAX),
            (0.0, 1.1e270),
            (0.0, 5e-324),
        ] {
            assert!(Bounds::new(lower, upper).is_err(), "{lower} to {upper}");
        }
        assert!(Bounds::new(3_i64, 3).is_err());
        let all = Bounds::new(i64::MIN, i64::MAX).expect("a range");
        assert_eq!(all.width(), u128::from(u64::MAX));
    }

    #[test]
    fn percent_has_a_grid_of_a_power_of_two_below_a_millionth() {
        let percent = Bounds::new(0.0, 100.0).expect("a range");
        assert_eq!(percent.step().to_bits(), 2f64.powi(-14).to_bits());
        assert_eq!(percent.width(), 1_638_400);
    }

    #[test]
    fn an_end_that_vanishes_beside_a_step_is_still_covered() {
        let bounds = Bounds::new(-7.2e269, 3.7e-271).expect("a range");
        assert_eq!(bounds.steps.1, 1);
        assert_eq!(Bounds::new(-3.7e-271, 7.2e269).expect("a range").steps.0, -1);
    }

    #[test]
    fn a08_a09_what_is_no_number_becomes_the_lower_bound_and_infinities_the_ends() {
        let percent = Bounds::new(10.0, 100.0).expect("a range");
        let (lower, upper) = percent.steps;
        assert_eq!(percent.clamp(&f64::NAN), lower);
        assert_eq!(percent.clamp(&f64::NEG_INFINITY), lower);
        assert_eq!(percent.clamp(&f64::INFINITY), upper);
        let whole = Bounds::new(-5_i64, 5).expect("a range");
        assert_eq!(whole.clamp(&f64::NAN), -5);
        assert_eq!(whole.clamp(&f64::INFINITY), 5);
        assert_eq!(whole.clamp(&-1e300), -5);
        assert_eq!(whole.clamp(&u64::MAX), 5);
        assert_eq!(whole.clamp(&i64::MIN), -5);
    }

    fn on_grid(steps: i128, grid: f64) -> f64 {
        proof::Number::from_steps(steps, grid)
    }

    fn bounds() -> impl Strategy<Value = Bounds> {
        let end = prop_oneof![-1e3..1e3, -1e270..1e270, -1e-270..1e-270];
        (end.clone(), end)
            .prop_filter_map("a range", |(a, b): (f64, f64)| Bounds::new(a.min(b), a.max(b)).ok())
    }

    #[test]
    fn a09_the_largest_noisy_sum_is_finite() {
        let widest = Bounds::new(-1e270, 1e270).expect("a range");
        assert!(on_grid(1 << 126, widest.step()).is_finite());
    }

    /// Numbers of 64 bits and of 128 go different ways; both are the nearest `f64`, and the end of
    /// `i64` beyond it.
    #[test]
    fn steps_become_the_nearest_number_on_either_side_of_64_bits() {
        let ties = [(1 << 62) + (1 << 9), (1 << 63) + (1 << 10), (1 << 64) + (3 << 11)];
        let edges = [0, 1, 1 << 53, 1 << 63, 1 << 75, 1 << 126].into_iter().chain(ties);
        let near = |edge: i128| (-3..=3).map(move |off| edge + off);
        for steps in edges.flat_map(near).flat_map(|steps| [steps, -steps]) {
            assert_eq!(on_grid(steps, 0.5).to_bits(), (steps as f64 * 0.5).to_bits(), "{steps}");
            let whole: i64 = proof::Number::from_steps(steps, 1.0);
            assert_eq!(i128::from(whole), steps.clamp(i64::MIN.into(), i64::MAX.into()));
            assert_eq!(super::whole(steps as f64), steps as f64 as i128, "{steps}");
        }
    }

    proptest! {
        /// The grid has at least 2^20 and fewer than 2^21 + 3 steps, and covers the range.
        #[test]
        fn the_grid_covers_the_range(bounds in bounds()) {
            let (lower, upper) = bounds.steps;
            prop_assert!(bounds.width() >= 1 << 20 && bounds.width() <= (1 << 21) + 2);
            prop_assert!(on_grid(lower, bounds.step()) <= bounds.lower());
            prop_assert!(on_grid(upper, bounds.step()) >= bounds.upper());
            prop_assert!(bounds.magnitude() < 1 << 75);
        }

        #[test]
        fn steps_become_the_nearest_number(high: i64, low: u64, shift in 0..64_u32) {
            let steps = ((i128::from(high) << 63) | i128::from(low >> 1)) >> shift;
            prop_assert_eq!(on_grid(steps, 0.25).to_bits(), (steps as f64 * 0.25).to_bits());
        }

        #[test]
        fn clamping_is_idempotent_and_monotone(bounds in bounds(), a: f64, b: f64) {
            let (low, high) = if a <= b { (a, b) } else { (b, a) };
            let clamped = bounds.clamp(&low);
            prop_assert!(low.is_nan() || high.is_nan() || clamped <= bounds.clamp(&high));
            prop_assert_eq!(bounds.clamp(&on_grid(clamped, bounds.step())), clamped);
            prop_assert!((bounds.steps.0..=bounds.steps.1).contains(&clamped));
        }

        #[test]
        fn clamping_moves_a_value_within_bounds_by_at_most_half_a_step(
            bounds in bounds(), at in 0.0..=1.0_f64
        ) {
            let value = (bounds.lower() * (1.0 - at) + bounds.upper() * at)
                .clamp(bounds.lower(), bounds.upper());
            let steps = value / bounds.step();
            prop_assert!((bounds.clamp(&value) as f64 - steps).abs() <= 0.5);
        }
    }
}
