//! `δ(ε)` of a fixed schedule, by inverting the Laplace transform of its loss, with certificates.
//!
//! Let `L` be the sum of the losses under `P`, and `M(s) = E[exp(s L)]` its transform where `L` is finite.
//! For `c > 0`, `(1 − exp(−x))⁺` is the inverse transform of `1 / (s (s + 1))` along `Re s = c`, and so
//!
//! ```text
//! δ(ε) = P(L = ∞) + D(ε),    D(ε) = E[(1 − exp(ε − L))⁺] = 1/2π ∫ M(s) exp(−s ε) / (s (s + 1)) du
//! ```
//!
//! with `s = c + i u` ([AGSC23], section 3, who expand it instead). Four things keep a sum from being the
//! integral; each is bounded, so that the two ends of an answer hold.
//!
//! **Aliasing.** The trapezoid rule with step `2π/T` is, by Poisson's summation formula, exactly
//!
//! ```text
//! 1/T Σ_j M(s_j) exp(−s_j ε) / (s_j (s_j + 1)) = Σ_n exp(c n T) D(ε + n T),    s_j = c + 2πi j/T.
//! ```
//!
//! No term is negative: the sum is never too low. Those with `n < 0` are at most
//! `exp(−c T) / (1 − exp(−c T))` together, as `D ≤ 1`; those with `n > 0` are bounded by Chernoff's bound
//! `D(ε) ≤ κ(c') M(c') exp(−c' ε)` ([`Moments::log_delta`]) at some `c' > c`, and are again a geometric
//! series.
//!
//! **Truncation.** Terms with `u > U = 2πJ/T` are at most `M(c) exp(−c ε) R / u²`, where `R` bounds
//! `|M(c + i v) / M(c)|` for all `v ≥ U` ([`Moments::decay`]); as `Σ_{j > J} 1/j² ≤ 1/J`, both sides add
//! up to at most `M(c) exp(−c ε) R / π U`.
//!
//! **Rounding.** Every transform is a disc that holds it ([`Ball`]), and so is the sum.
//!
//! **Atoms.** Where the loss has atoms, `|M|` comes back to what they weigh however far `u` goes, and the
//! sum does not end. If they are on a lattice, it is periodic:
//!
//! - *A lattice.* Let all losses be among the points `w` apart, `ε` one of them, and `T = N w`. Half of
//!   the `N` nodes of one period are the complex conjugates of the others, and with the kernel
//!   `Σ_{m ≥ 1} exp(−s m w) (1 − exp(−m w)) = exp(−s w) (1 − exp(−w)) / (1 − exp(−s w)) (1 − exp(−(s+1) w))`
//!   the sum over one period, divided by `N`, is the same aliased one: nothing is cut off. With
//!   `|1 − exp(−z)| ≥ 2 exp(−Re z/2) |sin(Im z/2)|` the kernel is at most
//!   `½ sinh(w/2) / sin²(u w/2) ≤ π² sinh(w/2) / 2 u² w²`; so if the sum ends after `J` nodes, what is left
//!   out is at most `M(c) exp(−c ε) R sinh(w/2) N / 4J`. Between two points `D` is linear in `exp(ε)`.
//! - *Smoothing.* Otherwise the schedule is composed with Gaussian noise of variance `τ` in the loss,
//!   which multiplies `M` by `exp(τ (s + s²) / 2)`. That can only raise `D`, to `D_τ`. In terms of
//!   `X = exp(L)` under `Q`, `D(ε) = E[(X − t)⁺]` with `t = exp(ε)`, and `D_τ − D` is the expectation over
//!   `X` of the time value of an option with spot `X`, strike `t` and total variance `τ`, which is
//!   `∫₀^τ g(v) dv` with `g(v) ∝ v^(−½) exp(−x²/2v − v/8)` and `x = ln(X/t)`. As `x²` grows, later `v` gain
//!   weight, so `∫₀^2τ g / ∫₀^τ g` is least for `x = 0`, where it is at least `1 + (√2 − 1) exp(−τ/4)`.
//!   Hence `D_2τ − D_τ ≥ (√2 − 1) exp(−τ/4) (D_τ − D)` for every `X` and on average, and
//!   `D ≥ D_τ − (D_2τ − D_τ) exp(τ/4) / (√2 − 1)`. The error is of order `τ`, whatever the number of
//!   releases, and `exp(−τ u²/2)` ends the sum.
//!
//! A discretized distribution of the loss and its convolution, as other accountants have it, errs with
//! the number of releases, adds rounding noise to its tail, and is not needed beside these.
//!
//! [AGSC23]: https://arxiv.org/abs/2208.09595

use std::f64::consts::PI;

use super::{ball::Ball, bracket::Bracket, lattice::Lattice, law::Line, moments::Moments};

mod nodes;
mod size;

use nodes::Nodes;
pub(super) use size::{About, Size};

