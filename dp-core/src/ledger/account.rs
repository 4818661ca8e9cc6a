use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Payment, Period};
use crate::{
    Epsilon, EpsilonDelta, Error, Loss, PrivacyUnit, Rho, proof::Loss as _, recent::Recent,
    state_file::StateFile,
};

/// What a ledger's file says.
#[derive(Clone, Debug)]
pub(super) struct Account<L> {
    pub(super) unit: PrivacyUnit,
    pub(super) budget: L,
    spent: Spent<L>,
    /// How many there were, ever.
    pub(super) payments: u64,
    /// What the file system knows the file by, so that a copy is known as one.
    pub(super) origin: Option<String>,
    /// The latest that were given a label, the earliest first.
    pub(super) history: Vec<Payment<L>>,
}

#[derive(Clone, Debug)]
enum Spent<L> {
    Ever(Option<L>),
    Lately(Period, Recent<L>),
}

/// The origin of a file whose creator died before it was noted.
const UNKNOWN: &str = "unknown";

/// Where the count of payments stands still: an account that counted further could not be read.
const MOST_PAYMENTS: u64 = u64::MAX / 2;

/// How many payments the history keeps.
pub(super) const REMEMBERED: usize = 100;

impl<L: Loss> Account<L> {
    pub(super) fn new(unit: PrivacyUnit, budget: L, renews: Option<Period>) -> Self {
        let spent = renews.map_or(Spent::Ever(None), |period| Spent::Lately(period, none(period)));
        Self { unit, budget, spent, payments: 0, origin: None, history: Vec::new() }
    }

    pub(super) fn renews(&self) -> Option<Period> {
        match self.spent {
            Spent::Ever(_) => None,
            Spent::Lately(period, _) => Some(period),
        }
    }

    pub(super) fn spent(&self) -> Option<L> {
        match &self.spent {
            Spent::Ever(spent) => *spent,
            Spent::Lately(_, recent) => sum(recent).expect("what was granted has a sum"),
        }
    }

    pub(super) fn left(&self) -> Option<L> {
        self.spent().map_or(Some(self.budget), |spent| self.budget.minus(spent))
    }

    /// Whether a payment of `loss` would be granted now.
    pub(super) fn affords(&self, loss: L) -> bool {
        let spent = self.spent().map_or(Some(loss), |spent| spent.plus(loss));
        spent.is_some_and(|spent| spent.within(self.budget))
    }

    /// Forgets what no longer counts.
    pub(super) fn forget_until(&mut self, now: SystemTime) {
        if let Spent::Lately(_, recent) = &mut self.spent {
            recent.forget_until(now);
        }
    }

    /// # Errors
    /// [`Error::OverBudget`], [`Error::Label`]: nothing was spent.
    pub(super) fn charge(
        &mut self,
        loss: L,
        label: Option<&str>,
        clock: impl Fn() -> SystemTime,
    ) -> Result<(), Error> {
        if self.renews().is_some() {
            self.forget_until(clock());
        }
        let payment = label.map(|label| Payment::new(loss, label, clock())).transpose()?;
        if !self.affords(loss) {
            return Err(self.over_budget(loss, clock()));
        }
        match &mut self.spent {
            Spent::Ever(spent) => *spent = spent.map_or(Some(loss), |spent| spent.plus(loss)),
            Spent::Lately(_, recent) => {
                recent.add(loss, L::plus).expect("affords: the sum of all is within the budget");
            }
        }
        self.payments = (self.payments + 1).min(MOST_PAYMENTS);
        self.history.extend(payment);
        let surplus = self.history.len().saturating_sub(REMEMBERED);
        self.history.drain(..surplus);
        Ok(())
    }

    /// # Errors
    /// [`Error::Raised`] for more than the present budget.
    pub(super) fn lower(&mut self, budget: L) -> Result<(), Error> {
        if !budget.within(self.budget) {
            let (budget, asked) = (self.budget.to_string(), budget.to_string());
            return Err(Error::Raised { budget, asked });
        }
        self.budget = budget;
        Ok(())
    }

    fn over_budget(&self, loss: L, now: SystemTime) -> Error {
        let is_lowered = self.spent().is_some_and(|spent| !spent.within(self.budget));
        let left = match self.left() {
            Some(left) => format!("{left} left"),
            None if is_lowered => {
                "nothing left: the budget was lowered below what is spent".to_owned()
            }
            None => "nothing left".to_owned(),
        };
        Error::OverBudget { asked: loss.to_string(), left, renews_in: self.affords_in(loss, now) }
    }

    /// How long after `now` a payment of `loss` would be granted.
    fn affords_in(&self, loss: L, now: SystemTime) -> Option<Duration> {
        let Spent::Lately(_, recent) = &self.spent else { return None };
        let mut left = self.clone();
        recent.remembered().find_map(|(until, _)| {
            let until = UNIX_EPOCH + Duration::from_secs(until);
            left.forget_until(until);
            left.affords(loss).then(|| until.duration_since(now).unwrap_or_default())
        })
    }

    /// Whether `file`, which says so, is a copy.
    pub(super) fn is_a_copy_in(&self, file: &StateFile) -> bool {
        self.origin.is_some() && self.origin != file.origin()
    }

