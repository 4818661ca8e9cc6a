//! The mean over the machines, its noise range, and what the machines promise.

use std::collections::HashMap;

use datasite::PeerReport;
use dp_core::LaplaceSum;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::median::Median;

/// Noise ranges hold the mean without noise so often.
pub const CONFIDENCE: f64 = 0.95;

/// More groups than that are no information to a reader, and hostile members can make many.
const MOST_PROMISES: usize = 8;

/// The stretches whose cost is shown: a second, a minute, an hour.
const STRETCHES_S: [f64; 3] = [1.0, 60.0, 3600.0];

/// What is published of one round. It names nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// How many machines' reports are in it; the count itself is not protected.
    pub machines: usize,
    /// `None` below the minimum number of machines.
    pub mean: Option<Mean>,
    /// Beside the mean, where there is one.
    pub median: Option<Median>,
    /// The latest end of a slot among the reports.
    pub newest: Option<Timestamp>,
    /// How often the quickest member reports, in seconds.
    pub shortest_slot_s: Option<f64>,
    /// Nine of ten machines report at least so often, in seconds.
    pub usual_slot_s: Option<f64>,
    /// The standard deviation of the noise that a mean over a long time would have if the machines
    /// go on like this, times the root of its seconds: divide by that.
    pub noise_rate: f64,
    /// What the machines promise their owners.
    pub privacy: Privacy,
}

/// A mean in percent with the range that holds the mean without noise at [`CONFIDENCE`], in
/// hundredths; all three may lie outside 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// The unweighted mean over machines.
    pub value: f64,
    /// Rounded down.
    pub low: f64,
    /// Rounded up.
    pub high: f64,
}

/// What the machines of one round promise, computed from what they state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Privacy {
    /// How often the noise ranges hold.
    pub confidence: f64,
    /// Machines that promise the same, the largest groups first.
    pub promises: Vec<Promise>,
    /// What a stretch of time costs under the weakest promise.
    pub curve: Vec<Stretch>,
}

/// What a group of machines promises: any stretch of `protects_s` is hidden with `epsilon`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// How many machines.
    pub machines: usize,
    /// The protected stretch, in seconds.
    pub protects_s: f64,
    /// The loss for that stretch.
    pub epsilon: f64,
    /// How often they report, in seconds.
    pub slot_s: f64,
    /// The scale of their noise, in points of percent.
    pub scale: f64,
    /// Whether they are original members, which state nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub original: bool,
}

/// What everything that a machine publishes reveals about one stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// Its length in seconds.
    pub stretch_s: f64,
    /// The loss, rounded up.
    pub epsilon: f64,
}

impl Aggregate {
    /// The mean of `reports`, one a machine, if there are at least `minimum_machines`.
    pub fn of(reports: &[PeerReport], minimum_machines: usize) -> Aggregate {
        let enough = !reports.is_empty() && reports.len() >= minimum_machines;
        let mean = enough.then(|| Mean::of(reports));
        Aggregate {
            machines: reports.len(),
            mean,
            median: mean.map(|mean| Median::beside(mean.value, reports)),
            newest: reports.iter().map(|report| report.slot_end).max(),
            shortest_slot_s: reports.iter().map(|report| report.slot_s).reduce(f64::min),
            usual_slot_s: usual_slot_s(reports),
            noise_rate: noise_rate(reports),
            privacy: Privacy {
                confidence: CONFIDENCE,
                promises: promises(reports),
                curve: curve(reports),
            },
        }
    }
}

impl Mean {
    fn of(reports: &[PeerReport]) -> Mean {
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 machines")]
        let machines = reports.len() as f64;
        let value = reports.iter().map(|report| report.cpu).sum::<f64>() / machines;
        let scales = reports.iter().map(|report| report.scale);
        Mean::around(value, LaplaceSum::mean_of(scales).margin(CONFIDENCE))
    }

    /// The range that reaches `margin` to both sides, rounded outwards.
    pub fn around(value: f64, margin: f64) -> Mean {
        Mean {
            value: (value * 100.0).round() / 100.0 + 0.0, // and never -0.0
            low: ((value - margin) * 100.0).floor() / 100.0 + 0.0,
            high: ((value + margin) * 100.0).ceil() / 100.0 + 0.0,
        }
    }
}

fn usual_slot_s(reports: &[PeerReport]) -> Option<f64> {
    let mut slots: Vec<f64> = reports.iter().map(|report| report.slot_s).collect();
    let place = (slots.len() * 9 / 10).min(slots.len().checked_sub(1)?);
    Some(*slots.select_nth_unstable_by(place, f64::total_cmp).1)
}

/// One machine's mean over T seconds has T / slot releases, so the variance 2 b² · slot / T.
fn noise_rate(reports: &[PeerReport]) -> f64 {
    let sum: f64 = reports.iter().map(|report| 2.0 * report.scale.powi(2) * report.slot_s).sum();
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 machines")]
    let machines = reports.len().max(1) as f64;
    sum.sqrt() / machines
}

fn promises(reports: &[PeerReport]) -> Vec<Promise> {
    let mut groups: HashMap<_, Promise> = HashMap::new();
    for report in reports {
        let &PeerReport { protects_s, epsilon, slot_s, scale, original, .. } = report;
        let key = ([protects_s, epsilon, slot_s, scale].map(f64::to_bits), original);
        groups
            .entry(key)
            .or_insert(Promise { machines: 0, protects_s, epsilon, slot_s, scale, original })
            .machines += 1;
    }
    let mut promises: Vec<_> = groups.into_values().collect();
    // Ties in a fixed order, so that nothing changes on the page while nothing changes.
    promises.sort_by(|a, b| {
        let numbers = |p: &Promise| [p.protects_s, p.epsilon, p.slot_s, p.scale].map(f64::to_bits);
        b.machines.cmp(&a.machines).then_with(|| numbers(a).cmp(&numbers(b)))
    });
    promises.truncate(MOST_PROMISES);
    promises
}

fn curve(reports: &[PeerReport]) -> Vec<Stretch> {
    let weakest = reports.iter().map(PeerReport::epsilon_per_second).reduce(f64::max);
    weakest.map_or_else(Vec::new, |rate| {
        STRETCHES_S
            .map(|stretch_s| Stretch { stretch_s, epsilon: rounded_up(rate * stretch_s) })
            .to_vec()
    })
}

/// To four digits, up: a loss must not look smaller than it is. What floating point adds to a
/// number that has four digits already is not a fifth.
fn rounded_up(positive: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "between -324 and 308")]
    let digits = 3 - positive.log10().floor() as i32;
    let (shift, back) = (10_f64.powi(digits), 10_f64.powi(-digits));
    let units = (positive * shift - 1e-9).ceil();
    if digits >= 0 { units / shift } else { units * back }
}

#[cfg(test)]
mod tests;
