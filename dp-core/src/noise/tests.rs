use super::*;
use crate::Epsilon;

fn noise(sensitivity: u128, epsilon: f64) -> Noise {
    Noise::new(Law::laplace(sensitivity, Epsilon::new(epsilon).expect("in range")), 1.0)
}

#[test]
fn the_scale_is_the_exact_rational_in_lowest_terms() {
    let scale = |sensitivity, epsilon| match noise(sensitivity, epsilon).law {
        Law::DiscreteLaplace { numerator, denominator } => (numerator, denominator),
        other => panic!("{other:?}"),
    };
    assert_eq!(scale(1, 0.1), (10, 1));
    assert_eq!(scale(1, 0.3), (10, 3));
    assert_eq!(scale(3, 0.3), (10, 1));
    assert_eq!(scale(1 << 90, 1e-9), ((1 << 90) * 1_000_000_000, 1));
    assert_eq!(scale(1, 100.0), (1, 100));
}

/// Against the probabilities summed one by one.
#[test]
fn the_margin_is_the_exact_quantile() {
    for (sensitivity, epsilon) in [(1, 1.0), (1, 0.1), (7, 0.03), (1, 3.0), (1, 100.0)] {
        let noise = noise(sensitivity, epsilon);
        let ratio = (-epsilon / sensitivity as f64).exp();
        for confidence in [0.01, 0.5, 0.9, 0.95, 0.99, 0.999_999] {
            let mut steps = 0.0;
            let mut inside = (1.0 - ratio) / (1.0 + ratio);
            let mut mass = inside;
            while inside < confidence {
                mass *= ratio;
                inside += 2.0 * mass;
                steps += 1.0;
            }
            let margin = noise.margin(confidence);
            assert!((margin - steps).abs() < 0.5, "{epsilon} {confidence}: {margin} {steps}");
        }
    }
    assert!(noise(1, 1.0).margin(1.0).is_infinite());
    assert!(noise(1, 1.0).margin(f64::NAN).is_infinite());
    assert!(noise(1, 1.0).margin(0.0).abs() < f64::EPSILON);
}

const DEVIATIONS: [f64; 8] = [0.01, 0.05, 0.3, 0.5, 1.0, 2.7, 7.3, 40.0];
const CONFIDENCES: [f64; 8] = [1e-5, 0.01, 0.3, 0.5, 0.9, 0.95, 0.99, 0.999_999];

/// The smallest `m` whose mass, from the middle outward, is at least `confidence`, and whether
/// 13 digits decide it.
fn smallest(probability: impl Fn(f64) -> f64, confidence: f64) -> (f64, bool) {
    let (mut steps, mut inside) = (0.0, probability(0.0));
    let mut decided = (inside - confidence).abs() > 1e-12;
    while inside < confidence {
        steps += 1.0;
        inside += 2.0 * probability(steps);
        decided &= (inside - confidence).abs() > 1e-12;
    }
    (steps, decided)
}

#[test]
fn the_margin_of_a_rounded_gaussian_is_the_exact_quantile() {
    for deviation in DEVIATIONS {
        // By Simpson's rule over the cell, in pieces of at most a tenth of a deviation.
        let pieces = (10.0 / deviation).ceil().max(20.0) as u32;
        let density = |x: f64| (-0.5 * (x / deviation).powi(2)).exp();
        let width = 1.0 / f64::from(pieces);
        let probability = |k: f64| {
            let piece = |i: u32| {
                let from = k - 0.5 + f64::from(i) * width;
                density(from) + 4.0 * density(from + width / 2.0) + density(from + width)
            };
            let cell = (0..pieces).map(piece).sum::<f64>() * width / 6.0;
            cell / (deviation * std::f64::consts::TAU.sqrt())
        };
        let noise = Noise::new(Law::RoundedGaussian { deviation }, 0.25);
        for confidence in CONFIDENCES {
            let (steps, decided) = smallest(probability, confidence);
            let margin = noise.margin(confidence) / 0.25;
            assert!(margin == steps || !decided, "{deviation} {confidence}: {margin} {steps}");
        }
    }
}

#[test]
fn the_margin_of_a_discrete_gaussian_is_the_quantile_or_a_step_more_where_it_is_wide() {
    for deviation in DEVIATIONS {
        let weight = |k: f64| (-0.5 * (k / deviation).powi(2)).exp();
        let total = 1.0 + 2.0 * (1..2000).map(|k| weight(f64::from(k))).sum::<f64>();
        let noise = Noise::new(Law::DiscreteGaussian { deviation }, 1.0);
        for confidence in CONFIDENCES {
            let (steps, decided) = smallest(|k| weight(k) / total, confidence);
            let margin = noise.margin(confidence);
            let exact = margin == steps || deviation >= 8.0 && margin == steps + 1.0;
            assert!(exact || !decided, "{deviation} {confidence}: {margin} {steps}");
        }
    }
}

#[test]
fn the_margin_of_a_wide_gaussian_is_that_of_the_continuous_one() {
    for law in [Law::RoundedGaussian { deviation: 1e12 }, Law::DiscreteGaussian { deviation: 1e12 }]
    {
        let noise = Noise::new(law, 1e-12);
        assert!((noise.scale() - 1.0).abs() < 1e-12);
        assert!((noise.margin(0.95) - 1.959_963_984_540_054).abs() < 1e-11);
        assert!((noise.margin(1e-6) / 1.253_314_137_315_828e-6 - 1.0).abs() < 1e-6);
        assert!(noise.margin(1.0_f64.next_down()) < 8.3);
        assert!(noise.margin(1.0).is_infinite() && noise.margin(0.0) == 0.0);
    }
}

#[cfg(feature = "serde")]
#[test]
fn each_law_is_written_by_its_name() {
    let written = |law| serde_json::to_string(&Noise::new(law, 0.5)).expect("numbers and a name");
    assert_eq!(
        written(Law::RoundedGaussian { deviation: 3.0 }),
        r#"{"law":"rounded Gaussian","scale":1.5,"step":0.5}"#
    );
    assert_eq!(
        written(Law::DiscreteGaussian { deviation: 3.0 }),
        r#"{"law":"discrete Gaussian","scale":1.5,"step":0.5}"#
    );
}
