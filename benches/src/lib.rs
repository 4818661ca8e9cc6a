//! What the benches share: how they measure, what they compare, and where they write it.
//!
//! ```text
//! cargo bench --manifest-path benches/Cargo.toml                 # prints the tables, in minutes
//! cargo bench --manifest-path benches/Cargo.toml -- --write      # also into docs/performance.md
//! cargo bench --manifest-path benches/Cargo.toml -- --test       # runs every case once
//! ```
//!
//! | bench | its question |
//! |---|---|
//! | `noise` | How long does noise take, beside other libraries and the random words it is made of? |
//! | `release` | How long does a whole release take, from the payment to the published answer? |
//! | `ledger` | How many payments a second, and how large is the file after a million? |
//! | `accountant` | How long does the ε of many releases take? |
//! | `timing` | Does the time of a draw tell how large the noise was? |
//!
//! The harness is our own, since the libraries are compared with each other: one process measures
//! all of them in turn, round after round, so that a machine that slows down slows all of them
//! down, in CPU time, so that other programs do not count, and takes medians. Only `ledger` waits
//! for a disk, and measures time on the wall. The accountant's peer is no crate: `accounting.py`
//! measures both.

pub mod ours;
pub mod peers;

mod accounting;
mod law;
mod options;
mod rounds;
mod section;
mod work;

pub use accounting::{Question, Release};
pub use law::{Law, Noise, Output, Scale, VECTOR};
pub use options::Options;
pub use rounds::{Medians, Rounds};
pub use section::{Section, nanoseconds, quotient, version_of};
pub use work::Work;
