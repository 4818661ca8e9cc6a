//! A process that really forks, and what its generators and locks then do on either side.

#[cfg(unix)]
fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for drawn in [0, 1, 50] {
        // The buffer is not filled yet, or half taken: the child has the rest of it, and its key.
        unix::a26_a_child_draws_no_noise_of_its_parent(&folder.path().join("child"), drawn);
        println!("a26_a_child_draws_no_noise_of_its_parent, {drawn} releases before the fork: ok");
    }
    unix::a39_a_fork_shares_a_lock_and_may_not_use_it(&folder.path().join("timeline"));
    println!("a39_a_fork_shares_a_lock_and_may_not_use_it: ok");
    let wrong = [
        (
            "a receipt is released once",
            unix::a_receipt_is_released_once(&folder.path().join("noisy")),
        ),
        (
            "a window is released once",
            unix::a_window_is_released_once(&folder.path().join("window")),
        ),
        ("an allotment is spent once", unix::an_allotment_is_spent_once()),
    ];
    for (what, holds) in wrong {
        println!("{what}, whatever forks: {}", if holds { "ok" } else { "FAILED" });
    }
    assert!(wrong.iter().all(|&(_, holds)| holds));
}

#[cfg(not(unix))]
fn main() {
    println!("skipped: this system has no fork");
}

#[cfg(unix)]
mod unix {
    use std::{fs, path::Path, process, thread, time::Duration};

    use dp_core::{
        Bounds, Epsilon, Error, Laplace, Ledger, NoiseRng, PrivacyUnit, Private, Promise, Timeline,
    };
    use fork::{Fork, fork, waitpid};
    use rand::{SeedableRng, rngs::SysRng};
    use rand_chacha::ChaCha12Rng;

    pub(crate) fn a26_a_child_draws_no_noise_of_its_parent(path: &Path, drawn: usize) {
        let mut system = NoiseRng::system().expect("randomness");
        let mut seeded = NoiseRng::seeded(26);
        let brought = ChaCha12Rng::try_from_rng(&mut SysRng).expect("randomness");
        let mut caller = NoiseRng::trusting(brought).expect("it never fails");
        for _ in 0..drawn {
            for rng in [&mut system, &mut seeded, &mut caller] {
                release(rng).expect("in its own process");
            }
        }
        let Fork::Parent(child) = fork().expect("a fork") else {
            for rng in [&mut system, &mut seeded, &mut caller] {
                assert!(matches!(release(rng), Err(Error::Forked)), "{rng:?}");
            }
            for rng in [&mut seeded, &mut caller] {
                assert!(matches!(rng.reseed(), Err(Error::Forked)), "{rng:?}");
                assert!(matches!(release(rng), Err(Error::Forked)), "{rng:?}");
            }
            system.reseed().expect("randomness");
            let noise: Vec<String> = noise(&mut system).iter().map(i64::to_string).collect();
            fs::write(path, noise.join(" ")).expect("written");
            process::exit(0); // leaves the folder to its owner
        };
        let mine = noise(&mut system);
        let status = waitpid(child).expect("a child");
        assert_eq!(status, 0, "the child says above what is wrong");
        let of_child = fs::read_to_string(path).expect("written");
        for noise in of_child.split(' ') {
            assert!(!mine.contains(&noise.parse().expect("a number")), "noise was drawn twice");
        }
        assert_eq!(of_child.split(' ').count(), mine.len());
        let mut twin = NoiseRng::seeded(26);
        noise_of(&mut twin, drawn);
        assert_eq!(noise(&mut seeded), noise(&mut twin), "the parent goes on as if alone");
        noise(&mut caller);
    }

