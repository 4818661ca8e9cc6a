//! The joint between what was paid for and how it is answered.

mod constant_time_laplace;
mod discrete_gaussian;
mod gaussian;
mod laplace;

pub use constant_time_laplace::ConstantTimeLaplace;
pub use discrete_gaussian::DiscreteGaussian;
pub use gaussian::Gaussian;
pub use laplace::Laplace;

use crate::{
    Answer, Law, Loss, Noise, NoiseRng, Sensitivity, Statistic,
    proof::{Opened, Proven},
};

/// A randomized answer to `Q` whose privacy is measured in `L`.
///
/// Sealed, but for authors with a proof of their own (the feature `hazmat`). An algorithm *composed*
/// of what is here needs no trust of its own: it takes a `&mut Ledger` and cannot spend more than
/// that ledger grants.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot release `{Q}` for a loss paid in `{L}`",
    note = "`Laplace` and `ConstantTimeLaplace` release a `Statistic` paid in `Epsilon`, `Gaussian` one \
            paid in `Rho` or `EpsilonDelta`, `DiscreteGaussian` one paid in `Rho`: open a `Ledger` in \
            that currency"
)]
pub trait Mechanism<Q, L: Loss>: Proven<L> {
    /// What is released.
    type Output;

    /// Draws the answer, and says what noise is in it, for the record: `None` where the answer is not
    /// a statistic with noise of a [`Law`] added.
    ///
    /// Only a [`Receipt`](crate::Receipt) has an opened query to call it with.
    #[cfg_attr(not(feature = "hazmat"), doc(hidden))]
    fn answer(&self, paid: Opened<Q, L>, rng: &mut NoiseRng) -> (Self::Output, Option<Noise>);
}

/// How much noise, added to each number of a [`Statistic`], a loss in `L` asks for.
///
/// It sees no data. The worst that a wrong one can do is to add too little noise. Whatever is one
/// releases any statistic: it is a [`Mechanism`].
///
/// ```
/// # use dp_core::*;
/// # fn main() -> Result<(), Error> {
/// let ages = Private::new(vec![31, 64, 58]).clamp(Bounds::new(0_i64, 120)?);
/// let sensitivity = ages.sum().sensitivity(PrivacyUnit::Records(1))?;
/// let law = Laplace.law(sensitivity, Epsilon::new(0.5)?);
/// assert_eq!(law, Law::DiscreteLaplace { numerator: 240, denominator: 1 }); // 120 / 0.5
/// # Ok(()) }
/// ```
///
/// Sealed, but for authors with a proof of their own (the feature `hazmat`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no noise for a loss paid in `{L}`",
    note = "`Laplace` and `ConstantTimeLaplace` are calibrated to an `Epsilon`, `Gaussian` to a `Rho` or \
            an `EpsilonDelta`, `DiscreteGaussian` to a `Rho`: open a `Ledger` in that currency"
)]
pub trait Calibration<L: Loss>: Proven<L> {
    /// Whether draws take a time that says nothing of them. A Laplace law can be drawn like that;
    /// with any other, this makes a release panic.
    const IN_CONSTANT_TIME: bool = false;

    /// The law in grid steps: at least as much noise as the loss asks for, and no more for a larger
    /// loss.
    fn law(&self, sensitivity: Sensitivity, loss: L) -> Law;
}

impl<T: Answer, L: Loss, C: Calibration<L>> Mechanism<Statistic<T>, L> for C {
    type Output = T;

    fn answer(&self, paid: Opened<Statistic<T>, L>, rng: &mut NoiseRng) -> (T, Option<Noise>) {
        let law = self.law(paid.sensitivity, paid.loss);
        let noise = Noise::new(law, paid.query.step());
        (paid.query.answer(noise, C::IN_CONSTANT_TIME, rng), Some(noise))
    }
}

#[cfg(test)]
mod tests;
