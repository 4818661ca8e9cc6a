//! What the rounds found, bounded in time, in one SQLite file.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction, params};

use crate::aggregate::{Aggregate, Mean};
use crate::error::Error;
use crate::range::{Range, step_start};
use crate::releases::{Release, Releases};
use crate::rolling::Bin;
use crate::spread::Spread;

mod bins;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS round (
    at INTEGER PRIMARY KEY, -- unix second, a multiple of step
    step INTEGER NOT NULL,  -- seconds from one round to the next
    mean REAL,              -- percent; all three are NULL below the minimum number of machines
    low REAL,
    high REAL,
    machines INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS bin (    -- weighted sums over the releases whose slots ended in it
    range TEXT NOT NULL,            -- hour, day or month
    step INTEGER NOT NULL,          -- seconds that it lasts
    at INTEGER NOT NULL,            -- unix second, a multiple of step
    weight REAL NOT NULL,           -- seconds
    sum REAL NOT NULL,              -- seconds times percent
    variance REAL NOT NULL,
    fourth REAL NOT NULL,
    machines INTEGER,               -- at the last round in it; NULL where no round was made
    in_bin INTEGER NOT NULL,        -- machines with a release in it, at the last round in it
    in_short INTEGER NOT NULL,      -- and in each of the range's windows that ends with it
    in_middle INTEGER NOT NULL,
    in_long INTEGER NOT NULL,
    PRIMARY KEY (range, step, at)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reporter (
    range TEXT NOT NULL,
    step INTEGER NOT NULL,
    datasite TEXT NOT NULL,         -- in lower case
    at INTEGER NOT NULL,            -- the bin that its last release is in
    PRIMARY KEY (range, step, datasite)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counted (
    datasite TEXT PRIMARY KEY,
    slot_end INTEGER NOT NULL       -- unix second of its last release that was counted
) WITHOUT ROWID;
";

/// Tells our files from other programs' databases: four letters.
const APPLICATION: i32 = 0x4350_556d;
/// The version of [`SCHEMA`].
const VERSION: i32 = 2;

/// The rounds and releases of a leader, kept across restarts.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    connection: Connection,
    /// Seconds from one round to the next; what was kept at another pace is not shown.
    round_s: u32,
    retention: Duration,
    /// The start of the five minutes in which something was last forgotten.
    tidied: Option<i64>,
}

/// Forgetting looks at every row, so it is done once in so many seconds.
const TIDY_S: u32 = 300;

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
    /// Opens the file, or makes it. One that is torn, no database or another program's is set aside
    /// (as `….broken`), because a chart that starts anew is better than a leader that never does.
    pub fn open(path: PathBuf, round_s: u32, retention: Duration) -> Result<History, Error> {
        let opened = match connect(&path) {
            Err(error) if is_broken(&error) => start_anew(&path, &error),
            opened => opened,
        };
        match opened {
            Ok(connection) => Ok(History { path, connection, round_s, retention, tidied: None }),
            Err(source) => Err(Error::History { path, source }),
        }
    }

    /// Keeps the round that was made at the unix second `now`, the last one of its step, and the
    /// releases that it counted, all or nothing; and forgets what is older than the retention.
    pub fn record(
        &mut self,
        now: i64,
        round: &Aggregate,
        counted: &[Release],
    ) -> Result<(), Error> {
        let (round_s, retention) = (self.round_s, self.retention);
        let present = step_start(now, TIDY_S);
        let is_due = self.tidied != Some(present);
        self.attempt(|connection| {
            let transaction = connection.transaction()?;
            keep_round(&transaction, now, round_s, round)?;
            bins::keep(&transaction, now, round_s, round.machines, counted)?;
            let mut counted_statement =
                transaction.prepare_cached("INSERT OR REPLACE INTO counted VALUES (?,?)")?;
            for release in counted {
                counted_statement.execute(params![release.datasite, release.slot_end])?;
            }
            drop(counted_statement);
            let retention = i64::try_from(retention.as_secs()).unwrap_or(i64::MAX);
            let oldest = now.saturating_sub(retention);
            transaction.prepare_cached("DELETE FROM round WHERE at < ?")?.execute([oldest])?;
            if is_due {
                for range in Range::ALL {
                    bins::forget(&transaction, range, now, round_s, oldest)?;
                }
                transaction
                    .prepare_cached("DELETE FROM counted WHERE slot_end < ?")?
                    .execute([now - Releases::KEPT_S])?;
            }
            transaction.commit()
        })?;
        self.tidied = Some(present);
        Ok(())
    }

    /// The newest rounds up to the unix second `now`, as far back as the hour's chart reaches, in
    /// order. Rounds that were not made are not there.
    pub fn rounds(&mut self, now: i64) -> Result<Vec<Point>, Error> {
        let step = Range::Hour.step_s(self.round_s);
        let oldest = self.oldest(Range::Hour, now);
        self.attempt(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT at, mean, low, high, machines FROM round
                 WHERE step = ?1 AND at BETWEEN ?2 AND ?3 AND at % ?1 = 0 ORDER BY at",
            )?;
            let points = statement.query_map([i64::from(step), oldest, now], |row| {
                let (value, low, high): (Option<f64>, Option<f64>, Option<f64>) =
                    (row.get(1)?, row.get(2)?, row.get(3)?);
                let mean =
                    value.zip(low).zip(high).map(|((value, low), high)| Mean { value, low, high });
                Ok(Point { at: row.get(0)?, mean, machines: row.get(4)? })
            })?;
            let points = points.collect::<rusqlite::Result<_>>()?;
            Ok(in_order(points, oldest..=now, |point: &Point| point.at))
        })
    }

    /// The bins of `range` up to the unix second `now`, in order, and those before them that its
    /// longest window needs.
    pub fn bins(&mut self, range: Range, now: i64) -> Result<Vec<Bin>, Error> {
        let step = range.step_s(self.round_s);
        let oldest = self.oldest(range, now) - i64::from(range.windows_s()[2]);
        self.attempt(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT at, weight, sum, variance, fourth, machines,
                        in_bin, in_short, in_middle, in_long
                 FROM bin WHERE range = ?1 AND step = ?2 AND at BETWEEN ?3 AND ?4 AND at % ?2 = 0
                 ORDER BY at",
            )?;
            let bins = statement.query_map(params![name(range), step, oldest, now], |row| {
                Ok(Bin {
                    at: row.get(0)?,
                    spread: Spread {
                        weight: row.get(1)?,
                        sum: row.get(2)?,
                        variance: row.get(3)?,
                        fourth: row.get(4)?,
                    },
                    machines: row.get(5)?,
                    reporters: [row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?],
                })
            })?;
            let bins = bins.collect::<rusqlite::Result<_>>()?;
            Ok(in_order(bins, oldest..=now, |bin: &Bin| bin.at))
        })
    }

    /// Which releases were counted.
    pub fn counted(&mut self) -> Result<Releases, Error> {
        self.attempt(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT datasite, slot_end FROM counted")?;
            let counted = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
            counted.collect::<rusqlite::Result<Vec<_>>>().map(Releases::restored)
        })
    }

    /// Where the chart of `range` begins at the unix second `now`.
    pub fn oldest(&self, range: Range, now: i64) -> i64 {
        let step = range.step_s(self.round_s);
        let length = i64::from(range.points(self.round_s) - 1) * i64::from(step);
        let retention = i64::try_from(self.retention.as_secs()).unwrap_or(i64::MAX);
        step_start(now, step) - length.min(retention.saturating_sub(retention % i64::from(step)))
    }

    /// Does `work`, on a new file if this one turns out to be broken.
    fn attempt<T>(
        &mut self,
        mut work: impl FnMut(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let outcome = match work(&mut self.connection) {
            Err(error) if is_broken(&error) => start_anew(&self.path, &error).and_then(|anew| {
                self.connection = anew;
                work(&mut self.connection)
            }),
            outcome => outcome,
        };
        outcome.map_err(|source| Error::History { path: self.path.clone(), source })
    }
}

