//! A ledger in a folder of its own, and what was spent from it and released.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use dp_core::{Bounds, Epsilon, Error, Laplace, Ledger, NoiseRng, PrivacyUnit, Private};

use crate::child;

pub(crate) struct Scene {
    folder: tempfile::TempDir,
}

/// What each payment costs.
const LOSS: f64 = 0.001;

impl Scene {
    /// A ledger of 100 that nothing was paid from.
    pub(crate) fn new() -> Self {
        let scene = Self::without_ledger();
        create(scene.ledger()).expect("created");
        scene
    }

    /// In memory where that is possible: a killed process takes nothing from the system's own
    /// memory with it, and thousands of syncs would take a disk minutes.
    pub(crate) fn without_ledger() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self { folder: folder.expect("a temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("ledger")
    }

    /// This program in another role.
    pub(crate) fn child(&self, role: &str) -> Command {
        let mut command = Command::new(env::current_exe().expect("known"));
        command.env(child::ROLE, role).env(child::FOLDER, self.folder.path());
        command
    }

    /// Payments, as the file has it.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a count")]
    pub(crate) fn spent(&self) -> usize {
        let ledger = Ledger::<Epsilon>::open(self.ledger()).expect("whole, whatever happened");
        let spent = ledger.spent().map_or(0.0, f64::from);
        (spent / LOSS).round() as usize
    }

    pub(crate) fn released(&self) -> usize {
        fs::read(self.path("released")).map_or(0, |marks| marks.len())
    }

    pub(crate) fn pay_once(&self) {
        pay_and_release(&self.ledger(), &self.path("released")).expect("it works again");
    }

    /// Pays often enough, with long enough labels, for a text of several pages.
    pub(crate) fn pay_with_labels(&self) {
        let mut ledger = Ledger::open(self.ledger()).expect("whole");
        for day in 0..99 {
            let label = format!("{day} {}", "ü".repeat(70));
            let loss = Epsilon::new(LOSS).expect("in range");
            drop(ledger.pay_as(&label, data().sum(), loss).expect("within the budget"));
        }
    }
}

fn data() -> dp_core::Clamped {
    Private::new(vec![10.0, 20.0]).clamp(Bounds::new(0.0, 100.0).expect("a range"))
}

pub(crate) fn create(path: PathBuf) -> Result<(), Error> {
    let budget = Epsilon::new(100.0).expect("in range");
    Ledger::create(path, PrivacyUnit::Values(1), budget).map(drop)
}

/// Pays from the ledger at `path`, then leaves a mark in the file `released`.
pub(crate) fn pay_and_release(path: &Path, released: &Path) -> Result<(), Error> {
    use std::io::Write;
    let mut ledger = Ledger::open(path)?;
    let paid = ledger.pay(data().sum(), Epsilon::new(LOSS).expect("in range"))?;
    paid.release(Laplace, &mut NoiseRng::system()?)?;
    let mut marks =
        fs::OpenOptions::new().append(true).create(true).open(released).expect("a file of marks");
    marks.write_all(b".").expect("marked");
    Ok(())
}

/// Pays `loss`, and says what came of it.
pub(crate) fn ask(path: &Path, loss: f64) -> Result<(), Error> {
    let loss = Epsilon::new(loss).expect("in range");
    Ledger::open(path)?.pay(data().sum(), loss).map(drop)
}

/// The rounds of a case that runs `few` by default.
pub(crate) fn rounds(few: usize) -> usize {
    env::var("DP_CORE_TEST_ROUNDS").map_or(few, |rounds| rounds.parse().expect("a number"))
}

/// Whether a case must not be skipped.
pub(crate) fn in_ci() -> bool {
    env::var("CI").is_ok_and(|ci| ci == "true")
}

/// What a child that failed said.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Numbers that are different and always the same.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % end
    }
}
