//! What releases that were fixed in advance cost together: tightly, and certainly.
//!
//! ```
//! use dp_core::accountant::{Event, Schedule};
//! # fn main() -> Result<(), dp_core::Error> {
//! // An hourly value of ε = 1, for 30 days: 720 by adding up.
//! let schedule = Schedule::new([Event::laplace(1.0, 1.0)?.times(720)]);
//! let epsilon = schedule.epsilon(1e-6)?;
//! assert!(epsilon.lower > 364.80 && epsilon.upper < 364.81);
//! # Ok(()) }
//! ```
//!
//! Every answer is a [`Bracket`] that holds the exact one *in spite of rounding*: how is derived in the
//! source, in `accountant/contour.rs`, where each thing that a sum leaves out has its bound. Nothing is
//! discretized, so that the time does not depend on how many releases there are, nor on δ: some ten
//! microseconds for each different law.
//!
//! | to know | ask |
//! |---|---|
//! | ε at some δ, δ at some ε | [`Schedule::epsilon`], [`Schedule::delta`] |
//! | what a test of whether somebody is there errs by | [`Schedule::trade_off`] |
//! | the Rényi divergence of an order | [`Schedule::renyi`] |
//! | how much noise is enough, how many releases fit | [`least_noise`], [`most_releases`] |
//! | what a stretch costs of a timeline | [`Terms::schedule_over`](crate::Terms::schedule_over) |
//!
//! Several ways lead to an answer, and what all of them allow is told: the contour, on a line or on a
//! lattice; basic, advanced and optimal composition in closed form ([KOV15]); and the Rényi divergences
//! of all real orders ([CKS20], Proposition 12), which are also all that is known of a promise of
//! [`Rho`](crate::Rho).
//!
//! # Not for choices that answers lead to
//!
//! A [`Schedule`] is for releases whose noise was fixed before any data was seen. *What* is asked may
//! depend on earlier answers, how much noise there is, and how often, may not: composition at its
//! tightest is not valid for that ([2602.06756], [2602.15815]). So a schedule has no way to add to it, costs
//! nothing that a ledger could pay, and a loss it answers is a number, not a [`Loss`](crate::Loss).
//! Where parameters are chosen on the way, a [`Ledger`](crate::Ledger) is the filter: sums of
//! [`Rho`](crate::Rho), of [`Epsilon`](crate::Epsilon) or of [`EpsilonDelta`](crate::EpsilonDelta) hold
//! whatever led to them.
//!
//! ```compile_fail,E0277
//! # use dp_core::{*, accountant::*};
//! # fn main() -> Result<(), Error> {
//! let schedule = Schedule::new([Event::laplace(1.0, 1.0)?]);
//! Ledger::in_memory(PrivacyUnit::Values(1), schedule); // a schedule is not a budget
//! # Ok(()) }
//! ```
//!
//! ```compile_fail,E0599
//! # use dp_core::{*, accountant::*};
//! # fn main() -> Result<(), Error> {
//! let mut schedule = Schedule::new([Event::laplace(1.0, 1.0)?]);
//! if schedule.epsilon(1e-6)?.upper < 2.0 {
//!     schedule.push(Event::laplace(1.0, 0.5)?); // what comes later cannot be added
//! }
//! # Ok(()) }
//! ```
//!
//! [KOV15]: https://proceedings.mlr.press/v37/kairouz15.html
//! [CKS20]: https://arxiv.org/abs/2004.00010
//! [2602.06756]: https://arxiv.org/abs/2602.06756
//! [2602.15815]: https://arxiv.org/abs/2602.15815

#![allow(clippy::many_single_char_names, reason = "the names that the formulas have")]
#![allow(clippy::cast_precision_loss, reason = "nodes are few; what else is large is rounded up")]

mod answer;
mod ball;
mod bracket;
mod calibration;
mod contour;
mod crossing;
mod event;
mod lattice;
mod law;
mod moments;
mod rules;
mod schedule;
mod trade_off;

pub use bracket::Bracket;
pub use calibration::{least_noise, most_releases};
pub use event::Event;
pub use schedule::Schedule;

#[cfg(test)]
mod tests;
