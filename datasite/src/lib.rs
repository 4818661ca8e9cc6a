//! SyftBox as an app sees it: the client's settings, the folders, the permission files, files
//! that are replaced whole, bounded reading of other people's files, and the tracker's report.
//!
//! It adds no noise and computes no mean: what leaves a machine is handed in as a
//! [`dp_core::Released`] number, and what comes from other machines is parsed as hostile bytes.

mod client_config;
mod email;
mod error;
mod peer_report;
mod permissions;
mod presence;
mod read_bounded;
mod readers;
mod replace_file;
mod report;
mod workspace;

pub use client_config::ClientConfig;
pub use email::{Email, is_datasite_name};
pub use error::Error;
pub use peer_report::{PeerMemory, PeerReport, RejectReason};
pub use presence::Presence;
pub use read_bounded::{Unreadable, read_bounded};
pub use readers::Readers;
pub use replace_file::Audience;
pub use report::Report;
pub use workspace::Workspace;
