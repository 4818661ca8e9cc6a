//! Every refusal of a ledger has an entry in docs/operating.md, and what it says there works.

use std::{fs, path::Path, time::Duration};

use dp_core::{
    Bounds, Clamped, Epsilon, Error, Ledger, Period, PrivacyUnit, Private, Receipt, Rho, Statement,
    Statistic,
};

fn epsilon(value: f64) -> Epsilon {
    Epsilon::new(value).expect("in range")
}

fn data() -> Clamped<i64> {
    Private::new(vec![1, 0, 1]).clamp(Bounds::new(0_i64, 1).expect("a range"))
}

type Paid = Result<Receipt<Statistic<dp_core::Estimate<i64>>>, Error>;

fn pay(ledger: &mut Ledger, loss: f64) -> Paid {
    ledger.pay(data().count(), epsilon(loss))
}

fn create(path: &Path) -> Result<Ledger, Error> {
    Ledger::create(path, PrivacyUnit::Records(1), epsilon(1.0))
}

fn open(path: &Path) -> Result<Ledger, Error> {
    Ledger::open(path)
}

/// That `refusal` is one, and that its entry is in the docs under words that it says.
fn is_documented<T>(refusal: Result<T, Error>, words: &str) {
    let message = refusal.err().expect("a refusal").to_string();
    let says_so = |text: &str| words.split(" … ").all(|part| text.contains(part));
    assert!(says_so(&message), "{message:?} does not say {words:?}");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operating.md");
    let docs = fs::read_to_string(docs).expect("the workspace's docs");
    let mut entries = docs.lines().filter(|line| line.starts_with("| `"));
    assert!(entries.any(says_so), "{words:?} has no entry");
}

#[test]
fn every_refusal_has_an_entry_whose_advice_works() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger");
    let aside = folder.path().join("aside");

    is_documented(open(&path), "cannot open … No such file");
    let mut ledger = create(&path).expect("nothing there");
    is_documented(create(&path), "cannot create … File exists");

    drop(pay(&mut ledger, 0.75).expect("within the budget"));
    is_documented(pay(&mut ledger, 0.5), "privacy budget exhausted");
    drop(pay(&mut ledger, 0.125).expect("what the statement says is left"));
    is_documented(ledger.lower_budget(epsilon(2.0)), "a budget can only be lowered");
    is_documented(ledger.pay_as("", data().count(), epsilon(0.1)), "a label must have");
    drop(ledger.pay_as("votes", data().count(), epsilon(0.0625)).expect("a shorter one"));

    is_documented(Ledger::<Rho>::open(&path), "counts in … not in");
    open(&path).expect("its own currency");

    fs::copy(&path, &aside).expect("copied");
    is_documented(open(&aside), "is a copy of a ledger");
    assert!(Statement::read(&aside).expect("readable").is_a_copy);
    assert_eq!(Ledger::adopt(&aside).expect("whole").left(), Some(epsilon(0.0625)));

    let older = fs::read(&path).expect("there");
    drop(pay(&mut ledger, 0.0625).expect("what is left"));
    let newer = fs::read(&path).expect("there");
    fs::write(&path, older).expect("put back");
    is_documented(pay(&mut ledger, 0.01), "was removed, replaced or put back while in use");
    fs::write(&path, newer).expect("the true file");
    assert_eq!(open(&path).expect("whole").left(), None);

    fs::write(&path, "no ledger").expect("damaged");
    is_documented(open(&path), "holds no readable ledger");
    fs::copy(&aside, &path).expect("restored");
    Ledger::<Epsilon>::adopt(&path).expect("a backup newer than the last release");
}

#[test]
fn a_file_of_a_newer_version_says_so_and_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger");
    let newer = "dp-core ledger 2\nin a form that is not known yet\n";
    fs::write(&path, newer).expect("written");
    is_documented(open(&path), "was written by a newer version");
    assert_eq!(fs::read_to_string(&path).expect("there"), newer);
}

#[test]
fn questions_that_cannot_be_paid_for_say_what_to_ask_instead() {
    let mut ledger = Ledger::in_memory(PrivacyUnit::Records(u32::MAX), epsilon(1.0));
    is_documented(
        ledger.pay(data().mean().expect("three values"), epsilon(0.1)),
        "no noise can be calibrated for the unit",
    );
    let widest = || Private::new(vec![1]).clamp(Bounds::new(i64::MIN, i64::MAX).expect("a range"));
    is_documented(
        ledger.pay(widest().sum(), epsilon(0.1)),
        "one unit moves the answer by more than",
    );
    let mut fewer = Ledger::in_memory(PrivacyUnit::Records(1), epsilon(1.0));
    drop(fewer.pay(widest().sum(), epsilon(0.1)).expect("fewer records"));
    assert_eq!(ledger.spent(), None);

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger");
    let create = |hours: u64| {
        let period = Period::Sliding(Duration::from_secs(3600 * hours));
        Ledger::create_renewing(&path, PrivacyUnit::Records(1), epsilon(1.0), period)
    };
    is_documented(create(0), "a budget renews after");
    create(24).expect("such a period");
}

#[test]
fn a_budget_that_was_lowered_too_far_says_so() {
    let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), epsilon(1.0));
    drop(pay(&mut ledger, 0.75).expect("within the budget"));
    ledger.lower_budget(epsilon(0.5)).expect("lower");
    is_documented(pay(&mut ledger, 0.1), "the budget was lowered below what is spent");
}
