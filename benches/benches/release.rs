//! How long does a whole release take, from the payment to the published answer?
//!
//! Ours pays for a prepared question from a ledger in memory and releases it, which calibrates the
//! noise to what was paid; a ledger in a file adds the time that the disk takes. What comes nearest
//! elsewhere is a measurement that is made for one answer, without a budget. Everything at a scale
//! of 10 steps: ε = 0.1, or ρ = 0.005, and a sensitivity of 1. Only the last row has to find its σ,
//! for ε = 0.1 and δ = 1e-6.

use std::hint::black_box;

use benches::{
    Medians, Options, Output, Rounds, Scale, Section, VECTOR, Work, nanoseconds, ours, peers,
    quotient, version_of,
};
use dp_core::{
    Answer, Bounds, Epsilon, EpsilonDelta, Gaussian, Laplace, Ledger, Loss, Mechanism, PrivacyUnit,
    Private, Rho, Statistic,
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
    let epsilon = Epsilon::new(0.1).expect("in range");
    let (integers, floats) = (integer.vector.expect(VECTORS), float.vector.expect(VECTORS));
    let mut table = Table::new("A release, ns a number");

    let values = Private::new(vec![0.5; 100]).clamp(unit_interval());
    let count = released(1, Laplace, epsilon, move || values.count());
    table.row("a count", count, integer.scalar, rounds);
    let values = Private::new(vec![0.5; 100]).clamp(unit_interval());
    let sum = released(1, Laplace, epsilon, move || values.sum());
    table.row("a sum of f64", sum, float.scalar, rounds);

    let categories: Vec<u32> = (0..VECTOR).collect();
    let values = Private::new(vec![7; 100]);
    let histogram = move || values.histogram(&categories).expect("they are distinct");
    let histogram = released(VECTOR, Laplace, epsilon, histogram);
    table.row("a histogram of 1000", histogram, integers, rounds);
    let rows = Private::new(vec![[0.5; VECTOR as usize]; 3]);
    let rows = rows.clamp_rows(VECTOR as usize, unit_interval()).expect("few enough columns");
    let sums = released(VECTOR, Laplace, epsilon, move || rows.sum());
    table.row("1000 sums of f64", sums, floats, rounds);

    let theirs = || Work::repeated(1, || peers::opendp::gaussian_release(black_box(10.0)));
    let values = Private::new(vec![0.5; 100]).clamp(unit_interval());
    let rho = Rho::new(0.005).expect("in range");
    let count = released(1, Gaussian, rho, move || values.count());
    table.row("a count, Gaussian for ρ", count, theirs(), rounds);
    let values = Private::new(vec![0.5; 100]).clamp(unit_interval());
    let both = EpsilonDelta::new(0.1, 1e-6).expect("in range");
    let count = released(1, Gaussian, both, move || values.count());
    table.row("a count, Gaussian for (ε, δ)", count, theirs(), rounds);
    table
}

const VECTORS: &str = "opendp has vectors";

/// Payment and release; preparing the statistic and the ledger is not counted.
fn released<T: Answer + 'static, L: Loss + 'static, M>(
    elements: u32,
    by: M,
    loss: L,
    ask: impl Fn() -> Statistic<T> + 'static,
) -> Work
where
    M: Mechanism<Statistic<T>, L, Output: 'static> + Copy + 'static,
{
    let mut rng = ours::generator();
    let prepare = move || (Ledger::in_memory(PrivacyUnit::Records(1), loss), ask());
    Work::prepared(elements, prepare, move |(mut ledger, statistic)| {
        let paid = ledger.pay(statistic, loss).expect("it is the budget");
        paid.release(by, &mut rng).expect("the same process")
    })
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
