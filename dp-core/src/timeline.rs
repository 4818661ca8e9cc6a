use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use crate::{Bounds, Error, state_file::StateFile};

mod cap;
mod charges;
mod clock;
mod era;
mod level_mean;
mod overview;
mod promise;
mod signal;
mod terms;
mod total_epsilon;
mod window;

pub use cap::{Cap, Standing};
use charges::Charges;
use clock::Clock;
pub use era::Era;
pub use level_mean::LevelMean;
pub use overview::Overview;
pub use promise::Promise;
pub use signal::{Instrument, Signal};
pub use terms::Terms;
pub use total_epsilon::TotalEpsilon;
use window::Recorded;
pub use window::{ClosedWindow, Window};

/// A signal released over time, or several together, each instant at most once.
///
/// Every release is the mean of a signal over one window, plus discrete Laplace noise, and windows
/// never overlap. Signals that are released together split the ε ([`Terms::signals`]).
///
/// **What holds.** Change the signals in any one stretch of length `protects`: each one's readings of
/// all windows together move by at most its sensitivity in L1 (proved at [`Promise::noise`], for a
/// level at [`Instrument::Level`]), so all its releases together are differentially private for that
/// stretch with its share of ε ([DMNS06], Proposition 1, for the vector of all releases), and those of
/// all signals with the sum of their shares, at most ε. Nothing composes over time: a later release is
/// about other instants.
/// What is *not* in the promise is whether a window was released at all: skipping one must not
/// depend on the signal, or be known to be public.
///
/// **Longer stretches.** Their loss grows in proportion, of a level by a staircase
/// ([`Terms::loss_over`]); across a change of terms it is that of the costlier ones and what the ends
/// of a stretch add ([`Era::loss_across`]). A [`Cap`] bounds what an
/// hour, a day or any other stretch costs, and pauses releases where it would cost more.
///
/// **How no instant is released twice.** Nothing remembers instants. A window can only be recorded
/// live, by the timeline's own clock, one at a time ([`Timeline::record`] borrows the timeline),
/// under a lock on the file held from before the first reading. Readings live in memory only. So a
/// crash, a restart or a clock on the wall that jumps can lose a window and never repeat one.
///
/// **What it asks of the caller.** That readings enclose their window and never overlap: a window's
/// first reading of the counters comes before [`Timeline::record`] (where there are caps, by at most
/// a second) and after the second reading of the window before; its second comes after [`Window::close`]; the mean is what the counters moved
/// by in between, over the time in between. And one file for each protected party, whatever the
/// signals: two timelines add up their ε.
///
/// Lengths are measured by [`Instant`](std::time::Instant), which on Linux stands still while the
/// machine is suspended, as its counters do. The file keeps the promise and every earlier one.
///
/// [DMNS06]: https://people.csail.mit.edu/asmith/PS/sensitivity-tcc-final.pdf
#[derive(Debug)]
pub struct Timeline {
    file: StateFile,
    eras: Vec<Era>,
    charges: Charges,
    clock: Clock,
}

const KIND: &str = "timeline";
/// Whoever records holds the lock for ever. But for an instant, so does every child process that
/// this one starts, until it has become another program.
const PATIENCE: Duration = Duration::from_millis(250);
/// Of the file, what eras may fill: what caps remember must fit beside them for ever.
const ROOM_FOR_ERAS: usize = 48 * 1024;

impl Timeline {
    /// A new timeline at `path` under these terms, such as a [`Promise`] alone, holding its lock until
    /// dropped.
    ///
    /// # Errors
    /// [`Error::File`] if something is there already; as for [`Timeline::begin_era`].
    pub fn create(path: impl AsRef<Path>, terms: impl Into<Terms>) -> Result<Self, Error> {
        let (terms, charges) = checked(terms.into(), &Charges::default())?;
        let eras = vec![Era::now(terms)?];
        let file = StateFile::create(path.as_ref(), KIND, &era::encode(&eras, &charges))?;
        Ok(Self { file, eras, charges, clock: Clock::default() })
    }

