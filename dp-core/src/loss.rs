use std::fmt;

use crate::proof;

mod epsilon;
mod epsilon_delta;
mod rho;

pub use epsilon::Epsilon;
pub use epsilon_delta::EpsilonDelta;
pub use rho::Rho;

/// A currency of privacy loss that adds up under adaptive sequential composition.
///
/// Sealed: a currency is a theorem about composition, not a number type. There are three:
///
/// | currency | a budget of it adds up | for |
/// |---|---|---|
/// | [`Epsilon`] | ε | few questions, and promises that hold without exception |
/// | [`Rho`] | ρ | many questions: noise grows with the square root of their number |
/// | [`EpsilonDelta`] | ε and δ, each | one Gaussian release, or promises stated in that form |
pub trait Loss: Copy + fmt::Debug + fmt::Display + proof::Loss {}
