//! What an accountant is asked.

use std::fmt;

use dp_core::{
    Epsilon,
    accountant::{Bracket, Event, Schedule},
};

/// For which ε are all of these releases together (ε, δ)-differentially private?
///
/// Its text is a line that `accounting.py` reads, so that every accountant is asked the same.
#[derive(Debug)]
pub struct Question {
    /// What a table calls it.
    pub name: &'static str,
    /// The δ.
    pub delta: f64,
    /// What is released, and how often.
    pub releases: Vec<(Release, u64)>,
}

/// One release of sensitivity 1, unless it says another.
#[derive(Clone, Copy, Debug)]
pub enum Release {
    /// Laplace noise of this scale.
    Laplace(f64),
    /// Gaussian noise of this deviation.
    Gaussian(f64),
    /// Gaussian noise of this deviation, on records that take part with this probability.
    SampledGaussian(f64, f64),
    /// Discrete Laplace noise, for answers that differ by so many steps, of this scale in steps.
    DiscreteLaplace(u32, u32),
    /// Anything of this ε.
    Pure(f64),
}

impl Question {
    /// All that is measured.
    pub fn all() -> Vec<Self> {
        let alike =
            |name, delta, release, count| Self { name, delta, releases: vec![(release, count)] };
        let laplace = |name, scale, count| alike(name, 1e-6, Release::Laplace(scale), count);
        let scale = |i: u32| 20.0 + 0.36 * f64::from(i);
        let mixed = (0..500).map(|i| Release::Laplace(scale(i)));
        let mixed = mixed.chain((0..500).map(|i| Release::Gaussian(scale(i))));
        let sampled = Release::SampledGaussian(1.0, 0.01);
        let window = Release::DiscreteLaplace(1000, 200_000);
        vec![
            laplace("Laplace, ε 0.1 × 100", 10.0, 100),
            laplace("Laplace, ε 0.01 × 10 000", 100.0, 10_000),
            alike("the same at δ = 1e-30", 1e-30, Release::Laplace(100.0), 10_000),
            laplace("Laplace, ε 0.001 × 1 000 000", 1000.0, 1_000_000),
            alike("the same at δ = 1e-9", 1e-9, Release::Laplace(1000.0), 1_000_000),
            alike("Gaussian, σ 1, of a sample of 1 % × 10 000", 1e-6, sampled, 10_000),
            Self {
                name: "500 different Laplace, 500 different Gaussian",
                delta: 1e-6,
                releases: mixed.map(|release| (release, 1)).collect(),
            },
            alike("anything of ε 0.01 × 10 000", 1e-6, Release::Pure(0.01), 10_000),
            alike("a timeline: discrete Laplace, ε 0.005 × 4320", 1e-6, window, 4320),
            laplace("the original tracker: Laplace, ε 0.5 × 129 600", 2.0, 129_600),
        ]
    }

    /// Our answer, from the parameters on.
    pub fn answer(&self) -> Bracket {
        let events = self.releases.iter().map(|(release, count)| release.event().times(*count));
        Schedule::new(events).epsilon(self.delta).expect("a δ")
    }
}

impl Release {
    fn event(self) -> Event {
        let event = match self {
            Self::Laplace(scale) => Event::laplace(1.0, scale),
            Self::Gaussian(deviation) => Event::gaussian(1.0, deviation),
            Self::SampledGaussian(deviation, probability) => {
                Event::gaussian(1.0, deviation).and_then(|event| event.sampled(probability))
            }
            Self::DiscreteLaplace(steps, scale) => {
                Event::discrete_laplace(steps.into(), scale.into(), 1)
            }
            Self::Pure(epsilon) => Epsilon::new(epsilon).map(Event::pure),
        };
        event.expect("in range")
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{:e}", self.name, self.delta)?;
        for (release, count) in &self.releases {
            write!(f, "\t{count} ")?;
            match release {
                Release::Laplace(scale) => write!(f, "laplace {scale}"),
                Release::Gaussian(deviation) => write!(f, "gaussian {deviation} 1"),
                Release::SampledGaussian(deviation, probability) => {
                    write!(f, "gaussian {deviation} {probability}")
                }
                Release::DiscreteLaplace(steps, scale) => {
                    write!(f, "discrete_laplace {steps} {scale}")
                }
                Release::Pure(epsilon) => write!(f, "pure {epsilon}"),
            }?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_says_in_a_line_all_that_is_asked() {
        let asked: Vec<String> = Question::all().iter().map(Question::to_string).collect();
        assert_eq!(asked[0], "Laplace, ε 0.1 × 100\t1e-6\t100 laplace 10");
        assert!(asked[5].ends_with("\t1e-6\t10000 gaussian 1 0.01"));
        assert_eq!(asked[6].split('\t').count(), 2 + 1000);
        assert!(asked[8].ends_with("\t4320 discrete_laplace 1000 200000"));
    }
}
