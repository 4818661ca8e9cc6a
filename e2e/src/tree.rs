use std::{
    fs,
    path::{Path, PathBuf},
};

/// All files below a folder, hidden ones too; links are neither followed nor listed. A file or
/// folder that vanishes meanwhile is left out, and a folder that is not there has no files.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(files_below(&entry.path())),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files.sort();
    files
}
