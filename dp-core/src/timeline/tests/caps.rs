//! Caps: when they pause, what they remember, and how they change.

use std::time::UNIX_EPOCH;

use super::*;

/// The true time of a machine in milliseconds, and the clocks that it has.
#[derive(Clone, Default)]
pub(super) struct Machine {
    time: Arc<AtomicU64>,
    pub(super) suspended: Arc<AtomicU64>,
    pub(super) set_back: Arc<AtomicU64>,
}

/// When a simulation begins, in seconds since the epoch.
const START: u64 = 1_800_000_000;

impl Machine {
    pub(super) fn open(&self, path: &Path) -> Timeline {
        self.on(Timeline::open(path).expect("whole"))
    }

    fn on(&self, timeline: Timeline) -> Timeline {
        let (began, machine, wall) = (Instant::now(), self.clone(), self.clone());
        let now = move || {
            let suspended = machine.suspended.load(Ordering::Relaxed);
            began + Duration::from_millis(machine.now() - suspended)
        };
        timeline
            .with_simulated_clock(Arc::new(now))
            .with_simulated_wall_clock(Arc::new(move || wall.wall()))
    }

    pub(super) fn now(&self) -> u64 {
        self.time.load(Ordering::Relaxed)
    }

    pub(super) fn wall(&self) -> SystemTime {
        let set_back = self.set_back.load(Ordering::Relaxed);
        UNIX_EPOCH + Duration::from_millis(START * 1000 + self.now() - set_back)
    }

