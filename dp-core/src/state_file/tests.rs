use std::{
    fs,
    sync::atomic::{self, AtomicBool},
};

use super::{copy::*, *};

fn fresh() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("state");
    StateFile::create(&path, "test", "one\n").expect("created");
    (folder, path)
}

fn open(path: &Path) -> Result<StateFile, Error> {
    StateFile::open(path, "test", Duration::ZERO)
}

fn damage(path: &Path, at: usize, damage: impl Fn(u8) -> u8) {
    let mut bytes = fs::read(path).expect("there");
    bytes[at] = damage(bytes[at]);
    fs::write(path, bytes).expect("written");
}

#[test]
fn what_was_written_is_read() {
    let (_folder, path) = fresh();
    open(&path).expect("whole").write("two\n").expect("written");
    assert_eq!(open(&path).expect("whole").text(), "two\n");
}

#[test]
fn a_shorter_text_leaves_nothing_of_the_longer_one() {
    let (_folder, path) = fresh();
    open(&path).expect("whole").write(&"long\n".repeat(1000)).expect("written");
    open(&path).expect("whole").write("").expect("written");
    let bytes = fs::read(&path).expect("there");
    assert!(!bytes.windows(4).any(|window| window == b"long"));
}

#[test]
fn creating_twice_fails_and_changes_nothing() {
    let (folder, path) = fresh();
    assert!(matches!(StateFile::create(&path, "test", "other\n"), Err(Error::File { .. })));
    assert_eq!(open(&path).expect("whole").text(), "one\n");
    assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1, "no draft is left");
}

#[test]
fn a42_one_bad_copy_costs_nothing_and_is_mended_by_the_next_write() {
    for bad in [0, REGION] {
        let (_folder, path) = fresh();
        open(&path).expect("whole").write("two\n").expect("written");
        damage(&path, bad + 30, |byte| byte ^ 1);
        let mut state = open(&path).expect("the other copy is whole");
        assert_eq!(state.text(), "two\n");
        state.write("three\n").expect("written");
        drop(state);
        damage(&path, REGION - bad + 30, |byte| byte ^ 1);
        assert_eq!(open(&path).expect("the mended copy is whole").text(), "three\n");
    }
}

#[test]
fn a42_every_flipped_bit_of_the_text_is_noticed() {
    let (_folder, path) = fresh();
    let length = Copy { sequence: 1, text: "one\n".into() }.encode("test").len();
    let whole = fs::read(&path).expect("there");
    for byte in 0..length {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            for copy in [0, REGION] {
                bytes[copy + byte] ^= 1 << bit;
            }
            fs::write(&path, bytes).expect("written");
            assert!(matches!(open(&path), Err(Error::Damaged { .. })), "byte {byte}, bit {bit}");
        }
    }
}

#[test]
fn a42_what_is_no_state_file_is_refused_and_never_reset() {
    let (_folder, path) = fresh();
    let whole = fs::read(&path).expect("there");
    let mut longer = whole.clone();
    longer.push(0);
    for bytes in [&[][..], b"\0", &whole[..100], &whole[..REGION], &longer, &vec![0; 2 * REGION]] {
        fs::write(&path, bytes).expect("written");
        assert!(matches!(open(&path), Err(Error::Damaged { .. })), "{} bytes", bytes.len());
        assert_eq!(fs::read(&path).expect("there"), bytes);
    }
    fs::write(&path, &whole).expect("written");
    assert!(matches!(
        StateFile::open(&path, "other", Duration::ZERO),
        Err(Error::Damaged { expected: "other", .. })
    ));
    fs::remove_file(&path).expect("there");
    assert!(matches!(open(&path), Err(Error::File { action: "open", .. })));
}

#[test]
fn what_a_dead_process_left_half_created_is_never_written_through() {
    let (folder, path) = fresh();
    open(&path).expect("whole").write("spent\n").expect("written");
    // It died between giving the file its name and taking the draft's away: each draft that
    // another process could choose leads to the living file, were it to write through one.
    for number in 0..3 {
        let draft = format!("state.{}.{number}.new", process::id());
        fs::hard_link(&path, folder.path().join(draft)).expect("linked");
    }
    assert!(StateFile::create(&path, "test", "unspent\n").is_err());
    assert_eq!(open(&path).expect("whole").text(), "spent\n");
    assert_ne!(draft_beside(&path).expect("random"), draft_beside(&path).expect("random"));
}

