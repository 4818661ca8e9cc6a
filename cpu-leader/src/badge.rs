//! The group's mean as a small picture for other pages.

use std::fmt::Write;

use crate::data_file::Now;

/// The badge's file in the public folder.
pub const BADGE: &str = "badge.svg";

/// Of a character, in the badge's units; wide enough for the widest common font.
const WIDTH: usize = 7;
/// Beside each text.
const MARGIN: usize = 7;

/// The badge for the last round: the rolling mean and how far its noise range reaches, or that
/// there is none. It names nobody and loads nothing.
pub fn badge(now: &Now) -> Vec<u8> {
    const TITLE: &str = "group CPU";
    let shown = now.rolling.map(|rolling| (rolling.mean, rolling.low, rolling.high)).or(now
        .mean
        .zip(now.low)
        .zip(now.high)
        .map(|((mean, low), high)| (mean, low, high)));
    let value = shown.map_or_else(
        || "nothing published".to_owned(),
        |(mean, low, high)| {
            let mean = mean.round() + 0.0; // and never -0
            // Around the rounded mean, it must still hold the whole range.
            format!("{mean:.0} % ± {:.0}", (high - mean).max(mean - low).ceil())
        },
    );
    let colour = if shown.is_some() { "#0b6480" } else { "#5a6570" };
    let width = |text: &str| text.chars().count() * WIDTH + 2 * MARGIN;
    let (left, right) = (width(TITLE), width(&value));
    let mut svg = String::new();
    let _ = write!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{all}" height="20" role="img" aria-label="{TITLE}: {value}"><title>{TITLE}: {value}</title><clipPath id="round"><rect width="{all}" height="20" rx="3"/></clipPath><g clip-path="url(#round)"><rect width="{left}" height="20" fill="#3d464d"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/></g><g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="{title_at}" y="14">{TITLE}</text><text x="{value_at}" y="14">{value}</text></g></svg>"##,
        all = left + right,
        title_at = left / 2,
        value_at = left + right / 2,
    );
    svg.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_file::RollingNow;

    fn now(rolling: Option<RollingNow>) -> Now {
        Now {
            machines: 12,
            mean: None,
            low: None,
            high: None,
            median: None,
            parted: false,
            rolling,
            memory: None,
        }
    }

    fn text(now: &Now) -> String {
        String::from_utf8(badge(now)).unwrap()
    }

    #[test]
    fn it_shows_the_mean_and_how_far_its_range_reaches() {
        let rolling = RollingNow { window_s: 900, mean: 37.42, low: 33.0, high: 41.9 };
        let shown = text(&now(Some(rolling)));
        assert!(shown.contains(">37 % ± 5<"), "{shown}");
        let round = Now { mean: Some(-2.4), low: Some(-10.0), high: Some(5.0), ..now(None) };
        assert!(text(&round).contains(">-2 % ± 8<"), "{}", text(&round));
        let rolling = RollingNow { window_s: 900, mean: 37.49, low: 32.5, high: 42.48 };
        assert!(text(&now(Some(rolling))).contains(">37 % ± 6<"), "it holds 42.48, too");
        let rolling = RollingNow { window_s: 900, mean: -0.3, low: -4.0, high: 3.4 };
        assert!(text(&now(Some(rolling))).contains(">0 % ± 4<"));
    }

    #[test]
    fn where_there_is_no_mean_it_says_so() {
        let shown = text(&now(None));
        assert!(shown.contains(">nothing published<"));
        assert!(shown.len() < 1500, "as the documents count on: {} bytes", shown.len());
    }
}
