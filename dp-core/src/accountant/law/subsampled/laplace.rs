use std::f64::consts::PI;

use super::{Direction, Quadrature};
use crate::accountant::ball::U;

/// Noise of density `½ e exp(−e |x|)`, and `z = e (|x| − |x − 1|)`: `−e` with probability ½, `e` with
/// probability `½ exp(−e)`, and between them, for `z = e t`, of density `¼ e exp(−e (1 + t)/2)` in `t`.
///
/// *Clenshaw-Curtis quadrature* with `n + 1` nodes on `−1 ≤ t ≤ 1`, for `f` analytic and at most `F` inside
/// the ellipse of parameter `ρ`, is off by at most `(64/15) F ρ^(1−n) / (ρ² − 1)` ([T20], Theorem 19.3).
/// On the ellipse `|Im z| ≤ θ = e (ρ − 1/ρ)/2` and `|Re z| ≤ A = e (ρ + 1/ρ)/2`; where `θ ≤ 1.2`,
/// `|w|` lies between `cos θ (1 − q + q exp(−A))` and `1 − q + q exp(A)`, and `|arg w| ≤ θ`.
///
/// [T20]: https://doi.org/10.1137/1.9781611975949
pub(super) fn quadrature(q: f64, e: f64, c: f64, reach: f64, at: Direction) -> Option<Quadrature> {
    const DIGITS: f64 = 44.0;
    let order = if at == Direction::With { c + 1.0 } else { -c };
    let candidates = (1..=12_u8).map(|tenths| {
        let theta = 0.1 * f64::from(tenths);
        let log_rho = (theta / e).asinh();
        let across = e * log_rho.cosh();
        let (least, most) = (q * (-across).exp_m1(), q * across.exp_m1());
        let log_w = if order > 0.0 { most.ln_1p() } else { least.ln_1p() + theta.cos().ln() };
        // Beside w^r, the sum of 1 + |r₀| (1 + |w|).
        let power = (order * log_w).max(0.0) + reach * theta;
        let plain = (1.0 + order.abs() * (2.0 + q * across.exp())).ln();
        let log_f = power.max(plain) + 2.0_f64.ln() + (0.25 * e).ln() + 0.5 * (across - e);
        let margin = DIGITS + log_f + (64.0_f64 / 15.0).ln() - (2.0 * log_rho).exp_m1().ln();
        1.0 + margin.max(4.0) / log_rho
    });
    let nodes = candidates.min_by(f64::total_cmp).expect("twelve").max(4.0);
    // Weights take the square of that, and a line has them once.
    let most = if reach > 0.0 { 4096.0 } else { 512.0 };
    if nodes.is_nan() || nodes >= most {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^12")]
    let n = (nodes.ceil() as usize).next_multiple_of(2);
    let mut weights = vec![0.5, 0.5 * (-e).exp()];
    let mut z = vec![-e, e];
    for (t, weight) in clenshaw_curtis(n) {
        weights.push(weight * 0.25 * e * (-0.5 * e * (1.0 + t)).exp());
        z.push(e * t);
    }
    // Each weight is a sum of n/2 terms that add up to at most 2, times 2/n.
    let (least, most) = (q * (-e).exp_m1(), q * e.exp_m1());
    let log_w = if order > 0.0 { most.ln_1p() } else { least.ln_1p() };
    let largest = (order * log_w).max(0.0).exp() + 1.0 + order.abs() * (1.0 + most);
    let rounding = (2.0 * n as f64 + 60.0) * U * 0.25 * e * largest;
    let error = (-DIGITS).exp();
    Some(Quadrature {
        weights,
        z,
        z_error: 16.0 * U * e,
        relative_error: 0.0,
        absolute_error: 2.0 * error + rounding,
    })
}

/// Nodes `cos(k π/n)` and their weights, for even `n` ([W06], equation 2.4):
/// `c_k/n (1 − Σ_{j=1}^{n/2} b_j cos(2 j k π/n) / (4j² − 1))`, with `c_k` 1 at the ends and else 2, `b_j`
/// 1 for `j = n/2` and else 2. All are positive.
///
/// [W06]: https://doi.org/10.1007/s10543-006-0045-4
fn clenshaw_curtis(n: usize) -> Vec<(f64, f64)> {
    let cosines: Vec<f64> = (0..2 * n).map(|k| (PI * k as f64 / n as f64).cos()).collect();
    let weight = |k: usize| {
        let term = |j: usize| {
            let square = (4 * j * j - 1) as f64;
            let twice = if 2 * j == n { 1.0 } else { 2.0 };
            twice * cosines[2 * j * k % (2 * n)] / square
        };
        let sum: f64 = (1..=n / 2).map(term).sum();
        let ends = if k == 0 || k == n { 1.0 } else { 2.0 };
        ends * (1.0 - sum) / n as f64
    };
    (0..=n).map(|k| (cosines[k], weight(k))).collect()
}

/// The two atoms count with their modulus. What lies between has, in the loss `λ` and tilted, the density
/// `g = exp(−e/2) exp(−3z/2) w^(r₀+1) / 4q`, so that its part is at most `(g(−) + g(+) + V) / v`, with
/// the total variation `V`. The logarithm of `g` is convex in `z` for `r₀ ≥ −1`, so that `g` falls,
/// then rises, and `V ≤ g(−) + g(+)`; for `r₀ < −1` it falls, and the same holds.
pub(super) fn decay(q: f64, e: f64, c: f64, u: f64, at: Direction) -> f64 {
    let order = if at == Direction::With { c + 1.0 } else { -c };
    let log_w = |z: f64| (q * z.exp_m1()).ln_1p();
    let (low, high) = (order * log_w(-e), order * log_w(e));
    let base = low.max(high);
    let atoms = 0.5 * (low - base).exp() + 0.5 * (high - base - e).exp();
    let density = |z: f64| (-0.5 * e - 1.5 * z + (order + 1.0) * log_w(z) - base).exp() / (4.0 * q);
    let between = 2.0 * (density(-e) + density(e)) / u;
    let Some(quadrature) = quadrature(q, e, c, 0.0, at) else { return 0.0 };
    let whole: f64 = (quadrature.weights.iter().zip(&quadrature.z))
        .map(|(weight, &z)| weight * (order * log_w(z) - base).exp())
        .sum();
    ((atoms + between) / whole).ln().min(0.0)
}
