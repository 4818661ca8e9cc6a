use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Why somebody else's file was not read. To be counted, so it names no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// The file, or a folder on the way to it, is a symbolic link.
    #[error("a symbolic link")]
    SymbolicLink,
    /// A folder, pipe, device or socket where a file belongs, or a file where a folder does.
    #[error("not a regular file")]
    NotAFile,
    /// More bytes than any honest file has.
    #[error("too large")]
    TooLarge,
    /// The operating system would not let us.
    #[error("cannot be read")]
    Failed,
}

/// Reads the file `relative` below the folder `root` into `content`, replacing what is there, if
/// it has at most `limit` bytes. `None` when there is no such file.
///
/// Everything below `root` is taken for hostile: nothing that is not a regular file is read, no
/// symbolic link is followed, nothing blocks. `root` itself is trusted.
pub fn read_bounded(
    root: &Path,
    relative: &Path,
    limit: usize,
    content: &mut Vec<u8>,
) -> Result<Option<()>, Unreadable> {
    content.clear();
    match open(root, relative) {
        Ok(file) => read(file, limit, content).map(Some),
        Err(Refusal::Unreadable(reason)) => Err(reason),
        Err(Refusal::Failed(error)) => match error.kind() {
            io::ErrorKind::NotFound => Ok(None),
            io::ErrorKind::NotADirectory => Err(Unreadable::NotAFile),
            _ => Err(match error.raw_os_error() {
                Some(libc::ELOOP) => Unreadable::SymbolicLink,
                Some(libc::ENXIO) => Unreadable::NotAFile, // a socket, or a device without driver
                _ => Unreadable::Failed,
            }),
        },
    }
}

enum Refusal {
    Unreadable(Unreadable),
    Failed(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal::Failed(error)
    }
}

fn open(root: &Path, relative: &Path) -> Result<File, Refusal> {
    let mut path = root.to_path_buf();
    let mut parts = relative.iter().peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        if parts.peek().is_some() && fs::symlink_metadata(&path)?.is_symlink() {
            return Err(Refusal::Unreadable(Unreadable::SymbolicLink));
        }
    }
    // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)?;
    Ok(file)
}

fn read(mut file: File, limit: usize, content: &mut Vec<u8>) -> Result<(), Unreadable> {
    let metadata = file.metadata().map_err(|_| Unreadable::Failed)?;
    if !metadata.is_file() {
        return Err(Unreadable::NotAFile);
    }
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if size > limit {
        return Err(Unreadable::TooLarge);
    }
    // One byte more than the size: most files end with one call more, and none can outgrow us.
    content.resize(size + 1, 0);
    let mut filled = 0;
    loop {
        match file.read(&mut content[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(Unreadable::Failed),
        }
        if filled > limit {
            return Err(Unreadable::TooLarge);
        }
        if filled == content.len() {
            content.resize((filled * 2).min(limit + 1), 0); // it grew while we read
        }
    }
    content.truncate(filled);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    const LIMIT: usize = 100;

    /// Reads `app_data/x/f` of a folder that `make` was given.
    fn after(make: impl FnOnce(&Path)) -> Result<Option<Vec<u8>>, Unreadable> {
        let root = tempfile::tempdir().unwrap();
        make(root.path());
        let mut content = b"what was there".to_vec();
        let read = read_bounded(root.path(), Path::new("app_data/x/f"), LIMIT, &mut content)?;
        Ok(read.map(|()| content))
    }

    fn folder(root: &Path) -> std::path::PathBuf {
        let folder = root.join("app_data/x");
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_file_within_the_limit_is_read_whole() {
        for size in [0, 1, 60, LIMIT] {
            let content = vec![b'a'; size];
            let read = after(|root| fs::write(folder(root).join("f"), &content).unwrap());
            assert_eq!(read, Ok(Some(content)));
        }
    }

    #[test]
    fn a_file_above_the_limit_is_not() {
        let read = after(|root| fs::write(folder(root).join("f"), [0; LIMIT + 1]).unwrap());
        assert_eq!(read, Err(Unreadable::TooLarge));
        // Mostly a hole, and more than there is memory for.
        let huge =
            after(|root| File::create(folder(root).join("f")).unwrap().set_len(1 << 42).unwrap());
        assert_eq!(huge, Err(Unreadable::TooLarge));
    }

    #[test]
    fn a_file_that_claims_to_be_empty_is_bounded_all_the_same() {
        let mut content = Vec::new();
        let proc = Path::new("/proc");
        assert_eq!(
            read_bounded(proc, Path::new("cpuinfo"), 16, &mut content),
            Err(Unreadable::TooLarge)
        );
        assert_eq!(read_bounded(proc, Path::new("cpuinfo"), 1 << 22, &mut content), Ok(Some(())));
        assert!(content.starts_with(b"processor"));
    }

    #[test]
    fn what_is_missing_is_absent_and_not_an_error() {
        assert_eq!(after(|_| ()), Ok(None));
        assert_eq!(after(|root| fs::create_dir(root.join("app_data")).unwrap()), Ok(None));
        assert_eq!(after(|root| drop(folder(root))), Ok(None));
    }

    #[test]
    fn links_are_refused_wherever_they_stand() {
        let at_the_end = after(|root| {
            fs::write(root.join("secret"), "secret").unwrap();
            symlink(root.join("secret"), folder(root).join("f")).unwrap();
        });
        let dangling = after(|root| symlink("nowhere", folder(root).join("f")).unwrap());
        let in_the_middle = after(|root| {
            fs::create_dir_all(root.join("elsewhere")).unwrap();
            fs::write(root.join("elsewhere/f"), "secret").unwrap();
            fs::create_dir(root.join("app_data")).unwrap();
            symlink(root.join("elsewhere"), root.join("app_data/x")).unwrap();
        });
        let at_the_start = after(|root| {
            fs::create_dir_all(root.join("elsewhere/x")).unwrap();
            fs::write(root.join("elsewhere/x/f"), "secret").unwrap();
            symlink(root.join("elsewhere"), root.join("app_data")).unwrap();
        });
        for read in [at_the_end, dangling, in_the_middle, at_the_start] {
            assert_eq!(read, Err(Unreadable::SymbolicLink));
        }
    }

    #[test]
    fn what_is_no_file_is_refused_without_waiting() {
        let a_folder = after(|root| fs::create_dir(folder(root).join("f")).unwrap());
        let a_socket = after(|root| drop(UnixListener::bind(folder(root).join("f")).unwrap()));
        let a_pipe = after(|root| {
            let made = Command::new("mkfifo").arg(folder(root).join("f")).status().unwrap();
            assert!(made.success());
        });
        let a_file_for_a_folder = after(|root| fs::write(root.join("app_data"), "").unwrap());
        for read in [a_folder, a_socket, a_pipe, a_file_for_a_folder] {
            assert_eq!(read, Err(Unreadable::NotAFile));
        }
        let mut content = Vec::new();
        let device = read_bounded(Path::new("/dev"), Path::new("zero"), LIMIT, &mut content);
        assert_eq!(device, Err(Unreadable::NotAFile));
    }
}
