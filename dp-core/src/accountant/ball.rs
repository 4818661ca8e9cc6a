use std::ops::{Add, Div, Mul, Neg, Sub};

/// A disc in the complex plane that holds the number that is meant, however arithmetic rounds.
///
/// Each operation bounds three errors and adds them to the radius: what the operands' radii make of
/// the exact result, the rounding of the computed centre, and the rounding of the radius itself
/// (see [`up`]). `u = 2^-53` bounds the relative error of one `+ − × ÷ √` on every platform
/// (IEEE 754), and [`ELEMENTARY`] that of one call of an elementary function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ball {
    pub(super) re: f64,
    pub(super) im: f64,
    pub(super) radius: f64,
}

/// `2^-53`.
pub(super) const U: f64 = f64::EPSILON / 2.0;
/// The relative error charged for one call of `exp`, `exp_m1`, `ln`, `ln_1p`, `sin`, `cos`, `sinh`,
/// `cosh` and `atan2` of the platform: four units in the last place, which are at most `8 u`. No
/// standard promises it; a test holds it against a table of forty digits.
pub(super) const ELEMENTARY: f64 = 8.0 * U;

/// A radius of at most thirty operations on numbers that are not negative, rounded up: privacy.
/// Each of them is off by at most `u` relative, or by less than the least normal number.
#[inline]
pub(super) fn up(radius: f64) -> f64 {
    radius * (1.0 + 64.0 * U) + f64::MIN_POSITIVE
}

impl Ball {
    pub(super) const ZERO: Self = Self::exactly(0.0);
    pub(super) const ONE: Self = Self::exactly(1.0);
    /// All that is known is nothing.
    pub(super) const ANY: Self = Self { re: 0.0, im: 0.0, radius: f64::INFINITY };

    pub(super) const fn exactly(value: f64) -> Self {
        Self { re: value, im: 0.0, radius: 0.0 }
    }

    /// A real number that `value` is nearest to, or one of the two nearest.
    pub(super) fn near(value: f64) -> Self {
        Self { re: value, im: 0.0, radius: up(2.0 * U * value.abs()) }
    }

    /// A point whose imaginary part is within `24 u` relative of `im`.
    pub(super) fn on_line(re: f64, im: f64) -> Self {
        Self { re, im, radius: up(24.0 * U * im.abs()) }
    }

    /// Any real number of the two and between them.
    pub(super) fn between(low: f64, high: f64) -> Self {
        let middle = low + 0.5 * (high - low);
        Self { re: middle, im: 0.0, radius: up((high - middle).max(middle - low)) }
    }

    pub(super) fn whole(number: u128) -> Self {
        let nearest = number as f64;
        if number < 1 << f64::MANTISSA_DIGITS {
            Self::exactly(nearest)
        } else {
            Self::near(nearest)
        }
    }

    /// The least the real part can be. What is undefined can be anything.
    pub(super) fn lower(self) -> f64 {
        let lower = (self.re - self.radius).next_down();
        if lower.is_nan() { f64::NEG_INFINITY } else { lower }
    }

    /// The most the real part can be.
    pub(super) fn upper(self) -> f64 {
        -(-self).lower()
    }

    /// The computed modulus of the centre: within `2 u` of it, and of 1e-150.
    #[inline]
    pub(super) fn modulus(self) -> f64 {
        (self.re * self.re + self.im * self.im).sqrt()
    }

    /// With a further error of at most `error`.
    #[inline]
    pub(super) fn widened(self, error: f64) -> Self {
        Self { radius: up(self.radius + error), ..self }
    }

    /// The real part.
    pub(super) fn real(self) -> Self {
        Self { im: 0.0, ..self }
    }

    #[inline]
    pub(super) fn times(self, factor: f64) -> Self {
        let (re, im) = (self.re * factor, self.im * factor);
        Self { re, im, radius: up(self.radius * factor.abs() + U * (re.abs() + im.abs())) }
    }

    pub(super) fn recip(self) -> Self {
        let square = self.re * self.re + self.im * self.im;
        let modulus = square.sqrt();
        // What underflows has lost its digits.
        if modulus <= 2.0 * self.radius || square < 1e-290 {
            return Self::ANY;
        }
        // |1/z − 1/z'| = |z' − z| / |z z'|. The square is off by 2 u, each quotient by 4 u.
        let radius = self.radius / (modulus * (modulus - self.radius)) + 8.0 * U / modulus;
        Self { re: self.re / square, im: -self.im / square, radius: up(radius) }
    }

    /// `|exp(z + d) − exp(z)| ≤ |exp(z)| (exp(r) − 1)` for `|d| ≤ r`, and `exp(r) − 1 ≤ r + r²` for
    /// `r ≤ 1`. Each part of the centre is two elementary calls and a product.
    #[inline]
    pub(super) fn exp(self) -> Self {
        let modulus = self.re.exp();
        let (sin, cos) = self.im.sin_cos();
        let growth =
            if self.radius <= 1.0 { self.radius * (1.0 + self.radius) } else { f64::INFINITY };
        // The modulus can be short by an elementary error, which 20 u has room for.
        let radius = up(modulus * (growth * (1.0 + 20.0 * U) + 2.0 * ELEMENTARY + 4.0 * U));
        Self { re: modulus * cos, im: modulus * sin, radius }
    }

