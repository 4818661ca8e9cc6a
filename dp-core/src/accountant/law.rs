mod cell;
mod discrete_gaussian;
mod discrete_laplace;
mod gaussian;
mod laplace;
mod response;
mod sinh_ratio;
mod subsampled;

pub(super) use discrete_gaussian::DiscreteGaussian;
pub(super) use discrete_laplace::DiscreteLaplace;
pub(super) use gaussian::Gaussian;
pub(super) use laplace::Laplace;
pub(super) use response::Response;
pub(super) use subsampled::{Noise, Subsampled, Table};

use super::{ball::Ball, lattice::Lattice};

/// The law of the privacy loss `L = ln(dP/dQ)` under `P`, for the worst pair `P`, `Q` of an event:
/// where it is finite, as its transform `M(s) = E[exp(s L)]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Law {
    Laplace(Laplace),
    DiscreteLaplace(DiscreteLaplace),
    Gaussian(Gaussian),
    DiscreteGaussian(DiscreteGaussian),
    Response(Response),
    Subsampled(Subsampled),
}

/// Which of two neighbours `P` comes from. It matters where sampling hides whether the record is
/// there at all; for all other laws both give the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// The one with the record.
    With,
    /// The one without.
    Without,
}

/// The points `c + i j step` for `j = 0, 1, …, last`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) c: f64,
    pub(super) step: f64,
    /// How far off `step` is from the one that is meant, relative to it, beyond `20 u`.
    pub(super) step_error: f64,
    pub(super) last: usize,
}

impl Line {
    /// `u_j`, the imaginary part.
    pub(super) fn frequency(self, j: usize) -> f64 {
        j as f64 * self.step
    }

    pub(super) fn point(self, j: usize) -> Ball {
        let u = self.frequency(j);
        Ball::on_line(self.c, u).widened(u * self.step_error)
    }
}

impl Law {
    /// `ln M(s)` on some branch, at the points of `line`.
    pub(super) fn on_line(&self, line: Line, at: Direction) -> Vec<Ball> {
        let Line { c, step, last, .. } = line;
        if let Self::Subsampled(law) = self {
            let table = law.table(c, step * last as f64, at);
            return table
                .map_or_else(|| vec![Ball::ANY; last + 1], |table| table.on_line(c, step, last));
        }
        (0..=last).map(|j| self.log_transform(line.point(j))).collect()
    }

    /// `ln M(c)`; what serves other `c`, too, is kept in `table`.
    pub(super) fn log_moment(&self, c: f64, at: Direction, table: &mut Option<Table>) -> Ball {
        let Self::Subsampled(law) = self else { return self.log_transform(Ball::exactly(c)) };
        if table.as_ref().is_none_or(|table| table.most < c) {
            *table = law.table(2.0 * c, 0.0, at).or_else(|| law.table(c, 0.0, at));
        }
        table.as_ref().map_or(Ball::ANY, |table| table.on_line(c, 0.0, 0)[0])
    }

    /// `ln M(s)` on some branch.
    fn log_transform(&self, s: Ball) -> Ball {
        match self {
            Self::Laplace(law) => law.log_transform(s),
            Self::DiscreteLaplace(law) => law.log_transform(s),
            Self::Gaussian(law) => law.log_transform(s),
            Self::DiscreteGaussian(law) => law.log_transform(s),
            Self::Response(law) => law.log_transform(s),
            Self::Subsampled(_) => unreachable!("it is summed up from a table"),
        }
    }

    /// A bound on `ln |M(c + i v) / M(c)|` for all `v ≥ u`; on a lattice, for all `v` from `u` to half a
    /// period; to within [`Law::decay_error`].
    pub(super) fn decay(&self, c: f64, u: f64, on_lattice: bool, at: Direction) -> f64 {
        match self {
            Self::Laplace(law) => law.decay(c, u),
            Self::Gaussian(law) => law.decay(u),
            Self::Subsampled(law) => law.decay(c, u, at),
            Self::DiscreteLaplace(law) if on_lattice => law.decay(c, u),
            Self::DiscreteGaussian(law) if on_lattice => law.decay(u),
            Self::Response(law) if on_lattice => law.decay(c, u),
            // Whole periods away the transform is as large as at the start.
            Self::DiscreteLaplace(_) | Self::DiscreteGaussian(_) | Self::Response(_) => 0.0,
        }
        .min(0.0)
    }

    /// Most are computed from some ten operations on numbers of size one; a sampled one as a sum of
    /// exponentials with exponents of some hundreds.
    pub(super) fn decay_error(&self) -> f64 {
        if matches!(self, Self::Subsampled(_)) { 1e-12 } else { 1e-14 }
    }

    /// How many nodes of a contour it can be summed up at in some milliseconds: `most` where that is
    /// quick.
    pub(super) fn most_nodes(&self, most: usize) -> usize {
        match self {
            Self::Subsampled(Subsampled { noise: Noise::Gaussian(_), .. }) => most / 32,
            Self::Subsampled(Subsampled { noise: Noise::Laplace(_), .. }) => most / 8,
            _ => most,
        }
    }

    /// The points that the loss is on, where they are equally far apart.
    pub(super) fn lattice(&self) -> Option<Lattice> {
        match self {
            Self::DiscreteLaplace(law) => Some(law.lattice()),
            Self::DiscreteGaussian(law) => law.lattice(),
            Self::Response(law) => Some(law.lattice()),
            Self::Laplace(_) | Self::Gaussian(_) | Self::Subsampled(_) => None,
        }
    }

    /// The largest finite loss, if there is one.
    pub(super) fn largest(&self, at: Direction) -> Option<Ball> {
        match self {
            Self::Laplace(law) => Some(law.loss),
            Self::DiscreteLaplace(law) => Some(law.largest()),
            Self::Response(law) => Some(law.loss),
            Self::Subsampled(law) => law.largest(at),
            Self::Gaussian(_) | Self::DiscreteGaussian(_) => None,
        }
    }

    /// `P(L = ∞)`.
    pub(super) fn infinite(&self) -> Ball {
        if let Self::Response(law) = self { law.infinite } else { Ball::ZERO }
    }

    /// Whether it only bounds what is meant, at real points: the promise is all that is known.
    pub(super) fn only_bounds(&self) -> bool {
        matches!(self, Self::Gaussian(law) if law.only_bounds)
    }
}
