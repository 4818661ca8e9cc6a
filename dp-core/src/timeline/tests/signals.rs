//! Signals that are released together, simulated: what a stretch costs, of all of them.

use super::{
    caps::{Machine, cap, total},
    *,
};
use crate::Noise;

fn share(epsilon: f64, instrument: Instrument) -> Signal {
    Signal { instrument, epsilon: Epsilon::new(epsilon).expect("in range") }
}

fn level(milliseconds: u64) -> Instrument {
    Instrument::Level { every: Duration::from_millis(milliseconds) }
}

fn split(promise: Promise, signals: &[Signal]) -> Terms {
    Terms { signals: signals.to_vec(), ..promise.into() }
}

fn halves(promise: Promise, every_ms: u64) -> Terms {
    split(promise, &[share(0.5, Instrument::Counter), share(0.5, level(every_ms))])
}

fn loss(terms: &Terms, milliseconds: u64) -> f64 {
    terms.loss_over(Duration::from_millis(milliseconds), percent()).expect("sensible").into()
}

#[test]
fn signals_share_the_loss_and_each_has_the_noise_of_its_share() {
    let terms = halves(promise(30_000, 299_000), 1000);
    let (_folder, path) = fresh_under(&terms);
    let hand = Hand::new();
    let mut timeline = hand.on(Timeline::open(&path).expect("whole"));
    assert_eq!(timeline.terms(), &terms);
    let window = timeline.record_together(&[percent(); 2]).expect("sensible");
    let mut memory = window.level(1).expect("a level");
    for tread in 0..299 {
        hand.set(tread * 1000 + 7 * (tread % 100));
        memory.read(|| Ok::<_, Error>(Private::new(tread as f64 / 10.0))).expect("in time");
    }
    hand.set(299_000);
    let mean = memory.mean().expect("all of them");
    assert!((mean.expose_to_owner() - 14.9).abs() < 1e-4, "{}", mean.expose_to_owner());
    let closed = window.close().expect("long enough");
    let paid = closed.pay_together(vec![Private::new(12.5), mean]).expect("the same file");
    let mut rng = NoiseRng::seeded(1);
    let noises: Vec<Noise> = paid
        .into_iter()
        .map(|paid| paid.release(Laplace, &mut rng).expect("no fork").noise)
        .collect();
    assert_eq!(noises, terms.noises(percent()).expect("sensible"));
    for (noise, moved) in noises.into_iter().zip([30.0 / 299.0, 31.0 / 299.0]) {
        assert!((noise.scale() / (100.0 * moved / 0.5) - 1.0).abs() < 1e-4, "{}", noise.scale());
    }
}

fn fresh_under(terms: &Terms) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("timeline");
    drop(Timeline::create(&path, terms.clone()).expect("created"));
    (folder, path)
}

#[test]
fn a_level_costs_a_staircase_and_the_promise_at_what_it_protects() {
    let terms = split(promise(30_000, 300_000), &[share(1.0, level(1000))]);
    for (milliseconds, treads) in [
        (0, 1.0),
        (1, 2.0),
        (1000, 2.0),
        (1001, 3.0),
        (29_000, 30.0),
        (30_000, 31.0),
        (60_000, 61.0),
    ] {
        let stated = loss(&terms, milliseconds);
        assert!((stated - treads / 31.0).abs() < 1e-4, "{milliseconds} ms: {stated}");
    }
    assert!((loss(&terms, 30_000) - 1.0).abs() < f64::EPSILON);
}

/// Within a millisecond, readings at the end of one tread and at the beginning of the next.
#[test]
fn the_staircase_is_reached() {
    let promise = promise(1, 10_000);
    let terms = split(promise, &[share(1.0, level(1000))]);
    let moved = |changed: f64| {
        let (_folder, path) = fresh_under(&terms);
        let hand = Hand::new();
        let mut timeline = hand.on(Timeline::open(&path).expect("whole"));
        let window = timeline.record(percent()).expect("sensible");
        let mut mean = window.level(0).expect("a level");
        for at in [0, 1999, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000] {
            hand.set(at);
            let reading = if (1999..=2000).contains(&at) { changed } else { 0.0 };
            mean.read(|| Ok::<_, Error>(Private::new(reading))).expect("in time");
        }
        hand.set(10_000);
        let paid = window.close().expect("long enough").pay(mean.mean().expect("all")).expect("ok");
        *paid.query().steps.expose_to_owner()
    };
    assert_eq!(moved(100.0).abs_diff(moved(0.0)), percent().width() / 5, "two of ten treads");
    let sensitivity = Signal::sensitivity(terms.signals[0], promise, percent(), promise.protects);
    assert_eq!(sensitivity.expect("sensible").l1(), percent().width() / 5 + 7, "and the ends");
}

