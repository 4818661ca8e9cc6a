use super::{exponential, *};

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
