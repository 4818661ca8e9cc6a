//! What happens to a running SyftBox network: members with every profile's promise side by side,
//! permission files that somebody tampers with, a server that dies, a member that leaves.
//!
//! One network serves all questions, since starting one takes most of the time.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use e2e::{Client, Network, Sighting, WatchedMember, Watcher, prepare_app};
use nix::sys::signal::Signal::{SIGCONT, SIGSTOP, SIGTERM};
use serde_json::{Value, json};

use crate::published::Published;

const EVERYBODY: [&str; 5] = ["leader", "dana", "erik", "fay", "mallory"];
const MEMBER: &str = "cpu-member";
const LEADER: &str = "cpu-leader";
const LEADER_SETTINGS: &str = r#"round = "1s""#;

/// Each member's settings: a profile in fast time. Its ε stays, and the protected stretch is as
/// large a part of the slot as it is in earnest: a tenth, and all of it.
const SETTINGS: [(&str, &str); 3] = [
    ("dana", "profile = \"standard\"\nslot = \"4s\"\nprotects = \"0.4s\"\n"),
    ("erik", "profile = \"standard\"\nslot = \"4s\"\nprotects = \"0.4s\"\n"),
    ("fay", "profile = \"hour\"\nslot = \"4s\"\nprotects = \"4s\"\n"),
];
/// 100 · protects / (ε · window), with a window of 3 s.
const SCALES: [f64; 3] = [40.0 / 3.0, 40.0 / 3.0, 400.0 / 3.0];

/// How long a file may take to reach a client, or to be gone there; and a few values to be released.
const SOON: Duration = Duration::from_secs(30);

#[test]
#[ignore = "needs a Python virtual environment with SyftBox: e2e/run and .ci/run make one"]
fn the_tracker_lives_through_changes_of_its_network() {
    let clock = Instant::now();
    let done = |what: &str| println!("{:5.1} s: {what}", clock.elapsed().as_secs_f64());
    let mut network = Network::start(&EVERYBODY);
    done("a SyftBox server and five clients run");
    install_apps(&network);
    let watched = SETTINGS.map(|(name, _)| WatchedMember::start(network.client(name)));
    let [dana, erik, _] = &watched;

    the_published_data_counts_every_profile(&network);
    done("three members of two profiles are counted");
    nothing_is_published_beside_tampered_permissions(&network, dana, erik);
    done("permissions were widened and deleted, and restored before anything more was published");
    values_flow_again_after_the_server_was_killed(&mut network, &watched);
    done("the server was killed and restarted, and both apps went on");
    every_published_mean_is_one_of_the_releases_and_its_range_holds(&network, &watched);
    done("every published mean is of released values, and its range holds");
    a_member_that_leaves_is_gone_everywhere(&network);
    done("a member that left is gone everywhere, and is not counted");
    for member in &watched {
        member.assert_no_instant_released_twice();
        what_it_says_it_published_was_seen(network.client(&member.name), &member.released());
    }
}

fn install_apps(network: &Network) {
    let prepared = network.folder().join("prepared");
    let leader = network.client("leader");
    leader.configure("cpu-leader.toml", LEADER_SETTINGS);
    leader.install_copy(&prepare_app(LEADER, &prepared));
    let app = prepare_app(MEMBER, &prepared);
    for (name, settings) in SETTINGS {
        let member = network.client(name);
        let settings = format!("{settings}leader = \"leader@example.org\"\n");
        member.configure("cpu-member.toml", &settings);
        member.install_copy(&app);
    }
}

fn the_published_data_counts_every_profile(network: &Network) {
    let data = network.wait_for("a mean of three machines", Duration::from_mins(1), || {
        let data = published(network)?;
        (data["now"]["machines"] == 3 && data["now"]["mean"].is_f64()).then_some(data)
    });
    let promises = data["privacy"]["promises"].as_array().expect("a list");
    let promise = |promise: &Value| {
        let number = |key: &str| promise[key].as_f64().expect("a number");
        let [epsilon, protects_s, slot_s] = ["epsilon", "protects_s", "slot_s"].map(number);
        let scale = number("scale").round();
        format!("{}: {epsilon}, {protects_s}, {slot_s}, {scale}", promise["machines"])
    };
    let stated: Vec<_> = promises.iter().map(promise).collect();
    assert_eq!(stated, ["2: 1, 0.4, 4, 13", "1: 1, 4, 4, 133"]);
}

/// What the web gets of the leader.
fn published(network: &Network) -> Option<Value> {
    serde_json::from_str(&network.get("/datasites/leader@example.org/cpu_tracker/data.json")?).ok()
}

