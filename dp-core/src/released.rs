use std::ops::Deref;

use crate::{
    Epsilon, Loss, Noise, NoiseRng, PrivacyUnit, Sensitivity, Source,
    proof::{Opened, Proven},
};

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

/// What was promised, by what, and how sure one can be that it was random.
///
/// An outsider checks it: the mechanism's theorem gives the noise's scale from the sensitivity and
/// the loss. In steps it is `l1 / ε` for [`Laplace`](crate::Laplace), and at least `l2 / √(2ρ)` for a
/// Gaussian paid in [`Rho`](crate::Rho), where `l2` is `steps · √times`; for one paid in
/// [`EpsilonDelta`](crate::EpsilonDelta) it is at least `l2 / μ` for the largest `μ` with
/// `Φ(μ/2 − ε/μ) − exp(ε) Φ(−μ/2 − ε/μ) ≤ δ`. The noise's own scale is in the released unit, and its
/// step says how long one is.
///
/// With the feature `serde` it is written as a map:
///
/// ```
/// # #[cfg(feature = "serde")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use dp_core::*;
/// # let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), Rho::new(0.125)?);
/// # let ages = Private::new(vec![31, 64, 58]).clamp(Bounds::new(0_i64, 120)?);
/// let count = ledger.pay(ages.count(), Rho::new(0.125)?)?.release(Gaussian, &mut NoiseRng::system()?)?;
/// let record = serde_json::to_value(count.record())?;
/// assert_eq!(record["loss"], serde_json::json!({"rho": 0.125}));
/// assert_eq!(record["unit"], serde_json::json!({"records": 1}));
/// assert_eq!(record["source"], "system");
/// # Ok(()) }
/// # #[cfg(not(feature = "serde"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Record<L: Loss = Epsilon> {
    /// The mechanism's name.
    pub mechanism: &'static str,
    /// The source and theorem of its guarantee.
    pub proof: &'static str,
    /// What is protected.
    pub unit: PrivacyUnit,
    /// What was paid.
    #[cfg_attr(feature = "serde", serde(serialize_with = "by_name"))]
    pub loss: L,
    /// How far one unit moves the answer.
    pub sensitivity: Sensitivity,
    /// The law of the noise.
    pub noise: Noise,
    /// Where the randomness came from. `Seed` protects nobody; `Caller` is as good as what the
    /// caller brought.
    pub source: Source,
}

/// A loss as a map, such as `{"epsilon": 0.5}`, so that no reader takes one currency for another.
#[cfg(feature = "serde")]
fn by_name<L: Loss, S: serde::Serializer>(loss: &L, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(loss.terms())
}

impl<L: Loss> Record<L> {
    pub(crate) fn of<M: Proven, Q>(paid: &Opened<Q, L>, noise: Noise, rng: &NoiseRng) -> Self {
        Self {
            mechanism: M::NAME,
            proof: M::PROOF,
            unit: paid.unit,
            loss: paid.loss,
            sensitivity: paid.sensitivity,
            noise,
            source: rng.source(),
        }
    }
}
