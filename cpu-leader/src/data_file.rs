//! The published files: what the page draws, in columns, a file for each range of time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Mean, MeanMemory, Privacy};
use crate::history::Point;
use crate::range::Range;
use crate::rolling::{Bin, Window, rolling};

/// The version of the files' keys.
pub const SCHEMA: u32 = 2;

/// The chart of one range: `day.json`, `month.json`, and a part of `data.json`. All columns have
/// one length; point k is about the step that begins at the unix second `t0 + k * step_s`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Which range.
    pub range: Range,
    /// The unix second of the first point.
    pub t0: i64,
    /// Seconds from one point to the next.
    pub step_s: u32,
    /// Machines with a fresh report; `None` where the leader was not running.
    pub machines: Vec<Option<u32>>,
    /// The mean at each point alone.
    pub single: Columns,
    /// The mean over a window that ends with the point's step.
    pub rolling: Rolling,
}

/// Means with their noise ranges in percent; `None` where there were too few machines. They may
/// lie outside 0 to 100.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    /// The means.
    pub mean: Vec<Option<f64>>,
    /// The lower ends of their ranges.
    pub low: Vec<Option<f64>>,
    /// The upper ends.
    pub high: Vec<Option<f64>>,
}

/// Rolling means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rolling {
    /// The length of the window in seconds.
    pub window_s: u32,
    /// One mean for each point.
    #[serde(flatten)]
    pub columns: Columns,
}

/// `data.json`: the last hour, and what holds now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataFile {
    /// The last hour.
    #[serde(flatten)]
    pub chart: Chart,
    /// The last round.
    pub now: Now,
    /// The unix second of the newest slot's end among the reports.
    pub newest: Option<i64>,
    /// Below how many machines nothing is published.
    pub minimum_machines: usize,
    /// In the demo: how many members are really one processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_on_one_cpu: Option<usize>,
    /// What the machines promise.
    pub privacy: Privacy,
}

/// The last round, in percent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Now {
    /// Machines with a fresh report.
    pub machines: usize,
    /// The mean over them; like what follows, `None` where there are too few.
    pub mean: Option<f64>,
    /// The lower end of its noise range.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// The median over the machines.
    pub median: Option<f64>,
    /// Whether mean and median part by more than the noise explains.
    pub parted: bool,
    /// The rolling mean that ends now.
    pub rolling: Option<RollingNow>,
    /// The memory in use on the machines that share it, where those are enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MeanMemory>,
}

/// A rolling mean and its noise range, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RollingNow {
    /// The length of its window in seconds.
    pub window_s: u32,
    /// The mean.
    pub mean: f64,
    /// The lower end of its noise range.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What holds for every publication of one leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Seconds from one round to the next.
    pub round_s: u32,
    /// Below how many machines nothing is published.
    pub minimum_machines: usize,
    /// In the demo: how many members are really one processor.
    pub members_on_one_cpu: Option<usize>,
}

impl Frame {
    /// The chart of `range` from these bins, which are in order, up to the unix second `oldest` and
    /// as many points as the range has: those before the first bin are left out, and so are those
    /// after the last. Steps without a bin become `None`.
    pub fn chart(&self, range: Range, oldest: i64, bins: &[Bin], round: &Aggregate) -> Chart {
        let step_s = range.step_s(self.round_s);
        let step = i64::from(step_s);
        let shown = &bins[bins.partition_point(|bin| bin.at < oldest)..];
        let t0 = shown.first().map_or(0, |bin| bin.at);
        let length = shown.last().map_or(0, |bin| (bin.at - t0) / step + 1);
        let length = usize::try_from(length).unwrap_or(0);
        let mut machines = vec![None; length];
        for bin in shown {
            let place = usize::try_from((bin.at - t0) / step).ok();
            if let Some(count) = place.and_then(|place| machines.get_mut(place)) {
                *count = bin.machines;
            }
        }
        let means = |window| {
            let means = rolling(bins, window, step_s, t0, length, self.minimum_machines);
            Columns::of(means.into_iter())
        };
        let window = Window::of(range, step_s, round);
        Chart {
            schema: SCHEMA,
            range,
            t0,
            step_s,
            machines,
            single: means(Window::single(step_s)),
            rolling: Rolling { window_s: window.seconds, columns: means(window) },
        }
    }

    /// The file of the last hour: its bins, its rounds, and the round that is the last of them. A
    /// single window of this chart is a round.
    pub fn data(&self, oldest: i64, bins: &[Bin], rounds: &[Point], round: &Aggregate) -> DataFile {
        let mut chart = self.chart(Range::Hour, oldest, bins, round);
        let mut rounds = rounds.iter().peekable();
        let singles = (0_i64..).take(chart.machines.len()).map(|k| {
            let at = chart.t0 + k * i64::from(chart.step_s);
            while rounds.next_if(|point| point.at < at).is_some() {}
            rounds.next_if(|point| point.at == at).and_then(|point| point.mean)
        });
        chart.single = Columns::of(singles);
        let now = Now::of(round, chart.rolling.newest());
        DataFile {
            chart,
            now,
            newest: round.newest.map(Timestamp::as_second),
            minimum_machines: self.minimum_machines,
            members_on_one_cpu: self.members_on_one_cpu,
            privacy: round.privacy.clone(),
        }
    }
}

impl Columns {
    fn of(means: impl Iterator<Item = Option<Mean>>) -> Columns {
        let mut columns = Columns::default();
        for mean in means {
            columns.mean.push(mean.map(|mean| mean.value));
            columns.low.push(mean.map(|mean| mean.low));
            columns.high.push(mean.map(|mean| mean.high));
        }
        columns
    }
}

impl Rolling {
    fn newest(&self) -> Option<RollingNow> {
        let Columns { mean, low, high } = &self.columns;
        let ((&Some(mean), &Some(low)), &Some(high)) = (mean.last().zip(low.last())?, high.last()?)
        else {
            return None;
        };
        Some(RollingNow { window_s: self.window_s, mean, low, high })
    }
}

impl Now {
    fn of(round: &Aggregate, rolling: Option<RollingNow>) -> Now {
        Now {
            machines: round.machines,
            mean: round.mean.map(|mean| mean.value),
            low: round.mean.map(|mean| mean.low),
            high: round.mean.map(|mean| mean.high),
            median: round.median.map(|median| median.value),
            parted: round.median.is_some_and(|median| median.parted),
            rolling: rolling.filter(|_| round.mean.is_some()),
            memory: round.memory,
        }
    }
}

/// The bytes of a published file.
pub fn bytes(file: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(file).expect("numbers and lists of them are always JSON")
}

#[cfg(test)]
mod tests;
