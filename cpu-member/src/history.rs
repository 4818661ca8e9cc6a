//! The owner's own record of the means without noise. It lies in the state folder, for its owner
//! alone, is never synced, and never the source of a release: readings for a release live in memory.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use crate::{round::Release, state::StateFolder};

/// What each line holds, separated by commas; the last two only where memory use is shared, too.
pub const COLUMNS: &str = "slot_end,slot_s,raw,published,raw_memory,published_memory";
/// How long old lines may stay beyond their time: pruning rewrites the file, so it is done rarely.
const PRUNED_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// More than a day of the shortest slots.
const LAST_DAY: u64 = 4 * 1024 * 1024;
/// No whole line is longer.
const LONGEST_LINE: u64 = 200;
/// How much of the end is looked at together.
const TAIL: u64 = 4096;

/// The file, one line for each value that left. A torn last line counts for nothing.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    /// `None` where nothing is kept.
    kept_for: Option<Duration>,
    pruned: Option<Timestamp>,
}

/// What one line says. Without `Debug`: it has a value without noise.
struct Line {
    slot_end: Timestamp,
    raw: f64,
}

impl History {
    /// In this folder, of values not older than that; with `None` nothing is kept.
    pub fn in_state(state: &StateFolder, kept_for: Option<Duration>) -> Self {
        Self { path: state.path().join("history"), kept_for, pruned: None }
    }

    /// Adds a value that has left, and now and then drops those that are too old. A failure is
    /// logged: whether the owner's record can be kept decides nothing that others see.
    pub fn record(&mut self, release: &Release) {
        let memory = release.raw_memory.as_ref().zip(release.report.memory());
        let line = format!(
            "{},{},{:.2},{:.2}{}\n",
            release.slot.end(),
            release.slot.length().as_secs(),
            release.raw.expose_to_owner(),
            release.report.cpu(),
            memory.map_or_else(String::new, |(raw, published)| {
                format!(",{:.2},{published:.2}", raw.expose_to_owner())
            }),
        );
        if let Err(fault) = self.add(release.slot.end(), &line) {
            warn!("the history {} was not kept: {fault}", self.path.display());
        }
    }

    fn add(&mut self, slot_end: Timestamp, line: &str) -> io::Result<()> {
        let is_due = |pruned| slot_end.duration_since(pruned).abs() >= PRUNED_EVERY;
        if self.pruned.is_none_or(is_due) {
            self.prune(slot_end)?;
            self.pruned = Some(slot_end);
        }
        if self.kept_for.is_none() {
            return Ok(());
        }
        let mut file = for_owner_alone().create(true).read(true).append(true).open(&self.path)?;
        let whole = whole_length(&mut file)?;
        if whole < file.metadata()?.len() {
            file.set_len(whole)?; // what a crash tore
        }
        file.write_all(line.as_bytes())
    }

    /// Replaces the file by one without what is older than it shall be.
    fn prune(&self, now: Timestamp) -> io::Result<()> {
        let draft = self.path.with_extension("new");
        let Some(kept_for) = self.kept_for else {
            return remove(&draft).and_then(|()| remove(&self.path)); // a crash may have left both
        };
        let kept_for = SignedDuration::try_from(kept_for).unwrap_or(SignedDuration::MAX);
        let Ok(oldest) = now.checked_sub(kept_for) else { return Ok(()) };
        let Some(before) = open(&self.path)? else { return Ok(()) };
        let file = for_owner_alone().create(true).write(true).truncate(true).open(&draft)?;
        let mut after = io::BufWriter::new(file);
        for_each_line(before, |text, line| {
            if line.slot_end >= oldest { after.write_all(text.as_bytes()) } else { Ok(()) }
        })?;
        after.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(draft, &self.path)
    }

    /// All whole lines, below [`COLUMNS`].
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{COLUMNS}")?;
        let Some(file) = open(&self.path)? else { return Ok(()) };
        for_each_line(file, |text, _| out.write_all(text.as_bytes()))
    }

    /// The mean without noise of each of the last 24 hours, the oldest first; `None` where there
    /// was no value.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn last_day(&self, now: Timestamp) -> io::Result<[Option<f64>; 24]> {
        let mut sums = [(0.0, 0_u32); 24];
        if let Some(mut file) = open(&self.path)? {
            let start = file.metadata()?.len().saturating_sub(LAST_DAY);
            file.seek(SeekFrom::Start(start))?;
            for_each_line(file, |_, line| {
                let hours = now.duration_since(line.slot_end).as_secs().div_euclid(3600);
                if let Some(sum) = usize::try_from(hours).ok().and_then(|hours| sums.get_mut(hours))
                {
                    *sum = (sum.0 + line.raw, sum.1 + 1);
                }
                Ok(())
            })?;
        }
        sums.reverse();
        Ok(sums.map(|(sum, count)| (count > 0).then(|| sum / f64::from(count))))
    }
}

/// One mark for each hour: eight heights from 0 to 100 percent, a dot where there was no value.
pub fn sparkline(hours: &[Option<f64>]) -> String {
    const MARKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mark = |percent: f64| {
        let above =
            [12.5, 25.0, 37.5, 50.0, 62.5, 75.0, 87.5].iter().filter(|step| percent >= **step);
        MARKS[above.count()]
    };
    hours.iter().map(|hour| hour.map_or('·', mark)).collect()
}

fn for_owner_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn open(path: &PathBuf) -> io::Result<Option<File>> {
    match File::open(path) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

fn remove(path: &PathBuf) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Where the last whole line ends.
fn whole_length(file: &mut File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    let mut tail = Vec::new();
    // What a crash leaves may be longer than a line: a block of zeros, for one.
    while end > 0 {
        let start = end.saturating_sub(TAIL);
        file.seek(SeekFrom::Start(start))?;
        tail.clear();
        (&*file).take(end - start).read_to_end(&mut tail)?;
        if let Some(at) = tail.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + u64::try_from(at + 1).unwrap_or(0));
        }
        end = start;
    }
    Ok(0)
}

fn for_each_line(
    mut file: File,
    mut use_line: impl FnMut(&str, Line) -> io::Result<()>,
) -> io::Result<()> {
    // What follows the first part of a longer line, or of one that began before, is no line.
    let mut begins = file.stream_position()? == 0;
    let mut reader = BufReader::new(file);
    let mut bytes = Vec::new();
    while (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut bytes)? > 0 {
        let text = std::str::from_utf8(&bytes).ok().filter(|_| begins);
        if let Some((text, line)) = text.and_then(Line::parse) {
            use_line(text, line)?;
        }
        begins = bytes.ends_with(b"\n");
        bytes.clear();
    }
    Ok(())
}

impl Line {
    /// The text and what it says; `None` for what is torn or no line of ours.
    fn parse(text: &str) -> Option<(&str, Self)> {
        let (slot_end, numbers) = text.strip_suffix('\n')?.split_once(',')?;
        let slot_end = slot_end.parse().ok()?;
        let number = |field: &str| field.parse::<f64>().ok().filter(|number| number.is_finite());
        let numbers: Vec<f64> = numbers.split(',').map(number).collect::<Option<_>>()?;
        let ([_slot_s, raw, _published] | [_slot_s, raw, _published, _, _]) = numbers[..] else {
            return None;
        };
        (0.0..=100.0).contains(&raw).then_some((text, Self { slot_end, raw }))
    }
}

#[cfg(test)]
mod tests;
