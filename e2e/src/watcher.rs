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

use crate::Sighting;

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
                let mut last = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    let bytes = fs::read(&file).ok().filter(|bytes| *bytes != last);
                    if let Some(bytes) = &bytes
                        && let Some(now) = Sighting::read(bytes)
                    {
                        let mut seen = sightings.lock().expect("no watcher panics");
                        if !seen.contains(&now) {
                            seen.push(now);
                        }
                    }
                    last = bytes.unwrap_or(last);
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
