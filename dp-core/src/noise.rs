mod law;

pub use law::Law;
pub(crate) use law::greatest_common_divisor;

/// The law of the noise in an estimate, in the released unit: a [`Law`] in grid steps, and how long
/// a step is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    law: Law,
    step: f64,
}

impl Noise {
    /// Noise of this law, where one step is `step` in the released unit.
    pub(crate) fn new(law: Law, step: f64) -> Self {
        Self { law, step }
    }

    /// The law in grid steps.
    pub fn law(&self) -> Law {
        self.law
    }

    /// The law's own parameter of width, in the released unit. Of a Laplace law it is the mean
    /// distance of the noise from 0, of a Gaussian law its standard deviation, each to within a step.
    pub fn scale(&self) -> f64 {
        self.law.scale() * self.step
    }

    /// One step of the grid in the released unit: an answer is a whole number of these.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// The smallest `m`, in the released unit, with `P(|noise| ≤ m) ≥ confidence`, for confidences
    /// above one in a million; rounded up by at most one step or two parts in 10^12 where floating
    /// point cannot tell, and by at most one step for a discrete Gaussian. 0 for a confidence of 0
    /// or less, infinite for one of 1 or more and for NaN.
    pub fn margin(&self, confidence: f64) -> f64 {
        if confidence <= 0.0 {
            return 0.0;
        }
        if confidence.is_nan() || confidence >= 1.0 {
            return f64::INFINITY;
        }
        self.law.reach(confidence) * self.step
    }
}

/// As a reader of a record needs it: `{"law", "scale", "step"}`, in the released unit.
#[cfg(feature = "serde")]
impl serde::Serialize for Noise {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Noise", 3)?;
        fields.serialize_field("law", self.law.name())?;
        fields.serialize_field("scale", &self.scale())?;
        fields.serialize_field("step", &self.step)?;
        fields.end()
    }
}

#[cfg(test)]
mod tests;