#[test]
fn a_pipe_or_a_folder_is_refused_and_not_waited_for() {
    let (folder, _path) = fresh();
    let pipe = folder.path().join("pipe");
    let made = process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    for path in [pipe.as_path(), folder.path()] {
        assert!(matches!(open(path), Err(Error::Damaged { .. })), "{}", path.display());
    }
}

#[test]
fn a_sequence_at_the_end_of_its_range_is_damage() {
    let (_folder, path) = fresh();
    let last = Copy { sequence: u64::MAX, text: "one\n".into() }.encode("test");
    let mut bytes = vec![0; 2 * REGION];
    for copy in [0, REGION] {
        bytes[copy..copy + last.len()].copy_from_slice(&last);
    }
    fs::write(&path, bytes).expect("written");
    assert!(matches!(open(&path), Err(Error::Damaged { .. })));
}

#[test]
fn a_sequence_that_nobody_could_read_is_not_written() {
    let (_folder, path) = fresh();
    let last = Copy { sequence: LAST_SEQUENCE, text: "one\n".into() }.encode("test");
    let mut region = last;
    region.resize(REGION, 0);
    fs::write(&path, [&region[..], &region].concat()).expect("writable");
    let mut state = open(&path).expect("whole");
    assert!(matches!(state.write("two\n"), Err(Error::Full { .. })));
    drop(state);
    assert_eq!(open(&path).expect("as it was").text(), "one\n");
}

#[test]
fn the_lock_is_held_until_dropped_also_through_other_names() {
    let (folder, path) = fresh();
    let (hard, soft) = (folder.path().join("hard"), folder.path().join("soft"));
    fs::hard_link(&path, &hard).expect("linked");
    std::os::unix::fs::symlink(&path, &soft).expect("linked");
    let held = open(&path).expect("whole");
    for name in [&path, &hard, &soft] {
        assert!(matches!(open(name), Err(Error::Busy { .. })));
    }
    drop(held);
    assert!(open(&hard).is_ok());
}

#[test]
fn a_locked_file_can_be_looked_at() {
    let (_folder, path) = fresh();
    let mut held = open(&path).expect("whole");
    held.write("two\n").expect("written");
    assert_eq!(StateFile::peek(&path, "test").expect("whole"), "two\n");
    assert!(matches!(StateFile::peek(&path, "other"), Err(Error::Damaged { .. })));
}

#[test]
fn a_file_that_was_replaced_is_noticed() {
    let (folder, path) = fresh();
    let held = open(&path).expect("whole");
    held.still_there().expect("nothing happened yet");
    fs::rename(&path, folder.path().join("aside")).expect("renamed");
    assert!(matches!(held.still_there(), Err(Error::Replaced { .. })));
    StateFile::create(&path, "test", "one\n").expect("created");
    assert!(matches!(held.still_there(), Err(Error::Replaced { .. })));
}

#[test]
fn a_text_beyond_its_region_is_refused_and_changes_nothing() {
    let (_folder, path) = fresh();
    let mut state = open(&path).expect("whole");
    assert!(matches!(state.write(&"x".repeat(REGION)), Err(Error::Full { .. })));
    drop(state);
    assert_eq!(open(&path).expect("whole").text(), "one\n");
}

/// Both copies, written as `kind` and version say, with texts of their own.
fn forged(path: &Path, headings: [&str; 2]) {
    let mut bytes = vec![0; 2 * REGION];
    for (heading, at) in headings.iter().zip([0, REGION]) {
        let body = format!("{heading}one\n");
        let copy = format!("{body}checksum {:016x}\n", checksum(body.as_bytes()));
        bytes[at..at + copy.len()].copy_from_slice(copy.as_bytes());
    }
    fs::write(path, bytes).expect("written");
}

#[test]
fn a42_a_later_version_is_named_as_one_and_left_alone() {
    let (_folder, path) = fresh();
    let [now, later] = ["dp-core test 1\nsequence 8\n", "dp-core test 12\nsequences: 9\n"];
    for headings in [[later, later], [now, later], [later, now]] {
        forged(&path, headings);
        let before = fs::read(&path).expect("there");
        assert!(matches!(open(&path), Err(Error::Newer { .. })), "{headings:?}");
        assert!(matches!(StateFile::peek(&path, "test"), Err(Error::Newer { .. })));
        assert_eq!(fs::read(&path).expect("there"), before);
    }
    fs::write(&path, format!("{later}of another length")).expect("written");
    let refusal = open(&path).expect_err("of a later version").to_string();
    assert!(
        refusal.ends_with(
            "was written by a newer version of dp-core: use that version, or a newer one"
        )
    );
    for other in ["dp-core test 0\n", "dp-core tests 2\n", "dp-core test two\n"] {
        fs::write(&path, other).expect("written");
        assert!(matches!(open(&path), Err(Error::Damaged { .. })), "{other}");
    }
}

