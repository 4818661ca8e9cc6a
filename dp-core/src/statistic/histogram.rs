use std::{collections::HashMap, hash::Hash};

use super::{Move, Statistic, estimates};
use crate::{Error, Estimate, Grid, Private};

impl<V: Eq + Hash> Private<Vec<V>> {
    /// How many values there are of each of these categories, in their order: as many counts as
    /// there are categories, whatever the data.
    ///
    /// A value of no category is counted nowhere. Categories are what a value *can* be: a list read
    /// from the data is a release that nobody paid for.
    ///
    /// ```
    /// # use dp_core::*;
    /// # fn main() -> Result<(), Error> {
    /// let answers = Private::new(vec!["by train", "on foot", "by train"]);
    /// let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), Rho::new(0.5)?);
    /// let paid = ledger.pay(answers.histogram(&["by train", "on foot"])?, Rho::new(0.5)?)?;
    /// let noisy = paid.release(Gaussian, &mut NoiseRng::system()?)?;
    /// println!("{:?}, each ± {}", noisy.value, noisy.margin(0.95)); // [3, 1], each ± 2
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Categories`] when there are none or one is named twice.
    pub fn histogram(&self, categories: &[V]) -> Result<Statistic<Estimate<Vec<i64>>>, Error> {
        let places: HashMap<&V, usize> =
            categories.iter().enumerate().map(|(place, category)| (category, place)).collect();
        let (given, different) = (categories.len(), places.len());
        if given == 0 || different < given {
            return Err(Error::Categories { given, different });
        }
        let values = self.expose_to_owner();
        let mut counts = vec![0; given];
        for place in values.iter().filter_map(|value| places.get(value)) {
            counts[*place] += 1;
        }
        Ok(Statistic {
            steps: Private::new(counts),
            // A value leaves one category for another. For a lone one it can only come or go.
            replaced: Ok(Move::of_each(given.min(2) as u64, 1)),
            added: Ok(Move::of_one(1)),
            values: values.len(),
            grid: Grid::WHOLE,
            divisor: 1.0,
            finish: estimates,
        })
    }
}

#[cfg(test)]
mod tests;
