use super::*;
use datasite::PeerReport;
use jiff::Timestamp;

fn round(mean: f64, machines: usize) -> Aggregate {
    let mean = Some(Mean { value: mean, low: mean - 1.0, high: mean + 1.0 });
    Aggregate { machines, mean: mean.filter(|_| machines >= 3), ..Aggregate::of(&[], 3) }
}

fn keep(history: &mut History, now: i64, round: &Aggregate) {
    history.record(now, round, &[]).unwrap();
}

/// A round in which these machines' releases are counted: names, ends of slots, values.
fn count(history: &mut History, now: i64, machines: &[(&str, i64, f64)]) {
    let mut releases = history.counted().unwrap();
    let reports: Vec<_> = machines
        .iter()
        .map(|&(name, slot_end, cpu)| {
            let slot_end = Timestamp::from_second(slot_end).unwrap();
            let (slot_s, window_s, scale, epsilon, protects_s) = (20.0, 19.0, 10.0, 0.5, 1.0);
            let original = false;
            let report = PeerReport {
                cpu,
                slot_end,
                slot_s,
                window_s,
                scale,
                grid: None,
                epsilon,
                protects_s,
                original,
                memory: None,
            };
            (name, report)
        })
        .collect();
    let counted = releases.count(now, reports.iter().map(|(name, report)| (*name, report)));
    history.record(now, &round(1.0, machines.len()), &counted).unwrap();
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
        keep(&mut history, now, &round(37.5, machines));
    }
    let points = History::open(path, 20, DAY).unwrap().rounds(1050).unwrap();
    assert_eq!(at(&points), [1000, 1020, 1040]);
    assert_eq!(points[0].mean, Some(Mean { value: 37.5, low: 36.5, high: 38.5 }));
    assert_eq!((points[1].mean, points[1].machines), (None, 2));
}

#[test]
fn the_last_round_of_a_step_counts() {
    let (_folder, path) = file();
    let mut history = History::open(path, 20, DAY).unwrap();
    keep(&mut history, 1000, &round(1.0, 3));
    keep(&mut history, 1019, &round(2.0, 4));
    let points = history.rounds(1019).unwrap();
    assert_eq!((points.len(), points[0].machines), (1, 4));
}

#[test]
fn only_the_current_pace_is_shown_and_at_most_an_hour_of_it() {
    let (_folder, path) = file();
    let mut history = History::open(path.clone(), 20, DAY).unwrap();
    for n in 0..400 {
        keep(&mut history, n * 20, &round(1.0, 3));
    }
    let points = history.rounds(7999).unwrap();
    assert_eq!((points.len(), points[0].at, points[179].at), (180, 4400, 7980));
    drop(history);

    let mut history = History::open(path.clone(), 60, DAY).unwrap();
    assert_eq!(history.rounds(8000).unwrap(), []);
    keep(&mut history, 8050, &round(1.0, 3));
    assert_eq!(at(&history.rounds(8050).unwrap()), [8040]);
    assert_eq!(History::open(path, 20, DAY).unwrap().rounds(7999).unwrap().len(), 180);
}

#[test]
fn bins_hold_each_release_once_where_its_slot_ended_and_reach_back_for_the_longest_window() {
    let (_folder, path) = file();
    let mut history = History::open(path.clone(), 20, DAY).unwrap();
    count(&mut history, 1005, &[("a@x.org", 1000, 10.0), ("b@x.org", 999, 20.0)]);
    count(&mut history, 1025, &[("a@x.org", 1020, 30.0), ("b@x.org", 999, 20.0)]);
    let mut history = History::open(path, 20, DAY).unwrap();
    count(&mut history, 1035, &[("a@x.org", 1020, 30.0), ("b@x.org", 999, 20.0)]);
    let bins = history.bins(Range::Hour, 1039).unwrap();
    let shown: Vec<_> = bins.iter().map(|bin| (bin.at, bin.spread.sum, bin.machines)).collect();
    assert_eq!(shown, [(980, 400.0, None), (1000, 200.0, Some(2)), (1020, 600.0, Some(2))]);
    assert_eq!(bins[2].reporters, [1, 2, 2, 2], "in the bin, and in each window");
    let day = history.bins(Range::Day, 1039).unwrap();
    let shown: Vec<_> = day.iter().map(|bin| (bin.at, bin.spread.sum, bin.machines)).collect();
    assert_eq!(shown, [(900, 1200.0, Some(2))]);

    let later = 1020 + 3580 + 900;
    count(&mut history, later, &[]);
    let bins = history.bins(Range::Hour, later).unwrap();
    assert_eq!(bins[0].at, 1020, "the chart's hour, and the quarter before it");
}

