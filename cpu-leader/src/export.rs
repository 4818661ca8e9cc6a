//! A published chart for other programs and documents.

use std::fmt::Write;

use clap::ValueEnum;
use jiff::Timestamp;

use crate::data_file::{Chart, Columns, bytes};

mod picture;

/// What [`export`] can make of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line a point, for spreadsheets and programs
    Csv,
    /// The published file
    Json,
    /// A picture of its own
    Svg,
}

/// The chart, whose columns have one length and whose times are times, in this format.
pub fn export(chart: &Chart, format: Format) -> Vec<u8> {
    match format {
        Format::Csv => csv(chart).into_bytes(),
        Format::Json => {
            let mut json = bytes(chart);
            json.push(b'\n');
            json
        }
        Format::Svg => picture::picture(chart).into_bytes(),
    }
}

/// Empty fields stand where nothing was published.
fn csv(chart: &Chart) -> String {
    let mut csv = String::from(
        "time,machines,rolling_mean,rolling_low,rolling_high,single_mean,single_low,single_high\n",
    );
    for ((k, machines), second) in chart.machines.iter().enumerate().zip(seconds(chart)) {
        let time = Timestamp::from_second(second).unwrap_or_default();
        let _ = write!(csv, "{time},{}", machines.map_or_else(String::new, |n| n.to_string()));
        for Columns { mean, low, high } in [&chart.rolling.columns, &chart.single] {
            for column in [mean, low, high] {
                let value = column.get(k).copied().flatten();
                let _ = write!(csv, ",{}", value.map_or_else(String::new, |v| format!("{v:.2}")));
            }
        }
        csv.push('\n');
    }
    csv
}

/// When each point's step begins.
fn seconds(chart: &Chart) -> impl Iterator<Item = i64> {
    let (t0, step) = (chart.t0, i64::from(chart.step_s));
    (0..).map(move |k: i64| t0.saturating_add(k.saturating_mul(step)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_file::{Rolling, SCHEMA};
    use crate::range::Range;

    fn chart() -> Chart {
        let columns = |mean: &[Option<f64>]| Columns {
            mean: mean.to_vec(),
            low: mean.iter().map(|mean| mean.map(|mean| mean - 5.0)).collect(),
            high: mean.iter().map(|mean| mean.map(|mean| mean + 5.0)).collect(),
        };
        Chart {
            schema: SCHEMA,
            range: Range::Hour,
            t0: 1_795_489_200,
            step_s: 20,
            machines: vec![Some(3), None, Some(2), Some(4)],
            single: columns(&[Some(30.0), None, None, Some(-8.5)]),
            rolling: Rolling {
                window_s: 900,
                columns: columns(&[Some(31.25), None, None, Some(98.0)]),
            },
        }
    }

    #[test]
    fn a_line_has_its_time_in_utc_and_empty_fields_where_nothing_was_published() {
        let csv = String::from_utf8(export(&chart(), Format::Csv)).unwrap();
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[1], "2026-11-24T03:00:00Z,3,31.25,26.25,36.25,30.00,25.00,35.00");
        assert_eq!(lines[2], "2026-11-24T03:00:20Z,,,,,,,");
        assert_eq!(lines[3], "2026-11-24T03:00:40Z,2,,,,,,");
    }

    #[test]
    fn json_is_read_back_as_the_same_chart() {
        let json = export(&chart(), Format::Json);
        assert_eq!(serde_json::from_slice::<Chart>(&json).unwrap(), chart());
    }

    #[test]
    fn a_picture_has_a_line_for_each_stretch_without_a_gap_and_loads_nothing() {
        let svg = String::from_utf8(export(&chart(), Format::Svg)).unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
        assert_eq!(svg.matches("class=\"line\"").count(), 2, "{svg}");
        assert_eq!(svg.matches("class=\"band\"").count(), 2, "{svg}");
        for part in ["100 %", "03:00:20", "15 min", "UTC", "<title>"] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        for part in ["http://", "https://", "@import", "<script", "NaN", "inf"] {
            let found = svg.replace("http://www.w3.org/2000/svg", "").contains(part);
            assert!(!found, "{part}: {svg}");
        }
    }

    #[test]
    fn a_chart_without_points_is_still_a_picture() {
        let mut empty = chart();
        for column in [&mut empty.single, &mut empty.rolling.columns] {
            *column = Columns::default();
        }
        empty.machines.clear();
        let svg = String::from_utf8(export(&empty, Format::Svg)).unwrap();
        assert!(svg.contains("nothing published") && !svg.contains("NaN"), "{svg}");
        let csv = String::from_utf8(export(&empty, Format::Csv)).unwrap();
        assert_eq!(csv.lines().count(), 1);
    }
}
