use std::{
    fmt,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use num_traits::ToPrimitive;

use crate::{
    Bounds, Calibration, Epsilon, Error, Estimate, Laplace, Noise, PrivacyUnit, Private, Receipt,
    Sensitivity, Statistic, state_file::StateFile,
};

/// What a [`Timeline`] promises: whatever a signal did in any one stretch of `protects`, all that
/// is ever released of it together is `epsilon`-differentially private for that stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The loss for one such stretch, over all releases together.
    pub epsilon: Epsilon,
    /// The length of the stretch: the privacy unit, in time.
    pub protects: Duration,
    /// The least length of a window; each release is the mean over one.
    pub window: Duration,
}

impl Promise {
    /// The noise of every release under this promise, of a signal within `bounds`.
    ///
    /// A stretch moves *all* readings of a signal together, over any number of disjoint windows of
    /// at least [`Promise::window`] each, by at most `⌈width · stretch / window⌉ + 2k` whole grid
    /// steps in L1, where `width` is that of the bounds and `k = ⌈stretch / window⌉ + 1`.
    ///
    /// *Proof.* A window's mean moves by at most `width · overlap / window`, and the overlaps with
    /// disjoint windows add up to at most the stretch: `width · stretch / window` in all. At most
    /// `k` windows overlap it. A reading is that mean rounded twice, to the instrument's precision
    /// and to the grid, each by at most half a step, so it moves by less than its mean's share and
    /// two steps. The `k` shares sum up as above.
    ///
    /// So the scale is about `range · protects / (window · ε)`, and never capped at `range / ε` where
    /// the stretch is longer than a window: a stretch pays in every window it touches.
    ///
    /// # Errors
    /// [`Error::Promise`] for a stretch or window that is no sensible length,
    /// [`Error::TooSensitive`] where noise cannot be drawn for it.
    pub fn noise(&self, bounds: Bounds) -> Result<Noise, Error> {
        Ok(Noise::new(
            Laplace.law(self.sensitivity(bounds, self.protects)?, self.epsilon),
            bounds.step(),
        ))
    }

    /// The loss ε for another `stretch` than the protected one, over all releases under this
    /// promise together: linear in the stretch but for a few grid steps, and exact with them.
    ///
    /// # Errors
    /// As for [`Promise::noise`].
    #[expect(clippy::cast_precision_loss, reason = "for display")]
    pub fn loss_over(&self, stretch: Duration, bounds: Bounds) -> Result<f64, Error> {
        let moved = self.sensitivity(bounds, stretch)?.l1() as f64;
        let paid_for = self.sensitivity(bounds, self.protects)?.l1() as f64;
        Ok(f64::from(self.epsilon) * moved / paid_for)
    }

    fn sensitivity(&self, bounds: Bounds, stretch: Duration) -> Result<Sensitivity, Error> {
        let sensible = Duration::from_millis(1)..=Duration::from_secs(366 * 86_400);
        if sensible.contains(&self.protects) && sensible.contains(&self.window) {
            Sensitivity::over_time(bounds.width(), stretch, self.window)
        } else {
            Err(Error::Promise { protects: self.protects, window: self.window })
        }
    }
}

/// A promise and the day from which it held; it ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Era {
    /// When it began, by the system's clock: for a reader, nothing is computed from it.
    pub since: SystemTime,
    /// What was promised.
    pub promise: Promise,
}

