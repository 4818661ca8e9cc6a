use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The root of this repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("e2e/ lies in the repository")
}

/// Makes in `folder` what a release of the app `name` holds: `run.sh`, `README.md` and its binary
/// in `bin/`. Returns the app's folder, which is named `name`.
pub fn prepare_app(name: &str, folder: &Path) -> PathBuf {
    let app = folder.join(name);
    fs::create_dir_all(app.join("bin")).expect("the folder for prepared apps is writable");
    for file in ["run.sh", "README.md"] {
        copy(&repository().join(name).join(file), &app.join(file));
    }
    copy(&release_binary(name), &app.join("bin").join(name));
    app
}

/// The binary that `cargo build --release` made, in the target folder that this test runs from.
pub fn release_binary(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a test knows its own path");
    let target = test.ancestors().nth(3).expect("cargo runs tests from target/debug/deps/");
    target.join("release").join(name)
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("cannot copy {}: {error}", from.display()));
}