    pub(super) fn pass(&self, milliseconds: u64) {
        self.time.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Records a window that lasts for `milliseconds` and pays for it; says what it was charged.
    fn release(&self, timeline: &mut Timeline, milliseconds: u64) -> Result<TotalEpsilon, Error> {
        self.read_slowly(timeline, milliseconds, 0)
    }

    /// As `release`, where the second reading comes so much after the window's end.
    pub(super) fn read_slowly(
        &self,
        timeline: &mut Timeline,
        milliseconds: u64,
        late: u64,
    ) -> Result<TotalEpsilon, Error> {
        let window = timeline.record(percent())?;
        self.pass(milliseconds);
        let costs = window.costs;
        let closed = window.close()?;
        self.pass(late);
        closed.pay(Private::new(50.0)).map(|_| costs)
    }
}

pub(super) fn total(epsilon: f64) -> TotalEpsilon {
    TotalEpsilon::new(epsilon).expect("in range")
}

pub(super) fn cap(seconds: u64, epsilon: f64) -> Cap {
    Cap { stretch: Duration::from_secs(seconds), loss: total(epsilon) }
}

pub(super) fn under(promise: Promise, caps: &[Cap]) -> Terms {
    Terms { caps: caps.to_vec(), ..promise.into() }
}

pub(super) fn capped(promise: Promise, caps: &[Cap]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    drop(Timeline::create(&path, under(promise, caps)).expect("created"));
    (folder, path)
}

fn charged(path: &Path) -> Vec<TotalEpsilon> {
    let text = StateFile::peek(path, KIND).expect("whole");
    let (_, charges) = decode(&text).expect("whole");
    // At the beginning of time nothing is forgotten.
    charges.standings(TotalEpsilon::ZERO, UNIX_EPOCH).iter().map(|cap| cap.charged).collect()
}

fn is_paused(outcome: &Result<TotalEpsilon, Error>) -> bool {
    matches!(outcome, Err(Error::Paused { .. }))
}

#[test]
fn a_cap_pauses_until_it_says_and_no_longer() {
    let promise = promise(1000, 4000);
    let four = 4.0 * f64::from(promise.loss_of_window(percent()).expect("sensible"));
    let (_folder, path) = capped(promise, &[cap(3600, four)]);
    let machine = Machine::default();
    let mut timeline = machine.open(&path);
    for _ in 0..4 {
        machine.release(&mut timeline, 4000).expect("exactly four fit");
    }
    for round in 0..5 {
        let Err(Error::Paused { until, stretch, charged, .. }) = timeline.record(percent()) else {
            panic!("a fifth window fits in round {round}");
        };
        assert_eq!((stretch, charged), (Duration::from_secs(3600), total(four)));
        let pause = until.duration_since(machine.wall()).expect("in the future");
        assert!(pause.as_secs() < 3600 + 3600 / 30, "{pause:?}");
        machine.pass(u64::try_from(pause.as_millis()).expect("an hour") - 1);
        assert!(is_paused(&machine.release(&mut timeline, 4000)), "a millisecond too early");
        machine.pass(1);
        while machine.release(&mut timeline, 4000).is_ok() {}
        assert!(machine.wall() > until, "the time had come");
    }
}

/// A short window is dated up to two seconds ahead. That must not push an earlier one, which was
/// dated when it ended, out of a stretch that still touches it.
#[test]
fn a_charge_that_is_dated_ahead_makes_no_earlier_one_forgotten() {
    let two = 2.0 * f64::from(promise(300, 300).loss_of_window(percent()).expect("sensible"));
    let (_folder, path) = capped(promise(300, 300), &[cap(10, two)]);
    let machine = Machine::default();
    let mut timeline = machine.open(&path);
    machine.release(&mut timeline, 20_990).expect("the first");
    machine.pass(29_000 - 20_990);
    machine.release(&mut timeline, 300).expect("the second, dated 31 s");
    assert!(is_paused(&machine.release(&mut timeline, 300)), "8.31 s touch three windows");
}

#[test]
fn a44_a_clock_that_is_set_back_frees_nothing_whatever_is_restarted() {
    let (_folder, path) = capped(promise(1000, 4000), &[cap(60, 4.0)]);
    let machine = Machine::default();
    machine.pass(500_000);
    machine.release(&mut machine.open(&path), 4000).expect("one fits");
    for _ in 0..3 {
        machine.set_back.fetch_add(100_000, Ordering::Relaxed);
        machine.pass(1000);
        assert!(is_paused(&machine.release(&mut machine.open(&path), 4000)));
    }
    machine.pass(300_000);
    assert!(is_paused(&machine.release(&mut machine.open(&path), 4000)), "not caught up yet");
    machine.pass(70_000);
    machine.release(&mut machine.open(&path), 4000).expect("caught up, and a minute later");
}

/// The documented limit, and its remedy: nothing frees a cap but the clock or an era on record.
#[test]
fn a44_a_clock_that_was_far_ahead_pauses_until_then_or_until_the_cap_is_lifted() {
    let (_folder, path) = capped(promise(1000, 4000), &[cap(60, 4.0)]);
    let machine = Machine::default();
    let year = 365 * 86_400_000;
    machine.pass(year);
    machine.release(&mut machine.open(&path), 4000).expect("one fits");
    machine.set_back.fetch_add(year, Ordering::Relaxed);
    machine.pass(100_000);
    let mut timeline = machine.open(&path);
    let refusal = machine.release(&mut timeline, 4000).expect_err("paused").to_string();
    assert!(refusal.contains("paused until 2028-01-15"), "{refusal}");
    timeline.begin_era(promise(1000, 4000).into()).expect("room");
    machine.release(&mut timeline, 4000).expect("lifted");
    timeline.begin_era(under(promise(1000, 4000), &[cap(60, 4.0)])).expect("room");
    machine.release(&mut timeline, 4000).expect("a new cap counts from here on");
    assert!(is_paused(&machine.release(&mut timeline, 4000)));
    assert_eq!(timeline.eras().len(), 3, "on record for ever");
}

#[test]
fn a44_a_cap_that_is_lowered_below_what_is_charged_refuses_everything_until_it_has_passed() {
    let (_folder, path) = capped(promise(1000, 4000), &[cap(60, 100.0)]);
    let machine = Machine::default();
    let mut timeline = machine.open(&path);
    for _ in 0..5 {
        machine.release(&mut timeline, 4000).expect("far below the cap");
    }
    let lower = under(promise(1000, 4000), &[cap(60, 8.0)]);
    timeline.begin_era(lower).expect("one window fits");
    let refusal = machine.release(&mut timeline, 4000).expect_err("paused").to_string();
    assert!(refusal.contains("paused until 2027-01-15 08:0"), "{refusal}");
    assert!(refusal.contains("cost ε = 19.9") && refusal.contains("cap of ε = 8"), "{refusal}");
    drop(timeline);
    let mut timeline = machine.open(&path);
    assert!(is_paused(&machine.release(&mut timeline, 4000)), "after a restart, too");
    machine.pass(64_000);
    machine.release(&mut timeline, 4000).expect("it has passed");
    let caps: Vec<_> = timeline.eras().iter().map(|era| era.terms.caps.clone()).collect();
    assert_eq!(caps, [[cap(60, 100.0)], [cap(60, 8.0)]], "both are shown for ever");
}

#[test]
fn a40_a_charge_is_on_disk_before_its_receipt_exists_and_without_it_there_is_none() {
    let (folder, path) = capped(promise(1000, 4000), &[cap(60, 50.0), cap(3600, 90.0)]);
    let machine = Machine::default();
    let mut timeline = machine.open(&path);
    let costs = promise(1000, 4000).loss_of_window(percent()).expect("sensible");
    let window = timeline.record(percent()).expect("affordable");
    machine.pass(4000);
    let receipt = window.close().expect("long enough").pay(Private::new(50.0)).expect("there");
    assert_eq!(charged(&path), [costs, costs]);
    drop(receipt);
    let window = timeline.record(percent()).expect("affordable");
    machine.pass(4000);
    fs::rename(&path, folder.path().join("aside")).expect("renamed");
    let paid = window.close().expect("long enough").pay(Private::new(50.0));
    assert!(matches!(paid, Err(Error::Replaced { .. })));
}

#[test]
fn a_window_that_is_not_released_costs_nothing() {
    let (_folder, path) = capped(promise(1000, 4000), &[cap(60, 4.0)]);
    let machine = Machine::default();
    let mut timeline = machine.open(&path);
    for _ in 0..10 {
        timeline.record(percent()).expect("nothing was charged");
        let too_short = machine.release(&mut timeline, 3999);
        assert!(matches!(too_short, Err(Error::TooShort { .. })));
    }
    assert_eq!(charged(&path), [TotalEpsilon::ZERO]);
}

/// What a busy machine delays, by up to a second, moves no pause.
#[test]
fn how_late_within_its_slot_a_window_begins_and_ends_decides_nothing() {
    let said = |late_at_start: u64, late_at_end: u64| {
        let (_folder, path) = capped(promise(1000, 4000), &[cap(64, 4.0)]);
        let machine = Machine::default();
        machine.pass(1_000_000 + late_at_start);
        machine.release(&mut machine.open(&path), 4000 + late_at_end).expect("one fits");
        match machine.open(&path).record(percent()) {
            Err(Error::Paused { until, .. }) => until,
            _ => panic!("a second one fits"),
        };
        let text = StateFile::peek(&path, KIND).expect("whole");
        // Not the era's date, which is that of this computer.
        text.lines().filter(|line| line.starts_with("charged")).collect::<String>()
    };
    // 3 s into a slot of Recent's, of 3 s each: a second's delay would move on to the next one.
    for second in [0, 1000, 2000] {
        let calm = said(second, 0);
        for (start, end) in [(1, 0), (0, 1), (0, 999), (500, 400), (999, 1)] {
            assert_eq!(said(second + start, end), calm, "{second} {start} {end}");
        }
    }
}

#[test]
fn a_timeline_without_caps_reads_and_writes_as_it_always_did() {
    let old = "era 5 epsilon 1000000000 protects 1000000000 window 4000000000\n";
    let (eras, charges) = decode(old).expect("whole");
    assert!(charges.is_empty() && eras[0].terms.caps.is_empty());
    assert_eq!(era::encode(&eras, &charges), old);
    let (_folder, path) = fresh(promise(1000, 4000));
    let before = fs::read(&path).expect("there");
    let machine = Machine::default();
    let mut timeline = machine.open(&path);
    for _ in 0..100 {
        machine.release(&mut timeline, 4000).expect("no cap");
    }
    assert_eq!(fs::read(&path).expect("there"), before, "no writes per window");
}

#[test]
fn a_cap_that_allows_nothing_or_no_sensible_stretch_is_refused() {
    let (_folder, path) = fresh(promise(1000, 4000));
    let mut timeline = Timeline::open(&path).expect("whole");
    let begin = |timeline: &mut Timeline, caps: &[Cap]| {
        timeline.begin_era(under(promise(1000, 4000), caps))
    };
    let refused = begin(&mut timeline, &[cap(60, 3.9)]).expect_err("too low").to_string();
    assert!(refused.contains("a single window costs ε = 4"), "{refused}");
    for caps in [&[cap(0, 9.0)][..], &[cap(400 * 86_400, 9.0)], &[cap(9, 9.0); 2]] {
        assert!(matches!(begin(&mut timeline, caps), Err(Error::Cap { .. })), "{caps:?}");
    }
    let many: Vec<Cap> = (1..=9).map(|seconds| cap(seconds, 9.0)).collect();
    assert!(matches!(begin(&mut timeline, &many), Err(Error::Cap { .. })));
    assert_eq!(timeline.eras().len(), 1, "nothing was changed");
    begin(&mut timeline, &many[..8]).expect("eight are not too many");
    let costlier = timeline.begin_era(under(promise(1000, 20_000), &many[..8]));
    assert!(matches!(costlier, Err(Error::CapTooLow { .. })));
}

#[test]
fn a42_caps_that_are_not_charged_as_they_should_are_refused() {
    let whole = "era 5 epsilon 1000000000 protects 1000000000 window 4000000000 \
                 cap 60 loss 9000000000 cap 3600 loss 9000000000\n\
                 charged 60 1000 499:4000000000 500:4000000000\ncharged 3600 0\n";
    let (eras, charges) = decode(whole).expect("whole");
    assert_eq!(era::encode(&eras, &charges), whole);
    for (from, to) in [
        ("charged 3600 0\n", ""),
        ("charged 3600 0\n", "charged 3600 0\ncharged 3600 0\n"),
        ("charged 3600 0\n", "charged 3600\n"),
        ("charged 60 ", "charged 61 "),
        ("500:4000000000", "500:-4"),
        ("500:4000000000", "500:99999999999999999999999999999999999999"),
        ("500:", "498:"),
        ("cap 60 loss 9000000000", "cap 60 loss 3000000000"), // below a single window
        ("cap 60 loss 9000000000", "cap 60 loss"),
        ("cap 3600", "cap 60"),
        ("cap 60", "cap 0"),
        (" cap 60 loss 9000000000", ""),
    ] {
        let damaged = whole.replace(from, to);
        assert!(damaged != whole && decode(&damaged).is_none(), "{from} -> {to}");
    }
}

#[test]
fn what_caps_remember_always_fits_beside_the_eras() {
    let caps: Vec<Cap> = (1..=8).map(|n| cap(366 * 86_400 - n, 1e9)).collect();
    let (_folder, path) = capped(promise(1000, 4000), &caps);
    let machine = Machine::default();
    let mut timeline = machine.open(&path);
    while timeline.begin_era(under(promise(1000, 4000), &caps)).is_ok() {}
    assert!(timeline.eras().len() > 100, "{}", timeline.eras().len());
    for _ in 0..80 {
        machine.pass(6 * 86_400_000);
        machine.release(&mut timeline, 4000).expect("there is room for the charge");
    }
}
