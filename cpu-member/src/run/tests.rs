//! The member's life, simulated: late wake-ups, clocks that jump, suspended machines, counters that
//! cannot be read, kills and restarts. Whatever happens, no instant is released twice, and one
//! changed stretch moves all published means together by at most its share.

use std::{
    cell::RefCell,
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use datasite::PeerReport;
use dp_core::{Epsilon, Promise, Terms};
use jiff::Timestamp;
use rand::{TryCryptoRng, TryRng};

use super::*;
use world::{READING, Reading, SharedWorld, Simulated, load, mean};

mod memory;
mod world;

const SLOT: Duration = Duration::from_secs(5);
const WINDOW: Duration = Duration::from_secs(4);
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// Longer than a window, so that a stretch can touch several.
const PROTECTS: Duration = Duration::from_millis(5500);
const ANCHOR: i64 = 1_800_000_003;

/// A value that left, the reading it comes from, and when.
struct Published {
    reading: Reading,
    slot: Slot,
    stated_end: Timestamp,
    left_at: Timestamp,
}

impl Published {
    /// What the clock on the wall said at the ends of the reading.
    fn clocks(&self) -> (Timestamp, Timestamp) {
        let Reading { from, until, clocks, .. } = self.reading;
        let at = |elapsed, ahead| {
            Timestamp::UNIX_EPOCH + ahead + SignedDuration::try_from(elapsed).unwrap()
        };
        (at(from, clocks.0), at(until, clocks.1))
    }
}

fn promise() -> Promise {
    let epsilon = Epsilon::new(0.5).expect("in range");
    Promise { epsilon, protects: PROTECTS, window: WINDOW }
}

/// Lets a member live through `lives` lives.
fn live(seed: u64, lives: u32, once: bool) -> Vec<Published> {
    let world = SharedWorld::new(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    drop(Timeline::create(&path, promise()).expect("created"));
    let published = RefCell::new(Vec::new());
    for _ in 0..lives {
        let mut timeline = world.timeline(&path);
        let lives_for = world.look().draw(200) + 1;
        world.look().lives_for = if once { u32::MAX } else { lives_for as u32 };
        let ended = run(
            &mut Simulated { world: world.clone(), mark: None },
            &mut timeline,
            Schedule::new(ANCHOR, SLOT),
            &mut Presence::of(Vec::new()),
            once,
            |release| {
                let world = world.look();
                let raw = release.raw.expose_to_owner().to_bits();
                let reading = world.readings.iter().rev().find(|one| one.mean.to_bits() == raw);
                let report = PeerReport::parse(&release.report.to_bytes()).expect("ours");
                published.borrow_mut().push(Published {
                    reading: *reading.expect("a value comes from a reading"),
                    slot: release.slot,
                    stated_end: report.slot_end,
                    left_at: world.clock(),
                });
                Ok(())
            },
        );
        let expected = if once { Ended::Once } else { Ended::Stopped };
        assert_eq!(ended.expect("nothing fails"), expected);
        world.look().pass(Duration::from_millis(700));
    }
    published.into_inner()
}

#[test]
fn no_instant_is_released_twice_whatever_happens() {
    let mut values = 0;
    for seed in 1..=60 {
        let published = live(seed, 12, false);
        values += published.len();
        for pair in published.windows(2) {
            let (before, after) = (pair[0].reading, pair[1].reading);
            assert!(after.from >= before.until, "seed {seed}: an instant was released twice");
        }
    }
    assert!(values > 1000, "only {values} values were published");
}

#[test]
fn a_reading_covers_all_the_time_that_its_window_claims() {
    for seed in 1..=30 {
        for Published { reading, .. } in live(seed, 12, false) {
            // The window lies between the end of the first reading and the start of the second.
            let most_claimed = reading.until - reading.from - 2 * READING;
            assert!(most_claimed >= WINDOW, "seed {seed}: {most_claimed:?}");
        }
    }
}

#[test]
fn a_window_lies_within_its_slot_and_the_clocks_kept_together_in_it() {
    for seed in 1..=30 {
        for value in live(seed, 12, false) {
            let (began, ended) = value.clocks();
            assert!(began >= value.slot.start(), "seed {seed}: began {began}");
            let late = began.duration_since(value.slot.start());
            assert!(late <= SECOND + SECOND / 10, "seed {seed}: began {late:?} late");
            assert!(ended <= value.slot.end(), "seed {seed}: ended {ended}");
            let parted = (value.reading.clocks.1 - value.reading.clocks.0).abs();
            assert!(parted <= SECOND, "seed {seed}: the clocks parted by {parted:?}");
        }
    }
}

#[test]
fn a_report_tells_the_time_of_its_slot_and_of_nothing_else() {
    for seed in 0..=10 {
        for value in live(seed, 6, false) {
            assert_eq!(value.stated_end, value.slot.end());
            let phase = (value.stated_end.as_second() - ANCHOR).rem_euclid(5);
            assert_eq!((phase, value.stated_end.subsec_nanosecond()), (0, 0));
        }
    }
}

#[test]
fn one_changed_stretch_moves_all_published_means_by_at_most_its_share() {
    let most = 100.0 * PROTECTS.as_secs_f64() / WINDOW.as_secs_f64();
    let mut largest: f64 = 0.0;
    for seed in 1..=30 {
        let published = live(seed, 6, false);
        for start in 0..200 {
            // Whole seconds, as the load has them: 5 of the 5.5 that are protected.
            let changed = |second: u64| match load(second) {
                as_it_was if !(start..start + 5).contains(&second) => as_it_was,
                low if low < 50.0 => 100.0,
                _ => 0.0,
            };
            let moved = |Reading { from, until, .. }| {
                (mean(from, until, load) - mean(from, until, changed)).abs()
            };
            let moved: f64 = published.iter().map(|value| moved(value.reading)).sum();
            assert!(moved <= most, "seed {seed}: {moved} of {most} points");
            largest = largest.max(moved);
        }
    }
    assert!(largest > 0.5 * most, "the simulation hardly tries: {largest} of {most}");
}

#[test]
fn a_calm_member_publishes_every_slot_one_second_after_its_end() {
    let published = live(0, 1, false);
    assert!(published.len() > 15, "{}", published.len());
    for pair in published.windows(2) {
        assert_eq!(pair[0].slot.end(), pair[1].slot.start(), "a slot is missing");
    }
    for value in &published {
        let left_after = value.left_at.duration_since(value.slot.end());
        assert!((SECOND..SECOND + SECOND / 10).contains(&left_after), "{left_after:?}");
    }
}

#[test]
fn a_value_leaves_at_its_time_or_never() {
    for seed in 0..=30 {
        for value in live(seed, 6, false) {
            let after = value.left_at.duration_since(value.slot.end());
            assert!((SECOND..=SECOND * 2).contains(&after), "seed {seed}: after {after:?}");
        }
    }
}

#[test]
fn a_single_value_leaves_at_its_time_too() {
    let published = live(0, 5, true);
    assert_eq!(published.len(), 5);
    for value in published {
        let after = value.left_at.duration_since(value.slot.end());
        assert!((SECOND..SECOND + SECOND / 10).contains(&after), "{after:?}");
    }
    // Whatever happens to the clock, somebody waits for it.
    for seed in 1..=10 {
        assert_eq!(live(seed, 3, true).len(), 3);
    }
}

#[test]
fn a_member_whose_clock_is_set_back_goes_on_at_once() {
    let world = SharedWorld::new(0);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    drop(Timeline::create(&path, promise()).expect("created"));
    world.look().lives_for = 100;
    // Between two windows: the first lasts from 3 s to a little more than 7 s.
    world.look().set_back_at = Some(Duration::from_millis(7500));
    let published = RefCell::new(Vec::new());
    run(
        &mut Simulated { world: world.clone(), mark: None },
        &mut world.timeline(&path),
        Schedule::new(ANCHOR, SLOT),
        &mut Presence::of(Vec::new()),
        false,
        |_| {
            published.borrow_mut().push(world.look().elapsed);
            Ok(())
        },
    )
    .expect("nothing fails");
    let published = published.into_inner();
    assert!(published.len() > 10, "{}", published.len());
    for pair in published.windows(2) {
        assert!(pair[1] - pair[0] <= 3 * SLOT, "{:?} without a value", pair[1] - pair[0]);
    }
}

/// Where a window fills half of its slot, the last value falls due at the moment it ends.
#[test]
fn in_the_shortest_slots_no_value_is_lost() {
    let world = SharedWorld::new(0);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    let short = Promise { window: Duration::from_secs(1), ..promise() };
    drop(Timeline::create(&path, short).expect("created"));
    world.look().lives_for = 100;
    world.look().reading = Duration::ZERO;
    let published = RefCell::new(Vec::new());
    run(
        &mut Simulated { world: world.clone(), mark: None },
        &mut world.timeline(&path),
        Schedule::new(ANCHOR, Duration::from_secs(2)),
        &mut Presence::of(Vec::new()),
        false,
        |release| {
            published.borrow_mut().push(release.slot);
            Ok(())
        },
    )
    .expect("nothing fails");
    let published = published.into_inner();
    assert!(published.len() > 15, "{}", published.len());
    for pair in published.windows(2) {
        assert_eq!(pair[0].end(), pair[1].start(), "a slot is missing");
    }
}

#[test]
fn a_member_whose_settings_are_gone_for_a_minute_ends_by_itself() {
    let world = SharedWorld::new(0);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("config.json");
    fs::write(&config, "{}").expect("written");
    let path = folder.path().join("timeline");
    drop(Timeline::create(&path, promise()).expect("created"));
    let removed = RefCell::new(None);
    let ended = run(
        &mut Simulated { world: world.clone(), mark: None },
        &mut world.timeline(&path),
        Schedule::new(0, SLOT),
        &mut Presence::of(vec![config.clone()]),
        false,
        |_| {
            if removed.borrow().is_none() {
                fs::remove_file(&config).expect("there");
                *removed.borrow_mut() = Some(world.look().elapsed);
            }
            Err(Error::NoHome) // a value that cannot be written is no reason to end
        },
    );
    assert_eq!(ended.expect("nothing fails"), Ended::Lost);
    let gone_for = world.look().elapsed - removed.into_inner().expect("one value");
    assert!(gone_for.abs_diff(Duration::from_secs(60)) < Duration::from_secs(3), "{gone_for:?}");
}

/// Counts how often it is asked, and fails the fourth time.
struct Counted(Arc<AtomicU8>);

impl TryRng for Counted {
    type Error = io::Error;

    fn try_next_u32(&mut self) -> Result<u32, io::Error> {
        unreachable!("words are asked for in bulk")
    }

    fn try_next_u64(&mut self) -> Result<u64, io::Error> {
        unreachable!("words are asked for in bulk")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), io::Error> {
        let asked = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        if asked == 4 {
            return Err(io::ErrorKind::NotConnected.into());
        }
        for (place, byte) in (0_u64..).zip(bytes) {
            *byte = (load(place) * 2.5) as u8 ^ asked;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counted {}

/// Or a machine that is resumed from a snapshot would repeat its noise.
#[test]
fn every_release_takes_fresh_randomness_and_without_it_nothing_leaves() {
    let world = SharedWorld::new(0);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    drop(Timeline::create(&path, promise()).expect("created"));
    let mut timeline = world.timeline(&path);
    let mut machine = Simulated { world: world.clone(), mark: None };
    let asked = Arc::new(AtomicU8::new(0));
    let mut rng = NoiseRng::trusting(Counted(asked.clone())).expect("asked for the first time");
    let mut round = || {
        let slot = Schedule::new(ANCHOR, SLOT).next(machine.clock());
        let ahead = slot.start().duration_since(machine.clock());
        machine.pause(ahead.unsigned_abs());
        let recording = Recording::begin(&mut machine, &mut timeline, slot).expect("calm");
        machine.pause(WINDOW);
        recording.end(&mut machine, &mut rng)
    };
    for releases in 1..=2 {
        round().expect("there is randomness");
        assert_eq!(asked.load(Ordering::Relaxed), 1 + releases);
    }
    assert!(matches!(round(), Err(Error::Privacy(dp_core::Error::Randomness))));
}

/// Three values of 5 s fit into the cap of a minute, and then there is a pause.
#[test]
fn a_paused_member_publishes_nothing_until_the_cap_allows_it() {
    let costs = f64::from(promise().loss_of_window(crate::settings::percent()).expect("sensible"));
    let loss = dp_core::TotalEpsilon::new(3.5 * costs).expect("in range");
    let minute = Duration::from_secs(60);
    let world = SharedWorld::new(0);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    let caps = vec![dp_core::Cap { stretch: minute, loss }];
    let terms = Terms { caps, ..promise().into() };
    drop(Timeline::create(&path, terms).expect("created"));
    world.look().lives_for = 800;
    let published = RefCell::new(Vec::new());
    let live = |once| {
        run(
            &mut Simulated { world: world.clone(), mark: None },
            &mut world.timeline(&path),
            Schedule::new(ANCHOR, SLOT),
            &mut Presence::of(Vec::new()),
            once,
            |release| {
                published.borrow_mut().push(release.slot);
                Ok(())
            },
        )
    };
    assert_eq!(live(false).expect("nothing fails"), Ended::Stopped);
    let slots = published.borrow().clone();
    assert!(slots.len() > 20, "{} values", slots.len());
    for four in slots.windows(4) {
        let apart = four[3].start().duration_since(four[0].end());
        assert!(apart.unsigned_abs() >= minute, "four values touch {apart:?}");
        assert!(apart.unsigned_abs() <= minute + 3 * SLOT, "paused for too long: {apart:?}");
    }
    world.look().lives_for = u32::MAX;
    while live(true).is_ok() {}
    let refused = live(true).expect_err("paused");
    assert!(refused.to_string().contains("paused until 2027-01-"), "{refused}");
    assert_eq!(refused.exit_code(), 75);
}