    pub(crate) fn a39_a_fork_shares_a_lock_and_may_not_use_it(path: &Path) {
        let length = Duration::from_millis(1);
        let epsilon = Epsilon::new(1.0).expect("in range");
        let promise = Promise { epsilon, protects: length, window: length };
        let mut timeline = Timeline::create(path, promise).expect("created");
        let Fork::Parent(child) = fork().expect("a fork") else {
            assert!(matches!(pay(&mut timeline), Err(Error::Busy { .. })));
            drop(timeline); // takes nothing from its parent
            process::exit(0);
        };
        assert_eq!(waitpid(child).expect("a child"), 0, "the child says above what is wrong");
        assert!(matches!(Timeline::open(path), Err(Error::Busy { .. })), "the child unlocked it");
        pay(&mut timeline).expect("the parent goes on as if alone");

        let Fork::Parent(child) = fork().expect("a fork") else {
            thread::sleep(Duration::from_secs(1)); // with the file open
            process::exit(0);
        };
        drop(timeline);
        Timeline::open(path).expect("the child does not keep it locked");
        assert_eq!(waitpid(child).expect("a child"), 0);
    }

    /// Whether what is copied by a fork succeeds in one of both processes at most.
    fn is_done_once(succeeds: impl FnOnce() -> bool) -> bool {
        let Fork::Parent(child) = fork().expect("a fork") else {
            process::exit(i32::from(succeeds()));
        };
        let mine = succeeds();
        let of_child = waitpid(child).expect("a child") != 0;
        !(mine && of_child)
    }

    /// Paid once; the child has a generator of its own, as `Error::Forked` tells it to.
    pub(crate) fn a_receipt_is_released_once(path: &Path) -> bool {
        let epsilon = Epsilon::new(1.0).expect("in range");
        let mut ledger = Ledger::create(path, PrivacyUnit::Values(1), epsilon).expect("created");
        let data = Private::new(vec![5]).clamp(Bounds::new(0_i64, 10).expect("a range"));
        let paid = ledger.pay(data.sum(), epsilon).expect("within the budget");
        is_done_once(|| paid.release(Laplace, &mut NoiseRng::system().expect("randomness")).is_ok())
    }

    pub(crate) fn a_window_is_released_once(path: &Path) -> bool {
        let length = Duration::from_millis(1);
        let epsilon = Epsilon::new(1.0).expect("in range");
        let promise = Promise { epsilon, protects: length, window: length };
        let mut timeline = Timeline::create(path, promise).expect("created");
        let window = timeline.record(Bounds::new(0.0, 1.0).expect("a range")).expect("free");
        thread::sleep(Duration::from_millis(2));
        let paid = window.close().expect("long enough").pay(Private::new(0.5)).expect("there");
        is_done_once(|| paid.release(Laplace, &mut NoiseRng::system().expect("randomness")).is_ok())
    }

    /// "It gets a ledger of its own, in memory, and whatever it does cannot spend more."
    pub(crate) fn an_allotment_is_spent_once() -> bool {
        let epsilon = Epsilon::new(1.0).expect("in range");
        let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon);
        let mut allotted = ledger.allot(epsilon).expect("within the budget");
        let spends = |ledger: &mut Ledger| {
            let data = Private::new(vec![5]).clamp(Bounds::new(0_i64, 10).expect("a range"));
            ledger
                .pay(data.sum(), epsilon)
                .and_then(|paid| paid.release(Laplace, &mut NoiseRng::system()?))
                .is_ok()
        };
        is_done_once(|| spends(&mut allotted))
    }

    fn pay(timeline: &mut Timeline) -> Result<(), Error> {
        let window = timeline.record(Bounds::new(0.0, 1.0)?)?;
        thread::sleep(Duration::from_millis(2));
        window.close()?.pay(Private::new(0.5)).map(drop)
    }

    /// Enough to need several refills.
    fn noise(rng: &mut NoiseRng) -> Vec<i64> {
        noise_of(rng, 200)
    }

    fn noise_of(rng: &mut NoiseRng, releases: usize) -> Vec<i64> {
        (0..releases).map(|_| release(rng).expect("in its own process")).collect()
    }

    /// The noise of one release, of a scale at which no two draws are ever the same.
    fn release(rng: &mut NoiseRng) -> Result<i64, Error> {
        let epsilon = Epsilon::new(1e-6)?;
        let mut ledger = Ledger::in_memory(PrivacyUnit::Values(1), epsilon);
        let zero = Private::new(vec![0]).clamp(Bounds::new(0_i64, 1 << 40)?);
        Ok(ledger.pay(zero.sum(), epsilon)?.release(Laplace, rng)?.value)
    }
}
