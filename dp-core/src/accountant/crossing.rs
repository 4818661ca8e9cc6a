use super::Bracket;

/// Where a falling function, of which each value is known to a bracket, crosses `target`: between
/// `lower`, where it is at least that, and `upper`, where it is at most that. One that does not cross
/// it between `low` and `high` answers with these.
///
/// Both ends are what was asked and answered, so that nothing rests on the function being as assumed:
/// regula falsi on its logarithm, with the Illinois rule, only chooses where to ask.
pub(super) fn crossing<E>(
    (low, high): (f64, f64),
    target: f64,
    mut value: impl FnMut(f64) -> Result<Bracket, E>,
) -> Result<Bracket, E> {
    let off =
        |value: Bracket| (0.5 * (value.lower + value.upper) / target).ln().clamp(-700.0, 700.0);
    let (at_low, at_high) = (value(low)?, value(high)?);
    if at_low.upper <= target {
        return Ok(Bracket { lower: low, upper: low });
    }
    if at_high.lower >= target || at_high.upper > target {
        return Ok(Bracket { lower: high, upper: f64::INFINITY });
    }
    // Certainly not enough; certainly enough. What both are off by, halved where it stays.
    let (mut left, mut right) = ((low, off(at_low)), (high, off(at_high)));
    let mut between = None;
    for turn in 0..200 {
        let part = left.1 / (left.1 - right.1);
        let middle = if turn % 4 == 3 || !part.is_finite() { 0.5 } else { part.clamp(0.01, 0.99) };
        let x = left.0 + middle * (right.0 - left.0);
        if x <= left.0 || x >= right.0 || right.0 - left.0 <= 1e-15 * right.0 {
            break;
        }
        let answer = value(x)?;
        if answer.upper <= target {
            (left.1, right) = (0.5 * left.1, (x, off(answer)));
        } else if answer.lower >= target {
            (right.1, left) = (0.5 * right.1, (x, off(answer)));
        } else {
            between = Some(x);
            break;
        }
    }
    let Some(between) = between else { return Ok(Bracket { lower: left.0, upper: right.0 }) };
    // From where it cannot be told, out to both sides in steps that double.
    let mut out = (1e-15 * between.abs()).max(f64::MIN_POSITIVE);
    while between + out < right.0 {
        if value(between + out)?.upper <= target {
            right.0 = between + out;
        }
        out *= 2.0;
    }
    let mut out = (1e-15 * between.abs()).max(f64::MIN_POSITIVE);
    while between - out > left.0 {
        if value(between - out)?.lower >= target {
            left.0 = between - out;
        }
        out *= 2.0;
    }
    Ok(Bracket { lower: left.0, upper: right.0 })
}
