use super::Direction;
use crate::accountant::ball::{Ball, U, up};

mod gaussian;
mod laplace;

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

/// Nodes at which `E[f(z)]` is summed up.
struct Quadrature {
    /// Each within `150 u` relative.
    weights: Vec<f64>,
    z: Vec<f64>,
    /// A bound on how far each `z` is from where it is meant to be.
    z_error: f64,
    /// Per unit of `M(c)`, and beside it: how far the sum is from the expectation, for
    /// `f = w^r` and `f = 1 + r₀ v` together.
    relative_error: f64,
    absolute_error: f64,
}

/// More nodes than this are not summed up.
const TOO_MANY: f64 = 16_384.0;

impl Subsampled {
    /// `ln M(c + i j step)` for `j = 0, …, last`, where `step` is within `20 u` relative of the one that
    /// is meant.
    ///
    /// *Rounding.* The loss `λ` of a node is off by `e = (q exp(z) / w) z_error + 30 u max(|v|/w, |λ|)`,
    /// so that `W` is off by `W (r e + 12 u |r λ|)` and `v` by `q exp(z) z_error + 12 u |v|`. The turn by
    /// `x = step λ` is off by `step e + 14 u |x|`, and `j` of them, with their products, by
    /// `u_j e + (24 + 2 j) u u_j |λ|`. The sum of `n` terms in four parts is off by `n/4 + 2` roundings
    /// of at most the sum of their sizes, which is at most `u_j Σ ω W |λ|`.
    pub(in crate::accountant) fn on_line(
        &self,
        c: f64,
        step: f64,
        last: usize,
        at: Direction,
    ) -> Vec<Ball> {
        let reach = step * last as f64;
        let Some(quadrature) = self.quadrature(c, reach, at) else {
            return vec![Ball { re: 0.0, im: 0.0, radius: f64::INFINITY }; last + 1];
        };
        let q = self.probability;
        let (sign, tilt, order) = match at {
            Direction::With => (1.0, c + 1.0, c + 1.0),
            Direction::Without => (-1.0, c, -c),
        };
        let count = quadrature.weights.len();
        let (mut tilted, mut losses) = (Vec::with_capacity(count), Vec::with_capacity(count));
        // M(c) − 1, the sum of its terms' sizes, and of their errors; Σ ω W; Σ ω W e; Σ ω W |λ|.
        let (mut rise, mut sizes, mut errors) = (0.0, 0.0, 0.0);
        let (mut whole, mut loss_errors, mut loss_sizes) = (0.0, 0.0, 0.0);
        for (&weight, &z) in quadrature.weights.iter().zip(&quadrature.z) {
            let v = q * z.exp_m1();
            let (loss, pull) = (sign * v.ln_1p(), q + v);
            let above = (tilt * loss).exp_m1();
            let shift = pull * quadrature.z_error;
            let error = (shift + 30.0 * U * v.abs()) / (1.0 + v) + 30.0 * U * loss.abs();
            let term = weight * (above - order * v);
            let grown = 1.0 + above;
            rise += term;
            sizes += weight * (above.abs() + (order * v).abs());
            errors += weight
                * (grown * (tilt * error + 12.0 * U * (tilt * loss).abs())
                    + order.abs() * (shift + 12.0 * U * v.abs()));
            let mass = weight * grown;
            whole += mass;
            loss_errors += mass * error;
            loss_sizes += mass * loss.abs();
            tilted.push(mass);
            losses.push(loss);
        }
        let roundings = U * (count as f64 / 4.0 + 200.0);
        let roundings_at_0 = 4.0 * roundings;
        let most = (1.01 * whole + quadrature.absolute_error) / (1.0 - quadrature.relative_error);
        let error = quadrature.relative_error * most + quadrature.absolute_error;
        let at_0 = 1.01 * (errors + roundings_at_0 * sizes) + error;
        let sums = turned(&tilted, &losses, step, last);
        let sum = |(j, (re, im)): (usize, (f64, f64))| {
            let (j, u) = (j as f64, j as f64 * step);
            let turns = u * (loss_errors + (roundings + 2.0 * j * U) * loss_sizes);
            // 1 % for what the sums of errors are themselves off by, and the step's own error.
            let radius = up(at_0 + 1.01 * turns + 24.0 * U * u * loss_sizes);
            Ball { re: rise + re, im, radius }.widened(2.0 * U * (rise.abs() + re.abs())).ln_1p()
        };
        sums.into_iter().enumerate().map(sum).collect()
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
            (Noise::Laplace(e), Direction::With) => Some((q * Ball::exactly(e).exp_m1()).ln_1p()),
            (Noise::Laplace(e), Direction::Without) => {
                Some(-(q * Ball::exactly(-e).exp_m1()).ln_1p())
            }
        }
    }

    fn quadrature(&self, c: f64, reach: f64, at: Direction) -> Option<Quadrature> {
        match self.noise {
            Noise::Gaussian(deviation) => {
                gaussian::quadrature(self.probability, deviation, c, reach, at)
            }
            Noise::Laplace(loss) => laplace::quadrature(self.probability, loss, c, reach, at),
        }
    }
}

/// How many terms are added up side by side.
const LANES: usize = 4;

/// `Σ mass (exp(i j step loss) − 1)` for `j = 0, …, last`.
fn turned(masses: &[f64], losses: &[f64], step: f64, last: usize) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); last + 1];
    if last == 0 {
        return sums;
    }
    let turns: Vec<(f64, f64)> = losses
        .iter()
        .map(|&loss| {
            let half = (0.5 * step * loss).sin();
            (-2.0 * half * half, (step * loss).sin())
        })
        .collect();
    let padded = masses.len().next_multiple_of(LANES);
    let lane = |values: &mut dyn Iterator<Item = f64>| {
        let mut values: Vec<f64> = values.collect();
        values.resize(padded, 0.0);
        values
    };
    let masses = lane(&mut masses.iter().copied());
    let turn_re = lane(&mut turns.iter().map(|turn| turn.0));
    let turn_im = lane(&mut turns.iter().map(|turn| turn.1));
    let (mut re, mut im) = (vec![0.0; padded], vec![0.0; padded]);
    for sum in &mut sums[1..] {
        let (mut sum_re, mut sum_im) = ([0.0; LANES], [0.0; LANES]);
        for start in (0..padded).step_by(LANES) {
            for lane in 0..LANES {
                let k = start + lane;
                let (a, b, p, q) = (re[k], im[k], turn_re[k], turn_im[k]);
                re[k] = a + (a * p - b * q) + p;
                im[k] = b + (a * q + b * p) + q;
                sum_re[lane] += masses[k] * re[k];
                sum_im[lane] += masses[k] * im[k];
            }
        }
        *sum = (sum_re.iter().sum(), sum_im.iter().sum());
    }
    sums
}
