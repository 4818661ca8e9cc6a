//! A chart as a self-contained picture: axes, the noise range as a band, the mean as a line.

use std::fmt::Write;
use std::time::Duration;

use command_line::duration::in_words;
use jiff::Timestamp;

use super::seconds;
use crate::data_file::Chart;
use crate::range::Range;

/// The whole picture.
const SIZE: (f64, f64) = (960.0, 360.0);
/// The plot's edges: left, right, top, bottom.
const PLOT: (f64, f64, f64, f64) = (56.0, 944.0, 48.0, 320.0);
/// About so many times are written below it.
const TIMES: usize = 6;

/// One point of the drawn line, in the picture's units.
#[derive(Clone, Copy)]
struct At {
    x: f64,
    mean: f64,
    low: f64,
    high: f64,
}

/// The rolling means of the chart with their noise ranges. Both are clipped to 0 to 100 %.
pub(super) fn picture(chart: &Chart) -> String {
    let (width, height) = SIZE;
    let (left, right, top, bottom) = PLOT;
    let window = in_words(Duration::from_secs(chart.rolling.window_s.into()));
    let title = format!("Mean CPU use of the group, each point over the last {window}");
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" font-family="system-ui,Verdana,DejaVu Sans,sans-serif" font-size="12" fill="#3d464d">
<title>{title}</title>
<rect width="{width}" height="{height}" fill="#ffffff"/>
<text x="{left}" y="26" font-size="15" fill="#1b2328">{title}</text>
<text x="{right}" y="26" text-anchor="end">95 % noise range shaded; times in UTC</text>
"##
    );
    for percent in [0, 25, 50, 75, 100] {
        let y = height_of(f64::from(percent));
        let _ = writeln!(
            svg,
            r##"<line x1="{left}" x2="{right}" y1="{y:.1}" y2="{y:.1}" stroke="#dde3e7"/><text x="{x}" y="{text_y:.1}" text-anchor="end">{percent} %</text>"##,
            x = left - 8.0,
            text_y = y + 4.0,
        );
    }
    write_times(&mut svg, chart);
    let stretches = stretches(chart);
    for stretch in &stretches {
        write_stretch(&mut svg, stretch);
    }
    if stretches.is_empty() {
        let (x, y) = (f64::midpoint(left, right), f64::midpoint(top, bottom));
        let _ =
            writeln!(svg, r#"<text x="{x}" y="{y}" text-anchor="middle">nothing published</text>"#);
    }
    svg.push_str("</svg>\n");
    svg
}

fn write_times(svg: &mut String, chart: &Chart) {
    let length = chart.machines.len();
    let every = (length / TIMES).max(1);
    let apart_s = every * usize::try_from(chart.step_s).unwrap_or(usize::MAX);
    let format = match chart.range {
        Range::Hour if apart_s < 60 => "%H:%M:%S",
        Range::Hour | Range::Day => "%H:%M",
        Range::Month => "%d %b",
    };
    for (k, second) in seconds(chart).take(length).enumerate().step_by(every) {
        let time = Timestamp::from_second(second).unwrap_or_default().strftime(format);
        let (x, y) = (place_of(k, length), PLOT.3 + 20.0);
        let _ = writeln!(svg, r#"<text x="{x:.1}" y="{y}" text-anchor="middle">{time}</text>"#);
    }
}

/// The points between gaps.
fn stretches(chart: &Chart) -> Vec<Vec<At>> {
    let columns = &chart.rolling.columns;
    let length = chart.machines.len();
    let mut stretches = vec![Vec::new()];
    for (k, ((mean, low), high)) in
        columns.mean.iter().zip(&columns.low).zip(&columns.high).enumerate()
    {
        if let (Some(mean), Some(low), Some(high)) = (*mean, *low, *high) {
            let [mean, low, high] = [mean, low, high].map(height_of);
            let last = stretches.last_mut().expect("there is always one");
            last.push(At { x: place_of(k, length), mean, low, high });
        } else {
            stretches.push(Vec::new());
        }
    }
    stretches.retain(|stretch| !stretch.is_empty());
    stretches
}

fn write_stretch(svg: &mut String, stretch: &[At]) {
    // A point alone is drawn as wide as a dot, else nobody would see it.
    let alone = stretch.len() == 1;
    let points: Vec<At> = if alone {
        [-1.5, 1.5].map(|aside| At { x: stretch[0].x + aside, ..stretch[0] }).to_vec()
    } else {
        stretch.to_vec()
    };
    let path = |height: fn(&At) -> f64, points: &mut dyn Iterator<Item = &At>| {
        let words: Vec<_> = points.map(|at| format!("{:.1},{:.1}", at.x, height(at))).collect();
        words.join(" ")
    };
    let above = path(|at| at.high, &mut points.iter());
    let below = path(|at| at.low, &mut points.iter().rev());
    let mean = path(|at| at.mean, &mut points.iter());
    let _ = writeln!(
        svg,
        r##"<polygon class="band" points="{above} {below}" fill="#0b6480" fill-opacity="0.18"/>
<polyline class="line" points="{mean}" fill="none" stroke="#0b6480" stroke-width="2" stroke-linejoin="round"/>"##
    );
}

fn height_of(percent: f64) -> f64 {
    let (_, _, top, bottom) = PLOT;
    bottom - percent.clamp(0.0, 100.0) / 100.0 * (bottom - top)
}

fn place_of(k: usize, length: usize) -> f64 {
    let (left, right, ..) = PLOT;
    #[expect(clippy::cast_precision_loss, reason = "a chart has some hundred points")]
    let share = k as f64 / length.saturating_sub(1).max(1) as f64;
    left + share * (right - left)
}
