use std::time::Duration;

use super::{Cap, Promise, Signal, TotalEpsilon};
use crate::{
    Bounds, Error, Law, Noise, Sensitivity,
    accountant::{Event, Schedule},
    proof::Loss as _,
};

/// All that holds in one era of a [`Timeline`](crate::Timeline): what is promised, which signals
/// share it, and what longer stretches may cost.
///
/// A promise alone is terms without caps, for one counter that has the whole ε.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What is promised, for all signals together.
    pub promise: Promise,
    /// The signals that every window reads together, each with its share of ε. None at all stand for
    /// one counter with the whole: of signals with the same unit of time, or of several in turn.
    pub signals: Vec<Signal>,
    /// The caps, each of another length.
    pub caps: Vec<Cap>,
}

/// Beside caps and dozens of eras they fit a file.
const MOST_SIGNALS: usize = 8;

impl From<Promise> for Terms {
    fn from(promise: Promise) -> Self {
        Self { promise, signals: Vec::new(), caps: Vec::new() }
    }
}

impl Terms {
    /// The noise of each signal's releases, where all of them are within `bounds`.
    ///
    /// # Errors
    /// [`Error::Promise`], [`Error::Signals`] and [`Error::Level`] for terms that no timeline takes;
    /// [`Error::TooSensitive`] where noise cannot be drawn for them.
    pub fn noises(&self, bounds: Bounds) -> Result<Vec<Noise>, Error> {
        self.shares()?.iter().map(|signal| signal.noise(self.promise, bounds)).collect()
    }

    /// The loss for a `stretch`, over all releases of all signals under these terms together. Caps
    /// are not counted on. It is the sum of what the signals cost: linear in the stretch for a
    /// counter, a staircase for a level.
    ///
    /// # Errors
    /// As for [`Terms::noises`].
    pub fn loss_over(&self, stretch: Duration, bounds: Bounds) -> Result<TotalEpsilon, Error> {
        self.sum(|signal| {
            let moved = signal.sensitivity(self.promise, bounds, stretch)?.l1();
            signal.cost(moved, self.promise, bounds)
        })
    }

    /// Releases that cost at least as much as those which a `stretch` touches under these terms, for
    /// the accountant: where windows are many and each costs little, its ε for some δ is far below
    /// [`Terms::loss_over`], which is for δ = 0. It is for terms that stay as they are: across a change,
    /// losses add up ([`Era::loss_across`](crate::Era::loss_across)).
    ///
    /// With `k = ⌈stretch / window⌉` they are, for each signal, `k − 1` windows that move by the whole
    /// width `D` of the bounds, and one that moves by `max(D, S − (k−1) D)`, where `S` is how far the
    /// stretch moves all readings of the signal together; for `k = 1`, by `S`.
    ///
    /// *Proof.* Say that the stretch covers `n` windows whole, which move by `D` at most, and that those
    /// of its two ends move by `a, b ≤ D`; then `n D + a + b ≤ S`. A pair of moves `a`, `b` under noise
    /// of a log-concave law costs no more than one move `a + b`: let a test of both releases reject
    /// with probability α where neither moved. Where only the second did, it rejects with at most
    /// `β = 1 − f_b(α)`, where `f` is the trade-off function of one release, and where both did with at
    /// most `1 − f_a(β)`, which is `1 − f_(a+b)(α)`: all of these tests are best as thresholds, since
    /// the ratio of a log-concave density to a shifted one is monotone ([DRS22], section 2.4). It is so
    /// whatever else is released with independent noise. If now `n ≥ k − 1`, all moves beyond `k − 1`
    /// windows merge into one of at most `S − (k−1) D`. If `n ≤ k − 2`, there are no more than `k` moves, of
    /// `D` at most. A smaller move costs less.
    ///
    /// [DRS22]: https://doi.org/10.1111/rssb.12454
    ///
    /// # Errors
    /// As for [`Terms::noises`]; [`Error::Event`] where a window costs less than 1e-9 or more than 1000.
    pub fn schedule_over(&self, stretch: Duration, bounds: Bounds) -> Result<Schedule, Error> {
        self.promise.checked()?;
        let windows = stretch.as_nanos().div_ceil(self.promise.window.as_nanos()).max(1);
        let mut events = Vec::new();
        for signal in self.shares()? {
            let moved = signal.sensitivity(self.promise, bounds, stretch)?.l1();
            let whole = bounds.width();
            let rest = moved.saturating_sub((windows - 1).saturating_mul(whole));
            let last = if windows == 1 { moved } else { rest.max(whole) };
            let Law::DiscreteLaplace { numerator, denominator } =
                signal.noise(self.promise, bounds)?.law()
            else {
                unreachable!("a timeline's noise is discrete Laplace");
            };
            let event = |steps| Event::discrete_laplace(steps, numerator, denominator.into());
            let count = u64::try_from(windows - 1).map_err(|_| Error::TooSensitive)?;
            if count > 0 {
                events.push(event(whole)?.times(count));
            }
            events.push(event(last)?);
        }
        Ok(Schedule::new(events))
    }

