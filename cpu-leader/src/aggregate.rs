//! The mean over the machines, its noise range, and what the machines promise.

use std::collections::HashMap;

use datasite::{PeerMemory, PeerReport};
use dp_core::LaplaceSum;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::median::Median;

/// Noise ranges hold the mean without noise so often.
pub const CONFIDENCE: f64 = 0.95;

/// More groups than that are no information to a reader, and hostile members can make many.
const MOST_PROMISES: usize = 8;

/// The stretches whose cost is shown: a second, a minute, an hour, a day, 30 days.
const STRETCHES_S: [f64; 5] = [1.0, 60.0, 3600.0, 86_400.0, 2_592_000.0];

/// For so many kinds of reports the accountant is asked, microseconds each as a rule and at worst some
/// tens of milliseconds: hostile members can make many.
const MOST_ACCOUNTS: usize = 4;

/// What is published of one round. It names nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// How many machines' reports are in it; the count itself is not protected.
    pub machines: usize,
    /// `None` below the minimum number of machines.
    pub mean: Option<Mean>,
    /// Beside the mean, where there is one.
    pub median: Option<Median>,
    /// The memory in use on the machines that share it, if those are enough.
    pub memory: Option<MeanMemory>,
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

/// The mean memory in use over the machines that share it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanMemory {
    /// How many machines share it.
    pub machines: usize,
    /// Their mean in percent, and its noise range.
    #[serde(flatten)]
    pub mean: Mean,
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
    /// How they read the memory in use, where they share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryPromise>,
}

/// What a group of machines says of how it shares the memory in use: a part of the same ε.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemoryPromise {
    /// The scale of its noise, in points of percent.
    pub scale: f64,
    /// How often it is read, in seconds.
    pub every_s: f64,
}

/// What everything that a machine publishes reveals about one stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// Its length in seconds.
    pub stretch_s: f64,
    /// The loss, rounded up.
    pub epsilon: f64,
    /// The loss at [`datasite::Report::DELTA`], where that is clearly less; rounded up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tight: Option<f64>,
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
            memory: MeanMemory::of(reports, minimum_machines),
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
        Mean::over(reports.iter().map(|report| (report.cpu, report.scale)))
    }

    /// Of noisy values with the scales of their noise; at least one.
    fn over(values: impl Iterator<Item = (f64, f64)> + Clone) -> Mean {
        let mut sum = 0.0;
        let mut machines = 0_u32;
        for (value, _) in values.clone() {
            sum += value;
            machines += 1;
        }
        let scales = values.map(|(_, scale)| scale);
        Mean::around(sum / f64::from(machines), LaplaceSum::mean_of(scales).margin(CONFIDENCE))
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

impl MeanMemory {
    fn of(reports: &[PeerReport], minimum_machines: usize) -> Option<MeanMemory> {
        let shared = reports.iter().filter_map(|report| report.memory);
        let machines = shared.clone().count();
        (machines >= minimum_machines.max(1)).then(|| MeanMemory {
            machines,
            mean: Mean::over(shared.map(|PeerMemory { in_use, scale, .. }| (in_use, scale))),
        })
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
        let &PeerReport { protects_s, epsilon, slot_s, scale, original, memory, .. } = report;
        let memory =
            memory.map(|PeerMemory { scale, every_s, .. }| MemoryPromise { scale, every_s });
        let promise = Promise { machines: 0, protects_s, epsilon, slot_s, scale, original, memory };
        groups.entry((promise.numbers(), original)).or_insert(promise).machines += 1;
    }
    let mut promises: Vec<_> = groups.into_values().collect();
    // Ties in a fixed order, so that nothing changes on the page while nothing changes.
    promises
        .sort_by(|a, b| b.machines.cmp(&a.machines).then_with(|| a.numbers().cmp(&b.numbers())));
    promises.truncate(MOST_PROMISES);
    promises
}

impl Promise {
    /// What it states, to be compared.
    fn numbers(&self) -> [u64; 6] {
        let memory = self.memory.map_or([0.0; 2], |memory| [memory.scale, memory.every_s]);
        [self.protects_s, self.epsilon, self.slot_s, self.scale, memory[0], memory[1]]
            .map(f64::to_bits)
    }
}

fn curve(reports: &[PeerReport]) -> Vec<Stretch> {
    let kinds: HashMap<_, _> = reports.iter().map(|report| (noise_of(report), report)).collect();
    let point = |stretch_s: f64| {
        let mut costs: Vec<(f64, &PeerReport)> =
            kinds.values().map(|report| (report.epsilon_over(stretch_s), *report)).collect();
        // Ties in a fixed order, so that nothing changes on the page while nothing changes.
        costs.sort_by(|(a, one), (b, other)| {
            b.total_cmp(a).then_with(|| noise_of(one).cmp(&noise_of(other)))
        });
        let epsilon = rounded_up(costs.first()?.0);
        let tight = rounded_up(costliest_at_delta(stretch_s, &costs));
        let tight = Some(tight).filter(|tight| *tight <= datasite::Report::WORTH_A_WORD * epsilon);
        Some(Stretch { stretch_s, epsilon, tight })
    };
    STRETCHES_S.into_iter().filter_map(point).collect()
}

/// All that a report's losses are computed from, to be compared.
fn noise_of(report: &PeerReport) -> [u64; 5] {
    let memory = report.memory.map_or([0.0; 2], |memory| [memory.scale, memory.every_s]);
    [report.window_s, report.scale, report.grid.unwrap_or(0.0), memory[0], memory[1]]
        .map(f64::to_bits)
}

/// What a stretch costs at most at [`datasite::Report::DELTA`] under any of these reports, which stand in the
/// order of their linear losses, the largest first. Where the accountant is not asked, the linear loss
/// counts, so it holds for all of them.
fn costliest_at_delta(stretch_s: f64, costs: &[(f64, &PeerReport)]) -> f64 {
    let mut most = 0.0_f64;
    for (asked, (linear, report)) in costs.iter().enumerate() {
        if *linear <= most || asked == MOST_ACCOUNTS {
            return most.max(*linear);
        }
        let tight = report.epsilon_at_delta(stretch_s).unwrap_or(*linear);
        most = most.max(tight.min(*linear));
    }
    most
}

/// To four digits, up: a loss must not look smaller than it is. What floating point adds to a
/// number that has four digits already is not a fifth.
fn rounded_up(loss: f64) -> f64 {
    if loss == 0.0 {
        return 0.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "between -324 and 308")]
    let digits = 3 - loss.log10().floor() as i32;
    let (shift, back) = (10_f64.powi(digits), 10_f64.powi(-digits));
    let units = (loss * shift - 1e-9).ceil();
    if digits >= 0 { units / shift } else { units * back }
}

#[cfg(test)]
mod tests;
