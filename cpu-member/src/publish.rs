//! What is written below SyftBox's folders: the protected report, who may read it, and the raw mean
//! for the owner.

use datasite::{Audience, Email, Report, Workspace};
use tracing::info;

use crate::{Error, round::Release};

/// Writes the permissions of the protected file. Do this well before the first value: a client may
/// upload them in any order.
pub fn protect(workspace: &Workspace, leader: &Email) -> Result<bool, Error> {
    Ok(workspace.protect(Report::APP, Report::FILE, leader)?)
}

/// Publishes a release: the report for the leader, and the raw mean in a folder that is never
/// synced, which only the owner can read.
///
/// # Errors
/// [`Error::PermissionsRestored`] when somebody changed or removed the permission files: the new
/// ones must reach the server before any value does.
pub fn publish(workspace: &Workspace, leader: &Email, release: &Release) -> Result<(), Error> {
    if protect(workspace, leader)? {
        return Err(Error::PermissionsRestored);
    }
    // For the owner first: if that fails, nothing has left.
    let private = workspace.private(Report::APP).join(Report::FILE);
    workspace.replace(Report::APP, &private, Audience::Owner, &raw_file(release))?;
    let shared = workspace.app_data(Report::APP).join(Report::FILE);
    workspace.replace(Report::APP, &shared, Audience::Synced, &release.report.to_bytes())?;
    info!("published the value of the slot that ended at {}", release.slot.end());
    Ok(())
}

/// As the original tracker keeps it; with the memory in use where that is shared.
fn raw_file(release: &Release) -> Vec<u8> {
    let memory = release
        .raw_memory
        .as_ref()
        .map(|memory| format!("\n    \"memory\": {:.2},", memory.expose_to_owner()));
    format!(
        "{{\n    \"cpu\": {:.2},{}\n    \"timestamp\": \"{}\"\n}}",
        release.raw.expose_to_owner(),
        memory.unwrap_or_default(),
        release.slot.end().strftime(Report::TIMESTAMP),
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use datasite::ClientConfig;
    use dp_core::{Epsilon, Laplace, NoiseRng, Private, Promise, Timeline};

    use super::*;
    use crate::{schedule::Schedule, settings::percent};

    fn release(folder: &std::path::Path) -> Release {
        let epsilon = Epsilon::new(0.5).expect("in range");
        let millisecond = Duration::from_millis(1);
        let promise = Promise { epsilon, protects: millisecond, window: millisecond };
        let mut timeline = Timeline::create(folder.join("timeline"), promise).expect("created");
        let window = timeline.record(percent()).expect("sensible");
        std::thread::sleep(millisecond);
        let paid = window.close().expect("long enough").pay(Private::new(12.345));
        let noisy = paid.expect("there").release(Laplace, &mut NoiseRng::seeded(1));
        let slot = Schedule::new(0, Duration::from_secs(20)).next(jiff::Timestamp::now());
        let report = Report::new(&noisy.expect("no fork"), slot.end(), slot.length());
        Release {
            report: report.expect("of a timeline"),
            raw: Private::new(12.345),
            raw_memory: None,
            slot,
        }
    }

    #[test]
    fn nothing_is_published_beside_permissions_that_have_just_been_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(folder.path().join("datasites/a@x.org")).expect("made");
        let workspace = Workspace::open(&ClientConfig {
            path: folder.path().join("config.json"),
            email: "a@x.org".parse().expect("an e-mail"),
            data_dir: folder.path().to_owned(),
        });
        let workspace = workspace.expect("there");
        let leader = "leader@x.org".parse().expect("an e-mail");
        let release = release(folder.path());
        let shared = workspace.app_data(Report::APP).join(Report::FILE);
        let permissions = workspace.app_data(Report::APP).join("syftperm.yaml");
        for _ in 0..2 {
            let refused = publish(&workspace, &leader, &release);
            assert!(matches!(refused, Err(Error::PermissionsRestored)), "{refused:?}");
            assert!(
                !shared.exists() && !workspace.private(Report::APP).join(Report::FILE).exists()
            );
            publish(&workspace, &leader, &release).expect("they are in place now");
            assert_eq!(fs::read(&shared).expect("there"), release.report.to_bytes());
            fs::remove_file(&permissions).expect("there");
            fs::remove_file(&shared).expect("there");
            fs::remove_file(workspace.private(Report::APP).join(Report::FILE)).expect("there");
        }
    }
}
