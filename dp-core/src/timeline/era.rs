use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Cap, Charges, Instrument, Promise, Signal, Terms, TotalEpsilon};
use crate::{Bounds, Epsilon, Error, calendar, proof::Loss as _};

/// What was promised, and the day from which it held; it ends where the next era begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Era {
    /// When it began, by the system's clock: for a reader, nothing is computed from it.
    pub since: SystemTime,
    /// What held. The caps stand in order, the shortest stretch first.
    pub terms: Terms,
}

impl Era {
    /// The loss for a `stretch`, over all that was released in these eras together, wherever the
    /// stretch falls: within one of them or across any number of changes. Caps are not counted on.
    ///
    /// For one era that is [`Terms::loss_over`]. For several it is the largest of their signals'
    /// `⌈width · stretch / window⌉ · ε / sensitivity`, and the largest of what the ends cost in
    /// addition: the rounding ([`Promise::noise`]), and two treads of each level. So a change of
    /// terms costs little beside the costlier ones, because time that a stretch spends in one era it
    /// does not spend in another.
    ///
    /// *Proof.* A stretch covers whole every window that it touches but the two that its ends lie
    /// in. A window that it covers whole moves by at most `width` steps ([`Terms::loss_of_window`]),
    /// which is no more than its share, `width · overlap / window` of its era; for a level the window
    /// counts as the treads in it. One of the two ends moves by less than its share and two steps: of
    /// a level it meets whole treads, no longer than its overlap, and at most one in part. Shares are linear
    /// in the overlaps, which add up to at most the stretch, so their losses add up to at most what
    /// the costliest era asks for the whole stretch; the two ends add at most the costliest four
    /// steps and two treads. Losses of releases add up also where later terms were chosen by what
    /// earlier ones showed, since the sum is bounded the same way whatever they showed ([RRUV16],
    /// pure case).
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
            return era.terms.loss_over(stretch, bounds);
        }
        let (mut shares, mut ends) = (TotalEpsilon::ZERO, TotalEpsilon::ZERO);
        for Self { terms, .. } in eras {
            shares = shares.max(terms.loss_of_shares(stretch, bounds)?);
            ends = ends.max(terms.loss_of_ends(bounds)?);
        }
        shares.plus(ends).ok_or(Error::TooSensitive)
    }

    pub(super) fn now(terms: Terms) -> Result<Self, Error> {
        // Any bounds: what is checked is the promise and its signals.
        terms.noises(Bounds::new(0.0, 1.0)?)?;
        // Whole seconds, as the file keeps them.
        let since = calendar::seconds(SystemTime::now());
        Ok(Self { since: UNIX_EPOCH + Duration::from_secs(since), terms })
    }

    fn encode(&self) -> String {
        let Terms { promise, signals, caps } = &self.terms;
        let signals = signals.iter().map(|Signal { instrument, epsilon }| match instrument {
            Instrument::Counter => format!(" counter {}", epsilon.encode()),
            Instrument::Level { every } => {
                format!(" level {} every {}", epsilon.encode(), every.as_nanos())
            }
        });
        let caps = caps.iter().map(|Cap { stretch, loss }| {
            format!(" cap {} loss {}", stretch.as_secs(), loss.encode())
        });
        format!(
            "era {} epsilon {} protects {} window {}{}{}\n",
            calendar::seconds(self.since),
            promise.epsilon.encode(),
            promise.protects.as_nanos(),
            promise.window.as_nanos(),
            signals.collect::<String>(),
            caps.collect::<String>(),
        )
    }

    fn decode(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let ["era", since, "epsilon", epsilon, "protects", protects, "window", window, rest @ ..] =
            &words[..]
        else {
            return None;
        };
        let since = UNIX_EPOCH.checked_add(Duration::from_secs(since.parse().ok()?))?;
        let epsilon = Epsilon::decode(epsilon)?;
        let promise = Promise { epsilon, protects: nanos(protects)?, window: nanos(window)? };
        let (mut terms, mut rest) = (Terms::from(promise), rest);
        while !rest.is_empty() {
            rest = decode_signal(&mut terms, rest).or_else(|| decode_cap(&mut terms, rest))?;
        }
        terms.noises(Bounds::new(0.0, 1.0).ok()?).ok()?;
        Some(Self { since, terms })
    }
}

/// Takes a signal off the words that are left of a line. No signal follows a cap.
fn decode_signal<'a, 'b>(terms: &mut Terms, words: &'a [&'b str]) -> Option<&'a [&'b str]> {
    let (instrument, epsilon, rest) = match words {
        ["counter", epsilon, rest @ ..] => (Instrument::Counter, epsilon, rest),
        ["level", epsilon, "every", every, rest @ ..] => {
            (Instrument::Level { every: nanos(every)? }, epsilon, rest)
        }
        _ => return None,
    };
    let epsilon = Epsilon::decode(epsilon)?;
    terms.signals.push(Signal { instrument, epsilon });
    terms.caps.is_empty().then_some(rest)
}

fn decode_cap<'a, 'b>(terms: &mut Terms, words: &'a [&'b str]) -> Option<&'a [&'b str]> {
    let ["cap", stretch, "loss", loss, rest @ ..] = words else { return None };
    let stretch = Duration::from_secs(stretch.parse().ok()?);
    terms.caps.push(Cap { stretch, loss: TotalEpsilon::decode(loss)? });
    Some(rest)
}

fn nanos(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_nanos)
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
    let charges = Charges::decode(&last.terms.caps, last.terms.promise, text.lines().skip(count))?;
    Some((eras, charges))
}
