//! `data.json`: what the page draws, in columns.

use jiff::Timestamp;
use serde::Serialize;

use crate::aggregate::{Aggregate, Mean, Privacy};
use crate::history::Point;

/// The version of the file's keys.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct DataFile<'a> {
    schema: u32,
    /// The unix second of the first point.
    t0: i64,
    step_s: u32,
    mean: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
    machines: Vec<Option<u32>>,
    newest: Option<i64>,
    minimum_machines: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    members_on_one_cpu: Option<usize>,
    privacy: &'a Privacy,
}

/// What holds for every publication of one leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Seconds from one round to the next.
    pub step_s: u32,
    /// Below how many machines nothing is published.
    pub minimum_machines: usize,
    /// In the demo: how many members are really one processor.
    pub members_on_one_cpu: Option<usize>,
}

impl Frame {
    /// The file for these points, which are in order and at most as many steps apart as the chart
    /// has points, and the round that the last of them is. Steps without a round become `null`.
    pub fn data(&self, points: &[Point], round: &Aggregate) -> String {
        let step = i64::from(self.step_s);
        let t0 = points.first().map_or(0, |point| point.at);
        let steps = points.last().map_or(0, |point| (point.at - t0) / step + 1);
        let steps = usize::try_from(steps).unwrap_or(0);
        let mut columns: Vec<Option<&Point>> = vec![None; steps];
        for point in points {
            if let Some(place) =
                usize::try_from((point.at - t0) / step).ok().and_then(|at| columns.get_mut(at))
            {
                *place = Some(point);
            }
        }
        let mean = |of: fn(&Mean) -> f64| {
            columns
                .iter()
                .map(|point| point.and_then(|point| point.mean.as_ref()).map(of))
                .collect()
        };
        let file = DataFile {
            schema: SCHEMA,
            t0,
            step_s: self.step_s,
            mean: mean(|mean| mean.value),
            low: mean(|mean| mean.low),
            high: mean(|mean| mean.high),
            machines: columns.iter().map(|point| point.map(|point| point.machines)).collect(),
            newest: round.newest.map(Timestamp::as_second),
            minimum_machines: self.minimum_machines,
            members_on_one_cpu: self.members_on_one_cpu,
            privacy: &round.privacy,
        };
        serde_json::to_string(&file).expect("numbers and lists of them are always JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::{Promise, Stretch};

    fn round() -> Aggregate {
        Aggregate {
            machines: 12,
            mean: None,
            newest: Some("2025-11-24T16:02:03Z".parse().unwrap()),
            shortest_slot_s: Some(5.0),
            privacy: Privacy {
                confidence: 0.95,
                promises: vec![
                    Promise {
                        machines: 12,
                        protects_s: 0.2,
                        epsilon: 0.5,
                        slot_s: 5.0,
                        scale: 10.0,
                        original: false,
                    },
                    Promise {
                        machines: 1,
                        protects_s: 0.1,
                        epsilon: 0.5,
                        slot_s: 20.0,
                        scale: 4.0,
                        original: true,
                    },
                ],
                curve: vec![Stretch { stretch_s: 1.0, epsilon: 2.5 }],
            },
        }
    }

    #[test]
    fn the_file_has_exactly_these_bytes() {
        let mean = Some(Mean { value: 37.42, low: 29.1, high: 45.8 });
        let points = [
            Point { at: 1_764_000_000, mean, machines: 12 },
            Point { at: 1_764_000_040, mean: None, machines: 2 },
        ];
        let frame = Frame { step_s: 20, minimum_machines: 3, members_on_one_cpu: Some(12) };
        assert_eq!(
            frame.data(&points, &round()),
            "{\"schema\":1,\"t0\":1764000000,\"step_s\":20,\"mean\":[37.42,null,null],\
             \"low\":[29.1,null,null],\"high\":[45.8,null,null],\"machines\":[12,null,2],\
             \"newest\":1764000123,\"minimum_machines\":3,\"members_on_one_cpu\":12,\
             \"privacy\":{\"confidence\":0.95,\"promises\":[\
             {\"machines\":12,\"protects_s\":0.2,\"epsilon\":0.5,\"slot_s\":5.0,\"scale\":10.0},\
             {\"machines\":1,\"protects_s\":0.1,\"epsilon\":0.5,\"slot_s\":20.0,\"scale\":4.0,\
             \"original\":true}],\"curve\":[{\"stretch_s\":1.0,\"epsilon\":2.5}]}}"
        );
    }

    #[test]
    fn outside_the_demo_nothing_is_said_of_one_cpu() {
        let frame = Frame { step_s: 20, minimum_machines: 3, members_on_one_cpu: None };
        let data = frame.data(&[], &round());
        assert!(!data.contains("members_on_one_cpu"), "{data}");
        assert!(data.contains("\"mean\":[]"), "{data}");
    }

    #[test]
    fn a_full_chart_stays_small() {
        let mean = Some(Mean { value: 37.42, low: 29.11, high: 45.83 });
        let points: Vec<_> = (0..360).map(|n| Point { at: n * 20, mean, machines: 12 }).collect();
        let frame = Frame { step_s: 20, minimum_machines: 3, members_on_one_cpu: None };
        let bytes = frame.data(&points, &round()).len();
        assert!(bytes < 10_000, "{bytes}");
    }
}
