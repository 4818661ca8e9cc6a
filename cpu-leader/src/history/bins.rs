//! Keeping the sums over releases, and who is in them.

use std::collections::HashMap;

use rusqlite::{Transaction, params};

use super::{name, saturated};
use crate::range::{Range, step_start};
use crate::releases::Release;
use crate::spread::Spread;

/// Adds the releases to each range's bins in which their slots ended, and says in those of `now` how
/// many machines there are, also where nothing was released.
pub(super) fn keep(
    transaction: &Transaction,
    now: i64,
    round_s: u32,
    machines: usize,
    counted: &[Release],
) -> rusqlite::Result<()> {
    let mut reporter =
        transaction.prepare_cached("INSERT OR REPLACE INTO reporter VALUES (?,?,?,?)")?;
    let mut add = transaction.prepare_cached(
        "INSERT INTO bin VALUES (?1,?2,?3,?4,?5,?6,?7,NULL,0,0,0,0)
         ON CONFLICT DO UPDATE SET weight = weight + ?4, sum = sum + ?5,
             variance = variance + ?6, fourth = fourth + ?7",
    )?;
    // Counted where the sums are, not from memory: only then nobody is counted whose releases were
    // forgotten, lie ahead of a clock that was set back, or were kept at another pace.
    let mut count = transaction.prepare_cached(
        "UPDATE bin SET machines = ?4, (in_bin, in_short, in_middle, in_long) = (
             SELECT count(*) FILTER (WHERE at = ?3), count(*) FILTER (WHERE at >= ?5),
                 count(*) FILTER (WHERE at >= ?6), count(*)
             FROM reporter WHERE range = ?1 AND step = ?2 AND at BETWEEN ?7 AND ?3)
         WHERE range = ?1 AND step = ?2 AND at = ?3",
    )?;
    for range in Range::ALL {
        let (name, step) = (name(range), range.step_s(round_s));
        let present = step_start(now, step);
        let mut sums = HashMap::from([(present, Spread::default())]);
        for release in counted {
            let at = step_start(release.at, step);
            *sums.entry(at).or_default() +=
                Spread::of(release.cpu, release.scale, release.covers_s.min(range.cap_s()));
            reporter.execute(params![name, step, release.datasite, at])?;
        }
        for (at, Spread { weight, sum, variance, fourth }) in sums {
            add.execute(params![name, step, at, weight, sum, variance, fourth])?;
        }
        let [short, middle, long] =
            range.windows_s().map(|window| first_of_window(present, step, window));
        let machines = saturated(machines);
        count.execute(params![name, step, present, machines, short, middle, long])?;
    }
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
    let of_another_pace = oldest.saturating_sub(long);
    for (paces, first) in [("=", first), ("<", of_another_pace), (">", of_another_pace)] {
        transaction
            .prepare_cached(&format!(
                "DELETE FROM bin WHERE range = ? AND step {paces} ? AND at < ?"
            ))?
            .execute(params![name, step, first])?;
        // A window that has lost its first bins is about fewer machines than were counted in it. A
        // clock that was ahead, or another retention, brings them into the chart.
        transaction
            .prepare_cached(&format!(
                "UPDATE bin SET in_short = iif(at < ?3 + ?4 - step, 0, in_short),
                     in_middle = iif(at < ?3 + ?5 - step, 0, in_middle),
                     in_long = iif(at < ?3 + ?6 - step, 0, in_long)
                 WHERE range = ?1 AND step {paces} ?2 AND at < ?3 + ?6"
            ))?
            .execute(params![name, step, first, short, middle, long])?;
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
