use super::*;

fn noise(sensitivity: u128, epsilon: f64) -> Noise {
    let sensitivity = Sensitivity::new(Some(sensitivity)).expect("in range");
    Noise::laplace(sensitivity, Epsilon::new(epsilon).expect("in range"), 1.0)
}

#[test]
fn the_scale_is_the_exact_rational_in_lowest_terms() {
    let scale = |sensitivity, epsilon| {
        match noise(sensitivity, epsilon).law {
            Law::DiscreteLaplace { numerator, denominator } => (numerator, denominator),
            other => panic!("{other:?}"),
        }
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
