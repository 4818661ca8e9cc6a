use super::{Bracket, Schedule};
use crate::Error;

impl Schedule {
    /// What a test of whether a record is there errs by at least: the least share of records that it
    /// misses, if it sees one that is not there with probability `false_positives` at most. For all
    /// of them it is the trade-off curve.
    ///
    /// It is the largest of 0, `1 − δ(ε) − exp(ε) α` and `exp(−ε) (1 − δ(ε) − α)` over all `ε ≥ 0`
    /// ([DRS22], Proposition 2.12). As `δ` is convex in `exp(ε)` the first is concave in that, and the
    /// second in `exp(−ε)`: from three points, lines bound each above its largest value.
    ///
    /// [DRS22]: https://doi.org/10.1111/rssb.12454
    ///
    /// # Errors
    /// [`Error::Rate`] unless `0 ≤ false_positives ≤ 1`.
    pub fn trade_off(&self, false_positives: f64) -> Result<Bracket, Error> {
        if !(0.0..=1.0).contains(&false_positives) {
            return Err(Error::Rate(false_positives));
        }
        let alpha = false_positives;
        let at = |x: f64, scale: f64, rest: f64| -> Result<Bracket, Error> {
            let delta = self.delta(x.ln().max(0.0))?;
            // A logarithm of up to 700 is off by less than 2e-13, and so, then, is δ.
            let value = |delta: f64| scale * (1.0 - delta - rest);
            Ok(Bracket { lower: value(delta.upper) - 2e-13, upper: value(delta.lower) + 2e-13 })
        };
        let most = self.epsilon(1e-15)?.upper.min(700.0).exp();
        let first = largest(1.0, most, |t| at(t, 1.0, t * alpha))?;
        let second = largest(1.0 / most, 1.0, |s| at(1.0 / s, s, alpha))?;
        let answer = first.larger(second);
        Ok(Bracket { lower: answer.lower.max(0.0), upper: answer.upper.clamp(0.0, 1.0 - alpha) })
    }
}

/// The largest value of a concave function between two points, by golden sections of the logarithm.
fn largest(
    low: f64,
    high: f64,
    value: impl Fn(f64) -> Result<Bracket, Error>,
) -> Result<Bracket, Error> {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let (mut left, mut right) = (low.ln(), high.ln());
    let point = |x: f64| Ok::<_, Error>((x.exp(), value(x.exp())?));
    let (mut ends, mut lower) = ((point(left)?, point(right)?), f64::NEG_INFINITY);
    let split = |left: f64, right: f64| right - GOLDEN * (right - left);
    let mut middle = (split(left, right), point(split(left, right))?);
    for _ in 0..40 {
        let x = left + right - middle.0;
        let other = (x, point(x)?);
        let (a, b) = if middle.0 < x { (middle, other) } else { (other, middle) };
        if a.1.1.lower + a.1.1.upper >= b.1.1.lower + b.1.1.upper {
            (right, ends.1, middle) = (b.0, b.1, a);
        } else {
            (left, ends.0, middle) = (a.0, a.1, b);
        }
        lower = lower.max(middle.1.1.lower);
        if right - left <= 1e-7 {
            break;
        }
    }
    let ((a, at_a), (m, at_m), (b, at_b)) = (ends.0, middle.1, ends.1);
    // The line from one end through the middle is above the function beyond the middle.
    let beyond =
        |rise: f64, run: f64, on: f64| if run > 0.0 { (rise / run * on).max(0.0) } else { 0.0 };
    let upper = at_m.upper
        + beyond(at_m.upper - at_a.lower, m - a, b - m).max(beyond(
            at_m.upper - at_b.lower,
            b - m,
            m - a,
        ));
    Ok(Bracket {
        lower: lower.max(at_a.lower).max(at_b.lower),
        upper: upper.max(at_a.upper).max(at_b.upper),
    })
}