    /// `exp(z) − 1 = expm1(x) cos y − 2 sin²(y/2) + i exp(x) sin y`, relative to its own size for
    /// small `z`: each of the three products is off by at most three elementary errors and `4 u`.
    pub(super) fn exp_m1(self) -> Self {
        if self.radius > 1.0 || self.re > 700.0 {
            return self.exp() - Self::ONE;
        }
        let (small, modulus) = (self.re.exp_m1(), self.re.exp());
        let (sin, cos) = self.im.sin_cos();
        let half = (0.5 * self.im).sin();
        let (first, second, im) = (small * cos, 2.0 * half * half, modulus * sin);
        let growth = modulus * self.radius * (1.0 + self.radius) * (1.0 + 20.0 * U);
        let sizes = first.abs() + second + im.abs();
        let radius = up(growth + sizes * (3.0 * ELEMENTARY + 4.0 * U));
        Self { re: first - second, im, radius }
    }

    /// `sinh z = sinh x cos y + i cosh x sin y`; its derivative is at most `cosh x` in size.
    pub(super) fn sinh(self) -> Self {
        let (sin, cos) = self.im.sin_cos();
        let (re, im) = (self.re.sinh() * cos, self.re.cosh() * sin);
        let slope = (self.re.abs() + self.radius).cosh();
        let sizes = re.abs() + im.abs();
        let growth = self.radius * slope * (1.0 + 2.0 * ELEMENTARY);
        Self { re, im, radius: up(growth + sizes * (2.0 * ELEMENTARY + 2.0 * U)) }
    }

    /// The logarithm, on some branch. `|ln z − ln z'| ≤ r / (|z| − r)`; the real part is a logarithm
    /// of a modulus that is off by `2 u`, the imaginary part at most π.
    pub(super) fn ln(self) -> Self {
        let modulus = self.modulus();
        if modulus <= 2.0 * self.radius || modulus < 1e-145 {
            return Self::ANY;
        }
        let (re, im) = (modulus.ln(), self.im.atan2(self.re));
        let growth = self.radius / (modulus * (1.0 - 4.0 * U) - self.radius);
        let radius = up(growth + 4.0 * U + ELEMENTARY * (re.abs() + im.abs()));
        Self { re, im, radius }
    }

    /// `ln(1 + z)` on some branch, relative to its own size for small `z`.
    ///
    /// For `|z| ≤ ½` it is `½ ln_1p(t) + i atan2(y, 1 + x)` with `t = 2 x + x² + y²`, which is computed
    /// to `3 u (2 |x| + |z|²) ≤ 8 u |z|`, and `1 + t = |1 + z|² ≥ ¼`; so the real part is off by at
    /// most `16 u |z|` and half an elementary error of `ln_1p(t)`, at most `4 |t| ≤ 10 |z|`. Rounding
    /// `1 + x` moves the angle by at most `2 u |y|`, and the angle is at most `2 |y|`.
    pub(super) fn ln_1p(self) -> Self {
        let modulus = self.modulus();
        if modulus + self.radius > 0.4 {
            return (Self::ONE + self).ln();
        }
        let t = 2.0 * self.re + (self.re * self.re + self.im * self.im);
        let (re, im) = (0.5 * t.ln_1p(), self.im.atan2(1.0 + self.re));
        let growth = self.radius / (1.0 - modulus - self.radius);
        Self { re, im, radius: up(growth + modulus * (18.0 * U + 7.0 * ELEMENTARY)) }
    }
}

impl Add for Ball {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        let (re, im) = (self.re + other.re, self.im + other.im);
        Self { re, im, radius: up(self.radius + other.radius + U * (re.abs() + im.abs())) }
    }
}

impl Sub for Ball {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Ball {
    type Output = Self;
    fn neg(self) -> Self {
        Self { re: -self.re, im: -self.im, radius: self.radius }
    }
}

/// The product in four multiplications is within `√5 u` of the exact one (Brent, Percival and
/// Zimmermann 2007, Theorem 1).
impl Mul for Ball {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        let (a, b) = (self.modulus(), other.modulus());
        let radius = a * other.radius + b * self.radius + self.radius * other.radius;
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
            // Where a modulus underflows, it is below 1e-150.
            radius: up(radius
                + 3.0 * U * a * b
                + 1e-150 * (U * (a + b) + other.radius + self.radius)),
        }
    }
}

impl Div for Ball {
    type Output = Self;
    #[expect(clippy::suspicious_arithmetic_impl, reason = "a quotient is a product")]
    fn div(self, other: Self) -> Self {
        self * other.recip()
    }
}
