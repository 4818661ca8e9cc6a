//! The member's program; what it does is in the library beside it.

use std::{io, process::ExitCode};

use clap::Parser;
use cpu_member::command::Command;

fn main() -> ExitCode {
    let command = Command::parse();
    tracing_subscriber::fmt().with_writer(io::stderr).with_target(false).init();
    match command.carry_out() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("cpu-member: {fault}");
            fault.exit_code().into()
        }
    }
}
