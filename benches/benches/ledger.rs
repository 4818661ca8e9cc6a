//! How many payments a second does a ledger take, and how large is its file after a million?
//!
//! A payment from a file opens it, locks it, reads it, and changes it in two places, each of which
//! is durable before the next step: what it takes at least are two writes of 4 KiB, each with an
//! `fdatasync`, which is measured beside it on the same disk. Time on the wall, since waiting for
//! the disk and for each other is what takes it; the longest time that one payment took says how
//! fair the lock is.

use std::{
    env,
    fs::{self, File},
    io::{self, BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use benches::{Options, Section};
use dp_core::{Bounds, Clamped, Epsilon, Ledger, PrivacyUnit, Private};

fn main() {
    if let Ok(path) = env::var(LEDGER) {
        return pay_in_a_child(&PathBuf::from(path));
    }
    let options = Options::from_arguments();
    let mut section = Section::new("ledger");
    let time = if options.test { Duration::ZERO } else { Duration::from_secs(5) };

    section.head(&["Payments", "a second", "longest of them, ms", "of two bare syncs"]);
    section.line(in_memory(time).row("in memory", None));
    let disk = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for (name, folder) in [("tmpfs", Path::new("/dev/shm")), ("disk", &disk)] {
        if !folder.exists() {
            continue;
        }
        let path = folder.join("payments.ledger");
        let fresh = || {
            let _ = fs::remove_file(&path);
            drop(create(&path));
        };
        fresh();
        let (one, bare) = beside_bare_syncs(&path, time, None);
        section.line(bare.row(&format!("{name}: two bare syncs instead"), None));
        section.line(one.row(&format!("{name}: one thread"), Some(&bare)));
        let (labelled, bare) = beside_bare_syncs(&path, time, Some("people who vote"));
        section.line(labelled.row(&format!("{name}: with a history of 100"), Some(&bare)));
        fresh();
        let threads = threads(&path, 8, time);
        section.line(threads.row(&format!("{name}: 8 threads contending"), None));
        let processes = processes(&path, 4, time);
        section.line(processes.row(&format!("{name}: 4 processes contending"), None));
        fs::remove_file(&path).expect("there");
    }

    let payments = if options.test { 10 } else { 1_000_000 };
    section.line(format!(
        "\nThe file has {} bytes when it is created, and {} after {payments} payments.",
        size_after(0),
        size_after(payments)
    ));
    section.finish(options);
}

/// The variable that tells a child which ledger to pay from.
const LEDGER: &str = "DP_CORE_BENCH_LEDGER";
/// The variable that tells it how many milliseconds long.
const TIME: &str = "DP_CORE_BENCH_TIME";

/// What was done in a time.
#[derive(Debug, Default)]
struct Tally {
    times: u32,
    longest: Duration,
    took: Duration,
}

impl Tally {
    /// As often as possible in that time, once at least.
    fn of(time: Duration, mut once: impl FnMut()) -> Self {
        let start = Instant::now();
        let (mut times, mut longest, mut took) = (0, Duration::ZERO, Duration::ZERO);
        while times == 0 || took < time {
            once();
            let now = start.elapsed();
            longest = longest.max(now.saturating_sub(took));
            (times, took) = (times + 1, now);
        }
        Self { times, longest, took }
    }

    /// And those, too.
    fn add(&mut self, other: &Self) {
        self.times += other.times;
        self.longest = self.longest.max(other.longest);
        self.took += other.took;
    }

    /// All of them, at the same time.
    fn at_once(tallies: &[Self]) -> Self {
        Self {
            times: tallies.iter().map(|tally| tally.times).sum(),
            longest: tallies.iter().map(|tally| tally.longest).max().expect("several"),
            took: tallies.iter().map(|tally| tally.took).max().expect("several"),
        }
    }

    fn a_second(&self) -> f64 {
        f64::from(self.times) / self.took.as_secs_f64()
    }

    fn row(&self, name: &str, bare: Option<&Self>) -> String {
        let share = bare
            .map_or("–".to_owned(), |bare| format!("{:.2}", self.a_second() / bare.a_second()));
        let longest = self.longest.as_secs_f64() * 1e3;
        format!("| {name} | {:.0} | {longest:.1} | {share} |", self.a_second())
    }
}

fn in_memory(time: Duration) -> Tally {
    let budget = Epsilon::new(100.0).expect("in range");
    let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), budget);
    let data = data();
    Tally::of(time, || pay(&mut ledger, &data, None))
}