/// `δ(ε)`, by sums over the same nodes for every ε.
#[derive(Debug)]
pub(super) struct Contour {
    c: f64,
    /// `T`.
    period: f64,
    nodes: Nodes,
    /// Smoothed by 2τ, where `nodes` are smoothed by τ.
    smoother: Option<(f64, Nodes)>,
    /// 1 over `T`, or over how many points of the lattice a period has.
    weight: Ball,
    /// `ln M(c)`, up to its radius: what all terms are relative to.
    level: f64,
    /// What is left out beyond the last node, in the same terms.
    truncation: f64,
    /// For aliasing from above: a larger `c'`, and `ln (κ(c') M(c'))`.
    steeper: (f64, f64),
    /// The loss's lattice, and its spacing; the kernel then counts from the next point.
    lattice: Option<(Lattice, Ball)>,
    /// `P(L = ∞)`.
    infinite: Ball,
}

/// Sums this long are taken whole rather than asked how much of them is needed.
const SHORT: usize = 64;
/// What takes more nodes is not computed.
const MOST_NODES: usize = 1 << 15;

impl Contour {
    /// `None` where it would take too many nodes.
    pub(super) fn new(moments: Moments<'_>, about: About) -> Option<Self> {
        let size = Size::of(moments, about)?;
        Self::on_lattice(moments, about, size).or_else(|| Self::on_line(moments, about, size))
    }

