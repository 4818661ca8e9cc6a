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
    Loss, Noise, NoiseRng,
    proof::{Opened, Proven},
};

/// A randomized answer to `Q` whose privacy is measured in `L`.
///
/// Sealed. An algorithm *composed* of what is here needs no trust of its own: it takes a
/// `&mut Ledger` and cannot spend more than that ledger grants.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot release `{Q}` for a loss paid in `{L}`",
    note = "`Laplace` and `ConstantTimeLaplace` release a `Statistic` paid in `Epsilon`, `Gaussian` one \
            paid in `Rho` or `EpsilonDelta`, `DiscreteGaussian` one paid in `Rho`: open a `Ledger` in \
            that currency"
)]
pub trait Mechanism<Q, L: Loss>: Proven {
    /// What is released.
    type Output;

    /// The noise that pays back the loss at this sensitivity: at least as much as the loss asks
    /// for. It depends on public parameters alone.
    #[doc(hidden)]
    fn noise(&self, paid: &Opened<Q, L>) -> Noise;

    /// Draws the answer. Only a [`Receipt`](crate::Receipt) has an opened query to call it with.
    #[doc(hidden)]
    fn answer(&self, paid: Opened<Q, L>, noise: Noise, rng: &mut NoiseRng) -> Self::Output;
}
