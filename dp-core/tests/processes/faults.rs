//! What the system may refuse, at every system call, and the disk.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use dp_core::{Epsilon, Ledger};

use crate::{
    child,
    scene::{Scene, create, rounds, said},
    trace::{self, Call},
};

const ERRORS: [&str; 6] = ["EIO", "ENOSPC", "EROFS", "EACCES", "ENOLCK", "EINTR"];

pub(crate) fn of_a_payment() {
    if !trace::is_possible() {
        return;
    }
    let calls = calls_on_the_file(&Scene::new(), "pay");
    let mut refusals = 0;
    for (call, error) in every_fault(&calls) {
        let scene = Scene::new();
        let output = failed(&scene, "pay", call, error);
        let is_paid = output.status.success();
        assert_eq!(scene.released(), usize::from(is_paid), "{call:?} {error}");
        if !is_paid {
            refusals += 1;
            names_file_and_remedy(&scene, &output);
        }
        match (call.name.as_str(), error) {
            // To be tried again; and where one copy cannot be read, the other is enough.
            ("read", "EIO") | ("write" | "read" | "fsync" | "fdatasync" | "openat", "EINTR") => {
                assert!(is_paid);
            }
            ("flock", "EINTR") if !call.line.contains("LOCK_UN") => assert!(is_paid),
            ("write" | "fsync" | "fdatasync" | "openat", _) => assert!(!is_paid, "{call:?}"),
            ("flock", _) if !call.line.contains("LOCK_UN") => assert!(!is_paid, "{call:?}"),
            _ => {}
        }
        let spent = scene.spent();
        assert!(spent == usize::from(is_paid) || spent == 1, "{spent} after {call:?} {error}");
        scene.pay_once();
        assert_eq!(scene.spent(), spent + 1);
    }
    println!("{refusals} refusals:");
}

pub(crate) fn of_a_creation() {
    if !trace::is_possible() {
        return;
    }
    let calls = calls_on_the_file(&Scene::without_ledger(), "create");
    made_durable_in_order(&calls);
    for (call, error) in every_fault(&calls) {
        let scene = Scene::without_ledger();
        let output = failed(&scene, "create", call, error);
        let is_there = scene.ledger().exists();
        assert!(is_there || !output.status.success());
        if !output.status.success() {
            names_file_and_remedy(&scene, &output);
            let drafts = fs::read_dir(scene.path("")).expect("there").count();
            assert!(call.name.starts_with("unlink") || drafts == usize::from(is_there), "{call:?}");
        }
        if !is_there {
            create(scene.ledger()).expect("there is nothing in the way");
        }
        assert_eq!(scene.spent(), 0);
        scene.pay_once();
    }
}

/// The contents before the name, and the name before anything is paid.
fn made_durable_in_order(calls: &[Call]) {
    let at = |what: &str| {
        let is_it = |call: &Call| format!("{} {}", call.name, call.line).contains(what);
        calls.iter().position(is_it).unwrap_or_else(|| panic!("no {what} in {calls:#?}"))
    };
    let folder = calls.iter().position(|call| call.name == "fsync" && !call.line.contains(".new"));
    let order = [at("flock"), at("write"), at("fsync"), at("link"), at("unlink")];
    assert!(order.is_sorted(), "{calls:#?}");
    let folder = folder.expect("the folder is synced");
    assert!(at("unlink") < folder && folder < at("fdatasync"), "{calls:#?}");
}

/// After a failed sync, Linux takes what was to be written for written, and the next sync succeeds
/// without it.
pub(crate) fn of_a_sync() {
    if !trace::is_possible() {
        return;
    }
    let calls = calls_on_the_file(&Scene::new(), "pay");
    let [(first, _), _, (second, _), _] = writes_and_syncs(&calls)[..] else {
        panic!("{calls:#?}")
    };
    let syncs: Vec<&Call> = calls.iter().filter(|call| call.name == "fdatasync").collect();
    for (sync, region) in [(syncs[0], first), (syncs[1], second)] {
        let scene = Scene::new();
        assert!(!failed(&scene, "pay", sync, "EIO").status.success());
        let ledger = Ledger::<Epsilon>::open(scene.ledger()).expect("the other copy is whole");
        assert!(ledger.has_lost_a_copy(), "what reads as written may not be");
        let calls = calls_on_the_file(&scene, "pay");
        let next = writes_and_syncs(&calls);
        let other = 64 * 1024 - region;
        let expected = [(region, "write"), (region, "fdatasync")];
        assert_eq!(next[..2], expected, "that one first");
        assert_eq!(next[2..], expected.map(|(_, name)| (other, name)), "and both anew");
    }
}

