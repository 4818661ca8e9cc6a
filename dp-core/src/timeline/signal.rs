use std::time::Duration;

use super::{Promise, TotalEpsilon};
use crate::{
    Bounds, Calibration, Epsilon, Error, Laplace, Noise, Sensitivity, proof::Counted as _,
};

/// One of the signals that a timeline's windows read together, and what of ε its releases may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// How a window's mean is read.
    pub instrument: Instrument,
    /// Its share of the promise's ε: what this signal's releases cost the protected stretch.
    pub epsilon: Epsilon,
}

/// How the mean of a signal over a window is read, which decides what a stretch costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instrument {
    /// By the difference of two readings of a counter that adds the signal up, such as busy time: the
    /// mean of every instant. A stretch costs in proportion to its length ([`Promise::noise`]).
    Counter,
    /// By readings of the signal itself, one in each of [`Instrument::treads`] treads of this length,
    /// of which the first begins with the window ([`LevelMean`](crate::LevelMean)).
    ///
    /// A stretch moves *all* readings of it together, over any number of disjoint windows, by at most
    /// `⌈width · (⌈stretch / every⌉ + 1) / treads⌉` whole grid steps and what rounding adds at the two
    /// ends ([`Promise::noise`]): a staircase, with a whole step however short the stretch is.
    ///
    /// *Proof.* Treads are disjoint, `every` long and without their last instant. Of those with
    /// instants in the stretch all but the first and the last lie within it, and it is longer than
    /// they are, since it also reaches from within the first to the last: so there are at most
    /// `⌈stretch / every⌉ + 1`. Each reading is clamped to the bounds on the grid and moves its
    /// window's mean by at most `width / treads`. Means are rounded to the grid, which adds less than
    /// two steps to a move and never takes it beyond `width`: so it adds nothing where all readings
    /// of a window move, and there are at most two windows where only some do.
    Level {
        /// The length of a tread: 1 ms at least, the promise's window at most, which has no more than
        /// 2^20 treads.
        every: Duration,
    },
}

/// So many readings within bounds always have an exact sum.
const MOST_TREADS: u128 = 1 << 20;

impl Instrument {
    /// How many readings make up the mean over `window`: 1 for a counter.
    pub fn treads(self, window: Duration) -> u128 {
        match self {
            Self::Counter => 1,
            Self::Level { every } => window.as_nanos() / every.as_nanos().max(1),
        }
    }
}

impl Signal {
    /// Signals that are read so and share the promise evenly, each share rounded down.
    ///
    /// # Errors
    /// [`Error::Epsilon`] where a share would be less than a billionth.
    pub fn evenly(promise: Promise, instruments: &[Instrument]) -> Result<Vec<Self>, Error> {
        let shares = u64::try_from(instruments.len()).unwrap_or(u64::MAX).max(1);
        let epsilon = Epsilon::of_units(promise.epsilon.billionths() / shares);
        let epsilon = epsilon.ok_or(Error::Epsilon(0.0))?;
        Ok(instruments.iter().map(|&instrument| Self { instrument, epsilon }).collect())
    }

    /// The one that has a promise to itself.
    pub(super) fn whole(promise: Promise) -> Self {
        Self { instrument: Instrument::Counter, epsilon: promise.epsilon }
    }

    pub(super) fn checked(self, promise: Promise) -> Result<(), Error> {
        match self.instrument {
            Instrument::Level { every }
                if every < Duration::from_millis(1)
                    || !(1..=MOST_TREADS).contains(&self.treads(promise)) =>
            {
                Err(Error::Level { every, window: promise.window })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn noise(self, promise: Promise, bounds: Bounds) -> Result<Noise, Error> {
        let sensitivity = self.sensitivity(promise, bounds, promise.protects)?;
        Ok(Noise::new(Laplace.law(sensitivity, self.epsilon), bounds.step()))
    }

    /// How far a stretch moves all readings of this signal together, within `bounds`.
    pub(super) fn sensitivity(
        self,
        promise: Promise,
        bounds: Bounds,
        stretch: Duration,
    ) -> Result<Sensitivity, Error> {
        promise.checked()?;
        self.checked(promise)?;
        let (width, window) = (bounds.width(), promise.window);
        match self.instrument {
            Instrument::Counter => Sensitivity::over_time(width, stretch, window),
            Instrument::Level { every } => {
                let touched = stretch.as_nanos().div_ceil(every.as_nanos()) + 1;
                Sensitivity::of_treads(width, touched, self.instrument.treads(window))
            }
        }
    }

    /// The loss of a move by so many steps in L1 of this signal, within `bounds`.
    pub(super) fn cost(
        self,
        moved: u128,
        promise: Promise,
        bounds: Bounds,
    ) -> Result<TotalEpsilon, Error> {
        let paid_for = self.sensitivity(promise, bounds, promise.protects)?.l1();
        TotalEpsilon::of_move(moved, self.epsilon, paid_for)
    }

    /// How much of a window its mean tells of.
    pub(super) fn counted(self, promise: Promise) -> Duration {
        match self.instrument {
            Instrument::Counter => promise.window,
            Instrument::Level { every } => {
                every.saturating_mul(u32::try_from(self.treads(promise)).unwrap_or(u32::MAX))
            }
        }
    }

    /// By how many steps readings move beyond their share in the two windows that a stretch's ends
    /// lie in, where each covers a tread in part.
    pub(super) fn treads_at_the_ends(self, promise: Promise, width: u128) -> u128 {
        match self.instrument {
            Instrument::Counter => 0,
            // Up: privacy.
            Instrument::Level { .. } => (2 * width).div_ceil(self.treads(promise).max(1)),
        }
    }

    fn treads(self, promise: Promise) -> u128 {
        self.instrument.treads(promise.window)
    }
}
