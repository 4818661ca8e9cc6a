use super::{gaussian, laplace};
use crate::{
    Epsilon, EpsilonDelta, Error,
    accountant::{Event, Schedule, most_releases},
};

/// Cases in which a well-known accountant answers below the truth ("pessimistic", version 0.6.0, with a
/// discretization of 1e-4 or 1e-5), because of rounding; the truth is from forty-digit arithmetic.
#[test]
fn no_answer_is_below_the_truth_where_another_accountants_is() {
    let pure = |epsilon| Event::pure(Epsilon::new(epsilon).expect("in range"));
    for (event, delta, truth, pessimistic) in [
        (laplace(0.001).times(1_000_000), 1e-6, 4.885_616_941_4, 4.885_610_945_0),
        (laplace(0.001).times(1_000_000), 1e-9, 6.172_778_030_7, 6.166_132_260_1),
        (laplace(0.005).times(40_000), 1e-9, 6.167_736_007_0, 6.167_104_405_3),
        (laplace(0.01).times(10_000), 1e-9, 6.160_504_950_6, 6.160_428_814_0),
        (pure(0.25).times(3000), 1e-10, 178.381_795_582_8, 178.380_352_994_4),
    ] {
        let answer = Schedule::new([event]).epsilon(delta).expect("an answer");
        assert!(answer.lower <= truth + 1e-10 && answer.upper >= truth - 1e-10, "{answer:?}");
        assert!(answer.lower > pessimistic, "{answer:?}");
    }
}

#[test]
fn tiny_deltas_are_answered_as_tightly() {
    for delta in [1e-12, 1e-30, 1e-100, 1e-300] {
        for event in
            [laplace(0.01).times(10_000), gaussian(10.0).times(100), laplace(0.5).times(4320)]
        {
            let answer = Schedule::new([event]).epsilon(delta).expect("an answer");
            assert!(answer.upper - answer.lower <= 1e-9 * answer.upper, "{delta:e}: {answer:?}");
        }
    }
}

#[test]
fn what_epsilon_answers_delta_confirms() {
    let sampled = gaussian(1.0).sampled(0.01).expect("in range").times(1000);
    for event in [laplace(0.3).times(50), gaussian(3.0), sampled] {
        let schedule = Schedule::new([event]);
        for delta in [1e-3, 1e-6, 1e-12] {
            let epsilon = schedule.epsilon(delta).expect("an answer");
            let [at_lower, at_upper] =
                [epsilon.lower, epsilon.upper].map(|e| schedule.delta(e).expect("an answer"));
            assert!(at_lower.upper >= delta && at_upper.lower <= delta, "{epsilon:?}");
        }
    }
}

/// Of Gaussian noise it is `Φ(Φ⁻¹(1 − α) − μ)`; at α = ½ and μ = 1 that is `Φ(−1)`.
#[test]
fn the_trade_off_of_gaussian_noise_is_the_normal_one() {
    let schedule = Schedule::new([gaussian(1.0)]);
    for (alpha, misses) in [
        (0.5, 0.158_655_253_931_457_05),
        (0.158_655_253_931_457_05, 0.5),
        (0.022_750_131_948_179_21, 0.841_344_746_068_542_9),
    ] {
        let answer = schedule.trade_off(alpha).expect("an answer");
        assert!(answer.lower <= misses + 1e-12 && answer.upper >= misses - 1e-12, "{answer:?}");
        assert!(answer.upper - answer.lower < 1e-6, "{answer:?}");
    }
    assert!(matches!(schedule.trade_off(1.5), Err(Error::Rate(_))));
}

#[test]
fn as_many_releases_fit_as_cost_no_more() {
    let target = EpsilonDelta::new(5.0, 1e-6).expect("in range");
    for event in [laplace(0.1), gaussian(10.0), gaussian(1.0).sampled(0.01).expect("in range")] {
        let counts = most_releases(&event, target).expect("an answer");
        let cost =
            |count| Schedule::new([event.clone().times(count)]).delta(5.0).expect("an answer");
        assert!(cost(*counts.start()).lower <= 1e-6 && cost(counts.end() + 1).upper > 1e-6);
        assert!(counts.end() - counts.start() <= 1, "{counts:?}");
    }
}