/// Dana's files let everybody read, Erik's are deleted. Dana's member stands still until Mallory
/// has what lies there, which shows that the tampering works.
fn nothing_is_published_beside_tampered_permissions(
    network: &Network,
    dana: &WatchedMember,
    erik: &WatchedMember,
) {
    let [dana_client, erik_client] = ["dana", "erik"].map(|name| network.client(name));
    let on_mallorys_disk = network.client("mallory").datasite(&dana_client.protected_file());
    let seen_by_mallory = Watcher::start(on_mallorys_disk.clone());
    let (dana_before, erik_before) = (permissions(dana_client), permissions(erik_client));

    let process = dana_client.running(MEMBER);
    assert_eq!(process.len(), 1, "{process:?}");
    dana.wait_for_releases(network, 1, SOON);
    process[0].signal(SIGSTOP);
    let released_by_dana = dana.released();
    for (path, text) in &dana_before {
        fs::write(path, widened(text.as_deref())).expect("the owner may write it");
    }
    erik.wait_for_releases(network, 1, SOON);
    for (path, _) in &erik_before {
        fs::remove_file(path).expect("the owner may remove it");
    }
    let released_by_erik = erik.released();

    says_that_it_restored_permissions(network, erik_client);
    assert_eq!(permissions(erik_client), erik_before, "they are as they were");
    assert_eq!(erik.released(), released_by_erik, "Erik published beside deleted permissions");
    network.wait_for("Mallory to get what everybody may read", SOON, || {
        on_mallorys_disk.exists().then_some(())
    });
    process[0].signal(SIGCONT);
    says_that_it_restored_permissions(network, dana_client);
    assert_eq!(permissions(dana_client), dana_before, "they are as they were");
    assert_eq!(dana.released(), released_by_dana, "Dana published beside widened permissions");

    for member in [dana, erik] {
        member.wait_for_releases(network, 2, SOON);
    }
    let file = dana_client.protected_file();
    network.wait_for("the server to refuse Mallory", SOON, || {
        let status = network.post_as("mallory", "/sync/download", &json!({ "path": file }));
        (status == 403).then_some(())
    });
    network.wait_for("Dana's report to be gone from Mallory's disk", SOON, || {
        (!on_mallorys_disk.exists()).then_some(())
    });
    for sighting in seen_by_mallory.seen() {
        assert!(released_by_dana.contains(&sighting), "Mallory got a later value: {sighting:?}");
    }
    for member in [dana, erik] {
        reaches_the_leader(network, member);
    }
}

fn says_that_it_restored_permissions(network: &Network, client: &Client) {
    let words = "the permission files were missing or changed and were written anew";
    let what = format!("{}'s member to say that it restored the permissions", client.name);
    network.wait_for(&what, SOON, || client.app_log(MEMBER).contains(words).then_some(()));
}

/// Both permission files beside a member's report; `None` as text where there is none.
fn permissions(client: &Client) -> [(PathBuf, Option<String>); 2] {
    ["syftperm.yaml", "syft.pub.yaml"].map(|name| {
        let path = client.datasite(&client.protected_file()).with_file_name(name);
        let text = fs::read_to_string(&path).ok();
        (path, text)
    })
}

/// The same rules, and that everybody may read.
fn widened(text: Option<&str>) -> String {
    let text = text.expect("the member has written it");
    if let Some(narrow) = text.strip_prefix("terminal: true\n") {
        return narrow.replace("read: []", "read: [\"*\"]");
    }
    format!("{text}- path: '**'\n  permissions: [read]\n  user: '*'\n")
}

/// The newest value that a member has released by now, or a later one.
fn reaches_the_leader(network: &Network, member: &WatchedMember) {
    let newest = member.released().last().expect("it has released").slot_end;
    let client = network.client(&member.name);
    let on_leaders_disk = network.client("leader").datasite(&client.protected_file());
    let synced = Watcher::start(on_leaders_disk);
    network.wait_for(&format!("{}'s values on the leader's disk", member.name), SOON, || {
        synced.seen().iter().any(|sighting| sighting.slot_end >= newest).then_some(())
    });
}

