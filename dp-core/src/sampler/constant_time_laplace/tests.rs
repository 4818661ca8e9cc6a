use super::*;
use crate::sampler::tests::beginning_with;

/// What the proof rests on, with two hundred digits.
#[test]
fn the_steps_cover_the_curve_and_nearly_touch_it() {
    assert_eq!(HEIGHTS.iter().sum::<u64>(), 1 << 48, "48 digits choose a step");
    let ln_2 = 799_144_290_325_165_979; // rounded up, in units of 2^-60
    assert!(8 * BLOCK >= ln_2 && 8 * BLOCK < ln_2 + 8);
    for (j, height) in (0..).zip(HEIGHTS) {
        let curve = exponential(Wide::new(j * u128::from(BLOCK)).left(140));
        let height = Wide::new(u128::from(height) * u128::from(UNIT)).left(96);
        assert!(height >= curve.high, "step {j} leaves some uncovered");
        assert!(height <= curve.low.plus(&curve.low.right(45)), "step {j} is too high");
    }
}

/// `e^−z`, both in units of 2^-200.
fn exponential(z: Wide) -> Enclosure {
    exponential::enclose(&Enclosure { low: z.clone(), high: z }, 200)
}

/// Between two hundred digits of the truth, and `2^22.2 + 16` units below it.
#[test]
fn the_series_is_within_its_error() {
    let (too_large, too_small) = (16, 4_817_989 + 16);
    let mut largest = 0;
    for i in 0..=20_000 {
        let across = u64::MAX / 20_000 * i;
        let a = Wide::new(across.into()).times(&Wide::new(BLOCK.into())).left(76);
        let truth = exponential(a).low.right(137).saturated();
        let limit = u128::from(limit(across));
        assert!(limit <= truth + too_large && truth <= limit + too_small, "{across:x}");
        largest = largest.max(truth.saturating_sub(limit));
    }
    assert!(largest > too_small / 2, "{largest}: the bound is not far from the truth");
}

/// The first share that is not kept for certain, and perhaps that before it.
fn border(across: u64) -> u64 {
    limit(across) / SHARE_UNIT
}

/// Two words beside the border, and the same rest, make the same draw or none.
#[test]
fn quick_and_exact_trials_agree() {
    for (numerator, denominator) in [(1, 5), (1, 1), (1000, 9), (1 << 20, 1)] {
        let law = ConstantTimeLaplace::new(numerator, denominator);
        let exact = law.never_quick();
        let mut choice = NoiseRng::seeded(51);
        for i in 0..2000 {
            let [across, mut second, mut third] = [(); 3].map(|()| choice.next_u64());
            if i % 2 == 0 {
                third = third >> 40 << 40 | (border(across) - 2 + choice.next_u64() % 5).min(SHARE);
            }
            if i % 16 == 0 {
                second = second >> COINS << COINS; // beyond the coins of a word
            }
            let words = [across, second, third];
            let trial = |law: &ConstantTimeLaplace| law.attempt(&mut beginning_with(&words, i));
            assert_eq!(trial(&law), trial(&exact), "{words:x?}");
        }
    }
}

/// The same where e^−a is as near to a multiple of the share's unit as the quick comparison is to it,
/// and further digits are those that bring the height nearest.
#[test]
fn quick_and_exact_trials_agree_where_a_share_ends() {
    let law = ConstantTimeLaplace::new(1000, 9);
    let (exact, mut choice) = (law.never_quick(), NoiseRng::seeded(53));
    let mut kept = [0; 2];
    for i in 0..4000 {
        let lowest = border(u64::MAX);
        let share = lowest + 1 + choice.next_u64() % (SHARE - lowest - 1);
        // The last point with a limit of at least `share`.
        let mut last = 0;
        for bit in (0..64).rev() {
            if border(last | 1 << bit) >= share {
                last |= 1 << bit;
            }
        }
        let away = (1_i64 << (choice.next_u64() % 30)) * if i % 2 == 0 { 1 } else { -1 };
        let across = last.saturating_add_signed(away);
        let second = choice.next_u64() | 1 << (choice.next_u64() % u64::from(COINS));
        let steps = choice.next_u64() << 40;
        for (share, more) in [(share - 1, u64::MAX), (share, 0)] {
            let words = [across, second, steps | share, more, more];
            let trial = |law: &ConstantTimeLaplace| law.attempt(&mut beginning_with(&words, i));
            assert_eq!(trial(&law), trial(&exact), "{words:x?}");
            kept[usize::from(trial(&law).is_some())] += 1;
        }
    }
    assert!(kept.iter().all(|&trials| trials > 1000), "{kept:?} on either side");
}

/// A trial that three words do not decide draws more: among so many there would be thirty if one in
/// 2^15 were such a trial, and one in 2^37 is.
#[test]
fn three_words_decide_a_trial() {
    const TRIALS: usize = 1_000_000;
    for scale in [1, 1000, 1 << 32] {
        let law = ConstantTimeLaplace::new(scale, 1);
        let (mut rng, mut twin) = (NoiseRng::seeded(54), NoiseRng::seeded(54));
        let kept = (0..TRIALS).filter(|_| law.attempt(&mut rng).is_some()).count();
        assert!((kept as f64 / TRIALS as f64 - 0.9579).abs() < 0.001, "{kept}");
        for _ in 0..3 * TRIALS {
            twin.next_u64();
        }
        assert_eq!(rng.next_u64(), twin.next_u64(), "some drew more");
    }
}

/// Each bit of the three words is used once, for what it is said to be for.
#[test]
fn the_parts_of_three_words_do_not_overlap() {
    let law = ConstantTimeLaplace::new(1 << 20, 1);
    let mut choice = NoiseRng::seeded(52);
    for i in 0..3000 {
        let [across, mut second, mut third] = [(); 3].map(|()| choice.next_u64());
        if i % 2 == 0 {
            // Beside a border between two steps, where the last digit counts.
            let border: u64 = HEIGHTS[..=(i / 2 % 7) as usize].iter().sum();
            let digits = border - choice.next_u64() % 2;
            second = second & !(0xff_ffff << COINS) | digits >> 24 << COINS;
            third = third & SHARE | digits << 40;
        }
        let trial = |second: u64, steps: u64, share: u64| {
            let words = [across, second, steps >> 40 << 40 | share];
            law.attempt(&mut beginning_with(&words, i))
        };
        assert!(trial(second, third, (border(across) + 2).min(SHARE)).is_none());
        let share = choice.next_u64() % (border(across) - 2);
        let (negative, magnitude) = trial(second, third, share).expect("below the curve");
        // Coins, a step by its borders, and a point across it.
        let digits = ((second >> 39) % (1 << 24)) << 24 | third >> 40;
        let steps = (0..8).filter(|&j| digits >= HEIGHTS[..=j].iter().sum()).count();
        let blocks =
            f64::from(second.trailing_zeros() * 8) + steps as f64 + across as f64 / 2f64.powi(64);
        let expected = blocks * std::f64::consts::LN_2 / 8.0 * 2f64.powi(20);
        assert!((magnitude as f64 + 0.5 - expected).abs() < 0.501, "{magnitude} for {expected}");
        assert_eq!(negative, second >= 1 << 63);
        let uncounted = ((1 << COINS) - 1) & (u64::MAX << 1 << second.trailing_zeros());
        let same = trial(second ^ choice.next_u64() & uncounted, third, share);
        assert_eq!(same, Some((negative, magnitude)));
    }
}
