use super::*;
use crate::sampler::tests::beginning_with;

const DEVIATIONS: [f64; 9] = [0.001, 0.05, 0.24, 0.3, 1.0, 10.0, 1000.5, 1e9, 9e15];

fn proposal(law: &DiscreteGaussian, seed: u64) -> (i128, Point) {
    let mut rng = NoiseRng::seeded(seed);
    let (_, mut point) = law.ziggurat.point(&mut rng);
    let n = law.wider.steps(&mut point, &mut rng);
    (n, point)
}

/// What is decided quickly is what the exact comparison says, as near to the border as 64 bits go.
#[test]
fn quick_decisions_are_the_exact_ones_beside_the_border() {
    for deviation in DEVIATIONS {
        let law = DiscreteGaussian::new(deviation);
        let exact = law.clone().never_quick();
        let mut choice = NoiseRng::seeded(41);
        let (mut quick, mut kept) = (0, 0);
        for seed in 0..60 {
            let (n, point) = proposal(&law, seed);
            let keeps = |word: u64| {
                assert_eq!(exact.quickly_keeps(n, &point, word), None);
                exact.keeps(n, &mut point.clone(), &mut beginning_with(&[word], seed))
            };
            // The smallest word that is not kept.
            let mut border = 0;
            for bit in (0..64).rev() {
                if keeps(border | 1 << bit) {
                    border |= 1 << bit;
                }
            }
            for _ in 0..8 {
                let offset = 1_i64 << (choice.next_u64() % 63);
                for word in [border.checked_add_signed(offset), border.checked_add_signed(-offset)]
                {
                    if let Some(word) = word
                        && let Some(answer) = law.quickly_keeps(n, &point, word)
                    {
                        quick += 1;
                        kept += u32::from(answer);
                        assert_eq!(keeps(word), answer, "{deviation}: {n} and {word}");
                    }
                }
            }
        }
        assert!(quick > 60 && kept > 15, "{deviation}: {quick} {kept}");
    }
}

/// γ is positive, or as many would have to be kept as there are not.
#[test]
fn the_wider_law_covers() {
    let assert_covers = |deviation: f64, mut point: Point, seed| {
        let law = DiscreteGaussian::new(deviation);
        let mut rng = NoiseRng::seeded(seed);
        let n = law.wider.steps(&mut point, &mut rng);
        let Enclosure { high, .. } = law.exponent(n, &mut point, &mut rng).enclose(300, &mut rng);
        assert!(high > Wide::new(1000), "{deviation}: {n} is not covered");
    };
    for deviation in DEVIATIONS.into_iter().chain([2f64.powi(60), 2f64.powi(123)]) {
        for seed in 0..300 {
            let (_, point) = proposal(&DiscreteGaussian::new(deviation), seed);
            assert_covers(deviation, point, seed);
        }
    }
    // Nine deviations out, more steps than an i128 has.
    let nine = Uniform::beginning_with(9 << 56 | 0x3039, 60);
    assert_covers(2f64.powi(124), Point::new(0, 1 << 63, 59, nine), 1);
}