fn values_flow_again_after_the_server_was_killed(network: &mut Network, watched: &[WatchedMember]) {
    let processes = |network: &Network| {
        let leader = network.client("leader").running(LEADER);
        let members = SETTINGS.map(|(name, _)| network.client(name).running(MEMBER));
        [leader].into_iter().chain(members).flatten().collect::<Vec<_>>()
    };
    let before = processes(network);
    assert_eq!(before.len(), 4, "{before:?}");
    network.kill_server();
    assert!(published(network).is_none(), "a killed server answers");
    for member in watched {
        member.wait_for_releases(network, 2, SOON);
    }
    network.start_server_again();
    for member in watched {
        reaches_the_leader(network, member);
    }
    let newest = |network: &Network| published(network)?["newest"].as_i64();
    let at_restart = newest(network);
    network.wait_for("newer data on the web", SOON, || {
        newest(network).filter(|newest| Some(*newest) > at_restart)
    });
    assert_eq!(processes(network), before, "both apps have lived through it");
}

/// From its first life on, which is its only one.
fn what_it_says_it_published_was_seen(client: &Client, released: &[Sighting]) {
    let log = client.app_log(MEMBER);
    assert_eq!(log.matches("the first value leaves at").count(), 1, "{log}");
    let said = log.lines().filter_map(|line| {
        line.split_once("published the value of the slot that ended at ").map(|(_, end)| end)
    });
    let seen = released.iter().map(|report| report.slot_end.strftime("%Y-%m-%dT%H:%M:%SZ"));
    let (said, seen): (Vec<_>, Vec<_>) =
        (said.map(str::to_owned).collect(), seen.map(|end| end.to_string()).collect());
    assert_eq!(said, seen, "{}\n{log}", client.name);
}

fn every_published_mean_is_one_of_the_releases_and_its_range_holds(
    network: &Network,
    watched: &[WatchedMember],
) {
    let data = network.client("leader").datasite("leader@example.org/public/cpu_tracker/data.json");
    let data = fs::read(data).expect("the leader has published");
    let data: Value = serde_json::from_slice(&data).expect("it is replaced whole");
    let members: Vec<_> = watched.iter().map(|member| [member.released(), member.raw()]).collect();
    let published = Published::of(&data, members.len());
    assert!(published.len() >= 6, "{} points are of everybody", published.len());

    // The noise of one machine alone needs so much; and all machines' margins suffice.
    let margin = |scale: f64| 20_f64.ln() * scale / 3.0;
    let least = SCALES.into_iter().map(margin).fold(0.0, f64::max);
    let most: f64 = SCALES.into_iter().map(margin).sum();
    let (mut holding, mut before) = (Vec::new(), vec![i64::MIN; members.len()]);
    for point in published {
        let half = (point.high - point.low) / 2.0;
        assert!((least - 0.1..=most + 0.1).contains(&half), "{point:?}: ±{least} to ±{most}");
        let Some(source) = point.source(&members) else {
            panic!("no releases have the mean of {point:?}: {members:?}");
        };
        // Of a noise that fits the range, less than one in three million is five times as far out.
        let away = (point.mean - source.raw_mean).abs();
        assert!(away < 5.0 * half, "{point:?} is far from what was measured: {source:?}");
        // Points that share a release hold or miss together.
        if source.slot_ends.iter().zip(&before).all(|(end, before)| end > before) {
            holding.push(away <= half);
            before = source.slot_ends;
        }
    }
    // A right range misses once in 20 times, and four of four with probability 6e-6.
    let held = holding.iter().filter(|holds| **holds).count();
    println!("         {held} of {} ranges that share no release hold", holding.len());
    assert!(holding.len() >= 4 && held > 0, "{held} of {} ranges hold", holding.len());
}

fn a_member_that_leaves_is_gone_everywhere(network: &Network) {
    let fay = network.client("fay");
    let forget = || {
        let output = fay.app_command(MEMBER).args(["forget", "--yes"]).output();
        let output = output.expect("the app is installed");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(forget().0, Some(75), "nothing is forgotten while the member runs");
    fay.running(MEMBER).iter().for_each(|process| process.signal(SIGTERM));
    network.wait_for("Fay's member to end", SOON, || fay.running(MEMBER).is_empty().then_some(()));
    let (code, said) = forget();
    assert_eq!(code, Some(0), "{said}");

    let file = fay.protected_file();
    let copies = [network.client("leader").datasite(&file), network.snapshot().join(&file)];
    assert!(!fay.datasite(&file).exists() && !fay.home.join(".local/state/cpu-member").exists());
    for copy in copies {
        let what = format!("{} to be gone", copy.display());
        network.wait_for(&what, SOON, || (!copy.exists()).then_some(()));
    }
    network.wait_for("the web's count to fall to two, with no mean of so few", SOON, || {
        let now = &published(network)?["now"];
        (now["machines"] == 2 && now["mean"].is_null()).then_some(())
    });
    assert_eq!(fay.running(MEMBER), [], "SyftBox does not start again what ended well");
}
