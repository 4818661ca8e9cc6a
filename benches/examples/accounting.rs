//! Our side of `accounting.py`: says what is asked, a question a line and an empty one; then for
//! every number of a question on standard input our lower and upper end, and the nanoseconds that an
//! answer takes.

use std::{io, rc::Rc};

use benches::{Options, Question, Rounds, Work};

fn main() {
    let questions: Vec<Rc<Question>> = Question::all().into_iter().map(Rc::new).collect();
    for question in &questions {
        println!("{question}");
    }
    println!();
    for line in io::stdin().lines() {
        let number: usize = line.expect("text").trim().parse().expect("the number of a question");
        let question = Rc::clone(&questions[number]);
        let answer = question.answer();
        let mut rounds = Rounds::default();
        let work = rounds.add(Work::repeated(1, move || question.answer()));
        let time = rounds.medians(Options { test: false, write: false })[work];
        println!("{} {} {time:.0}", answer.lower, answer.upper);
    }
}
