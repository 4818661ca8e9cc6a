//! Whatever a member's own history holds, its whole lines and nothing else come out of it. A value is
//! added after whatever a crash left at its end, and what is pruned is what is too old.
#![no_main]

use std::{
    cell::LazyCell,
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use cpu_member::{
    history::{COLUMNS, History, sparkline},
    round::Release,
    schedule::Schedule,
    state::StateFolder,
};
use datasite::Report;
use dp_core::{Bounds, Epsilon, Laplace, NoiseRng, Private, Promise, Timeline};
use fuzz::Scratch;
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;

const NOW: &str = "2026-11-24T03:00:00Z";
const KEPT_HOURS: i64 = 48;
/// No line of ours is longer.
const LONGEST_LINE: usize = 200;

thread_local!(static MEMBER: LazyCell<Member> = const { LazyCell::new(Member::new) });

fuzz_target!(|bytes: &[u8]| MEMBER.with(|member| member.live_with(bytes)));

struct Member {
    _scratch: Scratch,
    state: StateFolder,
    /// Of a slot that ends at [`NOW`].
    release: Release,
}

impl Member {
    fn new() -> Self {
        let scratch = Scratch::new();
        let state = StateFolder::below(Some(scratch.folder())).expect("a home");
        fs::create_dir_all(state.path()).expect("a writable folder");
        let release = release(scratch.path("timeline"));
        Self { _scratch: scratch, state, release }
    }

    fn live_with(&self, bytes: &[u8]) {
        let path = self.state.path().join("history");
        fs::write(&path, bytes).expect("a writable folder");
        let lines: Vec<Line> =
            bytes.split_inclusive(|byte| *byte == b'\n').filter_map(whole).collect();
        let all: Vec<&str> = lines.iter().map(|line| line.text).collect();
        let mut history = self.history();
        assert_eq!(shown(&history), all);
        for now in [now(), Timestamp::MIN, Timestamp::MAX] {
            let hours = history.last_day(now).expect("readable");
            let believed = |hour: &f64| (0.0..=100.0).contains(hour);
            assert!(hours.iter().flatten().all(believed), "{hours:?}");
            assert_eq!(sparkline(&hours).chars().count(), 24);
        }

        // A member that starts drops what is too old, and adds its first value.
        let oldest = now() - SignedDuration::from_hours(KEPT_HOURS);
        let young = lines.iter().filter(|line| line.slot_end >= oldest).map(|line| line.text);
        let ours = self.line();
        history.record(&self.release);
        assert_eq!(shown(&history), young.chain([&*ours]).collect::<Vec<_>>());

        // For a day it only adds.
        fs::write(&path, bytes).expect("a writable folder");
        let after = [&*all, &[&*ours]].concat();
        history.record(&self.release);
        assert_eq!(shown(&history), after);
        history.record(&self.release);
        assert_eq!(shown(&history), [&*after, &[&*ours]].concat());
    }

    fn history(&self) -> History {
        let hours = u64::try_from(KEPT_HOURS).expect("a length");
        History::in_state(&self.state, Some(Duration::from_secs(3600 * hours)))
    }

    fn line(&self) -> String {
        let Release { report, raw, slot, .. } = &self.release;
        let (raw, cpu) = (raw.expose_to_owner(), report.cpu());
        format!("{},{},{raw:.2},{cpu:.2}\n", slot.end(), slot.length().as_secs())
    }
}

struct Line<'a> {
    slot_end: Timestamp,
    text: &'a str,
}

/// A slot's end, its length, a mean of percents and a number with noise; perhaps the same two of the
/// memory in use; and nothing else.
fn whole(bytes: &[u8]) -> Option<Line<'_>> {
    let text = str::from_utf8(bytes).ok().filter(|text| text.len() <= LONGEST_LINE)?;
    let fields: Vec<&str> = text.strip_suffix('\n')?.split(',').collect();
    let [slot_end, numbers @ ..] = &fields[..] else { return None };
    let numbers: Vec<f64> =
        numbers.iter().map(|text| text.parse()).collect::<Result<_, _>>().ok()?;
    let ([_, raw, _] | [_, raw, _, _, _]) = numbers[..] else { return None };
    let is_ours = numbers.iter().all(|number| number.is_finite()) && (0.0..=100.0).contains(&raw);
    Some(Line { slot_end: slot_end.parse().ok()?, text }).filter(|_| is_ours)
}

fn shown(history: &History) -> Vec<String> {
    let mut out = Vec::new();
    history.write_to(&mut out).expect("readable");
    let text = String::from_utf8(out).expect("whole lines are text");
    let mut lines = text.split_inclusive('\n').map(str::to_owned);
    assert_eq!(lines.next(), Some(format!("{COLUMNS}\n")));
    lines.collect()
}

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

fn release(timeline: PathBuf) -> Release {
    let moment = Duration::from_millis(1);
    let epsilon = Epsilon::new(0.5).expect("in range");
    let promise = Promise { epsilon, protects: moment, window: moment };
    let mut timeline = Timeline::create(timeline, promise).expect("a sensible promise");
    let percent = Bounds::new(0.0, 100.0).expect("a range");
    let window = timeline.record(percent).expect("there is no cap");
    let start = Instant::now();
    while start.elapsed() < 2 * moment {
        thread::sleep(moment);
    }
    let paid = window.close().expect("long enough").pay(Private::new(12.345)).expect("no cap");
    let noisy = paid.release(Laplace, &mut NoiseRng::seeded(1)).expect("no fork");
    let slot =
        Schedule::new(0, Duration::from_secs(300)).next(now() - SignedDuration::from_mins(5));
    let report = Report::new(&noisy, slot.end(), slot.length()).expect("of a timeline");
    Release { report, raw: Private::new(12.345), raw_memory: None, slot }
}
