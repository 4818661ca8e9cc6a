use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A folder of this process, in memory where the system has such a place: a target writes to it some
/// thousand times a second.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// An empty one, removed when it is dropped.
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        Self(tempfile::tempdir_in(parent).expect("a temporary folder can be made"))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A place in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file in it, over what was there: it stays the same file.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("a temporary folder can be written to");
        path
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}