/// A signal released over time, each instant at most once.
///
/// Every release is the mean of the signal over one window, plus discrete Laplace noise, and
/// windows never overlap.
///
/// **What holds.** Change the signal in any one stretch of length `protects`: the readings of all
/// windows together move by at most the sensitivity in L1 (proved at [`Promise::noise`]), so all releases together are ε-differentially private for that stretch ([DMNS06],
/// Proposition 1, for the vector of all releases). Nothing composes over time: a later release is
/// about other instants. What is *not* in the promise is whether a window was released at all:
/// skipping one must not depend on the signal, or be known to be public.
///
/// **How no instant is released twice.** Nothing remembers instants. A window can only be recorded
/// live, by the timeline's own clock, one at a time ([`Timeline::record`] borrows the timeline),
/// under a lock on the file held from before the first reading. Readings live in memory only. So a
/// crash, a restart or a clock on the wall that jumps can lose a window and never repeat one.
///
/// **What it asks of the caller.** That readings enclose their window and never overlap: a window's
/// first reading of the counters comes before [`Timeline::record`] and after the second reading of
/// the window before; its second comes after [`Window::close`]; the mean is what the counters moved
/// by in between, over the time in between. And one file for each protected party, whatever the signals: two timelines add up their ε. A stretch across a
/// change of the promise costs at most the sum of both.
///
/// Lengths are measured by [`Instant`], which on Linux stands still while the machine is suspended,
/// as its counters do. The file keeps the promise and every earlier one.
///
/// [DMNS06]: https://people.csail.mit.edu/asmith/PS/sensitivity-tcc-final.pdf
#[derive(Debug)]
pub struct Timeline {
    file: StateFile,
    eras: Vec<Era>,
    clock: Clock,
}

const KIND: &str = "timeline";

impl Timeline {
    /// A new timeline at `path`, holding its lock until dropped.
    ///
    /// # Errors
    /// [`Error::File`] if something is there already; [`Error::Promise`].
    pub fn create(path: impl AsRef<Path>, promise: Promise) -> Result<Self, Error> {
        let eras = vec![Era::now(promise)?];
        let file = StateFile::create(path.as_ref(), KIND, &encode(&eras))?;
        Ok(Self { file, eras, clock: Clock::default() })
    }

    /// Opens the timeline at `path` and holds its lock until dropped.
    ///
    /// # Errors
    /// [`Error::File`] if it is missing, [`Error::Busy`] if another process holds it,
    /// [`Error::Damaged`] if it is unreadable. It is never reset.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let file = StateFile::open(path.as_ref(), KIND, Duration::ZERO)?;
        let eras = decode(file.text()).ok_or_else(|| file.damaged())?;
        Ok(Self { file, eras, clock: Clock::default() })
    }

    /// Every promise since the beginning, the present one last, of the timeline at `path`, which
    /// may be in use: for showing.
    ///
    /// # Errors
    /// [`Error::File`] if it is missing, [`Error::Damaged`] if it is unreadable.
    pub fn eras_at(path: impl AsRef<Path>) -> Result<Vec<Era>, Error> {
        let path = path.as_ref();
        let damaged = || Error::Damaged { path: path.to_owned(), expected: KIND };
        decode(&StateFile::peek(path, KIND)?).ok_or_else(damaged)
    }

    /// What is promised now.
    pub fn promise(&self) -> Promise {
        self.eras.last().expect("a timeline has at least one era").promise
    }

    /// Every promise since the beginning, the present one last.
    pub fn eras(&self) -> &[Era] {
        &self.eras
    }

    /// Promises something else from now on, on disk before this returns. The earlier promise stays
    /// in the file for ever: it is what was promised then.
    ///
    /// # Errors
    /// [`Error::Promise`], [`Error::Full`] after some hundred eras, [`Error::Replaced`] when the file
    /// is no longer the one whose lock is held, [`Error::File`].
    pub fn begin_era(&mut self, promise: Promise) -> Result<(), Error> {
        let mut eras = self.eras.clone();
        eras.push(Era::now(promise)?);
        self.file.still_there()?;
        self.file.write(&encode(&eras))?;
        self.eras = eras;
        Ok(())
    }

    /// Begins a window now. Take its first reading of the counters before this, and after the second
    /// reading of the window before, so that it claims no time that its reading does not cover.
    ///
    /// # Errors
    /// [`Error::TooSensitive`] for bounds that noise cannot be drawn for.
    pub fn record(&mut self, bounds: Bounds) -> Result<Window<'_>, Error> {
        let promise = self.promise();
        let sensitivity = promise.sensitivity(bounds, promise.protects)?;
        let from = self.clock.now();
        Ok(Window { timeline: self, bounds, sensitivity, from })
    }

    /// For simulations: a clock that says what it is told. Whatever is released by it was not
    /// recorded live, and nothing is promised for it.
    #[cfg(any(test, feature = "simulation"))]
    #[must_use]
    pub fn with_simulated_clock(
        mut self,
        clock: std::sync::Arc<dyn Fn() -> Instant + Send + Sync>,
    ) -> Self {
        self.clock = Clock::Simulated(clock);
        self
    }
}

