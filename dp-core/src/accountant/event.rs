use super::{
    ball::Ball,
    law::{DiscreteGaussian, DiscreteLaplace, Gaussian, Laplace, Law, Noise, Response, Subsampled},
};
use crate::{Epsilon, EpsilonDelta, Error, Rho, noise::greatest_common_divisor};

/// A release, as the accountant sees it: what its noise makes of the worst pair of neighbours; and how
/// many such releases there are.
///
/// The parameters are facts about the noise that was or will be drawn, and must be known before any
/// data is seen: see [`Schedule`](super::Schedule).
#[derive(Clone, Debug)]
pub struct Event {
    pub(super) law: Law,
    pub(super) count: u128,
}

impl Event {
    /// Laplace noise of scale `scale`, for neighbours whose answers differ by at most `sensitivity` in
    /// L1.
    ///
    /// # Errors
    /// [`Error::Event`] unless `1e-9 ≤ sensitivity / scale ≤ 1000`.
    pub fn laplace(sensitivity: f64, scale: f64) -> Result<Self, Error> {
        let loss = ratio("sensitivity over scale", sensitivity, scale)?;
        Ok(Self::once(Law::Laplace(Laplace { loss })))
    }

    /// Gaussian noise of deviation `deviation` in each number, for neighbours whose answers differ by
    /// at most `sensitivity` in L2.
    ///
    /// # Errors
    /// [`Error::Event`] unless `1e-9 ≤ sensitivity / deviation ≤ 1000`.
    pub fn gaussian(sensitivity: f64, deviation: f64) -> Result<Self, Error> {
        let ratio = ratio("sensitivity over deviation", sensitivity, deviation)?;
        let rho = (ratio * ratio).times(0.5);
        Ok(Self::once(Law::Gaussian(Gaussian { rho, only_bounds: false })))
    }

    /// Whole numbers of mass proportional to `exp(−|x| / b)`, with `b = numerator / denominator`, for
    /// answers on a grid that differ by at most `steps` of it. This is what
    /// [`Laplace`](crate::Laplace) draws for one number.
    ///
    /// # Errors
    /// [`Error::Event`] unless `1e-9 ≤ steps / b ≤ 1000`.
    pub fn discrete_laplace(
        steps: u128,
        numerator: u128,
        denominator: u128,
    ) -> Result<Self, Error> {
        ratio("steps over scale", steps as f64, numerator as f64 / denominator as f64)?;
        let (numerator, denominator) = reduced(numerator, denominator);
        let law = DiscreteLaplace { steps, scale: (numerator, denominator) };
        Ok(Self::once(Law::DiscreteLaplace(law)))
    }

    /// Whole numbers of mass proportional to `exp(−x² / 2σ²)`, with `σ² = numerator / denominator`, for
    /// answers on a grid that differ by at most `steps` of it.
    ///
    /// # Errors
    /// [`Error::Event`] unless `σ² ≥ ¼` and `1e-9 ≤ steps / σ ≤ 1000`.
    pub fn discrete_gaussian(
        steps: u128,
        numerator: u128,
        denominator: u128,
    ) -> Result<Self, Error> {
        let variance = numerator as f64 / denominator as f64;
        within("variance, in steps²,", variance, 0.25, 1e24)?;
        ratio("steps over deviation", steps as f64, variance.sqrt())?;
        let law = DiscreteGaussian { steps, variance: reduced(numerator, denominator) };
        Ok(Self::once(Law::DiscreteGaussian(law)))
    }

    /// One of `answers` answers, which is replaced by a uniform one among all of them with probability
    /// `noise`; neighbours would answer differently.
    ///
    /// # Errors
    /// [`Error::Event`] unless `1e-9 ≤ noise ≤ 1 − 1e-9` and there are 2 to 2^20 answers.
    pub fn randomized_response(noise: f64, answers: u32) -> Result<Self, Error> {
        within("noise", noise, 1e-9, 1.0 - 1e-9)?;
        within("number of answers", answers.into(), 2.0, f64::from(1 << 20))?;
        Ok(Self::once(Law::Response(Response::randomized(noise, answers))))
    }

    /// Anything that is ε-differentially private: the worst of it.
    pub fn pure(epsilon: Epsilon) -> Self {
        let law = Response::of_promise(epsilon.billionths(), Ball::ZERO);
        Self::once(Law::Response(law))
    }

    /// Anything that is (ε, δ)-differentially private: the worst of it.
    pub fn approximate(loss: EpsilonDelta) -> Self {
        let delta = Ball::whole(loss.delta_units().into()) / Ball::exactly(1e18);
        let law = Response::of_promise(loss.epsilon().billionths(), delta);
        Self::once(Law::Response(law))
    }

    /// Anything that is ρ-zero-concentrated differentially private. The upper ends of the answers hold
    /// for all of it; Gaussian noise of that ρ is as bad as the lower ends say.
    pub fn zero_concentrated(rho: Rho) -> Self {
        let rho = Ball::whole(rho.units().into()) / Ball::whole(Rho::UNITS.into());
        Self::once(Law::Gaussian(Gaussian { rho, only_bounds: true }))
    }

    /// The same noise, on records each of which takes part with `probability`, independently (Poisson
    /// sampling); neighbours differ by one record, which is there or is not.
    ///
    /// # Errors
    /// [`Error::Event`] unless `1e-9 ≤ probability ≤ 1 − 1e-9` and the event is one release of Laplace
    /// noise or Gaussian noise of `sensitivity / scale ≤ 8`, from [`Event::laplace`] or
    /// [`Event::gaussian`].
    pub fn sampled(self, probability: f64) -> Result<Self, Error> {
        within("sampling probability", probability, 1e-9, 1.0 - 1e-9)?;
        let (noise, loss) = match &self.law {
            Law::Laplace(law) => (Noise::Laplace(law.loss.re), law.loss.re),
            Law::Gaussian(law) if !law.only_bounds => {
                let ratio = (2.0 * law.rho.re).sqrt();
                (Noise::Gaussian(1.0 / ratio), ratio)
            }
            _ => (Noise::Laplace(f64::NAN), f64::NAN),
        };
        within("sensitivity over noise, to be sampled,", loss, 1e-6, 8.0)?;
        Ok(Self { law: Law::Subsampled(Subsampled { probability, noise }), count: self.count })
    }

    /// That many of them, each with fresh noise.
    ///
    /// # Panics
    /// Where that makes 2^128 or more.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        let count = self.count.checked_mul(count.into());
        Self { count: count.expect("fewer than 2^128 releases"), ..self }
    }

    fn once(law: Law) -> Self {
        Self { law, count: 1 }
    }
}

fn within(what: &'static str, value: f64, least: f64, most: f64) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(Error::Event { what, value, least, most })
    }
}

fn ratio(what: &'static str, sensitivity: f64, noise: f64) -> Result<Ball, Error> {
    within(what, sensitivity / noise, 1e-9, 1000.0)?;
    Ok(Ball::near(sensitivity / noise))
}

fn reduced(numerator: u128, denominator: u128) -> (u128, u128) {
    let common = greatest_common_divisor(numerator, denominator);
    (numerator / common, denominator / common)
}
