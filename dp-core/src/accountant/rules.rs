use super::{
    ball::{Ball, ELEMENTARY},
    law::{Direction, Law},
};

/// What the theorems on composition say in closed form, for releases of which only `e` and δ count.
///
/// All need a largest finite loss `e_i` of each release, which makes it `(e_i, δ_i)`-private, and
/// hold for a slack of δ beside `1 − Π (1 − δ_i)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// `Σ e`.
    basic: Ball,
    /// `Σ e²`.
    squares: Ball,
    /// `Σ e (exp(e) − 1)`.
    advanced: Ball,
    /// `Σ e (exp(e) − 1) / (exp(e) + 1)`.
    optimal: Ball,
}

impl Rules {
    pub(super) fn of(laws: &[(Law, u128)]) -> Option<Self> {
        let mut rules = Self {
            basic: Ball::ZERO,
            squares: Ball::ZERO,
            advanced: Ball::ZERO,
            optimal: Ball::ZERO,
        };
        for (law, count) in laws {
            // The theorems take a bound of the loss in both directions.
            let (with, without) = (law.largest(Direction::With)?, law.largest(Direction::Without)?);
            let loss = if with.upper() >= without.upper() { with } else { without };
            let count = Ball::whole(*count);
            let growth = loss.exp_m1();
            rules.basic = rules.basic + loss * count;
            rules.squares = rules.squares + loss * loss * count;
            rules.advanced = rules.advanced + loss * growth * count;
            rules.optimal = rules.optimal + loss * growth / (growth + Ball::exactly(2.0)) * count;
        }
        Some(rules)
    }

    /// Basic composition: the losses add up, with no slack ([DR14], Theorem 3.16).
    ///
    /// [DR14]: https://doi.org/10.1561/0400000042
    pub(super) fn basic(self) -> f64 {
        self.basic.upper()
    }

    /// Advanced composition ([DRV10], Theorem III.3; [DR14], Theorem 3.20, with losses that differ):
    /// `√(2 ln(1/δ) Σ e²) + Σ e (exp(e) − 1)`.
    ///
    /// [DRV10]: https://doi.org/10.1109/FOCS.2010.12
    /// [DR14]: https://doi.org/10.1561/0400000042
    pub(super) fn advanced(self, slack: f64) -> f64 {
        (self.deviation(-log(slack)) + self.advanced).upper()
    }

    /// The closed form of [KOV15], Theorem 3.5: the least of `Σ e` and, with
    /// `t = Σ e (exp(e) − 1) / (exp(e) + 1)`, of `t + √(2 Σ e² ln(exp(1) + √(Σ e²) / δ))` and
    /// `t + √(2 Σ e² ln(1/δ))`.
    ///
    /// [KOV15]: https://proceedings.mlr.press/v37/kairouz15.html
    pub(super) fn optimal(self, slack: f64) -> f64 {
        let root = sqrt(self.squares);
        let inner = Ball::exactly(1.0).exp() + root / Ball::exactly(slack);
        let first = self.deviation(inner.ln().real()) + self.optimal;
        let second = self.deviation(-log(slack)) + self.optimal;
        self.basic().min(first.upper()).min(second.upper())
    }

    /// `√(2 Σ e² log)`.
    fn deviation(self, log: Ball) -> Ball {
        sqrt((self.squares * log).times(2.0))
    }
}

fn log(x: f64) -> Ball {
    let log = x.ln();
    Ball::exactly(log).widened(ELEMENTARY * log.abs())
}

/// Of a real number that is not negative.
fn sqrt(square: Ball) -> Ball {
    Ball::between(square.lower().max(0.0).sqrt().next_down(), square.upper().sqrt().next_up())
}
