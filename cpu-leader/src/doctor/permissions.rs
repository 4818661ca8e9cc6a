//! Whether readers may read what is published, and nobody may write it.

use std::fs;
use std::io;

use datasite::{ClientConfig, Report, Workspace};

use super::{Finding, ok, problem, warning};
use crate::error::Error;

/// The files that say who may do what, for SyftBox's older servers and its newer ones.
const FILES: [&str; 2] = ["syft.pub.yaml", "syftperm.yaml"];

/// Compares both files with those that a round writes.
pub(super) fn permissions(workspace: &Workspace) -> Finding {
    let subject = "permissions";
    match differing(workspace) {
        Err(error) => warning(subject, error.to_string()),
        Ok(names) if names.is_empty() => ok(subject, "everybody may read".to_owned()),
        Ok(names) => problem(
            subject,
            format!(
                "{} missing or changed in {}: the next round mends it",
                names.join(" and "),
                workspace.public(Report::APP).display()
            ),
        ),
    }
}

fn differing(workspace: &Workspace) -> Result<Vec<&'static str>, Error> {
    let folder = workspace.public(Report::APP);
    if !folder.exists() {
        let missing = io::Error::other("none yet; the first round writes them");
        return Err(Error::Read { path: folder, source: missing });
    }
    // What a round would write, written where nobody looks: so there is one place that knows it.
    let scratch = tempfile::tempdir().map_err(Error::write(std::env::temp_dir()))?;
    let data_dir = scratch.path().to_path_buf();
    let email = workspace.email().clone();
    let own = data_dir.join("datasites").join(email.as_str());
    fs::create_dir_all(&own).map_err(Error::write(&own))?;
    let model = Workspace::open(&ClientConfig { path: data_dir.clone(), email, data_dir })?;
    model.make_public(Report::APP)?;
    let should = model.public(Report::APP);
    let differs = |name: &&str| match (fs::read(should.join(name)), fs::read(folder.join(name))) {
        (Ok(should), Ok(found)) => should != found,
        _ => true,
    };
    Ok(FILES.into_iter().filter(differs).collect())
}
