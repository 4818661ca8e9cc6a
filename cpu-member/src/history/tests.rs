use std::{os::unix::fs::MetadataExt, path::Path};

use super::*;

/// The folder is there as long as this is.
struct Kept {
    _home: tempfile::TempDir,
    history: History,
}

impl Kept {
    fn days(days: u64) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let state = StateFolder::below(Some(home.path())).expect("a home");
        fs::create_dir_all(state.path()).expect("made");
        let kept_for = (days > 0).then(|| Duration::from_secs(86_400 * days));
        Self { _home: home, history: History::in_state(&state, kept_for) }
    }

    fn add(&mut self, hour: i64, raw: f64) {
        let line = format!("{},300,{raw:.2},0.00\n", at(hour));
        self.history.add(at(hour), &line).expect("written");
    }

    fn path(&self) -> &Path {
        &self.history.path
    }

    fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.history.write_to(&mut out).expect("readable");
        String::from_utf8(out).expect("text").lines().skip(1).map(str::to_owned).collect()
    }
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + 3600 * hour).expect("in range")
}

#[test]
fn what_is_too_old_is_dropped_within_a_day_and_the_file_is_for_its_owner_alone() {
    let mut kept = Kept::days(2);
    for hour in 0..200 {
        kept.add(hour, 50.0);
        assert!(kept.lines().len() <= 3 * 24 + 1, "{}", kept.lines().len());
    }
    assert!(kept.lines().len() >= 2 * 24);
    assert_eq!(fs::metadata(kept.path()).expect("there").mode() & 0o777, 0o600);
    assert_eq!(kept.lines().last().expect("some"), &format!("{},300,50.00,0.00", at(199)));
}

#[test]
fn a_torn_last_line_counts_for_nothing_and_spoils_no_other() {
    let mut kept = Kept::days(7);
    kept.add(1, 10.0);
    let whole = fs::read(kept.path()).expect("there");
    kept.add(2, 20.0);
    let both = fs::read(kept.path()).expect("there");
    for length in whole.len()..both.len() {
        fs::write(kept.path(), &both[..length]).expect("written");
        assert_eq!(kept.lines().len(), 1, "{length}");
        kept.add(3, 30.0);
        assert_eq!(kept.lines().len(), 2, "{length}");
        assert!(kept.lines()[1].contains("30.00"));
    }
}

#[test]
fn whatever_a_crash_left_at_the_end_the_next_value_is_kept() {
    for left in [1, 199, 200, 201, 5000, 20_000] {
        let mut kept = Kept::days(7);
        kept.add(1, 10.0);
        let whole = fs::read(kept.path()).expect("there");
        fs::write(kept.path(), [whole, vec![0; left]].concat()).expect("written");
        kept.add(2, 20.0);
        assert_eq!(kept.lines().len(), 2, "{left}");
        fs::write(kept.path(), vec![0; left]).expect("written");
        kept.add(3, 30.0);
        assert_eq!(kept.lines().len(), 1, "{left}");
    }
}

#[test]
fn what_is_no_line_of_ours_is_passed_over() {
    let mut kept = Kept::days(7);
    let long = "9".repeat(10_000);
    let ends_like_ours = format!("{}2027-01-15T08:00:00Z,1,2,3", "9".repeat(200));
    let no_percent = "2027-01-15T08:00:00Z,1,1e308,2";
    let foreign = format!("x\n\u{0}\n{long}\n{ends_like_ours}\n{no_percent}\n{no_percent}\n");
    fs::write(kept.path(), format!("{foreign}2027-01-15T08:00:00Z,1,NaN,2\n")).expect("written");
    kept.add(1, 10.0);
    assert_eq!(kept.lines().len(), 1);
    fs::write(kept.path(), foreign).expect("written");
    assert!(kept.lines().is_empty(), "{:?}", kept.lines());
    assert_eq!(kept.history.last_day(at(0)).expect("readable"), [None; 24]);
}

#[test]
fn where_nothing_is_to_be_kept_what_was_kept_is_removed() {
    let mut kept = Kept::days(7);
    kept.add(1, 10.0);
    kept.history = History { path: kept.history.path.clone(), kept_for: None, pruned: None };
    let draft = kept.path().with_extension("new");
    fs::copy(kept.path(), &draft).expect("as if a crash had left it");
    kept.add(2, 10.0);
    assert!(!kept.path().exists() && !draft.exists());
}

#[test]
fn the_last_day_is_one_mark_an_hour() {
    let mut kept = Kept::days(7);
    for (hour, raw) in [(-30, 100.0), (0, 100.0), (1, 0.0), (23, 40.0), (23, 60.0), (30, 9.0)] {
        kept.add(hour, raw);
    }
    let day = kept.history.last_day(at(23)).expect("readable");
    let expected = [(0, 100.0), (1, 0.0), (23, 50.0)];
    for (hour, mean) in day.into_iter().enumerate() {
        assert_eq!(mean, expected.iter().find(|(at, _)| *at == hour).map(|(_, mean)| *mean));
    }
    assert_eq!(sparkline(&day), format!("█▁{}▅", "·".repeat(21)));
}

#[test]
fn without_a_history_there_is_nothing_to_show() {
    let kept = Kept::days(7);
    assert!(kept.lines().is_empty());
    assert_eq!(sparkline(&kept.history.last_day(at(0)).expect("no failure")), "·".repeat(24));
}
