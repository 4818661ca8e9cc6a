//! Rounds over a synthetic network, as a program would make them.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use cpu_leader::round::Leader;
use cpu_leader::settings::{Chosen, Settings};
use datasite::{ClientConfig, Workspace};
use jiff::Timestamp;
use serde_json::Value;

/// A leader's home and SyftBox, with members that are only files.
struct Network {
    folder: tempfile::TempDir,
}

impl Network {
    fn new() -> Network {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("datasites/leader@example.org")).unwrap();
        Network { folder }
    }

    fn report(&self, name: &str, cpu: f64, slot_end: &str) {
        let folder = self.folder.path().join("datasites").join(name).join("app_data/cpu_tracker");
        fs::create_dir_all(&folder).unwrap();
        let report = format!(
            r#"{{"cpu": {cpu:.2}, "timestamp": "{slot_end}", "schema": 1,
            "mechanism": "discrete Laplace", "scale": 10.0, "grid": 0.00006103515625,
            "epsilon": 0.5, "protects_s": 0.2, "slot_s": 5.0}}"#
        );
        fs::write(folder.join("cpu_tracker.json"), report).unwrap();
    }

    fn leader(&self) -> Leader {
        let config = ClientConfig {
            path: self.folder.path().join("config.json"),
            email: "leader@example.org".parse().unwrap(),
            data_dir: self.folder.path().to_path_buf(),
        };
        let workspace = Workspace::open(&config).unwrap();
        let settings = Settings::load(&Chosen::default(), None, Path::new("/nowhere")).unwrap();
        Leader::open(workspace, self.folder.path(), settings, None).unwrap()
    }

    fn public(&self) -> PathBuf {
        self.folder.path().join("datasites/leader@example.org/public/cpu_tracker")
    }

    fn data(&self) -> Value {
        serde_json::from_slice(&fs::read(self.public().join("data.json")).unwrap()).unwrap()
    }
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

#[test]
fn the_published_mean_is_that_of_the_machines_that_report() {
    let network = Network::new();
    for (name, cpu) in [("a@x.org", 10.0), ("b@x.org", 20.0), ("c@x.org", -6.0)] {
        network.report(name, cpu, "2026-11-24 03:00:00");
    }
    fs::create_dir(network.folder.path().join("datasites/not-a-member@x.org")).unwrap();
    network.leader().round(at("2026-11-24T03:00:07Z")).unwrap();
    let data = network.data();
    assert_eq!(data["single"]["mean"], serde_json::json!([8.0]));
    assert_eq!(data["machines"], serde_json::json!([3]));
    assert_eq!(data["t0"], 1_795_489_200);
    assert_eq!(data["newest"], 1_795_489_200);
    assert_eq!(data["privacy"]["promises"][0]["machines"], 3);
    assert_eq!(data["privacy"]["curve"][1]["epsilon"], 150.0);
}

#[test]
fn two_machines_are_counted_and_nothing_else_is_told_of_them() {
    let network = Network::new();
    network.report("a@x.org", 10.0, "2026-11-24 03:00:00");
    network.report("b@x.org", 20.0, "2026-11-24 03:00:00");
    network.leader().round(at("2026-11-24T03:00:07Z")).unwrap();
    let data = network.data();
    assert_eq!(data["single"]["mean"], serde_json::json!([null]));
    assert_eq!(data["single"]["low"], serde_json::json!([null]));
    assert_eq!(data["machines"], serde_json::json!([2]));
}

#[test]
fn the_chart_goes_on_after_a_restart_with_a_gap_where_no_leader_ran() {
    let network = Network::new();
    for name in ["a@x.org", "b@x.org", "c@x.org"] {
        network.report(name, 10.0, "2026-11-24 03:00:00");
    }
    network.leader().round(at("2026-11-24T03:00:01Z")).unwrap();
    network.leader().round(at("2026-11-24T03:01:01Z")).unwrap();
    let data = network.data();
    assert_eq!(data["single"]["mean"], serde_json::json!([10.0, null, null, 10.0]));
    assert_eq!(data["machines"], serde_json::json!([3, null, null, 3]));
}

#[test]
fn nobodys_address_is_anywhere_in_what_is_published() {
    let network = Network::new();
    for name in ["alice@x.org", "bob@x.org", "carol@x.org"] {
        network.report(name, 10.0, "2026-11-24 03:00:00");
    }
    network.leader().round(at("2026-11-24T03:00:01Z")).unwrap();
    for file in ["index.html", "data.json"] {
        let text = fs::read_to_string(network.public().join(file)).unwrap();
        assert!(!text.contains("@x.org") && !text.contains("leader@example.org"), "{file}");
    }
    // The permission files say whose folder it is, which its path does already, and no more.
    let permissions = fs::read_to_string(network.public().join("syftperm.yaml")).unwrap();
    assert!(!permissions.contains("@x.org"), "{permissions}");
}
