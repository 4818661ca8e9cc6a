use crate::{Calibration, Epsilon, Laplace, Law, Sensitivity, proof::Proven};

/// [`Laplace`](crate::Laplace), drawn in a time that says nothing of the noise: the same law, the
/// same guarantee, at twice to three times the cost of a draw.
///
/// Whoever learns the noise learns the data, and with ordinary samplers the time of a release
/// depends on the noise ([JMRO22] show it for those of widely used libraries). Here the time is
/// independent of the value drawn, but for one draw in 2^37, or in `2^64 / scale` where that is more
/// often: for scales above 2^27 grid steps. Such a draw takes hundreds of times as long, and longer
/// where the noise is large. The sampler's docs say why. What comes before and after a draw is yours
/// to look at: how long clamping and counting take depends on how many values there are, and a little
/// on the values.
///
/// ```
/// # use dp_core::*;
/// # fn main() -> Result<(), Error> {
/// # let answers = vec![1_i64, 0, 1, 1];
/// # let mut rng = NoiseRng::system()?;
/// let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), Epsilon::new(1.0)?);
/// let answers = Private::new(answers).clamp(Bounds::new(0_i64, 1)?);
/// let paid = ledger.pay(answers.sum(), Epsilon::new(1.0)?)?;
/// let sum = paid.release(ConstantTimeLaplace, &mut rng)?;
/// # let _ = sum.value;
/// # Ok(()) }
/// ```
///
/// [JMRO22]: https://arxiv.org/abs/2112.05307
#[derive(Clone, Copy, Debug)]
pub struct ConstantTimeLaplace;

impl Proven<Epsilon> for ConstantTimeLaplace {
    const NAME: &'static str = "Laplace in constant time";
    const PROOF: &'static str = <Laplace as Proven<Epsilon>>::PROOF;
}

impl Calibration<Epsilon> for ConstantTimeLaplace {
    const IN_CONSTANT_TIME: bool = true;

    fn law(&self, sensitivity: Sensitivity, loss: Epsilon) -> Law {
        Laplace.law(sensitivity, loss)
    }
}