#[test]
fn a_level_is_read_once_in_every_tread_and_never_late() {
    let terms = split(promise(1000, 3000), &[share(1.0, level(1000))]);
    let (_folder, path) = fresh_under(&terms);
    let hand = Hand::new();
    let mut timeline = hand.on(Timeline::open(&path).expect("whole"));
    let window = timeline.record(percent()).expect("sensible");
    let begin = || window.level(0).expect("a level");
    let reading = || Ok::<_, Error>(Private::new(50.0));
    let mut mean = begin();
    let due = mean.due().expect("at once");
    for at in [0, 1, 999] {
        hand.set(at);
        mean.read(|| if at == 0 { reading() } else { panic!("it was read") }).expect("in time");
    }
    assert_eq!(mean.due().expect("the next").duration_since(due), Duration::from_secs(1));
    assert!(matches!(begin().mean(), Err(Error::TreadMissed { .. })), "none at all");
    hand.set(2000);
    assert!(matches!(mean.read(reading), Err(Error::TreadMissed { .. })), "the second is missing");
    assert!(matches!(mean.mean(), Err(Error::TreadMissed { .. })));
    hand.set(0);
    let mut slow = begin();
    let late = slow.read(|| {
        hand.set(1000);
        reading()
    });
    assert!(matches!(late, Err(Error::TreadMissed { .. })), "read over the end of its tread");
    hand.set(0);
    let mut failing = begin();
    let fault = || Err(Error::Randomness);
    assert!(matches!(failing.read(fault), Err(Error::Randomness)));
    failing.read(reading).expect("it may be tried again");
    for at in [1000, 2000] {
        hand.set(at);
        failing.read(reading).expect("in time");
    }
    assert_eq!(failing.due(), None);
    hand.set(2999);
    failing.read(|| panic!("there are all")).map_err(|fault: Error| fault).expect("nothing to do");
    assert!((failing.mean().expect("all").expose_to_owner() - 50.0).abs() < 1e-4);
}

#[test]
fn signals_that_share_too_much_or_cannot_be_read_are_refused() {
    let promise = promise(1000, 4000);
    let refused = |signals: &[Signal]| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("timeline");
        let fault = Timeline::create(&path, split(promise, signals)).expect_err("refused");
        assert!(!path.exists());
        fault
    };
    let counter = |epsilon| share(epsilon, Instrument::Counter);
    assert!(matches!(refused(&[counter(0.6), counter(0.5)]), Error::Signals { .. }));
    assert!(matches!(refused(&[counter(1.000_000_001)]), Error::Signals { .. }));
    assert!(matches!(refused(&[counter(0.1); 9]), Error::Signals { .. }));
    for every in [0, 4001] {
        assert!(matches!(refused(&[share(0.5, level(every))]), Error::Level { .. }), "{every}");
    }
    let (_folder, path) = fresh_under(&halves(promise, 1000));
    let mut timeline = Timeline::open(&path).expect("whole");
    assert!(matches!(timeline.record(percent()), Err(Error::Together { promised: 2, got: 1 })));
    let window = timeline.record_together(&[percent(); 2]).expect("both");
    for number in [0, 2] {
        assert!(matches!(window.level(number), Err(Error::NoLevel { .. })), "{number}");
    }
    let hand = Hand::new();
    let mut timeline = hand.on(timeline);
    let window = timeline.record_together(&[percent(); 2]).expect("both");
    hand.set(4000);
    let paid = window.close().expect("long enough").pay(Private::new(50.0));
    assert!(matches!(paid, Err(Error::Together { promised: 2, got: 1 })), "one mean for two");
    let (_folder, path) = fresh(promise);
    let mut timeline = Timeline::open(&path).expect("whole");
    assert!(timeline.record_together(&[percent(); 2]).is_err(), "one signal is promised");
}