#[test]
fn each_window_counts_the_machines_whose_last_release_is_in_it() {
    let (_folder, path) = file();
    let mut history = History::open(path, 20, DAY).unwrap();
    let ends = [("e@x.org", 1060), ("d@x.org", 1400), ("c@x.org", 1800), ("b@x.org", 1960)];
    for (name, end) in ends.into_iter().chain([("a@x.org", 2000)]) {
        count(&mut history, end, &[(name, end, 10.0)]);
    }
    let bins = history.bins(Range::Hour, 2000).unwrap();
    assert_eq!(bins.last().unwrap().reporters, [1, 2, 3, 4], "a bin, 60, 300 and 900 s");
}

#[test]
fn a_release_of_a_long_slot_counts_for_the_longest_window_at_most() {
    let (_folder, path) = file();
    let mut history = History::open(path, 20, DAY).unwrap();
    let counted = [Release {
        datasite: "a@x.org".to_owned(),
        slot_end: 1000,
        at: 1000,
        covers_s: 86_400.0,
        cpu: 50.0,
        scale: 10.0,
    }];
    history.record(1005, &round(1.0, 1), &counted).unwrap();
    for (range, seconds) in Range::ALL.into_iter().zip([900.0, 10_800.0, 86_400.0]) {
        let weight = history.bins(range, 1005).unwrap().last().unwrap().spread.weight;
        assert!((weight - seconds).abs() < 1e-9, "{range:?}: {weight}");
    }
}

#[test]
fn what_is_older_than_the_retention_is_forgotten() {
    let (_folder, path) = file();
    let mut history = History::open(path, 20, Duration::from_secs(100)).unwrap();
    for now in (0..=1000).step_by(20) {
        keep(&mut history, now, &round(1.0, 3));
    }
    let rows: u32 =
        history.connection.query_row("SELECT count(*) FROM round", (), |row| row.get(0)).unwrap();
    assert_eq!(rows, 6);
}

#[test]
fn rounds_of_a_clock_that_was_ahead_are_not_shown_as_the_present() {
    let (_folder, path) = file();
    let mut history = History::open(path, 20, DAY).unwrap();
    keep(&mut history, 9000, &round(1.0, 3));
    keep(&mut history, 1000, &round(1.0, 3));
    assert_eq!(at(&history.rounds(1000).unwrap()), [1000]);
}

#[test]
fn a_file_that_is_no_database_is_set_aside() {
    let (folder, path) = file();
    fs::write(&path, "{\"items\": [tor".repeat(100)).unwrap();
    let mut history = History::open(path.clone(), 20, DAY).unwrap();
    keep(&mut history, 1000, &round(1.0, 3));
    assert_eq!(at(&history.rounds(1000).unwrap()), [1000]);
    assert!(folder.path().join("history.sqlite.broken").exists());
}

#[test]
fn a_database_that_breaks_while_it_is_open_is_set_aside_at_the_next_round() {
    let (folder, path) = file();
    keep(&mut History::open(path.clone(), 20, DAY).unwrap(), 1000, &round(1.0, 3));
    let mut history = History::open(path.clone(), 20, DAY).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0x55); // every page but the first
    fs::write(&path, bytes).unwrap();
    keep(&mut history, 5000, &round(1.0, 3));
    assert_eq!(at(&history.rounds(5000).unwrap()), [5000]);
    assert!(folder.path().join("history.sqlite.broken").exists());
}

#[test]
fn another_programs_database_is_set_aside_whole() {
    for sql in [
        "CREATE TABLE song (title TEXT)",
        "CREATE TABLE round (hole INTEGER, strokes INTEGER)",
        "PRAGMA user_version = 9; PRAGMA application_id = 1129346413; CREATE TABLE round (x)",
    ] {
        let (folder, path) = file();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(&path).unwrap();
        let mut history = History::open(path.clone(), 20, DAY).unwrap();
        keep(&mut history, 1000, &round(1.0, 3));
        assert_eq!(at(&history.rounds(1000).unwrap()), [1000]);
        assert_eq!(fs::read(folder.path().join("history.sqlite.broken")).unwrap(), before, "{sql}");
    }
}

const FIRST_VERSION: &str = "
    CREATE TABLE round (at INTEGER PRIMARY KEY, step INTEGER NOT NULL, mean REAL, low REAL,
        high REAL, machines INTEGER NOT NULL);
    INSERT INTO round VALUES (980, 20, 1.0, 0.0, 2.0, 3);";

