use e2e::Sighting;
use serde_json::Value;

/// One point of the leader's published chart: the last round in one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    /// The unix second at which the step ends.
    until: i64,
    pub(crate) mean: f64,
    /// The ends of its range.
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What a member has released, and its means without noise.
pub(crate) type Told = [Vec<Sighting>; 2];

/// What a published mean is of.
#[derive(Debug)]
pub(crate) struct Source {
    /// The unix second at which each member's slot ended.
    pub(crate) slot_ends: Vec<i64>,
    /// The mean of the same slots without noise.
    pub(crate) raw_mean: f64,
}

/// How old a member's newest value may be at the end of a step of the leader's, in seconds: it
/// counts for two of its slots and a minute, and it may be the step's first second that it counts in.
const OLDEST: i64 = 2 * 4 + 60 + 5;

impl Published {
    /// The points of the last hour that had a mean of so many machines.
    pub(crate) fn of(data: &Value, machines: usize) -> Vec<Self> {
        let [t0, step] = ["t0", "step_s"].map(|key| data[key].as_i64().expect("whole seconds"));
        let column = |path| data.pointer(path).and_then(Value::as_array).expect("a column");
        let paths = ["/machines", "/single/mean", "/single/low", "/single/high"];
        let [counts, means, lows, highs] = paths.map(column);
        let point = |(k, until): (usize, i64)| {
            let number = |column: &Vec<Value>| column.get(k)?.as_f64();
            let everybody = *counts.get(k)? == machines;
            let (mean, low, high) = (number(means)?, number(lows)?, number(highs)?);
            everybody.then_some(Self { until, mean, low, high })
        };
        let steps = (1..).map(|k| t0 + k * step);
        (0..counts.len()).zip(steps).filter_map(point).collect()
    }

    /// One release of each member, as new as possible, that together have this mean.
    pub(crate) fn source(&self, members: &[Told]) -> Option<Source> {
        self.search(members, &mut Vec::new())
    }

    fn search<'a>(
        &self,
        members: &'a [Told],
        chosen: &mut Vec<[&'a Sighting; 2]>,
    ) -> Option<Source> {
        let Some([released, raw]) = members.get(chosen.len()) else { return self.judge(chosen) };
        let age = |release: &&Sighting| self.until - release.second();
        for release in released.iter().rev().filter(|release| (0..=OLDEST).contains(&age(release)))
        {
            let same_slot = raw.iter().find(|mean| mean.slot_end == release.slot_end);
            chosen.push([release, same_slot.expect("the owner's copy is written first")]);
            let found = self.search(members, chosen);
            chosen.pop();
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn judge(&self, chosen: &[[&Sighting; 2]]) -> Option<Source> {
        let mean = |which: usize| {
            let values =
                chosen.iter().map(|pair| pair[which].cpu.parse::<f64>().expect("a number"));
            let count = u32::try_from(chosen.len()).expect("few members");
            values.sum::<f64>() / f64::from(count)
        };
        let slot_ends = || chosen.iter().map(|[release, _]| release.second()).collect();
        let is_mean = (mean(0) - self.mean).abs() < 0.005 + 1e-9; // it is published in hundredths
        is_mean.then(|| Source { slot_ends: slot_ends(), raw_mean: mean(1) })
    }
}
