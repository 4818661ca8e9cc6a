//! What somebody may try against a budget, by accident or not.
#![cfg(unix)]

use std::{fs, path::PathBuf, sync::mpsc, thread, time::Duration};

use dp_core::{
    Bounds, Cap, Epsilon, Era, Error, Gaussian, Laplace, Ledger, NoiseRng, Overview, PrivacyUnit,
    Private, Promise, Receipt, Rho, Statistic, Terms, Timeline, TotalEpsilon,
};

fn epsilon(value: f64) -> Epsilon {
    Epsilon::new(value).expect("in range")
}

fn pay(
    ledger: &mut Ledger,
    loss: f64,
) -> Result<Receipt<Statistic<dp_core::Estimate<i64>>>, Error> {
    let data = Private::new(vec![5]).clamp(Bounds::new(0_i64, 10)?);
    ledger.pay(data.sum(), epsilon(loss))
}

fn on_disk(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    Ledger::create(&path, PrivacyUnit::Values(1), epsilon(1.0)).expect("created");
    (folder, path)
}

/// `cp ledger backup; …; rm ledger; cp backup ledger`, as `tar x` does, too: ext4 and XFS give the
/// new file the number that was just freed.
#[test]
fn a_backup_that_got_the_freed_inode_is_refused_as_a_copy() {
    let (folder, path) = on_disk("ledger");
    let backup = folder.path().join("backup");
    fs::copy(&path, &backup).expect("copied");
    drop(pay(&mut Ledger::open(&path).expect("whole"), 1.0).expect("within the budget"));
    for _ in 0..20 {
        fs::remove_file(&path).expect("there");
        fs::copy(&backup, &path).expect("restored");
        let opened = Ledger::<Epsilon>::open(&path);
        assert!(
            matches!(opened, Err(Error::Copied { .. })),
            "the spent budget reads as unspent: {:?} left",
            opened.map(|ledger| ledger.left())
        );
    }
}

#[test]
fn another_ledger_that_was_moved_here_is_not_paid_from() {
    let (folder, path) = on_disk("a");
    let other = folder.path().join("b");
    Ledger::create(&other, PrivacyUnit::Values(1), epsilon(1.0)).expect("created");
    let mut ledger = Ledger::open(&path).expect("whole");
    drop(pay(&mut ledger, 0.5).expect("within the budget"));
    drop(pay(&mut Ledger::open(&other).expect("whole"), 0.5).expect("within the budget"));
    fs::rename(&path, folder.path().join("aside")).expect("renamed");
    fs::rename(&other, &path).expect("renamed");
    let paid = pay(&mut ledger, 0.5);
    assert!(matches!(paid, Err(Error::Replaced { .. })), "paid from another ledger: {paid:?}");
}

#[test]
fn an_overview_of_a_pipe_ends() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
    assert!(made.success());
    let (done, answer) = mpsc::channel();
    thread::spawn(move || {
        let _ = done.send(Overview::read(path, Bounds::new(0.0, 1.0).expect("a range")).is_err());
    });
    assert_eq!(answer.recv_timeout(Duration::from_secs(3)), Ok(true), "it waits for ever");
}

fn promise(protects: Duration, window: Duration) -> Promise {
    Promise { epsilon: epsilon(1.0), protects, window }
}

fn cap() -> Cap {
    Cap { stretch: Duration::from_secs(60), loss: TotalEpsilon::new(10.0).expect("in range") }
}

#[test]
fn a_cap_on_a_promise_of_no_length_is_refused_and_not_a_panic() {
    let nothing = promise(Duration::ZERO, Duration::from_secs(1));
    assert!(cap().check(nothing).is_err());
}

#[test]
fn a_capped_timeline_that_protects_no_length_is_refused_and_not_a_panic() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nothing = promise(Duration::ZERO, Duration::from_secs(1));
    let made = Timeline::create(
        folder.path().join("timeline"),
        Terms { caps: vec![cap()], ..nothing.into() },
    );
    assert!(matches!(made, Err(Error::Promise { .. })));
}

#[test]
fn eras_with_a_window_of_no_length_are_refused_and_not_a_panic() {
    let second = Duration::from_secs(1);
    let era = |window| Era { since: std::time::UNIX_EPOCH, terms: promise(second, window).into() };
    let bounds = Bounds::new(0.0, 1.0).expect("a range");
    assert!(Era::loss_across(&[era(second), era(Duration::ZERO)], second, bounds).is_err());
}

