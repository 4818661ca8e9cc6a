use std::time::SystemTime;

use super::Ledger;
use crate::{
    Answer, Calibration, Epsilon, EpsilonDelta, Error, Loss, Noise, Query, Statistic,
    proof::Counted,
};

/// Planning: what a release would cost. All of this spends nothing and looks at no data.
impl<L: Loss> Ledger<L> {
    /// Whether [`Ledger::pay`] would grant this payment now, without making it.
    ///
    /// # Errors
    /// Those of [`Ledger::pay`] that it would meet before it writes.
    pub fn would_pay<Q: Query>(&self, query: &Q, loss: L) -> Result<(), Error> {
        query.sensitivity(self.account.unit)?;
        let mut account = match &self.path {
            Some(path) => self.look(path)?.1,
            None => self.account.clone(),
        };
        account.charge(loss, None, SystemTime::now)
    }

    /// How many payments of `loss` the budget grants now, one after the other, if nothing else is
    /// paid: exact, from what this ledger last saw. Of a budget that renews, more will be granted
    /// later.
    pub fn releases_left(&self, loss: L) -> u64 {
        let mut account = self.account.clone();
        account.forget_until(SystemTime::now());
        let fits = |sum: &L| sum.within(account.budget);
        // One, two, four, … payments at once, as long as an empty ledger would grant them; then the
        // binary digits of the answer from the highest down.
        let doubled = |many: &L| many.plus(*many).filter(fits);
        let powers: Vec<L> = std::iter::successors(Some(loss).filter(fits), doubled).collect();
        let mut spent = account.spent();
        powers.iter().rev().fold(0, |number, &many| {
            match spent.map_or(Some(many), |spent| spent.plus(many)).filter(fits) {
                Some(more) => {
                    spent = Some(more);
                    2 * number + 1
                }
                None => 2 * number,
            }
        })
    }

    /// The smallest of the losses that `loss` makes of `1..=most` units whose noise has at most this
    /// margin.
    fn cheapest<T: Answer>(
        &self,
        query: &Statistic<T>,
        by: impl Calibration<L>,
        (margin, confidence): (f64, f64),
        (most, loss): (u64, impl Fn(u64) -> L),
    ) -> Result<L, Error> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::Confidence(confidence));
        }
        let sensitivity = query.sensitivity(self.account.unit)?;
        let margin_of =
            |units| Noise::new(by.law(sensitivity, loss(units)), query.step()).margin(confidence);
        let least = margin_of(most).max(query.step());
        if margin.is_nan() || margin < least {
            return Err(Error::Margin { margin, least, confidence });
        }
        // `enough` always is, and `too_few` never: what is returned and its neighbour were looked at,
        // whatever floating point does to the margins in between.
        let (mut too_few, mut enough) = (0, most);
        while enough - too_few > 1 {
            let middle = too_few + (enough - too_few) / 2;
            if margin_of(middle) <= margin {
                enough = middle;
            } else {
                too_few = middle;
            }
        }
        Ok(loss(enough))
    }
}

impl<L: Counted> Ledger<L> {
    /// The smallest loss for which `by` answers `query` with a [margin](Noise::margin) of at most
    /// `margin`, in the answer's unit, at this confidence: one unit of the currency less does not.
    /// Whether the budget has it is another question.
    ///
    /// Of an answer of several numbers the margin is that of each.
    ///
    /// ```
    /// # use dp_core::*;
    /// # fn main() -> Result<(), Error> {
    /// # let visits = Private::new(vec![3_i64, 0, 12, 7]).clamp(Bounds::new(0_i64, 10)?);
    /// let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), Epsilon::new(1.0)?);
    /// let loss = ledger.price(&visits.count(), Laplace, 10.0, 0.95)?;
    /// let count = ledger.pay(visits.count(), loss)?.release(Laplace, &mut NoiseRng::system()?)?;
    /// assert_eq!(count.margin(0.95), 10.0);
    /// assert_eq!(ledger.releases_left(loss), 2); // ε is about 0.28
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Margin`] for less than one step of the grid and less than the largest loss buys,
    /// [`Error::Confidence`] unless it is between 0 and 1; [`Error::Unit`], [`Error::TooSensitive`].
    pub fn price<T: Answer>(
        &self,
        query: &Statistic<T>,
        by: impl Calibration<L>,
        margin: f64,
        confidence: f64,
    ) -> Result<L, Error> {
        let loss = |units| L::of_units(units).expect("from 1 to the most");
        self.cheapest(query, by, (margin, confidence), (L::MOST, loss))
    }
}

impl Ledger<EpsilonDelta> {
    /// As in the other currencies, at a given δ: the smallest ε.
    ///
    /// # Errors
    /// As in the other currencies, and [`Error::Delta`] unless `1e-18 ≤ delta < 1`.
    pub fn price<T: Answer>(
        &self,
        query: &Statistic<T>,
        by: impl Calibration<EpsilonDelta>,
        margin: f64,
        confidence: f64,
        delta: f64,
    ) -> Result<EpsilonDelta, Error> {
        let least = EpsilonDelta::new(1.0, delta)?;
        let loss =
            |units| least.with_epsilon(Epsilon::of_units(units).expect("from 1 to the most"));
        self.cheapest(query, by, (margin, confidence), (Epsilon::MOST, loss))
    }
}

#[cfg(test)]
mod tests;
