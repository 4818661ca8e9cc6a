use std::time::{Duration, SystemTime};

use super::{Promise, TotalEpsilon};
use crate::{Error, recent::seconds_up};

/// A bound on what all releases cost together that have to do with any one stretch of this length.
///
/// Without one, the loss for a stretch grows with its length ([`Promise::loss_over`]), and nothing
/// bounds that of a day but the day's end. A cap pauses releases instead.
///
/// **What it promises.** Change the signal in any one stretch of length `stretch` that begins after
/// the cap's era did: everything that is released, of any number of signals, is `loss`-differentially
/// private for it.
///
/// *Proof.* Each window is charged [`Terms::loss_of_window`](crate::Terms::loss_of_window) whole, on disk before its receipt
/// exists, which is at least what any stretch costs in it. So it is enough that the windows that
/// one stretch touches are never charged more than `loss` together. Take the last of them, by the
/// times of its readings. Its first reading came before the stretch ended, and the first window was
/// charged after its second reading, which came after the stretch began: less than `stretch` lies
/// between. Whether the last one might be recorded was decided by all that had been charged since
/// `stretch` before its first reading, so the others were in the sum that was kept within `loss`.
/// (Its first reading must come at most a second before [`Timeline::record`](crate::Timeline::record):
/// the memory is longer by that much.) What is remembered longer than needed only pauses for longer.
///
/// **By which clock.** That on the wall, since no other outlives the machine's being switched off;
/// time in which it was suspended counts. Set back, it frees nothing: a timeline's time only goes
/// forward, and stands still until the clock has caught up. *Set forward, it forgets what it should
/// have remembered*, and if it is then set right, releases may be paused until that later time.
///
/// **What it does not bound.** A second timeline, such as that of a second account of the machine:
/// each has its own caps, and losses add up. An older copy of the file, or a snapshot of the whole
/// machine, that is put back: what was charged since is not in it.
///
/// **What skipping tells.** Whether a window is released follows from the promise, the bounds, the
/// clock and which windows were released before: all public, none the signal. The decision falls
/// before the window's first instant. A charge is dated by the whole second in which its window
/// began, not by when a busy machine came to pay for it, up to a second's delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Between 1 second and 366 days; whole seconds, rounded up.
    pub stretch: Duration,
    /// What the releases about any such stretch cost at most.
    pub loss: TotalEpsilon,
}

impl Cap {
    /// Whether a timeline can keep it under `promise` and still release anything.
    ///
    /// # Errors
    /// [`Error::CapTooLow`] where a single window costs more, [`Error::Cap`] for a stretch that is no
    /// sensible length.
    pub fn check(self, promise: Promise) -> Result<(), Error> {
        let sensible = Duration::from_secs(1)..=Duration::from_secs(366 * 86_400);
        if !sensible.contains(&self.stretch) {
            return Err(Error::Cap { stretch: self.stretch });
        }
        let costs = promise.most_of_window()?;
        if costs > self.loss {
            return Err(Error::CapTooLow { stretch: self.stretch, loss: self.loss, costs });
        }
        Ok(())
    }

    /// What it lets a stretch of any length cost: as many losses as stretches of its own length it
    /// takes to cover it.
    pub fn loss_over(self, stretch: Duration) -> TotalEpsilon {
        let times = stretch.as_nanos().div_ceil(self.stretch.as_nanos().max(1)).max(1);
        self.loss.saturating_mul(times)
    }

    /// Up: a longer stretch costs no less.
    pub(super) fn whole_seconds(self) -> Self {
        Self { stretch: Duration::from_secs(seconds_up(self.stretch)), ..self }
    }
}

/// How a cap stands: for showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The cap.
    pub cap: Cap,
    /// What counts against it now. More than its loss where it was lowered since.
    pub charged: TotalEpsilon,
    /// Until when it lets no window begin; `None` if one may begin now.
    pub paused_until: Option<SystemTime>,
}

impl Standing {
    /// What is left of the cap.
    pub fn left(&self) -> TotalEpsilon {
        self.cap.loss.saturating_sub(self.charged)
    }
}
