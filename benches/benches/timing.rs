//! Does the time of a draw tell how large the noise was?
//!
//! Who can time a release and knows how the time depends on the noise can take some of the noise
//! away again ([JMRO22] did so to several libraries). Here each draw of scale 1000 is timed by the
//! processor's time-stamp counter, and compared with what was drawn: their correlation, and the
//! mean time for noise between 0 and 1 scale, 1 and 2, and so on. The slowest hundredth of a
//! sampler's draws is left out, where the machine did something else. Of independent numbers a
//! correlation strays from 0 by one in the root of their number. Reading the counter adds the same
//! to every draw, and the processor does a little of a draw before the first reading and after the
//! second, so that the times of the fastest are only good for comparing them with each other.
//!
//! [JMRO22]: https://arxiv.org/abs/2112.05307

use std::hint::black_box;

use benches::{Options, Scale, Section, nanoseconds, ours, peers, version_of};
use dp_core::hazmat::{
    ConstantTimeLaplace, DiscreteGaussian, DiscreteLaplace, Draw, RoundedGaussian,
};
use quanta::Clock;
use rand::{SeedableRng, distr::Distribution};
use rand_chacha::ChaCha12Rng;

fn main() {
    let options = Options::from_arguments();
    let clock = Clock::new();
    let tick = float(clock.delta_as_nanos(0, 1 << 30)) / float(1 << 30);
    let mut bench = Bench { clock, tick, options, section: Section::new("timing") };
    bench.section.line(format!(
        "{DRAWS} draws of scale {SCALE} each: the correlation of the time with the absolute value \
         of the noise, and the mean time, in nanoseconds, of noise of 0 to 1 scale, 1 to 2, …"
    ));
    bench.section.head(&["Sampler", "correlation", "0–1", "1–2", "2–3", "3–4", "4–"]);

    let scale = Scale::new(SCALE.into(), 1);
    bench.row("Laplace", drawn(DiscreteLaplace::new(SCALE.into(), 1)));
    bench.row("Laplace in constant time", drawn(ConstantTimeLaplace::new(SCALE.into(), 1)));
    bench.row("rounded Gaussian", drawn(RoundedGaussian::new(scale.value())));
    bench.row("discrete Gaussian", drawn(DiscreteGaussian::new(scale.value())));

    let opendp = version_of("opendp");
    let laplace = peers::opendp::laplace_of_one(scale.value());
    bench.row(&format!("{opendp}, Laplace"), move || laplace.invoke(&0).expect("noise"));
    let gaussian = peers::opendp::gaussian_of_one(scale.value());
    bench.row(&format!("{opendp}, Gaussian"), move || gaussian.invoke(&0).expect("noise"));

    let prio = version_of("prio");
    bench.row(&format!("{prio}, Laplace"), sampled(peers::prio::laplace(scale)));
    bench.row(&format!("{prio}, Gaussian"), sampled(peers::prio::gaussian(scale)));
    bench.section.finish(options);
}

const SCALE: u32 = 1_000;
const DRAWS: usize = 1_000_000;

struct Bench {
    clock: Clock,
    /// How long a tick of the clock is, in nanoseconds.
    tick: f64,
    options: Options,
    section: Section,
}

/// How long a draw took, and how large it was.
#[derive(Clone, Copy)]
struct Timed {
    /// In nanoseconds.
    time: f64,
    /// The absolute value of the noise.
    scales: f64,
}

impl Bench {
    fn row<T: TryInto<i64>>(&mut self, name: &str, mut draw: impl FnMut() -> T) {
        let draws = if self.options.test { 100 } else { DRAWS };
        let mut timed: Vec<Timed> = (0..draws).map(|_| self.time(&mut draw)).collect();
        timed.sort_unstable_by(|a, b| a.time.total_cmp(&b.time));
        timed.truncate(draws - draws / 100);
        let bands: Vec<String> = (0..5).map(|band| mean_time(band, &timed)).collect();
        let correlation = correlation(&timed);
        self.section.line(format!("| {name} | {correlation:+.3} | {} |", bands.join(" | ")));
    }

    fn time<T: TryInto<i64>>(&self, draw: &mut impl FnMut() -> T) -> Timed {
        let start = self.clock.raw();
        let noise = black_box(draw());
        let ticks = self.clock.raw().saturating_sub(start);
        let noise = noise.try_into().ok().expect("64 bits hold noise of this scale");
        let scales = float(noise.unsigned_abs()) / f64::from(SCALE);
        Timed { time: float(ticks) * self.tick, scales }
    }
}

/// Of the draws within this many scales and one more, or beyond four.
fn mean_time(band: u8, timed: &[Timed]) -> String {
    let scales = f64::from(band)..if band == 4 { f64::INFINITY } else { f64::from(band) + 1.0 };
    let inside = timed.iter().filter(|draw| scales.contains(&draw.scales)).map(|draw| draw.time);
    let (draws, sum) = inside.fold((0.0, 0.0), |(draws, sum), time| (draws + 1.0, sum + time));
    if draws < 100.0 { "–".to_owned() } else { nanoseconds(sum / draws) }
}

/// Pearson's, between time and scales.
fn correlation(timed: &[Timed]) -> f64 {
    let draws = float(timed.len() as u64);
    let mean = |of: fn(&Timed) -> f64| timed.iter().map(of).sum::<f64>() / draws;
    let (time, scales) = (mean(|draw| draw.time), mean(|draw| draw.scales));
    let (mut together, mut first, mut second) = (0.0, 0.0, 0.0);
    for draw in timed {
        let (x, y) = (draw.time - time, draw.scales - scales);
        together += x * y;
        first += x * x;
        second += y * y;
    }
    together / (first * second).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}

fn drawn(sampler: impl Draw) -> impl FnMut() -> i128 {
    let mut rng = ours::generator();
    move || sampler.draw(&mut rng)
}

fn sampled<T>(distribution: impl Distribution<T>) -> impl FnMut() -> T {
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    move || distribution.sample(&mut rng)
}