#[test]
fn a42_two_copies_that_nobody_wrote_together_are_damage() {
    let (_folder, path) = fresh();
    let one = fs::read(&path).expect("there");
    open(&path).expect("whole").write("two\n").expect("written");
    forged(&path, ["dp-core test 1\nsequence 8\n", "dp-core test 1\nsequence 8\nand "]);
    assert!(matches!(open(&path), Err(Error::Damaged { .. })));
    // Of one file at two times, the newer is right.
    let mut bytes = fs::read(&path).expect("there");
    bytes[REGION..].copy_from_slice(&one[REGION..]);
    fs::write(&path, bytes).expect("written");
    assert_eq!(open(&path).expect("whole").text(), "one\n");
}

#[test]
fn a42_a_line_of_a_gigabyte_is_refused_unread() {
    let (_folder, path) = fresh();
    let file = OpenOptions::new().write(true).open(&path).expect("there");
    file.set_len(1 << 30).expect("sparse");
    let start = Instant::now();
    assert!(matches!(open(&path), Err(Error::Damaged { .. })));
    fs::write(&path, vec![b'x'; 2 * REGION]).expect("written");
    assert!(matches!(open(&path), Err(Error::Damaged { .. })));
    assert!(start.elapsed() < Duration::from_millis(500));
}

/// A power cut in the middle of a write, of either copy: any of its bytes may be old or new.
#[test]
fn a40_a_write_torn_anywhere_costs_nothing() {
    let (folder, path) = fresh();
    let torn = folder.path().join("torn");
    let old_text = "old\n".repeat(1500);
    open(&path).expect("whole").write(&old_text).expect("written");
    let old = fs::read(&path).expect("there");
    for new_text in ["new\n".repeat(1500), "longer\n".repeat(2000), "short\n".to_owned()] {
        open(&path).expect("whole").write(&new_text).expect("written");
        let new = fs::read(&path).expect("there");
        let first = open(&path).expect("whole").least_trusted();
        // The one that was written last is the least trusted, so this is the order.
        for (index, other) in [(1 - first, &old), (first, &new)] {
            for at in (0..130).step_by(3).chain((130..4 * 4096).step_by(611)) {
                let mut bytes = other.clone();
                let start = index * REGION;
                // Its beginning was written, or its end.
                let pieces = [start..start + at, start + at..start + REGION];
                for piece in pieces {
                    bytes[start..start + REGION].copy_from_slice(&old[start..start + REGION]);
                    bytes[piece.clone()].copy_from_slice(&new[piece]);
                    fs::write(&torn, &bytes).expect("written");
                    let mut state = open(&torn).expect("the other copy is whole");
                    let is_new = state.text() == new_text;
                    assert!(is_new || (state.text() == old_text && index == 1 - first));
                    let was_cut_short = state.sequence(0) != state.sequence(1);
                    if was_cut_short && at % 5 == 0 {
                        state.write("next\n").expect("written");
                        drop(state);
                        let rest = fs::read(&torn).expect("there");
                        assert!(!rest.windows(4).any(|window| window == b"old\n"));
                    }
                }
            }
        }
        fs::write(&path, &old).expect("put back");
    }
}

/// Somebody who holds the lock again and again, as one who pays from a slow disk does, leaves it to
/// others in between.
#[test]
fn a_waiter_gets_its_turn() {
    let (_folder, path) = fresh();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(atomic::Ordering::Relaxed) {
                let _held =
                    StateFile::open(&path, "test", Duration::from_secs(5)).expect("in time");
                thread::sleep(Duration::from_millis(5));
            }
        });
        let waits = (0..20).map(|_| {
            thread::sleep(Duration::from_millis(6)); // the other one has it by now
            let start = Instant::now();
            drop(StateFile::open(&path, "test", Duration::from_secs(5)).expect("in time"));
            start.elapsed()
        });
        let longest = waits.max();
        is_over.store(true, atomic::Ordering::Relaxed);
        assert!(longest < Some(Duration::from_secs(1)), "{longest:?}");
    });
}
