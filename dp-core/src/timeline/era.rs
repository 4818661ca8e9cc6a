use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Cap, Charges, Promise, TotalEpsilon};
use crate::{Bounds, Error, Sensitivity, calendar, proof::Loss as _};

/// A promise and the day from which it held; it ends where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Era {
    /// When it began, by the system's clock: for a reader, nothing is computed from it.
    pub since: SystemTime,
    /// What was promised.
    pub promise: Promise,
    /// The caps that were kept, the shortest stretch first; none at all is possible.
    pub caps: Vec<Cap>,
}

impl Era {
    /// The loss for a `stretch`, over all that was released in these eras together, wherever the
    /// stretch falls: within one of them or across any number of changes. Caps are not counted on.
    ///
    /// For one era that is [`Promise::loss_over`]. For several it is the largest of their
    /// `⌈width · stretch / window⌉ · ε / sensitivity`, and the largest of what the ends' rounding
    /// costs in addition ([`Promise::noise`]): a change of promise costs a few grid steps, because time that a stretch spends
    /// in one era it does not spend in another.
    ///
    /// *Proof.* A stretch covers whole every window that it touches but the two that its ends lie
    /// in. A window that it covers whole moves by at most `width` steps ([`Promise::loss_of_window`]),
    /// which is no more than its share, `width · overlap / window` of its era. One of the two ends
    /// moves by less than its share and two steps. Shares are linear in the overlaps, which add up to
    /// at most the stretch, so their losses add up to at most what the costliest era asks for the
    /// whole stretch; the two ends add at most the costliest four steps. Losses of releases add up
    /// also where a later promise was chosen by what earlier ones showed, since the sum is bounded
    /// the same way whatever they showed ([RRUV16], pure case).
    ///
    /// [RRUV16]: https://arxiv.org/abs/1605.08294
    ///
    /// # Errors
    /// As for [`Promise::noise`].
    pub fn loss_across(
        eras: &[Self],
        stretch: Duration,
        bounds: Bounds,
    ) -> Result<TotalEpsilon, Error> {
        if let [era] = eras {
            return era.promise.loss_over(stretch, bounds);
        }
        let (mut shares, mut ends) = (TotalEpsilon::ZERO, TotalEpsilon::ZERO);
        for Self { promise, .. } in eras {
            promise.checked()?;
            let window = promise.window.as_nanos();
            let share =
                bounds.width().checked_mul(stretch.as_nanos()).ok_or(Error::TooSensitive)?;
            // Up: privacy.
            shares = shares.max(promise.cost(share.div_ceil(window), bounds)?);
            ends = ends.max(promise.cost(Sensitivity::at_the_ends(bounds.width()), bounds)?);
        }
        shares.plus(ends).ok_or(Error::TooSensitive)
    }

    pub(super) fn now(promise: Promise, caps: Vec<Cap>) -> Result<Self, Error> {
        // Any bounds: what is checked is the promise.
        promise.noise(Bounds::new(0.0, 1.0)?)?;
        // Whole seconds, as the file keeps them.
        let since = calendar::seconds(SystemTime::now());
        Ok(Self { since: UNIX_EPOCH + Duration::from_secs(since), promise, caps })
    }

    fn encode(&self) -> String {
        let caps = self
            .caps
            .iter()
            .map(|cap| format!(" cap {} loss {}", cap.stretch.as_secs(), cap.loss.encode()));
        format!(
            "era {} epsilon {} protects {} window {}{}\n",
            calendar::seconds(self.since),
            self.promise.epsilon.encode(),
            self.promise.protects.as_nanos(),
            self.promise.window.as_nanos(),
            caps.collect::<String>(),
        )
    }

    fn decode(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let ["era", since, "epsilon", epsilon, "protects", protects, "window", window, caps @ ..] =
            &words[..]
        else {
            return None;
        };
        let nanos = |text: &str| text.parse().ok().map(Duration::from_nanos);
        let since = UNIX_EPOCH.checked_add(Duration::from_secs(since.parse().ok()?))?;
        let epsilon = crate::Epsilon::decode(epsilon)?;
        let promise = Promise { epsilon, protects: nanos(protects)?, window: nanos(window)? };
        promise.noise(Bounds::new(0.0, 1.0).ok()?).ok()?;
        let cap = |words: &[&str]| {
            let ["cap", stretch, "loss", loss] = words else { return None };
            let stretch = Duration::from_secs(stretch.parse().ok()?);
            Some(Cap { stretch, loss: TotalEpsilon::decode(loss)? })
        };
        let caps = caps.chunks(4).map(cap).collect::<Option<Vec<_>>>()?;
        Some(Self { since, promise, caps })
    }
}

/// The eras, and what counts against the last one's caps. A file without caps reads as it always
/// did.
pub(super) fn encode(eras: &[Era], charges: &Charges) -> String {
    let eras: String = eras.iter().map(Era::encode).collect();
    eras + &charges.encode()
}

pub(super) fn decode(text: &str) -> Option<(Vec<Era>, Charges)> {
    let count = text.lines().take_while(|line| line.starts_with("era ")).count();
    let eras: Vec<Era> = text.lines().take(count).map(Era::decode).collect::<Option<_>>()?;
    let last = eras.last()?;
    let charges = Charges::decode(&last.caps, last.promise, text.lines().skip(count))?;
    Some((eras, charges))
}
