//! A small file that survives a crash between any two writes, shared by processes.
//!
//! It holds two copies of one text, each with a sequence number and a checksum, each in a region of
//! its own. A change is written over the worse copy first and made durable, then over the other, and
//! only then is it done. So at every instant one copy is whole and durable: a crash, a torn write or
//! a bad sector costs nothing. The file is written in place, because a rename would part it from its
//! lock and its hard links.
//!
//! The lock is `flock`, which every name of the file shares and which a death gives back. Over NFS
//! Linux passes it on to the server, unless the file system is mounted with `local_lock`; where no
//! lock is to be had, the file is refused.

use std::{
    cmp::Ordering,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, Instant, UNIX_EPOCH},
};

use rand::{TryRng, rngs::SysRng};

use self::copy::{Copy, Found, REGION};
use crate::Error;

/// A state file, locked for this process until it is dropped.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    file: File,
    kind: &'static str,
    copies: [Option<Copy>; 2],
    /// How much of each region may hold something.
    extents: [usize; 2],
    has_lost_a_copy: bool,
    /// The process that took the lock. A fork of it shares the lock, but did not take it.
    process: u32,
    /// When the lock was taken.
    since: Instant,
}

/// How often somebody who waits for the lock asks for it.
const PAUSE: Duration = Duration::from_millis(1);
/// The share of the time for which it was held that the lock is then left to others.
const COURTESY: u32 = 16;

impl StateFile {
    /// Writes a new file that holds `text`. It appears under `path` whole, durable and locked or not
    /// at all, with nothing there before.
    pub(crate) fn create(path: &Path, kind: &'static str, text: &str) -> Result<Self, Error> {
        let fail = |action| move |source| Error::File { action, path: path.to_owned(), source };
        let draft = draft_beside(path)?;
        let first = Copy { sequence: 1, text: text.to_owned() };
        let bytes = first.encode(kind);
        if bytes.len() > REGION {
            return Err(Error::Full { path: path.to_owned() });
        }
        let written = (|| {
            let mut file = new_file(&draft)?;
            // Before it has its name: nobody else may change it until its creator is done.
            file.try_lock()?;
            for index in 0..2 {
                copy::write(&mut file, index, &bytes, REGION)?;
            }
            file.sync_all()?;
            // Unlike a rename, a link never replaces what is there.
            fs::hard_link(&draft, path)?;
            Ok(file)
        })();
        let removed = fs::remove_file(&draft);
        let file = written.map_err(fail("create"))?;
        removed.map_err(fail("finish"))?;
        sync_folder(path).map_err(fail("sync the folder of"))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            kind,
            extents: [copy::blocks(bytes.len()); 2],
            copies: [Some(first.clone()), Some(first)],
            has_lost_a_copy: false,
            process: process::id(),
            since: Instant::now(),
        })
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
        let copies = read_copies(&mut file, path, kind)?;
        let extents = match &copies {
            [Some(one), Some(other)] if one == other => [copy::blocks(one.encode(kind).len()); 2],
            // A write was cut short: who knows how long a text it wrote, or was to write over.
            _ => [REGION; 2],
        };
        let state = Self {
            path: path.to_owned(),
            file,
            kind,
            extents,
            has_lost_a_copy: copies.iter().any(Option::is_none),
            copies,
            process: process::id(),
            since: Instant::now(),
        };
        if state.newest().sequence == 1 {
            // Its creator may have died before the file's name was durable.
            let file = fs::canonicalize(path).map_err(fail("find"))?;
            sync_folder(&file).map_err(fail("sync the folder of"))?;
        }
        Ok(state)
    }

    /// What the file at `path` holds, without a lock: while somebody writes it, the text before or
    /// after that write. For showing; nothing may be decided by it.
    pub(crate) fn peek(path: &Path, kind: &'static str) -> Result<String, Error> {
        let fail = |source| Error::File { action: "open", path: path.to_owned(), source };
        // A pipe would keep us waiting for ever.
        if !fs::metadata(path).map_err(fail)?.is_file() {
            return Err(Error::Damaged { path: path.to_owned(), expected: kind });
        }
        let mut file = File::open(path).map_err(fail)?;
        // Either copy may be half written just when it is read.
        let copies = (0..3)
            .find_map(|_| read_copies(&mut file, path, kind).ok())
            .map_or_else(|| read_copies(&mut file, path, kind), Ok)?;
        Ok(newest(&copies).expect("there is a whole copy").text.clone())
    }

    /// What the file holds: the newest whole copy.
    pub(crate) fn text(&self) -> &str {
        &self.newest().text
    }

    /// Replaces what the file holds; both copies are durable when this returns. After an error the
    /// file holds either text, whole.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), Error> {
        let fail = |source| Error::File { action: "write", path: self.path.clone(), source };
        let first = self.least_trusted();
        let after = self.newest().sequence + 1;
        // A sequence's parity says which copy it is written to first.
        let sequence = if after % 2 == first as u64 { after } else { after + 1 };
        let next = Copy { sequence, text: text.to_owned() };
        let bytes = next.encode(self.kind);
        if bytes.len() > REGION || sequence > copy::LAST_SEQUENCE {
            return Err(Error::Full { path: self.path.clone() });
        }
        if self.sequence(0) != self.sequence(1) {
            // What a dead process wrote may still be on its way to the disk. Only one copy at a
            // time may be.
            self.file.sync_all().map_err(fail)?;
        }
        for index in [first, 1 - first] {
            self.copies[index] = None;
            let before = std::mem::replace(&mut self.extents[index], REGION);
            copy::write(&mut self.file, index, &bytes, before).map_err(fail)?;
            if let Err(source) = sync(&self.file) {
                // After a failed sync the system takes for written what may not be. So that the next
                // write begins here, nobody may take it for whole; if this fails, nothing is lost.
                let _ = copy::write(&mut self.file, index, b"", 1);
                return Err(fail(source));
            }
            self.extents[index] = copy::blocks(bytes.len());
            self.copies[index] = Some(next.clone());
        }
        Ok(())
    }

    /// Fails unless this process took the lock, and the path still leads to the file that is locked:
    /// otherwise somebody else may hold this lock, or that of another file under that name.
    pub(crate) fn still_there(&self) -> Result<(), Error> {
        if self.process != process::id() {
            return Err(Error::Busy { path: self.path.clone() });
        }
        if self.is_replaced() {
            return Err(Error::Replaced { path: self.path.clone() });
        }
        Ok(())
    }

    #[cfg(unix)]
    fn is_replaced(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let identity = |metadata: io::Result<fs::Metadata>| {
            metadata.map(|metadata| (metadata.dev(), metadata.ino())).ok()
        };
        let held = identity(self.file.metadata());
        held.is_none() || held != identity(fs::metadata(&self.path))
    }

    /// Other systems do not let an open file be replaced.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "elsewhere it is needed")]
    fn is_replaced(&self) -> bool {
        false
    }

    /// What the file system knows the file by, in one word, if it does: its number and the time when
    /// it was made. A copy has others; of a number that became free again, another time.
    #[cfg(unix)]
    pub(crate) fn origin(&self) -> Option<String> {
        use std::os::unix::fs::MetadataExt;
        let metadata = self.file.metadata().ok()?;
        let made = metadata.created().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Some(format!("{}-{}", metadata.ino(), made.unwrap_or_default().as_nanos()))
    }

    /// What the file system knows the file by: nothing that could be asked for here.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "elsewhere it is needed")]
    pub(crate) fn origin(&self) -> Option<String> {
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

    fn newest(&self) -> &Copy {
        newest(&self.copies).expect("there is a whole copy")
    }

    /// The copy that would be missed least: a lost or older one, or else the one that was written
    /// last, which may not be durable if its writer died.
    fn least_trusted(&self) -> usize {
        match self.sequence(0).cmp(&self.sequence(1)) {
            Ordering::Less => 0,
            Ordering::Greater => 1,
            Ordering::Equal => usize::from(self.sequence(0).is_multiple_of(2)),
        }
    }

    fn sequence(&self, index: usize) -> u64 {
        self.copies[index].as_ref().map_or(0, |copy| copy.sequence)
    }
}

