use std::cell::RefCell;

use super::{
    ball::{Ball, ELEMENTARY, U},
    lattice::Lattice,
    law::{Direction, Law, Line, Table},
};

/// Releases of a fixed schedule, seen from one of the two neighbours: the transform of the sum of their
/// losses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments<'a> {
    pub(super) laws: &'a [(Law, u128)],
    pub(super) at: Direction,
    pub(super) tables: &'a Tables,
}

/// What a question keeps of each law from one `c` to the next.
#[derive(Debug)]
pub(super) struct Tables(RefCell<Vec<Option<Table>>>);

impl Tables {
    pub(super) fn of(laws: &[(Law, u128)]) -> Self {
        Self(RefCell::new(laws.iter().map(|_| None).collect()))
    }
}

impl Moments<'_> {
    /// `K(c) = ln M(c)`, for real `c ≥ 0`; for laws that are only bounded, a bound.
    pub(super) fn log_moment(&self, c: f64) -> Ball {
        let mut tables = self.tables.0.borrow_mut();
        let logs =
            self.laws.iter().zip(tables.iter_mut()).map(|((law, count), table)| {
                law.log_moment(c, self.at, table) * Ball::whole(*count)
            });
        logs.fold(Ball::ZERO, |sum, log| sum + log)
    }

    /// `ln M`, on some branch, at the points of `line`.
    pub(super) fn on_line(&self, line: Line) -> Vec<Ball> {
        let mut sums = vec![Ball::ZERO; line.last + 1];
        for (law, count) in self.laws {
            let count = Ball::whole(*count);
            for (sum, log) in sums.iter_mut().zip(law.on_line(line, self.at)) {
                *sum = *sum + log * count;
            }
        }
        sums
    }

    /// A bound on `ln |M(c + i v) / M(c)|` for `v ≥ u`, as [`Law::decay`].
    pub(super) fn decay(&self, c: f64, u: f64, on_lattice: bool) -> f64 {
        let decay = |(law, count): &(Law, u128)| {
            // Up: each is within that, and so is each sum of them relative to its size.
            *count as f64
                * (law.decay(c, u, on_lattice, self.at) * (1.0 - 1e-12) + law.decay_error())
        };
        self.laws.iter().map(decay).sum::<f64>().min(0.0)
    }

    /// Whether some of the laws only bound what is meant.
    pub(super) fn only_bounds(&self) -> bool {
        self.laws.iter().any(|(law, _)| law.only_bounds())
    }

    /// `P(L = ∞) = 1 − Π (1 − δ_i)`.
    pub(super) fn infinite(&self) -> Ball {
        let finite = self
            .laws
            .iter()
            .filter(|(law, _)| law.infinite().re > 0.0)
            .map(|(law, count)| (-law.infinite()).ln_1p() * Ball::whole(*count));
        let finite = finite.fold(Ball::ZERO, |sum, log| sum + log);
        if finite.re == 0.0 { Ball::ZERO } else { -finite.exp_m1() }
    }

    /// The largest finite sum of losses, if there is one.
    pub(super) fn largest(&self) -> Option<Ball> {
        self.laws.iter().try_fold(Ball::ZERO, |sum, (law, count)| {
            Some(sum + law.largest(self.at)? * Ball::whole(*count))
        })
    }

    /// How many nodes are not too many, of which up to `most` are allowed.
    pub(super) fn most_nodes(&self, most: usize) -> usize {
        self.laws.iter().map(|(law, _)| law.most_nodes(most)).min().unwrap_or(most)
    }

    /// The points that the sum of the losses is on, where they have a lattice in common.
    pub(super) fn lattice(&self) -> Option<Lattice> {
        let mut lattices =
            self.laws.iter().map(|(law, count)| Some(law.lattice()?.repeated(*count)));
        let first = lattices.next()??;
        lattices.try_fold(first, |sum, lattice| sum.plus(lattice?))
    }

    /// Chernoff's bound for the hockey stick: `ln δ(ε) ≤ K(c) − c ε + ln κ(c)` for every `c > 0`.
    ///
    /// The largest ratio of `(1 − exp(−x))⁺` to `exp(c x)` is `κ(c)`, at `x = ln(1 + 1/c)`. With the order
    /// `α = c + 1` it is the conversion from Rényi to approximate differential privacy of [CKS20],
    /// Proposition 12.
    ///
    /// [CKS20]: https://arxiv.org/abs/2004.00010
    pub(super) fn log_delta(&self, c: f64, epsilon: f64) -> Ball {
        self.log_moment(c) - Ball::exactly(c) * Ball::exactly(epsilon) + log_kappa(c)
    }

    /// The ε for which that bound is δ.
    pub(super) fn epsilon(&self, c: f64, log_delta: Ball) -> Ball {
        (self.log_moment(c) + log_kappa(c) - log_delta) * Ball::exactly(c).recip()
    }

    /// A `c` near the best for δ at ε.
    pub(super) fn saddle_at_epsilon(&self, epsilon: f64, precision: f64) -> f64 {
        self.saddle(precision, 2.0, |c| self.log_delta(c, epsilon).upper())
    }

    /// A `c` near the best for ε at δ.
    pub(super) fn saddle_at_delta(&self, log_delta: f64, precision: f64) -> f64 {
        let log_delta = Ball::exactly(log_delta);
        self.saddle(precision, -2.0 * log_delta.re, |c| self.epsilon(c, log_delta).upper())
    }

    /// Where a function that falls, then rises is least, to `precision` relative, by parabolas through
    /// three points of `ln c`. Nothing rests on how well it does: every `c > 0` gives valid bounds.
    fn saddle(&self, precision: f64, size: f64, value: impl Fn(f64) -> f64) -> f64 {
        /// Closer points tell more of rounding than of the function.
        const CLOSEST: f64 = 1e-3;
        let start = (size / self.log_moment(1.0).re.max(1e-300)).sqrt().clamp(1e-6, 1e9);
        let mut best = (f64::MAX, start.ln());
        let mut value = |x: f64| {
            let value = Some(value(x.exp())).filter(|y| y.is_finite()).unwrap_or(f64::MAX);
            if value < best.0 {
                best = (value, x);
            }
            value
        };
        let (mut x, mut width) = (start.ln(), 0.7);
        for _ in 0..60 {
            let (left, middle, right) = (value(x - width), value(x), value(x + width));
            let curvature = left - 2.0 * middle + right;
            if middle >= f64::MAX {
                x -= width; // what overflows does so for large c
                continue;
            }
            if middle > left || middle > right || curvature <= 0.0 {
                x += if left < right { -width } else { width };
                if !(-25.0..40.0).contains(&x) {
                    break;
                }
                continue;
            }
            let step = 0.5 * width * (left - right) / curvature;
            x += step;
            if step.abs() <= precision || width <= CLOSEST {
                value(x);
                break;
            }
            width = (2.0 * step.abs()).min(0.25 * width).max(CLOSEST);
        }
        best.1.exp()
    }
}

/// `κ(c) = c^c / (1 + c)^(1+c)`: its logarithm is `−c ln(1 + 1/c) − ln(1 + c)`.
pub(super) fn log_kappa(c: f64) -> Ball {
    let (first, second) = (c * (1.0 / c).ln_1p(), c.ln_1p());
    let value = -first - second;
    Ball::exactly(value)
        .widened(first * (2.0 * ELEMENTARY) + second * ELEMENTARY + 4.0 * U * value.abs())
}
