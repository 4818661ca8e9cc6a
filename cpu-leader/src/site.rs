//! A leader's datasite for tests, with three members that are only files.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use datasite::{ClientConfig, Workspace};
use jiff::Timestamp;

use crate::round::Leader;
use crate::settings::{Chosen, Settings};

/// The datasite of `leader@x.org`, in a folder that is also its HOME.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) workspace: Workspace,
}

impl Site {
    /// Nothing is published yet, and nobody has reported.
    pub(crate) fn new() -> Site {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("datasites/leader@x.org")).unwrap();
        let config = ClientConfig {
            path: folder.path().join("config.json"),
            email: "leader@x.org".parse().unwrap(),
            data_dir: folder.path().to_path_buf(),
        };
        let workspace = Workspace::open(&config).unwrap();
        Site { folder, workspace }
    }

    /// One round was made just now, over three machines at 30, 40 and 50 %.
    pub(crate) fn published() -> Site {
        let site = Site::new();
        let now = Timestamp::try_from(SystemTime::now()).unwrap();
        for (name, cpu) in [("a@x.org", 30), ("b@x.org", 40), ("c@x.org", 50)] {
            let folder = site.workspace.datasites().join(name).join("app_data/cpu_tracker");
            fs::create_dir_all(&folder).unwrap();
            let report = format!(
                r#"{{"cpu": {cpu}.0, "timestamp": "{}", "schema": 1,
                "mechanism": "discrete Laplace", "scale": 10.0, "grid": 0.00006103515625,
                "epsilon": 0.5, "protects_s": 1.0, "slot_s": 21.0}}"#,
                now.strftime("%Y-%m-%d %H:%M:%S")
            );
            fs::write(folder.join("cpu_tracker.json"), report).unwrap();
        }
        let settings = Settings::of(&Chosen::default(), &Chosen::default()).unwrap();
        let home = site.folder.path();
        Leader::open(site.workspace.clone(), home, settings, None).unwrap().round(now).unwrap();
        site
    }

    pub(crate) fn public(&self) -> PathBuf {
        self.workspace.public("cpu_tracker")
    }
}
