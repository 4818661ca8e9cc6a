use std::{
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use num_traits::ToPrimitive;

use crate::{
    Bounds, Epsilon, Error, Estimate, Noise, PrivacyUnit, Private, Receipt, Sensitivity, Statistic,
    state_file::StateFile,
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
    /// Its scale is about `range · protects / (window · ε)`, and never capped at `range / ε` where
    /// the stretch is longer than a window: a stretch pays in every window it touches.
    ///
    /// # Errors
    /// [`Error::Promise`] for a stretch or window that is no sensible length,
    /// [`Error::TooSensitive`] where noise cannot be drawn for it.
    pub fn noise(&self, bounds: Bounds) -> Result<Noise, Error> {
        Ok(Noise::laplace(self.sensitivity(bounds, self.protects)?, self.epsilon, bounds.step()))
    }

    /// The loss ε for another `stretch` than the protected one, over all releases under this
    /// promise together: linear in the stretch but for a few grid steps, and exact with them.
    ///
    /// # Errors
    /// As for [`Promise::noise`].
    #[expect(clippy::cast_precision_loss, reason = "for display")]
    pub fn loss_over(&self, stretch: Duration, bounds: Bounds) -> Result<f64, Error> {
        let moved = self.sensitivity(bounds, stretch)?.steps() as f64;
        let paid_for = self.sensitivity(bounds, self.protects)?.steps() as f64;
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
/// windows together move by at most the sensitivity in L1 (shown at [`Sensitivity`]'s rule for
/// time), so all releases together are ε-differentially private for that stretch ([DMNS06],
/// Proposition 1, for the vector of all releases). Nothing composes over time: a later release is
/// about other instants.
///
/// **How no instant is released twice.** Nothing remembers instants. A window can only be recorded
/// live, one at a time ([`Timeline::record`] borrows the timeline, and refuses to begin before the
/// previous window ended), under a lock on the file held from before the first reading. Readings
/// live in memory only. So a crash, a restart or a clock that jumps can lose a window and never
/// repeat one; neither the file nor the system's clock decides anything.
///
/// **What it asks of the caller.** Instants from a clock that stops when the signal stops, and one
/// file for each protected party, whatever the signals: two timelines add up their ε. A stretch
/// across a change of the promise costs at most the sum of both.
///
/// The file keeps the promise and every earlier one.
///
/// [DMNS06]: https://people.csail.mit.edu/asmith/PS/sensitivity-tcc-final.pdf
#[derive(Debug)]
pub struct Timeline {
    file: StateFile,
    eras: Vec<Era>,
    /// No window may begin before this.
    free_from: Option<Instant>,
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
        Ok(Self { file, eras, free_from: None })
    }

    /// Opens the timeline at `path` and holds its lock until dropped.
    ///
    /// # Errors
    /// [`Error::File`] if it is missing, [`Error::Busy`] if another process holds it,
    /// [`Error::Damaged`] if it is unreadable. It is never reset.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let file = StateFile::open(path.as_ref(), KIND, Duration::ZERO)?;
        let eras = decode(file.text()).ok_or_else(|| file.damaged())?;
        Ok(Self { file, eras, free_from: None })
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
    /// [`Error::Promise`], [`Error::Full`] after some hundred eras, [`Error::File`].
    pub fn begin_era(&mut self, promise: Promise) -> Result<(), Error> {
        let mut eras = self.eras.clone();
        eras.push(Era::now(promise)?);
        self.file.write(&encode(&eras))?;
        self.eras = eras;
        Ok(())
    }

    /// Begins a window. Take the first reading of the counters, then `now`, then call this: the
    /// window must not claim more time than its reading covers. `now` comes from a monotonic clock
    /// that stops when the counters stop, such as [`Instant::now`] on Linux.
    ///
    /// # Errors
    /// [`Error::Overlap`] if `now` lies before the end of the previous window;
    /// [`Error::TooSensitive`] for bounds that noise cannot be drawn for.
    pub fn record(&mut self, bounds: Bounds, now: Instant) -> Result<Window<'_>, Error> {
        if self.free_from.is_some_and(|free| now < free) {
            return Err(Error::Overlap);
        }
        let promise = self.promise();
        let sensitivity = promise.sensitivity(bounds, promise.protects)?;
        Ok(Window { timeline: self, bounds, sensitivity, from: now })
    }
}

/// One live recording of a signal. Its only way out is [`Window::pay`], so that the reading and the
/// time that is paid for cannot part.
#[derive(Debug)]
pub struct Window<'a> {
    timeline: &'a mut Timeline,
    bounds: Bounds,
    sensitivity: Sensitivity,
    from: Instant,
}

impl Window<'_> {
    /// Ends the window and pays for its mean.
    ///
    /// `mean` is the signal's mean over the window, such as the difference of two readings of a
    /// counter over the time between them, accurate to half a grid step. Take `until`, then the
    /// second reading, then call this. It counts as just as long as the promise says, however much
    /// longer it was.
    ///
    /// # Errors
    /// [`Error::TooShort`] when it lasted less than the promise's window, [`Error::Replaced`] when
    /// the timeline's file is no longer the one whose lock is held. Nothing can be released then.
    pub fn pay(
        self,
        mean: Private<impl ToPrimitive>,
        until: Instant,
    ) -> Result<Receipt<Statistic<Estimate>>, Error> {
        let promise = self.timeline.promise();
        // What it covered is used up, whether or not it will be released.
        self.timeline.free_from = Some(until.max(self.from));
        if until.saturating_duration_since(self.from) < promise.window {
            return Err(Error::TooShort { window: promise.window });
        }
        self.timeline.file.still_there()?;
        let steps = self.bounds.clamp(mean.expose_to_owner());
        let query = Statistic::of_window(steps, self.bounds.step());
        let unit = PrivacyUnit::Time(promise.protects);
        Ok(Receipt::new(query, self.sensitivity, unit, promise.epsilon))
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
