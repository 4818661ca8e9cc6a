//! The tails, where chance never leads: the first words choose a block far out, the others are
//! random, and draws that stay in the block have the law's shape there.

use super::{chi_square, chi_square::is_credible, power::by_floats, *};
use crate::sampler::ziggurat::Ziggurat;

const DRAWS: u64 = 10_000;
const PARTS: i128 = 8;

/// Draws within a block, and its ends in steps.
struct Block {
    start: i128,
    end: i128,
    draws: Vec<i128>,
}

impl Block {
    /// From `start` to `end`: of [`DRAWS`] that begin with chosen words, those of a size between.
    /// All others were rejected there, and are ordinary draws.
    fn of(
        sampler: &impl Draw,
        (start, end): (f64, f64),
        mut words: impl FnMut(&mut NoiseRng) -> Vec<u64>,
        seed: u64,
    ) -> Self {
        let mut choice = NoiseRng::seeded(seed);
        let draw = |i| {
            let mut rng = beginning_with(&words(&mut choice), seed << 32 | i);
            sampler.draw(&mut rng)
        };
        let (start, end) = (start as i128 + 1, end as i128);
        let within = |draw: &i128| (start..end).contains(&draw.abs());
        Self { start, end, draws: (0..DRAWS).map(draw).filter(within).collect() }
    }

    /// The chance of these draws, both signs apart.
    fn chance(&self, law: &Law) -> f64 {
        let end = |part: i128| self.start + (self.end - self.start) * part / PARTS;
        let all = law.beyond(self.start) - law.beyond(self.end);
        let probabilities: Vec<f64> = (0..PARTS)
            .map(|part| (law.beyond(end(part)) - law.beyond(end(part + 1))) / all / 2.0)
            .collect();
        let mut counts = vec![0; 2 * PARTS as usize];
        for draw in &self.draws {
            let part = (1..PARTS).filter(|&part| end(part) <= draw.abs()).count();
            counts[part + if *draw < 0 { PARTS as usize } else { 0 }] += 1;
        }
        chi_square::chance(&counts, &[probabilities.clone(), probabilities].concat())
    }

    fn assert_fits(&self, law: &Law, at_least: usize) {
        assert!(self.draws.len() >= at_least, "{} stayed", self.draws.len());
        let chance = self.chance(law);
        assert!(is_credible(chance), "{} from {}: {chance:e}", law.name, self.start);
    }
}

/// Words whose last bits are `ones` ones, or zeros, and then the opposite: coins.
fn coins(ones: u32, random: u64) -> Vec<u64> {
    let mut words = vec![u64::MAX; ones as usize / 64];
    words.push(random << 1 << (ones % 64) | ((1 << (ones % 64)) - 1));
    words
}

/// Words for a point in the tail of a ziggurat, `block` blocks out.
fn far_out(ziggurat: &Ziggurat, block: u32) -> impl FnMut(&mut NoiseRng) -> Vec<u64> {
    move |choice| {
        let proposal = ziggurat.proposal_of_the_tail(choice);
        [vec![proposal], coins(block, choice.next_u64())].concat()
    }
}

/// 40 blocks are beyond 30 scales, and 53 beyond 64 ln 2, where 64 bits of a uniform number end.
#[test]
fn a23_the_tail_of_discrete_laplace_goes_on_in_shape() {
    let (start, width) = EXPONENTIAL.tail();
    for (scale, block) in
        [(1000, 0), (1000, 11), (1000, 40), (1000, 100), (1 << 60, 53), (7777, 64)]
    {
        let sampler = DiscreteLaplace::new(scale, 1);
        let from = start + f64::from(block) * width;
        let ends = (from * scale as f64, (from + width) * scale as f64);
        let draws =
            Block::of(&sampler, ends, far_out(&EXPONENTIAL, block), 5000 + u64::from(block));
        assert!(block < 40 || draws.start > 30 * scale.cast_signed());
        draws.assert_fits(&Law::laplace(scale, 1), DRAWS as usize / 5);
    }
}

