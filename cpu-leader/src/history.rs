//! What the rounds found, bounded in time, in one SQLite file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use crate::aggregate::{Aggregate, Mean};
use crate::error::Error;

/// How many points the published chart has at most.
pub const POINTS: u32 = 360;

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS round (
    at INTEGER PRIMARY KEY, -- unix second, a multiple of step
    step INTEGER NOT NULL,  -- seconds from one round to the next
    mean REAL,              -- percent; all three are NULL below the minimum number of machines
    low REAL,
    high REAL,
    machines INTEGER NOT NULL
)";

/// The rounds of a leader, kept across restarts.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    connection: Connection,
    /// Seconds from one round to the next; rounds of another step are kept but not shown.
    step: i64,
    retention: Duration,
}

/// One round as the chart shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The unix second at which the round's step began.
    pub at: i64,
    /// `None` when there were too few machines.
    pub mean: Option<Mean>,
    /// How many there were.
    pub machines: u32,
}

impl History {
    /// Opens the file, or makes it. One that is no database any more is set aside (as
    /// `….broken`), because a chart that starts anew is better than a leader that never does.
    pub fn open(path: PathBuf, step: u32, retention: Duration) -> Result<History, Error> {
        let opened = match connect(&path) {
            Err(error) if is_broken(&error) => begin_anew(&path),
            opened => opened,
        };
        match opened {
            Ok(connection) => Ok(History { path, connection, step: i64::from(step), retention }),
            Err(source) => Err(Error::History { path, source }),
        }
    }

    /// The start of the step that holds the unix second `now`.
    pub fn step_of(&self, now: i64) -> i64 {
        now.div_euclid(self.step) * self.step
    }

    /// Keeps the round that was made at the unix second `now`, the last one of its step, and
    /// forgets what is older than the retention.
    pub fn record(&mut self, now: i64, round: &Aggregate) -> Result<(), Error> {
        let recorded = self.try_record(now, round);
        if recorded.as_ref().is_err_and(is_broken) {
            self.begin_anew()?;
            return self.try_record(now, round).map_err(|source| self.error(source));
        }
        recorded.map_err(|source| self.error(source))
    }

    /// The newest rounds of the current step up to the unix second `now`, at most [`POINTS`]
    /// steps back, in order. Rounds that were not made are not there; none is where the file turns
    /// out to be broken.
    pub fn points(&mut self, now: i64) -> Result<Vec<Point>, Error> {
        let points = self.try_points(now);
        if points.as_ref().is_err_and(is_broken) {
            self.begin_anew()?;
            return Ok(Vec::new());
        }
        points.map_err(|source| self.error(source))
    }

    fn begin_anew(&mut self) -> Result<(), Error> {
        let anew = begin_anew(&self.path);
        self.connection = anew.map_err(|source| self.error(source))?;
        Ok(())
    }

    fn try_record(&self, now: i64, round: &Aggregate) -> rusqlite::Result<()> {
        let mean = round.mean;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO round VALUES (?,?,?,?,?,?)")?
            .execute(params![
                self.step_of(now),
                self.step,
                mean.map(|mean| mean.value),
                mean.map(|mean| mean.low),
                mean.map(|mean| mean.high),
                u32::try_from(round.machines).unwrap_or(u32::MAX),
            ])?;
        let retention = i64::try_from(self.retention.as_secs()).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached("DELETE FROM round WHERE at < ?")?
            .execute([now.saturating_sub(retention)])?;
        Ok(())
    }