    /// Whether this can be what became of `earlier`: the same promise or a lower one, and nothing
    /// unpaid. An older copy of the file, put back, is noticed by whoever has seen the newer one.
    pub(super) fn continues(&self, earlier: &Self) -> bool {
        let promise = |account: &Self| (account.unit, account.renews());
        let same_file = earlier.origin.is_none() || self.origin == earlier.origin;
        let never_less = match (&self.spent, &earlier.spent) {
            (Spent::Ever(now), Spent::Ever(before)) => match (now, before) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(now), Some(before)) => before.within(*now),
            },
            (Spent::Lately(_, now), Spent::Lately(_, before)) => before.latest() <= now.latest(),
            _ => false,
        };
        promise(self) == promise(earlier)
            && same_file
            && self.budget.within(earlier.budget)
            && self.payments >= earlier.payments
            && never_less
    }

    pub(super) fn encode(&self) -> String {
        let (currency, budget) = (L::CURRENCY, self.budget.encode());
        let spent = match &self.spent {
            Spent::Ever(spent) => format!("spent {}", spent.map_or("0".to_owned(), L::encode)),
            Spent::Lately(period, recent) => {
                let recent = recent.encode(|loss| loss.encode().replace(' ', "/"));
                format!("renews {}\nspent {recent}", period.encode())
            }
        };
        let origin = self.origin.as_deref().unwrap_or(UNKNOWN);
        let history = self.history.iter().map(|payment| format!("payment {}\n", payment.encode()));
        format!(
            "unit {}\ncurrency {currency}\nbudget {budget}\n{spent}\npayments {}\norigin {origin}\n{}",
            encode_unit(self.unit),
            self.payments,
            history.collect::<String>(),
        )
    }

    /// # Errors
    /// [`Error::Damaged`], and [`Error::Currency`] for a sound account in another currency.
    pub(super) fn read(file: &StateFile) -> Result<Self, Error> {
        Self::decode(file.text()).ok_or_else(|| match other_currency::<L>(file.text()) {
            Some(found) => {
                Error::Currency { path: file.path().to_owned(), found, asked: L::CURRENCY }
            }
            None => file.damaged(),
        })
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        let mut lines = text.lines().peekable();
        let field = |line: Option<&'_ str>, name| {
            line?.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned)
        };
        let unit = decode_unit(&field(lines.next(), "unit")?)?;
        if field(lines.next(), "currency")? != L::CURRENCY {
            return None;
        }
        let budget = L::decode(&field(lines.next(), "budget")?)?;
        let renews = lines.next_if(|line| line.starts_with("renews "));
        let spent = field(lines.next(), "spent")?;
        let spent = match renews {
            Some(renews) => {
                let period = Period::decode(&field(Some(renews), "renews")?)?;
                let decode = |loss: &str| L::decode(&loss.replace('/', " "));
                Spent::Lately(period, none(period).decode(&spent, decode)?)
            }
            None if spent == "0" => Spent::Ever(None),
            None => Spent::Ever(Some(L::decode(&spent)?)),
        };
        let payments = field(lines.next(), "payments")?.parse().ok()?;
        let origin = Some(field(lines.next(), "origin")?).filter(|origin| origin != UNKNOWN);
        let history: Vec<_> = lines
            .map(|line| Payment::decode(&field(Some(line), "payment")?))
            .collect::<Option<_>>()?;
        let account = Self { unit, budget, spent, payments, origin, history };
        account.is_sound().then_some(account)
    }

    /// What this crate can have written, and can go on with.
    fn is_sound(&self) -> bool {
        let has_a_sum = match &self.spent {
            Spent::Ever(_) => true,
            Spent::Lately(_, recent) => sum(recent).is_ok(),
        };
        let remembered = self.history.len() as u64;
        has_a_sum
            && self.history.len() <= REMEMBERED
            && remembered <= self.payments
            && self.payments <= MOST_PAYMENTS
    }
}

/// No payments yet.
fn none<L: Loss>(period: Period) -> Recent<L> {
    match period {
        Period::Day => Recent::today(),
        Period::Sliding(length) => Recent::sliding(length),
    }
}

/// `Err` where there is no sum.
fn sum<L: Loss>(recent: &Recent<L>) -> Result<Option<L>, ()> {
    recent.remembered().try_fold(None, |sum: Option<L>, (_, loss)| {
        sum.map_or(Some(loss), |sum| sum.plus(loss)).map(Some).ok_or(())
    })
}

/// The currency of a sound account, if it is another one.
fn other_currency<L: Loss>(text: &str) -> Option<&'static str> {
    let others = [
        Account::<Epsilon>::decode(text).map(|_| Epsilon::CURRENCY),
        Account::<Rho>::decode(text).map(|_| Rho::CURRENCY),
        Account::<EpsilonDelta>::decode(text).map(|_| EpsilonDelta::CURRENCY),
    ];
    others.into_iter().flatten().find(|&found| found != L::CURRENCY)
}

fn encode_unit(unit: PrivacyUnit) -> String {
    match unit {
        PrivacyUnit::Values(k) => format!("values {k}"),
        PrivacyUnit::Records(k) => format!("records {k}"),
        PrivacyUnit::Dataset => "dataset".to_owned(),
        PrivacyUnit::Time(_) => unreachable!("refused when the ledger was created"),
    }
}

fn decode_unit(text: &str) -> Option<PrivacyUnit> {
    let (name, amount) = text.split_once(' ').unwrap_or((text, ""));
    Some(match name {
        "values" => PrivacyUnit::Values(amount.parse().ok()?),
        "records" => PrivacyUnit::Records(amount.parse().ok()?),
        "dataset" => PrivacyUnit::Dataset,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
