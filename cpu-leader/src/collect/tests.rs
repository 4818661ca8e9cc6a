use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

/// Everybody's folders, seen by the leader `leader@x.org` at a fixed moment.
struct Datasites {
    folder: tempfile::TempDir,
    collector: Collector,
    now: Timestamp,
}

impl Datasites {
    fn new() -> Datasites {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("leader@x.org")).unwrap();
        let now = "2026-11-24T03:00:00Z".parse().unwrap();
        Datasites { folder, collector: Collector::default(), now }
    }

    /// The place of a member's report, with its folders made.
    fn place(&self, name: &str, folder: &str) -> PathBuf {
        let folder = self.folder.path().join(name).join(folder).join("cpu_tracker");
        fs::create_dir_all(&folder).unwrap();
        folder.join("cpu_tracker.json")
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Datasites {
        fs::write(self.place(name, "app_data"), content).unwrap();
        self
    }

    fn admitting(self, allow: &[&str], deny: &[&str]) -> Datasites {
        let entries = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let lists = Lists::new(Some(entries(allow)), entries(deny)).unwrap();
        Datasites { collector: Collector::new(lists), ..self }
    }

    fn collect(&mut self) -> Collected {
        let own = "leader@x.org".parse().unwrap();
        self.collector.collect(self.folder.path(), &own, self.now).unwrap()
    }

    /// The believed values, sorted.
    fn values(&mut self) -> Vec<f64> {
        let mut values: Vec<_> = self.collect().reports.iter().map(|report| report.cpu).collect();
        values.sort_by(f64::total_cmp);
        values
    }
}

/// What the original member writes.
fn original(cpu: &str) -> String {
    format!("{{\n    \"cpu\": {cpu},\n    \"timestamp\": \"2026-11-24 02:59:30\"\n}}")
}

fn ours(cpu: &str) -> String {
    format!(
        r#"{{"cpu": {cpu}, "timestamp": "2026-11-24 02:59:30", "schema": 1,
            "mechanism": "discrete Laplace", "scale": 10.03, "grid": 0.00006103515625,
            "epsilon": 1.0, "protects_s": 30.0, "slot_s": 300.0}}"#
    )
}

#[test]
fn the_originals_reports_and_ours_count_alike() {
    let mut sites = Datasites::new().with("a@x.org", original("1.5")).with("b@x.org", ours("-2.5"));
    assert_eq!(sites.values(), [-2.5, 1.5]);
    assert!(sites.collect().skipped.is_empty());
}

#[test]
fn the_retired_folder_counts_only_where_the_new_one_has_no_report() {
    let mut sites = Datasites::new().with("a@x.org", original("1"));
    fs::write(sites.place("a@x.org", "api_data"), original("2")).unwrap();
    fs::write(sites.place("b@x.org", "api_data"), original("3")).unwrap();
    assert_eq!(sites.values(), [1.0, 3.0]);
}

#[test]
fn age_is_measured_in_utc_and_nothing_old_or_from_the_future_counts() {
    let at = |time: &str| original("1").replace("2026-11-24 02:59:30", time);
    let mut sites = Datasites::new()
        .with("fresh@x.org", at("2026-11-24 02:59:00"))
        .with("hours-old@x.org", at("2026-11-24 01:00:00"))
        .with("hours-ahead@x.org", at("2026-11-24 05:00:00"))
        .with("far-ahead@x.org", at("2099-01-01 00:00:00"));
    let collected = sites.collect();
    assert_eq!(collected.reports.len(), 1);
    assert_eq!(collected.skipped, BTreeMap::from([(SkipReason::NotFresh, 3)]));
}

#[test]
fn one_bad_peer_never_costs_the_others_their_place() {
    use RejectReason as Why;
    let rejected = |reason| Some(SkipReason::Rejected(reason));
    let at = |time: &str| format!("{{\"cpu\": 1, \"timestamp\": {time}}}");
    for (bad, reason) in [
        // what ended the original leader's round for everybody
        (original("\"12abc\"").into_bytes(), rejected(Why::NotAReport)),
        (original("null").into_bytes(), rejected(Why::NotAReport)),
        (b"{\"timestamp\": \"2026-11-24 02:59:30\"}".to_vec(), rejected(Why::NotAReport)),
        (at("\"2026-11-24T02:59:30\"").into_bytes(), rejected(Why::Timestamp)),
        (at("1764000000").into_bytes(), rejected(Why::NotAReport)),
        (b"3".to_vec(), rejected(Why::NotAReport)),
        (b"{\"cpu\": \"\xFF\"}".to_vec(), rejected(Why::NotJson)),
        // what the original leader believed and published
        (original("\"NaN\"").into_bytes(), rejected(Why::NotAReport)),
        (original("NaN").into_bytes(), rejected(Why::NotJson)),
        (original("\"Infinity\"").into_bytes(), rejected(Why::NotAReport)),
        (original("1e308").into_bytes(), rejected(Why::Value)),
        (original("-999999").into_bytes(), rejected(Why::Value)),
        (original("true").into_bytes(), rejected(Why::NotAReport)),
        // and what could have followed
        (Vec::new(), rejected(Why::NotJson)),
        (b"[".repeat(LIMIT), rejected(Why::NotAReport)),
        (vec![b' '; LIMIT + 1], Some(SkipReason::Unreadable(Unreadable::TooLarge))),
    ] {
        let shown = String::from_utf8_lossy(&bad[..bad.len().min(60)]).into_owned();
        let mut sites = Datasites::new()
            .with("a@x.org", original("1"))
            .with("mallory@x.org", bad)
            .with("z@x.org", ours("2"));
        assert_eq!(sites.values(), [1.0, 2.0], "{shown}");
        let skipped = sites.collect().skipped;
        assert_eq!(skipped.keys().next().copied(), reason, "{shown}");
        assert_eq!(skipped.values().sum::<usize>(), 1, "{shown}");
    }
}

