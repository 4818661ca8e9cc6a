//! Sums over releases from which a mean and its noise range follow, and that can be added up.

use std::ops::AddAssign;

use crate::aggregate::{CONFIDENCE, Mean};

/// Weighted sums over distinct releases. Each release is in exactly one, so that those of
/// neighbouring stretches of time add up to that of the whole.
///
/// The noise of a release with scale b and weight w has the variance 2 (wb)² and the fourth
/// cumulant 12 (wb)⁴; cumulants of independent variables add.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Σ w, in seconds.
    pub weight: f64,
    /// Σ w·x.
    pub sum: f64,
    /// Σ 2 (wb)².
    pub variance: f64,
    /// Σ 12 (wb)⁴.
    pub fourth: f64,
}

impl Spread {
    /// One release of the noisy value `cpu` with noise of this scale.
    pub fn of(cpu: f64, scale: f64, weight: f64) -> Spread {
        let noise = weight * scale;
        Spread {
            weight,
            sum: weight * cpu,
            variance: 2.0 * noise.powi(2),
            fourth: 12.0 * noise.powi(4),
        }
    }

    /// The weighted mean and its noise range; `None` of nothing, and of what is no number.
    pub fn mean(&self) -> Option<Mean> {
        let sums = [self.weight, self.sum, self.variance, self.fourth];
        let sensible = self.weight > 0.0 && self.variance > 0.0;
        (sensible && sums.iter().all(|sum| sum.is_finite())).then(|| {
            let margin = quantile(self.fourth / self.variance.powi(2)) * self.variance.sqrt();
            Mean::around(self.sum / self.weight, margin / self.weight)
        })
    }
}

impl AddAssign for Spread {
    fn add_assign(&mut self, other: Spread) {
        self.weight += other.weight;
        self.sum += other.sum;
        self.variance += other.variance;
        self.fourth += other.fourth;
    }
}

/// How many standard deviations hold a weighted sum of Laplace variables with this excess kurtosis
/// [`CONFIDENCE`] of the time: 1.960 for a normal law (0), ln 20 / √2 = 2.118 for one
/// variable (3).
///
/// Of all such sums with the same kurtosis, those with equal weights have the widest range, and
/// this parabola lies above theirs by at most a thousandth (both are tested); for the others it is
/// up to 2 % too wide.
fn quantile(kurtosis: f64) -> f64 {
    const { assert!(CONFIDENCE.to_bits() == 0.95_f64.to_bits()) };
    1.96 + 0.0765 * kurtosis - 0.0078 * kurtosis.powi(2)
}

#[cfg(test)]
mod tests {
    use dp_core::LaplaceSum;
    use proptest::prelude::*;

    use super::*;

    /// The half width of the range, in standard deviations: as here, and exactly.
    fn widths(noises: &[f64]) -> (f64, f64) {
        let mut spread = Spread::default();
        for &noise in noises {
            spread += Spread::of(0.0, noise, 1.0);
        }
        let deviation = spread.variance.sqrt();
        #[expect(clippy::cast_precision_loss, reason = "a few")]
        let count = noises.len() as f64;
        let exact = LaplaceSum::mean_of(noises.iter().copied()).margin(0.95) * count;
        (quantile(spread.fourth / spread.variance.powi(2)), exact / deviation)
    }

    #[test]
    fn for_equal_weights_the_range_is_exact_to_a_thousandth_and_never_too_narrow() {
        for count in [1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 50, 99, 200, 1000] {
            let (ours, exact) = widths(&vec![7.0; count]);
            assert!(ours >= exact * 0.9999 && ours <= exact * 1.001, "{count}: {ours} {exact}");
        }
    }

    #[test]
    fn sums_of_neighbouring_stretches_add_up_to_that_of_the_whole() {
        let releases = [(10.0, 10.0, 20.0), (20.0, 5.0, 300.0), (-3.0, 100.0, 5.0)];
        let mut whole = Spread::default();
        let mut halves = [Spread::default(); 2];
        for (i, (cpu, scale, weight)) in releases.into_iter().enumerate() {
            whole += Spread::of(cpu, scale, weight);
            halves[i % 2] += Spread::of(cpu, scale, weight);
        }
        halves[0] += halves[1];
        assert!((halves[0].sum - whole.sum).abs() < 1e-9);
        assert!((halves[0].fourth / whole.fourth - 1.0).abs() < 1e-12);
        assert_eq!(Spread::default().mean(), None);
        let mean = whole.mean().unwrap();
        assert!((mean.value - 19.03).abs() < 1e-9, "{mean:?}"); // (200 + 6000 − 15) / 325
    }

    proptest! {
        #[test]
        fn for_mixed_weights_the_range_is_never_too_narrow_and_at_most_two_percent_too_wide(
            noises in prop::collection::vec((-3.0..3.0_f64).prop_map(f64::exp), 1..20),
        ) {
            let (ours, exact) = widths(&noises);
            prop_assert!(ours >= exact * 0.9999 && ours <= exact * 1.02, "{ours} {exact}");
        }
    }
}
