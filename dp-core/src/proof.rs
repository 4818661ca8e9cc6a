//! What only this crate may implement or hold, because a proof rests on it.

use std::fmt;

use num_traits::ToPrimitive;

use crate::{Error, Grid, NoiseRng, PrivacyUnit, Sensitivity};

/// States the source and theorem that a mechanism's guarantee in `L` rests on.
pub trait Proven<L> {
    /// The mechanism's name, as a reader of a record knows it.
    const NAME: &'static str;
    /// One sentence; published in every record.
    const PROOF: &'static str;
}

/// A query that has been paid for, opened for its mechanism.
#[derive(Debug)]
pub struct Opened<Q, L> {
    /// The private input.
    pub query: Q,
    /// How far one unit moves it.
    pub sensitivity: Sensitivity,
    /// What is protected.
    pub unit: PrivacyUnit,
    /// What was paid, and must be given.
    pub loss: L,
}

/// How a currency adds up and how a ledger's file writes it.
pub trait Loss: Sized {
    const CURRENCY: &'static str;
    /// `None` when the sum is beyond every budget.
    fn plus(self, other: Self) -> Option<Self>;
    /// `None` when nothing is left.
    fn minus(self, other: Self) -> Option<Self>;
    fn within(self, budget: Self) -> bool;
    fn encode(self) -> String;
    fn decode(text: &str) -> Option<Self>;
    /// Its parts by name, as a record states them.
    fn terms(self) -> Vec<(&'static str, f64)>;
}

/// A currency that is one whole number of units, from 1 to `MOST`.
pub trait Counted: crate::Loss {
    const MOST: u64;
    /// `None` outside that range.
    fn of_units(units: u64) -> Option<Self>;
}

/// The grid of a number type.
pub trait Number: fmt::Debug + Sized {
    /// The exponent of the step, and both ends in steps, rounded outward.
    fn grid(lower: Self, upper: Self) -> Result<(i32, (i128, i128)), Error>;
    /// A value in steps; where it lies outside the ends, so may the result.
    fn steps(value: &impl ToPrimitive, lower: Self, upper: Self, exponent: i32) -> i128;
    /// Steps of size `grid` in the type's own unit.
    fn from_steps(steps: i128, grid: f64) -> Self;
}

/// What a statistic releases, and the whole grid steps that it is made of.
pub trait Answer {
    /// One number of steps or several.
    type Steps: Steps;
}

/// Whole grid steps that noise can be added to.
pub trait Steps: fmt::Debug {
    /// Every number plus a draw of its own, saturated at ±2^126, which is post-processing.
    fn add_noise(self, draw: &impl Draw, rng: &mut NoiseRng) -> Self;
}

/// A sampler that is ready to draw.
pub trait Draw {
    /// A draw, in steps.
    fn draw(&self, rng: &mut NoiseRng) -> i128;
}

/// Queries are sealed: a sensitivity is computed here, never typed in.
pub trait Query {
    /// The grid that its values lie on, if they do: public.
    fn grid(&self) -> Option<Grid>;
}
