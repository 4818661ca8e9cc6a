//! The leader of the federated CPU tracker: it reads the members' noisy reports, averages them,
//! keeps a bounded history and publishes a dashboard, all in SyftBox's folders.
//!
//! Everything it reads is already noisy, so all that it computes is post-processing and costs no
//! privacy. Everything it reads was also written by strangers: see [`collect`].

pub mod aggregate;
pub mod badge;
pub mod collect;
pub mod command;
pub mod data_file;
pub mod demo;
pub mod doctor;
pub mod error;
pub mod export;
pub mod history;
pub mod init;
pub mod instance_lock;
pub mod lists;
pub mod median;
pub mod metrics;
pub mod output;
pub mod page;
pub mod publish;
pub mod published;
pub mod range;
pub mod releases;
pub mod rolling;
pub mod round;
pub mod run;
pub mod serve;
pub mod settings;
#[cfg(test)]
mod site;
pub mod sparkline;
pub mod spread;
pub mod status;
pub mod stop;
pub mod textfile;
