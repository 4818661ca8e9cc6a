use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use crate::{Bounds, Error, state_file::StateFile};

mod cap;
mod charges;
mod clock;
mod era;
mod overview;
mod promise;
mod total_epsilon;
mod window;

pub use cap::{Cap, Standing};
use charges::Charges;
use clock::Clock;
pub use era::Era;
pub use overview::Overview;
pub use promise::Promise;
pub use total_epsilon::TotalEpsilon;
pub use window::{ClosedWindow, Window};

/// A signal released over time, each instant at most once.
///
/// Every release is the mean of the signal over one window, plus discrete Laplace noise, and
/// windows never overlap.
///
/// **What holds.** Change the signal in any one stretch of length `protects`: the readings of all
/// windows together move by at most the sensitivity in L1 (proved at [`Promise::noise`]), so all
/// releases together are ε-differentially private for that stretch ([DMNS06], Proposition 1, for the
/// vector of all releases). Nothing composes over time: a later release is about other instants.
/// What is *not* in the promise is whether a window was released at all: skipping one must not
/// depend on the signal, or be known to be public.
///
/// **Longer stretches.** Their loss grows in proportion ([`Promise::loss_over`]), and across a
/// change of promise it is that of the costlier one ([`Era::loss_across`]). A [`Cap`] bounds what an
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
    /// A new timeline at `path`, without caps, holding its lock until dropped.
    ///
    /// # Errors
    /// [`Error::File`] if something is there already; [`Error::Promise`].
    pub fn create(path: impl AsRef<Path>, promise: Promise) -> Result<Self, Error> {
        Self::create_capped(path, promise, &[])
    }

    /// A new timeline at `path` with these caps, each of another length, holding its lock until
    /// dropped.
    ///
    /// # Errors
    /// As for [`Timeline::create`], and as for [`Timeline::begin_capped_era`].
    pub fn create_capped(
        path: impl AsRef<Path>,
        promise: Promise,
        caps: &[Cap],
    ) -> Result<Self, Error> {
        let charges = Charges::under(caps.to_vec(), promise, &Charges::default())?;
        let eras = vec![Era::now(promise, charges.caps())?];
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

    /// What is promised now.
    pub fn promise(&self) -> Promise {
        self.era().promise
    }

    /// The caps that hold now, the shortest stretch first.
    pub fn caps(&self) -> &[Cap] {
        &self.era().caps
    }

    /// Every promise since the beginning, the present one last.
    pub fn eras(&self) -> &[Era] {
        &self.eras
    }

    /// Promises something else from now on, under the same caps, on disk before this returns. The
    /// earlier promise stays in the file for ever: it is what was promised then.
    ///
    /// # Errors
    /// [`Error::Promise`], [`Error::CapTooLow`] where a cap allows no window of the new promise,
    /// [`Error::Full`] after some hundred eras, [`Error::Replaced`] when the file is no longer the one
    /// whose lock is held, [`Error::File`].
    pub fn begin_era(&mut self, promise: Promise) -> Result<(), Error> {
        let caps = self.caps().to_vec();
        self.begin_capped_era(promise, &caps)
    }

    /// Promises something else from now on, under these caps and no others, on disk before this
    /// returns. The earlier promise and caps stay in the file for ever.
    ///
    /// A cap of a new length counts from here on: what was released before is not charged to it. A
    /// cap that is lowered or raised goes on with what was charged; one that is lowered below it lets
    /// no window begin until enough of it has passed. A cap that is left out no longer holds, for
    /// stretches that end after this moment, and forgets.
    ///
    /// # Errors
    /// As for [`Timeline::begin_era`], and [`Error::Cap`] for more than eight caps, two of the same
    /// length in whole seconds, or one of no sensible length.
    pub fn begin_capped_era(&mut self, promise: Promise, caps: &[Cap]) -> Result<(), Error> {
        let charges = Charges::under(caps.to_vec(), promise, &self.charges)?;
        let mut eras = self.eras.clone();
        eras.push(Era::now(promise, charges.caps())?);
        if era::encode(&eras, &Charges::default()).len() > ROOM_FOR_ERAS {
            return Err(Error::Full { path: self.file.path().to_owned() });
        }
        self.file.still_there()?;
        self.file.write(&era::encode(&eras, &charges))?;
        (self.eras, self.charges) = (eras, charges);
        Ok(())
    }

    /// Begins a window now. Take its first reading of the counters before this, and after the second
    /// reading of the window before, so that it claims no time that its reading does not cover.
    ///
    /// # Errors
    /// [`Error::Paused`] while a cap leaves too little for another window; [`Error::TooSensitive`] for
    /// bounds that noise cannot be drawn for.
    pub fn record(&mut self, bounds: Bounds) -> Result<Window<'_>, Error> {
        let promise = self.promise();
        let sensitivity = promise.sensitivity(bounds, promise.protects)?;
        let costs = promise.loss_of_window(bounds)?;
        // Before the window's first instant, so that nothing in the window can decide it.
        let from_by_wall = self.clock.wall();
        self.charges.afford(costs, from_by_wall)?;
        let from = self.clock.now();
        Ok(Window { timeline: self, bounds, sensitivity, costs, from, from_by_wall })
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

    fn era(&self) -> &Era {
        self.eras.last().expect("a timeline has at least one era")
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

#[cfg(test)]
mod tests;
