//! What would leave this machine, in words. Nothing is measured or written.

use std::{fmt::Write, time::Duration};

use datasite::{Report, Workspace};
use dp_core::{LaplaceSum, Promise};

use crate::{
    Error,
    settings::{Settings, in_words, percent},
};

/// The stretches of which people ask, besides the protected one.
const STRETCHES: [u64; 4] = [1, 60, 3600, 86_400];
/// How often a noise range holds the unnoised mean.
const CONFIDENCE: f64 = 0.95;

/// The whole text of `cpu-member preview`.
pub fn preview(settings: &Settings, workspace: Option<&Workspace>) -> Result<String, Error> {
    let Settings { slot, promise, leader } = settings;
    let noise = promise.noise(percent())?;
    let file = workspace.map_or_else(
        || format!("app_data/{}/{} of your datasite", Report::APP, Report::FILE),
        |workspace| workspace.app_data(Report::APP).join(Report::FILE).display().to_string(),
    );
    let mut text = format!(
        "Nothing has been measured or written. With these settings, this would leave your machine\n\
         every {slot}:\n\n    \
             cpu         the mean CPU use over {window} plus random noise, in percent\n    \
             timestamp   the end of the slot, by the calendar, never by the load\n    \
             and the settings themselves: noise, epsilon, what is protected, slot\n\n\
         in {file}\n\
         {leader} can read it, and so can whoever runs the SyftBox server.\n\
         The mean without noise stays in private/{app}/, which is never synced.\n\n",
        slot = in_words(*slot),
        window = in_words(promise.window),
        app = Report::APP,
    );
    let _ = writeln!(
        text,
        "What it promises\n\n    \
             Whatever this machine's CPU did in any {protects}, everything it ever publishes is\n    \
             differentially private for that stretch with ε = {epsilon}: Laplace noise of scale\n    \
             {scale:.2} points, and no instant is released twice.\n",
        protects = in_words(promise.protects),
        epsilon = f64::from(promise.epsilon),
        scale = noise.scale(),
    );
    text.push_str(&curve(promise)?);
    text.push_str("\nWhat a leader can show (95 % noise range of the mean)\n\n");
    for machines in [1, 12, 100] {
        let margin = LaplaceSum::mean_of((0..machines).map(|_| noise.scale())).margin(CONFIDENCE);
        let name = if machines == 1 { "machine: " } else { "machines:" };
        let _ = writeln!(text, "    {machines:>3} {name} ±{margin:.1} points");
    }
    text.push_str(
        "\nWhat it does not hide\n\n    \
             That you take part, and when this machine runs, restarts or sleeps. Whether it is busy\n    \
             for much longer than the protected stretch. A second member on this machine, or a\n    \
             second account, adds its ε to this one. See docs/privacy.md.\n",
    );
    Ok(text)
}

/// The privacy curve: what other stretches than the protected one cost.
pub fn curve(promise: &Promise) -> Result<String, Error> {
    let mut stretches: Vec<Duration> = STRETCHES.map(Duration::from_secs).to_vec();
    stretches.push(promise.protects);
    stretches.sort();
    stretches.dedup();
    let mut text = "What other stretches cost\n\n    any stretch of     ε\
                    \u{20}         someone who thought it 50:50 would be sure to\n"
        .to_owned();
    for stretch in stretches {
        let epsilon = promise.loss_over(stretch, percent())?;
        let mark = if stretch == promise.protects { "  ← protected" } else { "" };
        let _ = writeln!(
            text,
            "    {:<18} {:<10} {}{mark}",
            in_words(stretch),
            significant(epsilon),
            odds(epsilon),
        );
    }
    Ok(text)
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
fn significant(number: f64) -> String {
    if number >= 100.0 {
        return format!("{:.0}", (number - 1e-6).ceil());
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
    use crate::settings::Given;

    #[test]
    fn the_preview_states_the_promise_the_curve_and_what_can_be_seen() {
        let settings = Settings::resolve(&Given::default(), &Given::default()).expect("defaults");
        let text = preview(&settings, None).expect("sensible");
        for said in [
            "every 5 min",
            "the mean CPU use over 299 s",
            "aggregator@openmined.org can read it",
            "in any 30 s",
            "ε = 1: Laplace noise of scale\n    10.03 points",
            "    30 s               1          73.2 %  ← protected",
            "    1 min              2 ",
            "    1 h                120        almost 100 %: not hidden",
            "      1 machine:  ±30.1 points",
            "     12 machines: ±8.1 points",
        ] {
            assert!(text.contains(said), "{said:?} is not in\n{text}");
        }
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
