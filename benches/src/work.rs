use std::{fmt, hint::black_box, time::Duration};

use cpu_time::ThreadTime;

/// Something that can be timed: so many numbers at a time, as often as asked.
pub struct Work {
    /// How many numbers one repetition makes.
    elements: u32,
    /// The CPU time that so many repetitions take.
    run: Box<dyn FnMut(u32) -> Duration>,
}

impl Work {
    /// The same every time.
    pub fn repeated<T>(elements: u32, mut once: impl FnMut() -> T + 'static) -> Self {
        let run = move |times: u32| {
            let start = ThreadTime::now();
            for _ in 0..times {
                black_box(once());
            }
            start.elapsed()
        };
        Self { elements, run: Box::new(run) }
    }

    /// Uses up something that is made before the clock starts.
    pub fn prepared<I, T>(
        elements: u32,
        mut prepare: impl FnMut() -> I + 'static,
        mut once: impl FnMut(I) -> T + 'static,
    ) -> Self {
        // So many that reading the clock does not count, so few that they stay in the cache.
        let at_once = (1024 / elements).max(16);
        let run = move |times: u32| {
            let (mut left, mut total) = (times, Duration::ZERO);
            while left > 0 {
                let inputs: Vec<I> = (0..left.min(at_once)).map(|_| prepare()).collect();
                left -= left.min(at_once);
                let start = ThreadTime::now();
                for input in inputs {
                    black_box(once(input));
                }
                total += start.elapsed();
            }
            total
        };
        Self { elements, run: Box::new(run) }
    }

    /// How many repetitions take about this long.
    pub(crate) fn repetitions_in(&mut self, duration: Duration) -> u32 {
        let mut times = 1;
        while times < 1 << 30 && (self.run)(times) < duration {
            times *= 2;
        }
        times
    }

    /// Nanoseconds a number, over so many repetitions.
    #[expect(clippy::cast_precision_loss, reason = "a bench takes minutes, not months")]
    pub(crate) fn nanoseconds(&mut self, repetitions: u32) -> f64 {
        let time = (self.run)(repetitions);
        time.as_nanos() as f64 / (f64::from(repetitions) * f64::from(self.elements))
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("elements", &self.elements).finish_non_exhaustive()
    }
}
