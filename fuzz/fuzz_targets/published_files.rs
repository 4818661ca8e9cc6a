//! Whatever stands where a leader's data is published, everybody who reads it back copes: it is refused
//! without a word of it being told, or it is shown, as a chart whose columns have one length and in
//! numbers.
#![no_main]

use std::{
    cell::LazyCell,
    fs,
    time::{Duration, SystemTime},
};

use cpu_leader::{
    data_file::Chart,
    error::Error,
    export::{Format, export},
    metrics::metrics,
    published::{Published, chart},
    range::Range,
    settings::{Chosen, Settings},
    status::Status,
};
use datasite::{ClientConfig, Report, Workspace};
use fuzz::Scratch;
use libfuzzer_sys::fuzz_target;

thread_local!(static SITE: LazyCell<Site> = const { LazyCell::new(Site::new) });

fuzz_target!(|bytes: &[u8]| SITE.with(|site| site.read_back(bytes)));

struct Site {
    scratch: Scratch,
    workspace: Workspace,
    settings: Settings,
}

impl Site {
    fn new() -> Self {
        let scratch = Scratch::new();
        let (email, data_dir) = ("leader@x.org", scratch.folder().to_owned());
        fs::create_dir_all(data_dir.join("datasites").join(email)).expect("a writable folder");
        let email = email.parse().expect("an address");
        let config = ClientConfig { path: data_dir.join("config.json"), email, data_dir };
        let workspace = Workspace::open(&config).expect("its folder is there");
        fs::create_dir_all(workspace.public(Report::APP)).expect("a writable folder");
        let settings = Settings::of(&Chosen::default(), &Chosen::default()).expect("the defaults");
        Self { scratch, workspace, settings }
    }

    fn read_back(&self, bytes: &[u8]) {
        for range in Range::ALL {
            let path = self.workspace.public(Report::APP).join(range.file());
            fs::write(path, bytes).expect("a writable folder");
        }
        for range in Range::ALL {
            match chart(&self.workspace, range) {
                Ok(chart) => show_chart(&chart, range),
                Err(fault) => says_nothing_of(bytes, &fault),
            }
        }
        let written = SystemTime::now();
        for now in [written, written + Duration::from_hours(24 * 3650), SystemTime::UNIX_EPOCH] {
            match Published::read(&self.workspace, now) {
                Ok(published) => show_numbers(&published),
                Err(fault) => says_nothing_of(bytes, &fault),
            }
            let home = self.scratch.folder();
            let status = Status::of(&self.workspace, &self.settings, home, now);
            let status = status.expect("the datasites can be listed");
            serde_json::to_vec(&status).expect("it is JSON");
            assert!(status.to_string().lines().all(|line| !line.contains("NaN")), "{status}");
        }
    }
}

fn show_chart(chart: &Chart, range: Range) {
    let length = chart.machines.len();
    assert_eq!(chart.range, range);
    for columns in [&chart.single, &chart.rolling.columns] {
        let lengths = [&columns.mean, &columns.low, &columns.high].map(Vec::len);
        assert_eq!(lengths, [length; 3]);
    }
    let csv = String::from_utf8(export(chart, Format::Csv)).expect("a text");
    assert_eq!(csv.lines().count(), 1 + length);
    assert!(csv.lines().all(|line| line.split(',').count() == 8), "{csv}");
    let times = csv.lines().skip(1).filter_map(|line| line.split(',').next());
    assert!(
        times.is_sorted_by_key(|time| time.parse::<jiff::Timestamp>().expect("a time")),
        "{csv}"
    );
    let json = export(chart, Format::Json);
    let again: Chart = serde_json::from_slice(&json).expect("what was read can be read again");
    assert_eq!(again.machines, chart.machines);
    let svg = String::from_utf8(export(chart, Format::Svg)).expect("a text");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

fn show_numbers(published: &Published) {
    let text = metrics(published);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
        assert!(value.is_some_and(f64::is_finite), "{line}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
    let _ = (published.is_current(), published.longest_age());
}

/// No word of ours is so long.
fn says_nothing_of(bytes: &[u8], fault: &Error) {
    let told = fault.to_string();
    let words = bytes.split(|byte| !byte.is_ascii_alphanumeric());
    for secret in words.filter(|word| word.len() > 16 && word.is_ascii()) {
        assert!(!told.contains(&*String::from_utf8_lossy(secret)), "{told}");
    }
}
