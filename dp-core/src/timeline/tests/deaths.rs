//! A real process that dies between any two steps of a charge, torn writes included.

use std::{env, path::PathBuf, process::Command};

use super::*;
use crate::state_file::crash;

const CHILD: &str = "DP_CORE_TEST_CAPPED_CHILD";

fn costs() -> TotalEpsilon {
    promise(20, 20).loss_of_window(percent()).expect("sensible")
}

fn charged(path: &Path) -> TotalEpsilon {
    Overview::read(path, percent()).expect("whole after any death").caps[0].charged
}

fn release(path: &Path) -> Result<f64, Error> {
    let mut timeline = Timeline::open(path)?;
    let window = timeline.record(percent())?;
    std::thread::sleep(Duration::from_millis(20));
    let paid = window.close()?.pay(Private::new(50.0))?;
    crash::point();
    Ok(paid.release(Laplace, &mut NoiseRng::system()?)?.value)
}

/// Not a test of its own: the child process of the next one.
#[test]
fn child_charges_and_releases() {
    let Ok(folder) = env::var(CHILD).map(PathBuf::from) else { return };
    let value = release(&folder.join("timeline")).expect("affordable");
    fs::write(folder.join("released"), value.to_string()).expect("written");
    crash::point();
}

#[test]
fn a40_a_charge_that_dies_anywhere_never_releases_what_it_did_not_charge() {
    let (mut deaths, mut charged_unreleased) = (0, 0);
    for at in 0.. {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("timeline");
        let one_and_a_half = TotalEpsilon::new(1.5 * f64::from(costs())).expect("in range");
        let cap = Cap { stretch: Duration::from_secs(3600), loss: one_and_a_half };
        drop(Timeline::create(&path, caps::under(promise(20, 20), &[cap])).expect("created"));
        let status = Command::new(env::current_exe().expect("known"))
            .args(["--exact", "timeline::tests::deaths::child_charges_and_releases"])
            .env(CHILD, folder.path())
            .env(crash::VARIABLE, at.to_string())
            .output()
            .expect("the test binary runs")
            .status;
        let released = folder.path().join("released").exists();
        let charged = charged(&path);
        assert!([TotalEpsilon::ZERO, costs()].contains(&charged), "{at}: {charged}");
        assert!(charged == costs() || !released, "{at}: released and not charged");
        // A death frees nothing that was charged, and takes nothing else.
        assert_eq!(release(&path).is_ok(), charged == TotalEpsilon::ZERO, "{at}");
        charged_unreleased += u32::from(charged == costs() && !released);
        if status.success() {
            assert!(released);
            break;
        }
        deaths += 1;
    }
    assert!(deaths >= 10, "only {deaths} points of death were reached");
    assert!(charged_unreleased >= 1, "no death fell between the charge and its release");
}
