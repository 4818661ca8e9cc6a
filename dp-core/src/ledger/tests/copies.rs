//! Files that are not the one that was opened.

use super::*;

#[test]
fn a41_a_ledger_that_has_seen_more_spent_refuses_an_older_copy() {
    let (_folder, path) = on_disk(1.0);
    let older = fs::read(&path).expect("there");
    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
    pay(&mut ledger, 0.6).expect("within the budget");
    fs::write(&path, older).expect("written");
    assert!(matches!(pay(&mut ledger, 0.6), Err(Error::Replaced { .. })));
}

#[test]
fn a41_a_renewing_ledger_refuses_an_older_copy_within_the_same_second() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger");
    let unit = PrivacyUnit::Values(1);
    let mut ledger =
        Ledger::create_renewing(&path, unit, epsilon(1.0), Period::Day).expect("created");
    pay(&mut ledger, 0.1).expect("within the budget");
    let older = fs::read(&path).expect("there");
    pay(&mut ledger, 0.1).expect("within the budget");
    fs::write(&path, older).expect("written");
    assert!(matches!(pay(&mut ledger, 0.1), Err(Error::Replaced { .. })));
}

#[test]
fn a41_a_copy_is_refused_until_a_person_adopts_it() {
    let (folder, path) = on_disk(1.0);
    pay(&mut Ledger::open(&path).expect("whole"), 0.75).expect("within the budget");
    let copy = folder.path().join("copy");
    fs::copy(&path, &copy).expect("copied");
    let refusal = Ledger::<Epsilon>::open(&copy).expect_err("a copy").to_string();
    assert!(refusal.contains("is a copy of a ledger") && refusal.contains("adopt"), "{refusal}");
    assert!(Statement::read(&copy).expect("readable").is_a_copy);
    let mut adopted = Ledger::<Epsilon>::adopt(&copy).expect("whole");
    assert!(pay(&mut adopted, 0.5).is_err(), "what was spent is still spent");
    pay(&mut Ledger::open(&copy).expect("its own by now"), 0.25).expect("within the budget");
    // Other names of the same file are no copies.
    fs::hard_link(&path, folder.path().join("link")).expect("linked");
    pay(&mut Ledger::open(folder.path().join("link")).expect("whole"), 0.125).expect("within");
    assert_eq!(Ledger::open(&path).expect("whole").left(), Some(epsilon(0.125)));
}

#[test]
fn a_copy_that_takes_the_place_of_an_open_ledger_is_not_paid_from() {
    let (folder, path) = on_disk(1.0);
    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
    let copy = folder.path().join("copy");
    fs::copy(&path, &copy).expect("copied");
    fs::rename(&copy, &path).expect("renamed");
    assert!(matches!(pay(&mut ledger, 0.1), Err(Error::Copied { .. })));
}

#[test]
fn a_ledger_that_is_replaced_while_a_payment_waits_releases_nothing() {
    let (folder, path) = on_disk(1.0);
    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
    let held = StateFile::open(&path, KIND, PATIENCE).expect("free");
    thread::scope(|scope| {
        let payment = scope.spawn(|| pay(&mut ledger, 0.6));
        thread::sleep(Duration::from_millis(300)); // it waits for the lock by now
        fs::rename(&path, folder.path().join("aside")).expect("renamed");
        Ledger::create(&path, PrivacyUnit::Values(1), epsilon(1.0)).expect("created");
        drop(held);
        let paid = payment.join().expect("no panic");
        assert!(matches!(paid, Err(Error::Replaced { .. })), "{paid:?}");
    });
    assert_eq!(Ledger::<Epsilon>::open(&path).expect("whole").spent(), None);
}

#[test]
fn another_ledger_under_the_same_name_is_not_paid_from() {
    let (_folder, path) = on_disk(1.0);
    let mut ledger = Ledger::<Epsilon>::open(&path).expect("whole");
    fs::remove_file(&path).expect("there");
    assert!(matches!(pay(&mut ledger, 0.1), Err(Error::File { .. })), "never created anew");
    Ledger::create(&path, PrivacyUnit::Dataset, epsilon(1.0)).expect("created");
    assert!(matches!(pay(&mut ledger, 0.1), Err(Error::Replaced { .. })));
}
