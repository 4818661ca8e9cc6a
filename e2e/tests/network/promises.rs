//! The tracker on a real SyftBox network, installed and started as its users do: what it shows
//! to everybody, what only the leader gets, and what never leaves a machine.
//!
//! One network serves all questions, since starting one takes most of the time.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use e2e::{Client, Network, WatchedMember, files_below, prepare_app, repository};
use nix::sys::signal::Signal::SIGKILL;
use serde_json::{Value, json};

const LEADER: &str = "leader@example.org";
const MEMBERS: [&str; 3] = ["alice", "bob", "carol"];
const MEMBER: &str = "cpu-member";
const EVERYBODY: [&str; 5] = ["leader", "alice", "bob", "carol", "mallory"];

/// The profile `live` in fast time.
const MEMBER_SETTINGS: &str = r#"
slot = "5s"
protects = "0.2s"
epsilon = 0.5
leader = "leader@example.org"
"#;
const SLOT: Duration = Duration::from_secs(5);
const LEADER_SETTINGS: &str = r#"round = "1s""#;

/// Text that lies beside the raw means: wherever it turns up, a raw mean could.
const MARKER: &str = "a marker in the private folder";

#[test]
#[ignore = "needs a Python virtual environment with SyftBox, Node.js and Chromium: e2e/run, .ci/run"]
fn the_tracker_keeps_its_word_on_a_real_network() {
    let clock = Instant::now();
    let done = |what: &str| println!("{:5.1} s: {what}", clock.elapsed().as_secs_f64());
    let mut network = Network::start(&EVERYBODY);
    done("a SyftBox server and five clients run");
    install_apps(&network);
    let watched = MEMBERS.map(|name| WatchedMember::start(network.client(name)));

    wait_for_a_value_of_three_machines(&network);
    done("three members' mean is published");
    the_page_and_its_data_reach_everybody(&network);
    done("everybody and the web have the page and its data");
    only_the_leader_gets_the_protected_files(&network);
    done("nobody but the leader has a protected file");
    a_killed_member_goes_on(&network, &watched[0]);
    done("a killed member went on");
    a_second_copy_waits_for_the_first(&mut network, &watched[0]);
    done("a second copy waited for the first");
    watched.iter().for_each(WatchedMember::assert_no_instant_released_twice);
    only_the_leader_gets_the_protected_files(&network);
    nothing_raw_leaves_a_machine(&network, &watched);
    done("still nobody has one, nothing raw is synced, and no instant was released twice");
    no_address_is_published(&network);
    done("no e-mail address is published");
    a_browser_shows_the_page(&network);
    done("a browser shows the published page");
    removing_an_app_ends_it(&network);
    done("a member that was removed has ended");
}

/// Alice and Carol link a prepared folder, Bob and the leader copy one.
fn install_apps(network: &Network) {
    let prepared = network.folder().join("prepared");
    let member = prepare_app("cpu-member", &prepared);
    let leader = prepare_app("cpu-leader", &prepared);
    network.client("leader").configure("cpu-leader.toml", LEADER_SETTINGS);
    network.client("leader").install_copy(&leader);
    for name in MEMBERS {
        let client = network.client(name);
        client.configure("cpu-member.toml", MEMBER_SETTINGS);
        let private = client.data.join("private/cpu_tracker");
        fs::create_dir_all(&private).expect("a client's data folder is writable");
        fs::write(private.join("marker"), MARKER).expect("so is what lies in it");
    }
    network.client("alice").install_link(&member);
    network.client("bob").install_copy(&member);
    network.client("carol").install_link(&member);
}

fn wait_for_a_value_of_three_machines(network: &Network) {
    let limit = Duration::from_mins(1);
    let [mean, low, high] = network.wait_for("a value of three machines", limit, || {
        let data: Value = serde_json::from_str(&network.get(DATA)?).ok()?;
        let last = |key: &str| data.pointer(key)?.as_array()?.last()?.as_f64();
        let three = last("/machines").is_some_and(|machines| machines > 2.5);
        three.then_some([last("/single/mean")?, last("/single/low")?, last("/single/high")?])
    });
    assert!(low < mean && mean < high, "{low} to {high} is no noise range of {mean}");
}

const PAGE: &str = "/datasites/leader@example.org/cpu_tracker/";
const DATA: &str = "/datasites/leader@example.org/cpu_tracker/data.json";

fn the_page_and_its_data_reach_everybody(network: &Network) {
    let written = network.client("leader").datasite(LEADER).join("public/cpu_tracker");
    let page = fs::read_to_string(written.join("index.html")).expect("the leader wrote a page");
    for client in network.clients() {
        let folder = client.datasite(LEADER).join("public/cpu_tracker");
        network.wait_for(&format!("the page on {}'s disk", client.name), SYNC, || {
            let same = fs::read_to_string(folder.join("index.html")).ok()? == page;
            (same && folder.join("data.json").exists()).then_some(())
        });
    }
    // One server serves a folder without redirecting to a closing slash.
    for address in [PAGE, PAGE.trim_end_matches('/')] {
        assert_eq!(network.get(address).as_ref(), Some(&page), "{address}");
    }
}

/// How long a file may take to reach a client, or to be gone there.
const SYNC: Duration = Duration::from_secs(30);

