use proptest::prelude::*;

use super::{gaussian, laplace, moments};
use crate::{
    Epsilon,
    accountant::{
        Bracket, Event, Schedule,
        contour::{About, Contour, Size},
        rules::Rules,
    },
};

/// A loss on the whole multiples of some unit.
#[derive(Clone, Debug)]
struct Convolved {
    unit: f64,
    /// The multiple that the first one is at.
    first: i64,
    masses: Vec<f64>,
}

impl Convolved {
    /// Of discrete Laplace noise, from its definition: `L(x) = (|x − D| − |x|) / b`.
    fn of_discrete_laplace(steps: i64, scale: f64) -> Self {
        let t = (-1.0 / scale).exp();
        let mut masses = vec![0.0; 2 * steps as usize + 1];
        for x in -2000..=2000_i64 {
            let loss = (x - steps).abs() - x.abs();
            masses[(loss + steps) as usize] +=
                (1.0 - t) / (1.0 + t) * (-(x.abs() as f64) / scale).exp();
        }
        Self { unit: 1.0 / scale, first: -steps, masses }
    }

    fn and(&self, other: &Self) -> Self {
        let mut masses = vec![0.0; self.masses.len() + other.masses.len() - 1];
        for (i, a) in self.masses.iter().enumerate() {
            for (j, b) in other.masses.iter().enumerate() {
                masses[i + j] += a * b;
            }
        }
        Self { unit: self.unit, first: self.first + other.first, masses }
    }

    /// `E[(1 − exp(ε − L))⁺]`.
    fn delta(&self, epsilon: f64) -> f64 {
        let terms = (self.first..).zip(&self.masses).map(|(multiple, mass)| {
            let loss = multiple as f64 * self.unit;
            mass * -(epsilon - loss).min(0.0).exp_m1()
        });
        terms.sum()
    }
}

fn overlap(a: Bracket, b: Bracket) -> bool {
    a.lower <= b.upper && b.lower <= a.upper
}

/// Both contours' answers, whether or not the schedule would have asked them.
fn contours(schedule: &Schedule, epsilon: f64) -> Vec<Bracket> {
    let moments = moments(schedule);
    let c = moments.saddle_at_epsilon(epsilon, 0.05);
    let log_delta = moments.log_delta(c, epsilon).re;
    let about = About { c, epsilon, log_delta, precision: 1e-5 / c };
    let Some(size) = Size::of(moments, about) else { return Vec::new() };
    let both = [Contour::on_lattice(moments, about, size), Contour::on_line(moments, about, size)];
    both.into_iter().flatten().map(|contour| contour.delta(epsilon)).collect()
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        (0.01..2.0_f64).prop_map(laplace),
        (1.0..50.0_f64).prop_map(gaussian),
        (1..20_u128, 10..200_u128).prop_map(|(steps, scale)| {
            Event::discrete_laplace(steps, scale, 1).expect("in range")
        }),
        (1..5_u128, 4..400_u128).prop_map(|(steps, variance)| {
            Event::discrete_gaussian(steps, variance, 1).expect("in range")
        }),
        (0.1..0.99_f64, 2..9_u32).prop_map(|(noise, answers)| {
            Event::randomized_response(noise, answers).expect("in range")
        }),
        (0.01..1.0_f64).prop_map(|e| Event::pure(Epsilon::new(e).expect("in range"))),
    ];
    prop::collection::vec((event, 1..40_u64).prop_map(|(event, count)| event.times(count)), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The lattice's answer is that of convolution, term by term, which takes no transform at all.
    #[test]
    fn the_lattice_is_exact(
        steps in prop::collection::vec(1..9_i64, 1..6),
        scale in 2..40_u32,
        part in 0.02..1.1_f64,
    ) {
        let mut loss = Convolved { unit: 1.0 / f64::from(scale), first: 0, masses: vec![1.0] };
        for &steps in &steps {
            loss = loss.and(&Convolved::of_discrete_laplace(steps, scale.into()));
        }
        let events = steps.iter().map(|&steps| {
            Event::discrete_laplace(steps as u128, scale.into(), 1).expect("in range")
        });
        let epsilon = part * steps.iter().sum::<i64>() as f64 / f64::from(scale);
        let answer = Schedule::new(events).delta(epsilon).expect("an answer");
        let truth = loss.delta(epsilon);
        prop_assert!(answer.lower <= truth + 1e-13 && answer.upper >= truth - 1e-13, "{truth} {answer:?}");
        prop_assert!(answer.upper - answer.lower <= 1e-9 * truth + 1e-13, "{truth} {answer:?}");
    }

    /// All engines that apply are right, so what they say has something in common.
    #[test]
    fn engines_overlap(events in events(), log_delta in -40.0..-1.0_f64) {
        let schedule = Schedule::new(events);
        let delta = log_delta.exp();
        let answer = schedule.epsilon(delta).expect("an answer");
        prop_assert!(answer.lower <= answer.upper, "{answer:?}");
        let epsilon = answer.upper;
        let mut answers = contours(&schedule, epsilon);
        answers.push(schedule.delta(epsilon).expect("an answer"));
        for (i, &a) in answers.iter().enumerate() {
            prop_assert!(a.lower <= a.upper && a.lower <= delta, "{answers:?}");
            for &b in &answers[..i] {
                prop_assert!(overlap(a, b), "{answers:?} at {epsilon}");
            }
        }
        let moments = moments(&schedule);
        for c in [0.3, 1.0, 3.0, 10.0, 100.0] {
            prop_assert!(moments.log_delta(c, epsilon).exp().upper() >= answers[0].lower);
        }
        if let Some(rules) = Rules::of(&schedule.laws) {
            let closed = [rules.basic(), rules.advanced(delta), rules.optimal(delta)];
            prop_assert!(closed.iter().all(|&rule| rule >= answer.lower), "{closed:?} {answer:?}");
        }
    }

    /// Composing further events never costs less, nor does less noise.
    #[test]
    fn more_costs_more(events in events(), more in events(), log_delta in -40.0..-1.0_f64) {
        let delta = log_delta.exp();
        let few = Schedule::new(events.clone()).epsilon(delta).expect("an answer");
        let many = Schedule::new(events.into_iter().chain(more)).epsilon(delta).expect("an answer");
        prop_assert!(few.lower <= many.upper, "{few:?} {many:?}");
    }
}

/// Where a transform does not decay, the line needs smoothing, and says less; the truth is from another
/// bracket. Without it, an earlier program answered 4.69255.
#[test]
fn atoms_are_smoothed_or_refused() {
    let schedule = Schedule::new([laplace(0.1).times(100)]);
    assert!(moments(&schedule).decay(10.0, 1e9, false) > -10.0, "it does not decay");
    let answer = schedule.epsilon(1e-6).expect("an answer");
    assert!(answer.lower <= 4.692_667_413 && answer.upper >= 4.692_667_416, "{answer:?}");
}

/// δ is less here than the probability of the largest loss, and a plain Chernoff bound has no best `c`.
#[test]
fn a_delta_below_the_top_atom_has_a_saddle_all_the_same() {
    let schedule = Schedule::new([laplace(1.0).times(10)]);
    let answer = schedule.epsilon(1e-6).expect("an answer");
    assert!(answer.upper < 10.0 && answer.upper - answer.lower < 1e-6, "{answer:?}");
}
