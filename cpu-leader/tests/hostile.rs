//! A network of which one machine in a hundred does its worst, round after round.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use cpu_leader::data_file::DataFile;
use cpu_leader::range::Range;
use cpu_leader::round::Leader;
use cpu_leader::settings::{Chosen, Settings};
use datasite::{ClientConfig, Workspace};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

const HONEST: usize = 990;
const HOSTILE: usize = 10;
const ROUNDS: i64 = 60;
/// A text that only hostile files and names hold.
const MARK: &str = "zq4711";

/// Reports of honest machines: the load is 30 % plus noise of ten points.
fn honest(rng: &mut ChaCha12Rng, slot_end: Timestamp) -> String {
    let size = -10.0 * (1.0 - rng.random::<f64>()).ln();
    report(if rng.random::<bool>() { 30.0 + size } else { 30.0 - size }, slot_end, 10.0, 300.0)
}

fn report(cpu: f64, slot_end: Timestamp, scale: f64, slot_s: f64) -> String {
    let time = slot_end.strftime("%Y-%m-%d %H:%M:%S");
    format!(
        r#"{{"cpu": {cpu:.2}, "timestamp": "{time}", "schema": 1, "{MARK}": "{MARK}",
        "mechanism": "discrete Laplace", "scale": {scale}, "grid": 0.00006103515625,
        "epsilon": 1.0, "protects_s": 30.0, "slot_s": {slot_s}}}"#
    )
}

/// Everything that a folder can hold where a report should be. Each clears what was before.
fn attack(number: usize, file: &Path, victim: &Path, now: Timestamp, rng: &mut ChaCha12Rng) {
    let folder = file.parent().unwrap();
    let app_data = folder.parent().unwrap();
    let _ = fs::remove_file(app_data);
    let _ = fs::remove_dir_all(app_data);
    fs::create_dir_all(folder).unwrap();
    let soon = now + SignedDuration::from_secs(59);
    let text = |json: &str| fs::write(file, json).unwrap();
    let with = |key: &str, value: &str| {
        let honest = report(30.0, now, 10.0, 300.0);
        let place = honest.find(&format!("\"{key}\"")).unwrap();
        let end = honest[place..].find([',', '}']).unwrap() + place;
        fs::write(file, format!("{}\"{key}\": {value}{}", &honest[..place], &honest[end..]))
            .unwrap();
    };
    let numbers = ["NaN", "-Infinity", "1e308", "-1e308", "1e999", "null", "\"30\"", "true", "[]"];
    match number {
        0 => text(""),
        1 => text(&MARK.repeat(1000)),
        2 => text(&"[".repeat(60_000)),
        3 => text(&" ".repeat(70_000)),
        4 => File::create(file).unwrap().set_len(1 << 40).unwrap(), // a terabyte of zeros
        5 => fs::write(file, (0..500).map(|_| rng.random::<u8>()).collect::<Vec<_>>()).unwrap(),
        6 => with("cpu", numbers[rng.random_range(0..numbers.len())]),
        7 => with("scale", ["0", "-10", "1e-300", "501", "1e999"][rng.random_range(0..5)]),
        8 => with("slot_s", ["0", "1", "-300", "86401", "1e300"][rng.random_range(0..5)]),
        9 => with("epsilon", ["0", "-1", "1e300", "\"\""][rng.random_range(0..4)]),
        10 => {
            with("timestamp", ["0", "\"2099-01-01 00:00:00\"", "\"now\""][rng.random_range(0..3)]);
        }
        11 => with("cpu", "1, \"cpu\": 99"),
        12 => fs::create_dir(file).unwrap(),
        13 => symlink("/dev/zero", file).unwrap(),
        14 => symlink(victim, file).unwrap(),
        15 => {
            let short = victim.ancestors().nth(4).unwrap().join("socket"); // their names have a limit
            drop(UnixListener::bind(&short).unwrap());
            fs::rename(short, file).unwrap();
        }
        16 => assert!(Command::new("mkfifo").arg(file).status().unwrap().success()),
        17 => {
            fs::remove_dir_all(app_data).unwrap();
            symlink(app_data, app_data).unwrap();
        }
        // What is believed, because an honest machine might say it.
        18 => text(&report(15_100.0, now, 500.0, 300.0)),
        19 => text(&report(-15_000.0, soon, 500.0, 86_400.0)),
        20 => text(&report(100.0, soon, 1e-6, 2.0)),
        _ => text(&report(0.0, now, 500.0, 1.001)),
    }
}
const ATTACKS: usize = 22;

