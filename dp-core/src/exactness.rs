//! What is exact in the noise, why, and what is not.
//!
//! # The laws
//!
//! | mechanism | law, in whole grid steps | parameter |
//! |---|---|---|
//! | [`Laplace`], [`ConstantTimeLaplace`] | `P(k) ∝ exp(−\|k\| / scale)` | the exact rational `sensitivity / ε` |
//! | [`Gaussian`] | `round(σN)`, `N` standard normal | σ: an `f64`, rounded up |
//! | [`DiscreteGaussian`] | `P(k) ∝ exp(−k² / 2σ²)` | σ: an `f64`, rounded up |
//!
//! Every one is drawn *exactly*, for every scale that the types allow, from 1/100 of a step to 2^124
//! steps: the probability of each `k` is the law's, not near it. (What is random is `ChaCha12`: "exact"
//! means given random words.) What is noised is a whole number of steps, for `i64` and for `f64`, so both
//! have the same samplers; the step, and for a mean the public number of values, comes in afterwards.
//!
//! # Why
//!
//! An exponential or normal variable is drawn as a point under its curve, digit by digit, and a whole
//! number of steps is made of it. Mostly the first word decides; where it does not, more words are
//! drawn, without end. So each shortcut only has to be *right where it answers*, and each has a margin
//! for that, with its proof at the line and a test that compares it with the exact answer:
//!
//! - the 512 layers of the ziggurat have equal areas by definition, as exact rationals;
//! - they cover the curve because their widths are rounded up by 2^-46, thousands of times the error
//!   of the table, which the compiler computes in integers and a test checks with two hundred digits;
//! - a point is taken without a height only where it ends 2^-46 before the curve crosses the layer's
//!   top;
//! - the tail is not cut: blocks of half the height of the one before go on for ever, and each covers
//!   the curve because the curve falls by more than half over a block;
//! - a height is compared in 64 bits with an exponential whose error is below 2^-27, and where that
//!   leaves it open, in 128, 256, 512, … bits until it does not;
//! - a whole number is made of a point's first digits only where all points that begin with them
//!   make the same;
//! - nothing is decided by floating-point arithmetic, so a seed draws the same noise on every platform.
//!
//! # What saturates
//!
//! A noisy sum beyond ±2^126 steps becomes ±2^126, and an `i64` result beyond its range becomes the
//! end of the range. Both are post-processing of the exact noisy sum, and both ends are the same for
//! all data. Nothing else saturates: a draw that does not fit 128 bits is far beyond what could bring
//! any sum back within ±2^126.
//!
//! # One support
//!
//! A floating-point Laplace sampler gives itself away: some results are possible for one data set and
//! not for its neighbour ([Mironov12]). Here data are whole steps of a grid that depends on the bounds
//! alone, noise takes every whole number of steps with positive probability, and results are converted
//! after the sum. So every result that is possible for one data set is possible for all.
//!
//! # Time
//!
//! The time of a release must not tell the noise ([JMRO22]). [`ConstantTimeLaplace`] is for where
//! releases can be timed; it has steps of its own under the curve, and its proof is at its sampler. Its
//! machine code for x86-64 was read: between three words and the result there are no table lookups,
//! and no branches but those for an empty buffer, a rejected trial, an undecided one, and the negative
//! zero. (One draw in 2^37 is undecided, for scales up to 2^27 steps; its time does tell something.)
//! The other samplers take nearly the same time for every draw; the correlation of time and noise is
//! measured in `docs/performance.md`. Which layer of a table they read can be seen by whoever shares
//! the processor's cache.
//!
//! All of this is about the noise. How long it takes to clamp or to count depends on how many values
//! there are, and on the values, too: a subnormal number takes longer to clamp than others, a long
//! text longer to look up. Do both where nobody can time them.
//!
//! # What is not covered
//!
//! - **A machine that is resumed twice from one snapshot** goes on with the same generator twice, and
//!   the difference of two releases is the difference of the data. [`NoiseRng::reseed`] right before a
//!   release takes fresh randomness from the operating system; if that was copied too, nothing in the
//!   machine can tell.
//! - **A fixed seed, or a caller's generator**, is as secret as whoever knows it makes it. The record
//!   says so.
//! - **Memory**: see [`NoiseRng`] on what is erased.
//!
//! [Mironov12]: https://doi.org/10.1145/2382196.2382264
//! [JMRO22]: https://arxiv.org/abs/2112.05307

#[expect(unused_imports, reason = "for the links above")]
use crate::{ConstantTimeLaplace, DiscreteGaussian, Gaussian, Laplace, NoiseRng};
