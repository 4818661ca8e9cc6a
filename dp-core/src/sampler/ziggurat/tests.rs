use super::{exponential, *};
use crate::sampler::tests::beginning_with;

/// The curve's height at `x` units of 2^-60, in units of 2^-200.
fn curve(ziggurat: &Ziggurat, x: u64) -> Enclosure {
    let x = Wide::new(x.into()).left(140);
    let z = match ziggurat.curve {
        Curve::Exponential => x,
        Curve::Normal => x.times(&x).right(201),
    };
    exponential::enclose(&Enclosure { low: z.clone(), high: z.plus(&Wide::new(1)) }, 200)
}

/// The upper end of a layer, in units of 2^-200, rounded down and up.
fn top(ziggurat: &Ziggurat, layer: usize) -> Enclosure {
    let area = Wide::new(ziggurat.area.into());
    let heights = ziggurat.layers[..=layer].iter().map(|layer| area.left(200).over(layer.width));
    let low = heights.fold(Wide::new(0), |sum, height| sum.plus(&height));
    Enclosure { high: low.plus(&Wide::new(LAYERS as u128)), low }
}

/// What the proof of [`Ziggurat`] rests on, layer by layer.
#[test]
fn the_layers_cover_the_curve_and_what_is_taken_at_once_lies_under_it() {
    for ziggurat in [&EXPONENTIAL, &NORMAL] {
        for layer in 0..LAYERS {
            let inner = ziggurat.layers.get(layer + 1).map_or(0, |next| next.width);
            let top = top(ziggurat, layer);
            assert!(curve(ziggurat, inner).high <= top.low, "layer {layer} leaves some uncovered");
            // The last point that is taken at once ends here.
            let Layer { width, surely } = ziggurat.layers[layer];
            let end = (u128::from(width) * u128::from(surely)).div_ceil(1 << DIGITS);
            let end = u64::try_from(end).expect("within the layer");
            if surely > 0 {
                assert!(curve(ziggurat, end).low >= top.high, "layer {layer} takes too much");
            }
            let height = Wide::new(ziggurat.heights[layer + 1].into());
            let exact = top.low.right(137);
            assert!(height <= exact && exact.minus(&height) <= Wide::new(1), "height {layer}");
        }
    }
}

/// Rounded up, in units of 2^-60.
const LN_2: u128 = 799_144_290_325_165_979;

/// The curve falls by half over each block of the tail, and blocks are whole digits.
#[test]
fn the_blocks_of_the_tail_cover_the_curve() {
    for ziggurat in [&EXPONENTIAL, &NORMAL] {
        let [Layer { width: lowest, .. }, Layer { width: start, .. }, ..] = ziggurat.layers;
        assert_eq!(lowest % (1 << DIGITS), 0);
        assert_eq!(u128::from(lowest) * u128::from(ziggurat.tail), u128::from(start) << DIGITS);
        let block = u128::from((lowest - start) / 2);
        match ziggurat.curve {
            Curve::Exponential => assert!(block >= LN_2),
            Curve::Normal => assert!((block * u128::from(start)) >> 60 >= LN_2),
        }
    }
}

/// Speed, not correctness: a table that is off would show here first.
#[test]
fn nearly_every_word_is_taken_at_once() {
    for (ziggurat, expected) in [(&EXPONENTIAL, 0.9879), (&NORMAL, 0.9919)] {
        let share = |layer: &Layer| layer.surely as f64 / (1_u64 << DIGITS) as f64;
        let taken = ziggurat.layers.iter().map(share).sum::<f64>() / LAYERS as f64;
        assert!((taken - expected).abs() < 1e-4, "{taken}");
    }
}

impl Ziggurat {
    /// Where the tail begins, and how wide its blocks are.
    pub(in crate::sampler) fn tail(&self) -> (f64, f64) {
        let [lowest, start] = [0, 1].map(|layer| self.layers[layer].width as f64 / 2f64.powi(60));
        (start, (lowest - start) / 2.0)
    }

    /// A word that proposes a point in the tail.
    pub(in crate::sampler) fn proposal_of_the_tail(&self, choice: &mut NoiseRng) -> u64 {
        loop {
            let digits = choice.next_u64() >> (LAYER_BITS + 1);
            if digits >= self.tail {
                return digits << (LAYER_BITS + 1) | choice.next_u64() & 1 << LAYER_BITS;
            }
        }
    }

