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
    /// The least ε at [`Report::DELTA`] under the present promise, whatever the caps, where it is less
    /// than what is shown without.
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
                "\n    At δ = {:e}: what all values together cost while these settings stay. It may be more,\n    \
                     with a chance of roughly δ.",
                Report::DELTA,
            )?;
        }
        Ok(())
    }
}

/// The accountant's answer, where it has one that is worth a word beside what is `shown` without it.
fn at_delta(terms: &Terms, stretch: Duration, shown: TotalEpsilon) -> Option<f64> {
    let schedule = terms.schedule_over(stretch, percent()).ok()?;
    let tight = (schedule.epsilon(Report::DELTA).ok()?.upper * 1e9).ceil() / 1e9; // up: privacy
    let shown = f64::from(shown);
    let is_less = tight <= Report::WORTH_A_WORD * shown && significant(tight) != significant(shown);
    is_less.then_some(tight)
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
    use crate::{
        profile::Profile,
        settings::{Given, Settings},
    };

    fn terms(given: Given) -> Terms {
        let settings = Settings::resolve(&given, &Given::default()).expect("sensible");
        settings.terms(&[]).expect("sensible")
    }

    /// What a stretch of so many days costs: without δ and with it, as it is shown.
    fn days(terms: &Terms, days: u64) -> (String, Option<String>) {
        let stretch = Duration::from_secs(86_400 * days);
        let curve = Curve::of(terms).expect("sensible").0;
        let point = curve.into_iter().find(|point| point.stretch == stretch).expect("a point");
        (significant(point.loss.into()), point.at_delta.map(significant))
    }

    #[test]
    fn at_delta_long_stretches_cost_what_the_docs_state() {
        let standard = terms(Given::default());
        assert_eq!(days(&standard, 1), ("2880".into(), Some("2714".into())));
        assert_eq!(days(&standard, 30), ("86397".into(), Some("78478".into())));
        let hour = terms(Given { profile: Some(Profile::Hour), ..Given::default() });
        assert_eq!(days(&hour, 1), ("24".into(), None));
        assert_eq!(days(&hour, 7), ("168".into(), Some("109".into())));
        assert_eq!(days(&hour, 30), ("720".into(), Some("366".into())));
    }

    #[test]
    fn at_delta_nothing_is_shown_that_a_cap_goes_below() {
        let cap =
            |loss: &str| Given { day_cap: Some(loss.parse().expect("a cap")), ..Given::default() };
        assert_eq!(days(&terms(cap("2800")), 1).1, Some("2714".into()));
        assert_eq!(days(&terms(cap("2000")), 1).1, None);
    }

    #[test]
    fn the_odds_at_delta_are_shown_where_they_are_others() {
        let hour = Given { profile: Some(Profile::Hour), epsilon: Some(0.3), ..Given::default() };
        let text = Curve::of(&terms(hour)).expect("sensible").to_string();
        for said in [
            "    1 min              0.0051     50.2 %\n",
            "7.2        almost 100 %: not hidden  ← 6.62 (99.9 %) at δ = 1e-6\n",
            "216        almost 100 %: not hidden  ← 64.5 at δ = 1e-6\n\n    At δ = 1e-6: what all",
        ] {
            assert!(text.contains(said), "{said:?} is not in\n{text}");
        }
        let mut short = Curve::of(&terms(Given::default())).expect("sensible");
        short.0.truncate(3);
        assert!(!short.to_string().contains('δ'), "{short}");
    }

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
