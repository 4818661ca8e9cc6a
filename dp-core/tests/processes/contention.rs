//! Several processes and threads on one file.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use dp_core::Error;

use crate::scene::{Scene, ask, create, rounds};

/// Two processes of two threads each, by any of the file's names.
pub(crate) fn for_the_last_of_a_budget() {
    let scene = Scene::without_ledger();
    let mut askers = [Asker::start(&scene), Asker::start(&scene)];
    for round in 0..rounds(20) {
        let [path, soft, hard] = ["ledger", "soft", "hard"].map(|name| scene.path(name));
        create(path.clone()).expect("created");
        std::os::unix::fs::symlink(&path, &soft).expect("linked");
        fs::hard_link(&path, &hard).expect("linked");
        let names = [&path, [&path, &soft, &hard][round % 3]];
        for (asker, name) in askers.iter_mut().zip(names) {
            asker.tell(name);
        }
        let granted: usize = askers.iter_mut().map(Asker::granted).sum();
        assert_eq!(granted, 1, "round {round}, by {names:?}");
        assert_eq!(scene.spent(), 60_000);
        for name in [path, soft, hard] {
            fs::remove_file(name).expect("there");
        }
    }
}

pub(crate) fn with_a_holder() {
    let scene = Scene::new();
    let mut holder = hold(&scene);
    holder.kill().expect("alive");
    let start = Instant::now();
    scene.pay_once();
    assert!(start.elapsed() < Duration::from_secs(5), "it waited for the dead");
    holder.wait().expect("dead");

    if rounds(0) == 0 {
        println!("without one that stopped, who is waited for for ten seconds:");
        return;
    }
    let mut holder = hold(&scene);
    let stop = Command::new("kill").args(["-STOP", &holder.id().to_string()]).status();
    assert!(stop.expect("kill runs").success());
    let refused = ask(&scene.ledger(), 0.001);
    assert!(matches!(refused, Err(Error::Busy { .. })), "{refused:?}");
    holder.kill().expect("alive");
    holder.wait().expect("dead");
    assert_eq!((scene.spent(), scene.released()), (1, 1));
    scene.pay_once();
}

/// Whoever finds a ledger the moment it appears pays from it; its creator, who is not done with it,
/// forgets nothing of that.
pub(crate) fn with_a_creator() {
    for _ in 0..rounds(20) {
        let scene = Scene::without_ledger();
        thread::scope(|scope| {
            let finder = scope.spawn(|| while ask(&scene.ledger(), 0.001).is_err() {});
            create(scene.ledger()).expect("created");
            finder.join().expect("no panic");
        });
        assert_eq!(scene.spent(), 1);
    }
}

fn hold(scene: &Scene) -> Child {
    let mut child = scene.child("hold").stdout(Stdio::piped()).spawn().expect("it runs");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("heard");
    assert_eq!(line, "held\n");
    child
}

/// A process that asks when it is told to.
struct Asker {
    child: Child,
    tell: Option<ChildStdin>,
    hear: BufReader<ChildStdout>,
}

impl Asker {
    fn start(scene: &Scene) -> Self {
        let mut command = scene.child("ask");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let hear = BufReader::new(child.stdout.take().expect("piped"));
        Self { tell: child.stdin.take(), hear, child }
    }

    fn tell(&mut self, path: &Path) {
        let tell = self.tell.as_mut().expect("open until dropped");
        writeln!(tell, "{}", path.display()).expect("told");
    }

    fn granted(&mut self) -> usize {
        let mut line = String::new();
        self.hear.read_line(&mut line).expect("heard");
        line.trim().parse().expect("a number")
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        drop(self.tell.take());
        self.child.wait().expect("it ends when it can be told no more");
    }
}