/// What was asked for: SQLite does not notice every page whose rows somebody has put out of order.
fn in_order<T>(mut rows: Vec<T>, asked: RangeInclusive<i64>, at: impl Fn(&T) -> i64) -> Vec<T> {
    rows.retain(|row| asked.contains(&at(row)));
    rows.sort_by_key(&at);
    rows.dedup_by_key(|row| at(row));
    rows
}

fn keep_round(
    transaction: &Transaction,
    now: i64,
    round_s: u32,
    round: &Aggregate,
) -> rusqlite::Result<()> {
    let (mean, step) = (round.mean, Range::Hour.step_s(round_s));
    let values = params![
        step_start(now, step),
        step,
        mean.map(|mean| mean.value),
        mean.map(|mean| mean.low),
        mean.map(|mean| mean.high),
        saturated(round.machines),
    ];
    transaction
        .prepare_cached("INSERT OR REPLACE INTO round VALUES (?,?,?,?,?,?)")?
        .execute(values)?;
    Ok(())
}

fn name(range: Range) -> &'static str {
    match range {
        Range::Hour => "hour",
        Range::Day => "day",
        Range::Month => "month",
    }
}

fn saturated(machines: usize) -> u32 {
    u32::try_from(machines).unwrap_or(u32::MAX)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(2))?; // somebody may be reading it
    if !is_ours(&connection)? {
        return Err(rusqlite::Error::InvalidPath(path.to_path_buf()));
    }
    // A write-ahead log survives a crash at any point; after a power cut it may lack the last
    // rounds, which nobody misses, and a round costs no waiting for the disk.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -1024)?; // KiB: we read some hundred rows at a time
    // All or nothing: a file with some of our tables and no signature is taken for another program's.
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; {SCHEMA}
         PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT"
    ))?;
    Ok(connection)
}

/// Whether it is empty, our own, or of our first version, which did not sign its files.
fn is_ours(connection: &Connection) -> rusqlite::Result<bool> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    if pragma("application_id")? == APPLICATION {
        return Ok(pragma("user_version")? == VERSION);
    }
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
        .query_map((), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let first = || connection.prepare("SELECT at, step, mean, low, high, machines FROM round");
    Ok(tables.is_empty() || tables == ["round"] && first().is_ok())
}

/// Whether it is the file's content that fails us: torn, or not our tables and numbers. A disk that
/// is full, or somebody who holds the lock, is nothing that a new file would mend.
fn is_broken(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as Sqlite;
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
            Sqlite::InvalidPath(_) // from `connect`: another program's
                | Sqlite::SqlInputError { .. }
                | Sqlite::InvalidColumnType(..)
                | Sqlite::IntegralValueOutOfRange(..)
                | Sqlite::FromSqlConversionFailure(..)
        ),
    }
}

fn start_anew(path: &Path, error: &rusqlite::Error) -> rusqlite::Result<Connection> {
    let path_shown = path.display();
    tracing::warn!(
        "{path_shown} is torn or another program's ({error}); it is set aside as ….broken"
    );
    set_aside(path).and_then(|()| connect(path))
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
mod tests;
