use std::time::Duration;

use super::{Signal, Terms, TotalEpsilon};
use crate::{Bounds, Epsilon, Error, Noise};

/// What a [`Timeline`](crate::Timeline) promises: whatever a signal did in any one stretch of
/// `protects`, all that is ever released of it together is `epsilon`-differentially private for
/// that stretch.
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
    /// The noise of every release under this promise, of a signal within `bounds`: of a counter that has
    /// it to itself. Where signals share it, see [`Terms`](crate::Terms).
    ///
    /// A stretch moves *all* readings of a signal together, over any number of disjoint windows of
    /// at least [`Promise::window`] each, by at most `⌈width · stretch / window⌉ + 4` whole grid steps
    /// in L1, where `width` is that of the bounds; instead of 4 the noise covers `4 · width / 2^20`,
    /// rounded up, since widths are at least 2^20 steps.
    ///
    /// *Proof.* A window's mean moves by at most its share `width · overlap / window`, and the
    /// overlaps with disjoint windows add up to at most the stretch: `width · stretch / window` in
    /// all. A reading is that mean rounded twice, to the instrument's precision and to the grid, each
    /// by at most half a step, so it moves by less than its share and two steps, and by no more than
    /// `width`, to which it is clamped. So only the two windows that the stretch's ends lie in can
    /// move by more than their share: a window that is covered whole has one of at least `width`.
    ///
    /// Signals of other bounds may take turns. In units of its own bounds' sensitivity, which is at
    /// least `width · (stretch / window + 4 / 2^20)`, a share is at most `overlap / window` over that
    /// bracket, and two steps are at most `2 / 2^20` over it, whatever the width: again the shares of
    /// all windows and the two ends add up to at most 1.
    ///
    /// So the scale is about `range · protects / (window · ε)`, and never capped at `range / ε` where
    /// the stretch is longer than a window: a stretch pays in every window it touches.
    ///
    /// # Errors
    /// [`Error::Promise`] for a stretch or window that is no sensible length,
    /// [`Error::TooSensitive`] where noise cannot be drawn for it.
    pub fn noise(&self, bounds: Bounds) -> Result<Noise, Error> {
        Signal::whole(*self).noise(*self, bounds)
    }

    /// The loss for another `stretch` than the protected one, over all releases of such a counter
    /// together: linear in the stretch but for a few grid steps, exact with them, rounded up.
    ///
    /// # Errors
    /// As for [`Promise::noise`].
    pub fn loss_over(&self, stretch: Duration, bounds: Bounds) -> Result<TotalEpsilon, Error> {
        Terms::from(*self).loss_over(stretch, bounds)
    }

    /// The loss of one release of such a counter, for whatever stretch: what it costs a stretch that covers its whole
    /// window. Rounded up.
    ///
    /// *Proof.* A reading is clamped to the bounds on the grid after it was rounded, so no change of
    /// the signal moves it by more than their `width` in steps, however it was rounded. Its noise
    /// has the scale `sensitivity / ε`, and a move by `width` under it costs `width · ε /
    /// sensitivity` ([DMNS06], Proposition 1). About `ε · window / protects`, and never more.
    ///
    /// [DMNS06]: https://people.csail.mit.edu/asmith/PS/sensitivity-tcc-final.pdf
    ///
    /// # Errors
    /// As for [`Promise::noise`].
    pub fn loss_of_window(&self, bounds: Bounds) -> Result<TotalEpsilon, Error> {
        Terms::from(*self).loss_of_window(bounds)
    }

    /// At least the loss of a window, whatever the bounds and the signals, but for a billionth by which
    /// each signal's is rounded up: a counter's sensitivity
    /// is at least `width · protects / window`, and so is a level's, whose treads make up no more
    /// than the window while `⌈protects / every⌉` of them are no shorter than what is protected.
    pub(super) fn most_of_window(&self) -> Result<TotalEpsilon, Error> {
        self.checked()?;
        TotalEpsilon::of_move(self.window.as_nanos(), self.epsilon, self.protects.as_nanos())
    }

    /// # Errors
    /// [`Error::Promise`] for a stretch or window that is no sensible length.
    pub(super) fn checked(&self) -> Result<(), Error> {
        let sensible = Duration::from_millis(1)..=Duration::from_secs(366 * 86_400);
        if sensible.contains(&self.protects) && sensible.contains(&self.window) {
            return Ok(());
        }
        Err(Error::Promise { protects: self.protects, window: self.window })
    }
}