impl Drop for StateFile {
    /// Gives the lock back even if a fork of this process, which copied the open file, lives on.
    fn drop(&mut self) {
        if self.process != process::id() {
            return;
        }
        // What fails here is done by the system when the process ends.
        let _ = self.file.unlock();
        // Whoever holds it again and again would else give those who ask for it from time to time no
        // time to find it free. What is held for less than a pause they find soon enough.
        let held = self.since.elapsed();
        if held > PAUSE {
            thread::sleep((held / COURTESY).min(PAUSE));
        }
    }
}

/// Two copies, at least one of them whole.
fn read_copies(
    file: &mut File,
    path: &Path,
    kind: &'static str,
) -> Result<[Option<Copy>; 2], Error> {
    let fail = |source| Error::File { action: "read", path: path.to_owned(), source };
    let damaged = || Error::Damaged { path: path.to_owned(), expected: kind };
    let newer = || Error::Newer { path: path.to_owned() };
    let is_its_length = file.metadata().map_err(fail)?.len() == 2 * REGION as u64;
    if !is_its_length {
        let is_newer = copy::begins_newer(file, kind).map_err(fail)?;
        return Err(if is_newer { newer() } else { damaged() });
    }
    // A sector that cannot be read is a lost copy like any other.
    match [0, 1].map(|index| Found::read(file, index, kind)) {
        [Ok(Found::Newer), _] | [_, Ok(Found::Newer)] => Err(newer()),
        // Nobody wrote both, and one of them is of another file.
        [Ok(Found::Whole(one)), Ok(Found::Whole(other))]
            if one.sequence == other.sequence && one.text != other.text =>
        {
            Err(damaged())
        }
        [Err(source), Err(_) | Ok(Found::Damaged)] | [Ok(Found::Damaged), Err(source)] => {
            Err(fail(source))
        }
        [Ok(Found::Damaged), Ok(Found::Damaged)] => Err(damaged()),
        found => Ok(found.map(|found| match found {
            Ok(Found::Whole(copy)) => Some(copy),
            _ => None,
        })),
    }
}

fn newest(copies: &[Option<Copy>; 2]) -> Option<&Copy> {
    copies.iter().flatten().max_by_key(|copy| copy.sequence)
}

fn sync(file: &File) -> io::Result<()> {
    // The file's length never changes, and its times do not matter.
    file.sync_data()?;
    #[cfg(test)]
    crash::point();
    Ok(())
}

/// For its owner alone: whoever can open it can hold its lock, and read what was paid for.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
            Err(TryLockError::WouldBlock) if Instant::now() < give_up => thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) if is_interruption(&error, give_up) => {}
            outcome => return outcome,
        }
    }
}

fn is_interruption(error: &io::Error, give_up: Instant) -> bool {
    error.kind() == io::ErrorKind::Interrupted && Instant::now() < give_up
}

mod copy;
#[cfg(test)]
pub(crate) mod crash;
#[cfg(test)]
mod tests;
