//! Much life in fast time: members and leaders in one tree, killed at random moments and started
//! again, over and over. `E2E_SOAK_SECONDS` says for how long; `E2E_SOAK_SEED` what is drawn.

use std::{
    env, fs, thread,
    time::{Duration, Instant},
};

use e2e::{
    Place, Running, SharedTree, Sighting, Watcher, files_below, sqlite_integrity, told_twice,
};
use fastrand::Rng;
use serde_json::Value;

const SECONDS: u64 = 60;
const SEED: u64 = 20_261_124;

const MEMBER: &str = "cpu-member";
const LEADER: &str = "cpu-leader";

/// Never killed: their memory is measured.
const STEADY: usize = 2;
const KILLED: usize = 8;

/// How much more memory a process may need in the last third of its life than in the first, in KiB:
/// in a soak of an hour, a leak of 250 bytes a slot or 500 a round is seen. The leader's chart grows
/// until it has an hour.
const MORE_MEMORY: [(&str, u64); 2] = [(MEMBER, 256), (LEADER, 1024)];

#[test]
#[ignore = "takes a minute, and needs the release binaries: e2e/run and .ci/run have them"]
fn however_often_they_are_killed_no_instant_is_told_twice_and_memory_stays_flat() {
    let (length, seed) = (setting("E2E_SOAK_SECONDS", SECONDS), setting("E2E_SOAK_SEED", SEED));
    println!("E2E_SOAK_SECONDS={length} E2E_SOAK_SEED={seed}");
    let end = Instant::now() + Duration::from_secs(length);
    let tree = SharedTree::new();
    let places = |kind: &str, count| -> Vec<Place> {
        (1..=count).map(|number| tree.join(&format!("{kind}{number}"))).collect()
    };
    let (steady, killed) = (places("steady", STEADY), places("killed", KILLED));
    let [steady_leader, killed_leader] = ["leader", "killed-leader"].map(|name| tree.join(name));
    let members = || steady.iter().chain(&killed);
    let watchers: Vec<_> = members().map(|member| Watcher::start(report(member))).collect();

    let mut leading = start(&steady_leader, LEADER, &mut Rng::with_seed(seed));
    let mut measuring: Vec<_> = steady.iter().map(|member| member.start(MEMBER, &RUN)).collect();
    let (kills, memory) = thread::scope(|scope| {
        let dying = killed.iter().map(|member| (member, MEMBER)).chain([(&killed_leader, LEADER)]);
        let lives: Vec<_> = dying
            .zip(seed + 1..)
            .map(|((place, app), seed)| scope.spawn(move || live_and_die(place, app, seed, end)))
            .collect();
        let memory = memory_until(end, &mut measuring, &mut leading);
        let join = |life: thread::ScopedJoinHandle<'_, u32>| life.join().expect("as it should be");
        (lives.into_iter().map(join).sum::<u32>(), memory)
    });
    drop((measuring, leading)); // they end when they are asked
    println!("{kills} kills");
    assert!(u64::from(kills) > length, "so few are no test");

    let mut values = 0;
    for (member, watcher) in members().zip(&watchers) {
        values += what_it_told(member, &watcher.seen());
        state_is_whole(member, MEMBER);
    }
    println!("{values} values");
    let most = length / 2 * (STEADY + KILLED) as u64;
    assert!((most / 4..=most).contains(&values), "of at most {most}");
    for leader in [&steady_leader, &killed_leader] {
        state_is_whole(leader, LEADER);
    }
    for place in members().chain([&steady_leader, &killed_leader]) {
        nothing_piles_up(place);
    }
    for (name, [first, last]) in memory {
        println!("{name}: at most {first} KiB in the first third, {last} KiB in the last");
        let (_, more) =
            MORE_MEMORY.into_iter().find(|(app, _)| name.starts_with(app)).expect("named");
        assert!(last <= first + more, "{name} grew from {first} to {last} KiB");
    }
}

#[test]
#[ignore = "needs the release binaries: e2e/run and .ci/run have them"]
fn a_first_run_that_is_killed_at_any_moment_is_followed_by_one_that_works() {
    let mut rng = Rng::with_seed(setting("E2E_SOAK_SEED", SEED));
    let tree = SharedTree::new();
    for number in 1..=40 {
        for (app, works) in [(MEMBER, "the first value leaves at"), (LEADER, "leading")] {
            let place = tree.join(&format!("{app}{number}"));
            let mut first = start(&place, app, &mut rng);
            thread::sleep(Duration::from_micros(rng.u64(..20_000)));
            first.kill();
            state_is_whole(&place, app);
            let printed = fs::read(place.log(app)).expect("there").len();
            let mut second = start(&place, app, &mut rng);
            let log = || second.log().get(printed..).is_some_and(|log| log.contains(works));
            let ready = e2e::wait_for(Duration::from_secs(10), || log().then_some(()));
            assert!(ready.is_some(), "{}", second.log());
            second.kill();
            state_is_whole(&place, app);
            nothing_piles_up(&place);
        }
    }
}

/// A slot as short as can be. A cap has the timeline written in every slot; this one is never
/// reached.
const RUN: [&str; 9] = [
    "run",
    "--slot=2s",
    "--protects=0.1s",
    "--epsilon=1",
    "--hour-cap=100000",
    "--day-cap=1000000",
    "--history=1h",
    "--leader",
    "leader@example.org",
];