/// Payments, and in turn with them what they take at least: a disk changes its speed within seconds.
fn beside_bare_syncs(path: &Path, time: Duration, label: Option<&str>) -> (Tally, Tally) {
    let (mut ledger, data) = (Ledger::open(path).expect("whole"), data());
    if label.is_some() && !time.is_zero() {
        (0..100).for_each(|_| pay(&mut ledger, &data, label));
    }
    let beside = path.with_extension("bare");
    let mut file = File::create(&beside).expect("created");
    file.write_all(&vec![0; 128 * 1024]).and_then(|()| file.sync_all()).expect("written");
    let mut page = [0_u8; 4096];
    let mut bare = || {
        for place in [0, 64 * 1024] {
            page[0] = page[0].wrapping_add(1);
            file.seek(SeekFrom::Start(place)).expect("there");
            file.write_all(&page).and_then(|()| file.sync_data()).expect("written");
        }
    };
    let (mut payments, mut bares) = (Tally::default(), Tally::default());
    while payments.times == 0 || payments.took + bares.took < 2 * time {
        payments.add(&Tally::of(Duration::ZERO, || pay(&mut ledger, &data, label)));
        bares.add(&Tally::of(Duration::ZERO, &mut bare));
    }
    fs::remove_file(beside).expect("there");
    (payments, bares)
}

fn one_payer(path: &Path, time: Duration) -> Tally {
    let (mut ledger, data) = (Ledger::open(path).expect("whole"), data());
    Tally::of(time, || pay(&mut ledger, &data, None))
}

fn threads(path: &Path, count: usize, time: Duration) -> Tally {
    let start = Barrier::new(count);
    let one = || {
        start.wait();
        one_payer(path, time)
    };
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    Tally::at_once(&tallies)
}

fn processes(path: &Path, count: usize, time: Duration) -> Tally {
    let child = || {
        Command::new(env::current_exe().expect("known"))
            .env(LEDGER, path)
            .env(TIME, time.as_millis().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs")
    };
    let mut children: Vec<_> = (0..count).map(|_| child()).collect();
    for child in &mut children {
        writeln!(child.stdin.as_mut().expect("piped"), "go").expect("told");
    }
    let tallies: Vec<Tally> = children
        .into_iter()
        .map(|mut child| {
            let mut said = String::new();
            let stdout = child.stdout.take().expect("piped");
            BufReader::new(stdout).read_line(&mut said).expect("heard");
            child.wait().expect("ended");
            let mut numbers = said.split_whitespace().map(|word| word.parse().expect("a number"));
            let mut next = || numbers.next().expect("three numbers");
            Tally {
                times: u32::try_from(next()).expect("few"),
                longest: Duration::from_micros(next()),
                took: Duration::from_micros(next()),
            }
        })
        .collect();
    Tally::at_once(&tallies)
}

fn pay_in_a_child(path: &Path) {
    let time = env::var(TIME).ok().and_then(|time| time.parse().ok()).expect("milliseconds");
    io::stdin().lock().read_line(&mut String::new()).expect("told");
    let tally = one_payer(path, Duration::from_millis(time));
    println!("{} {} {}", tally.times, tally.longest.as_micros(), tally.took.as_micros());
}

fn size_after(payments: u32) -> u64 {
    let folder = Path::new("/dev/shm");
    let folder = if folder.exists() { folder.to_owned() } else { env::temp_dir() };
    let path = folder.join("million.ledger");
    let _ = fs::remove_file(&path);
    let (mut ledger, data) = (create(&path), data());
    (0..payments).for_each(|_| pay(&mut ledger, &data, None));
    let size = fs::metadata(&path).expect("there").len();
    fs::remove_file(path).expect("there");
    size
}

fn create(path: &Path) -> Ledger {
    let budget = Epsilon::new(100.0).expect("in range");
    Ledger::create(path, PrivacyUnit::Values(1), budget).expect("created")
}

fn data() -> Clamped {
    Private::new(vec![10.0, 20.0]).clamp(Bounds::new(0.0, 100.0).expect("a range"))
}

fn pay(ledger: &mut Ledger, data: &Clamped, label: Option<&str>) {
    let loss = Epsilon::new(1e-9).expect("in range");
    let paid = match label {
        Some(label) => ledger.pay_as(label, data.sum(), loss),
        None => ledger.pay(data.sum(), loss),
    };
    drop(paid.expect("within the budget"));
}
