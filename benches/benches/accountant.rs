//! How long does the accountant take for the ε of many releases?
//!
//! The CPU time of an answer, from the parameters on: nothing is kept from one to the next. What is
//! asked, and the time of another accountant for the same, is in `docs/performance.md`, which
//! `accounting.py` writes; this bench only prints.

use benches::{Options, Question, Rounds, Section, Work, nanoseconds};

fn main() {
    let options = Options { write: false, ..Options::from_arguments() };
    let mut rounds = Rounds::default();
    let mut section = Section::new("accountant");
    let mut rows = Vec::new();
    for question in Question::all() {
        let (name, bracket) = (question.name, question.answer());
        assert!(bracket.lower <= bracket.upper, "{name}: {bracket:?}");
        rows.push((name, bracket, rounds.add(Work::repeated(1, move || question.answer()))));
    }
    let medians = rounds.medians(options);
    section.head(&["ε of releases", "at most", "and at least, relative", "µs"]);
    for (name, bracket, work) in rows {
        let (upper, width) = (bracket.upper, 1.0 - bracket.lower / bracket.upper);
        let time = nanoseconds(medians[work] / 1000.0);
        section.line(format!("| {name} | {upper:.10} | −{width:.0e} | {time} |"));
    }
    section.finish(options);
}
