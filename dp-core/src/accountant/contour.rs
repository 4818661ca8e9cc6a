use std::f64::consts::PI;

use super::{
    ball::Ball,
    bracket::Bracket,
    lattice::Lattice,
    moments::{Moments, log_kappa},
};

/// `δ(ε)` of a fixed schedule, by the inverse Laplace transform along `Re s = c`, with certificates.
#[derive(Debug)]
pub(super) struct Contour {
    c: f64,
    /// `T`.
    period: f64,
    nodes: Vec<Node>,
    /// 1 over `T`, or over how many points of the lattice a period has.
    weight: Ball,
    /// `K(c)`, a little more or less: what all terms are relative to.
    level: f64,
    /// What is left out beyond the last node, relative to `exp(level − c (ε + shift))`.
    truncation: f64,
    /// For aliasing from above: a larger `c'`, and `K(c') + ln κ(c')`.
    steeper: (f64, f64),
    /// The loss's lattice, and its spacing; the kernel then counts from the next point.
    lattice: Option<(Lattice, Ball)>,
    /// τ, or 0.
    smoothing: f64,
    infinite: Ball,
}

#[derive(Debug)]
struct Node {
    s: Ball,
    /// `ln M(s)`.
    log: Ball,
    kernel: Ball,
    /// What smoothing by 2τ makes of the term beside that by τ.
    smoother: Ball,
}

/// What is asked, to size the contour; nothing rests on how well it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) c: f64,
    pub(super) epsilon: f64,
    pub(super) log_delta: f64,
    /// How far ε may be off where smoothing is needed.
    pub(super) precision: f64,
}

/// Sums this long are taken whole rather than asked how much of them is needed.
const SHORT: usize = 64;
const MOST_NODES: usize = 1 << 15;

impl Contour {
    /// `None` where it would take too many nodes.
    pub(super) fn new(moments: Moments<'_>, about: About) -> Option<Self> {
        let size = Size::of(moments, about)?;
        Self::on_lattice(moments, about, size).or_else(|| Self::on_line(moments, about, size))
    }