#[test]
fn a_history_of_the_first_version_is_kept() {
    let (folder, path) = file();
    Connection::open(&path).unwrap().execute_batch(FIRST_VERSION).unwrap();
    let mut history = History::open(path, 20, DAY).unwrap();
    keep(&mut history, 1000, &round(1.0, 3));
    assert_eq!(at(&history.rounds(1000).unwrap()), [980, 1000]);
    assert!(!folder.path().join("history.sqlite.broken").exists());
}

/// What a death leaves is the file and a part of SQLite's log: a head of 32 bytes, then pages of
/// 4096 bytes with 24 before each.
#[test]
fn a_leader_that_dies_while_it_makes_its_tables_goes_on_with_the_file() {
    for (first, kept) in [("", &[1000][..]), (FIRST_VERSION, &[980, 1000])] {
        let (folder, path) = file();
        Connection::open(&path).unwrap().execute_batch(first).unwrap();
        let alive = History::open(path.clone(), 20, DAY).unwrap();
        let log = fs::read(folder.path().join("history.sqlite-wal")).unwrap();
        let pages = (log.len() - 32) / 4120;
        assert!(pages >= 4, "the log was looked at: {pages}");
        for written in 0..=pages {
            let (folder, left) = file();
            fs::copy(&path, &left).unwrap();
            let log = &log[..32 + written * 4120];
            fs::write(folder.path().join("history.sqlite-wal"), log).unwrap();
            let mut history = History::open(left, 20, DAY).unwrap();
            keep(&mut history, 1000, &round(1.0, 3));
            assert_eq!(at(&history.rounds(1000).unwrap()), kept, "after {written} pages");
            let broken = folder.path().join("history.sqlite.broken");
            assert!(!broken.exists(), "set aside after {written} pages");
        }
        drop(alive);
    }
}

#[test]
fn tables_that_are_not_ours_are_set_aside_and_so_are_numbers_that_are_none() {
    for sql in [
        "DROP TABLE round; CREATE TABLE round (at INTEGER PRIMARY KEY, step INTEGER)",
        "DROP TABLE round; CREATE VIEW round AS SELECT 1 AS at, 20 AS step",
        "INSERT INTO round VALUES (980, 20, 'much', 1, 2, 3)",
        "INSERT INTO round VALUES (980, 20, 1, 1, 2, -1)",
        "DROP TABLE bin; CREATE TABLE bin (range)",
        "INSERT INTO bin VALUES ('hour', 20, 980, 'much', 0, 0, 0, 3, 3, 3, 3, 3)",
        "INSERT INTO bin VALUES ('hour', 20, 980, 1, 0, 0, 0, -3, 3, 3, 3, 3)",
        "DROP TABLE counted; CREATE TABLE counted (name)",
    ] {
        let (folder, path) = file();
        drop(History::open(path.clone(), 20, DAY).unwrap());
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let mut history = History::open(path, 20, DAY).unwrap();
        for now in [1000, 1020] {
            count(&mut history, now, &[("a@x.org", now, 10.0)]);
            history.bins(Range::Hour, now).unwrap();
            history.rounds(now).unwrap();
        }
        count(&mut history, 1040, &[("a@x.org", 1040, 10.0)]);
        assert_eq!(at(&history.rounds(1040).unwrap()).last(), Some(&1040), "{sql}");
        assert!(folder.path().join("history.sqlite.broken").exists(), "{sql}");
    }
}

#[test]
fn times_and_sums_that_no_leader_wrote_do_no_harm() {
    let (_folder, path) = file();
    let mut history = History::open(path.clone(), 20, DAY * 366_000).unwrap();
    let rows =
        "INSERT INTO round VALUES (-9223372036854775808, 20, 1, 1, 2, 3), (990, 20, 1, 1, 2, 3);
        INSERT INTO bin VALUES ('hour', 20, 990, 1, 0, 0, 0, 3, 3, 3, 3, 3),
            ('hour', 20, 980, 9e999, 9e999, 9e999, 9e999, 3, 3, 3, 3, 3)";
    Connection::open(&path).unwrap().execute_batch(rows).unwrap();
    count(&mut history, 1000, &[("a@x.org", 1000, 10.0)]);
    assert_eq!(at(&history.rounds(1000).unwrap()), [1000]);
    let bins = history.bins(Range::Hour, 1000).unwrap();
    assert_eq!(bins.iter().map(|bin| bin.at).collect::<Vec<_>>(), [980, 1000]);
    assert_eq!(bins[0].spread.mean(), None);
}

