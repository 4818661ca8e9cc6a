//! Against values of 20 digits, computed in mpmath 1.3 at 60.
#![expect(
    clippy::excessive_precision,
    clippy::unreadable_literal,
    reason = "golden values are stated as they were computed"
)]

use super::*;

/// `x`, `φ(x)` and `M(x) = √(π/2) exp(x²/2) erfc(x/√2)`.
const VALUES: [(f64, f64, f64); 15] = [
    (0.0, 0.39894228040143267794, 1.2533141373155002512),
    (1e-9, 0.39894228040143267774, 1.2533141363155002518),
    (0.25, 0.38666811680284920694, 1.0378245758537268123),
    (0.5, 0.35206532676429947777, 0.87636445645369234673),
    (1.0, 0.2419707245191433498, 0.65567954241879847154),
    (1.5, 0.12951759566589172761, 0.51581563821796335503),
    (1.999, 0.054099029450649918546, 0.42152654426936165333),
    (2.0, 0.053990966513188051951, 0.42136922928805447322),
    (2.5, 0.017528300493568537362, 0.35426511132979366678),
    (3.0, 0.0044318484119380071756, 0.30459029871010329573),
    (4.0, 0.00013383022576488535177, 0.23665238291356067062),
    (6.0, 6.075882849823285487e-9, 0.16237766089686746182),
    (8.8, 6.0957581295624162335e-18, 0.11222242648965819614),
    (12.0, 2.146383735663060345e-32, 0.082766286501369177252),
    (25.0, 7.6539297364193926596e-137, 0.039936304769535592529),
];

/// `confidence` and the root of `erf(x/√2) = confidence`.
const QUANTILES: [(f64, f64); 11] = [
    (1e-6, 1.2533141373158283114e-6),
    (0.01, 0.012533469508069263422),
    (0.3, 0.38532046640756760882),
    (0.499999, 0.67448817676437641726),
    (0.5, 0.6744897501960817432),
    (0.6, 0.84162123357291416552),
    (0.9, 1.6448536269514728225),
    (0.95, 1.9599639845400538556),
    (0.99, 2.5758293035489004539),
    (0.999999, 4.8916384756929317718),
    (0.999999999999, 7.1305098928792724473),
];

fn assert_tight_around(interval: Interval, value: f64, width: f64, x: f64) {
    // The nearest f64 to the value may be outside by half a neighbour, as it is rounded itself.
    let encloses = interval.low <= value.next_up() && interval.high >= value.next_down();
    assert!(encloses, "x = {x}: {interval:?} does not hold {value}");
    assert!(interval.high - interval.low <= width * value, "x = {x}: {interval:?} is wide");
}

#[test]
fn density_and_ratio_are_enclosed_tightly() {
    for (x, phi, ratio) in VALUES {
        assert_tight_around(density(x), phi, 2e-14 * (1.0 + x * x), x);
        assert_tight_around(mills(x), ratio, 2e-12, x);
    }
}

#[test]
fn series_and_fraction_agree_where_they_meet() {
    for x in [1.99, 1.999_999, 2.0] {
        let series = Interval::near(MILLS_AT_0) * exp_of_half_square(x) - odd_series(x);
        let fraction = fraction(x);
        assert!(series.low <= fraction.high && fraction.low <= series.high, "{x}");
    }
}

#[test]
fn what_overflows_is_never_a_proof() {
    let far = exp_of_half_square(1e200);
    assert!(far.low >= 1.0 && far.high.is_infinite(), "{far:?}");
    let density = density(1000.0);
    assert!(density.low == 0.0 && density.high < 1e-300, "{density:?}");
    let ratio = mills(1e300);
    assert!(ratio.low <= 1e-300 && ratio.high >= 1e-300, "{ratio:?}");
    let nowhere = mills(f64::INFINITY);
    assert!(nowhere.low == 0.0 && nowhere.high >= 0.0, "{nowhere:?}");
    let undefined = Interval::exactly(0.0) / Interval::exactly(0.0);
    assert!(undefined.high.is_nan());
}

#[test]
fn quantiles_of_the_middle_are_exact_to_two_parts_in_ten_trillion() {
    for (confidence, quantile) in QUANTILES {
        let error = central_quantile(confidence) / quantile - 1.0;
        // The confidence is rounded itself: in the far tail that moves the quantile further.
        assert!(error.abs() < 2e-13, "{confidence}: {error:e}");
    }
    assert!(central_quantile(1.0_f64.next_down()) < 8.3);
}

#[test]
fn the_logarithm_is_good_enough_to_steer_by() {
    for x in [1e-300, 1e-18, 0.3, 1.0, 1.414, 1.415, 2.0, 7.0, 1e18] {
        assert!((logarithm(x) - f64::ln(x)).abs() < 1e-4, "{x}");
    }
    for difference in [1e-3, -1e-3, 1e-6] {
        let x = 1.0 + difference;
        assert!((logarithm(x) / f64::ln(x) - 1.0).abs() < 1e-12, "{x}");
    }
}

#[test]
fn every_operation_rounds_outward() {
    let (one, three, tenth) = (Interval::exactly(1.0), Interval::exactly(3.0), Interval::near(0.1));
    for (interval, nearest) in [
        (one / three, 1.0 / 3.0),
        (one + tenth, 1.1),
        (one - tenth, 0.9),
        (three * tenth, 0.3),
        (three.sqrt(), 3.0_f64.sqrt()),
        (Interval::whole((1 << 90) + 1), 2.0_f64.powi(90)),
    ] {
        assert!(interval.low < nearest && nearest < interval.high, "{interval:?} {nearest}");
    }
    let whole = Interval::whole(1 << 53);
    assert!(whole.low < whole.high, "the first that may have been rounded");
    let exact = Interval::whole((1 << 53) - 1);
    assert_eq!((exact.low, exact.high), (9_007_199_254_740_991.0, 9_007_199_254_740_991.0));
    assert_eq!((one - one).low, 0.0, "never below 0");
}
