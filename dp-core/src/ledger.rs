use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Epsilon, EpsilonDelta, Error, Loss, PrivacyUnit, Query, Receipt, Rho, proof::Loss as _,
    state_file::StateFile,
};

/// A budget for one protected party: a privacy filter.
///
/// Whatever is asked, in whatever order and depending on whatever earlier answers, the losses
/// granted add up to at most the budget, and all releases together are that budget's worth of
/// private ([RRUV16] for ε and for (ε, δ), [WRRW23] for ρ too). Use one ledger for each protected
/// party: two ledgers promise the sum of their budgets.
///
/// A ledger has one currency, `Ledger<Epsilon>` unless another is written: where the compiler cannot
/// tell, write `Ledger::<Rho>::open(path)`.
///
/// [RRUV16]: https://arxiv.org/abs/1605.08294
/// [WRRW23]: https://arxiv.org/abs/2203.05481
#[derive(Debug)]
pub struct Ledger<L: Loss = Epsilon> {
    account: Account<L>,
    /// Where the account is kept; `None` in memory.
    path: Option<PathBuf>,
}

/// How long a payment waits for another process's payment to be on disk.
const PATIENCE: Duration = Duration::from_secs(10);
const KIND: &str = "ledger";

impl<L: Loss> Ledger<L> {
    /// A ledger that forgets when it is dropped, for tests and one-shot programs. For a unit of
    /// nothing, or of time, it refuses every payment.
    pub fn in_memory(unit: PrivacyUnit, budget: L) -> Self {
        Self { account: Account { unit, budget, spent: None }, path: None }
    }

    /// A new ledger at `path`: done once, when a person decides on a unit and a budget.
    ///
    /// # Errors
    /// [`Error::File`] if something is there already (use [`Ledger::open`]) or it cannot be written;
    /// [`Error::Unit`] for a unit of nothing, or of time, which only a
    /// [`Timeline`](crate::Timeline) can promise.
    pub fn create(path: impl AsRef<Path>, unit: PrivacyUnit, budget: L) -> Result<Self, Error> {
        match unit {
            PrivacyUnit::Time(_) => {
                return Err(Error::Unit { unit, instead: "a timeline promises it" });
            }
            PrivacyUnit::Values(0) | PrivacyUnit::Records(0) => {
                return Err(Error::Unit { unit, instead: "a unit of nothing protects nothing" });
            }
            _ => {}
        }
        let account = Account { unit, budget, spent: None };
        StateFile::create(path.as_ref(), KIND, &account.encode())?;
        Ok(Self { account, path: Some(path.as_ref().to_owned()) })
    }

    /// Opens the ledger at `path`. Unit, budget and what is spent are the file's. It is locked while
    /// it is read and for each payment, not in between, so that several programs can share it.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process holds its lock for ten seconds, [`Error::File`] if it is
    /// missing, [`Error::Damaged`] if it is unreadable or in another currency. It is never reset.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let file = StateFile::open(path.as_ref(), KIND, PATIENCE)?;
        Ok(Self { account: Account::read(&file)?, path: Some(path.as_ref().to_owned()) })
    }

    /// Pays `loss` for `query`, durably, before the receipt exists: a crash can waste budget but
    /// never repeat it.
    ///
    /// # Errors
    /// [`Error::Unit`], [`Error::TooSensitive`], [`Error::OverBudget`], [`Error::Busy`],
    /// [`Error::Damaged`]: nothing was spent. [`Error::File`], [`Error::Replaced`]: nothing was
    /// released, but the loss may stand as spent.
    pub fn pay<Q: Query>(&mut self, query: Q, loss: L) -> Result<Receipt<Q, L>, Error> {
        let sensitivity = query.sensitivity(self.account.unit)?;
        match &self.path {
            None => self.account.charge(loss)?,
            Some(path) => {
                let mut file = StateFile::open(path, KIND, PATIENCE)?;
                let mut account = Account::<L>::read(&file)?;
                if !account.continues(&self.account) {
                    return Err(Error::Replaced { path: path.clone() });
                }
                account.charge(loss)?;
                file.write(&account.encode())?;
                // If not, this was written to a file that nobody will ever look at.
                file.still_there()?;
                self.account = account;
            }
        }
        Ok(Receipt::new(query, sensitivity, self.account.unit, loss))
    }

    /// What is protected.
    pub fn unit(&self) -> PrivacyUnit {
        self.account.unit
    }

    /// The most that may ever be spent.
    pub fn budget(&self) -> L {
        self.account.budget
    }

    /// What was spent when this ledger last looked; `None` for nothing.
    pub fn spent(&self) -> Option<L> {
        self.account.spent
    }

    /// What was left when this ledger last looked; `None` for nothing.
    pub fn left(&self) -> Option<L> {
        self.account.left()
    }
}

/// What a ledger's file says.
#[derive(Clone, Copy, Debug)]
struct Account<L> {
    unit: PrivacyUnit,
    budget: L,
    spent: Option<L>,
}

impl<L: Loss> Account<L> {
    fn charge(&mut self, loss: L) -> Result<(), Error> {
        let spent = self.spent.map_or(Some(loss), |spent| spent.plus(loss));
        match spent.filter(|spent| spent.within(self.budget)) {
            Some(spent) => {
                self.spent = Some(spent);
                Ok(())
            }
            None => Err(Error::OverBudget {
                asked: loss.to_string(),
                left: self.left().map_or("nothing".to_owned(), |left| left.to_string()),
            }),
        }
    }

    /// Whether this can be what became of `earlier`: the same promise, and nothing unspent. An
    /// older copy of the file, put back, is noticed by whoever has seen the newer one.
    fn continues(&self, earlier: &Self) -> bool {
        let promise = |account: &Self| (account.unit, account.budget.encode());
        let never_less = match (earlier.spent, self.spent) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(before), Some(now)) => before.within(now),
        };
        promise(self) == promise(earlier) && never_less
    }

    fn left(&self) -> Option<L> {
        self.spent.map_or(Some(self.budget), |spent| self.budget.minus(spent))
    }

    fn encode(&self) -> String {
        format!(
            "unit {}\ncurrency {}\nbudget {}\nspent {}\n",
            encode_unit(self.unit),
            L::CURRENCY,
            self.budget.encode(),
            self.spent.map_or("0".to_owned(), L::encode),
        )
    }

    fn read(file: &StateFile) -> Result<Self, Error> {
        Self::decode(file.text()).ok_or_else(|| match other_currency::<L>(file.text()) {
            Some(found) => {
                Error::Currency { path: file.path().to_owned(), found, asked: L::CURRENCY }
            }
            None => file.damaged(),
        })
    }

    fn decode(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut field = |name| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let unit = decode_unit(field("unit")?)?;
        if field("currency")? != L::CURRENCY {
            return None;
        }
        let budget = L::decode(field("budget")?)?;
        let spent = match field("spent")? {
            "0" => None,
            spent => Some(L::decode(spent)?),
        };
        lines.next().is_none().then_some(Self { unit, budget, spent })
    }
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
