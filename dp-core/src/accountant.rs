//! What releases that were fixed in advance cost together.

mod ball;
mod bracket;
mod contour;
mod event;
mod lattice;
mod law;
mod moments;
mod rules;
mod schedule;

pub use bracket::Bracket;
pub use event::Event;
pub use schedule::Schedule;

#[cfg(test)]
mod tests;
