//! The libraries that ours is measured beside, each with its own ordinary generator.

pub mod opendp;
pub mod prio;
pub mod rand_distr;
