use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Cap, Promise, Standing, TotalEpsilon};
use crate::{Error, calendar, recent::Recent};

/// What counts against each cap, the shortest stretch first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Charges(Vec<(Cap, Recent<TotalEpsilon>)>);

/// Together with all they remember they fit beside some hundred eras.
const MOST_CAPS: usize = 8;
/// How far a charge may be dated ahead of the clock: see [`Charges::date`].
const AHEAD: Duration = Duration::from_secs(2);

impl Charges {
    /// Against these caps under `promise`: what was charged before, for stretches that were capped
    /// before.
    pub(super) fn under(
        mut caps: Vec<Cap>,
        promise: Promise,
        before: &Self,
    ) -> Result<Self, Error> {
        for cap in &mut caps {
            cap.check(promise)?;
            *cap = cap.whole_seconds();
        }
        caps.sort_by_key(|cap| cap.stretch);
        let twice = caps.windows(2).find(|pair| pair[0].stretch == pair[1].stretch);
        if let Some(cap) = twice.map(|pair| pair[0]).or(caps.get(MOST_CAPS).copied()) {
            return Err(Error::Cap { stretch: cap.stretch });
        }
        let remembered = |cap: Cap| {
            let known = before.0.iter().find(|(known, _)| known.stretch == cap.stretch);
            (cap, known.map_or_else(|| none(cap), |(_, recent)| recent.clone()))
        };
        Ok(Self(caps.into_iter().map(remembered).collect()))
    }

    pub(super) fn caps(&self) -> Vec<Cap> {
        self.0.iter().map(|&(cap, _)| cap).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a window that costs `loss` may begin now.
    ///
    /// # Errors
    /// [`Error::Paused`], of the cap that pauses for longest; [`Error::CapTooLow`].
    pub(super) fn afford(&self, loss: TotalEpsilon, now: SystemTime) -> Result<(), Error> {
        // Each signal's loss is rounded up, so that the sum can exceed what the promise itself costs.
        if let Some((cap, _)) = self.0.iter().find(|(cap, _)| loss > cap.loss) {
            return Err(Error::CapTooLow { stretch: cap.stretch, loss: cap.loss, costs: loss });
        }
        let paused = self.standings(loss, now).into_iter().filter_map(|standing| {
            let Standing { cap, charged, paused_until } = standing;
            paused_until.map(|until| (until, cap, charged))
        });
        paused.max_by_key(|&(until, ..)| until).map_or(Ok(()), |(until, cap, charged)| {
            Err(Error::Paused { until, stretch: cap.stretch, loss: cap.loss, charged })
        })
    }

    /// How each cap stands for a window that costs `loss` and would begin now.
    pub(super) fn standings(&self, loss: TotalEpsilon, now: SystemTime) -> Vec<Standing> {
        let standing = |(cap, recent): &(Cap, Recent<TotalEpsilon>)| {
            let mut recent = recent.clone();
            recent.forget_until(now);
            let charged = sum(&recent).expect("what was added has a sum");
            let mut until = None;
            let mut left = recent.clone();
            let mut ends = recent.remembered().map(|(until, _)| until);
            while sum(&left).and_then(|sum| sum.plus(loss)).is_none_or(|sum| sum > cap.loss) {
                // Once all is forgotten a window is affordable, or the cap would have been refused.
                let Some(end) = ends.next() else { break };
                let end = UNIX_EPOCH + Duration::from_secs(end);
                left.forget_until(end);
                until = Some(end);
            }
            Standing { cap: *cap, charged, paused_until: until }
        };
        self.0.iter().map(standing).collect()
    }

    /// When a window counts as charged that began at `from`, by the clock on the wall, and ends now:
    /// a second after its least length, so that how late a busy machine is does not matter, or now
    /// where that is later.
    ///
    /// So the memory's time may run up to two seconds ahead, and the memory is longer by as much.
    /// Where the clock on the wall never gains on the true time, no charge is forgotten while a
    /// stretch can touch both its window and the next: let that one's first reading be at `r`, at
    /// most a second before it was recorded. The memory's time is then the clock's, less than two
    /// seconds after `r`; or the date of a window before, at most `window + 2 s` after that one
    /// began, which was at least `window` before `r`.
    pub(super) fn date(from: SystemTime, now: SystemTime, window: Duration) -> SystemTime {
        let from = calendar::seconds(from);
        let window = window.as_secs() + u64::from(window.subsec_nanos() > 0);
        let nominal = Duration::from_secs(from.saturating_add(window).saturating_add(1));
        UNIX_EPOCH.checked_add(nominal).map_or(now, |nominal| nominal.max(now))
    }

    /// Charges every cap with `loss`.
    pub(super) fn add(&mut self, loss: TotalEpsilon, at: SystemTime) -> Result<(), Error> {
        for (_, recent) in &mut self.0 {
            recent.forget_until(at);
            recent.add(loss, TotalEpsilon::plus).ok_or(Error::TooSensitive)?;
        }
        Ok(())
    }

    pub(super) fn encode(&self) -> String {
        let line = |(cap, recent): &(Cap, Recent<TotalEpsilon>)| {
            format!("charged {} {}\n", cap.stretch.as_secs(), recent.encode(TotalEpsilon::encode))
        };
        self.0.iter().map(line).collect()
    }

    /// What `encode` wrote of charges against these caps.
    pub(super) fn decode<'a>(
        caps: &[Cap],
        promise: Promise,
        mut lines: impl Iterator<Item = &'a str>,
    ) -> Option<Self> {
        let mut charges = Self::under(caps.to_vec(), promise, &Self::default()).ok()?;
        if charges.caps() != caps {
            return None;
        }
        for (cap, recent) in &mut charges.0 {
            let said = lines.next()?.strip_prefix("charged ")?;
            let (stretch, said) = said.split_once(' ')?;
            if stretch != cap.stretch.as_secs().to_string() {
                return None;
            }
            *recent = none(*cap).decode(said, TotalEpsilon::decode)?;
            sum(recent)?;
        }
        lines.next().is_none().then_some(charges)
    }
}

fn none(cap: Cap) -> Recent<TotalEpsilon> {
    Recent::sliding(cap.stretch + AHEAD)
}

fn sum(recent: &Recent<TotalEpsilon>) -> Option<TotalEpsilon> {
    recent.remembered().try_fold(TotalEpsilon::ZERO, |sum, (_, loss)| sum.plus(loss))
}