    /// A point of a layer, or of a block of the tail, that is not taken at once, where there is
    /// one, and the share of the layer's height at which it leaves the curve, nearly.
    fn doubtful(&self, layer: usize, block: u32, choice: &mut NoiseRng) -> (Point, u64) {
        let Layer { width, surely } = self.layers[layer];
        let share = high_product(choice.next_u64(), (1 << DIGITS) - 1 - surely);
        let digits = if block > 0 {
            self.proposal_of_the_tail(choice) >> (LAYER_BITS + 1)
        } else {
            surely + share
        };
        let across = Uniform::beginning_with(digits, DIGITS);
        let beyond = layer == 0 && digits >= self.tail;
        let point = if beyond {
            let start = self.layers[1].width;
            let offset = u128::from(start) + u128::from(block) * u128::from(width - start);
            Point::new(offset, width, 61, across)
        } else {
            Point::new(0, width, 60, across)
        };
        let low = point.quick_low().expect("within 16");
        let z = match self.curve {
            Curve::Exponential => low,
            Curve::Normal => ((u128::from(low) * u128::from(low)) >> 61) as u64,
        };
        let (floor, top) = (self.heights[layer], self.heights[layer + 1]);
        let above = (quick(z) << block).saturating_sub(floor).min(top - floor);
        (
            point,
            u64::try_from((u128::from(above) << 64) / u128::from(top - floor)).unwrap_or(u64::MAX),
        )
    }
}

/// Each bit of a word is used once.
#[test]
fn a_word_is_its_proposal() {
    let mut rng = NoiseRng::seeded(30);
    for _ in 0..1000 {
        let word = rng.next_u64();
        let Proposal { layer, negative, digits } = Proposal::of(word);
        let sign = u64::from(negative) << LAYER_BITS;
        assert_eq!(layer as u64 | sign | digits << (LAYER_BITS + 1), word);
    }
}

/// What is decided quickly is what the exact comparison says, as near to the curve as 64 bits go.
#[test]
fn quick_comparisons_are_the_exact_ones_beside_the_curve() {
    for (ziggurat, blocks) in [(&EXPONENTIAL, 10), (&NORMAL, 8)] {
        let exact = ziggurat.never_quick();
        let mut choice = NoiseRng::seeded(31);
        let (mut quick, mut accepted) = (0, 0);
        for i in 0..5000 {
            let layer = if i % 8 == 0 { 0 } else { choice.next_u64() as usize % LAYERS };
            let block = if layer == 0 { i as u32 / 8 % blocks } else { 0 };
            let (mut point, share) = ziggurat.doubtful(layer, block, &mut choice);
            // The nearest of these are left open, and the next are the nearest that are not.
            let offset = 1_i64 << (20 + choice.next_u64() % 43);
            let share = share.wrapping_add_signed(if choice.next_u64() & 1 == 1 {
                offset
            } else {
                -offset
            });
            let Some(answer) = ziggurat.quickly_under_curve(&point, layer, block, share) else {
                continue;
            };
            quick += 1;
            accepted += u32::from(answer);
            assert_eq!(exact.quickly_under_curve(&point, layer, block, share), None);
            let mut rng = beginning_with(&[share], i);
            assert_eq!(exact.is_under_curve(&mut point, layer, block, &mut rng), answer);
        }
        assert!(quick > 1500 && accepted > 500 && quick - accepted > 500, "{quick} {accepted}");
    }
}

/// The same of whole proposals: whatever a word stands for, it is kept or not alike. Half of them
/// are not taken at once.
#[test]
fn quick_and_exact_proposals_are_kept_alike() {
    for ziggurat in [&EXPONENTIAL, &NORMAL] {
        let exact = ziggurat.never_quick();
        let mut choice = NoiseRng::seeded(32);
        for i in 0..6000 {
            let word = choice.next_u64();
            let layer = if i % 8 == 1 { 0 } else { word as usize % LAYERS };
            let Layer { surely, .. } = ziggurat.layers[layer];
            let digits = surely + high_product(choice.next_u64(), (1 << DIGITS) - surely);
            let doubtful = digits << (LAYER_BITS + 1) | layer as u64;
            let word = if i % 2 == 1 { doubtful } else { word };
            let one = ziggurat.accept(word, &mut beginning_with(&[], i));
            let other = exact.accept(word, &mut beginning_with(&[], i));
            assert_eq!(one.is_some(), other.is_some(), "{word:x}");
            if let (Some(one), Some(other)) = (one, other) {
                assert_eq!(one.quick_low(), other.quick_low(), "{word:x}");
            }
        }
    }
}
