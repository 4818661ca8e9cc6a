//! How long does noise take, beside other libraries and the random words it is made of?
//!
//! Each library adds noise of one law and scale to a prepared number, and to a vector of a thousand
//! where it can: its own samplers behind its own interface, with its own cryptographic generator.
//! Ours are the samplers alone; the bench `release` is about what stands around them. `opendp` is
//! built without OpenSSL, which is several times faster than with it. `rand_distr` protects nobody.

use std::hint::black_box;

use benches::{
    Law, Medians, Noise, Options, Output, Rounds, Scale, Section, Work, nanoseconds, ours, peers,
    quotient, version_of,
};
use rand::{Rng, SeedableRng};
use rand_chacha::{ChaCha12Rng, ChaCha20Rng};

fn main() {
    let options = Options::from_arguments();
    let mut rounds = Rounds::default();
    let generators = Generator::all(&mut rounds);
    let tables = [
        (Law::Laplace, Output::Integer),
        (Law::Laplace, Output::Float),
        (Law::ConstantTimeLaplace, Output::Integer),
        (Law::RoundedGaussian, Output::Integer),
        (Law::RoundedGaussian, Output::Float),
        (Law::DiscreteGaussian, Output::Integer),
        (Law::DiscreteGaussian, Output::Float),
    ]
    .map(|(law, output)| Table::new(law, output, &mut rounds));
    let medians = rounds.medians(options);

    let mut section = Section::new("noise");
    section.line("Nanoseconds a number: one number at a time / vectors of a thousand.");
    Generator::print(&generators, &medians, &mut section);
    for table in &tables {
        table.print(&medians, &mut section);
    }
    section.finish(options);
}

/// A source of random words: the floor under all noise.
struct Generator {
    name: &'static str,
    word: usize,
    filled: Option<usize>,
}

impl Generator {
    fn all(rounds: &mut Rounds) -> Vec<Self> {
        let mut all = vec![Self { name: "dp-core", word: rounds.add(ours::words()), filled: None }];
        let mut add = |name, word, filled| {
            all.push(Self { name, word: rounds.add(word), filled: Some(rounds.add(filled)) });
        };
        let twelve = || ChaCha12Rng::seed_from_u64(1);
        add("ChaCha12", words(twelve()), filled(twelve()));
        let twenty = || ChaCha20Rng::seed_from_u64(1);
        add("ChaCha20", words(twenty()), filled(twenty()));
        add("rand's generator of a thread", words(rand::rng()), filled(rand::rng()));
        all
    }

    fn print(all: &[Self], medians: &Medians, section: &mut Section) {
        section.head(&["Random words", "a word", "a word of 4 KiB at once"]);
        for Self { name, word, filled } in all {
            let filled =
                filled.map_or("–".to_owned(), |filled| format!("{:.2}", medians[filled]));
            section.line(format!("| {name} | {:.2} | {filled} |", medians[*word]));
        }
    }
}

fn words(mut rng: impl Rng + 'static) -> Work {
    Work::repeated(1, move || rng.next_u64())
}

fn filled(mut rng: impl Rng + 'static) -> Work {
    let mut bytes = [0; 4096];
    Work::repeated(512, move || rng.fill_bytes(black_box(&mut bytes)))
}

/// One law and output, at every scale.
struct Table {
    name: String,
    rows: [(Scale, [Option<Cell>; 4]); 5],
}

/// What one library needs.
#[derive(Clone, Copy)]
struct Cell {
    scalar: usize,
    vector: Option<usize>,
}

impl Table {
    fn new(law: Law, output: Output, rounds: &mut Rounds) -> Self {
        let mut cell = |noise: Noise| Cell {
            scalar: rounds.add(noise.scalar),
            vector: noise.vector.map(|vector| rounds.add(vector)),
        };
        let rows = Scale::ALL.map(|scale| {
            let noises = [
                Some(ours::noise(law, output, scale)),
                Some(peers::opendp::noise(law, output, scale)),
                peers::prio::noise(law, output, scale),
                Some(peers::rand_distr::noise(law, scale)),
            ];
            (scale, noises.map(|noise| noise.map(&mut cell)))
        });
        Self { name: format!("{law}, {output}"), rows }
    }

    fn print(&self, medians: &Medians, section: &mut Section) {
        let name = format!("{}, scale", self.name);
        let [opendp, prio, rand_distr] = ["opendp", "prio", "rand_distr"].map(version_of);
        let unsafe_one = format!("{rand_distr}, unsafe");
        section.head(&[
            &name,
            "dp-core",
            &opendp,
            "÷ ours",
            &prio,
            "÷ ours",
            &unsafe_one,
            "ours ÷",
        ]);
        for (scale, cells) in &self.rows {
            let times = cells.map(|cell| cell.map_or([None; 2], |cell| cell.times(medians)));
            let [ours, opendp, prio, rand_distr] =
                times.map(|times| pair(times.map(|time| time.map(nanoseconds))));
            let ratio = |larger: usize, smaller: usize| {
                let both = |at: usize| Some(quotient(times[larger][at]?, times[smaller][at]?));
                pair([both(0), both(1)])
            };
            section.line(format!(
                "| {scale} | {ours} | {opendp} | {} | {prio} | {} | {rand_distr} | {} |",
                ratio(1, 0),
                ratio(2, 0),
                ratio(0, 3),
            ));
        }
    }
}

impl Cell {
    fn times(self, medians: &Medians) -> [Option<f64>; 2] {
        [Some(medians[self.scalar]), self.vector.map(|vector| medians[vector])]
    }
}

/// One at a time, and in vectors.
fn pair(of: [Option<String>; 2]) -> String {
    match of {
        [Some(scalar), Some(vector)] => format!("{scalar} / {vector}"),
        [Some(scalar), None] => format!("{scalar} / –"),
        _ => "–".to_owned(),
    }
}
