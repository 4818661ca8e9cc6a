//! The tracker on real SyftBox networks, installed and started as its users do. The tests wait most
//! of the time, so they run side by side, each in a network of its own.

mod changes;
mod promises;
mod published;
