//! The noise range of a mean of many noisy values.

use std::f64::consts::{LN_2, PI};

/// The law of a mean of independent Laplace variables: what noise remains when the noisy values of
/// several parties are averaged.
///
/// Scales are those of continuous Laplace noise. The discrete noise that this crate draws is
/// within one grid step of it in law, far below what a margin is shown to.
#[derive(Clone, Debug)]
pub struct LaplaceSum {
    /// The largest scale, divided by the number of variables.
    unit: f64,
    /// Distinct scales in that unit, and how often each occurs; the largest, 1, first. Empty where
    /// there is nothing that could be averaged.
    scales: Vec<(f64, i32)>,
}

impl LaplaceSum {
    /// The mean of independent Laplace variables with these scales. A scale that is not finite
    /// and positive makes every margin infinite: such a value is not to be averaged.
    #[expect(clippy::cast_precision_loss, reason = "a number of parties")]
    pub fn mean_of(scales: impl IntoIterator<Item = f64>) -> Self {
        let mut all: Vec<f64> = scales.into_iter().collect();
        if !all.iter().all(|&scale| scale.is_finite() && scale > 0.0) {
            all.clear();
        }
        all.sort_unstable_by(|a, b| b.total_cmp(a));
        let largest = all.first().copied().unwrap_or(1.0);
        let mut scales: Vec<(f64, i32)> = Vec::new();
        for &scale in &all {
            let scale = scale / largest;
            match scales.last_mut() {
                Some((same, times)) if same.to_bits() == scale.to_bits() => *times += 1,
                _ => scales.push((scale, 1)),
            }
        }
        Self { unit: largest / all.len() as f64, scales }
    }

    /// The smallest `m`, in the scales' unit, with `P(|noise| ≤ m) ≥ confidence`; infinite for no variables or a
    /// confidence of 1 or more.
    ///
    /// For one variable it is the closed form; where no variable has more than a hundredth of the
    /// variance it is the normal quantile with its first correction for the Laplace law's heavier
    /// tails; otherwise the law is inverted from its characteristic function. For confidences from
    /// 0.9 to 0.9999 the margin is at most a hundred-thousandth too narrow and a thousandth too
    /// wide; elsewhere it may be wider, beyond 0.9999999 by far. The plain normal quantile would be
    /// too narrow for few variables, or where one dominates.
    pub fn margin(&self, confidence: f64) -> f64 {
        if self.scales.is_empty() {
            return f64::INFINITY;
        }
        if confidence <= 0.0 {
            return 0.0;
        }
        if confidence.is_nan() || confidence >= 1.0 {
            return f64::INFINITY;
        }
        if let [(_, 1)] = self.scales[..] {
            return -self.unit * (-confidence).ln_1p();
        }
        let squares: f64 = self.scales.iter().map(|&(b, times)| f64::from(times) * b * b).sum();
        let deviation = (2.0 * squares).sqrt();
        // The largest scale is 1 and its variance 2.
        let margin = if 2.0 / deviation.powi(2) <= 0.01 {
            self.nearly_normal_margin(deviation, confidence)
        } else {
            self.inverted_margin(deviation, confidence)
        };
        margin * self.unit
    }

    /// Cornish and Fisher's expansion with the excess kurtosis `12 Σ b⁴ / σ⁴`, at most 0.03 here.
    fn nearly_normal_margin(&self, deviation: f64, confidence: f64) -> f64 {
        let fourth: f64 =
            self.scales.iter().map(|&(b, times)| f64::from(times) * (b / deviation).powi(4)).sum();
        let kurtosis = 12.0 * fourth;
        let z = normal_quantile(confidence);
        // Up: between the inflections the correction would be negative, where it is left out.
        deviation * (z + ((z.powi(3) - 3.0 * z) * kurtosis / 24.0).max(0.0))
    }

    /// Bisection over [`Self::coverage`], which is increasing.
    fn inverted_margin(&self, deviation: f64, confidence: f64) -> f64 {
        // P(|S| > y) ≤ 4 exp(−y / σ): Chernoff at s = 1/σ, where b²s² ≤ ½ for every b, so that
        // Π 1/(1 − b²s²) ≤ exp(2 ln 2 Σ b²s²) = 2. Hence the margin is below `furthest`, and
        // `alias` beyond it adds less than 1e-9 to the coverage.
        let furthest = deviation * (2.0 * LN_2 - (-confidence).ln_1p());
        let alias = deviation * 22.0;
        let terms = self.characteristic_terms(2.0 * PI / (2.0 * furthest + alias));
        let (mut low, mut high) = (0.0, furthest);
        while high - low > 1e-5 * deviation {
            let middle = f64::midpoint(low, high);
            if coverage(&terms, 2.0 * furthest + alias, middle) < confidence + 1e-7 {
                low = middle;
            } else {
                high = middle;
            }
        }
        high // the upper end
    }

    /// `φ(kh) / k` for `k = 1, 2, …` until the rest is below 1e-7 together, where
    /// `φ(t) = Π 1/(1 + b²t²)` is the characteristic function.
    fn characteristic_terms(&self, h: f64) -> Vec<f64> {
        /// Two variables, one of them a thousand times the other, need fewer.
        const MOST: usize = 2_000_000;
        let mut terms = Vec::new();
        for k in 1..=MOST {
            #[expect(clippy::cast_precision_loss, reason = "at most two million")]
            let k = k as f64;
            let t = k * h;
            let characteristic: f64 =
                self.scales.iter().map(|&(b, times)| (1.0 + b * b * t * t).powi(-times)).product();
            terms.push(characteristic / k);
            // Beyond t, φ falls at least like t^-p with p = Σ 2b²t² / (1 + b²t²) ≥ 2 (1 − φ), since
            // Σ (1 − a) ≥ 1 − Π a. So the rest is at most φ / p, which is φ / 2 here.
            if characteristic < 2e-7 {
                break;
            }
        }
        terms
    }
}

/// `P(|S| < x)` where `terms[k − 1] = φ(kh) / k` and `h = 2π / period`: the Fourier series of the
/// law wrapped around a circle of that length, plus at most the mass beyond `period − x`.
fn coverage(terms: &[f64], period: f64, x: f64) -> f64 {
    let angle = 2.0 * PI * x / period;
    // sin(kθ) by its recurrence: two million sines a bisection step would be felt.
    let (double, mut before, mut sine) = (2.0 * angle.cos(), 0.0, angle.sin());
    let mut sum = 0.0;
    for term in terms {
        sum += term * sine;
        (before, sine) = (sine, double * sine - before);
    }
    angle / PI + 2.0 / PI * sum
}

/// `z` with `P(|N| ≤ z) = confidence` for a standard normal `N`, by bisection over its series and
/// tail fraction.
fn normal_quantile(confidence: f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if normal_outside(middle) > 1.0 - confidence { low = middle } else { high = middle }
    }
    high
}

/// `P(|N| > z)`, by the series of the distribution below 3 and the continued fraction above.
fn normal_outside(z: f64) -> f64 {
    let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    if z > 3.0 {
        let fraction = (1..=80).rev().fold(0.0, |rest, k| f64::from(k) / (z + rest));
        return 2.0 * density / (z + fraction);
    }
    let (mut term, mut sum) = (z, z);
    for k in 1..60 {
        term *= z * z / f64::from(2 * k + 1);
        sum += term;
    }
    1.0 - 2.0 * density * sum
}

#[cfg(test)]
mod tests;
