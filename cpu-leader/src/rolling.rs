//! Rolling means over bins of releases.

use crate::aggregate::{Aggregate, Mean};
use crate::range::Range;
use crate::spread::Spread;

/// A noise range that reaches so many points to both sides can be read.
const READABLE: f64 = 5.0;

/// The releases whose slots ended within one step of a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// The unix second at which the step began.
    pub at: i64,
    /// Their sums.
    pub spread: Spread,
    /// The machines with a fresh report at the step's last round; `None` where none was made.
    pub machines: Option<u32>,
    /// The machines with a release in the bin, and in each of the range's windows that end with it.
    pub reporters: [u32; 4],
}

/// A window of a range: over how long the mean is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// In seconds.
    pub seconds: u32,
    /// Its place among [`Bin::reporters`]; 0 is the bin alone.
    place: usize,
}

impl Window {
    /// A bin alone.
    pub fn single(step_s: u32) -> Window {
        Window { seconds: step_s, place: 0 }
    }

    /// The shortest window of `range` that nine of ten machines report in and whose noise range can
    /// be read, else the longest. It depends on what the machines state and not on their values, so
    /// that it stays the same while they do.
    pub fn of(range: Range, step_s: u32, round: &Aggregate) -> Window {
        let windows = range.windows_s();
        let usual = round.usual_slot_s.unwrap_or(0.0);
        let is_good = |&(_, &seconds): &(usize, &u32)| {
            let seconds = f64::from(seconds);
            seconds >= usual && 1.96 * round.noise_rate / seconds.sqrt() <= READABLE
        };
        let last = windows.len() - 1;
        let (place, &seconds) =
            windows.iter().enumerate().find(is_good).unwrap_or((last, &windows[last]));
        Window { seconds: seconds.max(step_s), place: place + 1 }
    }
}

/// The mean over `window` at each of the steps from `oldest` on, of which there are `points`; `None`
/// where fewer than `minimum` machines reported in it. Each release counts once in each mean.
pub fn rolling(
    bins: &[Bin],
    window: Window,
    step_s: u32,
    oldest: i64,
    points: usize,
    minimum: usize,
) -> Vec<Option<Mean>> {
    let step = i64::from(step_s);
    let (mut first, mut next) = (0, 0); // the bins of a window
    (0_i64..)
        .take(points)
        .map(|k| {
            let at = oldest + k * step;
            let after = at + step - i64::from(window.seconds);
            while bins.get(next).is_some_and(|bin| bin.at <= at) {
                next += 1;
            }
            while first < next && bins[first].at < after {
                first += 1;
            }
            let present = bins[..next].last().filter(|bin| bin.at == at)?;
            let reporters = usize::try_from(present.reporters[window.place]).unwrap_or(0);
            if reporters < minimum {
                return None;
            }
            let mut spread = Spread::default();
            for bin in &bins[first..next] {
                spread += bin.spread;
            }
            spread.mean()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(at: i64, cpu: f64, releases: u32) -> Bin {
        let mut spread = Spread::default();
        for _ in 0..releases {
            spread += Spread::of(cpu, 10.0, 20.0);
        }
        Bin { at, spread, machines: Some(releases), reporters: [releases, 3, 4, 5] }
    }

    fn round(usual_slot_s: f64, noise_rate: f64) -> Aggregate {
        Aggregate { usual_slot_s: Some(usual_slot_s), noise_rate, ..Aggregate::of(&[], 3) }
    }

    fn values(means: &[Option<Mean>]) -> Vec<Option<f64>> {
        means.iter().map(|mean| mean.map(|mean| mean.value)).collect()
    }

    #[test]
    fn a_window_ends_with_its_point_and_holds_each_release_once() {
        let bins = [bin(0, 10.0, 3), bin(20, 20.0, 3), bin(60, 60.0, 3), bin(80, 70.0, 3)];
        let window = Window { seconds: 60, place: 1 };
        let means = rolling(&bins, window, 20, 0, 5, 3);
        assert_eq!(values(&means), [Some(10.0), Some(15.0), None, Some(40.0), Some(65.0)]);
        let narrower = |k: usize| means[k].unwrap().high - means[k].unwrap().low;
        assert!(narrower(1) < narrower(0));
        let later = rolling(&bins, window, 20, 60, 2, 3);
        assert_eq!(values(&later), [Some(40.0), Some(65.0)], "also where it reaches further back");
    }

    #[test]
    fn where_too_few_machines_reported_in_the_window_there_is_no_mean() {
        let bins = [bin(0, 10.0, 2)];
        let mean = |window, minimum| rolling(&bins, window, 20, 0, 1, minimum)[0];
        assert_eq!(mean(Window::single(20), 3), None);
        assert!(mean(Window::single(20), 2).is_some());
        assert!(mean(Window { seconds: 60, place: 1 }, 3).is_some());
        assert_eq!(mean(Window { seconds: 60, place: 1 }, 4), None);
    }

    #[test]
    fn the_window_is_the_shortest_whose_range_can_be_read() {
        // 12 machines with noise of 10 points: 10 · √(2 · slot / 12) points in a second's root.
        let twelve = |slot_s: f64| round(slot_s, 10.0 * (2.0 * slot_s / 12.0).sqrt());
        for (range, slot_s, seconds) in [
            (Range::Hour, 20.0, 60),
            (Range::Hour, 300.0, 900),
            (Range::Day, 20.0, 900),
            (Range::Day, 300.0, 900),
            (Range::Month, 300.0, 10_800),
            (Range::Hour, 3600.0, 900), // nothing is right: the longest
            (Range::Day, 3600.0, 10_800),
        ] {
            let window = Window::of(range, range.step_s(20), &twelve(slot_s));
            assert_eq!(window.seconds, seconds, "{range:?} {slot_s}");
        }
        assert_eq!(Window::of(Range::Hour, 3600, &twelve(20.0)).seconds, 3600, "slow rounds");
        let two = round(300.0, 10.0 * (2.0 * 300.0 / 2.0_f64).sqrt());
        assert_eq!(Window::of(Range::Day, 300, &two).seconds, 10_800);
    }
}
