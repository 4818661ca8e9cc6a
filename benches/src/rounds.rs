use std::{ops::Index, time::Duration};

use crate::{Options, Work};

/// Works that are measured in turn, round after round, so that a machine whose speed changes does
/// so to all of them.
#[derive(Debug, Default)]
pub struct Rounds {
    works: Vec<Work>,
}

/// Enough for a median that a busy machine moves by a few per cent.
const ROUNDS: usize = 51;
/// Each work's share of a round: enough that the clock and the loop do not count.
const SHARE: Duration = Duration::from_millis(2);

impl Rounds {
    /// Adds a work, whose median can be looked up by what is returned.
    pub fn add(&mut self, work: Work) -> usize {
        self.works.push(work);
        self.works.len() - 1
    }

    /// The median of each work's rounds, in nanoseconds a number.
    pub fn medians(mut self, options: Options) -> Medians {
        if options.test {
            return Medians(self.works.iter_mut().map(|work| work.nanoseconds(1)).collect());
        }
        let repetitions: Vec<u32> =
            self.works.iter_mut().map(|work| work.repetitions_in(SHARE)).collect();
        let mut times = vec![Vec::with_capacity(ROUNDS); self.works.len()];
        for _ in 0..ROUNDS {
            for ((work, &repetitions), times) in
                self.works.iter_mut().zip(&repetitions).zip(&mut times)
            {
                times.push(work.nanoseconds(repetitions));
            }
        }
        Medians(times.into_iter().map(median).collect())
    }
}

/// What was measured, by what [`Rounds::add`] returned.
#[derive(Debug)]
pub struct Medians(Vec<f64>);

impl Index<usize> for Medians {
    type Output = f64;
    fn index(&self, work: usize) -> &f64 {
        &self.0[work]
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert!((median(vec![9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn every_work_is_run_once_in_a_test() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let mut rounds = Rounds::default();
        for name in ["first", "second"] {
            let sender = sender.clone();
            rounds.add(Work::repeated(1, move || sender.send(name)));
        }
        drop(sender);
        rounds.medians(Options { test: true, write: false });
        assert_eq!(receiver.iter().collect::<Vec<_>>(), ["first", "second"]);
    }
}
