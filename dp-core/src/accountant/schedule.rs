use super::{
    Bracket, Event,
    ball::{Ball, ELEMENTARY},
    contour::{About, Contour},
    law::{Direction, Law},
    moments::Moments,
    rules::Rules,
};
use crate::Error;

/// Releases that were fixed before any data was seen: which noise, and how often.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub(super) laws: Vec<(Law, u64)>,
}

impl Schedule {
    /// All of `events`, in whatever order.
    pub fn new(events: impl IntoIterator<Item = Event>) -> Self {
        let mut laws: Vec<(Law, u64)> = Vec::new();
        for Event { law, count } in events {
            match laws.last_mut() {
                Some((last, counted)) if *last == law => *counted = counted.saturating_add(count),
                _ => laws.push((law, count)),
            }
        }
        laws.retain(|(_, count)| *count > 0);
        Self { laws }
    }

    /// The least ε ≥ 0 for which all releases together are (ε, `delta`)-differentially private. It is
    /// infinite where no ε is.
    ///
    /// # Errors
    /// [`Error::AskedDelta`] unless `delta` is 0 or `1e-300 ≤ delta < 1`.
    pub fn epsilon(&self, delta: f64) -> Result<Bracket, Error> {
        if delta != 0.0 && !(1e-300..1.0).contains(&delta) {
            return Err(Error::AskedDelta(delta));
        }
        Ok(self.either_way(|moments| epsilon(moments, delta)))
    }

    /// The least δ for which all releases together are (`epsilon`, δ)-differentially private.
    ///
    /// # Errors
    /// [`Error::AskedEpsilon`] unless `0 ≤ epsilon ≤ 1e9`.
    pub fn delta(&self, epsilon: f64) -> Result<Bracket, Error> {
        if !(0.0..=1e9).contains(&epsilon) {
            return Err(Error::AskedEpsilon(epsilon));
        }
        Ok(self.either_way(|moments| delta(moments, epsilon)))
    }

    /// The Rényi divergence of this order: `ln E_Q[(dP/dQ)^order] / (order − 1)`. It is infinite with
    /// releases that promise only with a δ.
    ///
    /// # Errors
    /// [`Error::Order`] unless `1 + 1e-6 ≤ order ≤ 1e6`.
    pub fn renyi(&self, order: f64) -> Result<Bracket, Error> {
        if !(1.0 + 1e-6..=1e6).contains(&order) {
            return Err(Error::Order(order));
        }
        Ok(self.either_way(|moments| {
            if moments.infinite().re > 0.0 {
                return Bracket { lower: f64::INFINITY, upper: f64::INFINITY };
            }
            let c = order - 1.0; // exact from 1 to 2, within u of itself beyond
            let log = moments.log_moment(c) * Ball::exactly(c).recip();
            let off = log.re.abs() * 4.0 * f64::EPSILON * order;
            let log = log.widened(off);
            Bracket { lower: log.lower().max(0.0), upper: log.upper() }
        }))
    }

