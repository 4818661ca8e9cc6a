//! What is to be expected of each law.

use super::chi_square::{self, LEAST};
use crate::normal::{density, mills};

/// `P(N ≥ z)` for `z ≥ 0`.
pub(super) fn normal_beyond(z: f64) -> f64 {
    if z > 37.0 { 0.0 } else { density(z).high * mills(z).high }
}

/// A symmetric law of whole numbers.
pub(super) struct Law {
    pub(super) name: String,
    /// `P(X ≥ m)` for `m ≥ 1`.
    beyond: Box<dyn Fn(i128) -> f64>,
}

impl Law {
    pub(super) fn laplace(numerator: u128, denominator: u64) -> Self {
        let scale = numerator as f64 / denominator as f64;
        let twice = 1.0 + (-1.0 / scale).exp();
        Self {
            name: format!("discrete Laplace of {numerator}/{denominator}"),
            beyond: Box::new(move |m| (-(m as f64) / scale).exp() / twice),
        }
    }

    pub(super) fn rounded_gaussian(deviation: f64) -> Self {
        Self {
            name: format!("rounded Gaussian of {deviation}"),
            beyond: Box::new(move |m| normal_beyond((m as f64 - 0.5) / deviation)),
        }
    }

    /// Summed term by term; beyond 1000 steps the rounded law is the same within `1 / 24σ²`, far
    /// less than any number of draws here could show.
    pub(super) fn discrete_gaussian(deviation: f64) -> Self {
        let name = format!("discrete Gaussian of {deviation}");
        if deviation > 1000.0 {
            return Self { name, ..Self::rounded_gaussian(deviation) };
        }
        let weight = |n: usize| (-(n as f64 / deviation).powi(2) / 2.0).exp();
        let furthest = (40.0 * deviation) as usize + 1;
        let mut beyond = vec![0.0; furthest + 1];
        for n in (1..furthest).rev() {
            beyond[n] = beyond[n + 1] + weight(n);
        }
        let total = weight(0) + 2.0 * beyond[1];
        let beyond = move |m: i128| beyond.get(m as usize).map_or(0.0, |sum| sum / total);
        Self { name, beyond: Box::new(beyond) }
    }

    /// `P(X ≥ m)` for `m ≥ 1`.
    pub(super) fn beyond(&self, m: i128) -> f64 {
        (self.beyond)(m)
    }

    /// `P(X < x)`.
    pub(super) fn below(&self, x: i128) -> f64 {
        if x > 0 { 1.0 - self.beyond(x) } else { self.beyond(1 - x) }
    }

    /// The smallest `m ≥ 1` with `P(X ≥ m) ≤ share`.
    pub(super) fn quantile(&self, share: f64) -> i128 {
        let (mut low, mut high) = (0, i128::MAX);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.beyond(middle) <= share { high = middle } else { low = middle }
        }
        high
    }

    /// Sixteenths, and halves of halves further out, as long as `count` draws fill them. Each
    /// number is a cell of its own where the law has so few.
    pub(super) fn cells(&self, count: usize) -> Cells {
        let least = LEAST / count as f64;
        let sixteenths = (1..8).map(|i| f64::from(i) / 16.0);
        let tails = (5..).map(|i| 0.5_f64.powi(i)).take_while(|&share| share >= least);
        let mut candidates = vec![0, 1];
        for share in sixteenths.chain(tails) {
            let m = self.quantile(share);
            candidates.extend([m, 1 - m]);
        }
        candidates.sort_unstable();
        let mut cells = Cells { ends: Vec::new(), probabilities: Vec::new() };
        let mut before = 0.0;
        for end in candidates {
            let below = self.below(end);
            if below - before >= least && 1.0 - below >= least {
                cells.ends.push(end);
                cells.probabilities.push(below - before);
                before = below;
            }
        }
        cells.probabilities.push(1.0 - before);
        cells
    }

    /// The chance of draws as far from this law as these: by their cells, or by the furthest of
    /// them, which may be too far out or not far enough.
    pub(super) fn chance(&self, draws: &[i128]) -> f64 {
        let cells = self.cells(draws.len());
        let chance = chi_square::chance(&cells.count(draws), &cells.probabilities);
        let furthest = draws.iter().map(|draw| draw.saturating_abs()).max().expect("some draws");
        let count = draws.len() as f64;
        let so_far = if furthest == 0 { 1.0 } else { 2.0 * count * self.beyond(furthest) };
        let no_further = (count * (-2.0 * self.beyond(furthest.saturating_add(1))).ln_1p()).exp();
        chance.min(so_far).min(no_further)
    }

    /// `P(X ≡ r)` modulo `modulus`, for each `r`.
    pub(super) fn residues(&self, modulus: i128) -> Vec<f64> {
        let probability = |n: i128| match n.abs() {
            0 => 1.0 - 2.0 * self.beyond(1),
            m => self.beyond(m) - self.beyond(m + 1),
        };
        let furthest = self.quantile(1e-13);
        let mut residues = vec![0.0; modulus as usize];
        if furthest > 50_000 {
            // Uniform, to within a millionth.
            residues.fill(1.0 / modulus as f64);
        } else {
            for n in -furthest..=furthest {
                residues[n.rem_euclid(modulus) as usize] += probability(n);
            }
        }
        residues
    }
}

