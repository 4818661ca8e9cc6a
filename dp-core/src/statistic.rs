use std::fmt;

use crate::{
    Bounds, Error, Estimate, Noise, NoiseRng, Number, PrivacyUnit, Private, Sensitivity, proof,
    proof::{Draw, Steps},
    sampler,
};

/// Something private that can be paid for: it knows how far any unit moves it.
pub trait Query: proof::Query {
    /// How far one `unit` moves the answer. Public: it depends on the bounds and, where the unit
    /// makes it public, the number of values, never on a value.
    ///
    /// # Errors
    /// [`Error::Unit`] where the unit moves the answer without bound or not at all,
    /// [`Error::TooSensitive`] where it moves it by more than noise can be drawn for.
    fn sensitivity(&self, unit: PrivacyUnit) -> Result<Sensitivity, Error>;
}

/// Private values within [`Bounds`], each a whole number of grid steps.
#[derive(Debug)]
pub struct Clamped<N = f64> {
    steps: Private<Vec<i128>>,
    bounds: Bounds<N>,
}

impl<N: Number> Clamped<N> {
    pub(crate) fn new(steps: Vec<i128>, bounds: Bounds<N>) -> Self {
        Self { steps: Private::new(steps), bounds }
    }

    /// How many values there are; a release of its own where that number is private.
    pub fn count(&self) -> Statistic<Estimate<i64>> {
        Statistic {
            steps: Private::new(self.values().len() as i128),
            replaced: Err("under this unit the number of values is public: use it as it is"),
            added: Ok(Move::of_one(1)),
            values: self.len(),
            grid: 1.0,
            divisor: 1.0,
            finish: estimate,
        }
    }

    /// The sum, in the values' own unit. Exact in any order: whole steps, added in 128 bits. A noisy
    /// sum beyond the ends of `i64` becomes the end, which is post-processing.
    pub fn sum(&self) -> Statistic<Estimate<N>> {
        Statistic {
            steps: self.total(),
            replaced: Ok(Move::of_one(self.bounds.width())),
            added: Ok(Move::of_one(self.bounds.magnitude())),
            values: self.len(),
            grid: self.bounds.step(),
            divisor: 1.0,
            finish: estimate,
        }
    }

    /// The mean where the number of values is public: the noisy sum over that number.
    ///
    /// # Errors
    /// [`Error::Empty`] when there are no values.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 values fit a machine")]
    pub fn mean(&self) -> Result<Statistic<Estimate>, Error> {
        if self.values().is_empty() {
            return Err(Error::Empty);
        }
        Ok(Statistic {
            steps: self.total(),
            replaced: Ok(Move::of_one(self.bounds.width())),
            added: Err("the number of values is private: release the sum and the count"),
            values: self.len(),
            grid: self.bounds.step(),
            divisor: self.values().len() as f64,
            finish: estimate,
        })
    }

    /// Cannot overflow: a value is below 2^75 steps and a machine holds fewer than 2^48 of them.
    fn total(&self) -> Private<i128> {
        Private::new(self.values().iter().sum())
    }

    fn values(&self) -> &[i128] {
        self.steps.expose_to_owner()
    }

    fn len(&self) -> u128 {
        self.values().len() as u128
    }
}

/// A private whole number of grid steps, how far each unit moves it, and the public way from noisy
/// steps to a `T`.
pub struct Statistic<T: Answer> {
    /// Below 2^123 in magnitude.
    pub(crate) steps: Private<T::Steps>,
    /// How far replacing one value moves it, or why that is not to be asked.
    replaced: Result<Move, &'static str>,
    /// How far adding or removing one record moves it, or what to do instead.
    added: Result<Move, &'static str>,
    values: u128,
    grid: f64,
    divisor: f64,
    /// A plain `fn`: post-processing that captures no data.
    pub(crate) finish: fn(T::Steps, Noise) -> T,
}

/// How far one value or record moves a statistic, in steps: `l2 · √times` in L2.
#[derive(Clone, Copy)]
struct Move {
    l1: u128,
    l2: u128,
    times: u64,
}

impl Move {
    fn of_one(steps: u128) -> Self {
        Self { l1: steps, l2: steps, times: 1 }
    }
}

impl<T: Answer> Statistic<T> {
    /// One step in the released unit.
    pub(crate) fn step(&self) -> f64 {
        self.grid / self.divisor
    }

    /// The answer with a draw added to each of its numbers.
    pub(crate) fn answer(self, draw: &impl Draw, noise: Noise, rng: &mut NoiseRng) -> T {
        (self.finish)(self.steps.into_inner().add_noise(draw, rng), noise)
    }
}

impl Statistic<Estimate> {
    /// The mean of one window of a signal, which its timeline prices; no other unit applies.
    pub(crate) fn of_window(steps: i128, grid: f64) -> Self {
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

impl Steps for i128 {
    fn add_noise(self, draw: &impl Draw, rng: &mut NoiseRng) -> Self {
        sampler::add(self, draw.draw(rng))
    }
}

fn estimate<N: Number>(steps: i128, noise: Noise) -> Estimate<N> {
    Estimate { value: N::from_steps(steps, noise.step()), noise }
}

impl<T: Answer> proof::Query for Statistic<T> {}

impl<T: Answer> Query for Statistic<T> {
    fn sensitivity(&self, unit: PrivacyUnit) -> Result<Sensitivity, Error> {
        let refuse = |instead| Error::Unit { unit, instead };
        let (each, times) = match unit {
            // No more values can be replaced than there are, and that number is public.
            PrivacyUnit::Values(k) => (self.replaced, u128::from(k).min(self.values)),
            PrivacyUnit::Records(k) => (self.added, k.into()),
            PrivacyUnit::Dataset => (self.replaced, self.values),
            PrivacyUnit::Time(_) => (Err("record it as a Window of a Timeline"), 1),
        };
        if times == 0 {
            return Err(refuse("a unit of nothing protects nothing"));
        }
        let each = each.map_err(refuse)?;
        // k moves, one after the other: both distances at most add up.
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