    fn try_points(&self, now: i64) -> rusqlite::Result<Vec<Point>> {
        let newest: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT at FROM round WHERE step = ?1 AND at <= ?2 AND at % ?1 = 0
                 ORDER BY at DESC LIMIT 1",
            )?
            .query_row([self.step, now], |row| row.get(0))
            .optional()?;
        let Some(newest) = newest else { return Ok(Vec::new()) };
        let oldest = newest.saturating_sub((i64::from(POINTS) - 1) * self.step);
        let mut statement = self.connection.prepare_cached(
            "SELECT at, mean, low, high, machines FROM round
             WHERE step = ?1 AND at BETWEEN ?2 AND ?3 AND at % ?1 = 0 ORDER BY at",
        )?;
        let points = statement.query_map([self.step, oldest, newest], |row| {
            let (value, low, high): (Option<f64>, Option<f64>, Option<f64>) =
                (row.get(1)?, row.get(2)?, row.get(3)?);
            let mean =
                value.zip(low).zip(high).map(|((value, low), high)| Mean { value, low, high });
            Ok(Point { at: row.get(0)?, mean, machines: row.get(4)? })
        })?;
        points.collect()
    }

    fn error(&self, source: rusqlite::Error) -> Error {
        Error::History { path: self.path.clone(), source }
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(2))?; // somebody may be reading it
    // A write-ahead log survives a crash at any point; after a power cut it may lack the last
    // rounds, which nobody misses, and a round costs no waiting for the disk.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -256)?; // KiB: we read 360 rows at a time
    connection.execute(SCHEMA, ())?;
    Ok(connection)
}

/// Whether it is the file's content that fails us: torn, or not our table. A disk that is full, or
/// somebody who holds the lock, is nothing that a new file would mend.
fn is_broken(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ReadOnly
                | ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::Unknown
        ),
        None => matches!(
            error,
            rusqlite::Error::SqlInputError { .. }
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
        ),
    }
}

fn begin_anew(path: &Path) -> rusqlite::Result<Connection> {
    tracing::warn!(path = %path.display(), "the history is broken; starting anew");
    set_aside(path)?;
    connect(path)
}

