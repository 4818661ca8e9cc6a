//! The member's life, simulated: late wake-ups, clocks that jump, suspended machines, kills and
//! restarts. Whatever happens, no instant is released twice, and one changed stretch moves all
//! published means together by at most its share.

use std::{cell::RefCell, fs, rc::Rc, time::Instant};

use dp_core::{Epsilon, Private, Promise};

use super::*;

const SLOT: Duration = Duration::from_secs(5);
const WINDOW: Duration = Duration::from_secs(4);
/// Longer than a window, so that a stretch can touch several.
const PROTECTS: Duration = Duration::from_millis(5500);

/// What goes on outside of the member's process, and outlives it.
struct World {
    chance: u64,
    boot: Instant,
    /// Since boot, by the clock that stands still while the machine is suspended.
    elapsed: Duration,
    /// What the clock on the wall has beyond that.
    clock_ahead: SignedDuration,
    /// Every reading of the counters: from, until, and the mean.
    readings: Vec<(Duration, Duration, f32)>,
    /// Pauses until the process ends.
    lives_for: u32,
    /// Everything goes its regular way.
    calm: bool,
}

impl World {
    fn new(seed: u64) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self {
            chance: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            boot: Instant::now(),
            elapsed: Duration::ZERO,
            clock_ahead: SignedDuration::from_secs(1_800_000_000),
            readings: Vec::new(),
            lives_for: u32::MAX,
            calm: seed == 0,
        }))
    }

    /// One of `0..below`, by xorshift.
    fn draw(&mut self, below: u64) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance % below
    }

    fn clock(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.clock_ahead + SignedDuration::try_from(self.elapsed).unwrap()
    }

    fn pass(&mut self, duration: Duration) {
        self.elapsed += duration;
        if self.calm {
            self.elapsed += Duration::from_micros(300);
            return;
        }
        let (late, early) = (self.draw(3000), self.draw(5000));
        match self.draw(40) {
            0 => self.elapsed += Duration::from_millis(late), // woken late
            1 => self.clock_ahead += SignedDuration::from_secs(3600), // set ahead
            2 => self.clock_ahead -= SignedDuration::from_secs(7200), // set back
            3 => self.clock_ahead += SignedDuration::from_secs(600), // suspended
            4 => self.clock_ahead -= SignedDuration::from_millis(1500),
            _ => self.elapsed += Duration::from_micros(early),
        }
    }
}

