use datasite::ClientConfig;

use super::*;
use crate::{
    publish::protect,
    settings::{Given, Settings},
};

/// A home with all that a member leaves in it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a temporary folder"));
        fs::create_dir_all(home.0.path().join("datasites/a@x.org")).expect("made");
        let settings = Settings::resolve(&Given::default(), &Given::default()).expect("defaults");
        let (workspace, state) = (home.workspace(), home.state());
        protect(&workspace, &settings.leader).expect("written");
        state.open(&settings).expect("created");
        state.anchor(workspace.email(), jiff::Timestamp::UNIX_EPOCH).expect("written");
        fs::write(state.path().join("history"), "").expect("written");
        fs::write(workspace.private(Report::APP).join(Report::FILE), "").expect("written");
        fs::write(workspace.temporary(Report::APP).join("draft"), "").expect("written");
        fs::write(home.published(), "").expect("written");
        home
    }

    fn workspace(&self) -> Workspace {
        let config = ClientConfig {
            path: self.0.path().join("config.json"),
            email: "a@x.org".parse().expect("an e-mail"),
            data_dir: self.0.path().to_owned(),
        };
        Workspace::open(&config).expect("there")
    }

    fn state(&self) -> StateFolder {
        StateFolder::below(Some(self.0.path())).expect("a home")
    }

    fn published(&self) -> PathBuf {
        self.workspace().app_data(Report::APP).join(Report::FILE)
    }

    fn first_steps(&self, count: usize) -> Result<(), Error> {
        first_steps(count, &self.workspace(), &self.state())
    }

    fn is_clean(&self) -> bool {
        let workspace = self.workspace();
        let left = [workspace.app_data(Report::APP), workspace.private(Report::APP)];
        !left.iter().any(|path| path.exists()) && !self.state().path().exists()
    }
}

#[test]
fn after_a_crash_at_any_step_the_promise_outlives_the_value_and_all_can_be_done_again() {
    for count in 0..=STEPS.len() {
        let home = Home::new();
        home.first_steps(count).expect("removed");
        assert!(home.state().timeline().exists() || !home.published().exists(), "{count}");
        assert_eq!(home.state().timeline().exists(), count < STEPS.len(), "{count}");
        assert_eq!(home.published().exists(), count == 0, "{count}");
        forget(&home.workspace(), &home.state()).expect("removed");
        assert!(home.is_clean(), "{count}");
        forget(&home.workspace(), &home.state()).expect("nothing is left to remove");
    }
}

#[test]
fn while_a_member_runs_nothing_is_removed() {
    let home = Home::new();
    let running = Timeline::open(home.state().timeline()).expect("free");
    let refused = forget(&home.workspace(), &home.state());
    assert!(matches!(refused, Err(Error::StillRunning)), "{refused:?}");
    assert!(home.published().exists());
    drop(running);
    forget(&home.workspace(), &home.state()).expect("removed");
}

#[test]
fn what_somebody_else_put_beside_the_report_stays_with_its_permissions() {
    let home = Home::new();
    let theirs = home.published().with_file_name("theirs");
    fs::write(&theirs, "").expect("written");
    forget(&home.workspace(), &home.state()).expect("removed");
    assert!(theirs.exists() && !home.published().exists());
    assert!(theirs.with_file_name("syft.pub.yaml").exists());
}

#[test]
fn a_damaged_timeline_can_be_forgotten() {
    let home = Home::new();
    fs::write(home.state().timeline(), "").expect("written");
    forget(&home.workspace(), &home.state()).expect("removed");
    assert!(home.is_clean());
}

#[test]
fn nothing_is_removed_through_a_link() {
    for folder in [Workspace::app_data, Workspace::private] {
        let home = Home::new();
        let folder = folder(&home.workspace(), Report::APP);
        let elsewhere = home.0.path().join("elsewhere");
        fs::rename(&folder, &elsewhere).expect("moved");
        std::os::unix::fs::symlink(&elsewhere, &folder).expect("linked");
        let refused = forget(&home.workspace(), &home.state());
        assert!(matches!(refused, Err(Error::Datasite(_))), "{refused:?}");
        assert!(elsewhere.join(Report::FILE).exists() && home.state().timeline().exists());
    }
}
