//! The leader's program; what it does is in the library beside it.

use std::io;
use std::process::ExitCode;

use clap::Parser;
use cpu_leader::command::Command;

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_target(false).init();
    match Command::parse().carry_out() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cpu-leader: {error}");
            error.exit_code()
        }
    }
}
