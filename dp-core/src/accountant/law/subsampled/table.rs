use super::Direction;
use crate::accountant::ball::{Ball, U, up};

/// Nodes at which `E[f(z)]` is summed up.
pub(super) struct Quadrature {
    /// Each within `150 u` relative.
    pub(super) weights: Vec<f64>,
    pub(super) z: Vec<f64>,
    /// A bound on how far each `z` is from where it is meant to be.
    pub(super) z_error: f64,
    /// Per unit of `M(c)`, and beside it: how far the sum is from the expectation, for
    /// `f = w^r` and `f = 1 + r₀ v` together.
    pub(super) relative_error: f64,
    pub(super) absolute_error: f64,
}

/// More nodes than this are not summed up.
pub(super) const TOO_MANY: f64 = 16_384.0;

/// The nodes of a quadrature, with the loss at each; it serves all `c` up to some `most`.
#[derive(Debug)]
pub(in crate::accountant) struct Table {
    pub(in crate::accountant) most: f64,
    at: Direction,
    nodes: Vec<Node>,
    relative_error: f64,
    absolute_error: f64,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    weight: f64,
    /// `w − 1`, and how far it is off.
    v: f64,
    v_error: f64,
    /// `λ`, and how far it is off.
    loss: f64,
    loss_error: f64,
}

impl Table {
    /// The loss `λ` of a node is off by `e = (q exp(z) / w) z_error + 30 u max(|v|/w, |λ|)`, and `v` by
    /// `q exp(z) z_error + 12 u |v|`.
    pub(super) fn new(q: f64, most: f64, at: Direction, quadrature: &Quadrature) -> Self {
        let sign = if at == Direction::With { 1.0 } else { -1.0 };
        let node = |(&weight, &z): (&f64, &f64)| {
            let v = q * z.exp_m1();
            let loss = sign * v.ln_1p();
            let shift = (q + v) * quadrature.z_error;
            let loss_error = (shift + 30.0 * U * v.abs()) / (1.0 + v) + 30.0 * U * loss.abs();
            Node { weight, v, v_error: shift + 12.0 * U * v.abs(), loss, loss_error }
        };
        Self {
            most,
            at,
            nodes: quadrature.weights.iter().zip(&quadrature.z).map(node).collect(),
            relative_error: quadrature.relative_error,
            absolute_error: quadrature.absolute_error,
        }
    }

    /// `ln M(c + i j step)` for `j = 0, …, last`, where `step` is within `20 u` relative of the one that
    /// is meant.
    ///
    /// With `e` the error of a loss, `W` is off by `W (r e + 12 u |r λ|)`. The turn by `x = step λ` is off
    /// by `step e + 14 u |x|`, and `j` of them, with their products, by `u_j e + (24 + 2 j) u u_j |λ|`.
    /// The sum of `n` terms in four parts is off by `n/4 + 2` roundings of at most the sum of their
    /// sizes, which is at most `u_j Σ ω W |λ|`.
    pub(in crate::accountant) fn on_line(&self, c: f64, step: f64, last: usize) -> Vec<Ball> {
        let (tilt, order) = match self.at {
            Direction::With => (c + 1.0, c + 1.0),
            Direction::Without => (c, -c),
        };
        // M(c) − 1, the sum of its terms' sizes, and of their errors; Σ ω W; Σ ω W e; Σ ω W |λ|.
        let (mut rise, mut sizes, mut errors) = (0.0, 0.0, 0.0);
        let (mut whole, mut loss_errors, mut loss_sizes) = (0.0, 0.0, 0.0);
        let mut masses = Vec::with_capacity(self.nodes.len());
        for &Node { weight, v, v_error, loss, loss_error } in &self.nodes {
            let above = (tilt * loss).exp_m1();
            let grown = 1.0 + above;
            rise += weight * (above - order * v);
            sizes += weight * (above.abs() + (order * v).abs());
            errors += weight
                * (grown * (tilt * loss_error + 12.0 * U * (tilt * loss).abs())
                    + order.abs() * v_error);
            let mass = weight * grown;
            whole += mass;
            loss_errors += mass * loss_error;
            loss_sizes += mass * loss.abs();
            masses.push(mass);
        }
        let roundings = U * (self.nodes.len() as f64 / 4.0 + 200.0);
        let most = (1.01 * whole + self.absolute_error) / (1.0 - self.relative_error);
        let error = self.relative_error * most + self.absolute_error;
        let at_0 = 1.01 * (errors + 4.0 * roundings * sizes) + error;
        let sums = turned(&masses, self.nodes.iter().map(|node| node.loss), step, last);
        let sum = |(j, (re, im)): (usize, (f64, f64))| {
            let (j, u) = (j as f64, j as f64 * step);
            let turns = u * (loss_errors + (roundings + 2.0 * j * U) * loss_sizes);
            // 1 % for what the sums of errors are themselves off by, and the step's own error.
            let radius = up(at_0 + 1.01 * turns + 24.0 * U * u * loss_sizes);
            Ball { re: rise + re, im, radius }.widened(2.0 * U * (rise.abs() + re.abs())).ln_1p()
        };
        sums.into_iter().enumerate().map(sum).collect()
    }
}

/// How many terms are added up side by side.
const LANES: usize = 4;

/// `Σ mass (exp(i j step loss) − 1)` for `j = 0, …, last`.
fn turned(
    masses: &[f64],
    losses: impl Iterator<Item = f64>,
    step: f64,
    last: usize,
) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); last + 1];
    if last == 0 {
        return sums;
    }
    let turns: Vec<(f64, f64)> = losses
        .map(|loss| {
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
