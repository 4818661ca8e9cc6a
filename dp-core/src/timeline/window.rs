use std::{
    process,
    time::{Instant, SystemTime},
};

use num_traits::ToPrimitive;

use super::{Timeline, TotalEpsilon};
use crate::{Bounds, Error, Estimate, PrivacyUnit, Private, Receipt, Sensitivity, Statistic};

/// One live recording of a signal.
#[derive(Debug)]
pub struct Window<'a> {
    pub(super) timeline: &'a mut Timeline,
    pub(super) bounds: Bounds,
    pub(super) sensitivity: Sensitivity,
    /// What its release costs a stretch that covers it whole.
    pub(super) costs: TotalEpsilon,
    pub(super) from: Instant,
    pub(super) from_by_wall: SystemTime,
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
    /// Pays for the window's mean. Where there are caps, what it costs is charged to each of them,
    /// on disk before this returns.
    ///
    /// `mean` is the signal's mean over the window, such as the difference of two readings of a
    /// counter over the time between them, accurate to half a grid step. It counts as just as long
    /// as the promise says, however much longer it was.
    ///
    /// # Errors
    /// [`Error::Replaced`] when the timeline's file is no longer the one whose lock is held, and
    /// [`Error::File`] when a charge could not be written: nothing can be released.
    pub fn pay(
        self,
        mean: Private<impl ToPrimitive>,
    ) -> Result<Receipt<Statistic<Estimate>>, Error> {
        let Window { timeline, bounds, sensitivity, costs, from_by_wall, .. } = self.0;
        timeline.charge(costs, from_by_wall)?;
        let promise = timeline.promise();
        let steps = bounds.clamp(mean.expose_to_owner());
        let query = Statistic::of_window(steps, bounds.grid());
        let unit = PrivacyUnit::Time(promise.protects);
        Ok(Receipt::new(query, sensitivity, unit, promise.epsilon, process::id()))
    }
}
