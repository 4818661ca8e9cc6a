//! Draws `docs/privacy-curve.svg`: what stretches of a timeline cost that promises ε = 1 for any hour and
//! releases a mean every hour.
//!
//! ```sh
//! cargo run --example privacy_curve > docs/privacy-curve.svg
//! ```

use std::{fmt::Write as _, time::Duration};

use dp_core::{Bounds, Epsilon, Error, Promise, Terms};

const HOUR: Duration = Duration::from_secs(3600);
const DELTA: f64 = 1e-6;
/// Hours, and what they are called.
const STRETCHES: [(u32, &str); 6] =
    [(1, "1 h"), (6, "6 h"), (24, "1 day"), (72, "3 days"), (168, "7 days"), (720, "30 days")];
const LOSSES: [u32; 4] = [1, 10, 100, 1000];
const LEFT: f64 = 60.0;
const RIGHT: f64 = 620.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 330.0;

#[allow(dead_code, reason = "a test draws it, too")]
fn main() -> Result<(), Error> {
    print!("{}", picture()?);
    Ok(())
}

/// The whole file.
pub(crate) fn picture() -> Result<String, Error> {
    let terms = Terms::from(Promise { epsilon: Epsilon::new(1.0)?, protects: HOUR, window: HOUR });
    let percent = Bounds::new(0.0, 100.0)?;
    let (mut added, mut tight) = (String::new(), String::new());
    for hours in (0..=60).map(|step| 720_f64.powf(f64::from(step) / 60.0).round()) {
        let stretch = HOUR.mul_f64(hours);
        let sum = f64::from(terms.loss_over(stretch, percent)?);
        let least = terms.schedule_over(stretch, percent)?.epsilon(DELTA)?.upper.min(sum);
        for (line, loss) in [(&mut added, sum), (&mut tight, least)] {
            let _ = write!(line, " {:.1},{:.1}", x(hours), y(loss));
        }
    }
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 380\" font-family=\"sans-serif\" \
         font-size=\"14\" fill=\"#222\">\n<title>What longer stretches cost</title>\n\
         <rect width=\"760\" height=\"380\" fill=\"#fff\"/>\n",
    );
    for (hours, name) in STRETCHES {
        let x = x(hours.into());
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {TOP}V{BOTTOM}\" stroke=\"#ddd\"/>\
             <text x=\"{x:.1}\" y=\"352\" text-anchor=\"middle\">{name}</text>"
        );
    }
    for loss in LOSSES {
        let y = y(loss.into());
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#ddd\"/>\
             <text x=\"52\" y=\"{:.1}\" text-anchor=\"end\">{loss}</text>",
            y + 5.0
        );
    }
    for (line, colour, name, loss) in
        [(added, "#888", "added up", 720.0), (tight, "#0a6", "at δ = 10⁻⁶", 364.8)]
    {
        let y = y(loss) + 5.0;
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>\
             <text x=\"630\" y=\"{y:.1}\" fill=\"{colour}\">{name}</text>",
            line.trim_start()
        );
    }
    svg.push_str("<text x=\"20\" y=\"20\">ε</text>\n</svg>\n");
    Ok(svg)
}

fn x(hours: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * hours.ln() / 720_f64.ln()
}

fn y(loss: f64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * loss.max(1.0).ln() / 1000_f64.ln()
}
