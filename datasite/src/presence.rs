use std::os::unix::process::parent_id;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A file is replaced and a folder renamed within seconds; what is gone for longer was removed.
const GRACE: Duration = Duration::from_mins(1);

/// Whether what an app lives for is still there: SyftBox does not stop an app whose folder or
/// settings are removed, so the app watches them and ends by itself.
#[derive(Debug)]
pub struct Presence {
    watched: Vec<PathBuf>,
    /// Whose child this process is to be.
    parent: Option<u32>,
    gone_since: Option<Instant>,
}

impl Presence {
    /// Watches these files or folders.
    pub fn of(watched: Vec<PathBuf>) -> Presence {
        Presence { watched, parent: None, gone_since: None }
    }

    /// Watches `path`, too.
    #[must_use]
    pub fn and(mut self, path: PathBuf) -> Presence {
        self.watched.push(path);
        self
    }

    /// Watches whoever started this process, too: without it, all is over at once.
    #[must_use]
    pub fn and_parent(self) -> Presence {
        Presence { parent: Some(parent_id()), ..self }
    }

    /// Whether the parent has ended, or any of them has been gone for a minute. To be asked every few seconds.
    pub fn is_over(&mut self, now: Instant) -> bool {
        if self.parent.is_some_and(|parent| parent != parent_id()) {
            return true;
        }
        let gone = self.watched.iter().any(|path| !path.exists());
        self.gone_since = gone.then(|| self.gone_since.unwrap_or(now));
        self.gone_since.is_some_and(|since| now.duration_since(since) >= GRACE)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn it_is_over_when_something_has_been_gone_for_a_minute_without_a_break() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.json");
        fs::write(&file, "").unwrap();
        let mut presence = Presence::of(vec![folder.path().to_path_buf(), file.clone()]);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);

        assert!(!presence.is_over(at(0)));
        fs::remove_file(&file).unwrap();
        assert!(!presence.is_over(at(100)));
        assert!(!presence.is_over(at(159)));
        fs::write(&file, "").unwrap();
        assert!(!presence.is_over(at(160)));
        fs::remove_file(&file).unwrap();
        assert!(!presence.is_over(at(161)));
        assert!(!presence.is_over(at(220)));
        assert!(presence.is_over(at(221)));
    }

    #[test]
    fn it_is_over_at_once_when_the_parent_has_ended() {
        let mut presence = Presence::of(Vec::new()).and_parent();
        assert!(!presence.is_over(Instant::now()));
        presence.parent = Some(0); // as if another process had been the parent
        assert!(presence.is_over(Instant::now()));
    }
}
