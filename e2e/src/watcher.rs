use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use jiff::civil::DateTime;
use serde_json::Value;

/// What a member wrote at one time: the number as its text stood in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The nominal end of the slot, UTC.
    pub slot_end: DateTime,
    /// The value of `cpu`, as written.
    pub cpu: String,
}

/// Reads a member's JSON file every 25 ms in the background and keeps every new content of it.
///
/// A SyftBox client that starts again may put back the version that its server has: the same value
/// for the same slot, which was released before and is not released anew.
#[derive(Debug)]
pub struct Watcher {
    sightings: Arc<Mutex<Vec<Sighting>>>,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Begins to watch; the file may come later.
    pub fn start(file: PathBuf) -> Self {
        let sightings = Arc::new(Mutex::new(Vec::new()));
        let done = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (sightings, done) = (Arc::clone(&sightings), Arc::clone(&done));
            move || {
                while !done.load(Ordering::Relaxed) {
                    if let Some(now) = fs::read(&file).ok().and_then(|json| read(&json)) {
                        let mut seen = sightings.lock().expect("no watcher panics");
                        if !seen.contains(&now) {
                            seen.push(now);
                        }
                    }
                    thread::sleep(Duration::from_millis(25));
                }
            }
        });
        Self { sightings, done, thread: Some(thread) }
    }

    /// Everything seen so far, in the order in which it first appeared.
    pub fn seen(&self) -> Vec<Sighting> {
        self.sightings.lock().expect("no watcher panics").clone()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn read(json: &[u8]) -> Option<Sighting> {
    let file: Value = serde_json::from_slice(json).ok()?;
    let slot_end = DateTime::strptime("%Y-%m-%d %H:%M:%S", file["timestamp"].as_str()?).ok()?;
    Some(Sighting { slot_end, cpu: file["cpu"].as_f64()?.to_string() })
}