    /// The larger answer of both directions, where they differ.
    fn either_way(&self, answer: impl Fn(Moments<'_>) -> Bracket) -> Bracket {
        let from = |at| answer(Moments { laws: &self.laws, at });
        let with = from(Direction::With);
        let differs = self.laws.iter().any(|(law, _)| matches!(law, Law::Subsampled(_)));
        if differs { with.larger(from(Direction::Without)) } else { with }
    }
}

fn epsilon(moments: Moments<'_>, delta: f64) -> Bracket {
    let Some(rules) = Rules::of(moments.laws, moments.at) else {
        return tight_epsilon(moments, delta, f64::INFINITY);
    };
    let infinite = moments.infinite();
    if delta < infinite.upper().max(0.0) && infinite.re > 0.0 || delta == 0.0 {
        return tight_epsilon(moments, delta, f64::INFINITY).and(Bracket {
            lower: 0.0,
            upper: if infinite.re > 0.0 { f64::INFINITY } else { rules.basic() },
        });
    }
    let slack = if infinite.re > 0.0 { (delta - infinite.upper()).next_down() } else { delta };
    let mut closed = rules.basic();
    if slack > 0.0 {
        closed = closed.min(rules.advanced(slack)).min(rules.optimal(slack));
    }
    tight_epsilon(moments, delta, closed)
}

/// With an upper bound from elsewhere.
fn tight_epsilon(moments: Moments<'_>, delta: f64, closed: f64) -> Bracket {
    let infinite = moments.infinite();
    if moments.laws.is_empty() {
        return Bracket { lower: 0.0, upper: 0.0 };
    }
    let most = if infinite.re > 0.0 { infinite.upper() } else { 0.0 };
    let slack = (delta - most).next_down();
    if delta == 0.0 || slack <= 0.0 {
        // Whether any ε is enough: all that is certain is that less than the atom at infinity is not.
        let none = delta < infinite.lower();
        let lower = if none { f64::INFINITY } else { 0.0 };
        let lower = if delta == 0.0 && !none {
            moments.largest().map_or(f64::INFINITY, |largest| largest.lower())
        } else {
            lower
        };
        return Bracket { lower, upper: closed };
    }
    let log_delta = Ball::exactly(slack.ln()).widened(ELEMENTARY * slack.ln().abs());
    let c = moments.saddle_at_delta(log_delta.re, 0.05);
    let chernoff = moments.epsilon(c, log_delta).upper();
    let guess = chernoff.min(closed);
    let about =
        About { c, epsilon: guess, log_delta: log_delta.re, precision: 5e-7 * guess.max(1e-9) };
    let contour = Contour::new(moments, about);
    let only_bounds = moments.laws.iter().any(|(law, _)| law.only_bounds());
    if contour.is_none() || only_bounds {
        let c = moments.saddle_at_delta(log_delta.re, 1e-6);
        let upper = moments.epsilon(c, log_delta).upper().min(closed).max(0.0);
        let lower = contour.map_or(0.0, |contour| solved(&contour, delta, guess, c).lower);
        return Bracket { lower: lower.min(upper), upper };
    }
    let answer = contour.map(|contour| solved(&contour, delta, guess, c)).expect("just checked");
    answer.and(Bracket { lower: 0.0, upper: closed.min(chernoff.max(0.0)) })
}

fn delta(moments: Moments<'_>, epsilon: f64) -> Bracket {
    let infinite = moments.infinite();
    let infinite = Bracket { lower: infinite.lower().max(0.0), upper: infinite.upper().max(0.0) };
    let infinite =
        if moments.infinite().re > 0.0 { infinite } else { Bracket { lower: 0.0, upper: 0.0 } };
    if moments.laws.is_empty() || moments.largest().is_some_and(|most| epsilon >= most.upper()) {
        return infinite;
    }
    let only_bounds = moments.laws.iter().any(|(law, _)| law.only_bounds());
    let c = moments.saddle_at_epsilon(epsilon, if only_bounds { 1e-6 } else { 0.05 });
    let log_delta = moments.log_delta(c, epsilon);
    let chernoff = log_delta.exp().upper() + infinite.upper;
    let about = About { c, epsilon, log_delta: log_delta.re, precision: 1e-6 / c };
    let tight = Contour::new(moments, about).map_or(infinite, |contour| contour.delta(epsilon));
    if only_bounds || tight.upper <= infinite.upper {
        return Bracket { lower: tight.lower, upper: chernoff.min(1.0) };
    }
    tight.and(Bracket { lower: 0.0, upper: chernoff.next_up().min(1.0) })
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
        if let Some((before, off_before)) = last.filter(|&(before, _)| before != at) {
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
    let end = |sign: f64, holds: &dyn Fn(Bracket) -> bool| {
        let mut out = step;
        for _ in 0..80 {
            let epsilon = at + sign * out;
            if epsilon <= 0.0 && sign < 0.0 {
                return Some(0.0);
            }
            if holds(contour.delta(epsilon.max(0.0))) {
                return Some(epsilon.max(0.0));
            }
            out *= 2.0;
        }
        None
    };
    let upper = end(1.0, &|value| value.upper <= delta);
    let lower = end(-1.0, &|value| value.lower >= delta);
    Bracket { lower: lower.unwrap_or(0.0), upper: upper.unwrap_or(f64::INFINITY) }
}
