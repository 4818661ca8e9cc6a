use std::fs;

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
