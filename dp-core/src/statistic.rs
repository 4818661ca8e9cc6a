//! What can be asked of private data, and how far each unit moves the answer.

mod clamped;
mod clamped_rows;
mod histogram;

pub use clamped::Clamped;
pub use clamped_rows::ClampedRows;

use std::fmt;

use crate::{
    Error, Estimate, Grid, Noise, NoiseRng, Number, PrivacyUnit, Private, Sensitivity, proof,
    proof::{Draw, Steps},
    sampler,
};

/// Something private that can be paid for: it knows how far any unit moves it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a question that can be paid for",
    note = "ask something of clamped data first, such as its `sum()`, `count()` or `mean()?`"
)]
pub trait Query: proof::Query {
    /// How far one `unit` moves the answer. Public: it depends on the bounds and, where the unit
    /// makes it public, the number of values, never on a value.
    ///
    /// # Errors
    /// [`Error::Unit`] where the unit moves the answer without bound or not at all,
    /// [`Error::TooSensitive`] where it moves it by more than noise can be drawn for.
    fn sensitivity(&self, unit: PrivacyUnit) -> Result<Sensitivity, Error>;
}

/// One private whole number of grid steps or several, how far each unit moves them, and the public
/// way from noisy steps to a `T`.
pub struct Statistic<T: Answer> {
    /// Each below 2^123 in magnitude; how many there are is public.
    pub(crate) steps: Private<T::Steps>,
    /// How far replacing one value moves it, or why that is not to be asked.
    replaced: Result<Move, &'static str>,
    /// How far adding or removing one record moves it, or what to do instead.
    added: Result<Move, &'static str>,
    /// How many values, or rows of values, there are.
    values: usize,
    grid: Grid,
    divisor: f64,
    /// A plain `fn`: post-processing that captures no data.
    finish: fn(T::Steps, Noise) -> T,
}

/// Why a mean has no noise where records come and go.
const PRIVATE_NUMBER: &str = "the number of values is private: release the sum and the count";

/// How far one value or record moves a statistic, in steps: `l2 · √times` in L2.
#[derive(Clone, Copy)]
struct Move {
    l1: u128,
    l2: u128,
    times: u64,
}

impl Move {
    fn of_one(steps: u128) -> Self {
        Self::of_each(1, steps)
    }

    /// At most `numbers ≥ 1` of the answer's numbers, each by at most `steps`: `numbers · steps` in
    /// L1 and `√(numbers · steps²)` in L2, which is no more.
    fn of_each(numbers: u64, steps: u128) -> Self {
        Self { l1: steps * u128::from(numbers), l2: steps, times: numbers }
    }
}

impl<T: Answer> Statistic<T> {
    /// One step in the released unit.
    pub(crate) fn step(&self) -> f64 {
        self.grid.step / self.divisor
    }

    /// The answer with a draw added to each of its numbers.
    pub(crate) fn answer(self, noise: Noise, in_constant_time: bool, rng: &mut NoiseRng) -> T {
        let steps = noise.law().add_to(self.steps.into_inner(), in_constant_time, rng);
        (self.finish)(steps, noise)
    }
}

impl Statistic<Estimate<i64>> {
    /// How many values or rows there are.
    fn how_many(values: usize) -> Self {
        Self {
            steps: Private::new(values as i128),
            replaced: Err("under this unit the number of values is public: use it as it is"),
            added: Ok(Move::of_one(1)),
            values,
            grid: Grid::WHOLE,
            divisor: 1.0,
            finish: estimate,
        }
    }
}

impl Statistic<Estimate> {
    /// The mean of one window of a signal, which its timeline prices; no other unit applies.
    pub(crate) fn of_window(steps: i128, grid: Grid) -> Self {
        let elsewhere = Err("this is a window: its timeline pays for it");
        Self {
            steps: Private::new(steps),
            replaced: elsewhere,
            added: elsewhere,
            values: 1,
            grid,
            divisor: 1.0,
            finish: estimate,
        }
    }
}

/// What a [`Statistic`] releases.
///
/// Sealed: what noise is added to is part of the proof of every release.
pub trait Answer: proof::Answer {}

impl<N: Number> Answer for Estimate<N> {}

impl<N: Number> proof::Answer for Estimate<N> {
    type Steps = i128;
}

impl<N: Number> Answer for Estimate<Vec<N>> {}

impl<N: Number> proof::Answer for Estimate<Vec<N>> {
    type Steps = Vec<i128>;
}

impl Steps for i128 {
    fn add_noise(self, draw: &impl Draw, rng: &mut NoiseRng) -> Self {
        sampler::add(self, draw.draw(rng))
    }
}

impl Steps for Vec<i128> {
    fn add_noise(mut self, draw: &impl Draw, rng: &mut NoiseRng) -> Self {
        for number in &mut self {
            *number = sampler::add(*number, draw.draw(rng));
        }
        self
    }
}

fn estimate<N: Number>(steps: i128, noise: Noise) -> Estimate<N> {
    Estimate { value: N::from_steps(steps, noise.step()), noise }
}

fn estimates<N: Number>(steps: Vec<i128>, noise: Noise) -> Estimate<Vec<N>> {
    let grid = noise.step();
    Estimate { value: steps.into_iter().map(|steps| N::from_steps(steps, grid)).collect(), noise }
}

impl<T: Answer> proof::Query for Statistic<T> {
    fn grid(&self) -> Option<Grid> {
        Some(self.grid)
    }
}

impl<T: Answer> Query for Statistic<T> {
    fn sensitivity(&self, unit: PrivacyUnit) -> Result<Sensitivity, Error> {
        let refuse = |instead| Error::Unit { unit, instead };
        let values = self.values as u128;
        let (each, times) = match unit {
            // No more values can be replaced than there are, and that number is public.
            PrivacyUnit::Values(k) => (self.replaced, values.min(k.into())),
            PrivacyUnit::Records(k) => (self.added, k.into()),
            PrivacyUnit::Dataset => (self.replaced, values),
            PrivacyUnit::Time(_) => (Err("record it as a Window of a Timeline"), 1),
        };
        if times == 0 {
            return Err(refuse("a unit of nothing protects nothing"));
        }
        let each = each.map_err(refuse)?;
        // k moves, one after the other: both distances at most add up, by the triangle inequality,
        // and do where all moves are alike (every value of one category goes to one other).
        let (l1, l2) = (each.l1.checked_mul(times), each.l2.checked_mul(times));
        Sensitivity::of_vector(l1, l2, each.times)
    }
}

impl<T: Answer> fmt::Debug for Statistic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Statistic(..)")
    }
}

#[cfg(test)]
mod tests;
