use std::ops::Deref;

use crate::{Epsilon, Loss, Noise, Record};

/// An answer that has been paid for and may be published.
///
/// Reads as a `T` and serializes as a bare `T`. It is never `Deserialize`: what a peer sends is a
/// number, not a proof.
#[derive(Clone, Debug)]
pub struct Released<T, L: Loss = Epsilon> {
    answer: T,
    record: Record<L>,
}

impl<T, L: Loss> Released<T, L> {
    /// The one place where an answer becomes public.
    pub(crate) fn publish(answer: T, record: Record<L>) -> Self {
        Self { answer, record }
    }

    /// Post-processing, which is free. A plain `fn` captures nothing: no private value slips in.
    #[must_use]
    pub fn map<U>(self, f: fn(T) -> U) -> Released<U, L> {
        Released { answer: f(self.answer), record: self.record }
    }

    /// What an outsider needs to recompute the promise.
    pub fn record(&self) -> &Record<L> {
        &self.record
    }
}

impl<T, L: Loss> Deref for Released<T, L> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.answer
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize, L: Loss> serde::Serialize for Released<T, L> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.answer.serialize(serializer)
    }
}

/// A value and the noise in it; for an answer of several numbers, in each of them.
///
/// The margin belongs to the estimate and not to [`Released`], so that [`Released::map`] to a plain
/// number drops it instead of keeping a wrong one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Estimate<T = f64> {
    /// The noisy value, or several: unbiased, and never clamped to the bounds.
    pub value: T,
    /// The law of the noise in it. Each of several numbers has noise of this law, independent of
    /// the others'.
    pub noise: Noise,
}

impl<T> Estimate<T> {
    /// Half the width of the interval around a number that holds the unnoised number with
    /// probability `confidence`: the exact quantile of the noise, in the released unit.
    ///
    /// Of several numbers this is true one by one, not of all at once: that `m` intervals all hold
    /// has a probability of only about `confidence^m`, the noise being independent. For all of them
    /// at once ask for a confidence of `1 − (1 − confidence) / m`.
    pub fn margin(&self, confidence: f64) -> f64 {
        self.noise.margin(confidence)
    }
}
