//! The memory in use, shared beside the CPU: the same windows, and a reading in every tread.

use dp_core::{Instrument, Signal};

use super::*;

/// The shortest tread there is: a thirtieth of the protected stretch is less.
const EVERY: Duration = Duration::from_secs(1);

/// Enough for noise that a leader believes.
fn promise() -> Promise {
    Promise { epsilon: Epsilon::new(1.0).expect("in range"), ..super::promise() }
}

/// A value that left, with when the memory was read for it.
struct Shared {
    raw: f64,
    report: PeerReport,
    treads: Vec<u128>,
}

fn live_with_memory(seed: u64, lives: u32) -> Vec<Shared> {
    let world = SharedWorld::new(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    let both = [Instrument::Counter, crate::memory::instrument(promise())];
    let signals = Signal::evenly(promise(), &both).expect("enough for two");
    drop(Timeline::create(&path, Terms { signals, ..promise().into() }).expect("created"));
    let published = RefCell::new(Vec::new());
    for _ in 0..lives {
        let mut timeline = world.timeline(&path);
        let lives_for = world.look().draw(900) + 1;
        world.look().lives_for = lives_for as u32;
        run(
            &mut Simulated { world: world.clone(), mark: None },
            &mut timeline,
            Schedule::new(ANCHOR, SLOT),
            &mut Presence::of(Vec::new()),
            false,
            |release| {
                let world = world.look();
                let raw = release.raw.expose_to_owner().to_bits();
                let reading = world.readings.iter().rev().find(|one| one.mean.to_bits() == raw);
                let Reading { from, until, .. } = *reading.expect("a value comes from a reading");
                // The window began when the first reading of the counters had ended.
                let window = from + READING;
                let within = |at: &&Duration| (window..until).contains(*at);
                let treads = world.memory_readings.iter().filter(within);
                published.borrow_mut().push(Shared {
                    raw: *release.raw_memory.as_ref().expect("shared").expose_to_owner(),
                    report: PeerReport::parse(&release.report.to_bytes()).expect("ours"),
                    treads: treads.map(|at| (*at - window).as_nanos() / EVERY.as_nanos()).collect(),
                });
                Ok(())
            },
        )
        .expect("nothing fails");
        world.look().pass(Duration::from_millis(700));
    }
    published.into_inner()
}

#[test]
fn a_value_of_the_memory_comes_from_one_reading_in_every_tread_of_the_window() {
    let mut values = 0;
    for seed in 0..=20 {
        for Shared { treads, .. } in live_with_memory(seed, 6) {
            assert_eq!(treads, (0..4).collect::<Vec<_>>(), "seed {seed}");
            values += 1;
        }
    }
    assert!(values > 100, "only {values} values were published");
}

#[test]
fn both_are_reported_with_the_noise_of_half_the_loss_each_and_the_loss_of_both() {
    let published = live_with_memory(0, 6);
    assert!(published.len() > 10, "{}", published.len());
    for Shared { raw, report, .. } in published {
        let memory = report.memory.expect("shared");
        assert!((report.epsilon - 1.0).abs() < 1e-12, "{}", report.epsilon);
        assert!((report.scale / (100.0 * 5.5 / 4.0 / 0.5) - 1.0).abs() < 1e-4, "{}", report.scale);
        let stairs = 100.0 * 7.0 / 4.0 / 0.5; // 5.5 s touch at most 6 + 1 of treads of 1 s
        assert!((memory.scale / stairs - 1.0).abs() < 1e-4, "{}", memory.scale);
        assert!((report.epsilon_over(5.5) - 1.0).abs() < 1e-4, "{}", report.epsilon_over(5.5));
        assert!((0.0..=100.0).contains(&raw), "{raw}");
    }
}