    /// Opens the timeline at `path` and holds its lock until dropped; waits a quarter of a second
    /// for it.
    ///
    /// # Errors
    /// [`Error::File`] if it is missing, [`Error::Busy`] if another process holds it,
    /// [`Error::Damaged`] if it is unreadable. It is never reset.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let file = StateFile::open(path.as_ref(), KIND, PATIENCE)?;
        let (eras, charges) = era::decode(file.text()).ok_or_else(|| file.damaged())?;
        Ok(Self { file, eras, charges, clock: Clock::default() })
    }

    /// What holds now; the caps in order, the shortest stretch first.
    pub fn terms(&self) -> &Terms {
        &self.eras.last().expect("a timeline has at least one era").terms
    }

    /// What is promised now.
    pub fn promise(&self) -> Promise {
        self.terms().promise
    }

    /// All terms since the beginning, the present ones last.
    pub fn eras(&self) -> &[Era] {
        &self.eras
    }

    /// Lets these terms hold from now on, and no others, on disk before this returns: caps and signals
    /// that are left out no longer hold. To change the promise alone, give
    /// `Terms { promise, ..timeline.terms().clone() }`. The earlier terms stay in the file for ever: they
    /// are what was promised then.
    ///
    /// A cap of a new length counts from here on: what was released before is not charged to it. A
    /// cap that is lowered or raised goes on with what was charged; one that is lowered below it lets
    /// no window begin until enough of it has passed. A cap that is left out no longer holds, for
    /// stretches that end after this moment, and forgets.
    ///
    /// # Errors
    /// [`Error::Promise`], [`Error::Signals`], [`Error::Level`], [`Error::Cap`] for more than eight
    /// caps, two of the same length in whole seconds, or one of no sensible length,
    /// [`Error::CapTooLow`] where a cap allows no window, [`Error::Full`] after some hundred eras,
    /// [`Error::Replaced`] when the file is no longer the one whose lock is held, [`Error::File`].
    pub fn begin_era(&mut self, terms: Terms) -> Result<(), Error> {
        let (terms, charges) = checked(terms, &self.charges)?;
        let mut eras = self.eras.clone();
        eras.push(Era::now(terms)?);
        if era::encode(&eras, &Charges::default()).len() > ROOM_FOR_ERAS {
            return Err(Error::Full { path: self.file.path().to_owned() });
        }
        self.file.still_there()?;
        self.file.write(&era::encode(&eras, &charges))?;
        (self.eras, self.charges) = (eras, charges);
        Ok(())
    }

    /// Begins a window of a timeline's only signal now, as [`Timeline::record_together`] does.
    ///
    /// # Errors
    /// As for [`Timeline::record_together`].
    pub fn record(&mut self, bounds: Bounds) -> Result<Window<'_>, Error> {
        self.record_together(&[bounds])
    }

    /// Begins a window of all signals now, each within its bounds, in their order. Take the first
    /// reading of their counters before this, and after the second reading of the window before, so
    /// that it claims no time that its readings do not cover.
    ///
    /// # Errors
    /// [`Error::Paused`] while a cap leaves too little for another window, [`Error::CapTooLow`] where it
    /// allows none of all these signals; [`Error::Together`] unless there are bounds for each of the terms' signals; [`Error::TooSensitive`] for bounds that noise
    /// cannot be drawn for.
    pub fn record_together(&mut self, bounds: &[Bounds]) -> Result<Window<'_>, Error> {
        let promise = self.promise();
        let shares = self.terms().shares()?;
        if bounds.len() != shares.len() {
            return Err(Error::Together { promised: shares.len(), got: bounds.len() });
        }
        let mut signals = Vec::with_capacity(shares.len());
        let mut costs = TotalEpsilon::ZERO;
        for (signal, &bounds) in shares.into_iter().zip(bounds) {
            let sensitivity = signal.sensitivity(promise, bounds, promise.protects)?;
            let cost = signal.cost(bounds.width(), promise, bounds)?;
            costs = costs.plus(cost).ok_or(Error::TooSensitive)?;
            signals.push(Recorded { signal, bounds, sensitivity });
        }
        // Before the window's first instant, so that nothing in the window can decide it.
        let from_by_wall = self.clock.wall();
        self.charges.afford(costs, from_by_wall)?;
        let from = self.clock.now();
        Ok(Window { timeline: self, signals, costs, from, from_by_wall })
    }

    /// For simulations: a clock that says what it is told. Whatever is released by it was not
    /// recorded live, and nothing is promised for it.
    #[cfg(any(test, feature = "simulation"))]
    #[must_use]
    pub fn with_simulated_clock(
        mut self,
        clock: std::sync::Arc<dyn Fn() -> std::time::Instant + Send + Sync>,
    ) -> Self {
        self.clock.now = Some(clock);
        self
    }

    /// For simulations: a clock on the wall that says what it is told. Only caps look at it.
    #[cfg(any(test, feature = "simulation"))]
    #[must_use]
    pub fn with_simulated_wall_clock(
        mut self,
        clock: std::sync::Arc<dyn Fn() -> SystemTime + Send + Sync>,
    ) -> Self {
        self.clock.wall = Some(clock);
        self
    }

    /// Charges the window that began at `from` by the clock on the wall, and ends now, to every cap.
    fn charge(&mut self, costs: TotalEpsilon, from: SystemTime) -> Result<(), Error> {
        self.file.still_there()?;
        if self.charges.is_empty() {
            return Ok(());
        }
        let at = Charges::date(from, self.clock.wall(), self.promise().window);
        // Stays charged also where the write fails: what the file holds then is unknown.
        self.charges.add(costs, at)?;
        self.file.write(&era::encode(&self.eras, &self.charges))
    }
}

/// The terms with their caps in order, and what counts against them of what was charged before.
fn checked(terms: Terms, before: &Charges) -> Result<(Terms, Charges), Error> {
    let charges = Charges::under(terms.caps, terms.promise, before)?;
    Ok((Terms { caps: charges.caps(), ..terms }, charges))
}

#[cfg(test)]
mod tests;
