use super::*;
use crate::sampler::{exponential, tests::beginning_with};

/// What the proof rests on, with two hundred digits.
#[test]
fn the_steps_cover_the_curve_and_nearly_touch_it() {
    assert_eq!(HEIGHTS.iter().sum::<u64>(), 1 << 24, "24 digits choose a step");
    let ln_2 = 799_144_290_325_165_979; // rounded up, in units of 2^-60
    assert!(8 * BLOCK >= ln_2 && 8 * BLOCK < ln_2 + 8);
    for (j, height) in (0..).zip(HEIGHTS) {
        let z = Wide::new(j * u128::from(BLOCK)).left(140);
        let curve = exponential::enclose(&Enclosure { low: z.clone(), high: z }, 200);
        let height = Wide::new(u128::from(height) * u128::from(UNIT)).left(120);
        assert!(height >= curve.high, "step {j} leaves some uncovered");
        assert!(height <= curve.low.plus(&curve.low.right(21)), "step {j} is too high");
    }
}

#[test]
fn the_series_is_within_its_error() {
    for i in 0..=10_000 {
        let a = i * 37_237; // up to 0.0867
        let expected = (-(a as f64) / 2f64.powi(32)).exp() * 2f64.powi(32);
        let error = falling(a) as f64 - expected;
        assert!((-16.0..=272.0).contains(&error), "{a}: {error}");
    }
}

/// The first word of a trial near the border of what is kept, a share away at most: e^−a to the 16
/// digits that a share has.
fn beside_the_border(first: u64, choice: &mut NoiseRng) -> u64 {
    let border = border(first) - 1 + choice.next_u64() % 3;
    first >> 16 << 16 | border.min(0xffff)
}

/// The last share that may be kept, and the first that may not.
fn border(first: u64) -> u64 {
    falling(high_product(first, BLOCK << 4) >> 32) >> 16
}

/// Two words, and the same rest, make the same draw or none: near the border of what is kept, too.
#[test]
fn quick_and_exact_trials_agree() {
    for (numerator, denominator) in [(1, 5), (1, 1), (1000, 9), (1 << 20, 1)] {
        let law = ConstantTimeLaplace::new(numerator, denominator);
        let exact = law.never_quick();
        let mut choice = NoiseRng::seeded(51);
        for i in 0..2000 {
            let (mut first, mut second) = (choice.next_u64(), choice.next_u64());
            if i % 2 == 0 {
                first = beside_the_border(first, &mut choice);
            }
            if i % 16 == 0 {
                second = second >> COINS << COINS; // beyond the coins of a word
            }
            let trial =
                |law: &ConstantTimeLaplace| law.attempt(&mut beginning_with(&[first, second], i));
            assert_eq!(trial(&law), trial(&exact), "{first:x} {second:x}");
        }
    }
}

/// The same where e^−a is as near to 16 digits as the quick comparison is to it, and further digits
/// are those that bring the height nearest.
#[test]
fn quick_and_exact_trials_agree_where_a_share_ends() {
    let law = ConstantTimeLaplace::new(1000, 9);
    let (exact, mut choice) = (law.never_quick(), NoiseRng::seeded(53));
    for i in 0..2000 {
        let share = border(u64::MAX) + 1 + choice.next_u64() % (0xffff - border(u64::MAX) - 1);
        // The last point with e^−a of at least `share`.
        let mut last = 0;
        for bit in (16..64).rev() {
            if border(last | 1 << bit) >= share {
                last |= 1 << bit;
            }
        }
        let away = (1_i64 << (16 + choice.next_u64() % 36)) * if i % 2 == 0 { 1 } else { -1 };
        let first = last.saturating_add_signed(away) >> 16 << 16;
        let second = choice.next_u64() | 1 << (choice.next_u64() % u64::from(COINS));
        for (share, more) in [(share - 1, u64::MAX), (share, 0)] {
            let words = [first | share, second, more, more];
            let trial = |law: &ConstantTimeLaplace| law.attempt(&mut beginning_with(&words, i));
            assert_eq!(trial(&law), trial(&exact), "{first:x} {share:x} {second:x}");
        }
    }
}

/// Each bit of the two words is used once, for what it is said to be for.
#[test]
fn the_parts_of_two_words_do_not_overlap() {
    let law = ConstantTimeLaplace::new(1 << 20, 1);
    let mut choice = NoiseRng::seeded(52);
    for i in 0..3000 {
        let [first, second] = [(); 2].map(|()| choice.next_u64());
        let trial = |share: u64, second: u64| {
            law.attempt(&mut beginning_with(&[first >> 16 << 16 | share, second], i))
        };
        assert_eq!(
            trial((border(first) + 2).min(0xffff), second).is_some(),
            border(first) > 0xfffd
        );
        let share = choice.next_u64() % (border(first) - 1);
        let (negative, magnitude) = trial(share, second).expect("below the curve");
        // Coins, a step by its borders, and a point across it.
        let digit = (second >> 39) % (1 << 24);
        let steps = (0..8).filter(|&j| digit >= HEIGHTS[..=j].iter().sum()).count();
        let blocks =
            f64::from(second.trailing_zeros() * 8) + steps as f64 + first as f64 / 2f64.powi(64);
        let expected = blocks * std::f64::consts::LN_2 / 8.0 * 2f64.powi(20);
        assert!((magnitude as f64 + 0.5 - expected).abs() < 0.501, "{magnitude} for {expected}");
        assert_eq!(negative, second >= 1 << 63);
        let uncounted = ((1 << COINS) - 1) & (u64::MAX << 1 << second.trailing_zeros());
        let same = trial(share, second ^ choice.next_u64() & uncounted);
        assert_eq!(same, Some((negative, magnitude)));
    }
}
