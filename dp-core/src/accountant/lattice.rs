use super::ball::Ball;

/// Points that are equally far apart, and that all losses of an event are among: for stride 2 the even
/// or the odd multiples of the unit, for stride 1 all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lattice {
    pub(super) unit: Unit,
    /// Whether it is the odd multiples.
    pub(super) parity: bool,
    pub(super) stride: u8,
}

/// How long it is, and the exact parameters by which it is recognized in another event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) exact: Exact,
    pub(super) length: Ball,
}

/// What a length is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exact {
    /// The first over the second.
    Ratio(u128, u128),
    /// The loss of randomized response: the bits of its noise, and how many answers there are.
    Response(u64, u32),
}

impl Lattice {
    /// Of the sum of `count` losses on this one.
    pub(super) fn repeated(self, count: u128) -> Self {
        Self { parity: self.parity && count % 2 == 1, ..self }
    }

    /// Of the sum of a loss on each, if they have their unit in common.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let same = self.unit.exact == other.unit.exact && self.stride == other.stride;
        same.then_some(Self { parity: self.parity != other.parity, ..self })
    }

    /// How far apart they are.
    pub(super) fn spacing(self) -> Ball {
        self.unit.length.times(self.stride.into())
    }

    /// The point with number `m`.
    pub(super) fn point(self, m: f64) -> Ball {
        let units = f64::from(self.stride) * m + f64::from(u8::from(self.parity));
        Ball::near(units) * self.unit.length
    }

    /// The number of the point at `loss`, or the next lower one.
    pub(super) fn below(self, loss: f64) -> f64 {
        let units = loss / self.unit.length.re - f64::from(u8::from(self.parity));
        (units / f64::from(self.stride)).floor()
    }
}