#[test]
fn nothing_costs_nothing_and_infinity_is_told() {
    let nothing = Schedule::new([]);
    assert_eq!(nothing.epsilon(0.0).expect("an answer").upper, 0.0);
    assert_eq!(nothing.delta(0.0).expect("an answer").upper, 0.0);
    assert_eq!(Schedule::new([laplace(1.0).times(0)]).epsilon(1e-9).expect("an answer").upper, 0.0);
    // Five times a δ of 1e-3 leave no room for 1e-3.
    let loss = EpsilonDelta::new(1.0, 1e-3).expect("in range");
    let approximate = Schedule::new([Event::approximate(loss).times(5)]);
    assert_eq!(approximate.epsilon(1e-3).expect("an answer").lower, f64::INFINITY);
    assert_eq!(approximate.renyi(2.0).expect("an answer").upper, f64::INFINITY);
    assert!(approximate.delta(5.0).expect("an answer").upper < 0.005);
    // Gaussian noise has no ε without a δ, Laplace noise has the sum.
    assert_eq!(
        Schedule::new([gaussian(1.0)]).epsilon(0.0).expect("an answer").lower,
        f64::INFINITY
    );
    let laplace = Schedule::new([laplace(0.5).times(4)]).epsilon(0.0).expect("an answer");
    assert!(laplace.lower <= 2.0 && laplace.upper >= 2.0 && laplace.upper < 2.000_000_1);
}

#[test]
fn parameters_and_questions_out_of_range_are_refused_and_named() {
    let bad = [f64::NAN, f64::INFINITY, -1.0, 0.0];
    for value in bad {
        assert!(matches!(Event::laplace(value, 1.0), Err(Error::Event { .. })), "{value}");
        assert!(matches!(Event::laplace(1.0, value), Err(Error::Event { .. })), "{value}");
        assert!(matches!(Event::gaussian(value, 1.0), Err(Error::Event { .. })), "{value}");
        assert!(matches!(gaussian(1.0).sampled(value), Err(Error::Event { .. })), "{value}");
        assert!(
            matches!(Event::randomized_response(value, 2), Err(Error::Event { .. })),
            "{value}"
        );
    }
    assert!(Event::discrete_laplace(0, 1, 1).is_err() && Event::discrete_laplace(1, 1, 0).is_err());
    assert!(
        Event::discrete_gaussian(1, 1, 5).is_err() && Event::discrete_gaussian(1, 1, 0).is_err()
    );
    assert!(Event::pure(Epsilon::new(1.0).expect("in range")).sampled(0.5).is_err());
    let schedule = Schedule::new([gaussian(1.0)]);
    for value in [f64::NAN, -1e-9, 1.0, 1e-301] {
        assert!(matches!(schedule.epsilon(value), Err(Error::AskedDelta(_))), "{value}");
    }
    for value in [f64::NAN, -1e-9, 2e9] {
        assert!(matches!(schedule.delta(value), Err(Error::AskedEpsilon(_))), "{value}");
    }
    for value in [f64::NAN, 1.0, 2e6] {
        assert!(matches!(schedule.renyi(value), Err(Error::Order(_))), "{value}");
    }
    assert_eq!(
        Event::gaussian(2000.0, 1.0).expect_err("too large").to_string(),
        "an event's sensitivity over deviation must be between 1e-9 and 1e3, got 2000"
    );
}

