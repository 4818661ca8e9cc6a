//! `e^−z` between two bounds, in integers: what decides whether a proposal is accepted.
//!
//! [`quick`] has 64-bit words and an error below 2^-27, [`enclose`] any number of digits. Neither
//! decides anything by itself: where the bounds leave it open, more digits are drawn.

use super::{high_product, real::Enclosure, wide::Wide};

/// The error of [`quick`], in units of 2^-63.
pub(super) const QUICK_ERROR: u64 = 1 << 36;

/// `e^−z` in units of 2^-63, for `z` in units of 2^-60, off by less than [`QUICK_ERROR`] in the
/// same units; the same instructions for every `z`.
///
/// Proof. `z = k ln 2 + r` with `k = ⌊z / L⌋` and `L = LN_2_ROUNDED` within 2^-60 of ln 2, so with
/// `k ≤ 23` the argument `r` is off by at most 23 · 2^-60. The series of `e^−q`, `q = r / 8 <
/// 0.0867`, stops after `q^5`, which leaves less than `q^6 / 6! < 2^-30.6`; its coefficients and
/// products are cut off at 2^-63, five times each, which adds less than 2^-59. Squaring three times
/// multiplies an error by at most eight: in all less than 8 · (2^-30.6 + 2^-59) + 2^-54 < 2^-27.
pub(super) fn quick(z: u64) -> u64 {
    const LN_2_ROUNDED: u64 = 799_144_290_325_165_979; // ln 2 · 2^60
    let k = z / LN_2_ROUNDED;
    let eighth = z - k * LN_2_ROUNDED; // in units of 2^-63
    let mut power = alternating(&const { coefficients::<6>() }, eighth << 1);
    for _ in 0..3 {
        power = product(power, power);
    }
    power >> k
}

/// `c₀ − c₁q + c₂q² − …` in units of 2^-63, as the coefficients are, for `q < ½` in units of 2^-64.
/// Each term but the first is cut off twice, by less than a unit each time.
#[inline]
pub(super) fn alternating<const TERMS: usize>(coefficients: &[u64; TERMS], q: u64) -> u64 {
    let mut sum = coefficients[TERMS - 1];
    for coefficient in coefficients[..TERMS - 1].iter().rev() {
        sum = coefficient - high_product(sum, q);
    }
    sum
}

/// Of the series of `e^−q`: `1 / n!` in units of 2^-63, rounded down.
pub(super) const fn coefficients<const TERMS: usize>() -> [u64; TERMS] {
    let mut coefficients = [1 << 63; TERMS];
    let mut n = 1;
    while n < TERMS {
        coefficients[n] = coefficients[n - 1] / n as u64;
        n += 1;
    }
    coefficients
}

/// The product of two numbers in units of 2^-63, rounded down.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "both are at most 1, and so is the product")]
fn product(a: u64, b: u64) -> u64 {
    ((u128::from(a) * u128::from(b)) >> 63) as u64
}

/// Bounds of `e^−z` in units of `2^−bits`, for every `z` that `z` encloses in the same units.
pub(super) fn enclose(z: &Enclosure, bits: u32) -> Enclosure {
    let one = Wide::new(1);
    Enclosure { low: nearly(&z.high, bits).minus(&one), high: nearly(&z.low, bits).plus(&one) }
}

