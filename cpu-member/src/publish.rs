//! What is written below SyftBox's folders: the protected report, who may read it, and the raw mean
//! for the owner.

use datasite::{Audience, Email, Report, Workspace};
use tracing::{info, warn};

use crate::{Error, round::Release};

/// Writes the permissions of the protected file. Do this well before the first value: a client may
/// upload them in any order.
pub fn protect(workspace: &Workspace, leader: &Email) -> Result<bool, Error> {
    Ok(workspace.protect(Report::APP, Report::FILE, leader)?)
}

/// Publishes a release: the report for the leader, and the raw mean in a folder that is never
/// synced, which only the owner can read.
pub fn publish(workspace: &Workspace, leader: &Email, release: &Release) -> Result<(), Error> {
    if protect(workspace, leader)? {
        // Somebody changed or removed them. The new ones must reach the server before any value.
        warn!(
            "the permission files were missing or changed and were written anew; the next value will be published"
        );
        return Ok(());
    }
    let shared = workspace.app_data(Report::APP).join(Report::FILE);
    workspace.replace(Report::APP, &shared, Audience::Synced, &release.report.to_bytes())?;
    let private = workspace.private(Report::APP).join(Report::FILE);
    workspace.replace(Report::APP, &private, Audience::Owner, &raw_file(release))?;
    info!("published the value of the slot that ended at {}", release.slot.end());
    Ok(())
}

/// As the original tracker keeps it.
fn raw_file(release: &Release) -> Vec<u8> {
    format!(
        "{{\n    \"cpu\": {:.2},\n    \"timestamp\": \"{}\"\n}}",
        release.raw.expose_to_owner(),
        release.slot.end().strftime("%Y-%m-%d %H:%M:%S"),
    )
    .into_bytes()
}
