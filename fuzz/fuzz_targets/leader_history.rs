//! Whatever the leader's history holds, a leader that finds it begins, records its round, shows it,
//! and never panics: what is torn or foreign is set aside.
#![no_main]

use std::{cell::LazyCell, fs, time::Duration};

use arbitrary::Arbitrary;
use cpu_leader::{
    aggregate::{Aggregate, Mean},
    data_file::Frame,
    history::{History, POINTS},
};
use fuzz::Scratch;
use libfuzzer_sys::fuzz_target;
use rusqlite::{Connection, params_from_iter, types};

#[derive(Arbitrary, Debug)]
enum Found {
    /// A file that is perhaps no database.
    Bytes(Vec<u8>),
    /// A history of ours, of which some bytes have changed.
    Damaged(Vec<(u16, u8)>),
    /// Rows that we would not have written.
    Rows(Vec<[Value; 6]>),
    /// A database of somebody else.
    Foreign(String),
}

#[derive(Arbitrary, Debug)]
enum Value {
    Null,
    Whole(i64),
    /// Near the present.
    Recent(i16),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

const NOW: i64 = 1_795_489_156;
const STEP: u32 = 20;
const FILES: [&str; 6] = ["", "-wal", "-shm", ".broken", "-journal", ".broken-journal"];

thread_local!(static SCRATCH: LazyCell<Scratch> = const { LazyCell::new(Scratch::new) });

fuzz_target!(|found: Found| SCRATCH.with(|scratch| lead_on(scratch, &found)));

fn lead_on(scratch: &Scratch, found: &Found) {
    for suffix in FILES {
        let _ = fs::remove_file(scratch.path(&format!("history.sqlite{suffix}")));
    }
    prepare(scratch, found);
    let round = round();
    let mut history = open(scratch);
    history.record(NOW, &round).expect("a history can be written to, or was set aside");
    let points = history.points(NOW).expect("a history can be read, or was set aside");
    assert!(points.len() <= POINTS as usize);
    assert!(points.is_sorted_by(|one, next| one.at < next.at), "{points:?}");
    let last = points.last().expect("the round that was just recorded");
    assert_eq!((last.at, last.mean), (history.step_of(NOW), round.mean));
    let frame = Frame { step_s: STEP, minimum_machines: 3, members_on_one_cpu: None };
    let data: serde_json::Value =
        serde_json::from_str(&frame.data(&points, &round)).expect("what is published is JSON");
    assert!(data["mean"].as_array().is_some_and(|mean| mean.len() <= POINTS as usize));
}

fn open(scratch: &Scratch) -> History {
    let path = scratch.path("history.sqlite");
    History::open(path, STEP, Duration::from_secs(30 * 86_400)).expect("it opens or begins anew")
}

fn prepare(scratch: &Scratch, found: &Found) {
    match found {
        Found::Bytes(bytes) => drop(scratch.write("history.sqlite", bytes)),
        Found::Damaged(changes) => {
            let mut history = open(scratch);
            for earlier in 1..20 {
                history.record(NOW - 20 * earlier, &round()).expect("it is whole");
            }
            drop(history);
            let mut bytes = fs::read(scratch.path("history.sqlite")).expect("it was written");
            for &(place, change) in changes {
                let place = usize::from(place) % bytes.len();
                bytes[place] ^= change;
            }
            scratch.write("history.sqlite", &bytes);
        }
        Found::Rows(rows) => {
            drop(open(scratch));
            let connection = connect(scratch);
            for row in rows {
                let row: Vec<_> = row.iter().map(Value::to_sql).collect();
                // SQLite refuses a key that is no whole number.
                let _ = connection.execute(
                    "INSERT OR REPLACE INTO round VALUES (?,?,?,?,?,?)",
                    params_from_iter(row),
                );
            }
        }
        Found::Foreign(statements) => {
            // Nothing that could reach another file, or never end.
            let hostile = ["attach", "vacuum", "pragma", "recursive", "load_extension"];
            let lower = statements.to_lowercase();
            if !hostile.iter().any(|word| lower.contains(word)) {
                let _ = connect(scratch).execute_batch(statements);
            }
        }
    }
}

fn connect(scratch: &Scratch) -> Connection {
    Connection::open(scratch.path("history.sqlite")).expect("a file can be made")
}

impl Value {
    fn to_sql(&self) -> types::Value {
        match self {
            Self::Null => types::Value::Null,
            Self::Whole(number) => types::Value::Integer(*number),
            Self::Recent(ago) => types::Value::Integer(NOW + i64::from(*ago)),
            Self::Real(number) => types::Value::Real(*number),
            Self::Text(text) => types::Value::Text(text.clone()),
            Self::Bytes(bytes) => types::Value::Blob(bytes.clone()),
        }
    }
}

fn round() -> Aggregate {
    let mean = Mean { value: 37.42, low: 30.0, high: 45.0 };
    Aggregate { machines: 3, mean: Some(mean), ..Aggregate::of(&[], 3) }
}
