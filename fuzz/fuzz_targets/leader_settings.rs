//! Whatever a leader's settings file holds, reading it never panics, and what is accepted is within
//! the ranges that the documentation states.
#![no_main]

use std::{cell::LazyCell, time::Duration};

use cpu_leader::settings::{Chosen, Settings};
use fuzz::Scratch;
use libfuzzer_sys::fuzz_target;

thread_local!(static SCRATCH: LazyCell<Scratch> = const { LazyCell::new(Scratch::new) });

fuzz_target!(|bytes: &[u8]| {
    SCRATCH.with(|scratch| {
        let file = scratch.write("cpu-leader.toml", bytes);
        let given = Chosen::default();
        let Ok(settings) = Settings::load(&given, Some(&file), scratch.folder()) else { return };
        assert!((1..=3600).contains(&settings.round.seconds()), "{settings:?}");
        assert!(settings.minimum_machines >= 2, "{settings:?}");
        assert!(settings.retention > Duration::ZERO, "{settings:?}");
    });
});
