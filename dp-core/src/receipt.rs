use std::fmt;

use crate::{
    Epsilon, Error, Loss, Mechanism, NoiseRng, PrivacyUnit, Query, Record, Released, Sensitivity,
    proof::Opened,
};

/// Proof that `Q` was paid for with `L`: good for one release of that very query.
///
/// The loss is spent whatever becomes of the receipt. Nothing comes back when it is dropped.
#[must_use = "the loss is already spent: a receipt that is dropped buys nothing"]
pub struct Receipt<Q, L: Loss = Epsilon> {
    paid: Opened<Q, L>,
    /// The process that paid, or made the ledger in memory that did. A fork copies both, and one
    /// payment buys one release.
    process: u32,
}

impl<Q: Query, L: Loss> Receipt<Q, L> {
    /// Called by a ledger or a timeline once the payment is on disk.
    pub(crate) fn new(
        query: Q,
        sensitivity: Sensitivity,
        unit: PrivacyUnit,
        loss: L,
        process: u32,
    ) -> Self {
        Self { paid: Opened { query, sensitivity, unit, loss }, process }
    }

    /// Releases what was paid for, with noise calibrated to exactly what was paid.
    ///
    /// # Errors
    /// [`Error::CopiedByFork`] in a process that did not pay: its parent may release, too.
    /// [`Error::Forked`] for a generator that crossed a fork, [`Error::Randomness`] for one whose
    /// source failed, be it in the middle of the draw; the charge stays.
    pub fn release<M: Mechanism<Q, L>>(
        self,
        by: M,
        rng: &mut NoiseRng,
    ) -> Result<Released<M::Output, L>, Error> {
        rng.usable()?;
        if self.process != rng.process() {
            return Err(Error::CopiedByFork);
        }
        let mut record = Record::of::<M, Q>(&self.paid, rng.source());
        let (answer, noise) = by.answer(self.paid, rng);
        rng.intact()?; // or the answer was made with throwaway words
        record.noise = noise;
        Ok(Released::publish(answer, record))
    }

    /// The private input, for the tests of who made the receipt.
    #[cfg(test)]
    pub(crate) fn query(&self) -> &Q {
        &self.paid.query
    }
}

impl<Q, L: Loss> fmt::Debug for Receipt<Q, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("unit", &self.paid.unit)
            .field("loss", &self.paid.loss)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bounds, Laplace, Ledger, Private, Source, Statistic, rng::tests::failing_after};

    /// A ledger whose whole budget has bought one receipt.
    fn bought() -> (Ledger, Receipt<Statistic<crate::Estimate<i64>>>) {
        let epsilon = Epsilon::new(0.5).expect("in range");
        let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon);
        let data = Private::new(vec![5]).clamp(Bounds::new(0_i64, 10).expect("a range"));
        let paid = ledger.pay(data.sum(), epsilon).expect("within the budget");
        (ledger, paid)
    }

    #[test]
    fn a26_a_generator_from_before_a_fork_releases_nothing_and_the_charge_stays() {
        let mut rng = NoiseRng::system().expect("randomness");
        rng.next_u64(); // so that no refill will find out
        let (ledger, paid) = bought();
        let released = paid.release(Laplace, &mut rng.forked());
        assert!(matches!(released, Err(Error::Forked)));
        assert_eq!(ledger.left(), None);
    }

    #[test]
    fn a27_a_source_that_fails_within_a_draw_releases_nothing_and_the_charge_stays() {
        let mut rng = NoiseRng::trusting(failing_after(4096)).expect("4 KiB of it");
        for _ in 0..512 {
            rng.next_u64();
        }
        assert!(rng.usable().is_ok(), "only the draw will find out");
        for _ in 0..2 {
            let (ledger, paid) = bought();
            let released = paid.release(Laplace, &mut rng);
            assert!(matches!(released, Err(Error::Randomness)), "at once, and from then on");
            assert_eq!(ledger.left(), None);
        }
        rng.reseed().expect("it has recovered");
        bought().1.release(Laplace, &mut rng).expect("as good as new");
    }

    #[test]
    fn the_record_says_where_the_noise_came_from() {
        let caller = NoiseRng::trusting(failing_after(usize::MAX)).expect("sound");
        let generators = [NoiseRng::system().expect("randomness"), NoiseRng::seeded(1), caller];
        let sources = generators.map(|mut rng| {
            bought().1.release(Laplace, &mut rng).expect("randomness").record().source
        });
        assert_eq!(sources, [Source::System, Source::Seed, Source::Caller]);
    }
}