#[test]
fn caps_are_charged_with_what_all_signals_cost() {
    let promise = promise(1000, 4000);
    let terms = Terms { caps: vec![cap(3600, 10.0)], ..halves(promise, 100) };
    let (_folder, path) = fresh_under(&terms);
    let machine = Machine::default();
    let mut timeline = machine.open(&path);
    let window = timeline.record_together(&[percent(); 2]).expect("affordable");
    // Of a window, 4 of its 4 s for 1 s, and 40 of its 40 treads for the 11 that 1 s touches.
    let expected = 0.5 * 4.0 + 0.5 * 40.0 / 11.0;
    assert!((f64::from(window.costs) - expected).abs() < 1e-3, "{}", window.costs);
    assert_eq!(window.costs, terms.loss_of_window(percent()).expect("sensible"));
    machine.pass(4000);
    let closed = window.close().expect("long enough");
    drop(closed.pay_together(vec![Private::new(1.0), Private::new(2.0)]).expect("ok"));
    drop(timeline);
    let overview = Overview::read(&path, percent()).expect("whole");
    assert_eq!(overview.caps[0].charged, terms.loss_of_window(percent()).expect("sensible"));
    assert!(overview.caps[0].charged < total(4.0), "less than as counters");
}

/// So little that each of eight signals rounds it up to a billionth.
#[test]
fn a_cap_below_what_the_signals_cost_together_allows_nothing() {
    let year = 366 * 86_400_000;
    let counters = [share(100.0 / 8.0, Instrument::Counter); 8];
    let promise = Promise { epsilon: Epsilon::new(100.0).expect("in range"), ..promise(year, 1) };
    let terms = Terms { caps: vec![cap(3600, 4e-9)], ..split(promise, &counters) };
    let (_folder, path) = fresh_under(&terms);
    let mut timeline = Timeline::open(&path).expect("whole");
    let refused = timeline.record_together(&[percent(); 8]);
    assert!(matches!(refused, Err(Error::CapTooLow { .. })), "{refused:?}");
}

#[test]
fn signals_are_kept_in_the_file_and_a42_damaged_ones_are_refused() {
    let whole = "era 5 epsilon 1000000000 protects 1000000000 window 4000000000 \
                 counter 400000000 level 600000000 every 100000000 cap 60 loss 9000000000\n\
                 charged 60 0\n";
    let (eras, charges) = decode(whole).expect("whole");
    assert_eq!(era::encode(&eras, &charges), whole);
    let expected = [share(0.4, Instrument::Counter), share(0.6, level(100))];
    assert_eq!(eras[0].terms.signals, expected);
    for (from, to) in [
        ("counter 400000000", "counter 400000001"), // together more than there is
        ("counter 400000000", "counter 0"),
        ("counter 400000000", "counter"),
        ("counter 400000000", "gauge 400000000"),
        ("every 100000000", "every 0"),
        ("every 100000000", "every 4000000001"),
        ("every 100000000", ""),
        ("cap 60 loss 9000000000", "cap 60 loss 9000000000 counter 1"),
    ] {
        let damaged = whole.replace(from, to);
        assert!(damaged != whole && decode(&damaged).is_none(), "{from} -> {to}");
    }
}

/// One of the terms, the windows recorded under them (idle ticks before, extra ticks), in ticks.
type Chapter = (f64, usize, usize, usize, f64, Vec<(usize, usize)>);