    fn on_lattice(moments: Moments<'_>, about: About, size: Size) -> Option<Self> {
        let lattice = moments.lattice()?;
        let (c, spacing) = (about.c, lattice.spacing());
        let points = (size.period / spacing.re).ceil().max(3.0);
        if points > 1e12 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "up to 1e12")]
        let points = points as usize | 1; // odd, so that all nodes but the first come in pairs
        #[expect(clippy::cast_precision_loss, reason = "up to 1e12")]
        let count = points as f64;
        let (half, step) = ((points - 1) / 2, 2.0 * PI / (count * spacing.re));
        let growth = (c * spacing.re).min(700.0).exp() * (0.5 * spacing.re).sinh();
        let left_out = |last: usize, decay: f64| {
            #[expect(clippy::cast_precision_loss, reason = "nodes are few")]
            let tail = growth * count / (4.0 * last as f64);
            decay.exp() * tail
        };
        let (last, truncation) = if half <= SHORT {
            (half, 0.0)
        } else {
            let last = size.last(c, step, half, |u| moments.decay(c, u, true));
            match last {
                Some((last, decay)) if last < half && last <= MOST_NODES => {
                    (last, left_out(last, decay))
                }
                _ if half <= MOST_NODES => (half, 0.0),
                _ => return None,
            }
        };
        let one_less = -(-spacing).exp_m1();
        let kernel = |s: Ball| {
            let (first, second) = (-(s * spacing), -((s + Ball::ONE) * spacing));
            one_less / (first.exp_m1() * second.exp_m1())
        };
        let nodes = moments.nodes(c, step, last, 0.0, kernel);
        let size = Size { period: count * spacing.re, ..size };
        let weight = Ball::exactly(count).recip();
        Self::assembled(moments.infinite(), about, size, nodes, weight, truncation, 0.0)
            .map(|contour| Self { lattice: Some((lattice, spacing)), ..contour })
    }

    fn on_line(moments: Moments<'_>, about: About, size: Size) -> Option<Self> {
        let (c, step) = (about.c, 2.0 * PI / size.period);
        let decay = |u: f64| moments.decay(c, u, false);
        let most = moments.most_nodes(MOST_NODES);
        let (last, smoothing) = match size.last(c, step, most, decay) {
            Some((last, _)) => (last, 0.0),
            None => size.smoothed(about, step, most, decay)?,
        };
        #[expect(clippy::cast_precision_loss, reason = "nodes are few")]
        let u = last as f64 * step;
        let truncation = (decay(u) - 0.5 * smoothing * u * u).exp() / (PI * u);
        let kernel = |s: Ball| (s * (s + Ball::ONE)).recip();
        let nodes = moments.nodes(c, step, last, smoothing, kernel);
        let weight = Ball::near(size.period).recip();
        Self::assembled(moments.infinite(), about, size, nodes, weight, truncation, smoothing)
    }

    fn assembled(
        infinite: Ball,
        about: About,
        size: Size,
        nodes: Vec<Node>,
        weight: Ball,
        truncation: f64,
        smoothing: f64,
    ) -> Option<Self> {
        let (c, level) = (about.c, nodes[0].log);
        let smooth = |c: f64| 0.5005 * smoothing * c * (c + 1.0);
        let contour = Self {
            c,
            period: size.period,
            nodes,
            weight,
            level: level.re,
            truncation: 1.001 * truncation * level.radius.exp(),
            steeper: (size.steeper, size.log_bound + smooth(size.steeper)),
            lattice: None,
            smoothing,
            infinite,
        };
        (level.radius < 1.0 && contour.truncation.is_finite()).then_some(contour)
    }

    #[cfg(test)]
    pub(super) fn show(&self) -> String {
        format!("c {} T {} nodes {} level {} trunc {:e} steeper {:?} smoothing {:e} last {:?}", self.c, self.period, self.nodes.len(), self.level, self.truncation, self.steeper, self.smoothing, self.nodes.last())
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
            upper: (finite.upper + infinite.upper().max(0.0)).next_up().clamp(0.0, 1.0),
        }
    }

    /// Between two points of the lattice `δ` is linear in `exp(ε)`.
    fn between_points(&self, lattice: Lattice, spacing: Ball, epsilon: f64) -> Bracket {
        let m = lattice.below(epsilon);
        let (left, right) = (lattice.point(m), lattice.point(m + 1.0));
        let (first, second) = (self.at(left), self.at(right));
        // Within what ε and the point are off by, ε lies in the cell.
        let part = (Ball::exactly(epsilon) - left).exp_m1() / spacing.exp_m1();
        let (least, most) = (part.lower().clamp(0.0, 1.0), part.upper().clamp(0.0, 1.0));
        let between = |a: f64, b: f64, part: f64| a - part * (a - b);
        Bracket {
            lower: between(first.lower, second.lower.min(first.lower), most) * (1.0 - 1e-15),
            upper: between(first.upper, second.upper.min(first.upper), least) * (1.0 + 1e-15),
        }
    }

    /// The finite part of `δ`, at a point of the lattice if there is one.
    fn at(&self, epsilon: Ball) -> Bracket {
        let c = self.c;
        let from = self.lattice.map_or(epsilon, |(_, spacing)| epsilon + spacing);
        let base = self.level - c * from.re;
        let (mut sum, mut smoother) = (Ball::ZERO, Ball::ZERO);
        for (j, node) in self.nodes.iter().enumerate() {
            let turned = node.s.times(from.re).widened(node.s.modulus() * from.radius);
            let exponent = node.log - turned - Ball::exactly(base);
            let term = (exponent.exp() * node.kernel).times(if j == 0 { 1.0 } else { 2.0 });
            sum = sum + term;
            if self.smoothing > 0.0 {
                smoother = smoother + term * node.smoother;
            }
        }
        let scale = Ball::exactly(base).exp();
        let (scale_low, scale_high) = (scale.lower().max(0.0), scale.upper());
        let sum = (sum.real() * self.weight).real();
        let upper = (sum.upper() + self.truncation) * scale_high * (1.0 + 1e-15);
        let alias = self.alias(epsilon.lower(), base);
        let rest = |sum: Ball| (sum.lower() - self.truncation - alias) * (1.0 - 1e-15);
        let least = if self.smoothing > 0.0 {
            let smoother = (smoother.real() * self.weight).real();
            let ratio = std::f64::consts::SQRT_2 - 1.0;
            let factor = 1.001 / ratio * (0.25 * self.smoothing).exp();
            let twice = smoother.upper() + self.truncation;
            rest(sum) - factor * (twice - rest(sum)).max(0.0)
        } else {
            rest(sum)
        };
        Bracket { lower: (least * scale_low).max(0.0), upper: upper.max(0.0) }
    }

    /// A bound on `Σ exp(c n T) δ(ε + n T)` over `n ≠ 0`, relative to `exp(base)`: below by `δ ≤ 1`, above
    /// by Chernoff's bound at the steeper `c'`.
    fn alias(&self, epsilon: f64, base: f64) -> f64 {
        let (c, period) = (self.c, self.period * (1.0 - 1e-14));
        let geometric = |exponent: f64, log: f64| (log - exponent).exp() / -(-exponent).exp_m1();
        let below = geometric(c * period, -base);
        let (steeper, log) = self.steeper;
        let above = geometric((steeper - c) * period, log - steeper * epsilon - base);
        1.001 * (below + above)
    }
}

