mod arithmetic;
mod engines;
mod golden;
mod questions;
mod transforms;

use super::{
    Event, Schedule,
    law::Direction,
    moments::{Moments, Tables},
};

fn gaussian(deviation: f64) -> Event {
    Event::gaussian(1.0, deviation).expect("in range")
}

fn laplace(epsilon: f64) -> Event {
    Event::laplace(epsilon, 1.0).expect("in range")
}

fn moments(schedule: &Schedule) -> Moments<'_> {
    let tables = Box::leak(Box::new(Tables::of(&schedule.laws)));
    Moments { laws: &schedule.laws, at: Direction::With, tables }
}

/// Of a number written as the bits of an `f64`, in hexadecimal.
fn bits(text: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(text, 16).expect("hexadecimal digits"))
}
