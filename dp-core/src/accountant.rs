//! What releases that were fixed in advance cost together.

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
