//! Differential privacy you can read: bound the data, pay for the question, release the answer.
//!
//! ```
//! # use dp_core::*;
//! # fn main() -> Result<(), Error> {
//! # let folder = tempfile::tempdir().expect("a temporary folder");
//! # let path = folder.path().join("cpu.ledger");
//! # let samples = vec![12.5_f32, 30.0, 99.0, 250.0];
//! # let mut rng = NoiseRng::system()?;
//! # Ledger::create(&path, PrivacyUnit::Values(1), Epsilon::new(1.0)?)?;
//! let mut ledger = Ledger::open(path)?; // unit and budget are the file's, decided once
//! let load = Private::new(samples).clamp(Bounds::new(0.0, 100.0)?); // percent
//! let paid = ledger.pay(load.mean()?, Epsilon::new(0.5)?)?; // on disk before any noise is drawn
//! let noisy = paid.release(Laplace, &mut rng)?;
//! println!("{} ± {}", noisy.value, noisy.margin(0.95));
//! # Ok(()) }
//! ```
//!
//! The ledger was made before, once, when a person decided on a unit and a budget, and randomness
//! comes from the operating system:
//!
//! ```no_run
//! # use dp_core::*;
//! # fn main() -> Result<(), Error> {
//! Ledger::create("cpu.ledger", PrivacyUnit::Values(1), Epsilon::new(1.0)?)?;
//! let mut rng = NoiseRng::system()?;
//! # Ok(()) }
//! ```
//!
//! One sentence holds everywhere: a [`Query`] is *paid* from a [`Ledger`], or a [`Window`] from its
//! [`Timeline`], which gives a [`Receipt`] for that very query; a receipt is *released* by a
//! [`Mechanism`].
//!
//! | I want to publish | query | mechanism |
//! |---|---|---|
//! | a count, sum or mean of values | [`Statistic`], from [`Private::clamp`] | [`Laplace`], [`Gaussian`] |
//! | how many there are of each kind | [`Statistic`], from [`Private::histogram`] | [`Laplace`], [`Gaussian`] |
//! | the sum or mean of each column | [`Statistic`], from [`Private::clamp_rows`] | [`Gaussian`], [`Laplace`] |
//! | a signal over time, window by window | [`Window`], from [`Timeline`] | [`Laplace`] |
//!
//! The currency of the ledger decides which mechanisms it pays for:
//!
//! | paid in | mechanism | for |
//! |---|---|---|
//! | [`Epsilon`] | [`Laplace`] | few questions; the promise holds without exception |
//! | [`Epsilon`] | [`ConstantTimeLaplace`] | the same, where others can time a release |
//! | [`Rho`] | [`Gaussian`] | many questions, or answers of many numbers |
//! | [`Rho`] | [`DiscreteGaussian`] | the same, where the noise is about a grid step |
//! | [`EpsilonDelta`] | [`Gaussian`] | a promise that is asked for in ε and δ |
//!
//! Before anything is paid, [`Ledger::price`] says what a margin costs and [`Ledger::releases_left`]
//! how often the budget has that. An algorithm that asks several questions takes a ledger of its own,
//! from [`Ledger::allot`]. [`Statement`] tells a person what any ledger's file says.
//!
//! What many releases cost *together*, where their noise is fixed in advance, is asked of the
//! [`accountant`]: far less than the sum, at a small δ.
//!
//! [`exactness`] says what is exact in the noise, and why. [`misuse`] lists the mistakes that do not
//! compile. What types cannot do, you must:
//!
//! - one ledger or timeline for each protected party; two promise the sum;
//! - bounds from what a quantity can be, never from what it was;
//! - an in-memory ledger, or a second copy of raw data, can be made anew;
//! - a machine resumed from a snapshot repeats its noise, unless you [`NoiseRng::reseed`] right
//!   before you release.
//!
//! Features only add: `serde` (what is published serializes, and losses and units are read), `hazmat`
//! (for authors of mechanisms: samplers without a budget, and the joints that are sealed otherwise),
//! `simulation` (a timeline whose clock is the caller's).

#![warn(clippy::missing_errors_doc)]
// Tests compare counts with probabilities all the time.
#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::float_cmp
    )
)]

pub mod accountant;
mod bounds;
mod calendar;
mod error;
pub mod exactness;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod laplace_sum;
mod ledger;
mod loss;
mod mechanism;
pub mod misuse;
mod noise;
mod normal;
mod private;
mod proof;
mod receipt;
mod recent;
mod record;
mod released;
mod rng;
// `hazmat` re-exports the laws.
#[cfg_attr(not(feature = "hazmat"), allow(unreachable_pub))]
mod sampler;
mod sensitivity;
mod state_file;
mod statistic;
mod timeline;

// What is marked, bounded and asked.
pub use bounds::{Bounds, Number};
pub use private::Private;
pub use sensitivity::{L2Distance, PrivacyUnit, Sensitivity};
pub use statistic::{Answer, Clamped, ClampedRows, Query, Statistic};

// What is paid, and from what.
pub use ledger::{Ledger, Payment, Period, Statement};
pub use loss::{Epsilon, EpsilonDelta, Loss, Rho};
pub use receipt::Receipt;
pub use timeline::{
    Cap, ClosedWindow, Era, Instrument, LevelMean, Overview, Promise, Signal, Standing, Terms,
    Timeline, TotalEpsilon, Window,
};

// How it is answered, and what is known of the answer.
pub use laplace_sum::LaplaceSum;
pub use mechanism::{
    Calibration, ConstantTimeLaplace, DiscreteGaussian, Gaussian, Laplace, Mechanism,
};
pub use noise::{Law, Noise};
pub use record::{Grid, Record};
pub use released::{Estimate, Released};
pub use rng::{NoiseRng, Source};

pub use error::Error;
