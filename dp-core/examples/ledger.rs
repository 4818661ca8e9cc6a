//! What is left of a privacy budget: prints the statement of any ledger's file, whatever it counts in.
//!
//! ```text
//! cargo run -p dp-core --features serde --example ledger -- FILE          # in words
//! cargo run -p dp-core --features serde --example ledger -- FILE --json
//! ```

use std::{env, error::Error, process::ExitCode};

use dp_core::Statement;

fn main() -> ExitCode {
    match print() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ledger: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [path] => print!("{}", Statement::read(path)?),
        [path, "--json"] => {
            println!("{}", serde_json::to_string_pretty(&Statement::read(path)?)?);
        }
        _ => return Err("which file? Usage: ledger FILE [--json]".into()),
    }
    Ok(())
}