    pub(super) fn on_lattice(moments: Moments<'_>, about: About, size: Size) -> Option<Self> {
        let lattice = moments.lattice()?;
        let (c, spacing) = (about.c, lattice.spacing());
        let points = (size.period / spacing.re).ceil().max(3.0);
        if points > 1e12 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "up to 1e12")]
        let points = points as usize | 1; // odd, so that all nodes but the first come in pairs
        let count = points as f64;
        let (half, step) = ((points - 1) / 2, 2.0 * PI / (count * spacing.re));
        let growth = (c * spacing.re).min(700.0).exp() * (0.5 * spacing.re).sinh();
        let left_out = |last: usize, decay: f64| {
            let tail = growth * count / (4.0 * last as f64);
            decay.exp() * tail
        };
        let (last, truncation) = if half <= SHORT {
            (half, 0.0)
        } else {
            let most = half.min(MOST_NODES);
            match size.last(c, step, most, |u| moments.decay(c, u, true)) {
                Some((last, decay)) if last < half => (last, left_out(last, decay)),
                _ if half <= MOST_NODES => (half, 0.0),
                _ => return None,
            }
        };
        let one_less = -(-spacing).exp_m1();
        let kernel = |s: Ball| {
            let (first, second) = (-(s * spacing), -((s + Ball::ONE) * spacing));
            one_less / (first.exp_m1() * second.exp_m1())
        };
        let size = Size { period: count * spacing.re, ..size };
        let weight = Ball::exactly(count).recip();
        let step_error = spacing.radius / spacing.re;
        let line = Line { c, step, step_error, last };
        let contour = Self::summed(moments, size, line, 0.0, truncation, weight, kernel)?;
        Some(Self { lattice: Some((lattice, spacing)), ..contour })
    }

    pub(super) fn on_line(moments: Moments<'_>, about: About, size: Size) -> Option<Self> {
        let (c, step) = (about.c, 2.0 * PI / size.period);
        let decay = |u: f64| moments.decay(c, u, false);
        let most = moments.most_nodes(MOST_NODES);
        let (last, smoothing, fallen) =
            if let Some((last, fallen)) = size.last(c, step, most, decay) {
                (last, 0.0, fallen)
            } else {
                let (last, smoothing) = size.smoothed(about, step, most, decay)?;
                (last, smoothing, decay(last as f64 * step))
            };
        let line = Line { c, step, step_error: 0.0, last };
        let u = line.frequency(last);
        // What smoothing raises `M(c)` by is added where the terms are; twice as much falls even faster.
        let truncation = (fallen - 0.5 * smoothing * u * u).exp() / (PI * u);
        let kernel = |s: Ball| (s * (s + Ball::ONE)).recip();
        let weight = Ball::near(size.period).recip();
        Self::summed(moments, size, line, smoothing, truncation, weight, kernel)
    }

    fn summed(
        moments: Moments<'_>,
        size: Size,
        line: Line,
        smoothing: f64,
        truncation: f64,
        weight: Ball,
        kernel: impl Fn(Ball) -> Ball,
    ) -> Option<Self> {
        let logs = moments.on_line(line);
        let level = logs[0];
        let smooth = |s: Ball| (s * (s + Ball::ONE)).times(0.5 * smoothing);
        let term = |(j, log): (usize, &Ball)| {
            let s = line.point(j);
            let log = *log - Ball::exactly(level.re);
            if smoothing == 0.0 {
                log.exp() * kernel(s)
            } else {
                (log + smooth(s)).exp() * kernel(s)
            }
        };
        let terms: Vec<Ball> = logs.iter().enumerate().map(term).collect();
        let smoother = (smoothing > 0.0).then(|| {
            let terms =
                terms.iter().enumerate().map(|(j, &term)| term * smooth(line.point(j)).exp());
            (smoothing, Nodes::new(line, terms))
        });
        let at_real = |c: f64| 0.5005 * smoothing * c * (c + 1.0);
        let truncation = 1.001 * truncation * (level.radius + 2.0 * at_real(line.c)).exp();
        let contour = Self {
            c: line.c,
            period: size.period,
            nodes: Nodes::new(line, terms.into_iter()),
            smoother,
            weight,
            level: level.re,
            truncation,
            steeper: (size.steeper, size.log_bound + at_real(size.steeper)),
            lattice: None,
            infinite: moments.infinite(),
        };
        // What bounds aliasing and truncation is off by no more than that: 1.001 has room for it.
        let off = level.radius + 1e-15 * (level.re.abs() + line.c * size.epsilon);
        (off < 1e-4 && truncation.is_finite()).then_some(contour)
    }

    /// What `δ(ε)` is between.
    pub(super) fn delta(&self, epsilon: f64) -> Bracket {
        let finite = if let Some((lattice, spacing)) = self.lattice {
            self.between_points(lattice, spacing, epsilon)
        } else {
            self.at(Ball::exactly(epsilon))
        };
        let infinite = self.infinite;
        Bracket {
            lower: (finite.lower + infinite.lower().max(0.0)).next_down().clamp(0.0, 1.0),
            upper: certain(finite.upper + infinite.upper()).next_up().clamp(0.0, 1.0),
        }
    }

    /// In the cell that ε is in; where rounding does not tell which, in both.
    fn between_points(&self, lattice: Lattice, spacing: Ball, epsilon: f64) -> Bracket {
        let m = lattice.below(epsilon);
        let within = |m: f64| self.within_cell(lattice, spacing, m, epsilon);
        let mut answer = within(m);
        if epsilon <= lattice.point(m).upper() {
            answer = answer.either(within(m - 1.0));
        }
        if epsilon >= lattice.point(m + 1.0).lower() {
            answer = answer.either(within(m + 1.0));
        }
        answer
    }

    /// If ε is between the points with numbers `m` and `m + 1`.
    fn within_cell(&self, lattice: Lattice, spacing: Ball, m: f64, epsilon: f64) -> Bracket {
        let (left, right) = (lattice.point(m), lattice.point(m + 1.0));
        let (first, second) = (self.at(left), self.at(right));
        let part = (Ball::exactly(epsilon) - left).exp_m1() / spacing.exp_m1();
        let (least, most) = (part.lower().clamp(0.0, 1.0), part.upper().clamp(0.0, 1.0));
        let between = |a: f64, b: f64, part: f64| a - part * (a - b);
        Bracket {
            lower: between(first.lower, second.lower.min(first.lower), most) * (1.0 - 1e-15),
            upper: between(first.upper, second.upper.min(first.upper), least) * (1.0 + 1e-15),
        }
    }

    /// `D(ε)`, at a point of the lattice if there is one.
    fn at(&self, epsilon: Ball) -> Bracket {
        let from = self.lattice.map_or(epsilon, |(_, spacing)| epsilon + spacing);
        let base = Ball::exactly(self.level) - Ball::exactly(self.c) * from;
        let scale = base.exp().real();
        let sum = self.nodes.at(from) * self.weight;
        let upper = (sum.upper() + self.truncation) * scale.upper() * (1.0 + 1e-15);
        let alias = self.alias(epsilon.lower(), base.lower());
        let mut least = (sum.lower() - self.truncation - alias) * (1.0 - 1e-15);
        if let Some((smoothing, nodes)) = &self.smoother {
            let twice = (nodes.at(from) * self.weight).upper() + self.truncation;
            let factor = 1.001 / (std::f64::consts::SQRT_2 - 1.0) * (0.25 * smoothing).exp();
            least -= factor * (twice - least).max(0.0);
        }
        Bracket { lower: (least * scale.lower().max(0.0)).max(0.0), upper: certain(upper) }
    }

    /// All aliases of `D`, relative to `exp(base)`.
    fn alias(&self, epsilon: f64, base: f64) -> f64 {
        let (c, period) = (self.c, self.period * (1.0 - 1e-14));
        let geometric = |exponent: f64, log: f64| (log - exponent).exp() / -(-exponent).exp_m1();
        let (steeper, log) = self.steeper;
        let below = geometric(c * period, -base);
        let above = geometric((steeper - c) * period, log - steeper * epsilon - base);
        1.001 * (below + above)
    }
}

/// An upper bound, where there is one.
fn certain(upper: f64) -> f64 {
    if upper.is_nan() { f64::INFINITY } else { upper.max(0.0) }
}