/// At the far ends of what is accepted nothing panics, and what is told is an interval.
#[test]
fn extremes_are_answered() {
    let events = [
        Event::laplace(1e-9, 1.0),
        Event::laplace(1000.0, 1.0),
        Event::gaussian(1e-9, 1.0),
        Event::gaussian(1000.0, 1.0),
        Event::discrete_laplace(1 << 90, 1 << 100, 1),
        Event::discrete_laplace(1, 1, 1000),
        Event::discrete_gaussian(1, 1, 4),
        Event::discrete_gaussian(1 << 39, 1 << 79, 1),
        Event::randomized_response(1e-9, 2),
        Event::randomized_response(1.0 - 1e-9, 1 << 20),
        Event::gaussian(8.0, 1.0).and_then(|event| event.sampled(1.0 - 1e-9)),
        Event::gaussian(1e-6, 1.0).and_then(|event| event.sampled(1e-9)),
        Event::laplace(8.0, 1.0).and_then(|event| event.sampled(1e-9)),
    ];
    for event in events {
        let event = event.expect("in range");
        for count in [1, 1000, 1 << 40, u64::MAX] {
            let schedule = Schedule::new([event.clone().times(count)]);
            for delta in [1e-300, 1e-6, 0.999] {
                let answer = schedule.epsilon(delta).expect("an answer");
                assert!(
                    answer.lower <= answer.upper,
                    "{event:?} × {count} at {delta:e}: {answer:?}"
                );
            }
            for epsilon in [0.0, 1.0, 1e9] {
                let answer = schedule.delta(epsilon).expect("an answer");
                assert!(
                    answer.lower <= answer.upper,
                    "{event:?} × {count} at {epsilon}: {answer:?}"
                );
            }
        }
    }
}

/// An ε that rounding puts on the wrong side of a point of the lattice, where δ has a kink: the truth is
/// summed up by mpmath with sixty digits.
#[test]
fn beside_a_point_of_the_lattice_both_cells_count() {
    for (steps, variance, epsilon, truth) in [
        (1, (3, 11), 53.166_666_666_666_664, 1.574e-171),
        (1, (3, 10), 14.999_999_999_999_998, 5.605_933_005_255_784e-19),
        (2, (3, 7), 27.999_999_999_999_996, 3.469_310_161_067_26e-19),
        (1, (9, 11), 5.499_999_999_999_999, 7.220_345_984_383_339e-8),
    ] {
        let event = Event::discrete_gaussian(steps, variance.0, variance.1).expect("in range");
        let answer = Schedule::new([event]).delta(epsilon).expect("an answer");
        assert!(
            answer.lower <= truth && answer.upper >= truth * (1.0 - 1e-15),
            "{answer:?} {truth:e}"
        );
    }
}

/// Where δ crosses what is asked at a kink, the search does not stop far from it.
#[test]
fn at_a_kink_the_answer_is_tight() {
    let event = Event::discrete_gaussian(1, 1, 1).expect("in range");
    let answer = Schedule::new([event]).epsilon(1e-6).expect("an answer");
    assert!(answer.lower <= 4.499_591_1 && answer.upper >= 4.499_590_9, "{answer:?}");
    assert!(answer.upper - answer.lower < 1e-9, "{answer:?}");
}

/// Where products of the integers do not fit, there is no lattice to be wrong about.
#[test]
fn integers_of_any_size_are_answered_right() {
    let large = (1_u128 << 127) + (1 << 126) + 1;
    for (numerator, denominator, epsilon, truth) in
        [(large, large - 3, 3.0, 1.849_1e-3), (large, large / 6, 1.0, 1.633_1e-3)]
    {
        let event = Event::discrete_gaussian(1, numerator, denominator).expect("in range");
        let answer = Schedule::new([event]).delta(epsilon).expect("an answer");
        assert!(answer.lower <= truth * 1.000_1 && answer.upper >= truth * 0.999_9, "{answer:?}");
    }
}

#[test]
fn counts_are_never_rounded_down() {
    let most = gaussian(1e9).times(u64::MAX);
    let together = Schedule::new([most.clone(), most]).epsilon(0.1).expect("an answer");
    assert!(together.lower <= 25.328_727_433 && together.upper >= 25.328_727_432, "{together:?}");
}

#[test]
fn near_the_largest_loss_delta_is_small() {
    let pure = Schedule::new([Event::pure(Epsilon::new(1.1).expect("in range")).times(9)]);
    assert!(pure.delta(9.9).expect("an answer").upper < 1e-12);
}
