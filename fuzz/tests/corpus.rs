//! The fuzzer begins with files that reach what it is to try.

use std::{fs, path::Path};

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
