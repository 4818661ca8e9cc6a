//! How long does a whole release take, from the payment to the published answer?
//!
//! Ours pays for a prepared question from a ledger in memory and releases it, which calibrates the
//! noise to what was paid; a ledger in a file adds the time that the disk takes. What comes nearest
//! elsewhere is a measurement that is made for one answer, without a budget. Everything at ε = 0.1
//! and a sensitivity of 1, a scale of 10.

use std::hint::black_box;

use benches::{
    Medians, Options, Output, Rounds, Scale, Section, VECTOR, Work, nanoseconds, ours, peers,
    quotient, version_of,
};
use dp_core::{
    Answer, Bounds, Epsilon, Laplace, Ledger, PrivacyUnit, Private, Statistic,
    hazmat::{ConstantTimeLaplace, DiscreteGaussian, DiscreteLaplace, RoundedGaussian},
};

fn main() {
    let options = Options::from_arguments();
    let mut rounds = Rounds::default();
    let samplers = samplers(&mut rounds);
    let releases = releases(&mut rounds);
    let medians = rounds.medians(options);

    let mut section = Section::new("release");
    samplers.print(&medians, &mut section);
    releases.print(&medians, &mut section);
    section.finish(options);
}

fn samplers(rounds: &mut Rounds) -> Table {
    let theirs = || Work::repeated(1, || peers::opendp::laplace_of_one(black_box(10.0)));
    let mut table = Table::new("Making a sampler, ns");
    let ours = Work::repeated(1, || DiscreteLaplace::new(black_box(10), black_box(3)));
    table.row("discrete Laplace", ours, theirs(), rounds);
    let ours = Work::repeated(1, || ConstantTimeLaplace::new(black_box(10), black_box(3)));
    table.row("discrete Laplace, ours in constant time", ours, theirs(), rounds);

    let theirs = || Work::repeated(1, || peers::opendp::gaussian_of_one(black_box(10.0)));
    let ours = Work::repeated(1, || RoundedGaussian::new(black_box(3.3)));
    table.row("Gaussian, ours rounded", ours, theirs(), rounds);
    let ours = Work::repeated(1, || DiscreteGaussian::new(black_box(3.3)));
    table.row("discrete Gaussian", ours, theirs(), rounds);
    table
}

fn releases(rounds: &mut Rounds) -> Table {
    let [integer, float] = [Output::Integer, Output::Float]
        .map(|output| peers::opendp::release(output, Scale::new(10, 1)));
    let (integers, floats) = (integer.vector.expect(VECTORS), float.vector.expect(VECTORS));
    let mut table = Table::new("A release, ns a number");

    let values = Private::new(vec![0.5; 100]).clamp(unit_interval());
    table.row("a count", released(1, move || values.count()), integer.scalar, rounds);
    let values = Private::new(vec![0.5; 100]).clamp(unit_interval());
    table.row("a sum of f64", released(1, move || values.sum()), float.scalar, rounds);

    let categories: Vec<u32> = (0..VECTOR).collect();
    let values = Private::new(vec![7; 100]);
    let histogram = move || values.histogram(&categories).expect("they are distinct");
    table.row("a histogram of 1000", released(VECTOR, histogram), integers, rounds);
    let rows = Private::new(vec![[0.5; VECTOR as usize]; 3]);
    let rows = rows.clamp_rows(VECTOR as usize, unit_interval()).expect("few enough columns");
    table.row("1000 sums of f64", released(VECTOR, move || rows.sum()), floats, rounds);
    table
}

const VECTORS: &str = "opendp has vectors";

/// Payment and release; preparing the statistic and the ledger is not counted.
fn released<T: Answer + 'static>(elements: u32, ask: impl Fn() -> Statistic<T> + 'static) -> Work {
    let (all, epsilon) = (budget(1.0), budget(0.1));
    let mut rng = ours::generator();
    let prepare = move || (Ledger::in_memory(PrivacyUnit::Records(1), all), ask());
    Work::prepared(elements, prepare, move |(mut ledger, statistic)| {
        let paid = ledger.pay(statistic, epsilon).expect("it fits the budget");
        paid.release(Laplace, &mut rng).expect("the same process")
    })
}

fn budget(epsilon: f64) -> Epsilon {
    Epsilon::new(epsilon).expect("in range")
}

fn unit_interval() -> Bounds {
    Bounds::new(0.0, 1.0).expect("a range")
}

/// What ours and theirs takes.
struct Table {
    name: &'static str,
    rows: Vec<(&'static str, usize, usize)>,
}

impl Table {
    fn new(name: &'static str) -> Self {
        Self { name, rows: Vec::new() }
    }

    fn row(&mut self, name: &'static str, ours: Work, theirs: Work, rounds: &mut Rounds) {
        self.rows.push((name, rounds.add(ours), rounds.add(theirs)));
    }

    fn print(&self, medians: &Medians, section: &mut Section) {
        section.head(&[self.name, "dp-core", &version_of("opendp"), "÷ ours"]);
        for &(name, ours, theirs) in &self.rows {
            let (ours, theirs) = (medians[ours], medians[theirs]);
            let ratio = quotient(theirs, ours);
            let (ours, theirs) = (nanoseconds(ours), nanoseconds(theirs));
            section.line(format!("| {name} | {ours} | {theirs} | {ratio} |"));
        }
    }
}
