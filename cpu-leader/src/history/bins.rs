//! Keeping the sums over releases, and who is in them.

use std::collections::HashMap;

use rusqlite::{Transaction, params};

use super::{name, saturated};
use crate::range::{Range, step_start};
use crate::releases::Release;
use crate::spread::Spread;

/// Adds the releases to the bins in which their slots ended, and says in the bin of `now` how many
/// machines there are, also where nothing was released.
pub(super) fn keep(
    transaction: &Transaction,
    range: Range,
    now: i64,
    round_s: u32,
    machines: usize,
    counted: &[Release],
) -> rusqlite::Result<()> {
    let (name, step) = (name(range), range.step_s(round_s));
    let present = step_start(now, step);
    let mut sums = HashMap::from([(present, Spread::default())]);
    let mut reporter =
        transaction.prepare_cached("INSERT OR REPLACE INTO reporter VALUES (?,?,?,?)")?;
    for release in counted {
        let at = step_start(release.at, step);
        *sums.entry(at).or_default() +=
            Spread::of(release.cpu, release.scale, release.covers_s.min(range.cap_s()));
        reporter.execute(params![name, step, release.datasite, at])?;
    }
    let mut add = transaction.prepare_cached(
        "INSERT INTO bin VALUES (?1,?2,?3,?4,?5,?6,?7,NULL,0,0,0,0)
         ON CONFLICT DO UPDATE SET weight = weight + ?4, sum = sum + ?5,
             variance = variance + ?6, fourth = fourth + ?7",
    )?;
    for (at, Spread { weight, sum, variance, fourth }) in sums {
        add.execute(params![name, step, at, weight, sum, variance, fourth])?;
    }
    // Counted where the sums are, not from memory: only then nobody is counted whose releases were
    // forgotten, lie ahead of a clock that was set back, or were kept at another pace.
    let mut count = transaction.prepare_cached(
        "SELECT count(*) FROM reporter
         WHERE range = ? AND step = ? AND at BETWEEN ? AND ?",
    )?;
    let mut reporters = [0_u32; 4];
    let [short, middle, long] = range.windows_s();
    for (reporters, window) in reporters.iter_mut().zip([step, short, middle, long]) {
        let first = first_of_window(present, step, window);
        *reporters = count.query_row(params![name, step, first, present], |row| row.get(0))?;
    }
    let [in_bin, in_short, in_middle, in_long] = reporters;
    transaction
        .prepare_cached(
            "UPDATE bin SET machines = ?, in_bin = ?, in_short = ?, in_middle = ?, in_long = ?
             WHERE range = ? AND step = ? AND at = ?",
        )?
        .execute(params![
            saturated(machines),
            in_bin,
            in_short,
            in_middle,
            in_long,
            name,
            step,
            present
        ])?;
    Ok(())
}

/// Forgets what no chart of `range` needs: those of this pace need no more than
/// [`super::History::bins`] gives, and those of another no more than from `oldest` on, and the
/// longest window before it.
pub(super) fn forget(
    transaction: &Transaction,
    range: Range,
    now: i64,
    round_s: u32,
    oldest: i64,
) -> rusqlite::Result<()> {
    let (name, step) = (name(range), range.step_s(round_s));
    let [short, middle, long] = range.windows_s().map(i64::from);
    let length = i64::from(range.points(round_s) * step);
    let first = oldest.max(now - length) - long - i64::from(step);
    transaction
        .prepare_cached("DELETE FROM bin WHERE range = ? AND step = ? AND at < ?")?
        .execute(params![name, step, first])?;
    let of_another_pace = oldest.saturating_sub(long);
    transaction
        .prepare_cached("DELETE FROM bin WHERE range = ? AND step <> ? AND at < ?")?
        .execute(params![name, step, of_another_pace])?;
    // A window that has lost its first bins is about fewer machines than were counted in it. A
    // clock that was ahead, or another retention, brings them into the chart.
    for (column, window) in [("in_short", short), ("in_middle", middle), ("in_long", long)] {
        transaction
            .prepare_cached(&format!(
                "UPDATE bin SET {column} = 0 WHERE range = ?1 AND {column} > 0
                 AND at < iif(step = ?2, ?3, ?4) + ?5 - step"
            ))?
            .execute(params![name, step, first, of_another_pace, window])?;
    }
    transaction
        .prepare_cached("DELETE FROM reporter WHERE range = ? AND at < ?")?
        .execute(params![name, now - long - i64::from(step)])?;
    Ok(())
}

/// The first bin of the window that ends with the bin `present`: the first that lies in it whole.
fn first_of_window(present: i64, step: u32, window: u32) -> i64 {
    let in_window = i64::from((window / step).max(1));
    present - (in_window - 1) * i64::from(step)
}
