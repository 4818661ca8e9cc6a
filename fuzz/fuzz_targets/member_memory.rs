//! Whatever a member's memory of its first slot holds, reading it never panics, and slots stay in
//! step with what was accepted.
#![no_main]

use std::{cell::LazyCell, fs, time::Duration};

use cpu_member::{schedule::Schedule, state::StateFolder};
use fuzz::Scratch;
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;

thread_local!(static SCRATCH: LazyCell<Scratch> = const { LazyCell::new(Scratch::new) });

fuzz_target!(|bytes: &[u8]| SCRATCH.with(|scratch| recall(scratch, bytes)));

fn recall(scratch: &Scratch, bytes: &[u8]) {
    let folder = ".local/state/cpu-member";
    fs::create_dir_all(scratch.path(folder)).expect("a temporary folder is writable");
    scratch.write(&format!("{folder}/member.json"), bytes);
    let state = StateFolder::below(Some(scratch.folder())).expect("a home");
    let now: Timestamp = "2026-11-24T02:59:16.5Z".parse().expect("a time");
    let known = state.recall();
    let email = "alice@example.org".parse().expect("an address");
    let anchor = state.anchor(&email, now).expect("the folder is writable");
    if let Some(known) = known {
        assert_eq!(anchor, known.anchor);
    }
    let remembered = state.recall().expect("it was just written");
    assert_eq!((remembered.anchor, &*remembered.email), (anchor, email.as_str()));
    for seconds in [2, 300, 86_400] {
        let slot = Schedule::new(anchor, Duration::from_secs(seconds)).next(now);
        let length = i64::try_from(seconds).expect("small");
        let wait = slot.start().duration_since(now);
        assert!(!wait.is_negative() && wait < SignedDuration::from_secs(length), "{slot:?}");
        assert_eq!((slot.start().as_second() - anchor).rem_euclid(length), 0, "{slot:?}");
        assert_eq!(slot.end().duration_since(slot.start()).as_secs(), length);
    }
}
