use std::f64::consts::PI;

use super::{Direction, Quadrature, TOO_MANY};
use crate::accountant::ball::U;

/// In units of the deviation σ, `z = y/σ − 1/2σ²` under the standard normal density `φ(y)`.
///
/// *The trapezoid rule* of step `h` over the whole line, for `f` analytic in the strip `|Im y| < d`, is
/// off by at most `2 N / (exp(2π d/h) − 1)`, where `N` bounds `∫ |f(x + i y)| dx` in the strip
/// ([TW14], Theorem 5.1). With `θ = d/σ < π/2`:
///
/// - `|φ(x + i d)| = φ(x) exp(d²/2)`;
/// - `|w(x + i d)| ≤ w(x)`, and `≥ 1 − q + q exp(z) cos θ ≥ w(x) cos θ`; its argument is at most θ;
/// - so `∫ |φ w^r| ≤ exp(d²/2 + |u| θ) M(c)` with the record, and `cos(θ)^(−c)` times that without;
/// - and `∫ |φ (1 + r₀ v)| ≤ exp(d²/2) (1 + 2 |r₀|)`, as `E|v| ≤ 2 q`.
///
/// *The tails.* Beyond `Y` the logarithm of `φ w^r₀` falls at least as fast as `Y − a`, with `a = r₀/σ`
/// for `r₀ > 0` and 0 else, since `ln w` grows at most as fast as `y/σ`; so what is left of the sum is
/// at most `φ w^r₀ (h + 1/(Y − a))` there. Below `−Y`, `w ≤ 1` and `w ≥ 1 − q`.
///
/// [TW14]: https://doi.org/10.1137/130932132
fn step(deviation: f64, c: f64, reach: f64, at: Direction) -> f64 {
    let with_angle = |tenths: u8| {
        let theta = 0.1 * f64::from(tenths);
        let half_width = theta * deviation;
        let turned = if at == Direction::Without { -c * theta.cos().ln() } else { 0.0 };
        let growth = 0.5 * half_width * half_width + reach * theta + turned;
        2.0 * PI * half_width / (DIGITS + growth)
    };
    (1..=13).map(with_angle).fold(0.0, f64::max)
}

/// Of what fits an `f64`.
const MOST_EXPONENT: f64 = 700.0;
/// `exp(−44)` is `8 · 10^-20`.
const DIGITS: f64 = 44.0;

pub(super) fn quadrature(
    q: f64,
    deviation: f64,
    c: f64,
    reach: f64,
    at: Direction,
) -> Option<Quadrature> {
    let step = step(deviation, c, reach, at);
    let order = if at == Direction::With { c + 1.0 } else { -c };
    let (below, above) = range(q, deviation, order, reach, step)?;
    #[expect(clippy::cast_possible_truncation, reason = "below 2^14")]
    let (first, last) = ((-below / step).floor() as i32, (above / step).ceil() as i32);
    let scale = step / (2.0 * PI).sqrt();
    let ys = (first..=last).map(|i| f64::from(i) * step);
    // 2 / (exp(DIGITS + growth) − 1) of exp(growth) M(c), and of exp(growth) (1 + 2 |r₀|).
    let error = 2.1 * (-DIGITS).exp();
    Some(Quadrature {
        weights: ys.clone().map(|y| scale * (-0.5 * y * y).exp()).collect(),
        z: ys.map(|y| z(y, deviation)).collect(),
        // A node is off by 2 u of itself, and so is its weight, then, by y² 2 u; the deviation, which
        // comes from a quotient, by 6 u.
        z_error: 24.0 * U * (below.max(above) / deviation + 1.0 / (deviation * deviation)),
        relative_error: error,
        absolute_error: error * (1.0 + 2.0 * order.abs()) + 4.0 * (-DIGITS).exp(),
    })
}

fn z(y: f64, deviation: f64) -> f64 {
    y / deviation - 0.5 / (deviation * deviation)
}

