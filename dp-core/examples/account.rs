//! What releases cost together, for a command line:
//!
//! ```sh
//! cargo run --example account -- --discrete-laplace sensitivity=1,scale=200 --count 4320 --delta 1e-6
//! ```

use std::{collections::HashMap, env, error::Error, process::ExitCode};

use dp_core::{
    Epsilon, EpsilonDelta, Rho,
    accountant::{Bracket, Event, Schedule},
};

const USAGE: &str = "\
usage: account EVENT [--sampled PROBABILITY] [--count NUMBER] … QUESTION …

events:    --laplace sensitivity=1,scale=10
           --gaussian sensitivity=1,deviation=10
           --discrete-laplace sensitivity=1,scale=200        (whole numbers, or scale=401/2)
           --discrete-gaussian sensitivity=1,variance=100    (whole numbers, or variance=1/4)
           --randomized-response noise=0.5,answers=2
           --pure epsilon=0.1
           --approximate epsilon=0.1,delta=1e-9
           --zero-concentrated rho=0.01
questions: --delta 1e-6            for which ε?
           --epsilon 1             for which δ?
           --false-positives 0.05  what else does a test err by?
           --order 2               which Rényi divergence?";

type Answer<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match answers(env::args().skip(1)) {
        Ok(answers) => {
            println!("{answers}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn answers(mut words: impl Iterator<Item = String>) -> Answer<String> {
    let (mut events, mut questions): (Vec<Event>, Vec<(String, f64)>) = Default::default();
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} takes a value"))?;
        match word.as_str() {
            "--count" | "--sampled" => {
                let event = events.pop().ok_or_else(|| format!("{word} comes after an event"))?;
                events.push(if word == "--count" {
                    event.times(value.parse()?)
                } else {
                    event.sampled(value.parse()?)?
                });
            }
            "--delta" | "--epsilon" | "--order" | "--false-positives" => {
                questions.push((word, value.parse()?));
            }
            _ => events.push(event(&word, &value)?),
        }
    }
    if events.is_empty() || questions.is_empty() {
        return Err("it takes an event and a question".into());
    }
    let schedule = Schedule::new(events);
    let answer = |(word, at): &(String, f64)| {
        Ok(match word.as_str() {
            "--delta" => format!("at δ = {at:e}: ε is {}", between(schedule.epsilon(*at)?)),
            "--epsilon" => format!("at ε = {at}: δ is {}", between(schedule.delta(*at)?)),
            "--order" => {
                format!("the Rényi divergence of order {at} is {}", between(schedule.renyi(*at)?))
            }
            _ => format!(
                "with false positives of {at}, what a test misses is {}",
                between(schedule.trade_off(*at)?)
            ),
        })
    };
    let lines: Answer<Vec<String>> = questions.iter().map(answer).collect();
    Ok(lines?.join("\n"))
}

fn event(kind: &str, parameters: &str) -> Answer<Event> {
    let pairs = parameters.split(',').map(|pair| {
        pair.split_once('=').ok_or_else(|| format!("{pair} should be a name and a value: name=1"))
    });
    let pairs: HashMap<&str, &str> = pairs.collect::<Result<_, _>>()?;
    let text =
        |name: &str| pairs.get(name).copied().ok_or_else(|| format!("{kind} takes {name}=…"));
    let number = |name: &str| -> Answer<f64> { Ok(text(name)?.parse()?) };
    let ratio = |name: &str| -> Answer<(u128, u128)> {
        let (numerator, denominator) = text(name)?.split_once('/').unwrap_or((text(name)?, "1"));
        Ok((numerator.parse()?, denominator.parse()?))
    };
    Ok(match kind {
        "--laplace" => Event::laplace(number("sensitivity")?, number("scale")?)?,
        "--gaussian" => Event::gaussian(number("sensitivity")?, number("deviation")?)?,
        "--discrete-laplace" => {
            let (numerator, denominator) = ratio("scale")?;
            Event::discrete_laplace(text("sensitivity")?.parse()?, numerator, denominator)?
        }
        "--discrete-gaussian" => {
            let (numerator, denominator) = ratio("variance")?;
            Event::discrete_gaussian(text("sensitivity")?.parse()?, numerator, denominator)?
        }
        "--randomized-response" => {
            Event::randomized_response(number("noise")?, text("answers")?.parse()?)?
        }
        "--pure" => Event::pure(Epsilon::new(number("epsilon")?)?),
        "--approximate" => {
            Event::approximate(EpsilonDelta::new(number("epsilon")?, number("delta")?)?)
        }
        "--zero-concentrated" => Event::zero_concentrated(Rho::new(number("rho")?)?),
        _ => return Err(format!("{kind} is neither an event nor a question").into()),
    })
}

fn between(Bracket { lower, upper }: Bracket) -> String {
    format!("at least {lower:?}, at most {upper:?}") // all digits, so that neither end is rounded
}