fn chapters() -> impl Strategy<Value = Vec<Chapter>> {
    let windows = prop::collection::vec((0..9_usize, 0..9_usize), 1..5);
    let chapter = (0.01..5.0_f64, 1..300_usize, 20..120_usize, 1..20_usize, 0.1..0.9_f64, windows);
    prop::collection::vec(chapter, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn a_stretch_never_costs_more_than_is_stated_over_all_signals_and_eras(
        chapters in chapters(),
        stretched in 0.0..1.0_f64,
        at in 0.0..1.0_f64,
        loads in prop::collection::vec(0.0..=100.0_f64, 50),
        idle in any::<bool>(),
        // Where in its tread a reading is taken, of ten parts.
        within in prop::collection::vec(0..10_u64, 17),
    ) {
        let signal: Vec<f64> = (0..3500)
            .map(|tick| if idle { 0.0 } else { loads[tick / 7 % 50] })
            .collect();
        let length = chapters.iter().flat_map(|(_, _, window, _, _, windows)| {
            windows.iter().map(move |(idle, extra)| window + idle + extra)
        }).sum::<usize>();
        let stretch_ticks = 1 + (length as f64 * stretched * stretched) as usize;
        let start = (length.saturating_sub(stretch_ticks) as f64 * at) as usize;
        let mut changed = signal.clone();
        for load in &mut changed[start..start + stretch_ticks] {
            *load = if *load < 50.0 { 100.0 } else { 0.0 };
        }
        let terms: Vec<Terms> = chapters.iter().map(|&(epsilon, protects, window, every, part, _)| {
            let promise = Promise {
                epsilon: Epsilon::new(epsilon).expect("in range"),
                ..promise(protects as u64 * 10, window as u64 * 10)
            };
            let level = share(epsilon * part * 0.999, level(every as u64 * 10));
            split(promise, &[share(epsilon * (1.0 - part) * 0.999, Instrument::Counter), level])
        }).collect();
        let (_folder, path) = fresh_under(&terms[0]);
        let hand = Hand::new();
        let mut timeline = hand.on(Timeline::open(&path).expect("whole"));
        let mut now = 0;
        // Moved, at which ε, paid for: of each signal of each era.
        let mut costs: Vec<(u128, u128, u128)> = Vec::new();
        for (terms, (_, _, window_ticks, every, _, windows)) in terms.iter().zip(&chapters) {
            if now > 0 {
                timeline.begin_era(terms.clone()).expect("room");
            }
            let mut moved = [0; 2];
            for (idle, extra) in windows {
                let (from, until) = (now + idle, now + idle + window_ticks + extra);
                now = until;
                hand.set(from as u64 * 10);
                let window = timeline.record_together(&[percent(); 2]).expect("no cap");
                let (mut before, mut after) =
                    (window.level(1).expect("a level"), window.level(1).expect("a level"));
                for tread in 0..window_ticks / every {
                    let offset = within[tread % 17] * *every as u64;
                    let at = (from + tread * every) as u64 * 10 + offset;
                    hand.set(at);
                    let reading = |signal: &[f64]| Ok::<_, Error>(Private::new(signal[at as usize / 10]));
                    before.read(|| reading(&signal)).expect("in time");
                    after.read(|| reading(&changed)).expect("in time");
                }
                hand.set(until as u64 * 10);
                let means = vec![Private::new(mean(&signal, from, until)), before.mean().expect("all")];
                let other = [mean(&changed, from, until), *after.mean().expect("all").expose_to_owner()];
                let paid = window.close().expect("long enough").pay_together(means).expect("there");
                for ((moved, paid), other) in moved.iter_mut().zip(paid).zip(other) {
                    let raw = *paid.query().steps.expose_to_owner();
                    *moved += raw.abs_diff(percent().clamp(&other));
                }
            }
            for (moved, signal) in moved.into_iter().zip(&terms.signals) {
                let paid_for = signal.sensitivity(terms.promise, percent(), terms.promise.protects);
                costs.push((moved, signal.epsilon.billionths().into(), paid_for.expect("ok").l1()));
            }
        }
        let stretch = TICK * u32::try_from(stretch_ticks).expect("small");
        let stated = Era::loss_across(timeline.eras(), stretch, percent()).expect("sensible");
        // In billionths. Six fractions have no common denominator that fits: each is rounded down by
        // less than a millionth of a billionth, and what is stated is rounded up.
        let cost: u128 = costs.iter().map(|&(moved, epsilon, paid_for)| {
            moved * epsilon * 1_000_000 / paid_for
        }).sum();
        let stated: u128 = stated.encode().parse().expect("billionths");
        prop_assert!(cost <= stated * 1_000_000, "{} of {stated}", cost / 1_000_000);
    }
}
