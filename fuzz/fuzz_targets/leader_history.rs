//! Whatever the leader's history holds, a leader that finds it begins, records its round, shows it,
//! and never panics: what is torn or foreign is set aside.
#![no_main]

use std::{cell::LazyCell, fs, time::Duration};

use cpu_leader::{
    aggregate::{Aggregate, Mean},
    data_file::{Chart, DataFile, Frame, bytes},
    history::History,
    range::Range,
    releases::Release,
};
use fuzz::Scratch;
use libfuzzer_sys::fuzz_target;
use rusqlite::Connection;

const NOW: i64 = 1_795_489_156;
const STEP: u32 = 20;
const FILES: [&str; 6] = ["", "-wal", "-shm", ".broken", "-journal", ".broken-journal"];

thread_local!(static SCRATCH: LazyCell<Scratch> = const { LazyCell::new(Scratch::new) });

fuzz_target!(|input: &[u8]| SCRATCH.with(|scratch| lead_on(scratch, input)));

fn lead_on(scratch: &Scratch, bytes: &[u8]) {
    for suffix in FILES {
        let _ = fs::remove_file(scratch.path(&format!("history.sqlite{suffix}")));
    }
    prepare(scratch, bytes);
    let round = round();
    let mut history = open(scratch);
    let _ = history.counted().expect("a history can be read, or was set aside");
    record(&mut history, &round);
    show(&mut history, &round);
    // Where it turned out to be broken only when it was read, the next round is the first.
    record(&mut history, &round);
    show(&mut history, &round);
}

fn record(history: &mut History, round: &Aggregate) {
    let release = Release {
        datasite: "a@x.org".to_owned(),
        slot_end: NOW - 5,
        at: NOW - 5,
        covers_s: 300.0,
        cpu: 37.0,
        scale: 10.0,
    };
    history.record(NOW, round, &[release]).expect("a history can be written to, or was set aside");
}

/// What is published of it, which is JSON that reads back, with no more points than a chart has.
fn show(history: &mut History, round: &Aggregate) {
    let frame = Frame { round_s: STEP, minimum_machines: 3, members_on_one_cpu: None };
    let read = "a history can be read, or was set aside";
    let points = history.rounds(NOW).expect(read);
    assert!(points.is_sorted_by(|one, next| one.at < next.at), "{points:?}");
    for range in [Range::Day, Range::Month] {
        let bins = history.bins(range, NOW).expect(read);
        let chart = frame.chart(range, history.oldest(range, NOW), &bins, round);
        assert!(chart.machines.len() <= range.points(STEP) as usize);
        serde_json::from_slice::<Chart>(&bytes(&chart)).expect("what is published reads back");
    }
    let bins = history.bins(Range::Hour, NOW).expect(read);
    let data = frame.data(history.oldest(Range::Hour, NOW), &bins, &points, round);
    serde_json::from_slice::<DataFile>(&bytes(&data)).expect("what is published reads back");
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
