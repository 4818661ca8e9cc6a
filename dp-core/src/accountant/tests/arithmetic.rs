use proptest::prelude::*;

use super::bits;
use crate::accountant::ball::{Ball, ELEMENTARY};

/// Each line of the table has a function, its arguments, and its value to twice the digits of an `f64`,
/// computed by mpmath with sixty digits.
#[test]
fn elementary_functions_are_within_what_is_charged_for_them() {
    let mut worst = 0.0_f64;
    for line in include_str!("elementary.txt").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let numbers: Vec<f64> = words[1..].iter().copied().map(bits).collect();
        let (x, last) = (numbers[0], numbers.len() - 1);
        let computed = match words[0] {
            "exp" => x.exp(),
            "exp_m1" => x.exp_m1(),
            "ln" => x.ln(),
            "ln_1p" => x.ln_1p(),
            "sin" => x.sin(),
            "cos" => x.cos(),
            "sinh" => x.sinh(),
            "cosh" => x.cosh(),
            "atan2" => x.atan2(numbers[1]),
            other => panic!("{other}"),
        };
        // The difference of two close numbers is exact.
        let (high, low) = (numbers[last - 1], numbers[last]);
        let off = ((computed - high) - low).abs() / high.abs();
        assert!(off <= ELEMENTARY, "{line}: {computed} is off by {off:e}");
        worst = worst.max(off);
    }
    // A table that cannot tell would show no error at all.
    assert!(worst > 0.2 * f64::EPSILON, "{worst:e}");
}

/// A point of a disc: at `part` of its radius, in the direction `angle`.
fn point(ball: Ball, part: f64, angle: f64) -> Ball {
    let reach = part * ball.radius;
    Ball { re: ball.re + reach * angle.cos(), im: ball.im + reach * angle.sin(), radius: 0.0 }
}

fn holds(ball: Ball, point: Ball) -> bool {
    let (re, im) = (ball.re - point.re, ball.im - point.im);
    (re * re + im * im).sqrt() <= (ball.radius + point.radius) * (1.0 + 1e-9)
}

proptest! {
    /// Whatever point of the operands is meant, the result's disc meets that of the point's own result.
    #[test]
    fn a_disc_holds_the_results_of_all_its_points(
        (re, im) in (-3.0..3.0_f64, -3.0..3.0_f64),
        (other_re, other_im) in (-3.0..3.0_f64, -3.0..3.0_f64),
        digits in 1..12_i32, // beyond, a computed point is not in the disc
        (part, angle) in (0.0..0.99_f64, 0.0..6.3_f64),
    ) {
        let radius = 0.3 * 10.0_f64.powi(-digits);
        let (a, b) = (Ball { re, im, radius }, Ball { re: other_re, im: other_im, radius });
        let (x, y) = (point(a, part, angle), point(b, part, -2.0 * angle));
        prop_assert!(holds(a + b, x + y));
        prop_assert!(holds(a - b, x - y));
        prop_assert!(holds(a * b, x * y));
        prop_assert!(holds(a.times(1.0 / 3.0), x.times(1.0 / 3.0)));
        prop_assert!(holds(a.exp(), x.exp()));
        prop_assert!(holds(a.exp_m1(), x.exp_m1()));
        prop_assert!(holds(a.sinh(), x.sinh()));
        prop_assert!(holds(a.recip(), x.recip()));
        // Away from the cut, where one branch holds all points.
        let right = Ball { re: re.abs() + 0.7, ..a };
        prop_assert!(holds(right.ln(), point(right, part, angle).ln()));
        let small = Ball { re: 0.1 * re, im: 0.1 * im, radius: 0.1 * radius };
        prop_assert!(holds(small.ln_1p(), point(small, part, angle).ln_1p()));
    }

    /// Two ways to the same number agree: rounding is counted in each.
    #[test]
    fn identities_hold_within_the_radii(re in -2.0..2.0_f64, im in -2.0..2.0_f64) {
        let z = Ball { re, im, radius: 0.0 };
        let one = Ball::ONE;
        prop_assert!(holds(z.exp_m1() + one, z.exp()));
        prop_assert!(holds((z.exp() - (-z).exp()).times(0.5), z.sinh()));
        prop_assert!(holds(z.recip() * z, one));
        prop_assert!(holds(z.ln().exp(), z));
        prop_assert!(holds(z.ln_1p().exp(), one + z));
        prop_assert!(z.exp().radius < 3e-14 && z.sinh().radius < 1e-13);
    }
}
