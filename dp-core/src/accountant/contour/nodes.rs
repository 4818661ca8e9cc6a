use crate::accountant::{
    ball::{Ball, ELEMENTARY, U, up},
    law::Line,
};

/// The terms of a trapezoid sum, and how far all of them can be off.
///
/// With `G_j` the transform and the kernel at `c + i u_j`, relative to `M(c)`, the sum at ε is that of
/// `Re(G_j exp(−i u_j ε))`, where all terms but the first count twice. It is summed up in plain
/// arithmetic: a term's angle is off by at most `26 u` of itself (24 for where the node is, or what the line says beyond that), and by what
/// ε is off by; the sine and the cosine by an elementary error each, products and the term's own sum by
/// `3 u`; and `n` additions of terms by `n u` of the sum of their sizes.
#[derive(Debug)]
pub(super) struct Nodes {
    line: Line,
    /// `G_j`, doubled but for the first.
    terms: Vec<(f64, f64)>,
    /// `Σ |G_j|`, `Σ u_j |G_j|`, and the sum of their radii.
    sizes: f64,
    turns: f64,
    radii: f64,
}

impl Nodes {
    pub(super) fn new(line: Line, terms: impl Iterator<Item = Ball>) -> Self {
        let mut nodes = Self { line, terms: Vec::new(), sizes: 0.0, turns: 0.0, radii: 0.0 };
        for (j, term) in terms.enumerate() {
            let term = if j == 0 { term } else { term.times(2.0) };
            let (size, u) = (term.modulus(), line.frequency(j));
            nodes.terms.push((term.re, term.im));
            nodes.sizes += size;
            nodes.turns += u * size;
            nodes.radii += term.radius;
        }
        nodes
    }

    /// The sum at ε.
    pub(super) fn at(&self, epsilon: Ball) -> Ball {
        let mut sum = 0.0;
        for (j, (re, im)) in self.terms.iter().enumerate() {
            let (sin, cos) = (self.line.frequency(j) * epsilon.re).sin_cos();
            sum += re * cos + im * sin;
        }
        let roundings = self.terms.len() as f64 * U + 2.0 * ELEMENTARY + 3.0 * U;
        let angles = (26.0 * U + self.line.step_error) * epsilon.re.abs() + epsilon.radius;
        // 1 % for what the sums of errors are themselves off by.
        let radius = 1.01 * (self.radii + roundings * self.sizes + angles * self.turns);
        Ball { re: sum, im: 0.0, radius: up(radius) }
    }
}