/// Block `k` begins at `k` ln 2.
#[test]
fn a23_the_tail_of_constant_time_laplace_goes_on_in_shape() {
    let width = std::f64::consts::LN_2;
    for (scale, block) in
        [(1000, 0), (1000, 9), (1000, 38), (1000, 39), (1000, 50), (1 << 60, 70), (7777, 110)]
    {
        let sampler = ConstantTimeLaplace::new(scale, 1);
        let from = f64::from(block) * width;
        let ends = (from * scale as f64, (from + width) * scale as f64);
        let words = |choice: &mut NoiseRng| {
            let [across, word, third] = [(); 3].map(|()| choice.next_u64());
            // The first 39 bits are coins; the others stay random.
            let here = if block < 39 { (word << 1 | 1) << block & ((1 << 39) - 1) } else { 0 };
            let more = u32::checked_sub(block, 39).map(|ones| coins(ones, choice.next_u64()));
            [vec![across, word >> 39 << 39 | here, third], more.unwrap_or_default()].concat()
        };
        let draws = Block::of(&sampler, ends, words, 5200 + u64::from(block));
        assert!(block < 50 || draws.start > 30 * scale.cast_signed());
        draws.assert_fits(&Law::laplace(scale, 1), DRAWS as usize / 5);
    }
}

/// The curve falls ever faster below the blocks, and the farther out the fewer are kept.
#[test]
fn a23_the_tails_of_the_gaussian_laws_go_on_in_shape() {
    let (start, width) = NORMAL.tail();
    for (deviation, block, kept) in [(999.0, 0, 4000), (999.0, 4, 2500), (2f64.powi(50), 8, 1000)] {
        let ends = |scale: f64| {
            let from = start + f64::from(block) * width;
            (from * scale, (from + width) * scale)
        };
        let words = || far_out(&NORMAL, block);
        let seed = 5400 + 2 * u64::from(block);
        let rounded = RoundedGaussian::new(deviation);
        let draws = Block::of(&rounded, ends(deviation), words(), seed);
        draws.assert_fits(&Law::rounded_gaussian(deviation), kept);
        let discrete = DiscreteGaussian::new(deviation);
        let draws = Block::of(&discrete, ends(deviation + 1.0), words(), seed + 1);
        draws.assert_fits(&Law::discrete_gaussian(deviation), kept);
    }
    let ends = ((start + 14.0 * width) * 1000.0, (start + 15.0 * width) * 1000.0);
    let draws = Block::of(&RoundedGaussian::new(1000.0), ends, far_out(&NORMAL, 14), 5500);
    assert!(!draws.draws.is_empty(), "more than 6.4 deviations out");
}

/// Blocks are as likely as they should be: twice as far is half as likely.
#[test]
fn a23_coins_are_counted_over_any_number_of_words() {
    for ones in [0, 1, 39, 63, 64, 65, 127, 128, 200] {
        let mut rng = beginning_with(&coins(ones, 0x5555), 1);
        assert_eq!(ziggurat::trailing_ones(&mut rng), ones);
    }
}

/// The smallest uniform number of 53 bits is 2^-53, whose logarithm ends 37 scales out.
#[test]
fn a23_a_tail_that_is_cut_off_at_53_bits_is_rejected() {
    let least = by_floats(1000.0).draw(&mut beginning_with(&[1], 1)).abs();
    assert!(least < 37_000, "{least}");
    let anything = |choice: &mut NoiseRng| vec![choice.next_u64() & 2047];
    let (start, width) = EXPONENTIAL.tail();
    let ends = ((start + 45.0 * width) * 1000.0, (start + 46.0 * width) * 1000.0);
    assert!(Block::of(&by_floats(1000.0), ends, anything, 5600).draws.is_empty());
}

/// And a shape that is off by half.
#[test]
fn a23_a_tail_of_another_scale_is_rejected() {
    let (start, width) = EXPONENTIAL.tail();
    let ends = ((start + 40.0 * width) * 1000.0, (start + 41.0 * width) * 1000.0);
    let sampler = DiscreteLaplace::new(1000, 1);
    let draws = Block::of(&sampler, ends, far_out(&EXPONENTIAL, 40), 5700);
    assert!(is_credible(draws.chance(&Law::laplace(1000, 1))));
    assert!(!is_credible(draws.chance(&Law::laplace(500, 1))));
}
