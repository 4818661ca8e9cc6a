use std::fmt;

use num_traits::ToPrimitive;

use crate::{Bounds, Clamped, ClampedRows, Error, Number};

/// Data that must not leave this machine without noise.
///
/// There is no `Clone`, `Display` or `Serialize`, and `Debug` prints nothing of it. Mark data where
/// it is read, not where it is used.
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Marks `data` as private.
    pub fn new(data: T) -> Self {
        Self(data)
    }

    /// The data, for its owner's eyes only: what is made of it is not private in any sense that
    /// this crate can vouch for. Search for this name to find every exit.
    pub fn expose_to_owner(&self) -> &T {
        &self.0
    }

    /// The data, on its way to be noised.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<V: ToPrimitive> Private<Vec<V>> {
    /// Clamps every value into `bounds` and onto their grid; NaN becomes the lower bound.
    pub fn clamp<N: Number>(self, bounds: Bounds<N>) -> Clamped<N> {
        Clamped::new(self.0.iter().map(|value| bounds.clamp(value)).collect(), bounds)
    }
}

impl<R> Private<Vec<R>> {
    /// Clamps every number of every row into `bounds` and onto their grid; NaN becomes the lower
    /// bound. A row is an array, a `Vec` or whatever else reads as a slice of numbers.
    ///
    /// Every row is made `columns` numbers long: a longer one loses the rest, a shorter one gets
    /// the lower bound for each number that it lacks.
    ///
    /// ```
    /// # use dp_core::*;
    /// # fn main() -> Result<(), Error> {
    /// // The minutes that each person walked, morning and evening.
    /// let walked = Private::new(vec![[10.0, 25.0], [0.0, 40.0], [15.0, 90.0]]);
    /// let walked = walked.clamp_rows(2, Bounds::new(0.0, 60.0)?)?;
    /// let budget = EpsilonDelta::new(1.0, 1e-6)?;
    /// let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), budget);
    /// let means = ledger.pay(walked.mean()?, budget)?.release(Gaussian, &mut NoiseRng::system()?)?;
    /// assert_eq!(means.value.len(), 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Columns`] unless there are 1 to 2^20 columns. No row is ever refused.
    pub fn clamp_rows<V: ToPrimitive, N: Number>(
        self,
        columns: usize,
        bounds: Bounds<N>,
    ) -> Result<ClampedRows<N>, Error>
    where
        R: AsRef<[V]>,
    {
        ClampedRows::new(&self.0, columns, bounds)
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(..)")
    }
}
