//! What would leave this machine, in words. Nothing is measured or written.

use std::fmt::Write;

use command_line::duration::in_words;
use datasite::{Report, Workspace};
use dp_core::{Cap, LaplaceSum};

use crate::{
    Error,
    curve::Curve,
    memory::{scales, shared_memory, signals},
    profile::CONFIDENCE,
    settings::{Settings, percent},
};

/// The whole text of `cpu-member preview`.
pub fn preview(settings: &Settings, workspace: Option<&Workspace>) -> Result<String, Error> {
    let Settings { slot, promise, leader, .. } = settings;
    let terms = settings.terms(&[])?;
    let noise = terms.noises(percent())?[0];
    let file = workspace.map_or_else(
        || format!("app_data/{}/{} of your datasite", Report::APP, Report::FILE),
        |workspace| workspace.app_data(Report::APP).join(Report::FILE).display().to_string(),
    );
    let mut text = format!(
        "Nothing has been measured or written. With these settings, this would leave your machine\n\
         every {slot}:\n\n    \
             cpu         the mean CPU use over {window} plus random noise, in percent\n    \
             {memory}\
             timestamp   the end of the slot, by the calendar, never by the load\n    \
             and the settings themselves: noise, epsilon, what is protected, slot\n\n\
         in {file}\n\
         {leader} can read it, and so can whoever runs the SyftBox server.\n\
         The mean without noise stays in private/{app}/, which is never synced.\n\n",
        slot = in_words(*slot),
        window = in_words(promise.window),
        memory = shared_memory(&terms).map_or_else(String::new, |every| format!(
            "memory      the mean of the memory in use, read every {}, with noise of its own\n    ",
            in_words(every),
        )),
        app = Report::APP,
    );
    let _ = writeln!(
        text,
        "What it promises\n\n    \
             Whatever this machine's {signals} did in any {protects}, everything it ever publishes is\n    \
             differentially private for that stretch with ε = {epsilon}: Laplace noise of scale\n    \
             {scales}, and no instant is released twice.\n",
        signals = signals(&terms),
        protects = in_words(promise.protects),
        epsilon = f64::from(promise.epsilon),
        scales = scales(&terms)?,
    );
    text.push_str(&Curve::of(&terms)?.to_string());
    if let Some(every) = shared_memory(&terms) {
        let _ = writeln!(
            text,
            "\n    Memory is read every {}: what a shorter stretch costs is no less than that of two\n    \
             readings.",
            in_words(every),
        );
    }
    text.push_str(&in_caps(&terms.caps));
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

fn in_caps(caps: &[Cap]) -> String {
    let line = |cap: &Cap| {
        let (stretch, loss) = (in_words(cap.stretch), f64::from(cap.loss));
        format!("    any {stretch} costs at most {loss}, or this machine pauses\n")
    };
    let lines: String = caps.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\nCaps\n\n{lines}") }
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
}
