use std::f64::consts::PI;

use super::bits;
use crate::{
    Epsilon,
    accountant::{
        Event,
        ball::Ball,
        law::{Direction, Line},
    },
};

/// Each line has a law, its parameters, a point, and the logarithm of the transform there, summed or
/// integrated from the law's definition by mpmath with thirty digits or more.
#[test]
fn transforms_are_what_the_laws_define_within_their_radii() {
    for line in include_str!("transforms.txt").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |index: usize| words[index].parse::<f64>().expect("a number");
        let whole = |index: usize| words[index].parse::<u128>().expect("a whole number");
        let event = match words[0] {
            "laplace" => Event::laplace(number(1), 1.0),
            "discrete_laplace" => Event::discrete_laplace(whole(1), whole(2), whole(3)),
            "discrete_gaussian" => Event::discrete_gaussian(whole(1), whole(2), whole(3)),
            "randomized_response" => {
                Event::randomized_response(number(1), words[2].parse().expect("a whole number"))
            }
            "pure" => Ok(Event::pure(Epsilon::new(number(1) / 1e9).expect("in range"))),
            "sampled_gaussian" => {
                Event::gaussian(1.0, number(2)).and_then(|event| event.sampled(number(1)))
            }
            "sampled_laplace" => {
                Event::laplace(number(2), 1.0).and_then(|event| event.sampled(number(1)))
            }
            other => panic!("{other}"),
        };
        let law = event.expect("in range").law;
        let way = if words[3] == "without" { Direction::Without } else { Direction::With };
        let at = words.iter().position(|&word| word == "at").expect("a point");
        let numbers: Vec<f64> =
            words[at + 1..].iter().filter(|&&word| word != "is").copied().map(bits).collect();
        let [re, im, log_re, re_rest, log_im, im_rest] = numbers[..] else { panic!("{line}") };
        // Three nodes of a line through the point, the last of them at it.
        let nodes = Line { c: re, step: 0.5 * im, step_error: 0.0, last: 2 };
        let nodes = law.on_line(nodes, way);
        let log = nodes[2];
        let turns = ((log.im - log_im) / (2.0 * PI)).round();
        let truth = Ball { re: log_re, im: log_im + turns * 2.0 * PI, radius: 0.0 };
        let off = {
            let (re, im) = ((log.re - truth.re) - re_rest, (log.im - truth.im) - im_rest);
            (re * re + im * im).sqrt()
        };
        // What is left of a turn is off by a rounding of its own.
        assert!(off <= log.radius + 4.0 * f64::EPSILON * turns.abs(), "{line}: {log:?} by {off:e}");
        let most = (1.0 + re + im.abs()) * (2e-12 * log.modulus() + 1e-13);
        assert!(log.radius <= most, "{line}: {log:?} is too wide");
    }
}
