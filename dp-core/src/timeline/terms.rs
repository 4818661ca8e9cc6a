use std::time::Duration;

use super::{Cap, Promise, Signal, TotalEpsilon};
use crate::{Bounds, Error, Noise, Sensitivity, proof::Loss as _};

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
