use std::f64::consts::PI;

use super::super::moments::{Moments, log_kappa};

/// What is asked, to size the contour; nothing rests on how well it is known.
#[derive(Clone, Copy, Debug)]
pub(in crate::accountant) struct About {
    pub(in crate::accountant) c: f64,
    pub(in crate::accountant) epsilon: f64,
    pub(in crate::accountant) log_delta: f64,
    /// How far ε may be off where smoothing is needed.
    pub(in crate::accountant) precision: f64,
}

/// How wide the loss is under the tilt, and the period `T` that keeps aliasing from below and from above
/// below 1e-18 of the answer.
#[derive(Clone, Copy, Debug)]
pub(in crate::accountant) struct Size {
    pub(super) epsilon: f64,
    pub(super) spread: f64,
    pub(super) period: f64,
    /// `c'`, and `K(c') + ln κ(c')`.
    pub(super) steeper: f64,
    pub(super) log_bound: f64,
}

impl Size {
    pub(in crate::accountant) fn of(moments: Moments<'_>, about: About) -> Option<Self> {
        let About { c, epsilon, log_delta, .. } = about;
        let (left, middle) = (moments.log_moment(0.8 * c).re, moments.log_moment(c).re);
        let level = middle - c * epsilon;
        let mut spread = 0.0;
        let mut best: Option<Self> = None;
        for (i, factor) in [1.2, 1.7, 2.5, 4.0].into_iter().enumerate() {
            let steeper = factor * c;
            let log_moment = moments.log_moment(steeper);
            if i == 0 {
                spread = ((left - 2.0 * middle + log_moment.re).max(0.0)).sqrt() / (0.2 * c);
            }
            let log_bound = (log_moment + log_kappa(steeper)).upper();
            let period = (log_bound - steeper * epsilon - level + 42.0) / (steeper - c);
            if best.is_none_or(|best| period < best.period) {
                best = Some(Self { epsilon, spread, period, steeper, log_bound });
            }
        }
        let best = best?;
        let period = best.period.max((44.0 - log_delta.min(0.0)) / c);
        (period.is_finite() && period > 0.0).then_some(Self { period, ..best })
    }

    /// The last node that is needed, and how far the transform has fallen there; `None` if that takes
    /// more than `most`.
    pub(super) fn last(
        self,
        c: f64,
        step: f64,
        most: usize,
        decay: impl Fn(f64) -> f64,
    ) -> Option<(usize, f64)> {
        let wanted = |u: f64| (PI * u / (c * (c + 1.0) * (self.spread + 1.0 / c))).ln() - 39.0;
        let at = |last: usize| last as f64 * step;
        // A normal loss needs the first of these; others a little more, or a lot.
        let mut last = 8.5 / (self.spread * step).max(1e-9);
        let mut is_within_reach = false;
        for growth in [1.15, 1.25].into_iter().chain(std::iter::repeat(1.4)) {
            if last >= most as f64 {
                break;
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "below most"
            )]
            let whole = (last.ceil() as usize).max(4);
            let fallen = decay(at(whole));
            if fallen <= wanted(at(whole)) {
                return Some((whole, fallen));
            }
            is_within_reach |= growth < 1.4 || decay(at(most)) <= wanted(at(most));
            if !is_within_reach {
                return None;
            }
            last *= growth;
        }
        let fallen = decay(at(most));
        (fallen <= wanted(at(most))).then_some((most, fallen))
    }

    /// The last node, and the smoothing that it takes.
    pub(super) fn smoothed(
        self,
        about: About,
        step: f64,
        most: usize,
        decay: impl Fn(f64) -> f64,
    ) -> Option<(usize, f64)> {
        let About { c, precision, .. } = about;
        let kernel = (c * (c + 1.0) * (self.spread + 1.0 / c)).ln();
        let mut smoothing = 2.0 * precision / (3.4 * (c + 1.0));
        for _ in 0..8 {
            let relative = 1.7e-3 * smoothing * c * (c + 1.0);
            let enough = |u: f64| {
                decay(u) - 0.5 * smoothing * u * u - (PI * u).ln() + kernel <= relative.ln()
            };
            // Beyond this the smoothing alone suffices.
            let mut u = (2.0 * (80.0 + kernel.abs() - relative.ln()) / smoothing).sqrt();
            if !u.is_finite() {
                return None;
            }
            while u > 2.0 * step.max(2.0 * c + 2.0) && enough(0.7 * u) {
                u *= 0.7;
            }
            let last = (u / step).ceil();
            if last <= most as f64 {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "below"
                )]
                return Some(((last as usize).max(4), smoothing));
            }
            smoothing *= 1.2 * (last / most as f64).powi(2);
        }
        None
    }
}