/// A partition of the whole numbers.
pub(super) struct Cells {
    /// The first number of every cell but the first.
    pub(super) ends: Vec<i128>,
    pub(super) probabilities: Vec<f64>,
}

impl Cells {
    pub(super) fn of(&self, draw: i128) -> usize {
        self.ends.partition_point(|&end| end <= draw)
    }

    pub(super) fn count(&self, draws: &[i128]) -> Vec<u64> {
        let mut counts = vec![0; self.probabilities.len()];
        for &draw in draws {
            counts[self.of(draw)] += 1;
        }
        counts
    }
}

/// Two ways to each of the laws.
#[test]
fn laws_are_what_they_are_by_other_formulas() {
    let laplace = Law::laplace(7, 3);
    let ratio = (-3.0_f64 / 7.0).exp();
    for n in 0..30 {
        let summed: f64 =
            (n..400).map(|k| (1.0 - ratio) / (1.0 + ratio) * ratio.powi(k as i32)).sum();
        if n > 0 {
            assert!((laplace.beyond(n) / summed - 1.0).abs() < 1e-12);
        }
    }
    // By the moments: sums of differences of P(X ≥ m).
    let variance = |law: &Law| -> f64 {
        let furthest = law.quantile(1e-30).min(100_000);
        (1..furthest).map(|m| 2.0 * (2 * m - 1) as f64 * law.beyond(m)).sum()
    };
    for deviation in [2.5, 10.0, 100.0] {
        let rounded = variance(&Law::rounded_gaussian(deviation));
        assert!((rounded / (deviation * deviation + 1.0 / 12.0) - 1.0).abs() < 1e-9);
        let discrete = variance(&Law::discrete_gaussian(deviation));
        assert!((discrete / (deviation * deviation) - 1.0).abs() < 1e-9);
    }
    let (discrete, rounded) = (Law::discrete_gaussian(999.5), Law::rounded_gaussian(999.5));
    for share in [0.4, 0.1, 1e-3, 1e-5] {
        let m = discrete.quantile(share);
        assert!((discrete.beyond(m) / rounded.beyond(m) - 1.0).abs() < 1e-5);
    }
    // From tables: P(N ≥ 1), P(N ≥ 3), P(N ≥ 5).
    for (m, expected) in [(1, 0.158_655_253_931), (3, 1.349_898_031_63e-3), (5, 2.866_515_718_8e-7)]
    {
        let law = Law::rounded_gaussian(1e6);
        assert!((law.beyond(m * 1_000_000) / expected - 1.0).abs() < 3e-5, "{m}");
    }
}
