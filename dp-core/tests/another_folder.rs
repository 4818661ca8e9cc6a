//! A process that changes its folder, which is why this is a program of its own.
#![cfg(unix)]

use std::{env, fs};

use dp_core::{Bounds, Epsilon, Ledger, PrivacyUnit, Private};

#[test]
fn a_ledger_stays_the_one_that_was_opened_when_the_folder_changes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let budget = Epsilon::new(1.0).expect("in range");
    for party in ["anna", "ben"] {
        fs::create_dir(folder.path().join(party)).expect("made");
        let path = folder.path().join(party).join("cpu.ledger");
        Ledger::create(path, PrivacyUnit::Values(1), budget).expect("created");
    }
    env::set_current_dir(folder.path().join("anna")).expect("there");
    let mut of_anna = Ledger::<Epsilon>::open("cpu.ledger").expect("whole");
    env::set_current_dir(folder.path().join("ben")).expect("there");
    let data = Private::new(vec![5]).clamp(Bounds::new(0_i64, 10).expect("a range"));
    let _ = of_anna.pay(data.sum(), budget);
    let of_ben = Ledger::<Epsilon>::open(folder.path().join("ben/cpu.ledger")).expect("whole");
    assert_eq!(of_ben.spent(), None, "Anna's data was paid from Ben's ledger");
}
