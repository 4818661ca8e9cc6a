//! The fuzzer begins with files that reach what it is to try.

use std::{fs, path::Path};

use cpu_leader::data_file::{Chart, DataFile};
use cpu_member::{history::History, state::StateFolder};
use dp_core::{Bounds, Overview, Statement};
use fuzz::{Scratch, StateFileBytes};

#[test]
fn the_seeds_of_state_files_are_read() {
    let scratch = Scratch::new();
    for (name, bytes) in seeds("ledger_file") {
        let file = scratch.write(&name, &StateFileBytes::new(&bytes).encode());
        let statement = Statement::read(file);
        assert!(statement.is_ok() || name.starts_with("bad_"), "{name}: {statement:?}");
    }
    for (name, bytes) in seeds("timeline_file") {
        let file = scratch.write(&name, &StateFileBytes::new(&bytes).encode());
        let overview = Overview::read(file, Bounds::new(0.0, 100.0).expect("a range"));
        assert!(overview.is_ok() || name.starts_with("bad_"), "{name}: {overview:?}");
    }
}

#[test]
fn the_seeds_of_published_files_are_charts() {
    for (name, bytes) in seeds("published_files") {
        assert!(serde_json::from_slice::<Chart>(&bytes).is_ok(), "{name}");
        let is_first = serde_json::from_slice::<DataFile>(&bytes).is_ok();
        assert_eq!(is_first, !["day", "month"].contains(&&*name), "{name}");
    }
}

#[test]
fn the_seeds_of_a_members_history_hold_lines() {
    let scratch = Scratch::new();
    let state = StateFolder::below(Some(scratch.folder())).expect("a home");
    fs::create_dir_all(state.path()).expect("a temporary folder is writable");
    for (name, bytes) in seeds("member_history") {
        fs::write(state.path().join("history"), bytes).expect("it can be written");
        let mut shown = Vec::new();
        History::in_state(&state, None).write_to(&mut shown).expect("readable");
        let lines =
            shown.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty()).count();
        let held = match &*name {
            "whole" => 3,
            "torn" | "foreign" | "memory" | "zeros_after_a_crash" => 1,
            _ => 0,
        };
        assert_eq!(lines, held, "{name}");
    }
}

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = fs::read_dir(folder).expect("each target has a corpus");
    files
        .map(|file| {
            let file = file.expect("it can be listed");
            let name = file.file_name().to_string_lossy().into_owned();
            (name, fs::read(file.path()).expect("it can be read"))
        })
        .collect()
}
