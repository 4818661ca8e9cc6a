use std::{
    fmt,
    path::Path,
    time::{Duration, SystemTime},
};

use super::{Account, KIND, PATIENCE, Payment, Period};
use crate::{
    Epsilon, EpsilonDelta, Error, Loss, PrivacyUnit, Rho, calendar, state_file::StateFile,
};

/// What a ledger's file says, in whatever currency: for people, and for showing. Nothing is decided
/// by it, and reading it changes nothing.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Statement {
    /// What is protected.
    pub unit: PrivacyUnit,
    /// The parts of the budget by name, such as `epsilon` and `delta`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_map"))]
    pub budget: Terms,
    /// What is spent of it; empty for nothing.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_map"))]
    pub spent: Terms,
    /// What is left of it; empty for nothing.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_map"))]
    pub left: Terms,
    /// When it renews; `None` for never.
    pub renews: Option<Period>,
    /// How many payments were made, ever.
    pub payments: u64,
    /// The latest hundred of them that were given a label, the earliest first.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_rows"))]
    pub history: Vec<Payment<Terms>>,
    /// Whether one of the file's two copies is unreadable; the next payment writes it anew.
    pub has_lost_a_copy: bool,
    /// Whether the file is a copy, which nothing is paid from until it is adopted.
    pub is_a_copy: bool,
}

/// The parts of a loss, by name.
type Terms = Vec<(&'static str, f64)>;

impl Statement {
    /// What the file at `path` says now.
    ///
    /// # Errors
    /// As for [`Ledger::open`](crate::Ledger::open), but in any currency and for copies, too.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let file = StateFile::open(path.as_ref(), KIND, PATIENCE)?;
        let said = Self::of::<Epsilon>(&file)
            .or_else(|| Self::of::<Rho>(&file))
            .or_else(|| Self::of::<EpsilonDelta>(&file));
        said.ok_or_else(|| file.damaged())
    }

    fn of<L: Loss>(file: &StateFile) -> Option<Self> {
        let mut account = Account::<L>::decode(file.text())?;
        account.forget_until(SystemTime::now());
        let terms = |loss: Option<L>| loss.map_or(Vec::new(), L::terms);
        let history = account.history.iter().map(|Payment { at, loss, label }| Payment {
            at: *at,
            loss: loss.terms(),
            label: label.clone(),
        });
        Some(Self {
            unit: account.unit,
            budget: account.budget.terms(),
            spent: terms(account.spent()),
            left: terms(account.left()),
            renews: account.renews(),
            payments: account.payments,
            history: history.collect(),
            has_lost_a_copy: file.has_lost_a_copy(),
            is_a_copy: account.is_a_copy_in(file),
        })
    }
}

/// Several lines, for a person.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "protects  {}", in_words(self.unit))?;
        write!(f, "budget    {}", Words(&self.budget))?;
        match self.renews {
            Some(period) => {
                let year = period.budgets_within(Duration::from_secs(365 * 86_400));
                writeln!(f, ", renewed {period}: up to {year} times that in a year")?;
            }
            None => writeln!(f, ", once and for ever")?,
        }
        writeln!(f, "spent     {}, in {} payments so far", Words(&self.spent), self.payments)?;
        writeln!(f, "left      {}", Words(&self.left))?;
        for Payment { at, loss, label } in &self.history {
            writeln!(
                f,
                "{} UTC  {}  {label}",
                calendar::minute_of(calendar::seconds(*at)),
                Words(loss)
            )?;
        }
        if self.is_a_copy {
            writeln!(f, "This file is a copy: nothing is paid from it until it is adopted.")?;
        }
        if self.has_lost_a_copy {
            writeln!(f, "One of its two copies is unreadable; the next payment writes it anew.")?;
        }
        Ok(())
    }
}

struct Words<'a>(&'a [(&'static str, f64)]);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().map(|(name, value)| format!("{name} {value}")).collect();
        f.write_str(if words.is_empty() { "nothing" } else { "" })?;
        f.write_str(&words.join(", "))
    }
}

fn in_words(unit: PrivacyUnit) -> String {
    match unit {
        PrivacyUnit::Values(1) => "any one value that is replaced".to_owned(),
        PrivacyUnit::Values(k) => format!("any {k} values that are replaced"),
        PrivacyUnit::Records(1) => "any one record that is added or removed".to_owned(),
        PrivacyUnit::Records(k) => format!("any {k} records that are added or removed"),
        PrivacyUnit::Dataset => "all of the data".to_owned(),
        PrivacyUnit::Time(stretch) => format!("any stretch of {stretch:?}"),
    }
}

/// As in a record: `{"epsilon": 0.5}`, and `{}` for nothing.
#[cfg(feature = "serde")]
fn as_map<S: serde::Serializer>(
    terms: &[(&'static str, f64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(terms.iter().copied())
}

/// Each with its time in seconds since the epoch.
#[cfg(feature = "serde")]
fn as_rows<S: serde::Serializer>(
    history: &[Payment<Terms>],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(serde::Serialize)]
    struct Row<'a> {
        at: u64,
        #[serde(serialize_with = "as_map")]
        loss: &'a [(&'static str, f64)],
        label: &'a str,
    }
    let rows = history.iter().map(|Payment { at, loss, label }| Row {
        at: calendar::seconds(*at),
        loss,
        label,
    });
    serializer.collect_seq(rows)
}