/// In no mean of the hour's chart, over whichever window, are fewer machines than were counted in it:
/// each of these machines always reports its own value, so that the sum tells who is in it.
fn nobody_is_counted_who_is_not_in_the_sums(history: &mut History, now: i64) {
    let bins = history.bins(Range::Hour, now).unwrap();
    let step = Range::Hour.step_s(history.round_s);
    let oldest = history.oldest(Range::Hour, now);
    for (at, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.at >= oldest) {
        for (place, window) in [step, 60, 300, 900].into_iter().enumerate() {
            let first = bin.at + i64::from(step) - i64::from(window.max(step));
            let window = bins[..=at].iter().filter(|bin| bin.at >= first);
            let releases = window.map(|bin| u32::from(bin.spread.weight > 0.0)).sum::<u32>();
            // One machine a bin, below.
            assert!(bin.reporters[place] <= releases, "{}: {:?} {releases}", bin.at, bin.reporters);
        }
    }
}

#[test]
fn a_machine_is_counted_in_a_window_only_while_its_release_is_in_the_windows_sums() {
    let names = ["a@x.org", "b@x.org", "c@x.org", "d@x.org"];
    let report = |history: &mut History, now: i64, machine: usize| {
        count(history, now, &[(names[machine], now, 10.0)]);
    };
    // Steps that do not divide the windows.
    let (_folder, path) = file();
    let mut history = History::open(path, 7, DAY).unwrap();
    for round in 0..100 {
        report(&mut history, 7000 + 7 * round, usize::try_from(round).unwrap() % 4);
    }
    nobody_is_counted_who_is_not_in_the_sums(&mut history, 7700);

    // A clock that was ahead for a moment, or is set back, or another pace.
    for (pace, first, then) in [
        (20, 10_100, 9980),
        (20, 10_000 + 2 * 86_400, 10_000),
        (20, 10_000 + 7200, 10_000),
        (60, 10_020, 10_080),
    ] {
        let (_folder, path) = file();
        let mut history = History::open(path.clone(), 20, DAY).unwrap();
        for machine in 0..3 {
            report(&mut history, 9900 + 20 * i64::try_from(machine).unwrap(), machine);
        }
        report(&mut history, first, 3);
        drop(history);
        let mut history = History::open(path.clone(), pace, DAY).unwrap();
        count(&mut history, then, &[("e@x.org", then, 10.0)]);
        nobody_is_counted_who_is_not_in_the_sums(&mut history, then);
        drop(history);
        let mut history = History::open(path, 20, DAY).unwrap();
        count(&mut history, then + 20, &[("f@x.org", then + 20, 10.0)]);
        nobody_is_counted_who_is_not_in_the_sums(&mut history, then + 20);
    }
}

#[test]
fn what_is_forgotten_takes_the_means_with_it_that_needed_it() {
    let (_folder, path) = file();
    let mut history = History::open(path.clone(), 20, Duration::from_secs(100)).unwrap();
    for round in 0..100_u8 {
        let (now, name) = (10_000 + 20 * i64::from(round), format!("{}@x.org", round % 40));
        count(&mut history, now, &[(&name, now, 10.0)]);
    }
    nobody_is_counted_who_is_not_in_the_sums(&mut history, 11_980);
    drop(history);
    let mut history = History::open(path, 20, DAY).unwrap();
    nobody_is_counted_who_is_not_in_the_sums(&mut history, 11_980);
}

#[test]
fn a_new_history_counts_nobody_whose_releases_went_with_the_old_one() {
    let (folder, path) = file();
    let mut history = History::open(path.clone(), 20, DAY).unwrap();
    for (name, now) in [("a@x.org", 1000), ("b@x.org", 1020), ("c@x.org", 1040)] {
        count(&mut history, now, &[(name, now, 10.0)]);
    }
    let broken = "DROP TABLE bin; CREATE TABLE bin (range)";
    Connection::open(&path).unwrap().execute_batch(broken).unwrap();
    count(&mut history, 1060, &[("d@x.org", 1060, 10.0)]);
    assert!(folder.path().join("history.sqlite.broken").exists());
    nobody_is_counted_who_is_not_in_the_sums(&mut history, 1060);
}

#[test]
fn at_another_pace_too_nothing_stays_for_ever() {
    let (_folder, path) = file();
    for (pace, now) in [(20, 1000), (60, 1020), (60, 1000 + 3 * 86_400)] {
        let mut history = History::open(path.clone(), pace, DAY).unwrap();
        count(&mut history, now, &[("a@x.org", now, 10.0)]);
    }
    let connection = Connection::open(&path).unwrap();
    for table in ["bin", "reporter"] {
        let oldest: i64 = connection
            .query_row(&format!("SELECT min(at) FROM {table}"), (), |row| row.get(0))
            .unwrap();
        assert!(oldest > 2 * 86_400, "{table}: {oldest}");
    }
}
