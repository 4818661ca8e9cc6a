//! What happened in the last hour, day or week: remembered in few words, and for too long rather
//! than too short.

use std::time::{Duration, SystemTime};

use crate::calendar;

/// Amounts of the recent past, gathered in slots of time.
///
/// An amount is remembered until `length` after its slot has ended: for at least `length` since it
/// was added, and at most for one slot more. The clock only goes forward here: where the system's is
/// set back, the latest time that was seen stands still, and nothing is forgotten until it has come
/// by again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recent<A> {
    /// In seconds; so are all times here, since the epoch.
    length: u64,
    slot: u64,
    latest: u64,
    /// By the number of the slot, the earliest first, each once.
    amounts: Vec<(u64, A)>,
}

impl<A: Copy> Recent<A> {
    /// Of the last `length`, rounded up to whole seconds, in slots of a 32nd of it.
    pub(crate) fn sliding(length: Duration) -> Self {
        let length = seconds_up(length).max(1);
        Self { length, slot: length.div_ceil(32), latest: 0, amounts: Vec::new() }
    }

    /// Of the present day, which begins at midnight UTC.
    pub(crate) fn today() -> Self {
        Self { length: 0, slot: 86_400, latest: 0, amounts: Vec::new() }
    }

    /// Moves on to `now`, or to the latest time that was ever seen, and forgets what is past.
    pub(crate) fn forget_until(&mut self, now: SystemTime) {
        let now = calendar::seconds(now).min(LATEST);
        self.latest = self.latest.max(now);
        let Self { length, slot, latest, .. } = *self;
        self.amounts.retain(|&(number, _)| (number + 1) * slot + length > latest);
    }

    /// Adds an amount to the present slot; `None`, and nothing is added, where `plus` has no sum.
    pub(crate) fn add(&mut self, amount: A, plus: impl Fn(A, A) -> Option<A>) -> Option<()> {
        let slot = self.latest / self.slot;
        match self.amounts.last_mut() {
            Some((last, sum)) if *last == slot => *sum = plus(*sum, amount)?,
            _ => self.amounts.push((slot, amount)),
        }
        Some(())
    }

    /// The latest time that was ever seen.
    pub(crate) fn latest(&self) -> u64 {
        self.latest
    }

    /// Until when each amount is remembered, the earliest first.
    pub(crate) fn remembered(&self) -> impl Iterator<Item = (u64, A)> + '_ {
        self.amounts.iter().map(|&(slot, amount)| ((slot + 1) * self.slot + self.length, amount))
    }

    /// `latest slot:amount slot:amount …`, without `length`, which whoever has it states.
    pub(crate) fn encode(&self, encode: impl Fn(A) -> String) -> String {
        let amounts =
            self.amounts.iter().map(|&(slot, amount)| format!(" {slot}:{}", encode(amount)));
        format!("{}{}", self.latest, amounts.collect::<String>())
    }

    /// What `encode` made of amounts over the same length as those of `self`, which has none.
    pub(crate) fn decode(self, text: &str, decode: impl Fn(&str) -> Option<A>) -> Option<Self> {
        let mut words = text.split(' ');
        let latest = words.next()?.parse().ok()?;
        let amounts: Vec<(u64, A)> = words
            .map(|word| {
                let (slot, amount) = word.split_once(':')?;
                Some((slot.parse().ok()?, decode(amount)?))
            })
            .collect::<Option<_>>()?;
        let in_order = amounts.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let none_later = amounts.last().is_none_or(|&(slot, _)| slot <= latest / self.slot);
        let in_range = latest <= LATEST && amounts.len() <= 34;
        (in_order && none_later && in_range).then_some(Self { latest, amounts, ..self })
    }
}

/// The year 36,000: far enough from where sums of times wrap around.
pub(crate) const LATEST: u64 = 1 << 40;

/// Whole seconds, rounded up: a longer memory forgets no less.
pub(crate) fn seconds_up(length: Duration) -> u64 {
    length.as_secs() + u64::from(length.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn sum(recent: &Recent<u64>) -> u64 {
        recent.remembered().map(|(_, amount)| amount).sum()
    }

    fn add(recent: &mut Recent<u64>, now: u64, amount: u64) {
        recent.forget_until(at(now));
        recent.add(amount, u64::checked_add).expect("small");
    }

    proptest! {
        /// Whatever the clock does, all of the last `length` is remembered, and nothing that is
        /// more than a slot older.
        #[test]
        fn the_last_length_is_remembered_and_little_more(
            length in 1..100_000_u64, moves in prop::collection::vec((0..5000_i64, 1..9_u64), 1..200)
        ) {
            let mut recent = Recent::sliding(Duration::from_secs(length));
            let (mut now, mut added) = (1_000_000_u64, Vec::new());
            for (further, amount) in moves {
                now = now.saturating_add_signed(further - 1000); // sometimes back
                add(&mut recent, now, amount);
                let latest = added.iter().map(|&(time, _)| time).max().unwrap_or(0).max(now);
                added.push((latest, amount));
                let since = |age: u64| -> u64 {
                    added.iter().filter(|(time, _)| time + age > latest).map(|(_, amount)| amount).sum()
                };
                prop_assert!(sum(&recent) >= since(length));
                prop_assert!(sum(&recent) <= since(length + length.div_ceil(32)));
                prop_assert!(recent.amounts.len() <= 34);
                let text = recent.encode(|amount| amount.to_string());
                let read = Recent::sliding(Duration::from_secs(length)).decode(&text, |text| text.parse().ok());
                prop_assert_eq!(read, Some(recent.clone()));
            }
        }
    }

    #[test]
    fn a44_a_clock_that_is_set_back_forgets_nothing() {
        let mut recent = Recent::today();
        add(&mut recent, 86_400 * 20_000 + 5, 1);
        for now in [0, 86_400 * 19_999, 86_400 * 20_000 + 86_399] {
            recent.forget_until(at(now));
            assert_eq!(sum(&recent), 1, "{now}");
        }
        recent.forget_until(at(86_400 * 20_001));
        assert_eq!(sum(&recent), 0, "the next day");
    }

    #[test]
    fn what_is_no_memory_is_refused() {
        let read = |text: &str| {
            Recent::<u64>::sliding(Duration::from_secs(3200)).decode(text, |text| text.parse().ok())
        };
        assert!(read("1000").is_some() && read("1000 9:5 10:5").is_some());
        for bad in [
            "",
            "x",
            "1000 10:5 9:5",
            "1000 9:5 9:5",
            "1000 11:5",
            "1000 9",
            "1000 9:",
            "1000  9:5",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        assert_eq!(read(&u64::MAX.to_string()), None);
    }
}
