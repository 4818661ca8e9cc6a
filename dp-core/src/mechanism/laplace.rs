use crate::{
    Answer, Epsilon, Law, Mechanism, Noise, NoiseRng, Statistic,
    proof::{Opened, Proven},
    sampler::DiscreteLaplace,
};

/// The discrete Laplace mechanism ([DMNS06], Proposition 1): ε-differentially private, with noise
/// of scale `sensitivity / ε` on the grid of the bounds.
///
/// The answer is a whole number of grid steps for any data, so its low bits carry nothing but
/// noise ([Mironov12] is why a floating-point Laplace would not do). The law is drawn exactly
/// ([CKS20], Algorithm 2), and the noise is never saturated by itself: only a noisy sum beyond
/// ±2^126 steps is, which is post-processing.
///
/// [DMNS06]: https://people.csail.mit.edu/asmith/PS/sensitivity-tcc-final.pdf
/// [Mironov12]: https://doi.org/10.1145/2382196.2382264
/// [CKS20]: https://arxiv.org/abs/2004.00010
#[derive(Clone, Copy, Debug)]
pub struct Laplace;

impl Proven for Laplace {
    const NAME: &'static str = "discrete Laplace";
    const PROOF: &'static str = "DMNS06 Proposition 1; sampled by CKS20 Algorithm 2";
}

impl<T: Answer> Mechanism<Statistic<T>, Epsilon> for Laplace {
    type Output = T;

    fn noise(&self, paid: &Opened<Statistic<T>, Epsilon>) -> Noise {
        Noise::laplace(paid.sensitivity, paid.loss, paid.query.step())
    }

    fn answer(&self, paid: Opened<Statistic<T>, Epsilon>, noise: Noise, rng: &mut NoiseRng) -> T {
        let Law::DiscreteLaplace { numerator, denominator } = noise.law() else {
            unreachable!("the law that `noise` states")
        };
        paid.query.answer(&DiscreteLaplace::new(numerator, denominator), noise, rng)
    }
}
