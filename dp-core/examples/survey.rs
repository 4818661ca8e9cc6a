//! How many people gave each answer, so that nobody can tell what any one of them said.

use dp_core::{Epsilon, Error, Laplace, Ledger, NoiseRng, PrivacyUnit, Private};

const ANSWERS: [&str; 4] = ["by bicycle", "by train", "by car", "on foot"];

fn main() -> Result<(), Error> {
    // A record is one person's answer: whether somebody took part at all is hidden, too.
    let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), Epsilon::new(1.0)?);
    let mut rng = NoiseRng::system()?;

    let counts = Private::new(answers()).histogram(&ANSWERS)?;
    let paid = ledger.pay(counts, Epsilon::new(0.5)?)?;
    let noisy = paid.release(Laplace, &mut rng)?;

    println!("How do you get to work?      (each ± {}, 19 times in 20)", noisy.margin(0.95));
    for (answer, count) in ANSWERS.iter().zip(&noisy.value) {
        println!("{answer:>12} {count:5}");
    }
    Ok(())
}

/// Of 1000 people, one of whom flies.
fn answers() -> Vec<&'static str> {
    let people = [(310, ANSWERS[0]), (420, ANSWERS[1]), (180, ANSWERS[2]), (89, ANSWERS[3])];
    let answers = people.into_iter().flat_map(|(people, answer)| vec![answer; people]);
    answers.chain(["by helicopter"]).collect()
}
