//! How long does the accountant take for the ε of many releases?
//!
//! The CPU time of an answer, from the parameters on: nothing is kept from one to the next. This
//! bench only prints; `accounting.py` asks another accountant, too, and writes the table of both.

use benches::{Options, Question, Rounds, Section, Work, nanoseconds};

fn main() {
    let options = Options { write: false, ..Options::from_arguments() };
    let mut rounds = Rounds::default();
    let mut rows = Vec::new();
    for question in Question::all() {
        rows.push((question.name, rounds.add(Work::repeated(1, move || question.answer()))));
    }
    let medians = rounds.medians(options);

    let mut section = Section::new("accountant");
    section.head(&["ε of", "µs"]);
    for (name, work) in rows {
        section.line(format!("| {name} | {} |", nanoseconds(medians[work] / 1000.0)));
    }
    section.finish(options);
}
