use std::ops::Deref;

use crate::{
    Epsilon, Loss, Noise, NoiseRng, PrivacyUnit, Source,
    proof::{Opened, Proven},
};

/// An answer that has been paid for and may be published.
///
/// Reads as a `T` and serializes as a bare `T`. It is never `Deserialize`: what a peer sends is a
/// number, not a proof.
#[derive(Clone, Debug)]
pub struct Released<T> {
    answer: T,
    record: Record,
}

impl<T> Released<T> {
    /// The one place where an answer becomes public.
    pub(crate) fn publish(answer: T, record: Record) -> Self {
        Self { answer, record }
    }

    /// Post-processing, which is free. A plain `fn` captures nothing: no private value slips in.
    #[must_use]
    pub fn map<U>(self, f: fn(T) -> U) -> Released<U> {
        Released { answer: f(self.answer), record: self.record }
    }

    /// What an outsider needs to recompute the promise.
    pub fn record(&self) -> &Record {
        &self.record
    }
}

impl<T> Deref for Released<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.answer
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize> serde::Serialize for Released<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.answer.serialize(serializer)
    }
}

/// A value and the noise in it.
///
/// The margin belongs to the estimate and not to [`Released`], so that [`Released::map`] to a plain
/// number drops it instead of keeping a wrong one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Estimate<T = f64> {
    /// The noisy value: unbiased, and never clamped to the bounds.
    pub value: T,
    /// The law of the noise in it.
    pub noise: Noise,
}

impl<T> Estimate<T> {
    /// Half the width of the interval around the value that holds the unnoised answer with
    /// probability `confidence`: the exact quantile of the noise, in the released unit.
    pub fn margin(&self, confidence: f64) -> f64 {
        self.noise.margin(confidence)
    }
}

/// What was promised, by what, and how sure one can be that it was random.
///
/// An outsider checks it: `sensitivity / loss` must be the noise's scale in steps.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Record {
    /// The mechanism's name.
    pub mechanism: &'static str,
    /// The source and theorem of its guarantee.
    pub proof: &'static str,
    /// What is protected.
    pub unit: PrivacyUnit,
    /// What was paid, in its currency.
    pub loss: Paid,
    /// How far one unit moves the answer, in grid steps.
    pub sensitivity: u128,
    /// The law of the noise.
    pub noise: Noise,
    /// Where the randomness came from. Anything but `System` protects nobody without a reason.
    pub source: Source,
}

/// A loss together with its currency, as a record states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Paid {
    /// Pure differential privacy.
    Epsilon(Epsilon),
}

impl Record {
    /// The pure loss ε that was paid.
    pub fn epsilon(&self) -> f64 {
        let Paid::Epsilon(epsilon) = self.loss;
        epsilon.into()
    }

    pub(crate) fn of<M: Proven, Q, L: Loss>(
        paid: &Opened<Q, L>,
        noise: Noise,
        rng: &NoiseRng,
    ) -> Self {
        Self {
            mechanism: M::NAME,
            proof: M::PROOF,
            unit: paid.unit,
            loss: paid.loss.paid(),
            sensitivity: paid.sensitivity.steps(),
            noise,
            source: rng.source(),
        }
    }
}
