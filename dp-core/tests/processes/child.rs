//! What this program does when a case starts it.

use std::{
    env, fs,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    process,
    sync::Barrier,
    thread,
    time::Duration,
};

use crate::scene::{ask, create, pay_and_release};

/// The variable that names its role.
pub(crate) const ROLE: &str = "DP_CORE_TEST_ROLE";
/// The variable that names the folder of its ledger.
pub(crate) const FOLDER: &str = "DP_CORE_TEST_FOLDER";

/// Whether this process has a role, which is then over.
pub(crate) fn played_its_role() -> bool {
    let Ok(role) = env::var(ROLE) else { return false };
    let folder = PathBuf::from(env::var(FOLDER).expect("a folder"));
    let (ledger, released) = (folder.join("ledger"), folder.join("released"));
    let outcome = match role.as_str() {
        "pay" => pay_and_release(&ledger, &released),
        "create" => create(ledger),
        "pay for ever" => loop {
            pay_and_release(&ledger, &released).expect("it works again");
        },
        "ask" => {
            ask_when_told();
            Ok(())
        }
        "hold" => hold(&ledger),
        other => unreachable!("{other} is no role"),
    };
    if let Err(error) = outcome {
        eprintln!("{error}");
        process::exit(1);
    }
    true
}

/// For each line, asks the ledger that it names for 60 of 100, from two threads at once, and says
/// how many were granted.
fn ask_when_told() {
    for line in io::stdin().lock().lines() {
        let path = PathBuf::from(line.expect("a path"));
        let start = Barrier::new(2);
        let one = || {
            start.wait();
            match ask(&path, 60.0) {
                Ok(()) => 1,
                Err(dp_core::Error::OverBudget { .. }) => 0,
                Err(other) => panic!("{other}"),
            }
        };
        let granted = thread::scope(|scope| {
            let other = scope.spawn(one);
            one() + other.join().expect("no panic")
        });
        println!("{granted}");
        io::stdout().flush().expect("heard");
    }
}

/// Holds the ledger's lock until it is killed.
fn hold(ledger: &Path) -> ! {
    let file = fs::OpenOptions::new().write(true).open(ledger).expect("there");
    file.lock().expect("free");
    println!("held");
    io::stdout().flush().expect("heard");
    loop {
        thread::sleep(Duration::from_secs(60));
    }
}
