//! The machine and all that happens to it, simulated.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use dp_core::{Private, Timeline};
use jiff::{SignedDuration, Timestamp};

use crate::{Error, error::Skipped, machine::Machine};

/// How long the counters take to be read, before and after the moment that they tell of.
pub(super) const READING: Duration = Duration::from_millis(30);

/// What goes on outside of the member's process, and outlives it.
pub(super) struct World {
    pub(super) chance: u64,
    pub(super) boot: Instant,
    /// Since boot, by the clock that stands still while the machine is suspended.
    pub(super) elapsed: Duration,
    /// What the clock on the wall has beyond that.
    pub(super) clock_ahead: SignedDuration,
    /// Every stretch of which the counters told.
    pub(super) readings: Vec<Reading>,
    /// When the memory was read, by the same clock.
    pub(super) memory_readings: Vec<Duration>,
    /// Pauses until the process ends.
    pub(super) lives_for: u32,
    /// How long the counters take to be read, before and after the moment that they tell of.
    pub(super) reading: Duration,
    /// When the clock on the wall is set back by two hours, once.
    pub(super) set_back_at: Option<Duration>,
    /// Everything goes its regular way.
    pub(super) calm: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub(super) from: Duration,
    pub(super) until: Duration,
    /// The clock on the wall, less the other one, at its ends.
    pub(super) clocks: (SignedDuration, SignedDuration),
    pub(super) mean: f64,
}

#[derive(Clone)]
pub(super) struct SharedWorld(pub(super) Arc<Mutex<World>>);

impl SharedWorld {
    pub(super) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(World {
            chance: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            boot: Instant::now(),
            elapsed: Duration::ZERO,
            clock_ahead: SignedDuration::from_secs(1_800_000_000),
            readings: Vec::new(),
            memory_readings: Vec::new(),
            lives_for: u32::MAX,
            reading: READING,
            set_back_at: None,
            calm: seed == 0,
        })))
    }

    pub(super) fn look(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("nobody panicked")
    }

    /// The timeline at `path`, on this world's clock.
    pub(super) fn timeline(&self, path: &Path) -> Timeline {
        let world = self.clone();
        let timeline = Timeline::open(path).expect("no other life holds it");
        let wall = world.clone();
        timeline
            .with_simulated_clock(Arc::new(move || world.look().now()))
            .with_simulated_wall_clock(Arc::new(move || wall.look().wall()))
    }
}

impl World {
    /// One of `0..below`, by xorshift.
    pub(super) fn draw(&mut self, below: u64) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance % below
    }

    pub(super) fn now(&self) -> Instant {
        self.boot + self.elapsed
    }

    pub(super) fn clock(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.clock_ahead + SignedDuration::try_from(self.elapsed).unwrap()
    }

    fn wall(&self) -> SystemTime {
        let since = self.clock().duration_since(Timestamp::UNIX_EPOCH);
        UNIX_EPOCH + since.unsigned_abs()
    }

    pub(super) fn pass(&mut self, duration: Duration) {
        self.elapsed += duration;
        if self.set_back_at.is_some_and(|at| self.elapsed >= at) {
            self.set_back_at = None;
            self.clock_ahead -= SignedDuration::from_secs(7200);
        }
        if self.calm {
            return;
        }
        let (late, early) = (self.draw(3000), self.draw(5000));
        match self.draw(40) {
            0 => self.elapsed += Duration::from_millis(late), // woken late
            1 => self.clock_ahead += SignedDuration::from_secs(3600), // set ahead
            2 => self.clock_ahead -= SignedDuration::from_secs(7200), // set back
            3 => self.clock_ahead += SignedDuration::from_secs(600), // suspended
            4 => self.clock_ahead -= SignedDuration::from_millis(1500),
            5..20 => self.elapsed += Duration::from_micros(early),
            _ => {} // woken at the very moment
        }
    }

    /// The moment of which a reading tells.
    pub(super) fn read(&mut self) -> Result<(Duration, SignedDuration), Error> {
        self.elapsed += self.reading;
        let moment = (self.elapsed, self.clock_ahead);
        self.elapsed += self.reading;
        if !self.calm && self.draw(50) == 0 { Err(Skipped::Unreadable.into()) } else { Ok(moment) }
    }
}

/// A load that differs in every second, in percent.
pub(super) fn load(second: u64) -> f64 {
    (second.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f64 % 10_000.0 / 100.0
}

pub(super) fn mean(from: Duration, until: Duration, load: impl Fn(u64) -> f64) -> f64 {
    let (from, until) = (from.as_secs_f64(), until.as_secs_f64());
    let mut sum = 0.0;
    let mut second = from.floor();
    while second < until {
        sum += load(second as u64) * (until.min(second + 1.0) - from.max(second));
        second += 1.0;
    }
    sum / (until - from)
}

pub(super) struct Simulated {
    pub(super) world: SharedWorld,
    pub(super) mark: Option<(Duration, SignedDuration)>,
}

impl Machine for Simulated {
    fn now(&self) -> Instant {
        self.world.look().now()
    }

    fn clock(&self) -> Timestamp {
        self.world.look().clock()
    }

    fn mark(&mut self) -> Result<(), Error> {
        self.mark = None;
        self.mark = Some(self.world.look().read()?);
        Ok(())
    }

    fn mean_since_mark(&mut self) -> Result<Private<f64>, Error> {
        let (from, clock_from) = self.mark.take().expect("marked before");
        let mut world = self.world.look();
        let (until, clock_until) = world.read()?;
        let mean = mean(from, until, load);
        world.readings.push(Reading { from, until, clocks: (clock_from, clock_until), mean });
        Ok(Private::new(mean))
    }

    fn memory(&mut self) -> Result<Private<f64>, Error> {
        let mut world = self.world.look();
        let now = world.elapsed;
        world.memory_readings.push(now);
        if !world.calm && world.draw(2000) == 0 {
            return Err(Skipped::Unreadable.into());
        }
        Ok(Private::new(load(now.as_secs() / 3)))
    }

    fn pause(&mut self, duration: Duration) -> bool {
        let mut world = self.world.look();
        world.pass(duration);
        world.lives_for = world.lives_for.saturating_sub(1);
        world.lives_for > 0
    }
}
