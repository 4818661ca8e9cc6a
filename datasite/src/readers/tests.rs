use std::fs;

use super::*;
use crate::workspace::tests::workspace;

const APP: &str = "cpu_tracker";
const FILE: &str = "cpu_tracker.json";
const ANYBODY_READS: &str = "- path: '**'\n  permissions: [read]\n  user: '*'\n";
const PUBLIC: &str = "rules:\n  - pattern: '**'\n    access: {read: ['*']}\n";

/// Who can read the report beside these permission files: by the old rules, by the new.
fn with(files: &[(&str, &str)]) -> (Readers, Readers) {
    let (_folder, workspace) = workspace();
    workspace.protect(APP, FILE, &leader()).unwrap();
    for (path, text) in files {
        fs::write(workspace.own().join(path), text).unwrap();
    }
    (workspace.readers_by_old_rules(APP, FILE), workspace.readers_by_new_rules(APP, FILE))
}

fn leader() -> Email {
    "aggregator@openmined.org".parse().unwrap()
}

fn are_only_the_leader(readers: &Readers) -> bool {
    readers.are_only(&leader()) && readers.include(&leader()) && readers.doubts.is_empty()
}

#[test]
fn what_we_write_lets_only_the_leader_read_even_below_a_public_root() {
    let (old, new) = with(&[]);
    assert!(are_only_the_leader(&old) && are_only_the_leader(&new), "{old:?} {new:?}");
    let (old, new) = with(&[("syftperm.yaml", ANYBODY_READS), ("syft.pub.yaml", PUBLIC)]);
    assert!(are_only_the_leader(&old) && are_only_the_leader(&new), "{old:?} {new:?}");
}

#[test]
fn by_the_old_rules_a_grant_above_is_inherited_where_nothing_takes_it_back() {
    let ours = "app_data/cpu_tracker/syftperm.yaml";
    let grants = "- {path: '**', user: alice@example.org, permissions: [admin, read]}\n\
                  - {path: '*', user: Aggregator@openmined.org, permissions: READ}\n";
    let (old, _) = with(&[(ours, grants)]);
    assert!(are_only_the_leader(&old), "{old:?}");
    let (old, _) = with(&[("syftperm.yaml", ANYBODY_READS), (ours, grants)]);
    assert!(old.everybody);
    // One that differs in case may be about somebody else.
    let other_case = "- {path: '**', user: eve@x.org, permissions: [read]}\n\
                      - {path: '**', user: Eve@x.org, permissions: [read], type: disallow}\n";
    let (old, _) = with(&[(ours, other_case)]);
    assert!(!old.are_only(&leader()) && old.named.contains("eve@x.org"), "{old:?}");
    // A disallow that comes last takes everything back, also the leader's.
    let taken =
        format!("{grants}- {{path: '**', user: '*', permissions: [read], type: disallow}}\n");
    let (old, _) = with(&[("syftperm.yaml", ANYBODY_READS), (ours, &taken)]);
    assert!(!old.everybody && !old.include(&leader()), "{old:?}");
    let (old, _) = with(&[(
        "app_data/syftperm.yaml",
        "- {path: '*/cpu_tracker.json', user: eve@x.org, permissions: [admin]}\n",
    )]);
    assert!(are_only_the_leader(&old), "taken back by ours");
    let (old, _) = with(&[("app_data/syftperm.yaml", ANYBODY_READS), (ours, "")]);
    assert!(old.everybody);
}

#[test]
fn by_the_new_rules_only_the_nearest_file_counts_unless_one_above_is_terminal() {
    let ours = "app_data/cpu_tracker/syft.pub.yaml";
    let (_, new) = with(&[("syft.pub.yaml", &format!("terminal: true\n{PUBLIC}"))]);
    assert!(new.everybody, "ours is not asked");
    let (_, new) = with(&[("app_data/syft.pub.yaml", PUBLIC), (ours, "rules: null\n")]);
    assert_eq!(new, Readers::default());
    let specific = "rules:\n- {pattern: '**', access: {read: ['*']}}\n\
                    - {pattern: '*.json', access: {write: [eve@x.org], read: []}}\n";
    let (_, new) = with(&[(ours, specific)]);
    assert_eq!(new.named.iter().collect::<Vec<_>>(), ["eve@x.org"], "the first match decides");
    assert!(!new.everybody && !new.are_only(&leader()));
    for name in ["USER", "'*'"] {
        let text = format!("rules:\n- pattern: cpu_tracker.json\n  access: {{read: [{name}]}}\n");
        assert!(with(&[(ours, &text)]).1.everybody, "{name}");
    }
    let (_, new) = with(&[(ours, "rules: [{pattern: '**', access: {read: ['*@corp.com']}}]\n")]);
    assert!(!new.are_only(&leader()), "a pattern of addresses is not the leader");
}

