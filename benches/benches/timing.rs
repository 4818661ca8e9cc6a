//! Does the time of a draw tell how large the noise was?
//!
//! Who can time a release and knows how the time depends on the noise can take some of the noise
//! away again ([JMRO22] did so to several libraries). Here each draw of scale 1000 is timed by the
//! processor's time-stamp counter, and compared with what was drawn: their correlation, and the
//! mean time for noise between 0 and 1 scale, 1 and 2, and so on. The slowest hundredth of a
//! sampler's draws is left out, where the machine did something else. Of independent numbers a
//! correlation strays from 0 by one in the root of their number.
//!
//! A draw takes as long as about a hundred ticks, of which reading the counter twice is a third;
//! the processor may also start a little of the draw before the first reading, or end a little
//! after the second. Both hide nothing: they are the same for all noise.
//!
//! [JMRO22]: https://arxiv.org/abs/2112.05307

use std::hint::black_box;

use benches::{Options, Scale, Section, ours, peers, version_of};
use dp_core::hazmat::{
    ConstantTimeLaplace, DiscreteGaussian, DiscreteLaplace, Draw, RoundedGaussian,
};
use quanta::Clock;
use rand::{SeedableRng, distr::Distribution};
use rand_chacha::ChaCha12Rng;

fn main() {
    let options = Options::from_arguments();
    let scale = Scale::new(SCALE, 1);
    let mut bench = Bench { clock: Clock::new(), options, section: Section::new("timing") };
    let draws = if options.test { 100 } else { DRAWS };
    bench.section.line(format!(
        "{draws} draws of scale {SCALE} each; correlation of the time with the absolute value of \
         the noise, and mean nanoseconds for noise of so many scales."
    ));
    let columns = ["Sampler", "correlation", "0 to 1", "1 to 2", "2 to 3", "3 to 4", "beyond"];
    bench.section.head(&columns);

    bench.row("Laplace", draws, drawn(DiscreteLaplace::new(SCALE.into(), 1)));
    bench.row("Laplace in constant time", draws, drawn(ConstantTimeLaplace::new(SCALE.into(), 1)));
    bench.row("rounded Gaussian", draws, drawn(RoundedGaussian::new(scale.value())));
    bench.row("discrete Gaussian", draws, drawn(DiscreteGaussian::new(scale.value())));

    let opendp = version_of("opendp");
    let (laplace, gaussian) =
        (peers::opendp::laplace_of_one(scale.value()), peers::opendp::gaussian_of_one(scale.value()));
    bench.row(&format!("{opendp}, Laplace"), draws, move || laplace.invoke(&0).expect("noise"));
    bench.row(&format!("{opendp}, Gaussian"), draws, move || gaussian.invoke(&0).expect("noise"));

    let prio = version_of("prio");
    bench.row(&format!("{prio}, Laplace"), draws, sampled(peers::prio::laplace(scale)));
    bench.row(&format!("{prio}, Gaussian"), draws, sampled(peers::prio::gaussian(scale)));
    bench.section.finish(options);
}

const SCALE: u32 = 1_000;
const DRAWS: usize = 1_000_000;

struct Bench {
    clock: Clock,
    options: Options,
    section: Section,
}

/// How long a draw took, and how large it was.
#[derive(Clone, Copy)]
struct Timed {
    ticks: u64,
    scales: f64,
}

impl Bench {
    fn row<T: TryInto<i64>>(&mut self, name: &str, draws: usize, mut draw: impl FnMut() -> T) {
        let mut timed: Vec<Timed> = (0..draws).map(|_| self.time(&mut draw)).collect();
        timed.sort_unstable_by_key(|timed| timed.ticks);
        timed.truncate(draws - draws / 100);
        let bands: Vec<String> = (0..=4).map(|band| self.mean_in(band, &timed)).collect();
        let correlation = correlation(&timed);
        self.section.line(format!("| {name} | {correlation:+.3} | {} |", bands.join(" | ")));
    }

    fn time<T: TryInto<i64>>(&self, draw: &mut impl FnMut() -> T) -> Timed {
        let start = self.clock.raw();
        let noise = black_box(draw());
        let ticks = self.clock.raw() - start;
        let noise = noise.try_into().ok().expect("64 bits hold noise of this scale");
        Timed { ticks, scales: as_float(noise.unsigned_abs()) / f64::from(SCALE) }
    }
}

fn drawn(sampler: impl Draw) -> impl FnMut() -> i128 {
    let mut rng = ours::generator();
    move || sampler.draw(&mut rng)
}

fn sampled<T>(distribution: impl Distribution<T>) -> impl FnMut() -> T {
    let mut rng = ChaCha12Rng::seed_from_u64(1);
    move || distribution.sample(&mut rng)
}