fn only_the_leader_gets_the_protected_files(network: &Network) {
    for member in MEMBERS {
        let member = network.client(member);
        let file = member.protected_file();
        let synced = network.client("leader").datasite(&file);
        network.wait_for(&format!("{file} on the leader's disk"), SYNC, || {
            synced.exists().then_some(())
        });
        assert!(network.get(&format!("/datasites/{file}")).is_none(), "the web serves {file}");
        for person in EVERYBODY {
            let own = person == member.name;
            let expected = if own || person == "leader" { 200 } else { 403 };
            for request in ["/sync/get_metadata", "/sync/download"] {
                let status = network.post_as(person, request, &json!({ "path": file }));
                assert_eq!(status, expected, "{request} of {file} as {person}");
            }
            let on_disk = network.client(person).datasite(&file).exists();
            assert_eq!(on_disk, expected == 200, "{file} on {person}'s disk");
        }
    }
}

/// How long a member may take to release two values.
const RELEASES: Duration = Duration::from_secs(30);

/// Within a slot: SyftBox starts it again.
fn a_killed_member_goes_on(network: &Network, watched: &WatchedMember) {
    let alice = network.client("alice");
    watched.wait_for_releases(network, 1, RELEASES);
    thread::sleep(SLOT / 2);
    let killed = alice.running(MEMBER);
    assert_eq!(killed.len(), 1, "{killed:?}");
    killed[0].signal(SIGKILL);
    network.wait_for("SyftBox to start the killed member again", SYNC, || {
        (!alice.running(MEMBER).is_empty() && alice.running(MEMBER) != killed).then_some(())
    });
    watched.wait_for_releases(network, 2, RELEASES);
}

/// A client that stops leaves its apps running, and starts them once more when it comes back. The
/// second copy waits, and goes on when the first is killed.
fn a_second_copy_waits_for_the_first(network: &mut Network, watched: &WatchedMember) {
    let first = network.client("alice").running(MEMBER);
    network.restart("alice");
    let alice = network.client("alice");
    network.wait_for("a second copy", SYNC, || (alice.running(MEMBER).len() == 2).then_some(()));
    watched.wait_for_releases(network, 2, RELEASES);
    assert_eq!(alice.running(MEMBER).len(), 2, "the second waits");
    assert_eq!(first.len(), 1, "{first:?}");
    first[0].signal(SIGKILL);
    watched.wait_for_releases(network, 2, RELEASES);
}

fn nothing_raw_leaves_a_machine(network: &Network, watched: &[WatchedMember]) {
    let trees = network.clients().iter().map(Client::datasites).chain([network.snapshot()]);
    let synced: Vec<_> = trees.flat_map(|tree| files_below(&tree)).collect();
    assert!(synced.len() > 30, "the synced folders were looked at: {synced:?}");
    for file in synced {
        let path = file.display();
        if file.components().any(|part| part.as_os_str() == "app_data") {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let ours = ["cpu_tracker.json", "syft.pub.yaml", "syftperm.yaml"];
            assert!(ours.contains(&name), "{path} is none of the three files of a member");
        }
        let bytes = fs::read(&file).unwrap_or_default();
        assert!(!contains(&bytes, MARKER), "{path} comes from a private folder");
    }
    for member in MEMBERS {
        let private = network.client(member).data.join("private/cpu_tracker");
        assert_eq!(mode(&private), 0o700, "{}", private.display());
        assert_eq!(mode(&private.join("cpu_tracker.json")), 0o600, "{}", private.display());
    }
    the_released_means_are_not_the_raw_ones(watched);
}

/// With noise of scale 10 on a grid of 0.01, a release looks like its raw mean with probability
/// 0.0005. Of up to 80 releases, a right program shows four such with probability below 1e-7.
fn the_released_means_are_not_the_raw_ones(watched: &[WatchedMember]) {
    let mut compared = 0;
    let mut alike = Vec::new();
    for member in watched {
        let raw = member.raw();
        for release in member.released() {
            let same_slot = raw.iter().find(|mean| mean.slot_end == release.slot_end);
            compared += u32::from(same_slot.is_some());
            alike.extend(same_slot.filter(|mean| mean.cpu == release.cpu).cloned());
        }
    }
    assert!((6..=80).contains(&compared), "{compared} raw means could be compared");
    assert!(alike.len() < 4, "released as they were: {alike:?}");
}

fn no_address_is_published(network: &Network) {
    let published = network.snapshot().join(LEADER).join("public/cpu_tracker");
    for file in files_below(&published) {
        let is_permission = file.extension().is_some_and(|extension| extension == "yaml");
        let bytes = fs::read(&file).expect("the server keeps what it has");
        let address = is_permission || !contains(&bytes, "example.org");
        assert!(address, "{} holds an e-mail address", file.display());
    }
}

fn a_browser_shows_the_page(network: &Network) {
    let browser = repository().join("e2e/browser");
    let shown = Command::new("node")
        .args(["--test", "published.test.mjs"])
        .current_dir(browser)
        .env("PAGE_URL", network.url(PAGE))
        .status()
        .expect("Node.js is installed");
    assert!(shown.success(), "the page is not as it should be");
}

fn removing_an_app_ends_it(network: &Network) {
    let carol = network.client("carol");
    assert!(!carol.running(MEMBER).is_empty(), "carol's member runs");
    fs::remove_file(carol.apps().join("cpu-member")).expect("a link can be removed");
    network
        .wait_for("carol's member to end", SYNC, || carol.running(MEMBER).is_empty().then_some(()));
}

fn mode(path: &std::path::Path) -> u32 {
    let metadata = fs::metadata(path);
    let metadata = metadata.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    metadata.permissions().mode() & 0o777
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
