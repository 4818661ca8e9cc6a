//! What is published, in the words of Prometheus.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::aggregate::Mean;
use crate::published::Published;

/// The type of [`metrics`] for a web server.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The published values as metrics: ratios from 0 to 1, seconds, counts. What is not published, or
/// is no longer current, is absent, because 0 would be a value.
pub fn metrics(published: &Published) -> String {
    let mut registry = Registry::with_prefix("cpu_tracker");
    let mut add = |name: &str, help: &str, value: Option<f64>| {
        let Some(value) = value.filter(|value| value.is_finite()) else { return };
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    let data = &published.data;
    let now = published.is_current().then_some(&data.now);
    let ratio = |percent: Option<f64>| percent.map(|percent| percent / 100.0);
    let group = |f: fn(&crate::data_file::Now) -> Option<f64>| ratio(now.and_then(f));
    add("group_cpu_ratio", "Noisy mean CPU use of the group at the last round", group(|n| n.mean));
    add("group_cpu_low_ratio", "Lower end of its 95 % noise range", group(|n| n.low));
    add("group_cpu_high_ratio", "Upper end of its 95 % noise range", group(|n| n.high));
    let rolling = now.and_then(|now| now.rolling);
    let group = |f: fn(&crate::data_file::RollingNow) -> f64| ratio(rolling.as_ref().map(f));
    add(
        "group_cpu_rolling_ratio",
        "Noisy mean CPU use of the group over a window that ends now, each release counted once",
        group(|rolling| rolling.mean),
    );
    add("group_cpu_rolling_low_ratio", "Lower end of its 95 % noise range", group(|r| r.low));
    add("group_cpu_rolling_high_ratio", "Upper end of its 95 % noise range", group(|r| r.high));
    add(
        "group_cpu_rolling_window_seconds",
        "Length of that window",
        rolling.map(|rolling| f64::from(rolling.window_s)),
    );
    let memory = now.and_then(|now| now.memory);
    let group = |f: fn(&Mean) -> f64| ratio(memory.as_ref().map(|memory| f(&memory.mean)));
    add(
        "group_memory_ratio",
        "Noisy mean memory in use on the members that share it, at the last round",
        group(|mean| mean.value),
    );
    add("group_memory_low_ratio", "Lower end of its 95 % noise range", group(|mean| mean.low));
    add("group_memory_high_ratio", "Upper end of its 95 % noise range", group(|mean| mean.high));
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 machines")]
    let count = |machines: Option<usize>| machines.map(|machines| machines as f64);
    let machines = count(now.map(|now| now.machines));
    add("members", "Machines with a fresh report; the count is not protected", machines);
    let machines = count(memory.map(|memory| memory.machines));
    add("memory_members", "Those of them that share the memory in use", machines);
    #[expect(clippy::cast_precision_loss, reason = "exact for some hundred million years")]
    let newest = data.newest.map(|second| second as f64);
    add("last_release_timestamp_seconds", "When the newest reported slot ended", newest);
    let rates = data.privacy.curve.iter().map(|stretch| stretch.epsilon / stretch.stretch_s);
    add(
        "epsilon_per_second",
        "The largest privacy loss that any member's releases cost for a second",
        rates.reduce(f64::max),
    );
    // A gauge, not OpenMetrics' own type for this, which the node exporter refuses in text files.
    let build = Family::<[(&str, &str); 1], Gauge>::default();
    build.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
    registry.register("build_info", "The version of cpu-leader", build);
    let mut text = String::new();
    encode(&mut text, &registry).expect("writing to memory cannot fail");
    text
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::site::Site;

    #[test]
    fn what_is_published_is_told_in_base_units_with_help_and_type() {
        let site = Site::published();
        let text = metrics(&Published::read(&site.workspace, SystemTime::now()).unwrap());
        for line in [
            "# TYPE cpu_tracker_group_cpu_ratio gauge",
            "cpu_tracker_group_cpu_ratio 0.4",
            "cpu_tracker_members 3.0",
            "cpu_tracker_epsilon_per_second 0.5",
            concat!("cpu_tracker_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
            "# EOF",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
        for name in ["low_ratio", "high_ratio", "last_release_timestamp_seconds"] {
            assert!(text.contains(name), "{name}\n{text}");
        }
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split([' ', '{']).next().unwrap();
            assert!(text.contains(&format!("# HELP {name} ")), "{name}\n{text}");
        }
        assert!(!text.contains('@'), "names nobody: {text}");
    }

    #[test]
    fn what_is_not_published_or_not_current_is_absent() {
        let site = Site::published();
        let mut published = Published::read(&site.workspace, SystemTime::now()).unwrap();
        published.data.now.mean = None;
        let text = metrics(&published);
        assert!(!text.contains("group_cpu_ratio") && text.contains("members 3.0"), "{text}");
        published.age = Some(Duration::from_hours(1));
        let text = metrics(&published);
        assert!(!text.contains("members") && !text.contains("low_ratio"), "{text}");
        assert!(text.contains("last_release_timestamp_seconds"), "{text}");
    }
}
