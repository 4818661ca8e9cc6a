use super::Direction;
use crate::accountant::ball::Ball;

mod gaussian;
mod laplace;
mod table;

pub(in crate::accountant) use table::Table;
use table::{Quadrature, TOO_MANY};

/// The loss where each record takes part with probability `q` (Poisson sampling), under noise of
/// density ratio `exp(z(x))` between the answer with the record, were it sampled, and without.
///
/// With `w = 1 − q + q exp(z)`, the answer with the record has density `w` relative to the one without.
/// So with `E` over the noise without the record, [`Direction::With`] has `M(s) = E[w^(s+1)]` and
/// [`Direction::Without`] has `M(s) = E[w^(−s)]`; both count ([ZW19], section 3; [MTZ19], section 3.1).
///
/// Both are `E[exp(r λ)]` with the loss `λ = ± ln w`, and are computed as sums `Σ ω W exp(i u λ)` over
/// the nodes of a quadrature with weights `ω`, where `W = exp(Re(r) λ)` is what the tilt makes of them.
/// As `E[w] = 1`,
///
/// ```text
/// M(c) − 1       = Σ ω (W − 1 − r₀ v),      v = w − 1,   r₀ = c + 1 or −c,
/// M(c+iu) − M(c) = Σ ω W (exp(i u λ) − 1),
/// ```
///
/// which keeps the digits of a small `M − 1`, and `exp(i u λ) − 1` is turned from node to node.
///
/// [ZW19]: https://proceedings.mlr.press/v97/zhu19c.html
/// [MTZ19]: https://arxiv.org/abs/1908.10530
#[derive(Clone, Debug, PartialEq)]
pub(in crate::accountant) struct Subsampled {
    /// `q`, above 0 and below 1.
    pub(in crate::accountant) probability: f64,
    pub(in crate::accountant) noise: Noise,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::accountant) enum Noise {
    /// Of this deviation, for a sensitivity of 1.
    Gaussian(f64),
    /// Of scale `1/e`.
    Laplace(f64),
}

impl Subsampled {
    /// What sums over the loss are taken from, for all `c` up to `most` and frequencies up to `reach`.
    pub(in crate::accountant) fn table(
        &self,
        most: f64,
        reach: f64,
        at: Direction,
    ) -> Option<Table> {
        let quadrature = match self.noise {
            Noise::Gaussian(deviation) => {
                gaussian::quadrature(self.probability, deviation, most, reach, at)
            }
            Noise::Laplace(loss) => laplace::quadrature(self.probability, loss, most, reach, at),
        };
        Some(Table::new(self.probability, most, at, &quadrature?))
    }

    pub(in crate::accountant) fn decay(&self, c: f64, u: f64, at: Direction) -> f64 {
        match self.noise {
            Noise::Gaussian(deviation) => gaussian::decay(self.probability, deviation, c, u, at),
            Noise::Laplace(loss) => laplace::decay(self.probability, loss, c, u, at),
        }
    }

    /// At most `ln(1 − q + q exp(e))` with the record; without, `−ln(1 − q + q exp(−e))`, which is at most
    /// `−ln(1 − q)`.
    pub(in crate::accountant) fn largest(&self, at: Direction) -> Option<Ball> {
        let q = Ball::exactly(self.probability);
        match (self.noise, at) {
            (Noise::Gaussian(_), Direction::With) => None,
            (Noise::Gaussian(_), Direction::Without) => Some(-(-q).ln_1p()),
            (Noise::Laplace(e), Direction::With) => Some((q * Ball::near(e).exp_m1()).ln_1p()),
            (Noise::Laplace(e), Direction::Without) => Some(-(q * Ball::near(-e).exp_m1()).ln_1p()),
        }
    }
}
