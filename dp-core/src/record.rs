use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    Epsilon, Loss, Noise, PrivacyUnit, Query, Sensitivity, Source, calendar,
    proof::{Opened, Proven},
};

/// What was promised, by what, and how sure one can be that it was random.
///
/// An outsider checks it: the mechanism's theorem gives the noise's scale from the sensitivity and
/// the loss. In steps it is `l1 / ε` for [`Laplace`](crate::Laplace), and at least `l2 / √(2ρ)` for a
/// Gaussian paid in [`Rho`](crate::Rho), where `l2` is `steps · √times`; for one paid in
/// [`EpsilonDelta`](crate::EpsilonDelta) it is at least `l2 / μ` for the largest `μ` with
/// `Φ(μ/2 − ε/μ) − exp(ε) Φ(−μ/2 − ε/μ) ≤ δ`. `examples/check_record.rs` does so from the JSON alone.
/// What it cannot know is whether the record is true.
///
/// # As JSON
/// With the feature `serde`. Fields may be added, and none changes its meaning. Whole numbers that a
/// reader of JSON may round are strings.
///
/// | field | what it is |
/// |---|---|
/// | `mechanism` | its name: `Laplace`, `Laplace in constant time`, `Gaussian`, `discrete Gaussian`, or what an author of one calls it |
/// | `proof` | the source and theorem of its guarantee |
/// | `unit` | what is protected: `{"values": k}`, `{"records": k}`, `"dataset"` or `{"time": {"secs", "nanos"}}` |
/// | `loss` | what was paid, by name: `{"epsilon"}`, `{"rho"}` or `{"epsilon", "delta"}` |
/// | `sensitivity` | how far one unit moves the answer, in whole steps: `l1`, a string, and `l2`, with `steps`, a string, and `times`: `steps · √times` |
/// | `grid` | what the values were rounded to: `step`, in their own unit, and `ends`, those of the bounds in whole steps as two strings, or null where there are no bounds; null where there is no grid |
/// | `noise` | `law`: `discrete Laplace`, `rounded Gaussian` or `discrete Gaussian`; its `scale`, and a `step` of the answer, which for a mean is one of the grid over the number of values; both in the released unit. Null for an answer that is not a statistic with noise added |
/// | `at` | when, in seconds since 1970 in UTC, by the clock on the wall |
/// | `source` | where the randomness came from: `system`, `seed` or `caller` |
///
/// ```
/// # #[cfg(feature = "serde")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use dp_core::*;
/// # let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), Rho::new(0.125)?);
/// # let ages = Private::new(vec![31, 64, 58]).clamp(Bounds::new(0_i64, 120)?);
/// let sum = ledger.pay(ages.sum(), Rho::new(0.125)?)?.release(Gaussian, &mut NoiseRng::system()?)?;
/// let mut record = serde_json::to_value(sum.record())?;
/// # record["at"] = 1_767_225_600_u32.into();
/// # record["noise"]["scale"] = 240.0.into();
/// assert_eq!(record, serde_json::json!({
///     "mechanism": "Gaussian",
///     "proof": "BS16 Proposition 1.6; rounding to the grid is post-processing",
///     "unit": {"records": 1},
///     "loss": {"rho": 0.125},
///     "sensitivity": {"l1": "120", "l2": {"steps": "120", "times": 1}},
///     "grid": {"step": 1.0, "ends": ["0", "120"]},
///     "noise": {"law": "rounded Gaussian", "scale": 240.0, "step": 1.0},
///     "at": 1_767_225_600,
///     "source": "system",
/// }));
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
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::by_name"))]
    pub loss: L,
    /// How far one unit moves the answer.
    pub sensitivity: Sensitivity,
    /// What the values were rounded to; `None` where they were not.
    pub grid: Option<Grid>,
    /// The law of the noise; `None` for an answer that is not a statistic with noise added.
    pub noise: Option<Noise>,
    /// When it was released, by the clock on the wall, in whole seconds.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::in_seconds"))]
    pub at: SystemTime,
    /// Where the randomness came from. `Seed` protects nobody; `Caller` is as good as what the
    /// caller brought.
    pub source: Source,
}

/// The grid that private values were rounded to, which depends on their bounds alone.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Grid {
    /// One step, in the values' own unit.
    pub step: f64,
    /// The ends of the bounds in whole steps, rounded outward; `None` for what has no bounds, such as
    /// a count.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::as_text"))]
    pub ends: Option<(i128, i128)>,
}

impl Grid {
    /// Of counts.
    pub(crate) const WHOLE: Self = Self { step: 1.0, ends: None };
}

impl<L: Loss> Record<L> {
    /// All but the noise, which is known once the answer is.
    pub(crate) fn of<M: Proven<L>, Q: Query>(paid: &Opened<Q, L>, source: Source) -> Self {
        let seconds = calendar::seconds(SystemTime::now());
        Self {
            mechanism: M::NAME,
            proof: M::PROOF,
            unit: paid.unit,
            loss: paid.loss,
            sensitivity: paid.sensitivity,
            grid: paid.query.grid(),
            noise: None,
            at: UNIX_EPOCH + Duration::from_secs(seconds),
            source,
        }
    }
}

#[cfg(feature = "serde")]
mod json;
#[cfg(test)]
mod tests;
