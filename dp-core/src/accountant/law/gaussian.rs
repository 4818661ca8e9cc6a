use crate::accountant::ball::Ball;

/// The loss of Gaussian noise: normal, of mean `v` and variance `2 v` with `v = Δ² / 2σ²`, which is the
/// ρ of zero-concentrated differential privacy. So `ln M(s) = v (s + s²)`.
///
/// A promise of ρ alone bounds `ln M` by the same for real `s > 0` ([BS16], Definition 1.1, where the
/// order is `s + 1`), and Gaussian noise is one of the mechanisms that it allows.
///
/// [BS16]: https://arxiv.org/abs/1605.02065
#[derive(Clone, Debug, PartialEq)]
pub(in crate::accountant) struct Gaussian {
    pub(in crate::accountant) rho: Ball,
    /// Whether ρ is all that is promised.
    pub(in crate::accountant) only_bounds: bool,
}

impl Gaussian {
    pub(in crate::accountant) fn log_transform(&self, s: Ball) -> Ball {
        s * (Ball::ONE + s) * self.rho
    }

    /// `Re(s + s²) = c + c² − u²`.
    pub(in crate::accountant) fn decay(&self, u: f64) -> f64 {
        -self.rho.lower() * u * u
    }
}
