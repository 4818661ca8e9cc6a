use std::f64::consts::PI;

/// Part of the angles from some point on, with what bounds `|cos|` and `|sin|` there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// Its least angle.
    pub(super) from: f64,
    pub(super) cos: f64,
    pub(super) sin: f64,
}

/// Eight of them cover a quarter turn, at whose ends both functions turn round.
const CELLS: usize = 32;
/// `cos(k π/16)` for a quarter turn, up.
const COSINES: [f64; 9] = [
    1.0,
    0.980_785_280_403_230_6,
    0.923_879_532_511_286_9,
    0.831_469_612_302_545_4,
    0.707_106_781_186_547_7,
    0.555_570_233_019_602_4,
    0.382_683_432_365_089_9,
    0.195_090_322_016_128_4,
    1e-16,
];

impl Cell {
    /// Cells that cover all angles from `start > 0` on: the first whole turn finely, the rest as one.
    pub(super) fn of_first_period(start: f64) -> impl Iterator<Item = Self> {
        let width = 2.0 * PI / CELLS as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "up to CELLS")]
        let first = (start / width).min(CELLS as f64) as usize;
        let fine = (first..CELLS).map(move |cell| {
            let from = (cell as f64 * width).max(start);
            // Within a cell the functions are monotone, so that an end has the largest.
            let [(cos, sin), (other_cos, other_sin)] = [at_end(cell), at_end(cell + 1)];
            let (mut cos, mut sin) = (cos.max(other_cos), sin.max(other_sin));
            if cell == first {
                // Up, where it begins in its midst.
                cos = (from.cos().abs() + 1e-15).max(other_cos).min(cos);
                sin = (from.sin().abs() + 1e-15).max(other_sin).min(sin);
            }
            Self { from, cos, sin }
        });
        let rest = Self { from: start.max(2.0 * PI), cos: 1.0, sin: 1.0 };
        fine.chain(std::iter::once(rest))
    }
}

/// `|cos|` and `|sin|` where a cell ends.
fn at_end(cell: usize) -> (f64, f64) {
    let half_turn = cell % 16;
    let part = half_turn.min(16 - half_turn);
    (COSINES[part], COSINES[8 - part])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_angle_is_in_a_cell_that_bounds_it() {
        for start in [1e-9, 0.1, 0.5, 1.6, 3.1, 6.2, 6.4, 100.0] {
            let cells: Vec<Cell> = Cell::of_first_period(start).collect();
            for step in 0..10_000 {
                let angle = start + 1e-3 * f64::from(step);
                let cell = cells.iter().rev().find(|cell| cell.from <= angle).expect("covered");
                assert!(cell.cos >= angle.cos().abs() && cell.sin >= angle.sin().abs(), "{angle}");
            }
        }
        assert!(Cell::of_first_period(0.1).next().expect("one").cos < 0.9951);
    }
}
