//! How SyftBox starts an app: its `run.sh`, here with shell scripts in the binary's place.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use e2e::{Running, StraysStopped, repository, wait_for};
use tempfile::TempDir;

const APPS: [&str; 2] = ["cpu-member", "cpu-leader"];

/// Stands for a binary: prints its process id, its path and what it was called with.
const FAKE: &str = "#!/bin/sh\n[ \"$1\" = --version ] || echo \"$$ $0 $*\"\n";
/// Stands for the binary of another machine.
const BROKEN: &str = "no program\n";
/// Stands for cargo: prints what it was called with and makes the binary.
const CARGO: &str = "#!/bin/sh\necho \"cargo $*\"\n\
    mkdir -p ../target/release && cp fake ../target/release/\"${PWD##*/}\"\n";

#[test]
fn the_binary_replaces_the_shell_and_learns_the_folder_as_linked() {
    for name in APPS {
        let app = App::new(name);
        let binary = app.link.join("bin").join(name);
        app.put(&format!("bin/{name}"), FAKE);
        let script = app.link.join("run.sh");
        let (pid, output) = run(app.command("sh").arg(&script));
        let link = app.link.display();
        assert_eq!(output, format!("{pid} {} run --app-folder {link}\n", binary.display()));
    }
}

#[test]
fn it_starts_by_hand_too() {
    let app = App::new("cpu-member");
    app.put("bin/cpu-member", FAKE);
    let folder = app.link.canonicalize().unwrap();
    for mut command in [Command::new("./run.sh"), app.command("sh")] {
        let (_, output) = run(command.arg("run.sh").current_dir(&folder));
        assert!(output.ends_with(&format!(" run --app-folder {}\n", folder.display())), "{output}");
    }
}

#[test]
fn the_first_binary_that_runs_is_taken() {
    let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let places = [
        format!("bin/cpu-member-{platform}"),
        "bin/cpu-member".to_owned(),
        "../target/release/cpu-member".to_owned(),
    ];
    for first in 0..places.len() {
        let app = App::new("cpu-member");
        for (index, place) in places.iter().enumerate() {
            app.put(place, if index < first { BROKEN } else { FAKE });
        }
        let (_, output) = run(app.command("sh").arg(app.link.join("run.sh")));
        assert!(output.contains(&format!("/{} run", places[first])), "{output}");
    }
}

#[test]
fn without_a_binary_a_checkout_builds_one() {
    for name in APPS {
        let app = App::new(name);
        app.put("Cargo.toml", "");
        app.put("fake", FAKE);
        app.put("../../home/.cargo/bin/cargo", CARGO);
        let mut command = app.command("sh");
        command.env("PATH", app.tools_without_cargo()).arg(app.link.join("run.sh"));
        let (pid, output) = run(&mut command);
        let link = app.link.display();
        let built = format!(
            "cargo build --release --locked --package {name} --target-dir {link}/../target\n"
        );
        let started = format!("{pid} {link}/../target/release/{name} run --app-folder {link}\n");
        assert_eq!(output, built + &started);
    }
}

#[test]
fn without_anything_it_says_what_to_do_and_waits() {
    for name in APPS {
        let app = App::new(name);
        let _strays = StraysStopped(app.folder.path().to_owned());
        let log = app.folder.path().join("log");
        let mut shell = Running::start(app.command("sh").arg(app.link.join("run.sh")), log);
        let advice = format!("/bin/{name}, or install Rust");
        let says = || shell.log().contains(&advice).then_some(());
        assert!(wait_for(Duration::from_secs(5), says).is_some(), "{}", shell.log());
        let ended = wait_for(Duration::from_secs(1), || shell.exit());
        assert_eq!(ended, None, "it must not fail at once");
    }
}

/// An app's folder with its `run.sh` and nothing else, linked as SyftBox links it.
struct App {
    folder: TempDir,
    link: PathBuf,
}

impl App {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for made in ["home", "apps", "source"] {
            fs::create_dir(folder.path().join(made)).unwrap();
        }
        let (source, link) =
            (folder.path().join("source").join(name), folder.path().join("apps").join(name));
        fs::create_dir(&source).unwrap();
        fs::copy(repository().join(name).join("run.sh"), source.join("run.sh")).unwrap();
        symlink(&source, &link).unwrap();
        Self { folder, link }
    }

    /// Writes an executable file at a path relative to the app's folder.
    fn put(&self, path: &str, text: &str) {
        let path = self.link.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A folder for PATH that has what `run.sh` and [`CARGO`] call, and not the system's own cargo,
    /// where there is one.
    fn tools_without_cargo(&self) -> PathBuf {
        let tools = self.folder.path().join("tools");
        fs::create_dir(&tools).unwrap();
        for tool in ["sh", "dirname", "uname", "tr", "mkdir", "cp"] {
            symlink(Path::new("/usr/bin").join(tool), tools.join(tool)).unwrap();
        }
        tools
    }

    /// A command with the environment and the working folder that SyftBox gives.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.link).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path().join("home"));
        command
    }
}

/// The process id and the output of a command that ends well.
fn run(command: &mut Command) -> (u32, String) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?} ended with {}", output.status);
    (pid, String::from_utf8(output.stdout).unwrap())
}
