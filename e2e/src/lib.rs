//! What the tests of the whole tracker stand on: a real SyftBox network on loopback, our apps
//! prepared as SyftBox installs them, and processes that never outlive their test.
#![expect(clippy::missing_panics_doc, reason = "a failing test panics and says what it waited for")]

mod app;
mod client;
mod network;
mod process;
mod shared_tree;
mod sighting;
mod tree;
mod wait;
mod watched_member;
mod watcher;

pub use app::{prepare_app, release_binary, repository};
pub use client::Client;
pub use network::Network;
pub use process::{Running, Stray, StraysStopped, processes_at_home_in};
pub use shared_tree::{Place, SharedTree, sqlite_integrity};
pub use sighting::{Sighting, told_twice};
pub use tree::files_below;
pub use wait::wait_for;
pub use watched_member::WatchedMember;
pub use watcher::Watcher;