/// Moves the file away and drops its log, which belongs to no other file.
fn set_aside(path: &Path) -> rusqlite::Result<()> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    for log in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(log)); // mostly not there
    }
    fs::rename(path, beside(".broken"))
        .map_err(|_| rusqlite::Error::InvalidPath(path.to_path_buf()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::Privacy;

    fn round(mean: f64, machines: usize) -> Aggregate {
        let mean = Some(Mean { value: mean, low: mean - 1.0, high: mean + 1.0 });
        Aggregate {
            machines,
            mean: mean.filter(|_| machines >= 3),
            newest: None,
            shortest_slot_s: None,
            privacy: Privacy { confidence: 0.95, promises: Vec::new(), curve: Vec::new() },
        }
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.sqlite");
        (folder, path)
    }

    const DAY: Duration = Duration::from_hours(24);

    fn at(points: &[Point]) -> Vec<i64> {
        points.iter().map(|point| point.at).collect()
    }

    #[test]
    fn rounds_are_kept_across_restarts() {
        let (_folder, path) = file();
        for (now, machines) in [(1000, 3), (1020, 2), (1041, 12)] {
            let mut history = History::open(path.clone(), 20, DAY).unwrap();
            history.record(now, &round(37.5, machines)).unwrap();
        }
        let points = History::open(path, 20, DAY).unwrap().points(1050).unwrap();
        assert_eq!(at(&points), [1000, 1020, 1040]);
        assert_eq!(points[0].mean, Some(Mean { value: 37.5, low: 36.5, high: 38.5 }));
        assert_eq!((points[1].mean, points[1].machines), (None, 2));
    }

    #[test]
    fn the_last_round_of_a_step_counts() {
        let (_folder, path) = file();
        let mut history = History::open(path, 20, DAY).unwrap();
        history.record(1000, &round(1.0, 3)).unwrap();
        history.record(1019, &round(2.0, 4)).unwrap();
        let points = history.points(1019).unwrap();
        assert_eq!((points.len(), points[0].machines), (1, 4));
    }

    #[test]
    fn only_the_current_step_is_shown_and_at_most_360_of_it() {
        let (_folder, path) = file();
        let mut history = History::open(path.clone(), 20, DAY).unwrap();
        for n in 0..400 {
            history.record(n * 20, &round(1.0, 3)).unwrap();
        }
        let points = history.points(8000).unwrap();
        assert_eq!((points.len(), points[0].at, points[359].at), (360, 800, 7980));
        drop(history);

        let mut history = History::open(path.clone(), 60, DAY).unwrap();
        assert_eq!(history.points(8000).unwrap(), []);
        history.record(8000, &round(1.0, 3)).unwrap();
        assert_eq!(at(&history.points(8000).unwrap()), [7980]);
        assert_eq!(History::open(path, 20, DAY).unwrap().points(8000).unwrap().len(), 360);
    }

    #[test]
    fn a_gap_limits_how_far_back_the_points_reach() {
        let (_folder, path) = file();
        let mut history = History::open(path, 20, DAY).unwrap();
        for now in [0, 20, 20 * 360, 20 * 361] {
            history.record(now, &round(1.0, 3)).unwrap();
        }
        assert_eq!(at(&history.points(20 * 361).unwrap()), [7200, 7220]);
        assert_eq!(at(&history.points(20 * 360).unwrap()), [20, 7200]);
    }

    #[test]
    fn what_is_older_than_the_retention_is_forgotten() {
        let (_folder, path) = file();
        let mut history = History::open(path, 20, Duration::from_secs(100)).unwrap();
        for now in (0..=1000).step_by(20) {
            history.record(now, &round(1.0, 3)).unwrap();
        }
        let rows: u32 = history
            .connection
            .query_row("SELECT count(*) FROM round", (), |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 6);
    }

    #[test]
    fn rounds_of_a_clock_that_was_ahead_are_not_shown_as_the_present() {
        let (_folder, path) = file();
        let mut history = History::open(path, 20, DAY).unwrap();
        history.record(9000, &round(1.0, 3)).unwrap();
        history.record(1000, &round(1.0, 3)).unwrap();
        assert_eq!(at(&history.points(1000).unwrap()), [1000]);
    }

    #[test]
    fn a_file_that_is_no_database_is_set_aside() {
        let (folder, path) = file();
        fs::write(&path, "{\"items\": [tor".repeat(100)).unwrap();
        let mut history = History::open(path.clone(), 20, DAY).unwrap();
        history.record(1000, &round(1.0, 3)).unwrap();
        assert_eq!(at(&history.points(1000).unwrap()), [1000]);
        assert!(folder.path().join("history.sqlite.broken").exists());
    }

    #[test]
    fn a_table_that_is_not_ours_is_set_aside_and_so_are_numbers_that_are_none() {
        for sql in [
            "DROP TABLE round; CREATE TABLE round (at INTEGER PRIMARY KEY, step INTEGER)",
            "DROP TABLE round; CREATE VIEW round AS SELECT 1 AS at, 20 AS step",
            "ALTER TABLE round RENAME COLUMN mean TO average",
            "INSERT INTO round VALUES (980, 20, 'much', 1, 2, 3)",
            "INSERT INTO round VALUES (980, 20, 1, 1, 2, -1)",
        ] {
            let (folder, path) = file();
            drop(History::open(path.clone(), 20, DAY).unwrap());
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            let mut history = History::open(path, 20, DAY).unwrap();
            history.record(1000, &round(1.0, 3)).unwrap();
            history.points(1000).unwrap();
            history.record(1020, &round(1.0, 3)).unwrap();
            assert_eq!(at(&history.points(1020).unwrap()).last(), Some(&1020), "{sql}");
            assert!(folder.path().join("history.sqlite.broken").exists(), "{sql}");
        }
    }

    #[test]
    fn times_that_no_leader_wrote_do_no_harm() {
        let (_folder, path) = file();
        let mut history = History::open(path.clone(), 20, DAY * 366_000).unwrap();
        let rows = "INSERT INTO round VALUES (-9223372036854775808, 20, 1, 1, 2, 3)";
        Connection::open(&path).unwrap().execute_batch(rows).unwrap();
        assert!(history.points(1000).unwrap().len() <= 1);
        history.record(1000, &round(1.0, 3)).unwrap();
        let between = "INSERT INTO round VALUES (990, 20, 1, 1, 2, 3)";
        Connection::open(&path).unwrap().execute_batch(between).unwrap();
        assert_eq!(at(&history.points(1000).unwrap()), [1000]);
    }

    #[test]
    fn a_database_that_breaks_while_it_is_open_is_set_aside_at_the_next_round() {
        let (folder, path) = file();
        History::open(path.clone(), 20, DAY).unwrap().record(1000, &round(1.0, 3)).unwrap();
        let mut history = History::open(path.clone(), 20, DAY).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[4096..].fill(0x55); // every page but the first
        fs::write(&path, bytes).unwrap();
        history.record(5000, &round(1.0, 3)).unwrap();
        assert_eq!(at(&history.points(5000).unwrap()), [5000]);
        assert!(folder.path().join("history.sqlite.broken").exists());
    }
}
