use crate::{Calibration, Epsilon, Law, Sensitivity, proof::Proven};

/// The discrete Laplace mechanism ([DMNS06], Proposition 1): ε-differentially private, with noise
/// of scale `sensitivity / ε` on the grid of the bounds.
///
/// The answer is a whole number of grid steps for any data, so its low bits carry nothing but
/// noise ([Mironov12] is why a floating-point Laplace would not do). The law is drawn exactly, at
/// the exact scale, in integers; the noise is never saturated by itself: only a noisy sum beyond
/// ±2^126 steps is, which is post-processing.
///
/// How long a draw takes says nearly nothing of it, and nothing of the data. Where an observer can
/// time single releases to the nanosecond, take [`ConstantTimeLaplace`](crate::ConstantTimeLaplace).
///
/// [DMNS06]: https://people.csail.mit.edu/asmith/PS/sensitivity-tcc-final.pdf
/// [Mironov12]: https://doi.org/10.1145/2382196.2382264
#[derive(Clone, Copy, Debug)]
pub struct Laplace;

impl Proven<Epsilon> for Laplace {
    const NAME: &'static str = "Laplace";
    const PROOF: &'static str = "DMNS06 Proposition 1, on the grid; drawn exactly";
}

impl Calibration<Epsilon> for Laplace {
    fn law(&self, sensitivity: Sensitivity, loss: Epsilon) -> Law {
        Law::laplace(sensitivity.l1(), loss)
    }
}
