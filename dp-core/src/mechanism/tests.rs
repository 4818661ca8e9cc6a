use super::*;
use crate::{
    Bounds, Epsilon, EpsilonDelta, Ledger, PrivacyUnit, Private, Rho, proof::Draw, sampler,
};

const SEED: u64 = 11;

/// A count of nothing, so that what is released is noise.
fn released<L: Loss>(by: impl Calibration<L>, loss: L) -> (i128, Law) {
    let nothing = Private::new(Vec::<i64>::new()).clamp(Bounds::new(0_i64, 1).expect("a range"));
    let mut ledger = Ledger::in_memory(PrivacyUnit::Records(1), loss);
    let paid = ledger.pay(nothing.count(), loss).expect("within the budget");
    let noisy = paid.release(by, &mut NoiseRng::seeded(SEED)).expect("no fork");
    (noisy.value.into(), noisy.noise.law())
}

fn drawn(sampler: &impl Draw) -> i128 {
    sampler.draw(&mut NoiseRng::seeded(SEED))
}

#[test]
fn a_release_draws_the_law_that_it_states_in_its_own_way() {
    let epsilon = Epsilon::new(1e-6).expect("in range");
    let rho = Rho::new(1e-9).expect("in range");
    let both = EpsilonDelta::new(1e-6, 1e-9).expect("in range");

    let (numerator, denominator) = (1_000_000, 1);
    let law = Law::DiscreteLaplace { numerator, denominator };
    let expected = drawn(&sampler::DiscreteLaplace::new(numerator, denominator));
    assert_eq!(released(Laplace, epsilon), (expected, law));
    let in_constant_time = drawn(&sampler::ConstantTimeLaplace::new(numerator, denominator));
    assert_eq!(released(ConstantTimeLaplace, epsilon), (in_constant_time, law));
    assert_ne!(in_constant_time, expected, "or this could not tell them apart");

    for (noise, law) in [released(Gaussian, rho), released(Gaussian, both)] {
        let Law::RoundedGaussian { deviation } = law else { panic!("{law:?}") };
        assert_eq!(noise, drawn(&sampler::RoundedGaussian::new(deviation)));
    }
    let (noise, law) = released(DiscreteGaussian, rho);
    let Law::DiscreteGaussian { deviation } = law else { panic!("{law:?}") };
    assert_eq!(noise, drawn(&sampler::DiscreteGaussian::new(deviation)));
}
