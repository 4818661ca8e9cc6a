use super::{
    Bracket, Event,
    ball::Ball,
    law::{Direction, Law},
    moments::{Moments, Tables},
};
use crate::Error;

/// Releases that were fixed before any data was seen: which noise, and how often.
///
/// Their order does not matter, nor whether what they ask depends on earlier answers. It cannot be
/// added to: see the [module](super) for why, and for what to use where noise is chosen on the way.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub(super) laws: Vec<(Law, u128)>,
}

impl Schedule {
    /// All of `events`, in whatever order.
    pub fn new(events: impl IntoIterator<Item = Event>) -> Self {
        let mut laws: Vec<(Law, u128)> = Vec::new();
        for Event { law, count } in events {
            let together = laws.last_mut().filter(|(last, _)| *last == law);
            match together.and_then(|(_, counted)| Some((counted.checked_add(count)?, counted))) {
                Some((sum, counted)) => *counted = sum,
                None => laws.push((law, count)),
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
        Ok(self.either_way(|moments| moments.least_epsilon(delta)))
    }

    /// The least δ for which all releases together are (`epsilon`, δ)-differentially private.
    ///
    /// # Errors
    /// [`Error::AskedEpsilon`] unless `0 ≤ epsilon ≤ 1e9`.
    pub fn delta(&self, epsilon: f64) -> Result<Bracket, Error> {
        if !(0.0..=1e9).contains(&epsilon) {
            return Err(Error::AskedEpsilon(epsilon));
        }
        Ok(self.either_way(|moments| moments.least_delta(epsilon)))
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
        let from = |at| {
            let (laws, tables) = (&self.laws[..], Tables::of(&self.laws));
            answer(Moments { laws, at, tables: &tables })
        };
        let with = from(Direction::With);
        let differs = self.laws.iter().any(|(law, _)| matches!(law, Law::Subsampled(_)));
        if differs { with.larger(from(Direction::Without)) } else { with }
    }
}
