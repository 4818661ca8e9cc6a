use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Error, Loss, calendar, recent::LATEST};

/// A payment that was given a label, as a ledger remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment<L> {
    /// When, by the clock on the wall, in whole seconds: for a reader, nothing is computed from it.
    pub at: SystemTime,
    /// What was paid.
    pub loss: L,
    /// What for, in the words of whoever paid.
    pub label: String,
}

/// Of a label, in characters. A hundred payments with labels of four bytes a character then take less
/// than the room that a ledger has.
const LONGEST: usize = 80;

impl<L: Loss> Payment<L> {
    /// # Errors
    /// [`Error::Label`] unless the label has 1 to 80 characters, none of them a control character.
    pub(super) fn new(loss: L, label: &str, now: SystemTime) -> Result<Self, Error> {
        if !is_label(label) {
            return Err(Error::Label { characters: label.chars().count() });
        }
        let seconds = calendar::seconds(now).min(LATEST);
        let at = UNIX_EPOCH + Duration::from_secs(seconds);
        Ok(Self { at, loss, label: label.to_owned() })
    }

    pub(super) fn encode(&self) -> String {
        let at = calendar::seconds(self.at);
        format!("{at} {} {}", self.loss.encode().replace(' ', "/"), self.label)
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        let [at, loss, label] = text.splitn(3, ' ').collect::<Vec<_>>().try_into().ok()?;
        let at = at.parse().ok().filter(|&at| at <= LATEST)?;
        let at = UNIX_EPOCH.checked_add(Duration::from_secs(at))?;
        let loss = L::decode(&loss.replace('/', " "))?;
        is_label(label).then(|| Self { at, loss, label: label.to_owned() })
    }
}

fn is_label(label: &str) -> bool {
    (1..=LONGEST).contains(&label.chars().count()) && !label.contains(char::is_control)
}
