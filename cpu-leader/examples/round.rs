//! How long a warm round takes over many datasites, beside a bare loop that opens and reads the
//! same files: `cargo run --release -p cpu-leader --example round -- 10000`. With `hostile` as a
//! second argument one member in a hundred does what costs the leader most.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use cpu_leader::round::Leader;
use cpu_leader::settings::{Chosen, Settings};
use datasite::{ClientConfig, Workspace};
use jiff::Timestamp;

const ROUNDS: u32 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let count = std::env::args().nth(1).map_or(Ok(10_000), |text| text.parse())?;
    let hostile = std::env::args().nth(2).is_some_and(|text| text == "hostile");
    let folder = tempfile::tempdir()?;
    let now = Timestamp::now();
    let files = make(folder.path(), count, now, hostile)?;

    let config = ClientConfig {
        path: folder.path().join("config.json"),
        email: "leader@example.org".parse()?,
        data_dir: folder.path().to_path_buf(),
    };
    let settings = Settings::load(&Chosen::default(), None, folder.path())?;
    let mut leader = Leader::open(Workspace::open(&config)?, folder.path(), settings, None)?;
    let start = Instant::now();
    leader.round(now)?;
    let first = start.elapsed();
    let round = shortest(|| Ok(black_box(leader.round(now)?.machines)))?;

    // The list of files is made before, so this is less than any leader has to do.
    let mut content = Vec::new();
    let loop_ = shortest(|| {
        for file in &files {
            content.clear();
            fs::File::open(file)?.read_to_end(&mut content)?;
            black_box(&content);
        }
        Ok(files.len())
    })?;

    println!("{count} datasites, the shortest of {ROUNDS} after a first one");
    println!("a first round:     {:>8.1} ms", first.as_secs_f64() * 1e3);
    println!("a round:           {:>8.1} ms", round.as_secs_f64() * 1e3);
    println!("opening, reading:  {:>8.1} ms", loop_.as_secs_f64() * 1e3);
    for line in fs::read_to_string("/proc/self/status")?.lines() {
        if line.starts_with("VmHWM") || line.starts_with("VmRSS") {
            println!("{line}");
        }
    }
    Ok(())
}

/// Members, nineteen of twenty with our report, the others with the original's.
fn make(
    root: &Path,
    count: usize,
    now: Timestamp,
    hostile: bool,
) -> Result<Vec<String>, Box<dyn Error>> {
    fs::create_dir_all(root.join("datasites/leader@example.org"))?;
    let time = now.strftime("%Y-%m-%d %H:%M:%S");
    let mut files = Vec::with_capacity(count);
    for number in 0..count {
        let member = root.join(format!("datasites/member{number}@example.org"));
        let folder = member.join("app_data/cpu_tracker");
        fs::create_dir_all(&folder)?;
        let cpu = number % 100;
        let report = if hostile && number % 100 == 7 {
            worst(number, &time.to_string())
        } else if number % 20 == 0 {
            format!("{{\n    \"cpu\": {cpu}.5,\n    \"timestamp\": \"{time}\"\n}}")
        } else {
            format!(
                "{{\n    \"cpu\": {cpu}.42,\n    \"timestamp\": \"{time}\",\n    \"schema\": 1,\n    \
                 \"mechanism\": \"discrete Laplace\",\n    \"scale\": 10.033444816053512,\n    \
                 \"grid\": 0.00006103515625,\n    \"epsilon\": 1.0,\n    \"protects_s\": 30.0,\n    \
                 \"slot_s\": 300.0\n}}"
            )
        };
        let file = folder.join("cpu_tracker.json");
        fs::write(&file, report)?;
        files.push(file.to_string_lossy().into_owned());
    }
    Ok(files)
}

/// Files at the limit of what is read, deep nesting, and noise of ever another scale that weighs
/// as much as allowed.
fn worst(number: usize, time: &str) -> String {
    match number / 100 % 3 {
        0 => " ".repeat(64 * 1024),
        1 => "[".repeat(64 * 1024 - 1),
        _ => format!(
            r#"{{"cpu": 1.0, "timestamp": "{time}", "schema": 1, "mechanism": "discrete Laplace",
            "scale": {}, "grid": 0.00006103515625, "epsilon": 1.0, "protects_s": 30.0, "slot_s": 86400.0}}"#,
            500.0 - f64::from(u32::try_from(number).unwrap_or(0)) * 1e-6,
        ),
    }
}

fn shortest(
    mut work: impl FnMut() -> Result<usize, Box<dyn Error>>,
) -> Result<Duration, Box<dyn Error>> {
    work()?;
    let mut shortest = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        black_box(work()?);
        shortest = shortest.min(start.elapsed());
    }
    Ok(shortest)
}