/// Starts an app as its owner would. Now and then a member's slot is another than before; rarely,
/// since a timeline keeps every promise and takes some hundred.
fn start(place: &Place, app: &str, rng: &mut Rng) -> Running {
    if app == LEADER {
        return place.start(LEADER, &["run", "--round=1s"]);
    }
    let mut run = RUN;
    if rng.u8(..32) == 0 {
        run[1] = "--slot=3s";
    }
    place.start(MEMBER, &run)
}

/// Kills an app and starts it again until `end`: often just after its start, and often when the
/// next one already waits, as it does when a SyftBox client starts again. Returns how often.
fn live_and_die(place: &Place, app: &str, seed: u64, end: Instant) -> u32 {
    let mut rng = Rng::with_seed(seed);
    let mut running = start(place, app, &mut rng);
    let mut kills = 0;
    while Instant::now() < end {
        let longest = if rng.bool() { 300 } else { 12_000 };
        let left = end.saturating_duration_since(Instant::now());
        thread::sleep(Duration::from_millis(rng.u64(..longest)).min(left));
        assert_eq!(running.exit(), None, "it ended by itself\n{}", running.log());
        if rng.u8(..4) == 0 {
            let next = start(place, app, &mut rng);
            thread::sleep(Duration::from_millis(rng.u64(..100)));
            running.kill();
            running = next;
        } else {
            running.kill();
            state_is_whole(place, app);
            running = start(place, app, &mut rng);
        }
        kills += 1;
    }
    running.kill();
    kills
}

/// The most memory that each had in use in the first and in the last third of the time until `end`,
/// in KiB.
fn memory_until(
    end: Instant,
    members: &mut [Running],
    leader: &mut Running,
) -> Vec<(String, [u64; 2])> {
    let mut samples = vec![Vec::new(); members.len() + 1];
    while Instant::now() < end {
        thread::sleep(Duration::from_millis(500));
        for (running, samples) in members.iter_mut().chain([&mut *leader]).zip(&mut samples) {
            let resident = running.resident_kib();
            samples.push(resident.unwrap_or_else(|| panic!("it has ended\n{}", running.log())));
        }
    }
    let name = |number| match number {
        number if number == members.len() => LEADER.to_owned(),
        number => format!("{MEMBER} {}", number + 1),
    };
    let thirds = |samples: &Vec<u64>| {
        let (first, last) = (samples.len() / 3, samples.len() - samples.len() / 3);
        [&samples[..first], &samples[last..]]
            .map(|third| *third.iter().max().expect("there was time for some"))
    };
    samples.iter().enumerate().map(|(number, samples)| (name(number), thirds(samples))).collect()
}

/// How many values a member told, none of any instant twice. What its owner's record has of them is
/// the same, so nothing was told unseen.
fn what_it_told(member: &Place, seen: &[Sighting]) -> u64 {
    let log = fs::read_to_string(member.log(MEMBER)).expect("it has run");
    assert!(!log.contains("panicked"), "{log}");
    let twice = told_twice(seen);
    assert!(twice.is_empty(), "told twice: {twice:?}\n{log}");
    let history = member.finish(MEMBER, &["history"]).expect("its owner can read it");
    for line in history.lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        let [slot_end, slot_s, _, published] = fields[..] else { panic!("{line} is no line") };
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let told = seen.iter().any(|seen| {
            seen.slot_end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() == slot_end
                && seen.slot_s == Some(number(slot_s))
                && (number(&seen.cpu) - number(published)).abs() < 1e-9
        });
        assert!(told, "{line} was not seen: {seen:?}");
    }
    let recorded = history.lines().count() - 1;
    assert!(recorded * 2 >= seen.len(), "{recorded} of {} values are recorded", seen.len());
    seen.len() as u64
}

/// Whatever moment an app was killed at, it finds its state as it should be.
fn state_is_whole(place: &Place, app: &str) {
    if app == MEMBER {
        let status =
            place.finish(MEMBER, &["status", "--json"]).unwrap_or_else(|said| panic!("{said}"));
        let status: Value = serde_json::from_str(&status).expect("JSON");
        assert!(status["started"].is_boolean() && status["running"] == false, "{status}");
        place.finish(MEMBER, &["budget"]).unwrap_or_else(|said| panic!("{said}"));
        return;
    }
    let state = place.state(LEADER);
    for file in files_below(&state) {
        let name = file.display().to_string();
        assert!(!name.contains("broken"), "{name}: a history was given up");
        if name.ends_with("history.sqlite") {
            assert_eq!(sqlite_integrity(&file).as_deref(), Ok("ok"), "{name}");
        }
    }
    place.finish(LEADER, &["status", "--json"]).unwrap_or_else(|said| panic!("{said}"));
}

/// What deaths leave is used again.
fn nothing_piles_up(place: &Place) {
    let roots = [place.home(".local"), place.home("SyftBox/private"), place.datasite("")];
    let files: Vec<_> = roots.iter().flat_map(|root| files_below(root)).collect();
    assert!(files.len() <= 16, "{files:?}");
}

fn report(member: &Place) -> std::path::PathBuf {
    member.datasite("app_data/cpu_tracker/cpu_tracker.json")
}

fn setting(name: &str, otherwise: u64) -> u64 {
    let parse =
        |text: String| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number"));
    env::var(name).map_or(otherwise, parse)
}
