//! Whatever the permission files of a datasite hold, who can read the report is found without a panic
//! and in little time. What cannot be read is a doubt, a grant to everybody is never overlooked without
//! one, and beside what we write ourselves nobody but the leader reads.
#![no_main]

use std::{cell::LazyCell, fs, path::PathBuf};

use datasite::{ClientConfig, Email, Readers, Report, Workspace};
use fuzz::Scratch;
use libfuzzer_sys::fuzz_target;

/// Between the file of the app's folder, that of `app_data` and that of the datasite.
const SEPARATOR: &[u8] = b"\n=====\n";
/// What is larger is not read.
const LONGEST_FILE: usize = 64 * 1024;
const OLD: &str = Workspace::PERMISSION_FILES[0];
const NEW: &str = Workspace::PERMISSION_FILES[1];

thread_local!(static SITE: LazyCell<Site> = const { LazyCell::new(Site::new) });

fuzz_target!(|bytes: &[u8]| SITE.with(|site| site.judge(&files(bytes))));

struct Site {
    _scratch: Scratch,
    workspace: Workspace,
    leader: Email,
}

/// One for each folder, the app's own first; where there are fewer, there is none above.
fn files(bytes: &[u8]) -> Vec<&[u8]> {
    let mut rest = bytes;
    let mut files = Vec::new();
    let find = |text: &[u8]| text.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
    while let (Some(at), true) = (find(rest), files.len() < 2) {
        files.push(&rest[..at]);
        rest = &rest[at + SEPARATOR.len()..];
    }
    files.push(rest);
    files
}

impl Site {
    fn new() -> Self {
        let scratch = Scratch::new();
        let (email, data_dir) = ("alice@example.org", scratch.folder().to_owned());
        fs::create_dir_all(data_dir.join("datasites").join(email)).expect("a writable folder");
        let email = email.parse().expect("an address");
        let config = ClientConfig { path: data_dir.join("config.json"), email, data_dir };
        let workspace = Workspace::open(&config).expect("its folder is there");
        fs::create_dir_all(workspace.app_data(Report::APP)).expect("a writable folder");
        let leader = "aggregator@openmined.org".parse().expect("an address");
        Self { _scratch: scratch, workspace, leader }
    }

    fn judge(&self, files: &[&[u8]]) {
        for name in Workspace::PERMISSION_FILES {
            for place in 0..3 {
                self.write(place, name, files.get(place).copied());
            }
        }
        // The newer rules ask nobody below a file that is terminal; an escape may hide the word.
        let above = files[1..].concat();
        let may_be_terminal =
            above.contains(&b'\\') || above.windows(8).any(|window| window == b"terminal");

        let (old, new) = self.readers();
        for readers in [&old, &new] {
            self.check(readers);
        }
        for (place, file) in files.iter().enumerate() {
            // What ends a line for a server ends none for us.
            let is_read_alike = str::from_utf8(file)
                .is_ok_and(|text| !text.contains(['\u{85}', '\u{2028}', '\u{2029}']));
            if !is_read_alike || file.len() > LONGEST_FILE {
                assert!(doubts(&old, &self.path(place, OLD)), "{old:?}");
                assert!(may_be_terminal || doubts(&new, &self.path(place, NEW)), "{new:?}");
            }
        }
        self.everybody_is_never_overlooked(files[0], may_be_terminal);
        self.what_we_write_holds(may_be_terminal);
    }

    /// What holds of whatever was found.
    fn check(&self, readers: &Readers) {
        let (owner, anybody) = (self.workspace.email(), "eve@x.org".parse().expect("an address"));
        assert!(!readers.named.contains(owner.as_str()), "{readers:?}");
        assert!(readers.named.iter().all(|name| *name == name.to_lowercase()), "{readers:?}");
        assert!(!readers.everybody || readers.include(&anybody), "{readers:?}");
        assert!(!(readers.include(&anybody) && readers.are_only(&self.leader)), "{readers:?}");
        for (path, _) in &readers.doubts {
            let is_ours = |name| (0..3).any(|place| *path == self.path(place, name));
            assert!(is_ours(OLD) || is_ours(NEW), "{readers:?}");
        }
    }

    /// A grant to everybody, last by the old rules and for exactly this file by the new ones, is seen
    /// whatever stands beside it, or the file is a doubt.
    fn everybody_is_never_overlooked(&self, text: &[u8], may_be_terminal: bool) {
        let grant: &[u8] = b"\n- {path: '**', user: '*', permissions: [read]}\n";
        self.write(0, OLD, Some(&[text, grant].concat()));
        let grant: &[u8] = b"rules:\n- {pattern: cpu_tracker.json, access: {read: ['*']}}\n";
        self.write(0, NEW, Some(&[grant, text].concat()));
        let (old, new) = self.readers();
        assert!(old.everybody || doubts(&old, &self.path(0, OLD)), "{old:?}");
        let is_seen = new.everybody || doubts(&new, &self.path(0, NEW));
        assert!(is_seen || may_be_terminal, "{new:?}");
    }

    /// Whatever stands above the files that a member writes, only its leader reads.
    fn what_we_write_holds(&self, may_be_terminal: bool) {
        self.workspace.protect(Report::APP, Report::FILE, &self.leader).expect("a writable folder");
        let (old, new) = self.readers();
        assert!(old.are_only(&self.leader) && old.include(&self.leader), "{old:?}");
        let holds = new.are_only(&self.leader) && new.include(&self.leader);
        assert!(holds || may_be_terminal, "{new:?}");
    }

    fn readers(&self) -> (Readers, Readers) {
        let (app, file) = (Report::APP, Report::FILE);
        (
            self.workspace.readers_by_old_rules(app, file),
            self.workspace.readers_by_new_rules(app, file),
        )
    }

    /// The app's own folder is place 0, the datasite is 2.
    fn path(&self, place: usize, name: &str) -> PathBuf {
        let own = self.workspace.app_data(Report::APP);
        own.ancestors().nth(place).expect("it is below these").join(name)
    }

    fn write(&self, place: usize, name: &str, bytes: Option<&[u8]>) {
        let path = self.path(place, name);
        match bytes {
            Some(bytes) => fs::write(path, bytes).expect("a writable folder"),
            None => drop(fs::remove_file(path)),
        }
    }
}

fn doubts(readers: &Readers, path: &PathBuf) -> bool {
    readers.doubts.iter().any(|(doubted, _)| doubted == path)
}
