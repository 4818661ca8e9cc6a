//! A process that dies between any two steps of a payment.

use super::*;

const CHILD: &str = "DP_CORE_TEST_CHILD";

/// Not a test of its own: the child process of the next one pays, then leaves a mark that stands
/// for the release, and dies wherever it is told to.
#[test]
fn child_pays_and_releases() {
    let Ok(folder) = env::var(CHILD) else { return };
    let folder = PathBuf::from(folder);
    let mut ledger = Ledger::open(folder.join("ledger")).expect("whole");
    let paid = ledger.pay(data().sum(), epsilon(0.25)).expect("within the budget");
    crash::point();
    let released = paid.release(Laplace, &mut NoiseRng::system().expect("randomness"));
    let mut mark = fs::File::create(folder.join("released")).expect("created");
    write!(mark, "{}", released.expect("no fork").value).expect("written");
    crash::point();
}

/// Kills a process between every two steps of a payment, torn writes included.
#[test]
fn a40_a_payment_that_dies_anywhere_never_releases_what_it_did_not_spend() {
    for damaged in [None, Some(30), Some(64 * 1024 + 30)] {
        deaths_at_every_point(damaged);
    }
}

/// With one copy damaged beforehand, at the byte `damaged`, or none.
fn deaths_at_every_point(damaged: Option<usize>) {
    let (mut released_unspent, mut deaths, mut spent_unreleased) = (0, 0, 0);
    for at in 0.. {
        let (folder, path) = on_disk(1.0);
        pay(&mut Ledger::open(&path).expect("whole"), 0.5).expect("within the budget");
        if let Some(byte) = damaged {
            let mut bytes = fs::read(&path).expect("there");
            bytes[byte] ^= 1;
            fs::write(&path, bytes).expect("written");
        }
        let status = Command::new(env::current_exe().expect("known"))
            .args(["--exact", "ledger::tests::deaths::child_pays_and_releases"])
            .env(CHILD, folder.path())
            .env(crash::VARIABLE, at.to_string())
            .output()
            .expect("the test binary runs")
            .status;
        let spent = Ledger::<Epsilon>::open(&path).expect("whole after any death").spent();
        let released = folder.path().join("released").exists();
        assert!([epsilon(0.5), epsilon(0.75)].map(Some).contains(&spent), "{at}: {spent:?}");
        released_unspent += u32::from(released && spent == Some(epsilon(0.5)));
        spent_unreleased += u32::from(!released && spent == Some(epsilon(0.75)));
        // A death costs the next process nothing more than what was spent.
        pay(&mut Ledger::open(&path).expect("whole"), 0.25).expect("within the budget");
        if status.success() {
            assert!(released);
            break;
        }
        deaths += 1;
    }
    assert_eq!(released_unspent, 0);
    assert!(deaths >= 12, "only {deaths} points of death were reached");
    assert!(spent_unreleased >= 1, "no death fell between the payment and its release");
}