/// How wide the loss is under the tilt, and the period `T` that keeps aliasing from below and from above
/// below 1e-18 of the answer.
#[derive(Clone, Copy, Debug)]
struct Size {
    spread: f64,
    period: f64,
    /// `c'`, and `K(c') + ln κ(c')`.
    steeper: f64,
    log_bound: f64,
}

impl Size {
    fn of(moments: Moments<'_>, about: About) -> Option<Self> {
        let About { c, epsilon, log_delta, .. } = about;
        let (left, middle) = (moments.log_moment(0.8 * c).re, moments.log_moment(c).re);
        let level = middle - c * epsilon;
        let mut spread = 0.0;
        let mut best: Option<Self> = None;
        for factor in [1.2, 1.5, 2.0, 3.0, 5.0] {
            let steeper = factor * c;
            let log_moment = moments.log_moment(steeper);
            if factor == 1.2 {
                spread = ((left - 2.0 * middle + log_moment.re).max(0.0)).sqrt() / (0.2 * c);
            }
            let log_bound = (log_moment + log_kappa(steeper)).upper();
            let period = (log_bound - steeper * epsilon - level + 42.0) / (steeper - c);
            if best.is_none_or(|best| period < best.period) {
                best = Some(Self { spread, period, steeper, log_bound });
            }
        }
        let best = best?;
        let period = best.period.max((44.0 - log_delta.min(0.0)) / c);
        (period.is_finite() && period > 0.0).then_some(Self { period, ..best })
    }

    /// The last node that is needed, and how far the transform has fallen there; `None` if that takes
    /// more than `most`.
    fn last(
        self,
        c: f64,
        step: f64,
        most: usize,
        decay: impl Fn(f64) -> f64,
    ) -> Option<(usize, f64)> {
        let wanted = |u: f64| (PI * u / (c * (c + 1.0) * (self.spread + 1.0 / c))).ln() - 39.0;
        #[expect(clippy::cast_precision_loss, reason = "nodes are few")]
        let at = |last: usize| last as f64 * step;
        let mut first = 8.5 / (self.spread * step).max(1e-9);
        let mut fallen_at_most = None;
        while first < most as f64 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below most")]
            let last = (first.ceil() as usize).max(4);
            let fallen = decay(at(last));
            if fallen <= wanted(at(last)) {
                return Some((last, fallen));
            }
            let fallen_at_most = *fallen_at_most.get_or_insert_with(|| decay(at(most)));
            if fallen_at_most > wanted(at(most)) {
                return None;
            }
            first *= 1.25;
        }
        let fallen = fallen_at_most.unwrap_or_else(|| decay(at(most)));
        (fallen <= wanted(at(most))).then_some((most, fallen))
    }

    /// The last node, and the smoothing that it takes.
    fn smoothed(
        self,
        about: About,
        step: f64,
        most: usize,
        decay: impl Fn(f64) -> f64,
    ) -> Option<(usize, f64)> {
        let About { c, precision, .. } = about;
        let mut smoothing = 2.0 * precision / (3.4 * (c + 1.0));
        for _ in 0..40 {
            let relative = 1.7 * smoothing * c * (c + 1.0) * 1e-3;
            let kernel = (c * (c + 1.0) * (self.spread + 1.0 / c)).ln();
            let mut u = step.max(2.0 * c + 2.0);
            while decay(u) - 0.5 * smoothing * u * u - (PI * u).ln() + kernel > relative.ln() {
                u *= 1.1;
                if !u.is_finite() {
                    return None;
                }
            }
            let last = (u / step).ceil();
            if last <= most as f64 {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below")]
                return Some(((last as usize).max(4), smoothing));
            }
            smoothing *= 1.5 * (last / most as f64).powi(2);
        }
        None
    }
}

impl Moments<'_> {
    fn nodes(
        self,
        c: f64,
        step: f64,
        last: usize,
        smoothing: f64,
        kernel: impl Fn(Ball) -> Ball,
    ) -> Vec<Node> {
        let logs = Moments::on_line(&self, c, step, last);
        let node = |(j, log): (usize, Ball)| {
            #[expect(clippy::cast_precision_loss, reason = "nodes are few")]
            let u = j as f64 * step;
            let s = Ball::on_line(c, u);
            let smooth = if smoothing > 0.0 {
                (s * (s + Ball::ONE)).times(0.5 * smoothing)
            } else {
                Ball::ZERO
            };
            let smoother = if smoothing > 0.0 { smooth.exp() } else { Ball::ONE };
            Node { s, log: log + smooth, kernel: kernel(s), smoother }
        };
        logs.into_iter().enumerate().map(node).collect()
    }
}
