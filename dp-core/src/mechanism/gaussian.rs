use crate::{
    Calibration, EpsilonDelta, L2Distance, Law, Rho, Sensitivity, normal::Interval, proof::Proven,
};

mod analytic;

/// The Gaussian mechanism on the grid of the bounds: noise `round(σN)` in whole steps, where `N` is
/// standard normal and `L2` is how far one unit moves the answer, in steps.
///
/// - Paid in [`Rho`], `σ = L2 / √(2ρ)` and the release is ρ-zero-concentrated differentially private
///   ([BS16], Proposition 1.6).
/// - Paid in [`EpsilonDelta`], `σ` is the smallest with which a Gaussian is (ε, δ)-differentially
///   private ([BW18], Theorem 8), for every ε. The classic formula `√(2 ln(1.25/δ)) L2 / ε` is
///   wasteful where ε is small and does not hold where it is large (at δ = 1e-6, from ε = 9 on).
///
/// Both theorems hold as they are, though the noise is discrete: an answer is `v` whole steps, and
/// `v + round(σN) = round(v + σN)` is post-processing of the Gaussian mechanism. The law is drawn
/// exactly, its variance is at most a twelfth of a square step above `σ²`, and its `σ` is an `f64`,
/// the same on every platform and rounded up: by at most two parts in 10^15 for [`Rho`], and by at
/// most one in 10^9 for [`EpsilonDelta`], where finding it takes some 5 µs.
///
/// Take this one by default. Take [`DiscreteGaussian`](crate::DiscreteGaussian) where `σ` is about
/// a step or less, or where somebody else's analysis asks for exactly that law.
///
/// ```
/// # use dp_core::*;
/// # fn main() -> Result<(), Error> {
/// # let visits = vec![3_i64, 0, 12, 7];
/// # let mut rng = NoiseRng::system()?;
/// let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), Rho::new(0.5)?);
/// let visits = Private::new(visits).clamp(Bounds::new(0_i64, 10)?);
/// let sum = ledger.pay(visits.sum(), Rho::new(0.125)?)?.release(Gaussian, &mut rng)?;
/// assert!((sum.noise.scale() - 20.0).abs() < 1e-12); // 10 / √(2 · 0.125)
///
/// let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), EpsilonDelta::new(1.0, 1e-6)?);
/// let paid = ledger.pay(visits.count(), EpsilonDelta::new(1.0, 1e-6)?)?;
/// let count = paid.release(Gaussian, &mut rng)?;
/// println!("{} ± {}", count.value, count.margin(0.95)); // ± 8
/// # Ok(()) }
/// ```
///
/// [BS16]: https://arxiv.org/abs/1605.02065
/// [BW18]: https://arxiv.org/abs/1805.06530
#[derive(Clone, Copy, Debug)]
pub struct Gaussian;

const NAME: &str = "Gaussian";

impl Proven<Rho> for Gaussian {
    const NAME: &'static str = NAME;
    const PROOF: &'static str = "BS16 Proposition 1.6; rounding to the grid is post-processing";
}

impl Proven<EpsilonDelta> for Gaussian {
    const NAME: &'static str = NAME;
    const PROOF: &'static str = "BW18 Theorem 8; rounding to the grid is post-processing";
}

impl Calibration<Rho> for Gaussian {
    fn law(&self, sensitivity: Sensitivity, loss: Rho) -> Law {
        Law::RoundedGaussian { deviation: zero_concentrated(sensitivity.l2(), loss) }
    }
}

impl Calibration<EpsilonDelta> for Gaussian {
    fn law(&self, sensitivity: Sensitivity, loss: EpsilonDelta) -> Law {
        Law::RoundedGaussian { deviation: approximate(sensitivity.l2(), loss) }
    }
}

/// `l2 / √(2 loss)`, up by at most two parts in 10^15.
pub(super) fn zero_concentrated(l2: L2Distance, loss: Rho) -> f64 {
    let twice = Interval::whole(2 * u128::from(loss.units())) / Interval::whole(Rho::UNITS.into());
    let per_step = (Interval::whole(l2.times.into()) / twice).sqrt();
    (Interval::whole(l2.steps) * per_step).high // Up: privacy.
}

/// The smallest deviation that [BW18], Theorem 8 proves, up by as much as [`analytic`] states.
fn approximate(l2: L2Distance, loss: EpsilonDelta) -> f64 {
    let ratio = Interval::exactly(analytic::largest_ratio(loss));
    (Interval::whole(l2.steps) * Interval::whole(l2.times.into()).sqrt() / ratio).high // Up: privacy.
}

#[cfg(test)]
mod tests;
