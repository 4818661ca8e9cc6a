//! Whatever is asked of whatever data with whatever loss, a release never panics and always ends,
//! what it gives is finite, its margin too, the same randomness gives the same answer, and a margin
//! that was bought is kept.
#![no_main]

use arbitrary::Arbitrary;
use dp_core::{
    Answer, Bounds, Calibration, Clamped, ConstantTimeLaplace, DiscreteGaussian, Epsilon,
    EpsilonDelta, Error, Estimate, Gaussian, Laplace, Ledger, Loss, NoiseRng, Number, PrivacyUnit,
    Private, Rho, Statistic,
};
use fuzz::BytesThenNoise;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Parameters {
    question: Question,
    unit: Unit,
    payment: Payment,
    /// What margin is asked for, at which confidence.
    margin: (f64, f64),
    noise: Vec<u8>,
}

#[derive(Arbitrary, Debug)]
enum Question {
    Reals { values: Vec<f64>, bounds: (f64, f64), ask: Ask },
    Integers { values: Vec<i64>, bounds: (i64, i64), ask: Ask },
    RealRows { rows: Vec<[f64; 3]>, columns: u8, bounds: (f64, f64), ask: Ask },
    IntegerRows { rows: Vec<Vec<i64>>, columns: u8, bounds: (i64, i64), ask: Ask },
    Histogram { values: Vec<u8>, categories: Vec<u8> },
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Ask {
    Count,
    Sum,
    Mean,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Unit {
    Values(u32),
    Records(u32),
    Dataset,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Payment {
    Laplace(f64),
    ConstantTimeLaplace(f64),
    Gaussian(f64),
    DiscreteGaussian(f64),
    GaussianWithDelta(f64, f64),
}

fuzz_target!(|parameters: Parameters| {
    // A refusal is an answer, too.
    let _ = ask(&parameters);
});

fn ask(parameters: &Parameters) -> Result<(), Error> {
    let all = parameters;
    match &all.question {
        Question::Reals { values, bounds, ask } => {
            let bounds = Bounds::new(bounds.0, bounds.1)?;
            of_values(|| Private::new(values.clone()).clamp(bounds), *ask, all)
        }
        Question::Integers { values, bounds, ask } => {
            let bounds = Bounds::new(bounds.0, bounds.1)?;
            of_values(|| Private::new(values.clone()).clamp(bounds), *ask, all)
        }
        Question::RealRows { rows, columns, bounds, ask } => {
            let bounds = Bounds::new(bounds.0, bounds.1)?;
            let rows = || Private::new(rows.clone()).clamp_rows((*columns).into(), bounds);
            match ask {
                Ask::Count => pay(|| Ok(rows()?.count()), all),
                Ask::Sum => pay(|| Ok(rows()?.sum()), all),
                Ask::Mean => pay(|| rows()?.mean(), all),
            }
        }
        Question::IntegerRows { rows, columns, bounds, ask } => {
            let bounds = Bounds::new(bounds.0, bounds.1)?;
            let rows = || Private::new(rows.clone()).clamp_rows((*columns).into(), bounds);
            match ask {
                Ask::Count => pay(|| Ok(rows()?.count()), all),
                Ask::Sum => pay(|| Ok(rows()?.sum()), all),
                Ask::Mean => pay(|| rows()?.mean(), all),
            }
        }
        Question::Histogram { values, categories } => {
            pay(|| Private::new(values.clone()).histogram(categories), all)
        }
    }
}

fn of_values<N>(
    values: impl Fn() -> Clamped<N>,
    ask: Ask,
    parameters: &Parameters,
) -> Result<(), Error>
where
    N: Number,
    Estimate<N>: Answer + Numbers,
{
    match ask {
        Ask::Count => pay(|| Ok(values().count()), parameters),
        Ask::Sum => pay(|| Ok(values().sum()), parameters),
        Ask::Mean => pay(|| values().mean(), parameters),
    }
}

fn pay<T: Answer + Numbers>(
    question: impl Fn() -> Result<Statistic<T>, Error>,
    parameters: &Parameters,
) -> Result<(), Error> {
    match parameters.payment {
        Payment::Laplace(epsilon) => {
            price(&question, Laplace, parameters);
            release(question, Laplace, Epsilon::new(epsilon)?, parameters)
        }
        Payment::ConstantTimeLaplace(epsilon) => {
            release(question, ConstantTimeLaplace, Epsilon::new(epsilon)?, parameters)
        }
        Payment::Gaussian(rho) => release(question, Gaussian, Rho::new(rho)?, parameters),
        Payment::DiscreteGaussian(rho) => {
            release(question, DiscreteGaussian, Rho::new(rho)?, parameters)
        }
        Payment::GaussianWithDelta(epsilon, delta) => {
            release(question, Gaussian, EpsilonDelta::new(epsilon, delta)?, parameters)
        }
    }
}

fn release<T: Answer + Numbers, L: Loss, C: Calibration<L> + Copy>(
    question: impl Fn() -> Result<Statistic<T>, Error>,
    by: C,
    loss: L,
    parameters: &Parameters,
) -> Result<(), Error> {
    let mut answers = Vec::new();
    for _ in 0..2 {
        let mut ledger = Ledger::in_memory(unit(parameters.unit), loss);
        let paid = ledger.pay(question()?, loss)?;
        assert!(ledger.left().is_none(), "all of it is spent");
        let mut rng = NoiseRng::trusting(BytesThenNoise::new(&parameters.noise))?;
        let released = paid.release(by, &mut rng).expect("it was paid for");
        for confidence in [1e-6, parameters.margin.1, 0.95, 1.0 - 1e-9] {
            let margin = released.margin(confidence);
            let is_certain = confidence.is_nan() || confidence >= 1.0;
            assert!(margin >= 0.0 && (margin.is_finite() || is_certain), "{margin}");
        }
        assert!(released.numbers().iter().all(|number| number.is_finite()), "{parameters:?}");
        answers.push(released.numbers());
    }
    assert_eq!(answers[0], answers[1], "the same randomness, another answer");
    Ok(())
}

fn price<T: Answer + Numbers>(
    question: impl Fn() -> Result<Statistic<T>, Error>,
    by: Laplace,
    parameters: &Parameters,
) {
    let Ok(most) = Epsilon::new(100.0) else { return };
    let (margin, confidence) = parameters.margin;
    let ledger = Ledger::in_memory(unit(parameters.unit), most);
    let Ok(query) = question() else { return };
    let Ok(loss) = ledger.price(&query, by, margin, confidence) else { return };
    let mut ledger = ledger;
    let paid = ledger.pay(query, loss).expect("a price can be paid");
    let released = paid.release(by, &mut NoiseRng::seeded(1)).expect("it was paid for");
    assert!(released.margin(confidence) <= margin, "{loss} does not buy {parameters:?}");
}

fn unit(unit: Unit) -> PrivacyUnit {
    match unit {
        Unit::Values(k) => PrivacyUnit::Values(k),
        Unit::Records(k) => PrivacyUnit::Records(k),
        Unit::Dataset => PrivacyUnit::Dataset,
    }
}

/// What all answers have in common: numbers, and the range of their noise.
trait Numbers {
    fn numbers(&self) -> Vec<f64>;
    fn margin(&self, confidence: f64) -> f64;
}

impl Numbers for Estimate<f64> {
    fn numbers(&self) -> Vec<f64> {
        vec![self.value]
    }

    fn margin(&self, confidence: f64) -> f64 {
        self.margin(confidence)
    }
}

impl Numbers for Estimate<i64> {
    #[expect(clippy::cast_precision_loss, reason = "to look at")]
    fn numbers(&self) -> Vec<f64> {
        vec![self.value as f64]
    }

    fn margin(&self, confidence: f64) -> f64 {
        self.margin(confidence)
    }
}

impl Numbers for Estimate<Vec<f64>> {
    fn numbers(&self) -> Vec<f64> {
        self.value.clone()
    }

    fn margin(&self, confidence: f64) -> f64 {
        self.margin(confidence)
    }
}

impl Numbers for Estimate<Vec<i64>> {
    #[expect(clippy::cast_precision_loss, reason = "to look at")]
    fn numbers(&self) -> Vec<f64> {
        self.value.iter().map(|&number| number as f64).collect()
    }

    fn margin(&self, confidence: f64) -> f64 {
        self.margin(confidence)
    }
}
