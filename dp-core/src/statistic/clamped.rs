use super::{Move, Statistic, estimate};
use crate::{Bounds, Error, Estimate, Number, Private};

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
        Statistic::how_many(self.values().len())
    }

    /// The sum, in the values' own unit. Exact in any order: whole steps, added in 128 bits. A noisy
    /// sum beyond the ends of `i64` becomes the end, which is post-processing.
    pub fn sum(&self) -> Statistic<Estimate<N>> {
        Statistic {
            steps: self.total(),
            replaced: Ok(Move::of_one(self.bounds.width())),
            added: Ok(Move::of_one(self.bounds.magnitude())),
            values: self.values().len(),
            grid: self.bounds.grid(),
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
            added: Err(super::PRIVATE_NUMBER),
            values: self.values().len(),
            grid: self.bounds.grid(),
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
}