/// `e^−z`, off by less than one unit of `2^−bits`.
///
/// Proof. It computes with 64 more digits, in units `u = 2^−(bits + 64)`. `t = z / 2^halvings` is
/// below 2^-8, and cutting it off costs `u`. Each of the `N ≤ (bits + 64) / 8 + 1` terms of the
/// series is off by less than `3u`, and those that are left out sum to less than `2u`. Each of the
/// squarings at most doubles the error and adds `2u`. In all less than `2^halvings · (3N + 6) u`,
/// which is below `2^60 u`, a sixteenth of a unit, as long as z < 2^32 and bits < 2^20; going back to
/// units rounds to the nearest, by half of one. (So many bits are asked for with a probability below
/// 2^-500000.) Where z is larger, e^−z is smaller than a unit, and 0 is near enough.
fn nearly(z: &Wide, bits: u32) -> Wide {
    let whole_bits = z.bits().saturating_sub(bits);
    if whole_bits > 32 {
        return Wide::new(0);
    }
    let (digits, halvings) = (bits + 64, whole_bits + 8);
    let t = z.left(64).right(halvings);
    let mut term = Wide::power_of_two(digits);
    let (mut even, mut odd) = (term.clone(), Wide::new(0));
    for n in 1.. {
        term = term.times(&t).right(digits).over(n);
        if term.is_zero() {
            break;
        }
        if n % 2 == 0 {
            even = even.plus(&term);
        } else {
            odd = odd.plus(&term);
        }
    }
    let mut power = even.minus(&odd);
    for _ in 0..halvings {
        power = power.times(&power).right(digits);
    }
    power.plus(&Wide::power_of_two(63)).right(64) // the nearest: cutting could lose a unit more
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the platform's `exp`, which is good to a few units of 2^-53.
    #[test]
    fn quick_is_within_its_error_over_its_whole_range() {
        for i in 0..200_000_u64 {
            let z = i * (u64::MAX / 200_000);
            let expected = (-(z as f64) / 2f64.powi(60)).exp();
            let error = (quick(z) as f64 / 2f64.powi(63) - expected).abs();
            assert!(error < QUICK_ERROR as f64 / 2f64.powi(63), "{z}: {error}");
        }
        assert_eq!(quick(0), 1 << 63);
    }

    #[test]
    fn quick_lies_within_the_bounds_of_two_hundred_digits() {
        for i in 0..2000_u64 {
            let z = i * (u64::MAX / 2000) + i;
            let exact = Wide::new(z.into()).left(140);
            let bounds = enclose(&Enclosure { low: exact.clone(), high: exact }, 200);
            let quick = Wide::new(quick(z).into()).left(137);
            let error = Wide::new(QUICK_ERROR.into()).left(137);
            assert!(quick.plus(&error) >= bounds.high && quick <= bounds.low.plus(&error), "{z}");
        }
    }

    /// `e^−1`, `e^−1/2` and `e^−30` to 120 bits, from their series in a computer algebra system.
    #[test]
    fn bounds_hold_known_values() {
        let cases: [(u128, u32, &str); 3] = [
            (1, 0, "5e2d58d8b3bcdf1abadec7829054f9"),
            (1, 1, "9b4597e37cb04ff3d675a35530cdd7"),
            (30, 0, "00000000001a56e0c2ac7f74d50fd4"),
        ];
        for (numerator, halvings, expected) in cases {
            let z = Wide::new(numerator).left(120 - halvings);
            let bounds = enclose(&Enclosure { low: z.clone(), high: z }, 120);
            let expected = Wide::new(u128::from_str_radix(expected, 16).expect("hexadecimal"));
            assert!(bounds.low <= expected && expected <= bounds.high, "{numerator} {bounds:?}");
            assert!(bounds.high.minus(&bounds.low) <= Wide::new(3));
        }
    }

    /// e^−(a+b) = e^−a · e^−b at four hundred digits, which no table of 64 bits could show.
    #[test]
    fn bounds_obey_the_law_of_exponents() {
        let bits = 400;
        let point = |n: u128| Wide::new(n).left(bits).over(1000);
        let at = |z: &Wide| enclose(&Enclosure { low: z.clone(), high: z.clone() }, bits);
        for (a, b) in [(1, 2), (999, 1), (12_345, 54_321), (200_000, 7)] {
            let (a, b) = (point(a), point(b));
            let whole = at(&a.plus(&b));
            let (a, b) = (at(&a), at(&b));
            assert!(a.low.times(&b.low).right(bits) <= whole.high);
            assert!(a.high.times(&b.high).right(bits).plus(&Wide::new(1)) >= whole.low);
        }
    }

    /// Where e^−z is just above a whole number `n` of units, by 2^-57 to 2^-59 of one (computed with
    /// 700 bits in a computer algebra system), a bound of `n` is none.
    #[test]
    fn upper_bounds_hold_just_above_a_whole_unit() {
        let cases = [
            (
                "4ccccccccccccc00000000000000000000000000000000002080f4a005d6edd6",
                "bda6434e1be027deb19f8da1e4d0834fd701a7d952eb21f8203c9454ebb7efab",
            ),
            (
                "b3333333333330000000000000000000000000000000000014502e1a13d0bb0a",
                "7f2036e7755508b5494b360fe39904d51891edddec8fd7577c4ecb9ed4551c94",
            ),
            (
                "1800000000000000000000000000000000000000000000000214c29f38ef8f07d",
                "391f0ee496b83ac8d7d24bee20b169df7af174a6121dfeccba3fb43c990082b8",
            ),
        ];
        for (z, whole) in cases {
            let wide = |hexadecimal: &str| {
                let digits = hexadecimal.chars().map(|digit| digit.to_digit(16).expect("one"));
                digits.fold(Wide::new(0), |sum, digit| sum.left(4).plus(&Wide::new(digit.into())))
            };
            let (z, whole) = (wide(z), wide(whole));
            let bounds = enclose(&Enclosure { low: z.clone(), high: z }, 256);
            assert!(bounds.low <= whole && whole < bounds.high, "{whole:?} {bounds:?}");
        }
    }

    #[test]
    fn far_beyond_every_draw_it_is_nothing() {
        let z = Wide::power_of_two(200);
        let bounds = enclose(&Enclosure { low: z.clone(), high: z }, 64);
        assert!(bounds.low.is_zero() && bounds.high == Wide::new(1));
    }
}
