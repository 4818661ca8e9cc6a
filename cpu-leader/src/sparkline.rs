//! A course of percents in one line of text.

/// From 0 to 100 %.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The course in at most `width` characters: each is the mean of its part of the values, a space
/// where there is none. What noise took outside 0 to 100 is drawn at the edge.
pub fn sparkline(percents: &[Option<f64>], width: usize) -> String {
    let cells = percents.len().min(width);
    let cell = |k: usize| {
        let part = &percents[k * percents.len() / cells..(k + 1) * percents.len() / cells];
        let (sum, count) = part
            .iter()
            .flatten()
            .fold((0.0, 0.0), |(sum, count), percent| (sum + percent, count + 1.0));
        if count == 0.0 { ' ' } else { block(sum / count) }
    };
    (0..cells).map(cell).collect()
}

fn block(percent: f64) -> char {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
    let height = (percent / 100.0 * 8.0).floor().clamp(0.0, 7.0) as usize;
    BLOCKS[height]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_follow_the_percents_and_gaps_stay_gaps() {
        let course = [Some(0.0), Some(12.4), Some(12.5), None, Some(99.0), Some(130.0), Some(-9.0)];
        assert_eq!(sparkline(&course, 60), "▁▁▂ ██▁");
    }

    #[test]
    fn many_values_share_a_character() {
        let course = [Some(0.0), Some(100.0), None, Some(90.0), None, None];
        assert_eq!(sparkline(&course, 3), "▅█ ");
        assert_eq!(sparkline(&[], 3), "");
    }
}
