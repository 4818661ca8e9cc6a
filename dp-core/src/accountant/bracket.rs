/// Two numbers that the exact answer lies between, however arithmetic rounds.
///
/// Either may be infinite. Where privacy is to be promised, the upper end of a loss is what counts.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bracket {
    /// At most the exact answer.
    pub lower: f64,
    /// At least the exact answer.
    pub upper: f64,
}

impl Bracket {
    /// What both say.
    pub(super) fn and(self, other: Self) -> Self {
        Self { lower: self.lower.max(other.lower), upper: self.upper.min(other.upper) }
    }

    /// One or the other.
    pub(super) fn either(self, other: Self) -> Self {
        Self { lower: self.lower.min(other.lower), upper: self.upper.max(other.upper) }
    }

    /// The larger of two answers.
    pub(super) fn larger(self, other: Self) -> Self {
        Self { lower: self.lower.max(other.lower), upper: self.upper.max(other.upper) }
    }
}
