//! A small file that survives a crash between any two writes, shared by processes.
//!
//! It holds two copies of one text, each with a sequence number and a checksum, each in a region of
//! its own. A change is written over the worse copy first and made durable, then over the other.
//! So at every instant one copy is whole: a crash, a torn write or a bad sector costs nothing. The
//! file is written in place, because a rename would part it from its lock and its hard links.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rand::{TryRng, rngs::SysRng};

use crate::Error;

/// A state file, locked for this process until it is dropped.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    file: File,
    kind: &'static str,
    copies: [Option<Copy>; 2],
    has_lost_a_copy: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Copy {
    sequence: u64,
    text: String,
}

/// What one copy may hold at most: several hundred entries of a timeline.
const REGION: usize = 64 * 1024;
/// How long a holder may take: it writes and syncs a few kilobytes.
const PATIENCE: Duration = Duration::from_secs(10);

impl StateFile {
    /// Writes a new file that holds `text`. It appears under `path` whole and durable or not at
    /// all, with nothing there before.
    pub(crate) fn create(path: &Path, kind: &'static str, text: &str) -> Result<Self, Error> {
        let fail = |action| move |source| Error::File { action, path: path.to_owned(), source };
        let draft = draft_beside(path)?;
        let first = Copy { sequence: 1, text: text.to_owned() };
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&draft)?;
            for index in 0..2 {
                write_region(&mut file, index, &first.encode(kind))?;
            }
            file.sync_all()?;
            // Unlike a rename, a link never replaces what is there.
            fs::hard_link(&draft, path)
        })();
        let removed = fs::remove_file(&draft);
        written.map_err(fail("create"))?;
        removed.map_err(fail("finish"))?;
        sync_folder(path).map_err(fail("sync the folder of"))?;
        Self::open(path, kind, PATIENCE)
    }

    /// Opens and locks the file, waiting at most `patience` for whoever holds it.
    pub(crate) fn open(path: &Path, kind: &'static str, patience: Duration) -> Result<Self, Error> {
        let fail = |action| move |source| Error::File { action, path: path.to_owned(), source };
        // A pipe would keep us waiting for ever.
        if !fs::metadata(path).map_err(fail("open"))?.is_file() {
            return Err(Error::Damaged { path: path.to_owned(), expected: kind });
        }
        let mut file =
            OpenOptions::new().read(true).write(true).open(path).map_err(fail("open"))?;
        lock(&file, patience).map_err(|error| match error {
            TryLockError::WouldBlock => Error::Busy { path: path.to_owned() },
            TryLockError::Error(source) => fail("lock")(source),
        })?;
        let copies = read_copies(&mut file, kind).map_err(fail("read"))?;
        let has_lost_a_copy = copies.iter().any(Option::is_none);
        let state = Self { path: path.to_owned(), file, kind, copies, has_lost_a_copy };
        state.newest().ok_or_else(|| state.damaged())?;
        Ok(state)
    }

    /// What the file at `path` holds, without a lock: while somebody writes it, the text before or
    /// after that write. For showing; nothing may be decided by it.
    pub(crate) fn peek(path: &Path, kind: &'static str) -> Result<String, Error> {
        let fail = |action| move |source| Error::File { action, path: path.to_owned(), source };
        let mut file = File::open(path).map_err(fail("open"))?;
        let copies = read_copies(&mut file, kind).map_err(fail("read"))?;
        let newest = copies.into_iter().flatten().max_by_key(|copy| copy.sequence);
        let damaged = || Error::Damaged { path: path.to_owned(), expected: kind };
        newest.map(|copy| copy.text).ok_or_else(damaged)
    }

    /// What the file holds: the newest whole copy.
    pub(crate) fn text(&self) -> &str {
        let newest = self.newest().expect("open refuses a file without a whole copy");
        &newest.text
    }

    /// Replaces what the file holds; both copies are durable when this returns. After an error the
    /// file holds either text, whole.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), Error> {
        let newest = self.newest().expect("open refuses a file without a whole copy");
        let next = Copy { sequence: newest.sequence + 1, text: text.to_owned() };
        let bytes = next.encode(self.kind);
        if bytes.len() > REGION {
            return Err(Error::Full { path: self.path.clone() });
        }
        // The copy that would be missed least goes first: while it is torn, the other is whole.
        let order = if self.sequence(0) <= self.sequence(1) { [0, 1] } else { [1, 0] };
        for index in order {
            self.copies[index] = None;
            write_region(&mut self.file, index, &bytes).and_then(|()| sync(&self.file)).map_err(
                |source| Error::File { action: "write", path: self.path.clone(), source },
            )?;
            self.copies[index] = Some(next.clone());
        }
        Ok(())
    }

    /// Fails unless the path still leads to the file whose lock is held: otherwise somebody else
    /// may hold the lock of another file under that name.
    #[cfg(unix)]
    pub(crate) fn still_there(&self) -> Result<(), Error> {
        use std::os::unix::fs::MetadataExt;
        let identity = |metadata: io::Result<fs::Metadata>| {
            metadata.map(|metadata| (metadata.dev(), metadata.ino())).ok()
        };
        let held = identity(self.file.metadata());
        if held.is_some() && held == identity(fs::metadata(&self.path)) {
            return Ok(());
        }
        Err(Error::Replaced { path: self.path.clone() })
    }

    /// Other systems do not let an open file be replaced.
    #[cfg(not(unix))]
    pub(crate) fn still_there(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The number by which the file system knows the file, if it has such numbers: a copy has
    /// another one.
    #[cfg(unix)]
    pub(crate) fn number(&self) -> Option<u64> {
        use std::os::unix::fs::MetadataExt;
        self.file.metadata().map(|metadata| metadata.ino()).ok()
    }

    /// The number by which the file system knows the file: none that could be asked for here.
    #[cfg(not(unix))]
    pub(crate) fn number(&self) -> Option<u64> {
        None
    }

    /// Whether one copy was unreadable when the file was opened.
    pub(crate) fn has_lost_a_copy(&self) -> bool {
        self.has_lost_a_copy
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn damaged(&self) -> Error {
        Error::Damaged { path: self.path.clone(), expected: self.kind }
    }

    fn newest(&self) -> Option<&Copy> {
        self.copies.iter().flatten().max_by_key(|copy| copy.sequence)
    }

    fn sequence(&self, index: usize) -> u64 {
        self.copies[index].as_ref().map_or(0, |copy| copy.sequence)
    }
}

impl Copy {
    /// Readable by a person: a heading, the text, the checksum of both.
    fn encode(&self, kind: &str) -> Vec<u8> {
        let body = format!("dp-core {kind} 1\nsequence {}\n{}", self.sequence, self.text);
        format!("{body}checksum {:016x}\n", checksum(body.as_bytes())).into_bytes()
    }

    fn decode(kind: &str, region: &[u8]) -> Option<Self> {
        let end = region.iter().position(|&byte| byte == 0).unwrap_or(region.len());
        let text = std::str::from_utf8(&region[..end]).ok()?;
        let (body, stated) = text.split_at(text.rfind("checksum ")?);
        if stated != format!("checksum {:016x}\n", checksum(body.as_bytes())) {
            return None;
        }
        let body = body.strip_prefix(&format!("dp-core {kind} 1\nsequence "))?;
        let (sequence, text) = body.split_once('\n')?;
        // Half of what fits, so that the next one fits, too.
        let sequence = sequence.parse().ok().filter(|&sequence| sequence <= u64::MAX / 2)?;
        Some(Self { sequence, text: text.to_owned() })
    }
}

/// FNV-1a, 64 bits: against accidents, not against forgery by the file's own owner.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn read_copies(file: &mut File, kind: &str) -> io::Result<[Option<Copy>; 2]> {
    let mut bytes = Vec::with_capacity(2 * REGION);
    // One byte more than belongs there, so that a longer file is noticed and not read on.
    file.take(2 * REGION as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() != 2 * REGION {
        return Ok([None, None]);
    }
    Ok([Copy::decode(kind, &bytes[..REGION]), Copy::decode(kind, &bytes[REGION..])])
}

/// The whole region, so that nothing of a longer text before it remains.
fn write_region(file: &mut File, index: usize, bytes: &[u8]) -> io::Result<()> {
    let mut region = vec![0; REGION];
    region[..bytes.len()].copy_from_slice(bytes);
    file.seek(SeekFrom::Start((index * REGION) as u64))?;
    #[cfg(test)]
    let region = crash::torn(file, region)?;
    file.write_all(&region)?;
    #[cfg(test)]
    crash::point();
    Ok(())
}

fn sync(file: &File) -> io::Result<()> {
    file.sync_all()?;
    #[cfg(test)]
    crash::point();
    Ok(())
}

/// A name that nobody else uses, in any process of any container: what a crash left under it could
/// be the state file itself, by its other name.
fn draft_beside(path: &Path) -> Result<PathBuf, Error> {
    let random = SysRng.try_next_u64().map_err(|_| Error::Randomness)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{random:016x}.new"));
    Ok(PathBuf::from(draft))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn lock(file: &File, patience: Duration) -> Result<(), TryLockError> {
    let give_up = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < give_up => {
                thread::sleep(Duration::from_millis(5));
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
pub(crate) mod crash;
#[cfg(test)]
mod tests;
