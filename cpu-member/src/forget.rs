//! Leaving for good: everything that the member made on this machine is removed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use datasite::{Report, Workspace};
use dp_core::{
    Error::{Busy, Damaged},
    Timeline,
};

use crate::{Error, state::StateFolder};

/// What is said before and after.
pub const CONSEQUENCES: &str = "\
What your leader, or whoever runs the SyftBox server, has read cannot be called back, and neither can
the promises that were made about it. If a member is started here again, what it promises adds up with
what was promised before, and nothing on this machine will remember how much that was.
";

type Step = fn(&Workspace, &StateFolder) -> Result<(), Error>;

/// What is published goes first and the timeline last: a crash in between never leaves a published
/// value whose promise is forgotten, and all can be done again.
const STEPS: [Step; 5] = [report, permissions, private, memories, timeline];

/// Removes the published report, the mean without noise, the history, and the timeline with its
/// promises. What is not there is passed over.
///
/// # Errors
/// [`Error::StillRunning`] while a member of this account runs; [`Error::File`] and
/// [`datasite::Error::SymbolicLink`] where something cannot be removed: then it can be run again.
pub fn forget(workspace: &Workspace, state: &StateFolder) -> Result<(), Error> {
    first_steps(STEPS.len(), workspace, state)
}

fn first_steps(count: usize, workspace: &Workspace, state: &StateFolder) -> Result<(), Error> {
    // Held until the end, so that no member begins meanwhile.
    let _held = match Timeline::open(state.timeline()) {
        Ok(timeline) => Some(timeline),
        Err(Busy { .. }) => return Err(Error::StillRunning),
        // Its lock was free; what it says does not matter any more.
        Err(Damaged { .. }) => None,
        Err(dp_core::Error::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            None
        }
        Err(fault) => return Err(fault.into()),
    };
    STEPS.iter().take(count).try_for_each(|step| step(workspace, state))
}

fn report(workspace: &Workspace, _: &StateFolder) -> Result<(), Error> {
    let folder = workspace.app_data(Report::APP);
    let private = [workspace.private(Report::APP), workspace.temporary(Report::APP)];
    // All of them before anything is removed.
    for path in [folder.clone(), workspace.own().join("app_data")].into_iter().chain(private) {
        if path.is_symlink() {
            return Err(datasite::Error::SymbolicLink { path }.into());
        }
    }
    remove(&folder.join(Report::FILE))?;
    // On disk before anything else goes.
    match fs::File::open(&folder).and_then(|folder| folder.sync_all()) {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(cannot_remove(&folder)(fault)),
        _ => Ok(()),
    }
}

/// They stay where somebody else's files are beside them, which they may protect.
fn permissions(workspace: &Workspace, _: &StateFolder) -> Result<(), Error> {
    let folder = workspace.app_data(Report::APP);
    let ours = Workspace::PERMISSION_FILES.map(|name| folder.join(name));
    if entries(&folder)?.iter().all(|path| ours.contains(path)) {
        ours.iter().try_for_each(|path| remove(path))?;
        remove_if_empty(&folder)?;
    }
    Ok(())
}

fn private(workspace: &Workspace, _: &StateFolder) -> Result<(), Error> {
    let (folder, temporary) = (workspace.private(Report::APP), workspace.temporary(Report::APP));
    remove(&folder.join(Report::FILE))?;
    entries(&temporary)?.iter().try_for_each(|path| remove(path))?; // what a crash left
    remove_if_empty(&temporary)?;
    remove_if_empty(&folder)
}

/// All of the state folder but the timeline.
fn memories(_: &Workspace, state: &StateFolder) -> Result<(), Error> {
    let kept = state.timeline();
    entries(state.path())?.iter().filter(|path| **path != kept).try_for_each(|path| remove(path))
}

fn timeline(_: &Workspace, state: &StateFolder) -> Result<(), Error> {
    remove(&state.timeline())?;
    remove_if_empty(state.path())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    match fs::read_dir(folder) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(fault) => Err(cannot_remove(folder)(fault)),
        Ok(found) => found
            .map(|entry| Ok(entry.map_err(cannot_remove(folder))?.path()))
            .collect::<Result<_, Error>>(),
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(cannot_remove(path)(fault)),
        _ => Ok(()),
    }
}

fn remove_if_empty(folder: &Path) -> Result<(), Error> {
    use io::ErrorKind::{DirectoryNotEmpty, NotFound};
    match fs::remove_dir(folder) {
        Err(fault) if ![DirectoryNotEmpty, NotFound].contains(&fault.kind()) => {
            Err(cannot_remove(folder)(fault))
        }
        _ => Ok(()),
    }
}

fn cannot_remove(path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::File { action: "remove", path, source }
}

#[cfg(test)]
mod tests;
