use std::{
    process,
    time::{Instant, SystemTime},
};

use num_traits::ToPrimitive;

use super::{Instrument, LevelMean, Signal, Timeline, TotalEpsilon};
use crate::{Bounds, Error, Estimate, PrivacyUnit, Private, Receipt, Sensitivity, Statistic};

/// One live recording of a signal, or of several together.
#[derive(Debug)]
pub struct Window<'a> {
    pub(super) timeline: &'a mut Timeline,
    pub(super) signals: Vec<Recorded>,
    /// What its releases cost a stretch that covers it whole.
    pub(super) costs: TotalEpsilon,
    pub(super) from: Instant,
    pub(super) from_by_wall: SystemTime,
}

/// A signal that is being recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    pub(super) signal: Signal,
    pub(super) bounds: Bounds,
    pub(super) sensitivity: Sensitivity,
}

impl<'a> Window<'a> {
    /// Reads the level that is the `number`th of the window's signals, from 0: once in each tread,
    /// of which the first began with the window. Use it once, and its mean in this window only.
    ///
    /// # Errors
    /// [`Error::NoLevel`] where that signal is a counter, or none; [`Error::TooSensitive`] for bounds
    /// so far from 0 that an `f64` does not know a number within them to half a grid step.
    pub fn level(&self, number: usize) -> Result<LevelMean, Error> {
        let Some(Recorded {
            signal: Signal { instrument: instrument @ Instrument::Level { every }, .. },
            bounds,
            ..
        }) = self.signals.get(number).copied()
        else {
            return Err(Error::NoLevel { number });
        };
        if bounds.magnitude() > 1 << 52 {
            return Err(Error::TooSensitive);
        }
        let treads = u32::try_from(instrument.treads(self.timeline.promise().window));
        let treads = treads.map_err(|_| Error::TooSensitive)?;
        Ok(LevelMean::new(self.timeline.clock.clone(), bounds, self.from, every, treads))
    }

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

/// A window that has ended. Its only way out is to pay, so that the readings and the time that is
/// paid for cannot part.
#[derive(Debug)]
pub struct ClosedWindow<'a>(Window<'a>);

impl ClosedWindow<'_> {
    /// Pays for the mean of a window of one signal, as [`ClosedWindow::pay_together`] does.
    ///
    /// # Errors
    /// As for [`ClosedWindow::pay_together`].
    pub fn pay(
        self,
        mean: Private<impl ToPrimitive>,
    ) -> Result<Receipt<Statistic<Estimate>>, Error> {
        let mut receipts = self.pay_together(vec![mean])?;
        Ok(receipts.pop().expect("one for the one signal"))
    }

    /// Pays for the means of a window's signals, in their order. Where there are caps, what all of
    /// them cost is charged to each cap, on disk before this returns.
    ///
    /// Each of `means` is its signal's mean over the window: of a counter such as the difference of
    /// two readings over the time between them, accurate to half a grid step, and of a level what
    /// [`LevelMean`] says. It counts as just as long as the promise says, however much longer it was.
    ///
    /// # Errors
    /// [`Error::Together`] unless there is a mean for each signal, [`Error::Replaced`] when the
    /// timeline's file is no longer the one whose lock is held, and [`Error::File`] when a charge
    /// could not be written: nothing can be released.
    pub fn pay_together(
        self,
        means: Vec<Private<impl ToPrimitive>>,
    ) -> Result<Vec<Receipt<Statistic<Estimate>>>, Error> {
        let Window { timeline, signals, costs, from_by_wall, .. } = self.0;
        if means.len() != signals.len() {
            return Err(Error::Together { promised: signals.len(), got: means.len() });
        }
        timeline.charge(costs, from_by_wall)?;
        let unit = PrivacyUnit::Time(timeline.promise().protects);
        let receipt = |(recorded, mean): (Recorded, Private<_>)| {
            let Recorded { signal, bounds, sensitivity } = recorded;
            let query = Statistic::of_window(bounds.clamp(mean.expose_to_owner()), bounds.grid());
            Receipt::new(query, sensitivity, unit, signal.epsilon, process::id())
        };
        Ok(signals.into_iter().zip(means).map(receipt).collect())
    }
}
