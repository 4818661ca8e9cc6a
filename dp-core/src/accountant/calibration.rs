use std::ops::RangeInclusive;

use super::{Bracket, Event, Schedule, crossing::crossing};
use crate::{EpsilonDelta, Error};

/// The least noise with which a schedule stays within `target`: at least `lower`, and `upper` is enough.
///
/// `schedule` says what is released with so much noise, for any in `noise`, which is a multiplier or a
/// scale, as it likes. More of it must not cost more: if it does, `upper` is still enough, for it was
/// asked. It is infinite where not even the end of `noise` is.
///
/// ```
/// # use dp_core::{*, accountant::*};
/// # fn main() -> Result<(), Error> {
/// let target = EpsilonDelta::new(8.0, 1e-6)?;
/// let gaussian = |deviation| Ok(Schedule::new([Event::gaussian(1.0, deviation)?.times(4320)]));
/// let noise = least_noise(target, 1.0..=1000.0, gaussian)?;
/// assert!((noise.upper - 42.915_292_632_7).abs() < 1e-9);
/// # Ok(()) }
/// ```
///
/// # Errors
/// What `schedule` says.
pub fn least_noise(
    target: EpsilonDelta,
    noise: RangeInclusive<f64>,
    schedule: impl Fn(f64) -> Result<Schedule, Error>,
) -> Result<Bracket, Error> {
    let (epsilon, delta) = rounded_down(target);
    crossing((*noise.start(), *noise.end()), delta, |noise| schedule(noise)?.delta(epsilon))
}

/// How many releases like `event` stay within `target`: as many as the range's start do; as many as its
/// end may, and more do not. Beyond 2^40 nothing is told.
///
/// ```
/// # use dp_core::{*, accountant::*};
/// # fn main() -> Result<(), Error> {
/// let event = Event::pure(Epsilon::new(0.1)?);
/// assert_eq!(most_releases(&event, EpsilonDelta::new(5.0, 1e-6)?)?, 108..=108);
/// # Ok(()) }
/// ```
///
/// # Errors
/// None of its own: those of [`Schedule::delta`].
pub fn most_releases(event: &Event, target: EpsilonDelta) -> Result<RangeInclusive<u64>, Error> {
    const MOST: u64 = 1 << 40;
    let (epsilon, delta) = rounded_down(target);
    let cost = |count: u64| Schedule::new([event.clone().times(count)]).delta(epsilon);
    let last = |is_within: &dyn Fn(Bracket) -> bool| {
        // Every count up to `most` is within, or was not asked; `too_many` is not.
        let (mut most, mut too_many) = (0, 1);
        while too_many <= MOST && is_within(cost(too_many)?) {
            (most, too_many) = (too_many, 2 * too_many);
        }
        while too_many - most > 1 {
            let middle = most + (too_many - most) / 2;
            if is_within(cost(middle)?) {
                most = middle;
            } else {
                too_many = middle;
            }
        }
        Ok::<u64, Error>(most)
    };
    Ok(last(&|cost| cost.upper <= delta)?..=last(&|cost| cost.lower <= delta)?)
}

/// Down, both: privacy.
fn rounded_down(target: EpsilonDelta) -> (f64, f64) {
    (f64::from(target.epsilon()).next_down(), target.delta().next_down())
}