/// How far below and above 0 the sum goes in steps of `step`; `None` where that is too far.
fn range(q: f64, deviation: f64, order: f64, reach: f64, step: f64) -> Option<(f64, f64)> {
    let sizes = (2.0 * (2.0 + order.abs() + reach)).ln();
    // The logarithm of φ (w^r₀ + 1 + |r₀| (1 + v)), a little more.
    let log_density = |y: f64| {
        let log_w = (q * z(y, deviation).exp_m1()).ln_1p();
        -0.5 * y * y + (order * log_w).max(log_w).max(0.0) + sizes
    };
    let slope = order.max(1.0) / deviation;
    if !(slope < 300.0 && step > 0.0) {
        return None;
    }
    let mut above = slope + 2.0;
    let fits = |above: f64| order.max(1.0) * z(above, deviation) <= MOST_EXPONENT;
    while fits(above) && log_density(above) + (step + 1.0 / (above - slope)).ln() > -DIGITS {
        above += 0.5;
    }
    if !fits(above) {
        return None;
    }
    let least = if order < 0.0 { order * (-q).ln_1p() } else { 0.0 };
    let below = (2.0 * (DIGITS + least + sizes)).sqrt();
    ((above + below) / step < TOO_MANY).then_some((below, above))
}

/// Moving the contour of the integral to `y + i η`, `0 < η < π σ/2`, changes nothing but shows the decay:
/// `|M(c + i v)| ≤ exp(η²/2) ∫ φ |w(y + iη)|^r₀ exp(−v arg w(y + iη)) dy` for all `v`, where
/// `arg w > 0`, so that the bound falls with `v` (without the record, with `−η`).
///
/// The integrand is analytic, as `φ exp(½ (r ln w(y + iη) + r* ln w(y − iη)))`. In a strip of `d` its
/// modulus is at most `exp(d²/2) φ w^r₀`, times `cos(θ)^(−c)` without the record, with `θ = (d + η)/σ`: for
/// the trapezoid rule. The exponentials of arguments are at most 1 together, since up to `π/2` the
/// argument of `w(y + i t)` grows with `t`, so that at `d + η` it is at least what it is at `|d − η|`.
pub(super) fn decay(q: f64, deviation: f64, c: f64, u: f64, at: Direction) -> f64 {
    let order = if at == Direction::With { c + 1.0 } else { -c };
    let spread = 0.5 * deviation;
    let pull = {
        // How fast arg w grows with η, about where the tilted mass is.
        let mean = order.max(0.0) * q;
        q * (1.0 + mean.min(1.0))
    };
    let shift = (u * pull / deviation).min(spread);
    let width = 0.6 * deviation;
    let theta = (width + shift) / deviation;
    let turned = if at == Direction::Without { -c * theta.cos().ln() } else { 0.0 };
    let growth = 0.5 * width * width + turned;
    let step = 2.0 * PI * width / (DIGITS + growth);
    let Some((below, above)) = range(q, deviation, order, 0.0, step) else { return 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "below 2^14")]
    let (first, last) = ((-below / step).floor() as i32, (above / step).ceil() as i32);
    let (sin, cos) = (shift / deviation).sin_cos();
    let scale = step / (2.0 * PI).sqrt();
    let (mut sum, mut whole) = (0.0, 0.0);
    for i in first..=last {
        let y = f64::from(i) * step;
        let pull = q * z(y, deviation).exp();
        let (re, im) = (1.0 - q + pull * cos, pull * sin);
        let weight = scale * (-0.5 * y * y).exp();
        sum += weight * (order * 0.5 * (re * re + im * im).ln() - u * im.atan2(re)).exp();
        whole += weight * (order * (q * (pull / q - 1.0)).ln_1p()).exp();
    }
    // Rounding; tails and the trapezoid rule, which are below 1e-18 of what bounds the integrand.
    let tilted = if at == Direction::Without { -c * cos.ln() } else { 0.0 };
    let sum = sum * (1.0 + 1e-12) + whole * 1e-15 * tilted.exp();
    (0.5 * shift * shift + (sum / whole).ln()).min(0.0)
}
