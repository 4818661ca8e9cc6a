//! The standard normal law with proved bounds, the same on every platform.
//!
//! With the density `φ`, the tail `Φ(−x)` is `φ(x) M(x)`, where `M` is Mills' ratio, and the middle
//! `P(|N| ≤ x)` is `2 φ(x) S(x)`, where `S(x) = Σ x^(2k+1) / (1·3·…·(2k+1))`. Each function returns
//! an [`Interval`]: its error is bounded by construction, for any `x ≥ 0`, and the platform's `exp`
//! and `erfc`, whose errors nobody states, are not used.
//!
//! **`M` by a continued fraction.** For `x ≥ 0` let `I(k) = ∫₀^∞ y^k exp(−xy − y²/2) dy > 0`, so that
//! `M = I(0)`. Integration by parts gives `I(1) + x I(0) = 1` and `I(k+1) + x I(k) = k I(k−1)`. With
//! `q(k) = I(k) / I(k−1)` these read
//!
//! ```text
//! M = 1 / (x + q(1)),    q(k) = k / (x + q(k+1)).
//! ```
//!
//! By Cauchy and Schwarz `I(k)² ≤ I(k−1) I(k+1)`, so `q(k) ≤ q(k+1)`; then `q(k) (x + q(k)) ≤ k`,
//! which is `q(k) ≤ u(k) = 2k / (x + √(x² + 4k))`, and therefore `q(k) ≥ k / (x + u(k+1))`. From that
//! bracket at some `n` the recurrence down to 1 keeps `M` inside, whatever `n` is; a larger `n` only
//! makes it narrower.
//!
//! **`M` by its series**, for small `x`: `½ = φ M + φ S`, so `M = √(π/2) exp(x²/2) − S`.

mod interval;

pub(crate) use interval::Interval;

/// Below it `M` comes from the series, which cancels ever more digits as `x` grows; from here on
/// from the fraction, which needs ever more terms as `x` falls.
const CROSSOVER: f64 = 2.0;
/// `1/√(2π)`, and `√(π/2)`, each to the nearest.
const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;
const MILLS_AT_0: f64 = 1.253_314_137_315_500_3;

/// `φ(x)`.
pub(crate) fn density(x: f64) -> Interval {
    Interval::near(DENSITY_AT_0) / exp_of_half_square(x)
}

/// `M(x) = Φ(−x) / φ(x)`, for `x ≥ 0`.
pub(crate) fn mills(x: f64) -> Interval {
    if x < CROSSOVER {
        Interval::near(MILLS_AT_0) * exp_of_half_square(x) - odd_series(x)
    } else {
        fraction(x)
    }
}

/// The `x` with `P(|N| ≤ x) = confidence`, for `1e-6 ≤ confidence < 1`, to two parts in 10^13.
pub(crate) fn central_quantile(confidence: f64) -> f64 {
    let tail = 1.0 - confidence;
    // Newton's method, on the middle where it is small and on the logarithm of the tail elsewhere,
    // so that neither loses digits. Both converge from one side.
    let from_middle = confidence < 0.5;
    let mut x = if from_middle { 0.0 } else { (-2.0 * logarithm(tail)).sqrt() };
    for _ in 0..30 {
        let step = if from_middle {
            (0.5 * confidence / density(x).high) - odd_series(x).high
        } else {
            let mills = mills(x).high;
            mills * logarithm(2.0 * density(x).high * mills / tail)
        };
        x += step;
        if step.abs() <= 1e-15 * x {
            break;
        }
    }
    x
}

/// The natural logarithm to 1e-4, and to the third order about 1: enough to steer by, and no bound
/// rests on it.
pub(crate) fn logarithm(x: f64) -> f64 {
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = x.to_bits();
    let exponent = (bits >> FRACTION_BITS) as i32 - 1023;
    let mantissa = f64::from_bits((bits & ((1 << FRACTION_BITS) - 1)) | 1.0_f64.to_bits());
    let (exponent, mantissa) = if mantissa > std::f64::consts::SQRT_2 {
        (exponent + 1, 0.5 * mantissa)
    } else {
        (exponent, mantissa)
    };
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    f64::from(exponent) * std::f64::consts::LN_2 + 2.0 * z * (1.0 + z * z / 3.0)
}

/// `exp(x²/2)`: the Taylor series of `x²/2^(j+1) ≤ ½`, squared `j` times.
///
/// `exp(y) = r(1)` with `r(k) = 1 + (y/k) r(k+1)`, and `1 ≤ r(k) ≤ 1/(1 − y/k) ≤ 2` for every `k`.
fn exp_of_half_square(x: f64) -> Interval {
    let (mut squarings, mut part) = (0, 0.5);
    let whole = Interval::exactly(x) * Interval::exactly(x);
    while whole.high * part > 0.5 && squarings < 12 {
        squarings += 1;
        part *= 0.5;
    }
    let y = whole * Interval::exactly(part);
    let mut exp = Interval { low: 1.0, high: if y.high <= 0.5 { 2.0 } else { f64::INFINITY } };
    for k in (1..=16_u8).rev() {
        exp = Interval::exactly(1.0) + y / Interval::exactly(k.into()) * exp;
    }
    for _ in 0..squarings {
        exp = exp * exp;
    }
    exp
}

/// `S(x)`, for `0 ≤ x ≤ 2`.
fn odd_series(x: f64) -> Interval {
    let x = Interval::exactly(x);
    let square = x * x;
    let (mut term, mut sum) = (x, x);
    for odd in (3..=53_u8).step_by(2) {
        term = term * square / Interval::exactly(odd.into());
        sum = sum + term;
    }
    // Each further term is less than half the one before, so all of them are less than the last.
    sum + Interval { low: 0.0, high: term.high }
}

/// `M(x)` for `x ≥ CROSSOVER`, within a few units in the last place.
fn fraction(x: f64) -> Interval {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "10 to 45")]
    let terms = (10.0 + 140.0 / (x * x)) as u8;
    let x = Interval::exactly(x);
    let number = |k: u8| Interval::exactly(k.into());
    let most = |k| {
        let root = (x * x + Interval::exactly(4.0) * number(k)).sqrt();
        Interval::exactly(2.0) * number(k) / (x + root)
    };
    let least = number(terms) / (x + most(terms + 1));
    let mut q = Interval { low: least.low, high: most(terms).high };
    for k in (1..terms).rev() {
        q = number(k) / (x + q);
    }
    Interval::exactly(1.0) / (x + q)
}

#[cfg(test)]
mod tests;
