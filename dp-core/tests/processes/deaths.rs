//! Deaths, at every system call and at any moment.

use std::{fs, thread, time::Duration};

use crate::{
    scene::{Numbers, Scene, create, rounds},
    trace::{self, Call},
};

/// What a payment may find.
const BEFORE: [fn(&Scene); 6] = [
    |_| (),
    |scene| damage(scene, 0),
    |scene| damage(scene, REGION),
    Scene::pay_with_labels,
    |scene| put_back(scene, 0),
    |scene| put_back(scene, REGION),
];
const REGION: usize = 64 * 1024;

pub(crate) fn at_any_system_call() {
    if !trace::is_possible() {
        return;
    }
    let mut deaths = 0;
    for prepare in BEFORE.into_iter().take(rounds(1)) {
        let calls = calls_of_a_payment(prepare);
        let mut unreleased = 0;
        for call in &calls {
            let scene = prepared(prepare);
            die(&scene, call);
            unreleased += usize::from(is_sound_after(&scene, 1));
            deaths += 1;
        }
        assert!(unreleased >= 3, "no death fell between the payment and its release");
        assert!(unreleased < calls.len() - 3, "no death fell before the payment");
    }
    println!("{deaths} deaths:");
}

/// Wherever the first one died, whoever finds what it left may die anywhere, too.
pub(crate) fn twice() {
    if !trace::is_possible() {
        return;
    }
    let mut numbers = Numbers(40);
    let calls = calls_of_a_payment(BEFORE[0]);
    for _ in 0..rounds(40) / 2 {
        let scene = prepared(BEFORE[0]);
        for _ in 0..2 {
            die(&scene, &calls[numbers.below(calls.len())]);
        }
        is_sound_after(&scene, 2);
    }
}

pub(crate) fn at_any_moment() {
    let mut numbers = Numbers(41);
    let (mut payments, mut lost, mut left) = (0, 0, rounds(50));
    while left > 0 {
        let scene = Scene::new();
        let mut deaths = 0;
        // A budget is enough for twice as many.
        while left > 0 && scene.released() < 50_000 {
            let mut child = scene.child("pay for ever").spawn().expect("it runs");
            thread::sleep(Duration::from_micros(numbers.below(6_000) as u64));
            child.kill().expect("alive");
            child.wait().expect("dead");
            (deaths, left) = (deaths + 1, left - 1);
            let (spent, released) = (scene.spent(), scene.released());
            assert!(spent >= released, "{released} were released, and {spent} spent");
            assert!(spent <= released + deaths, "{spent} were spent, and {released} released");
        }
        scene.pay_once();
        payments += scene.released();
        lost += scene.spent() - scene.released();
    }
    assert!(lost > 0, "no death fell between a payment and its release");
    println!("{payments} payments, {lost} of them lost to a death:");
}

pub(crate) fn of_a_creator() {
    if !trace::is_possible() {
        return;
    }
    let scene = Scene::without_ledger();
    let calls = trace::record(&scene.child("create"), &scene.path("log"), "ledger");
    let mut found = [0, 0];
    for call in &calls {
        let scene = Scene::without_ledger();
        let status = trace::tampered(&scene.child("create"), call, "signal=KILL").status();
        assert!(!status.expect("strace runs").success(), "{call:?}");
        let is_there = scene.ledger().exists();
        if !is_there {
            create(scene.ledger()).expect("there is nothing in the way");
        }
        if unnamed_on_disk(&scene) {
            names_it_before_it_pays(&scene);
        }
        assert!(scene.spent() <= 1);
        scene.pay_once();
        found[usize::from(is_there)] += 1;
    }
    assert!(found.iter().all(|&times| times >= 3), "{found:?}");
}

/// Whether the creator died before it wrote a second time, so perhaps before it synced the folder.
fn unnamed_on_disk(scene: &Scene) -> bool {
    let bytes = fs::read(scene.ledger()).expect("there");
    bytes.starts_with(b"dp-core ledger 1\nsequence 1\n")
}

/// A payment from a file whose name a power cut could still take away would be forgotten with it.
fn names_it_before_it_pays(scene: &Scene) {
    let calls = trace::record(&scene.child("pay"), &scene.path("log"), "/ledger");
    let first = |is_it: &dyn Fn(&Call) -> bool| calls.iter().position(is_it).expect("it is called");
    let synced = first(&|call| call.name == "fsync" && !call.line.contains("/ledger"));
    assert!(synced < first(&|call| call.name == "write"), "{calls:#?}");
}

fn prepared(prepare: fn(&Scene)) -> Scene {
    let scene = Scene::new();
    scene.pay_once();
    prepare(&scene);
    scene
}

fn calls_of_a_payment(prepare: fn(&Scene)) -> Vec<Call> {
    let scene = prepared(prepare);
    trace::record(&scene.child("pay"), &scene.path("log"), "/ledger")
}

fn die(scene: &Scene, call: &Call) {
    let status = trace::tampered(&scene.child("pay"), call, "signal=KILL").status();
    let status = status.expect("strace runs");
    // The second of two deaths may find less to do than the first.
    assert!(!status.success() || scene.released() > 1, "{call:?} was survived");
}

/// Whether a payment was lost to the user, after so many deaths at most.
fn is_sound_after(scene: &Scene, deaths: usize) -> bool {
    let (spent, released) = (scene.spent(), scene.released() + unreleased_before(scene));
    assert!(spent >= released, "{released} were released, and {spent} spent");
    assert!(spent <= released + deaths, "{spent} were spent, and {released} released");
    scene.pay_once();
    assert_eq!(scene.spent(), spent + 1);
    spent > released
}

/// What was paid without a mark, with labels.
fn unreleased_before(scene: &Scene) -> usize {
    let ledger = dp_core::Ledger::<dp_core::Epsilon>::open(scene.ledger()).expect("whole");
    ledger.history().len()
}

fn damage(scene: &Scene, region: usize) {
    let mut bytes = fs::read(scene.ledger()).expect("there");
    bytes[region + 30] ^= 1;
    fs::write(scene.ledger(), bytes).expect("written");
}

/// As if the latest payment had died between its two copies: one is of before it.
fn put_back(scene: &Scene, region: usize) {
    let before = fs::read(scene.ledger()).expect("there");
    scene.pay_once();
    let mut bytes = fs::read(scene.ledger()).expect("there");
    bytes[region..region + REGION].copy_from_slice(&before[region..region + REGION]);
    fs::write(scene.ledger(), bytes).expect("written");
}
