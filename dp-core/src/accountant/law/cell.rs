use std::f64::consts::PI;

/// Part of the angles from some point on, with what bounds `|cos|` and `|sin|` there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// Its least angle.
    pub(super) from: f64,
    pub(super) cos: f64,
    pub(super) sin: f64,
}

/// A quarter of them covers a quarter of a turn.
const CELLS: i32 = 32;

impl Cell {
    /// Cells that cover all angles from `start > 0` on: the first whole turn finely, the rest as one.
    pub(super) fn of_first_period(start: f64) -> impl Iterator<Item = Self> {
        let width = 2.0 * PI / f64::from(CELLS);
        #[expect(clippy::cast_possible_truncation, reason = "up to CELLS")]
        let first = (start / width).min(f64::from(CELLS)).floor() as i32;
        let fine = (first..CELLS).map(move |cell| {
            // Quarter turns are ends of cells, so that both functions are monotone in each; a little
            // more, for rounding.
            let (from, to) = (f64::from(cell) * width, f64::from(cell + 1) * width);
            let from = from.max(start);
            Self {
                from,
                cos: (from.cos().abs().max(to.cos().abs()) + 1e-15).min(1.0),
                sin: (from.sin().abs().max(to.sin().abs()) + 1e-15).min(1.0),
            }
        });
        let rest = Self { from: start.max(2.0 * PI), cos: 1.0, sin: 1.0 };
        fine.chain(std::iter::once(rest))
    }
}