#[test]
fn a_refused_payment_has_looked() {
    let (_folder, path) = on_disk("ledger");
    let mut ledger = Ledger::open(&path).expect("whole");
    drop(pay(&mut Ledger::open(&path).expect("whole"), 0.9).expect("within the budget"));
    let refusal = pay(&mut ledger, 0.5).expect_err("beyond").to_string();
    assert!(refusal.contains("ε = 0.1 left"), "{refusal}");
    assert_eq!(ledger.left(), Some(epsilon(0.1)), "though the refusal said 0.1");
    assert_eq!(ledger.releases_left(epsilon(0.5)), 0);
}

/// No smaller loss does, not only not the next smaller one.
#[test]
fn a_price_is_the_smallest() {
    let data = Private::new(vec![5]).clamp(Bounds::new(0.0, 10.0).expect("a range"));
    let ledger = Ledger::in_memory(PrivacyUnit::Values(1), Rho::new(1.0).expect("in range"));
    let pure = Ledger::in_memory(PrivacyUnit::Values(1), epsilon(1.0));
    for step in 1..200_u32 {
        let margin = 3.0 + f64::from(step) * 0.737;
        let price = f64::from(ledger.price(&data.sum(), Gaussian, margin, 0.95).expect("ok"));
        for less in 2..40 {
            let loss = Rho::new(price - f64::from(less) * 1e-12).expect("in range");
            let sum = Ledger::in_memory(PrivacyUnit::Values(1), loss).pay(data.sum(), loss);
            let sum = sum.expect("ok").release(Gaussian, &mut NoiseRng::seeded(1)).expect("ok");
            assert!(sum.margin(0.95) > margin, "{less} units less also give {margin}");
        }
        let price = f64::from(pure.price(&data.sum(), Laplace, margin, 0.95).expect("ok"));
        for less in 2..10 {
            let loss = epsilon(price - f64::from(less) * 1e-9);
            let sum = Ledger::in_memory(PrivacyUnit::Values(1), loss).pay(data.sum(), loss);
            let sum = sum.expect("ok").release(Laplace, &mut NoiseRng::seeded(1)).expect("ok");
            assert!(sum.margin(0.95) > margin, "{less} units less also give {margin}");
        }
    }
}

/// The same where one unit of the currency is less than floating point can tell.
#[test]
fn a_price_is_the_smallest_also_beside_the_largest_loss() {
    let data = Private::new(vec![5]).clamp(Bounds::new(0.0, 10.0).expect("a range"));
    let ledger = Ledger::in_memory(PrivacyUnit::Values(1), Rho::new(1.0).expect("in range"));
    for step in 0..150_u32 {
        let margin = 0.2 + f64::from(step) * 0.0137;
        let price = f64::from(ledger.price(&data.sum(), Gaussian, margin, 0.95).expect("ok"));
        let units = (price * 1e12).round();
        for less in 1..30 {
            let loss = Rho::new((units - f64::from(less)) / 1e12).expect("in range");
            let sum = Ledger::in_memory(PrivacyUnit::Values(1), loss).pay(data.sum(), loss);
            let sum = sum.expect("ok").release(Gaussian, &mut NoiseRng::seeded(1)).expect("ok");
            assert!(sum.margin(0.95) > margin, "{less} units less than {price} also give {margin}");
        }
    }
}

/// Whoever may only read it may hold its lock, and so stop all payments.
#[test]
fn a_ledger_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = on_disk("ledger");
    let mode = fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

/// In the other currency.
#[test]
fn a_price_in_epsilon_and_delta_is_the_smallest() {
    let data = Private::new(vec![5]).clamp(Bounds::new(0.0, 10.0).expect("a range"));
    let new = |epsilon, delta| dp_core::EpsilonDelta::new(epsilon, delta).expect("in range");
    let ledger = Ledger::in_memory(PrivacyUnit::Values(1), new(1.0, 1e-6));
    for delta in [1e-18, 1e-6, 0.3] {
        for step in 1..40_u32 {
            let margin = 2.0 + f64::from(step * step) * 0.737;
            let price = ledger.price(&data.sum(), Gaussian, margin, 0.95, delta);
            let Ok(price) = price else { continue };
            let units = (f64::from(price.epsilon()) * 1e9).round();
            for less in 1..20 {
                if units - f64::from(less) < 1.0 {
                    continue;
                }
                let loss = new((units - f64::from(less)) / 1e9, delta);
                let sum = Ledger::in_memory(PrivacyUnit::Values(1), loss).pay(data.sum(), loss);
                let sum = sum.expect("ok").release(Gaussian, &mut NoiseRng::seeded(1)).expect("ok");
                assert!(sum.margin(0.95) > margin, "{less} less than {price} also give {margin}");
            }
        }
    }
}
