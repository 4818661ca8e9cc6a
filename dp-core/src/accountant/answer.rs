use super::{
    Bracket,
    ball::{Ball, ELEMENTARY},
    contour::{About, Contour},
    moments::Moments,
    rules::Rules,
};

/// How far off an answer may be where its contour needs smoothing: of ε, and of δ, each relative.
const PRECISION: f64 = 1e-6;
/// How well the saddle is found for a contour, and where Chernoff's bound is the answer: in `ln c`.
const ROUGHLY: f64 = 0.15;
const CLOSELY: f64 = 1e-6;

impl Moments<'_> {
    /// The least ε ≥ 0 with `δ(ε) ≤ delta`: what all ways to it allow.
    pub(super) fn least_epsilon(self, delta: f64) -> Bracket {
        if self.laws.is_empty() {
            return Bracket { lower: 0.0, upper: 0.0 };
        }
        let infinite = self.infinite();
        // What is left of δ for finite losses, down: privacy.
        let slack = if infinite.re > 0.0 { (delta - infinite.upper()).next_down() } else { delta };
        if slack <= 0.0 {
            return self.epsilon_without_slack(delta);
        }
        let rules = Rules::of(self.laws);
        let closed = rules.map_or(f64::INFINITY, |rules| {
            rules.basic().min(rules.advanced(slack)).min(rules.optimal(slack))
        });
        let log_delta = Ball::exactly(slack.ln()).widened(ELEMENTARY * slack.ln().abs());
        let c = self.saddle_at_delta(log_delta.re, ROUGHLY);
        let guess = self.epsilon(c, log_delta).upper().min(closed);
        let precision = 0.5 * PRECISION * guess.max(1e-9);
        let about = About { c, epsilon: guess, log_delta: log_delta.re, precision };
        let contour = Contour::new(self, about);
        let tight = contour.map(|contour| solved(&contour, delta, guess, c));
        let Some(tight) = tight.filter(|_| !self.only_bounds()) else {
            let c = self.saddle_at_delta(log_delta.re, CLOSELY);
            let upper = self.epsilon(c, log_delta).upper().min(guess).max(0.0);
            return Bracket { lower: tight.map_or(0.0, |tight| tight.lower.min(upper)), upper };
        };
        tight.and(Bracket { lower: 0.0, upper: guess.max(0.0) })
    }

    /// The least ε where δ has no room for finite losses: the largest of them, or none at all.
    fn epsilon_without_slack(self, delta: f64) -> Bracket {
        let infinite = self.infinite();
        if infinite.re > 0.0 {
            let is_too_little = delta < infinite.lower();
            let lower = if is_too_little { f64::INFINITY } else { 0.0 };
            return Bracket { lower, upper: f64::INFINITY };
        }
        let ends = |largest: Ball| Bracket { lower: largest.lower(), upper: largest.upper() };
        let none = Bracket { lower: f64::INFINITY, upper: f64::INFINITY };
        self.largest().map_or(none, ends)
    }

    /// The least δ for this ε: what all ways to it allow.
    pub(super) fn least_delta(self, epsilon: f64) -> Bracket {
        let infinite = self.infinite();
        let infinite = if infinite.re > 0.0 {
            Bracket { lower: infinite.lower().max(0.0), upper: infinite.upper() }
        } else {
            Bracket { lower: 0.0, upper: 0.0 }
        };
        let is_beyond = self.largest().is_some_and(|largest| epsilon >= largest.upper());
        if self.laws.is_empty() || is_beyond {
            return infinite;
        }
        let c = self.saddle_at_epsilon(epsilon, if self.only_bounds() { CLOSELY } else { ROUGHLY });
        let log_delta = self.log_delta(c, epsilon);
        // No finite loss is above the largest, so that δ is at most 1 − exp(ε − largest).
        let most = self
            .largest()
            .map_or(1.0, |largest| (-(Ball::exactly(epsilon) - largest).exp_m1()).upper());
        let upper = (log_delta.exp().upper().min(most) + infinite.upper).next_up().min(1.0);
        let chernoff = Bracket { lower: infinite.lower, upper };
        let about = About { c, epsilon, log_delta: log_delta.re, precision: PRECISION / c };
        let Some(contour) = Contour::new(self, about) else { return chernoff };
        let tight = contour.delta(epsilon);
        if self.only_bounds() {
            return Bracket { lower: tight.lower.min(upper), upper };
        }
        tight.and(chernoff)
    }
}

/// The ε for which the contour's `δ(ε)` is `delta`: `δ` falls with ε.
fn solved(contour: &Contour, delta: f64, guess: f64, c: f64) -> Bracket {
    let middle = |bracket: Bracket| 0.5 * (bracket.lower + bracket.upper);
    let (mut at, mut slope) = (guess, -c);
    let mut last: Option<(f64, f64)> = None;
    let mut width = 0.0;
    for _ in 0..12 {
        let value = contour.delta(at);
        let off = (middle(value) / delta).ln();
        if !off.is_finite() {
            break;
        }
        if let Some((before, off_before)) = last {
            let secant = (off - off_before) / (at - before);
            if secant.is_finite() && secant < 0.0 {
                slope = secant;
            }
        }
        width = (value.upper - value.lower) / middle(value) / -slope;
        let step = -off / slope;
        last = Some((at, off));
        at += step;
        if step.abs() <= 0.1 * width || step.abs() <= 1e-14 * at.abs() {
            break;
        }
    }
    let step = width.max(2e-16 * at.abs()).max(1e-300);
    // Outward in steps that double.
    let is_enough = |value: Bracket| value.upper <= delta;
    let is_too_little = |value: Bracket| value.lower >= delta;
    let end = |sign: f64, holds: &dyn Fn(Bracket) -> bool| {
        let outward = (0..80).map(|doublings| at + sign * step * f64::from(doublings).exp2());
        outward
            .map(|epsilon| epsilon.max(0.0))
            .find(|&epsilon| (epsilon == 0.0 && sign < 0.0) || holds(contour.delta(epsilon)))
    };
    let mut upper = end(1.0, &is_enough).unwrap_or(f64::INFINITY);
    let mut lower = end(-1.0, &is_too_little).unwrap_or(0.0);
    // At a kink that is too far: halves, for as long as it can be told.
    while upper - lower > 8.0 * step && upper.is_finite() {
        let middle = 0.5 * (lower + upper);
        let value = contour.delta(middle);
        if is_enough(value) {
            upper = middle;
        } else if is_too_little(value) {
            lower = middle;
        } else {
            break;
        }
    }
    Bracket { lower, upper }
}
