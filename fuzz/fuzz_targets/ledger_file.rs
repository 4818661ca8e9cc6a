//! Whatever a ledger's file holds, opening it never panics and never makes budget: damage reads as
//! what was spent or is refused, and what can be opened, under a right checksum, grants no payment
//! beyond its budget and forgets none.
#![no_main]

use std::{cell::LazyCell, fs, path::Path};

use dp_core::{
    Bounds, Clamped, Epsilon, EpsilonDelta, Error, Ledger, Loss, PrivacyUnit, Private, Rho,
    Statement,
};
use fuzz::{Scratch, StateFileBytes};
use libfuzzer_sys::fuzz_target;

thread_local!(static SCRATCH: LazyCell<Scratch> = const { LazyCell::new(Scratch::new) });

fuzz_target!(|bytes: &[u8]| SCRATCH.with(|scratch| open(scratch, bytes)));

fn open(scratch: &Scratch, bytes: &[u8]) {
    if let Some(changes) = bytes.strip_prefix(b"damage\n") {
        // A file of ours of which some bytes change: too few to make another checksum right.
        return damage(scratch, changes.as_chunks().0);
    }
    let file = scratch.write("ledger", &StateFileBytes::new(bytes).encode());
    let _ = Statement::read(&file).map(|statement| statement.to_string());
    pay_from(&file, [Epsilon::new(0.5), Epsilon::new(1e-9), Epsilon::new(100.0)]);
    pay_from(&file, [Rho::new(0.5), Rho::new(1e-12), Rho::new(5000.0)]);
    let with_delta = |epsilon| EpsilonDelta::new(epsilon, 1e-6);
    pay_from(&file, [with_delta(0.5), with_delta(1e-9), EpsilonDelta::new(1.0, 0.9)]);
}

fn pay_from<L: Loss + PartialEq>(file: &Path, losses: [Result<L, Error>; 3]) {
    let opened = match Ledger::<L>::open(file) {
        Err(Error::Copied { .. }) => Ledger::<L>::adopt(file),
        opened => opened,
    };
    let Ok(mut ledger) = opened else { return };
    for loss in losses {
        let loss = loss.expect("in range");
        let (budget, spent, unit) = (ledger.budget(), ledger.spent(), ledger.unit());
        let payments = ledger.history().len();
        match ledger.pay_as("a count", data().count(), loss) {
            Ok(_) => {
                assert!(ledger.history().len() >= payments);
                assert!(ledger.spent().is_some(), "what was paid is spent");
            }
            Err(
                Error::OverBudget { .. }
                | Error::Unit { .. }
                | Error::TooSensitive
                | Error::Full { .. },
            ) => {}
            Err(fault) => panic!("{fault}"),
        }
        assert_eq!((ledger.budget(), ledger.unit()), (budget, unit));
        let again = Ledger::<L>::open(file).expect("it was just written, or left as it was");
        assert_eq!(again.spent(), ledger.spent(), "after {spent:?}");
        assert_eq!((again.budget(), again.unit()), (budget, unit));
        assert_eq!(again.history(), ledger.history());
    }
}

/// At most six changes of one byte: three of where, one of what.
fn damage(scratch: &Scratch, changes: &[[u8; 4]]) {
    let file = scratch.path("damaged");
    let half = Epsilon::new(0.5).expect("in range");
    let _ = fs::remove_file(&file);
    let budget = Epsilon::new(1.0).expect("in range");
    let mut ledger =
        Ledger::create(&file, PrivacyUnit::Records(1), budget).expect("nothing is there");
    let _paid = ledger.pay(data().count(), half).expect("within the budget");

    let mut bytes = fs::read(&file).expect("it was just written");
    for &[high, middle, low, change] in changes.iter().take(6) {
        let place = u32::from_be_bytes([0, high, middle, low]) as usize % bytes.len();
        bytes[place] ^= change;
    }
    fs::write(&file, bytes).expect("it can be written");
    if let Ok(opened) = Ledger::<Epsilon>::open(&file) {
        assert_eq!((opened.spent(), opened.budget()), (Some(half), budget));
    }
}

fn data() -> Clamped<i64> {
    Private::new(vec![1, 2, 3]).clamp(Bounds::new(0, 5).expect("a range"))
}
