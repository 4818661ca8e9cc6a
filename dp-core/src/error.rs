use std::{
    io,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use crate::{Epsilon, PrivacyUnit, TotalEpsilon, calendar};

/// Why something was refused. Carries parameters and paths, never data: every error is safe to log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bounds that do not name a range.
    #[error(
        "bounds must be finite, within ±1e270, with lower < upper and at least 1e-280 apart; \
         got {lower} to {upper}"
    )]
    Bounds {
        /// The lower end that was given.
        lower: f64,
        /// The upper end that was given.
        upper: f64,
    },
    /// A privacy loss outside the range in which it is a promise worth the name.
    #[error("epsilon must be between 1e-9 and 100, got {0}")]
    Epsilon(f64),
    /// A zero-concentrated loss outside the range in which it is a promise worth the name.
    #[error("rho must be between 1e-12 and 5000 (that of a pure epsilon of 100), got {0}")]
    Rho(f64),
    /// A δ that cannot be accounted for, or that promises nothing.
    #[error(
        "delta must be at least 1e-18 and below 1, got {0}; without a delta, pay in Epsilon or Rho"
    )]
    Delta(f64),
    /// The mean of no values.
    #[error("the mean of a public number of values needs at least one value")]
    Empty,
    /// A histogram without categories, or with one that is named twice.
    #[error(
        "a histogram needs at least one category and each only once; got {given}, of which \
         {different} are different"
    )]
    Categories {
        /// How many were given.
        given: usize,
        /// How many different ones are among them.
        different: usize,
    },
    /// Rows of no numbers, or of more than an answer has room for.
    #[error("rows must have between 1 and 2^20 columns, got {0}")]
    Columns(usize),
    /// The query moves without bound, or not at all, under this unit; nothing was spent.
    #[error("no noise can be calibrated for the unit {unit:?}: {instead}")]
    Unit {
        /// The unit that the ledger promises.
        unit: PrivacyUnit,
        /// What to do instead.
        instead: &'static str,
    },
    /// The query moves further than noise can be drawn for; nothing was spent.
    #[error(
        "one unit moves the answer by more than 2^90 grid steps: use narrower bounds, fewer columns or \
         a smaller unit"
    )]
    TooSensitive,
    /// The payment would pass the budget; nothing was spent.
    #[error("privacy budget exhausted: asked for {asked}, {left}{}", enough_in(*renews_in))]
    OverBudget {
        /// What was asked for.
        asked: String,
        /// How much is left, in words.
        left: String,
        /// After how long enough of it will be back; `None` for never.
        renews_in: Option<Duration>,
    },
    /// A budget that would promise less privacy than was promised; nothing was changed.
    #[error(
        "a budget can only be lowered: {asked} is not within the {budget} that was promised; for \
         another promise create another ledger"
    )]
    Raised {
        /// The present budget.
        budget: String,
        /// What it was to be.
        asked: String,
    },
    /// A margin that no loss in this currency buys, or that is finer than the grid; nothing was spent.
    #[error(
        "for this question a margin at a confidence of {confidence} must be at least {least}, what the \
         largest loss and the grid allow; got {margin}"
    )]
    Margin {
        /// The margin that was wanted, in the answer's unit.
        margin: f64,
        /// The least there is, in the answer's unit.
        least: f64,
        /// The confidence that it was wanted with.
        confidence: f64,
    },
    /// A confidence that no margin has.
    #[error("a confidence must be above 0 and below 1, got {0}")]
    Confidence(f64),
    /// A label that does not fit a line; nothing was spent.
    #[error(
        "a label must have 1 to 80 characters, none of them a control character; got one of \
         {characters}"
    )]
    Label {
        /// How many it has.
        characters: usize,
    },
    /// A period after which no budget sensibly renews.
    #[error("a budget renews after between 1 second and 366 days, got {0:?}")]
    Period(Duration),
    /// A timeline's promise with a stretch or a window that is not a sensible length.
    #[error(
        "a promise protects a stretch, and averages over a window, of 1 ms to 366 days each; \
         got {protects:?} and {window:?}"
    )]
    Promise {
        /// The stretch that was to be protected.
        protects: Duration,
        /// The window that was to be averaged over.
        window: Duration,
    },
    /// Signals that would share more than there is, or too many of them.
    #[error(
        "the signals' shares of ε add up to {shares}, and at most eight signals can share \
         {epsilon}: give each a smaller share"
    )]
    Signals {
        /// What the shares add up to.
        shares: f64,
        /// What they were to share.
        epsilon: Epsilon,
    },
    /// A level whose treads do not fit the window.
    #[error(
        "a level is read every 1 ms or less often, at least once and at most 2^20 times in a \
         window; got {every:?} for {window:?}"
    )]
    Level {
        /// The length of a tread.
        every: Duration,
        /// The window.
        window: Duration,
    },
    /// A window of other signals than the timeline's terms name; nothing was recorded, or released.
    #[error(
        "the timeline's terms name {promised} signals, which are recorded and paid for together; \
         got {got}"
    )]
    Together {
        /// How many the terms name.
        promised: usize,
        /// How many were given.
        got: usize,
    },
    /// A signal that is not read as a level.
    #[error("the window has no level as signal number {number}, counted from 0")]
    NoLevel {
        /// Which signal was asked for.
        number: usize,
    },
    /// A tread of a window that has no reading; nothing can be released.
    #[error("a level was not read in every stretch of {every:?}; record a new window")]
    TreadMissed {
        /// The length of a tread.
        every: Duration,
    },
    /// A total loss that bounds nothing, or nearly everything.
    #[error("a total loss must be between 1e-9 and 1e9, got {0}")]
    TotalEpsilon(f64),
    /// A cap for a stretch that is not a sensible length, or one cap too many.
    #[error(
        "a cap bounds a stretch of 1 second to 366 days, at most eight of them, each of another \
         length in whole seconds; cannot add one for {stretch:?}"
    )]
    Cap {
        /// The stretch that was to be bounded.
        stretch: Duration,
    },
    /// A cap under which nothing could ever be released; nothing was changed.
    #[error(
        "a cap of {loss} for any {stretch:?} allows no release at all: a single window costs \
         {costs}. Raise or lift the cap, or promise a smaller epsilon, a longer stretch or shorter \
         windows"
    )]
    CapTooLow {
        /// The stretch that was to be bounded.
        stretch: Duration,
        /// What it was to cost at most.
        loss: TotalEpsilon,
        /// What a window costs at most.
        costs: TotalEpsilon,
    },
    /// A cap leaves too little for another window; nothing was recorded.
    #[error(
        "paused until {}: the releases of the last {stretch:?} cost {charged}, and another one would \
         pass the cap of {loss}",
        calendar::minute(*until)
    )]
    Paused {
        /// When enough of it will have passed, by the clock on the wall.
        until: SystemTime,
        /// The stretch that the cap bounds.
        stretch: Duration,
        /// What it costs at most.
        loss: TotalEpsilon,
        /// What is charged to it now: more than that where the cap was lowered since.
        charged: TotalEpsilon,
    },
    /// A window that covers less time than the timeline's promise counts on; nothing was released.
    #[error("the window was closed before it had lasted {window:?}; record a new one")]
    TooShort {
        /// The length that the promise counts on.
        window: Duration,
    },
    /// The source of randomness failed: nothing was released, and the charge stays.
    #[error("the source of randomness failed; nothing was released: reseed the generator")]
    Randomness,
    /// The generator was seeded in another process, whose copy of it goes on: nothing was released,
    /// and the charge stays.
    #[error(
        "this generator comes from before a fork: reseed it, or make a new one, in each process"
    )]
    Forked,
    /// A receipt in a process that did not pay, or that a copied ledger in memory gave: its twin may be
    /// released, too. Nothing was released here.
    #[error(
        "this receipt, or the ledger in memory that gave it, comes from before a fork, and its twin in \
         the other process may be used, too: pay in the process that releases, from a ledger on disk"
    )]
    CopiedByFork,
    /// An event with a parameter that no release sensibly has.
    #[error("an event's {what} must be between {least:e} and {most:e}, got {value}")]
    Event {
        /// Which parameter.
        what: &'static str,
        /// What was given.
        value: f64,
        /// The least that is accounted for.
        least: f64,
        /// The most that is accounted for.
        most: f64,
    },
    /// A δ that an accountant cannot be asked about.
    #[error("ask about a delta of 0, or of at least 1e-300 and below 1; got {0}")]
    AskedDelta(f64),
    /// An ε that an accountant cannot be asked about.
    #[error("ask about an epsilon between 0 and 1e9, got {0}")]
    AskedEpsilon(f64),
    /// An order that no Rényi divergence is computed for.
    #[error("the order of a Rényi divergence must be between 1 + 1e-6 and 1e6, got {0}")]
    Order(f64),
    /// A rate of false positives that no test has.
    #[error("a rate of false positives must be between 0 and 1, got {0}")]
    Rate(f64),
    /// Somebody else holds the file's lock.
    #[error("{} is in use by another process; wait for it or stop it", path.display())]
    Busy {
        /// The locked file.
        path: PathBuf,
    },
    /// A state file that holds no readable copy of what is asked of it. It is never reset.
    #[error(
        "{} holds no readable {expected}: it is damaged or another kind of file. Restore it from \
         a backup newer than the last release, or retire what it protects",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should have held.
        expected: &'static str,
    },
    /// A state file of a later version of this crate. It was left as it is.
    #[error(
        "{} was written by a newer version of dp-core: use that version, or a newer one",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// A ledger that counts another kind of loss; it was left as it is.
    #[error("{} counts in {found}, not in {asked}: open it in its own currency", path.display())]
    Currency {
        /// The ledger's file.
        path: PathBuf,
        /// The currency that it counts in.
        found: &'static str,
        /// The currency that it was opened in.
        asked: &'static str,
    },
    /// A copy of a ledger: what was paid from the original since is not in it. It was left as it is.
    #[error(
        "{} is a copy of a ledger. If the original is gone, and nothing was paid from it after the \
         copy was made, adopt the copy; otherwise go on with the original",
        path.display()
    )]
    Copied {
        /// The copy.
        path: PathBuf,
    },
    /// A state file was removed, replaced or put back to an older state while it was in use; nothing
    /// was released.
    #[error("{} was removed, replaced or put back while in use; start again from the true one", path.display())]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// A state file has no room for another entry.
    #[error("{} is full; nothing was changed", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// A state file could not be read, locked or written. Nothing was released; after a failed
    /// write the charge may stand.
    #[error("cannot {action} {}: {source}{}", path.display(), remedy(source))]
    File {
        /// What was attempted.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// The end of a sentence.
fn enough_in(renews_in: Option<Duration>) -> String {
    renews_in.map_or(String::new(), |time| format!("; there is enough in {time:?}"))
}

/// The end of a sentence: what to do.
fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "; restore it, or create it if it never was",
        io::ErrorKind::AlreadyExists => "; open it, or choose another name",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; make it, and its folder, writable for this user"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "; make room there, and try again"
        }
        io::ErrorKind::Unsupported => "; keep it on a file system that can do that",
        _ => "; see to the disk, and try again",
    }
}