#[test]
fn what_is_not_understood_is_a_doubt_and_counts_where_it_may_be_a_grant() {
    let (old_name, new_name) =
        ("app_data/cpu_tracker/syftperm.yaml", "app_data/cpu_tracker/syft.pub.yaml");
    for broken in ["{", "- 5", "rules: 7", "a: &a [*a]", "\u{0}", "- path: x\n  user: y\n"] {
        let (old, new) = with(&[(old_name, broken), (new_name, broken)]);
        assert_eq!((old.doubts.len(), new.doubts.len()), (1, 1), "{broken:?}");
    }
    let typo = "- {path: '**', user: '*', permissions: [read], typ: disallow}\n";
    assert_eq!(with(&[(old_name, typo)]).0.doubts.len(), 1, "SyftBox refuses unknown keys");
    let unclear = "- {path: '{a,cpu_tracker.json}', user: '*', permissions: [read]}\n";
    let (old, _) = with(&[(old_name, unclear)]);
    assert!(old.everybody && old.doubts.len() == 1);
    for pattern in ["[c]pu_tracker.json", "./cpu_tracker.json", "x/../**", "/**"] {
        let unclear = format!("rules: [{{pattern: '{pattern}', access: {{read: ['*']}}}}]\n");
        let (_, new) = with(&[(new_name, &unclear)]);
        assert!(new.everybody && new.doubts.len() == 1, "{pattern}");
    }
}

#[test]
fn what_may_end_a_comment_is_a_doubt_since_a_grant_may_follow_it() {
    let (old_name, new_name) =
        ("app_data/cpu_tracker/syftperm.yaml", "app_data/cpu_tracker/syft.pub.yaml");
    for line_end in ['\u{85}', '\u{2028}', '\u{2029}'] {
        let old = "- {path: '**', user: '*', permissions: [read]}\n";
        let new = "rules: [{pattern: '**', access: {read: ['*']}}]\n";
        let (old, new) = with(&[
            (old_name, &format!("# ours{line_end}{old}")),
            (new_name, &format!("# ours{line_end}{new}")),
        ]);
        assert_eq!((old.doubts.len(), new.doubts.len()), (1, 1), "{line_end:?}");
    }
}

#[test]
fn a_hostile_file_costs_little_and_stays_a_doubt() {
    let bomb = format!(
        "a: &a [x]\n{}",
        (0..40).fold(String::new(), |text, step| {
            let before = if step == 0 { "a".to_owned() } else { format!("b{}", step - 1) };
            text + &format!("b{step}: &b{step} [*{before}, *{before}, *{before}]\n")
        })
    );
    let deep = "[".repeat(60_000);
    let long = "x".repeat(LONGEST_FILE + 1);
    for hostile in [bomb, deep, long] {
        let (old, new) = with(&[("syftperm.yaml", &hostile), ("syft.pub.yaml", &hostile)]);
        assert_eq!(old.doubts.len(), 1);
        assert!(new.doubts.len() == 1 || new.doubts.is_empty(), "unknown keys are ignored there");
        assert!(old.are_only(&leader()) && new.are_only(&leader()));
    }
}

#[test]
fn a_file_that_aliases_make_longer_than_any_honest_one_is_a_doubt() {
    let repeated = |times| {
        let anchors = ",&b 1".repeat(times / 9); // or there were more aliases than one file may have
        let pattern = "*a".repeat(5000);
        format!(
            "x: [1{anchors}]\ny: &a {{pattern: '{pattern}', access: {{read: ['*']}}}}\nrules:\n"
        ) + &"- *a\n".repeat(times)
    };
    for (times, doubts) in [(5, 0), (6000, 1)] {
        let (_, new) = with(&[("syft.pub.yaml", &repeated(times))]);
        assert_eq!(new.doubts.len(), doubts, "{times}");
    }
    // No escape yields more for its length.
    let escapes =
        format!("- {{path: \"{}\", user: '*', permissions: [read]}}\n", "\\P".repeat(32_000));
    assert_eq!(with(&[("syftperm.yaml", &escapes)]).0.doubts, []);
}

#[test]
fn without_permission_files_nobody_reads() {
    let (_folder, workspace) = workspace();
    assert_eq!(workspace.readers_by_old_rules(APP, FILE), Readers::default());
    assert_eq!(workspace.readers_by_new_rules(APP, FILE), Readers::default());
}
