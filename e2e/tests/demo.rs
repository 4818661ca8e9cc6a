//! The first command of the README, as it is released.

use std::{env, fs, process::Command, time::Duration};

use e2e::{Running, StraysStopped, processes_at_home_in, release_binary, wait_for};
use nix::sys::signal::Signal;
use serde_json::Value;

#[test]
#[ignore = "needs the release binaries: e2e/run and .ci/run build them"]
fn the_demo_shows_a_value_within_15_seconds_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("the system's temporary folder is writable");
    let _strays = StraysStopped(folder.path().to_owned());
    let temporary = folder.path().join("tmp");
    fs::create_dir(&temporary).expect("a new folder is writable");

    let mut command = Command::new(release_binary("cpu-leader"));
    command
        .args(["demo", "--port", "0"])
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder.path()).env("TMPDIR", &temporary);
    let mut demo = Running::start(&mut command, folder.path().join("log"));

    let first = wait_for(Duration::from_secs(15), || machines_of_a_value(&demo.log()));
    assert!(first.is_some(), "no value within 15 s\n{}", demo.log());
    let all = || machines_of_a_value(&demo.log()).filter(|machines| *machines == 12);
    assert!(wait_for(Duration::from_secs(20), all).is_some(), "not all members\n{}", demo.log());
    assert_eq!(processes_at_home_in(&temporary).len(), 12, "each member has a HOME of its own");

    demo.signal(Signal::SIGINT);
    let ended = wait_for(Duration::from_secs(5), || demo.exit());
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}\n{}", demo.log());
    assert_eq!(processes_at_home_in(&temporary), [], "processes are left");
    let left: Vec<_> = fs::read_dir(&temporary).expect("it is still there").collect();
    assert!(left.is_empty(), "{left:?} is left");
}

#[test]
#[ignore = "needs the release binaries: e2e/run and .ci/run build them"]
fn a_demo_that_is_killed_takes_its_members_with_it() {
    let folder = tempfile::tempdir().expect("the system's temporary folder is writable");
    let _strays = StraysStopped(folder.path().to_owned());
    let mut command = Command::new(release_binary("cpu-leader"));
    command.args(["demo", "--port", "0", "--members", "3"]).env_clear();
    command.env("HOME", folder.path()).env("TMPDIR", folder.path());
    let mut demo = Running::start(&mut command, folder.path().join("log"));
    let started = || (processes_at_home_in(folder.path()).len() == 4).then_some(());
    assert!(wait_for(Duration::from_secs(10), started).is_some(), "{}", demo.log());
    demo.signal(Signal::SIGKILL);
    assert!(wait_for(Duration::from_secs(5), || demo.exit()).is_some());
    let gone = || processes_at_home_in(folder.path()).is_empty().then_some(());
    assert!(wait_for(Duration::from_secs(5), gone).is_some(), "members outlive the demo");
}

/// How many machines the newest published value is of, at the address that the demo printed.
fn machines_of_a_value(printed: &str) -> Option<u64> {
    let address = printed.split_whitespace().find(|word| word.starts_with("http://127.0.0.1:"))?;
    let address = format!("{}/data.json", address.trim_end_matches(['/', '.', ',']));
    let body = ureq::get(address).call().ok()?.body_mut().read_to_string().ok()?;
    let data: Value = serde_json::from_str(&body).ok()?;
    data["single"]["mean"].as_array()?.last()?.as_f64()?;
    data["machines"].as_array()?.last()?.as_u64()
}