/// A load that differs in every second, in percent.
fn load(second: u64) -> f64 {
    (second.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f64 % 10_000.0 / 100.0
}

fn mean(from: Duration, until: Duration, load: impl Fn(u64) -> f64) -> f64 {
    let (from, until) = (from.as_secs_f64(), until.as_secs_f64());
    let mut sum = 0.0;
    let mut second = from.floor();
    while second < until {
        sum += load(second as u64) * (until.min(second + 1.0) - from.max(second));
        second += 1.0;
    }
    sum / (until - from)
}

struct Simulated {
    world: Rc<RefCell<World>>,
    last_reading: Duration,
}

impl Simulated {
    /// A process begins: its first reading is about the time before it, and is not kept.
    fn start(world: &Rc<RefCell<World>>) -> Self {
        Self { world: Rc::clone(world), last_reading: world.borrow().elapsed }
    }
}

impl Machine for Simulated {
    fn now(&self) -> Instant {
        let world = self.world.borrow();
        world.boot + world.elapsed
    }

    fn clock(&self) -> Timestamp {
        self.world.borrow().clock()
    }

    fn read_counters(&mut self) -> Private<f32> {
        let mut world = self.world.borrow_mut();
        // Reading takes a moment, in which the machine goes on.
        world.elapsed += Duration::from_micros(50);
        let (from, until) = (self.last_reading, world.elapsed);
        let mean = mean(from, until, load) as f32;
        world.readings.push((from, until, mean));
        world.elapsed += Duration::from_micros(50);
        self.last_reading = until;
        Private::new(mean)
    }

    fn pause(&mut self, duration: Duration) -> bool {
        let mut world = self.world.borrow_mut();
        world.pass(duration);
        world.lives_for = world.lives_for.saturating_sub(1);
        world.lives_for > 0
    }
}

/// What was published: the readings' times, and when the value left.
struct Published {
    from: Duration,
    until: Duration,
    /// From the slot's end to the value's publication, by the clock on the wall.
    left_after: SignedDuration,
}

/// Lets a member live through `lives` lives.
fn live(seed: u64, lives: u32) -> Vec<Published> {
    let world = World::new(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    let promise = Promise {
        epsilon: Epsilon::new(0.5).expect("in range"),
        protects: PROTECTS,
        window: WINDOW,
    };
    drop(Timeline::create(&path, promise).expect("created"));
    let published = RefCell::new(Vec::new());
    for _ in 0..lives {
        let mut timeline = Timeline::open(&path).expect("no other life holds it");
        let mut machine = Simulated::start(&world);
        let lives_for = world.borrow_mut().draw(200) + 1;
        world.borrow_mut().lives_for = u32::try_from(lives_for).expect("small");
        let ended = run(
            &mut machine,
            &mut timeline,
            Schedule::new(1_800_000_003, SLOT),
            &mut Presence::of(Vec::new()),
            false,
            |release| {
                let world = world.borrow();
                let raw = release.raw.expose_to_owner().to_bits();
                let of = world.readings.iter().rev().find(|reading| reading.2.to_bits() == raw);
                let &(from, until, _) = of.expect("a value comes from a reading");
                let left_after = world.clock().duration_since(release.slot.end());
                published.borrow_mut().push(Published { from, until, left_after });
                Ok(())
            },
        );
        assert_eq!(ended.expect("nothing fails"), Ended::Stopped);
        world.borrow_mut().pass(Duration::from_millis(700));
    }
    published.into_inner()
}

#[test]
fn no_instant_is_released_twice_whatever_happens() {
    let mut values = 0;
    for seed in 1..=60 {
        let published = live(seed, 12);
        values += published.len();
        for pair in published.windows(2) {
            assert!(pair[1].from >= pair[0].until, "seed {seed}: an instant was released twice");
        }
        for value in &published {
            assert!(value.until - value.from >= WINDOW, "seed {seed}: a window is too short");
        }
    }
    assert!(values > 1000, "only {values} values were published");
}

#[test]
fn one_changed_stretch_moves_all_published_means_by_at_most_its_share() {
    let most = 100.0 * PROTECTS.as_secs_f64() / WINDOW.as_secs_f64();
    let mut largest: f64 = 0.0;
    for seed in 1..=30 {
        let published = live(seed, 6);
        for start in 0..200 {
            // Whole seconds, as the load has them: 5 of the 5.5 that are protected.
            let changed = |second: u64| {
                let within = (start..start + 5).contains(&second);
                if within && load(second) < 50.0 {
                    100.0
                } else if within {
                    0.0
                } else {
                    load(second)
                }
            };
            let moved: f64 = published
                .iter()
                .map(|v| (mean(v.from, v.until, load) - mean(v.from, v.until, changed)).abs())
                .sum();
            assert!(moved <= most, "seed {seed}: {moved} of {most} points");
            largest = largest.max(moved);
        }
    }
    assert!(largest > 0.5 * most, "the simulation hardly tries: {largest} of {most}");
}

#[test]
fn a_calm_member_publishes_every_slot_one_second_after_its_end() {
    let published = live(0, 1);
    assert!(published.len() > 15, "{}", published.len());
    for pair in published.windows(2) {
        let apart = pair[1].from - pair[0].from;
        assert!(
            apart.abs_diff(SLOT) < Duration::from_millis(10),
            "{apart:?} apart: a slot is missing"
        );
    }
    for value in &published {
        let late = value.left_after - PUBLISHED_AFTER;
        assert!(late >= SignedDuration::ZERO && late < SignedDuration::from_millis(10), "{late:?}");
    }
}

#[test]
fn a_value_never_leaves_before_its_time() {
    for seed in 1..=20 {
        for value in live(seed, 6) {
            assert!(value.left_after >= PUBLISHED_AFTER, "seed {seed}: {:?}", value.left_after);
        }
    }
}

#[test]
fn a_member_whose_settings_are_gone_for_a_minute_ends_by_itself() {
    let world = World::new(0);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("config.json");
    fs::write(&config, "{}").expect("written");
    let path = folder.path().join("timeline");
    let promise = Promise {
        epsilon: Epsilon::new(0.5).expect("in range"),
        protects: PROTECTS,
        window: WINDOW,
    };
    let mut timeline = Timeline::create(&path, promise).expect("created");
    let mut presence = Presence::of(vec![config.clone()]);
    let began = world.borrow().elapsed;
    let removed = RefCell::new(None);
    let ended = run(
        &mut Simulated::start(&world),
        &mut timeline,
        Schedule::new(0, SLOT),
        &mut presence,
        false,
        |_| {
            if removed.borrow().is_none() {
                fs::remove_file(&config).expect("there");
                *removed.borrow_mut() = Some(world.borrow().elapsed - began);
            }
            Err(Error::NoHome) // a value that cannot be written is no reason to end
        },
    );
    assert_eq!(ended.expect("nothing fails"), Ended::Lost);
    let gone_for = world.borrow().elapsed - began - removed.into_inner().expect("one value");
    assert!(gone_for.abs_diff(Duration::from_secs(60)) < Duration::from_secs(3), "{gone_for:?}");
}
