use std::{
    path::{Path, PathBuf},
    process,
    time::{Duration, SystemTime},
};

use self::account::Account;
use crate::{Epsilon, Error, Loss, PrivacyUnit, Query, Receipt, state_file::StateFile};

mod account;
mod payment;
mod period;
mod price;
mod statement;

pub use payment::Payment;
pub use period::Period;
pub use statement::Statement;

/// A budget for one protected party: a privacy filter.
///
/// Whatever is asked, in whatever order and depending on whatever earlier answers, the losses
/// granted add up to at most the budget, and all releases together are that budget's worth of
/// private. Each loss, too, may depend on earlier answers; that is what a filter adds to ordinary
/// composition ([RRUV16], Section 3). What may not be composed like that has no currency here:
/// [`Loss`] is sealed. Use one ledger for each protected party: two ledgers promise the sum of their
/// budgets.
///
/// *Proof.* Let release `i`, given all earlier ones, have the privacy loss `X_i` between two
/// neighbours and the price `x_i`, which may depend on those earlier ones; whenever the last one is,
/// `Σ x_i` is at most the budget. In ε every `X_i ≤ x_i`, so `Σ X_i` is at most the budget, too. In ρ,
/// for every order `α > 1`, `E[exp((α − 1)(X_i − α x_i))] ≤ 1` given what came earlier ([BS16],
/// Definition 1.1), so the product of these over all releases is a supermartingale that begins at 1,
/// and `E[exp((α − 1)(Σ X_i − α budget))] ≤ 1`: that is the definition for all releases together
/// ([WRRW23] have it for approximate zCDP). For ε and δ see [RRUV16].
///
/// A ledger has one currency, `Ledger<Epsilon>` unless another is written: where the compiler cannot
/// tell, write `Ledger::<Rho>::open(path)`.
///
/// # On disk
/// A payment is durable before its receipt exists, in two copies with checksums, and the file has
/// one size however many there are. Several threads and processes may have the same file open, under
/// any of its names: each payment takes the file's lock, and sees what all others have paid. A file
/// that is damaged, missing or of another kind is refused and never reset, so no accident reads as
/// unspent budget; a copy of a file, too, as far as it can be told (see [`Ledger::adopt`]).
///
/// [BS16]: https://arxiv.org/abs/1605.02065
/// [RRUV16]: https://arxiv.org/abs/1605.08294
/// [WRRW23]: https://arxiv.org/abs/2203.05481
#[derive(Debug)]
pub struct Ledger<L: Loss = Epsilon> {
    account: Account<L>,
    /// Where the account is kept; `None` in memory.
    path: Option<PathBuf>,
    has_lost_a_copy: bool,
    /// The process that made it. A fork copies an account in memory, and its whole budget: what the
    /// copy pays for is paid for in this process, and cannot be released in another.
    process: u32,
}

/// How long a payment waits for another process's payment to be on disk.
const PATIENCE: Duration = Duration::from_secs(10);
const KIND: &str = "ledger";

impl<L: Loss> Ledger<L> {
    /// A ledger that forgets when it is dropped, for tests and one-shot programs. For a unit of
    /// nothing, or of time, it refuses every payment; what its copy in a fork pays for is not released.
    pub fn in_memory(unit: PrivacyUnit, budget: L) -> Self {
        Self::with(Account::new(unit, budget, None), None, false)
    }

    /// A new ledger at `path`: done once, when a person decides on a unit and a budget.
    ///
    /// # Errors
    /// [`Error::File`] if something is there already (use [`Ledger::open`]) or it cannot be written;
    /// [`Error::Unit`] for a unit of nothing, or of time, which only a
    /// [`Timeline`](crate::Timeline) can promise.
    pub fn create(path: impl AsRef<Path>, unit: PrivacyUnit, budget: L) -> Result<Self, Error> {
        Self::create_with(&absolute(path)?, Account::new(unit, budget, None))
    }

    /// A new ledger whose budget is for each `period` and not for ever.
    ///
    /// What counts is when something was paid: a receipt, or an allotment, that is kept for later is
    /// released on top of what is paid then. Release what you pay for.
    ///
    /// The clock on the wall decides. Set back, it renews nothing: the latest time that was ever seen
    /// is kept in the file and stands still until it has come by again. Set forward, it renews at
    /// once, and then not until that time has come: whoever can set the clock can spend more.
    ///
    /// ```
    /// # use dp_core::*;
    /// # use std::time::Duration;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("daily.ledger");
    /// // One vote of each person, asked about anew every day.
    /// let (unit, budget) = (PrivacyUnit::Records(1), Epsilon::new(1.0)?);
    /// let mut ledger = Ledger::create_renewing(path, unit, budget, Period::Day)?;
    /// // What a month promises is more than what a day does:
    /// assert_eq!(Period::Day.budgets_within(Duration::from_secs(30 * 86_400)), 31);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`Ledger::create`], and [`Error::Period`] for a sliding period that is not between a
    /// second and 366 days long.
    pub fn create_renewing(
        path: impl AsRef<Path>,
        unit: PrivacyUnit,
        budget: L,
        period: Period,
    ) -> Result<Self, Error> {
        Self::create_with(&absolute(path)?, Account::new(unit, budget, Some(period.checked()?)))
    }