/// Names that are datasites, as far as their form goes.
fn hostile_name(number: usize) -> String {
    match number {
        0 => format!("<script>{MARK}</script>@x.org").replace('/', ""),
        1 => format!("\"{MARK}\"');DROP-TABLE-round;--@x.org"),
        2 => format!("{MARK}\u{202e}gro.x@x.org"),
        3 => format!("{MARK}{}@x.org", "a".repeat(200)),
        4 => "M1@X.ORG".to_owned(), // the twin of an honest one
        _ => format!("{MARK}{number}@x.org"),
    }
}

#[test]
fn one_in_a_hundred_costs_nobody_a_place_and_moves_the_median_by_no_more_than_its_share() {
    let root = tempfile::tempdir().unwrap();
    let datasites = root.path().join("datasites");
    let file = |name: &str| datasites.join(name).join("app_data/cpu_tracker/cpu_tracker.json");
    fs::create_dir_all(datasites.join("leader@x.org")).unwrap();
    let honest_files: Vec<PathBuf> = (0..HONEST).map(|n| file(&format!("m{n}@x.org"))).collect();
    for path in &honest_files {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
    }
    let hostile_files: Vec<PathBuf> = (0..HOSTILE).map(|n| file(&hostile_name(n))).collect();

    let config = ClientConfig {
        path: root.path().join("config.json"),
        email: "leader@x.org".parse().unwrap(),
        data_dir: root.path().to_path_buf(),
    };
    let settings = Settings::load(&Chosen::default(), None, Path::new("/nowhere")).unwrap();
    let mut leader =
        Leader::open(Workspace::open(&config).unwrap(), root.path(), settings, None).unwrap();
    let public = datasites.join("leader@x.org/public/cpu_tracker");

    let mut rng = ChaCha12Rng::seed_from_u64(80);
    let start: Timestamp = "2026-11-24T03:00:00Z".parse().unwrap();
    let mut warned = 0;
    for round in 0..ROUNDS {
        let now = start + SignedDuration::from_secs(20 * round);
        if round % 15 == 0 {
            for path in &honest_files {
                fs::write(path, honest(&mut rng, now)).unwrap();
            }
        }
        for (n, path) in hostile_files.iter().enumerate() {
            let number = (usize::try_from(round).unwrap() + 7 * n) % ATTACKS;
            attack(number, path, &honest_files[n], now, &mut rng);
        }
        let aggregate = leader.round(now + SignedDuration::from_secs(3)).unwrap();
        assert!((HONEST..=HONEST + HOSTILE).contains(&aggregate.machines), "round {round}");
        // 10 of 1000 move the median by a hundredth of the values; noise by 10 / √1000 points.
        let median = aggregate.median.unwrap();
        assert!((median.value - 30.0).abs() < 2.0, "round {round}: {median:?}");
        // A liar moves the mean, by its share at most; then readers are told.
        let mean = aggregate.mean.unwrap();
        let share = 15_100.0 * 10.0 / 990.0;
        assert!((mean.value - 30.0).abs() < share + 2.0, "round {round}: {mean:?}");
        if (mean.value - 30.0).abs() > 5.0 {
            assert!(median.parted, "round {round}: {mean:?}, {median:?}");
            warned += 1;
        }
        for range in Range::ALL {
            let bytes = fs::read(public.join(range.file())).unwrap();
            let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert!(!json.to_string().contains(MARK));
        }
    }
    assert!(warned > 5, "the worst lies were told in only {warned} rounds");
    let data: DataFile =
        serde_json::from_slice(&fs::read(public.join(Range::Hour.file())).unwrap()).unwrap();
    assert_eq!(data.chart.single.mean.iter().flatten().count(), 60, "no round was lost");
    let page = fs::read_to_string(public.join("index.html")).unwrap();
    let badge = fs::read_to_string(public.join("badge.svg")).unwrap();
    assert!(!page.contains(MARK) && !badge.contains(MARK));
}
