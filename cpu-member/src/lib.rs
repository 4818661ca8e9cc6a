//! A member of the federated CPU tracker: measures this machine's CPU use over fixed windows and
//! shares only a noisy mean of each.
//!
//! [`run`] is the loop: it takes the machine (clocks and counters), the randomness and the way to
//! publish as arguments. [`round`] records one window, [`schedule`] says when, [`state`] keeps the
//! timeline and [`publish`] writes the files.

#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::unchecked_time_subtraction,
        clippy::unwrap_used
    )
)]

pub mod budget;
pub mod caps;
pub mod command;
pub mod counters;
pub mod curve;
pub mod doctor;
mod error;
pub mod forget;
pub mod history;
pub mod init;
pub mod machine;
pub mod memory;
pub mod preview;
pub mod profile;
pub mod publish;
pub mod round;
pub mod run;
pub mod schedule;
pub mod settings;
pub mod state;
pub mod status;

pub use error::Error;
