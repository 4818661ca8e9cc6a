use num_traits::ToPrimitive;

use super::{Move, Statistic, estimates};
use crate::{Bounds, Error, Estimate, Number, Private};

/// Private rows of several numbers each, such as 24 hourly values of each person, every number
/// within the same [`Bounds`].
///
/// A row is one value or record of a [`PrivacyUnit`](crate::PrivacyUnit): all its numbers are
/// protected together. Only the total of each column is kept, in whole grid steps.
#[derive(Debug)]
pub struct ClampedRows<N = f64> {
    /// One for each column, below 2^123 in magnitude: a number is below 2^75 steps and a machine
    /// holds fewer than 2^48 rows.
    totals: Private<Vec<i128>>,
    rows: Private<usize>,
    bounds: Bounds<N>,
}

/// Keeps an answer in memory, and what a row moves it by in 128 bits: at most 2^20 · 2^76 steps.
const MOST_COLUMNS: usize = 1 << 20;

impl<N: Number> ClampedRows<N> {
    pub(crate) fn new<V: ToPrimitive>(
        rows: &[impl AsRef<[V]>],
        columns: usize,
        bounds: Bounds<N>,
    ) -> Result<Self, Error> {
        if !(1..=MOST_COLUMNS).contains(&columns) {
            return Err(Error::Columns(columns));
        }
        // What a row lacks is treated as what is no number is: a public constant in its place.
        let missing = bounds.clamp(&f64::NAN);
        let mut totals = vec![0; columns];
        for row in rows {
            let given = row.as_ref().iter().map(|value| bounds.clamp(value));
            for (total, steps) in totals.iter_mut().zip(given.chain(std::iter::repeat(missing))) {
                *total += steps;
            }
        }
        Ok(Self { totals: Private::new(totals), rows: Private::new(rows.len()), bounds })
    }

    /// How many rows there are; a release of its own where that number is private.
    pub fn count(&self) -> Statistic<Estimate<i64>> {
        Statistic::how_many(self.rows())
    }

    /// The sum of each column, in the values' own unit: as many numbers as there are columns.
    /// Exact in any order. A noisy sum beyond the ends of `i64` becomes the end, which is
    /// post-processing.
    pub fn sum(&self) -> Statistic<Estimate<Vec<N>>> {
        Statistic {
            steps: self.totals(),
            replaced: Ok(self.each_by(self.bounds.width())),
            added: Ok(self.each_by(self.bounds.magnitude())),
            values: self.rows(),
            grid: self.bounds.grid(),
            divisor: 1.0,
            finish: estimates,
        }
    }

    /// The mean of each column where the number of rows is public: the noisy sums over that number.
    ///
    /// # Errors
    /// [`Error::Empty`] when there are no rows.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 rows fit a machine")]
    pub fn mean(&self) -> Result<Statistic<Estimate<Vec<f64>>>, Error> {
        if self.rows() == 0 {
            return Err(Error::Empty);
        }
        Ok(Statistic {
            steps: self.totals(),
            replaced: Ok(self.each_by(self.bounds.width())),
            added: Err(super::PRIVATE_NUMBER),
            values: self.rows(),
            grid: self.bounds.grid(),
            divisor: self.rows() as f64,
            finish: estimates,
        })
    }

    /// One row holds a number for each column, and each may go from one end to the other.
    fn each_by(&self, steps: u128) -> Move {
        Move::of_each(self.totals.expose_to_owner().len() as u64, steps)
    }

    fn totals(&self) -> Private<Vec<i128>> {
        Private::new(self.totals.expose_to_owner().clone())
    }

    fn rows(&self) -> usize {
        *self.rows.expose_to_owner()
    }
}

#[cfg(test)]
mod tests;