/// One live recording of a signal.
#[derive(Debug)]
pub struct Window<'a> {
    timeline: &'a mut Timeline,
    bounds: Bounds,
    sensitivity: Sensitivity,
    from: Instant,
}

impl<'a> Window<'a> {
    /// Ends the window now. Take the second reading of the counters after this.
    ///
    /// # Errors
    /// [`Error::TooShort`] when it lasted less than the promise's window: nothing can be released.
    pub fn close(self) -> Result<ClosedWindow<'a>, Error> {
        let window = self.timeline.promise().window;
        if self.timeline.clock.now().saturating_duration_since(self.from) < window {
            return Err(Error::TooShort { window });
        }
        Ok(ClosedWindow(self))
    }
}

/// A window that has ended. Its only way out is [`ClosedWindow::pay`], so that the reading and the
/// time that is paid for cannot part.
#[derive(Debug)]
pub struct ClosedWindow<'a>(Window<'a>);

impl ClosedWindow<'_> {
    /// Pays for the window's mean.
    ///
    /// `mean` is the signal's mean over the window, such as the difference of two readings of a
    /// counter over the time between them, accurate to half a grid step. It counts as just as long
    /// as the promise says, however much longer it was.
    ///
    /// # Errors
    /// [`Error::Replaced`] when the timeline's file is no longer the one whose lock is held:
    /// nothing can be released.
    pub fn pay(
        self,
        mean: Private<impl ToPrimitive>,
    ) -> Result<Receipt<Statistic<Estimate>>, Error> {
        let Window { timeline, bounds, sensitivity, .. } = self.0;
        timeline.file.still_there()?;
        let promise = timeline.promise();
        let steps = bounds.clamp(mean.expose_to_owner());
        let query = Statistic::of_window(steps, bounds.grid());
        let unit = PrivacyUnit::Time(promise.protects);
        Ok(Receipt::new(query, sensitivity, unit, promise.epsilon))
    }
}

/// Where a timeline's time comes from.
#[derive(Clone, Default)]
enum Clock {
    #[default]
    System,
    #[cfg(any(test, feature = "simulation"))]
    Simulated(std::sync::Arc<dyn Fn() -> Instant + Send + Sync>),
}

impl Clock {
    fn now(&self) -> Instant {
        match self {
            Self::System => Instant::now(),
            #[cfg(any(test, feature = "simulation"))]
            Self::Simulated(clock) => clock(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl Era {
    fn now(promise: Promise) -> Result<Self, Error> {
        // Any bounds: what is checked is the promise.
        promise.noise(Bounds::new(0.0, 1.0)?)?;
        // Whole seconds, as the file keeps them.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Ok(Self { since: UNIX_EPOCH + Duration::from_secs(since), promise })
    }
}

fn encode(eras: &[Era]) -> String {
    let line = |era: &Era| {
        format!(
            "era {} epsilon {} protects {} window {}\n",
            era.since.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            crate::proof::Loss::encode(era.promise.epsilon),
            era.promise.protects.as_nanos(),
            era.promise.window.as_nanos(),
        )
    };
    eras.iter().map(line).collect()
}

fn decode(text: &str) -> Option<Vec<Era>> {
    let era = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let ["era", since, "epsilon", epsilon, "protects", protects, "window", window] = words[..]
        else {
            return None;
        };
        let nanos = |text: &str| text.parse().ok().map(Duration::from_nanos);
        let since = UNIX_EPOCH.checked_add(Duration::from_secs(since.parse().ok()?))?;
        let epsilon = crate::proof::Loss::decode(epsilon)?;
        let promise = Promise { epsilon, protects: nanos(protects)?, window: nanos(window)? };
        promise.noise(Bounds::new(0.0, 1.0).ok()?).ok()?;
        Some(Era { since, promise })
    };
    let eras: Vec<Era> = text.lines().map(era).collect::<Option<_>>()?;
    (!eras.is_empty()).then_some(eras)
}

#[cfg(test)]
mod tests;