    fn create_with(path: &Path, mut account: Account<L>) -> Result<Self, Error> {
        check(account.unit)?;
        let mut file = StateFile::create(path, KIND, &account.encode())?;
        account.origin = file.origin();
        file.write(&account.encode())?;
        Ok(Self::with(account, Some(path.to_owned()), false))
    }

    fn with(account: Account<L>, path: Option<PathBuf>, has_lost_a_copy: bool) -> Self {
        Self { account, path, has_lost_a_copy, process: process::id() }
    }

    /// Opens the ledger at `path`. Unit, budget and what is spent are the file's. It is locked while
    /// it is read and for each payment, not in between, so that several programs can share it.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process holds its lock for ten seconds, [`Error::File`] if it is
    /// missing, [`Error::Damaged`] if it is unreadable, [`Error::Newer`] if a newer version of this
    /// crate wrote it, [`Error::Currency`] if it counts in another currency, [`Error::Copied`] if it is
    /// a copy of a ledger. It is never reset.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = absolute(path)?;
        let (file, account) = read(&path)?;
        Ok(Self::with(account, Some(path), file.has_lost_a_copy()))
    }

    /// Goes on with a copy of a ledger, after a move to another disk or a restored backup. Only a
    /// person can know that nothing was paid from the original since the copy was made, and that the
    /// original is gone: otherwise what it paid is forgotten here, and the promise with it.
    ///
    /// A file knows the number that its file system knows it by (its inode) and when that made it, so
    /// a copy, which has others, is refused until it is adopted. A copy that was written over the
    /// original itself, a copied disk and a restored machine have the same: those are seen only by
    /// programs that had the ledger open ([`Error::Replaced`]), and only until others have paid from
    /// it as much as they had seen. Where files have no numbers (not on Unix), no copy is seen.
    ///
    /// # Errors
    /// As for [`Ledger::open`], but for [`Error::Copied`].
    pub fn adopt(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = absolute(path)?;
        let mut file = StateFile::open(&path, KIND, PATIENCE)?;
        let mut account = Account::read(&file)?;
        account.origin = file.origin();
        file.write(&account.encode())?;
        Ok(Self::with(account, Some(path), file.has_lost_a_copy()))
    }

    /// Pays `loss` for `query`, durably, before the receipt exists: a crash can waste budget but
    /// never repeat it.
    ///
    /// # Errors
    /// [`Error::Unit`], [`Error::TooSensitive`], [`Error::OverBudget`], [`Error::Busy`], and those of
    /// [`Ledger::open`] for a file that is no longer what it was: nothing was spent. [`Error::File`],
    /// [`Error::Replaced`]: nothing was released, but the loss may stand as spent.
    pub fn pay<Q: Query>(&mut self, query: Q, loss: L) -> Result<Receipt<Q, L>, Error> {
        self.pay_labelled(None, query, loss)
    }

    /// As [`Ledger::pay`], and remembers the payment in [`Ledger::history`] under `label`, which must
    /// not be made from data. The file keeps the latest hundred.
    ///
    /// # Errors
    /// As for [`Ledger::pay`], and [`Error::Label`] unless the label has 1 to 80 characters, none of
    /// them a control character.
    pub fn pay_as<Q: Query>(
        &mut self,
        label: &str,
        query: Q,
        loss: L,
    ) -> Result<Receipt<Q, L>, Error> {
        self.pay_labelled(Some(label), query, loss)
    }

    fn pay_labelled<Q: Query>(
        &mut self,
        label: Option<&str>,
        query: Q,
        loss: L,
    ) -> Result<Receipt<Q, L>, Error> {
        let sensitivity = query.sensitivity(self.account.unit)?;
        self.change(|account| account.charge(loss, label, SystemTime::now))?;
        Ok(Receipt::new(query, sensitivity, self.account.unit, loss, self.payer()))
    }

    /// Pays `loss` for an algorithm of several releases, of this crate or another: it gets a ledger
    /// of its own, in memory, and whatever it does cannot spend more. What it leaves is not given
    /// back.
    ///
    /// It may count in another currency. Its releases then cost this ledger what they are there: an ε
    /// is a ρ of ε²/2, and releases whose ε add up to no more than ε have ρ that add up to no more
    /// than that.
    ///
    /// ```
    /// # use dp_core::*;
    /// # fn main() -> Result<(), Error> {
    /// # let ages = Private::new(vec![31, 64, 58]).clamp(Bounds::new(0_i64, 120)?);
    /// let mut year = Ledger::in_memory(PrivacyUnit::Records(1), Rho::new(0.5)?);
    /// let mut survey = year.allot(Epsilon::new(0.2)?)?;
    /// let count = survey.pay(ages.count(), Epsilon::new(0.1)?)?;
    /// assert_eq!(year.spent(), Some(Rho::new(0.02)?));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As for [`Ledger::pay`].
    pub fn allot<M: Loss>(&mut self, loss: M) -> Result<Ledger<M>, Error>
    where
        L: From<M>,
    {
        check(self.account.unit)?;
        self.change(|account| account.charge(loss.into(), None, SystemTime::now))?;
        let account = Account::new(self.account.unit, loss, None);
        Ok(Ledger { account, path: None, has_lost_a_copy: false, process: self.payer() })
    }

    /// The process in which what is paid for now may be released.
    fn payer(&self) -> u32 {
        if self.path.is_some() { process::id() } else { self.process }
    }

    /// Promises less from now on. Where more is spent already, every payment is refused.
    ///
    /// # Errors
    /// [`Error::Raised`] for a budget that is not within the present one: more is another promise,
    /// and needs another ledger. Those of [`Ledger::pay`] for the file.
    pub fn lower_budget(&mut self, budget: L) -> Result<(), Error> {
        self.change(|account| account.lower(budget))
    }

    /// Changes the account, on disk before this returns; after an error it is as the file says.
    fn change(
        &mut self,
        change: impl FnOnce(&mut Account<L>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(path) = &self.path else {
            return change(&mut self.account);
        };
        let (mut file, mut account) = self.look(path)?;
        self.has_lost_a_copy |= file.has_lost_a_copy();
        self.account = account.clone();
        change(&mut account)?;
        // None after a crash in the middle of `create`.
        account.origin = account.origin.or_else(|| file.origin());
        file.write(&account.encode())?;
        // If not, this was written to a file that nobody will ever look at.
        file.still_there()?;
        self.account = account;
        Ok(())
    }

    /// The file as it is now, locked.
    fn look(&self, path: &Path) -> Result<(StateFile, Account<L>), Error> {
        let (file, account) = read(path)?;
        if !account.continues(&self.account) {
            return Err(Error::Replaced { path: path.to_owned() });
        }
        Ok((file, account))
    }

    /// What is protected.
    pub fn unit(&self) -> PrivacyUnit {
        self.account.unit
    }

    /// The most that may be spent: ever, or within the period after which it renews.
    pub fn budget(&self) -> L {
        self.account.budget
    }

    /// When the budget renews; `None` for never.
    pub fn renews(&self) -> Option<Period> {
        self.account.renews()
    }

    /// What was spent of the budget when this ledger last looked; `None` for nothing.
    pub fn spent(&self) -> Option<L> {
        self.account.spent()
    }

    /// What was left of the budget when this ledger last looked; `None` for nothing.
    pub fn left(&self) -> Option<L> {
        self.account.left()
    }

    /// The latest hundred payments that were given a label, the earliest first, as this ledger last
    /// saw them.
    pub fn history(&self) -> &[Payment<L>] {
        &self.account.history
    }

    /// Whether one of the file's two copies was found unreadable. It cost nothing and the next
    /// payment writes it anew, as after a crash in the middle of one; if it happens again the disk is
    /// failing.
    pub fn has_lost_a_copy(&self) -> bool {
        self.has_lost_a_copy
    }
}

/// # Errors
/// [`Error::Unit`] for what no ledger can promise.
fn check(unit: PrivacyUnit) -> Result<(), Error> {
    match unit {
        PrivacyUnit::Time(_) => Err(Error::Unit { unit, instead: "a timeline promises it" }),
        PrivacyUnit::Values(0) | PrivacyUnit::Records(0) => {
            Err(Error::Unit { unit, instead: "a unit of nothing protects nothing" })
        }
        _ => Ok(()),
    }
}

/// So that the ledger stays the same when the process changes its folder.
fn absolute(path: impl AsRef<Path>) -> Result<PathBuf, Error> {
    let path = path.as_ref();
    std::path::absolute(path).map_err(|source| Error::File {
        action: "find",
        path: path.to_owned(),
        source,
    })
}

/// The account in the file at `path`, and the file, locked.
fn read<L: Loss>(path: &Path) -> Result<(StateFile, Account<L>), Error> {
    let file = StateFile::open(path, KIND, PATIENCE)?;
    let account = Account::read(&file)?;
    if account.is_a_copy_in(&file) {
        return Err(Error::Copied { path: path.to_owned() });
    }
    Ok((file, account))
}

#[cfg(test)]
mod tests;