/// What was done to the file's regions, each named by its offset.
fn writes_and_syncs(calls: &[Call]) -> Vec<(usize, &str)> {
    let mut region = 0;
    let mut changes = Vec::new();
    for call in calls {
        if call.name == "lseek" {
            let offset: usize =
                call.line.split(", ").nth(1).and_then(|o| o.parse().ok()).expect("one");
            region = offset / (64 * 1024) * (64 * 1024);
        } else if ["write", "fdatasync"].contains(&call.name.as_str()) {
            changes.push((region, call.name.as_str()));
        }
    }
    changes.dedup();
    changes
}

pub(crate) fn of_a_short_write() {
    // The file may grow so far: to the middle of the first copy, and of the second.
    for kibibytes in [2, 66] {
        for trap in ["", "trap '' XFSZ;"] {
            let scene = Scene::new();
            scene.pay_with_labels();
            let before = scene.spent();
            let script = format!("{trap} ulimit -f {kibibytes}; ulimit -c 0; exec \"$0\"");
            let child = scene.child("pay");
            let mut bash = Command::new("bash");
            bash.args(["-c", &script]).arg(child.get_program());
            bash.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let output = bash.output().expect("bash runs");
            assert!(!output.status.success());
            if !trap.is_empty() {
                names_file_and_remedy(&scene, &output);
            }
            assert_eq!(scene.released(), 0);
            let spent = scene.spent();
            assert!(spent == before || spent == before + 1);
            scene.pay_once();
            assert_eq!(scene.spent(), spent + 1);
        }
    }
}

pub(crate) fn of_a_read_only_file() {
    let scene = Scene::new();
    let mode = |path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours to set");
    };
    mode(scene.ledger(), 0o400);
    mode(scene.path(""), 0o777);
    let before = fs::read(scene.ledger()).expect("there");
    let mut child = scene.child("pay");
    if fs::OpenOptions::new().write(true).open(scene.ledger()).is_ok() {
        // Root may write it all the same, but nobody else.
        mode(scene.ledger(), 0o444);
        let program = scene.path("program");
        fs::copy(child.get_program(), &program).expect("copied");
        let mut nobody = Command::new("setpriv");
        nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
        nobody.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
        child = nobody;
    }
    let output = child.output().expect("it runs");
    assert!(!output.status.success() && said(&output).contains("writable for this user"));
    names_file_and_remedy(&scene, &output);
    assert_eq!(fs::read(scene.ledger()).expect("there"), before);
    assert_eq!(scene.released(), 0);
}

pub(crate) fn of_a_full_disk() {
    let scene = Scene::without_ledger();
    let script = format!(
        r#"set -e
        mount -t tmpfs -o size=160k none "${folder}" || exit 99
        mkdir "${folder}/other"
        {role}=create "$0"
        {role}=pay "$0"
        cat /dev/zero >"${folder}/fill" 2>/dev/null && exit 1
        {role}=pay "$0"
        stat -c %s "${folder}/released"
        ! {folder}="${folder}/other" {role}=create "$0"
        ls "${folder}/other""#,
        folder = child::FOLDER,
        role = child::ROLE,
    );
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--map-root-user", "bash", "-c", &script]);
    unshare.arg(env::current_exe().expect("known")).env(child::FOLDER, scene.path(""));
    let output = unshare.output();
    let Some(output) = output.ok().filter(|output| output.status.code() != Some(99)) else {
        println!("skipped, since nothing may be mounted here:");
        return;
    };
    if said(&output).starts_with("unshare:") {
        println!("skipped, since there are no namespaces here:");
        return;
    }
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2\n", "two payments, and no other file");
    assert!(said(&output).contains("make room there, and try again"), "{output:?}");
}

fn calls_on_the_file(scene: &Scene, role: &str) -> Vec<Call> {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let mut calls = trace::record(&scene.child(role), log.path(), "/ledger");
    let folder = scene.path("");
    let folder = folder.to_str().expect("plain letters").trim_end_matches('/');
    calls.retain(|call| call.line.contains(folder) && !call.line.contains("/released"));
    calls
}

/// Every error at every call in CI, otherwise each call with one of them.
fn every_fault(calls: &[Call]) -> impl Iterator<Item = (&Call, &'static str)> {
    let some = rounds(1).min(ERRORS.len());
    let errors = move |at| (at..at + some).map(|at| ERRORS[at % ERRORS.len()]);
    calls.iter().enumerate().flat_map(move |(at, call)| errors(at).map(move |error| (call, error)))
}

fn failed(scene: &Scene, role: &str, call: &Call, error: &str) -> Output {
    let how = format!("error={error}");
    trace::tampered(&scene.child(role), call, &how).output().expect("strace runs")
}

fn names_file_and_remedy(scene: &Scene, output: &Output) {
    let said = said(output);
    let names = said.contains(scene.ledger().to_str().expect("plain letters"));
    assert!(names && said.contains("; "), "{said}");
}
