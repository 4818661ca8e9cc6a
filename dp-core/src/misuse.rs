//! The mistakes that are checked not to compile, by their codes.
//!
//! ```compile_fail,E0277
//! let _ = serde_json::to_string(&dp_core::Private::new(12.5)); // cannot be written out
//! ```
//! ```compile_fail,E0277
//! println!("{}", dp_core::Private::new(12.5)); // cannot be printed
//! ```
//! ```compile_fail,E0599
//! let copy = dp_core::Private::new(12.5).clone(); // cannot be copied
//! ```
//! ```compile_fail,E0599
//! # use dp_core::*;
//! dp_core::Private::new(vec![12.5]).mean(); // not bounded
//! ```
//! ```compile_fail,E0382
//! # use dp_core::*;
//! # fn f(paid: Receipt<Statistic<Estimate>>, rng: &mut NoiseRng) {
//! paid.release(Laplace, rng);
//! paid.release(Laplace, rng); // paid once, released twice
//! # }
//! ```
//! ```compile_fail,E0599
//! # use dp_core::*;
//! # fn f(mean: Statistic<Estimate>, rng: &mut NoiseRng) {
//! mean.release(Laplace, rng); // not paid at all
//! # }
//! ```
//! ```compile_fail,E0308
//! # use dp_core::*;
//! # fn f(sum: Statistic<Estimate>, rng: &mut NoiseRng) {
//! // straight to the mechanism, past the ledger
//! <Laplace as Mechanism<Statistic<Estimate>, Epsilon>>::answer(&Laplace, sum, rng);
//! # }
//! ```
//! ```compile_fail,E0308
//! # use dp_core::*;
//! # fn f(ledger: &mut Ledger, mean: Statistic<Estimate>) {
//! ledger.pay(mean, 0.5); // 0.5 of what?
//! # }
//! ```
//! ```compile_fail,E0277
//! # use dp_core::*;
//! # fn f(paid: Receipt<Statistic<Estimate>, Epsilon>, rng: &mut NoiseRng) {
//! paid.release(Gaussian, rng); // Gaussian noise is not pure: pay in Rho or EpsilonDelta
//! # }
//! ```
//! ```compile_fail,E0277
//! # use dp_core::*;
//! # fn f(paid: Receipt<Statistic<Estimate>, Rho>, rng: &mut NoiseRng) {
//! paid.release(Laplace, rng); // a ρ buys Gaussian noise
//! # }
//! ```
//! ```compile_fail,E0277
//! # use dp_core::*;
//! # fn f(paid: Receipt<Statistic<Estimate>, EpsilonDelta>, rng: &mut NoiseRng) {
//! paid.release(DiscreteGaussian, rng); // no calibration to ε and δ is proved for it here
//! # }
//! ```
//! ```compile_fail,E0308
//! # use dp_core::*;
//! # fn f(ledger: &mut Ledger<Epsilon>, mean: Statistic<Estimate>, loss: Rho) {
//! ledger.pay(mean, loss); // another currency than the budget's
//! # }
//! ```
//! ```compile_fail,E0277
//! # use dp_core::*;
//! # fn f(window: ClosedWindow, ledger: &mut Ledger, loss: Epsilon) {
//! ledger.pay(window, loss); // a window is released by its timeline or not at all
//! # }
//! ```
//! ```compile_fail,E0499
//! # use dp_core::*;
//! # fn f(timeline: &mut Timeline, bounds: Bounds) -> Result<(), Error> {
//! let one = timeline.record(bounds)?;
//! let two = timeline.record(bounds)?; // two windows over the same time
//! one.close()?.pay(Private::new(12.5))?.release(Laplace, &mut NoiseRng::system()?)?;
//! # Ok(()) }
//! ```
//! ```compile_fail,E0382
//! # use dp_core::*;
//! # fn f(window: ClosedWindow, load: f64) {
//! window.pay(Private::new(load));
//! window.pay(Private::new(load)); // one window, two releases
//! # }
//! ```
//! ```compile_fail,E0599
//! # use dp_core::*;
//! # fn f(window: Window, load: f64) {
//! window.pay(Private::new(load)); // read while it is still open: it would claim too much time
//! # }
//! ```
//! ```compile_fail,E0277
//! #[derive(Clone, Copy, Debug)]
//! struct Mu(f64); // whether losses chosen as answers come in add up is a theorem, not a number type
//! impl std::fmt::Display for Mu {
//!     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{}", self.0) }
//! }
//! impl dp_core::Loss for Mu {}
//! ```
//! ```compile_fail,E0308
//! # use dp_core::*;
//! # fn f(ledger: &mut Ledger<Epsilon>, loss: Rho) {
//! ledger.allot(loss); // a ρ is no ε, at whatever price
//! # }
//! ```
//! ```compile_fail,E0603
//! struct Mine;
//! impl dp_core::proof::Proven<dp_core::Epsilon> for Mine { // a proof is not typed in
//!     const PROOF: &'static str = "trust me";
//!     const NAME: &'static str = "mine";
//! }
//! ```
//! ```compile_fail,E0277
//! # use dp_core::*;
//! struct Mine;
//! impl Calibration<Epsilon> for Mine { // too little noise, and no proof of it
//!     fn law(&self, _: Sensitivity, _: Epsilon) -> Law {
//!         Law::DiscreteLaplace { numerator: 1, denominator: 100 }
//!     }
//! }
//! ```
//! ```compile_fail,E0603
//! # use dp_core::*;
//! struct Mine;
//! impl Mechanism<Statistic<Estimate>, Epsilon> for Mine { // sees what was paid for, raw
//!     type Output = f64;
//!     fn answer(
//!         &self,
//!         paid: dp_core::proof::Opened<Statistic<Estimate>, Epsilon>,
//!         _: &mut NoiseRng,
//!     ) -> (f64, Option<Noise>) {
//!         (12.5, None)
//!     }
//! }
//! ```
//! ```compile_fail,E0277
//! let _: dp_core::Released<f64> = serde_json::from_str("12.5").unwrap(); // nobody paid for it
//! ```
//! ```compile_fail,E0308
//! # fn f(noisy: dp_core::Released<f64>, raw: f64) {
//! noisy.map(|_| raw); // a raw value slips in
//! # }
//! ```
//! ```compile_fail,E0599
//! # fn f(noisy: dp_core::Released<dp_core::Estimate>) {
//! noisy.map(|load| load.value.sqrt()).margin(0.95); // whose margin?
//! # }
//! ```
//! ```compile_fail,E0599
//! # fn f(rng: dp_core::NoiseRng) {
//! let twin = rng.clone(); // the same noise twice cancels out
//! # }
//! ```
//! ```compile_fail,E0277
//! # fn f(rng: dp_core::NoiseRng) {
//! serde_json::to_string(&rng); // kept, it would be a copy
//! # }
//! ```
