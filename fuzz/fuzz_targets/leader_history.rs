//! Whatever the leader's history holds, a leader that finds it begins, records its round, shows it,
//! and never panics: what is torn or foreign is set aside.
#![no_main]

use std::{cell::LazyCell, fs, time::Duration};

use cpu_leader::{
    aggregate::{Aggregate, Mean},
    data_file::Frame,
    history::{History, POINTS},
};
use fuzz::Scratch;
use libfuzzer_sys::fuzz_target;
use rusqlite::Connection;

const NOW: i64 = 1_795_489_156;
const STEP: u32 = 20;
const FILES: [&str; 6] = ["", "-wal", "-shm", ".broken", "-journal", ".broken-journal"];

thread_local!(static SCRATCH: LazyCell<Scratch> = const { LazyCell::new(Scratch::new) });

fuzz_target!(|bytes: &[u8]| SCRATCH.with(|scratch| lead_on(scratch, bytes)));

fn lead_on(scratch: &Scratch, bytes: &[u8]) {
    for suffix in FILES {
        let _ = fs::remove_file(scratch.path(&format!("history.sqlite{suffix}")));
    }
    prepare(scratch, bytes);
    let round = round();
    let mut history = open(scratch);
    history.record(NOW, &round).expect("a history can be written to, or was set aside");
    let points = history.points(NOW).expect("a history can be read, or was set aside");
    assert!(points.len() <= POINTS as usize || str::from_utf8(bytes).is_err());
    // SQLite does not notice every page whose rows somebody has put out of order.
    if str::from_utf8(bytes).is_ok() && !points.is_empty() {
        let shown = points.last().map(|last| (last.at, last.mean));
        assert_eq!(shown, Some((history.step_of(NOW), round.mean)));
    }
    // Where it turned out to be broken only when it was read, the next round is the first.
    history.record(NOW, &round).expect("a history can be written to, or was set aside");
    history.points(NOW).expect("a history can be read, or was set aside");
    let frame = Frame { step_s: STEP, minimum_machines: 3, members_on_one_cpu: None };
    let data: serde_json::Value =
        serde_json::from_str(&frame.data(&points, &round)).expect("what is published is JSON");
    assert!(data["mean"].as_array().is_some_and(|mean| mean.len() <= POINTS as usize));
}

fn open(scratch: &Scratch) -> History {
    let path = scratch.path("history.sqlite");
    History::open(path, STEP, Duration::from_secs(30 * 86_400)).expect("it opens or begins anew")
}

/// A text is SQL, which somebody runs on a history of ours; anything else is a file.
fn prepare(scratch: &Scratch, bytes: &[u8]) {
    let path = scratch.path("history.sqlite");
    match str::from_utf8(bytes) {
        Ok(sql) if !bytes.starts_with(b"SQLite") => {
            drop(open(scratch));
            // Nothing that could reach another file, or never end.
            let hostile = ["attach", "vacuum", "pragma", "recursive", "load", "trigger"];
            let lower = sql.to_lowercase();
            if !hostile.iter().any(|word| lower.contains(word)) {
                let connection = Connection::open(path).expect("a file can be opened");
                let _ = connection.execute_batch(sql);
            }
        }
        _ => drop(scratch.write("history.sqlite", bytes)),
    }
}

fn round() -> Aggregate {
    let mean = Mean { value: 37.42, low: 30.0, high: 45.0 };
    Aggregate { machines: 3, mean: Some(mean), ..Aggregate::of(&[], 3) }
}