#[test]
fn links_pipes_and_folders_are_counted_and_nothing_waits_for_them() {
    let mut sites = Datasites::new().with("good@x.org", original("1"));
    fs::create_dir(sites.place("folder@x.org", "app_data")).unwrap();
    symlink("/etc/passwd", sites.place("link@x.org", "app_data")).unwrap();
    let good = sites.folder.path().join("good@x.org");
    fs::create_dir(sites.folder.path().join("inner@x.org")).unwrap();
    symlink(good.join("app_data"), sites.folder.path().join("inner@x.org/app_data")).unwrap();
    symlink(&good, sites.folder.path().join("outer@x.org")).unwrap();
    let pipe = sites.place("pipe@x.org", "app_data");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());

    let collected = sites.collect();
    assert_eq!(collected.reports.len(), 1, "a link made somebody count twice");
    assert_eq!(
        collected.skipped,
        BTreeMap::from([
            (SkipReason::Unreadable(Unreadable::SymbolicLink), 2),
            (SkipReason::Unreadable(Unreadable::NotAFile), 2),
        ])
    );
}

#[test]
fn the_leader_itself_hidden_folders_and_other_things_do_not_count() {
    let mut sites = Datasites::new();
    for name in ["leader@x.org", "LEADER@x.org", ".hidden@x.org", "no-address", "a%b@x.org"] {
        sites = sites.with(name, original("1"));
    }
    fs::write(sites.folder.path().join("file@x.org"), "").unwrap();
    assert_eq!(sites.collect(), Collected::default());
}

#[test]
fn names_that_differ_only_in_case_are_one_datasite() {
    let mut sites = Datasites::new()
        .with("Alice@x.org", original("1"))
        .with("ALICE@x.org", original("2"))
        .with("alice@x.org", original("3"))
        .with("bOb@x.org", original("4"))
        .with("Bob@x.org", original("5"))
        .with("ccc@x.org", original("6"));
    assert_eq!(sites.values(), [3.0, 5.0, 6.0]);

    // Many, because the order in which a file system lists them is its own.
    let mut sites = Datasites::new();
    for number in 0..20 {
        sites = sites
            .with(&format!("Ä{number}@x.org"), original("1"))
            .with(&format!("ä{number}@x.org"), original("2"));
    }
    assert_eq!(sites.values(), [2.0; 20]);
}

#[test]
fn a_torn_file_keeps_its_last_value_for_as_long_as_that_is_fresh() {
    let mut sites = Datasites::new().with("a@x.org", original("1"));
    assert_eq!(sites.values(), [1.0]);
    let mut sites = sites.with("a@x.org", "{\n    \"cpu\": 2");
    assert_eq!(sites.values(), [1.0]);
    assert_eq!(sites.values(), [1.0], "only the first torn read was bridged");
    assert_eq!(sites.collect().skipped.len(), 1);
    sites.now += SignedDuration::from_secs(120);
    let collected = sites.collect();
    assert_eq!(collected.reports, []);
    assert_eq!(collected.skipped.values().sum::<usize>(), 1, "one file was counted twice");
    sites.now -= SignedDuration::from_secs(120);
    assert_eq!(sites.collect().reports, [], "what was once dropped stays dropped");
}

#[test]
fn a_report_that_is_withdrawn_or_spoilt_counts_no_longer() {
    let mut sites = Datasites::new().with("a@x.org", original("1")).with("b@x.org", original("2"));
    assert_eq!(sites.values(), [1.0, 2.0]);
    fs::remove_file(sites.place("a@x.org", "app_data")).unwrap();
    let mut sites = sites.with("b@x.org", original("-1"));
    assert_eq!(sites.collect().reports, []);
}

#[test]
fn no_datasites_at_all_is_an_error_that_names_the_folder() {
    let own = "leader@x.org".parse().unwrap();
    let error = Collector::default().collect(Path::new("/nowhere"), &own, Timestamp::UNIX_EPOCH);
    assert!(error.unwrap_err().to_string().contains("/nowhere"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_bytes_a_member_has_the_others_still_count(
        bytes in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let mut sites =
            Datasites::new().with("a@x.org", original("1")).with("mallory@x.org", &bytes);
        let collected = sites.collect();
        prop_assert!(collected.reports.iter().any(|report| report.cpu.to_bits() == 1_f64.to_bits()));
        prop_assert_eq!(collected.reports.len() + collected.skipped.values().sum::<usize>(), 2);
    }
}

#[test]
fn who_is_not_admitted_does_not_count_and_is_counted_where_there_is_a_report() {
    let mut sites = Datasites::new()
        .with("Ann@X.org", original("1"))
        .with("bob@x.org", original("2"))
        .with("carol@y.org", "not even read")
        .admitting(&["@x.ORG"], &["BOB@x.org"]);
    fs::create_dir(sites.folder.path().join("no-member@y.org")).unwrap();
    assert_eq!(sites.values(), [1.0]);
    assert_eq!(sites.collect().skipped, BTreeMap::from([(SkipReason::NotAdmitted, 2)]));
}
