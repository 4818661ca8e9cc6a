use std::fmt;

use crate::Work;

/// A law of noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// `P(k) ∝ exp(−|k| / scale)`.
    Laplace,
    /// The same, in a time that says nothing of the draw.
    ConstantTimeLaplace,
    /// A normal variable of that deviation, rounded to the grid.
    RoundedGaussian,
    /// `P(k) ∝ exp(−k² / 2 scale²)`.
    DiscreteGaussian,
}

/// What noise is added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Whole numbers.
    Integer,
    /// Floating-point numbers on a grid of 2^(⌊log2 scale⌋ − 40), where a library has one.
    Float,
}

/// How wide noise is: a fraction.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Above the line.
    pub numerator: u64,
    /// Below the line.
    pub denominator: u64,
}

/// One library's noise of one law and scale.
#[derive(Debug)]
pub struct Noise {
    /// Adds it to one number.
    pub scalar: Work,
    /// Adds it to each of [`VECTOR`] numbers, where the library can.
    pub vector: Option<Work>,
}

/// How long vectors are.
pub const VECTOR: u32 = 1_000;

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Laplace => "Laplace",
            Self::ConstantTimeLaplace => "Laplace, ours in constant time",
            Self::RoundedGaussian => "Gaussian, ours rounded",
            Self::DiscreteGaussian => "discrete Gaussian",
        })
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer => "i64",
            Self::Float => "f64",
        })
    }
}

impl Scale {
    /// The scales that are measured.
    pub const ALL: [Scale; 5] = [
        Self::new(1, 10),
        Self::new(1, 1),
        Self::new(10, 1),
        Self::new(1_000, 1),
        Self::new(1_000_000, 1),
    ];

    /// A fraction.
    pub const fn new(numerator: u64, denominator: u64) -> Self {
        Self { numerator, denominator }
    }

    /// The nearest number.
    #[expect(clippy::cast_precision_loss, reason = "a million at most")]
    pub fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The exponent of the grid that [`Output::Float`] lies on.
    pub fn grid(self) -> i32 {
        let exponent = (self.value().to_bits() >> 52) & 0x7ff;
        i32::try_from(exponent).expect("eleven bits") - 1023 - 40
    }

    /// The same in steps of that grid.
    pub fn in_steps(self) -> (u128, u64) {
        (u128::from(self.numerator) << -self.grid(), self.denominator)
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            large if large >= 1e3 => write!(f, "{large:e}"),
            small => write!(f, "{small}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_forty_bits_finer_than_the_scale() {
        assert_eq!(Scale::new(1, 10).grid(), -44);
        assert_eq!(Scale::new(1, 1).grid(), -40);
        assert_eq!(Scale::new(1_000, 1).grid(), -31);
        assert_eq!(Scale::new(10, 1).in_steps(), (10 << 37, 1));
    }
}
