//! The privacy curve: what other stretches than the protected one cost.

use std::{fmt, time::Duration};

use command_line::duration::in_words;
use datasite::Report;
use dp_core::{Overview, Terms, TotalEpsilon};

use crate::{Error, settings::percent};

/// The stretches of which people ask, besides the protected one, in seconds.
const STRETCHES: [u64; 7] = [1, 60, 300, 3600, 86_400, 604_800, 2_592_000];

/// What some stretches cost, the shortest first.
#[derive(Clone, Debug)]
pub struct Curve(pub Vec<Point>);

/// What a stretch costs.
#[derive(Clone, Debug)]
pub struct Point {
    /// How long it is.
    pub stretch: Duration,
    /// Under the present promise, whatever the caps.
    pub loss: TotalEpsilon,
    /// With the present caps, where they allow less.
    pub capped: Option<TotalEpsilon>,
    /// The least ε at [`Report::DELTA`] under the present promise, where less is to be shown than
    /// without.
    pub at_delta: Option<f64>,
    /// Over all promises that were ever made, where there are several.
    pub ever: Option<TotalEpsilon>,
    /// Whether it is the stretch that the promise names.
    pub is_protected: bool,
}

impl Curve {
    /// Of these terms.
    pub fn of(terms: &Terms) -> Result<Self, Error> {
        let Terms { promise, caps, .. } = terms;
        let mut stretches: Vec<Duration> = STRETCHES.map(Duration::from_secs).to_vec();
        stretches.push(promise.protects);
        stretches.sort();
        stretches.dedup();
        let point = |stretch| {
            let loss = terms.loss_over(stretch, percent())?;
            let allowed = caps.iter().map(|cap| cap.loss_over(stretch)).min();
            let capped = allowed.filter(|allowed| *allowed < loss);
            let is_protected = stretch == promise.protects;
            let at_delta = at_delta(terms, stretch, capped.unwrap_or(loss));
            Ok(Point { stretch, loss, capped, at_delta, ever: None, is_protected })
        };
        Ok(Self(stretches.into_iter().map(point).collect::<Result<_, Error>>()?))
    }

    /// Of a timeline's present promise and caps, and of all that were before.
    pub fn of_timeline(overview: &Overview) -> Result<Self, Error> {
        let Some(era) = overview.eras.last() else { return Ok(Self(Vec::new())) };
        let mut curve = Self::of(&era.terms)?;
        if overview.eras.len() > 1 {
            for point in &mut curve.0 {
                point.ever = Some(overview.loss_over(point.stretch)?);
            }
        }
        Ok(curve)
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = "What other stretches cost\n\n    any stretch of     ε";
        writeln!(f, "{heading}          someone who thought it 50:50 would be sure to")?;
        for Point { stretch, loss, capped, at_delta, ever, is_protected } in &self.0 {
            let (stretch, shown) = (in_words(*stretch), f64::from(capped.unwrap_or(*loss)));
            write!(f, "    {stretch:<18} {:<10} {}", significant(shown), odds(shown))?;
            if *is_protected {
                write!(f, "  ← protected")?;
            }
            if capped.is_some() {
                write!(f, "  ← capped; {} without", significant((*loss).into()))?;
            }
            if let Some(tight) = *at_delta {
                let sure = Some(odds(tight)).filter(|sure| *sure != odds(shown));
                let sure = sure.map_or_else(String::new, |sure| format!(" ({sure})"));
                write!(f, "  ← {}{sure} at δ = {:e}", significant(tight), Report::DELTA)?;
            }
            let shown = significant((*loss).into());
            if let Some(ever) = ever.map(f64::from).map(significant).filter(|ever| *ever != shown) {
                write!(f, "  ({ever} over all eras)")?;
            }
            writeln!(f)?;
        }
        if self.0.iter().any(|point| point.at_delta.is_some()) {
            writeln!(
                f,
                "\n    At δ = {:e} is what all values together cost while these settings stay, but for a\n    \
                     chance of one in {:.0}, roughly, that it is more.",
                Report::DELTA,
                1.0 / Report::DELTA,
            )?;
        }
        Ok(())
    }
}

/// The accountant's answer, where it has one and fewer digits of loss are `shown` without it.
fn at_delta(terms: &Terms, stretch: Duration, shown: TotalEpsilon) -> Option<f64> {
    let schedule = terms.schedule_over(stretch, percent()).ok()?;
    let tight = (schedule.epsilon(Report::DELTA).ok()?.upper * 1e9).ceil() / 1e9; // up: privacy
    let shown = f64::from(shown);
    (tight < shown && significant(tight) != significant(shown)).then_some(tight)
}

/// The posterior of somebody whose prior was one half: `e^ε / (1 + e^ε)`, rounded up.
fn odds(epsilon: f64) -> String {
    let percent = 100.0 / (1.0 + (-epsilon).exp());
    if percent > 99.9 {
        "almost 100 %: not hidden".into()
    } else {
        format!("{:.1} %", (percent * 10.0).ceil() / 10.0)
    }
}

/// About three significant digits, up: a loss never looks smaller than it is.
pub(crate) fn significant(number: f64) -> String {
    if number >= 100.0 {
        return format!("{:.0}", (number - 1e-6).ceil());
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    if number < 0.0001 {
        return "under 0.0001".to_owned();
    }
    let digits = if number >= 10.0 {
        1
    } else if number >= 1.0 {
        2
    } else {
        4
    };
    let unit = [1.0, 10.0, 100.0, 1e3, 1e4][digits];
    // The millionth absorbs binary fractions.
    let text = format!("{:.digits$}", (number * unit - 1e-6).ceil() / unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_and_odds_are_rounded_up() {
        for (loss, shown) in [
            (0.033_44, "0.0335"),
            (0.5, "0.5"),
            (2.0, "2"),
            (2.000_1, "2.01"),
            (12.34, "12.4"),
            (119.999_9, "120"),
            (120.1, "121"),
            (1e-9, "under 0.0001"),
        ] {
            assert_eq!(significant(loss), shown);
        }
        assert_eq!(odds(0.5), "62.3 %");
        assert_eq!(odds(5.0), "99.4 %");
        assert_eq!(odds(0.0), "50.0 %");
        assert_eq!(odds(50.0), "almost 100 %: not hidden");
    }
}
