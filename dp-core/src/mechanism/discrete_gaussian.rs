use crate::{
    Calibration, Law, Rho, Sensitivity, mechanism::gaussian::zero_concentrated, proof::Proven,
};

/// The discrete Gaussian mechanism on the grid of the bounds: noise of `n` steps with probability
/// proportional to `exp(−n²/2σ²)`, with `σ = L2 / √(2ρ)` as in [`Gaussian`](crate::Gaussian), where
/// `L2` is how far one unit moves the answer, in steps.
///
/// The release is ρ-zero-concentrated differentially private ([CKS20], Theorem 4). In an answer of
/// several numbers each has a draw of its own, so that their divergences add up: numbers that move
/// by `Δ₁, Δ₂, …` cost `(Δ₁² + Δ₂² + …) / 2σ²`, at most `L2² / 2σ²` in all. The law is drawn exactly;
/// its variance is at most `σ²` ([CKS20]), and beyond any distance it has no more than `round(σN)`.
///
/// [`Gaussian`](crate::Gaussian) is faster and has the same `σ`; its variance is up to `σ²` and a
/// twelfth of a square step, which only matters where `σ` is about a step or less. Take this one
/// there, or where somebody else's analysis asks for exactly this law.
///
/// ```
/// # use dp_core::*;
/// # fn main() -> Result<(), Error> {
/// # let visits = vec![3_i64, 0, 12, 7];
/// # let mut rng = NoiseRng::system()?;
/// let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), Rho::new(2.0)?);
/// let visits = Private::new(visits).clamp(Bounds::new(0_i64, 10)?);
/// let paid = ledger.pay(visits.count(), Rho::new(2.0)?)?;
/// let count = paid.release(DiscreteGaussian, &mut rng)?;
/// assert!((count.noise.scale() - 0.5).abs() < 1e-12); // 1 / √(2 · 2)
/// println!("{} ± {}", count.value, count.margin(0.95)); // ± 1
/// # Ok(()) }
/// ```
///
/// [CKS20]: https://arxiv.org/abs/2004.00010
#[derive(Clone, Copy, Debug)]
pub struct DiscreteGaussian;

impl Proven<Rho> for DiscreteGaussian {
    const NAME: &'static str = "discrete Gaussian";
    const PROOF: &'static str = "CKS20 Theorem 4; over several numbers divergences add up";
}

impl Calibration<Rho> for DiscreteGaussian {
    fn law(&self, sensitivity: Sensitivity, loss: Rho) -> Law {
        Law::DiscreteGaussian { deviation: zero_concentrated(sensitivity.l2(), loss) }
    }
}