    /// The loss of one window's releases, for whatever stretch: no reading of a signal moves by more
    /// than the width of its bounds ([`Promise::loss_of_window`]), whether counter or level.
    ///
    /// # Errors
    /// As for [`Terms::noises`].
    pub fn loss_of_window(&self, bounds: Bounds) -> Result<TotalEpsilon, Error> {
        self.sum(|signal| signal.cost(bounds.width(), self.promise, bounds))
    }

    /// What the part of a `stretch` costs at most that lies in windows which it covers whole.
    pub(super) fn loss_of_shares(
        &self,
        stretch: Duration,
        bounds: Bounds,
    ) -> Result<TotalEpsilon, Error> {
        self.sum(|signal| {
            let share = bounds.width().checked_mul(stretch.as_nanos());
            // Up: privacy.
            let moved = share.map(|share| share.div_ceil(signal.counted(self.promise).as_nanos()));
            signal.cost(moved.ok_or(Error::TooSensitive)?, self.promise, bounds)
        })
    }

    /// What a stretch costs beside that, in the two windows that its ends lie in.
    pub(super) fn loss_of_ends(&self, bounds: Bounds) -> Result<TotalEpsilon, Error> {
        self.sum(|signal| {
            let treads = signal.treads_at_the_ends(self.promise, bounds.width());
            let moved = treads.checked_add(Sensitivity::at_the_ends(bounds.width()));
            signal.cost(moved.ok_or(Error::TooSensitive)?, self.promise, bounds)
        })
    }

    /// Every signal with its share.
    ///
    /// # Errors
    /// [`Error::Promise`], [`Error::Signals`] and [`Error::Level`].
    pub(super) fn shares(&self) -> Result<Vec<Signal>, Error> {
        self.promise.checked()?;
        if self.signals.is_empty() {
            return Ok(vec![Signal::whole(self.promise)]);
        }
        let one = self.signals[0].epsilon;
        let sum = self.signals[1..].iter().try_fold(one, |sum, signal| sum.plus(signal.epsilon));
        let is_within = sum.is_some_and(|sum| sum.within(self.promise.epsilon));
        if !is_within || self.signals.len() > MOST_SIGNALS {
            return Err(Error::Signals {
                shares: self.signals.iter().map(|signal| f64::from(signal.epsilon)).sum(),
                epsilon: self.promise.epsilon,
            });
        }
        self.signals.iter().try_for_each(|signal| signal.checked(self.promise))?;
        Ok(self.signals.clone())
    }

    fn sum(
        &self,
        loss: impl Fn(Signal) -> Result<TotalEpsilon, Error>,
    ) -> Result<TotalEpsilon, Error> {
        self.shares()?.into_iter().try_fold(TotalEpsilon::ZERO, |sum, signal| {
            sum.plus(loss(signal)?).ok_or(Error::TooSensitive)
        })
    }
}
