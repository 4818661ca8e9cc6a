use crate::accountant::ball::Ball;

/// `sinh(√x) / √x − sinh(√y) / √y`, for `|x|, |y| ≤ 1.1`, relative to its own size: `difference` is
/// `x − y`.
///
/// It is `Σ (xⁿ − yⁿ) / (2n+1)!` over `n ≥ 1`, and `xⁿ − yⁿ = (x − y) h(n)` with `h(1) = 1` and
/// `h(n+1) = x h(n) + yⁿ`. With `r = max(|x|, |y|) ≤ 1.1`, `|h(n)| ≤ n rⁿ⁻¹`, so each term is less than
/// a tenth of the one before, and what follows a term is less than that term.
pub(super) fn difference(x: Ball, y: Ball, difference: Ball) -> Ball {
    let size = x.modulus().max(y.modulus());
    let (mut h, mut power) = (Ball::ONE, Ball::ONE);
    let mut factorial = 6.0; // (2n + 1)!, exact up to 21!
    let mut sum = Ball::ONE.times(1.0 / 6.0).widened(1e-17);
    let mut bound = 1.0;
    for n in 2..=10_u8 {
        power = power * y;
        h = x * h + power;
        let n = f64::from(n);
        factorial *= 2.0 * n * (2.0 * n + 1.0);
        sum = sum + h * Ball::near(1.0 / factorial);
        bound *= 1.2 * size;
        if n * bound / factorial < 1e-19 {
            break;
        }
    }
    // n 1.2ⁿ⁻¹ rⁿ⁻¹ / (2n+1)! is below 1e-19 at the latest for n = 10.
    difference * sum.widened(1e-18)
}

/// `sinh(√x) / √x`, for `|x| ≤ 1.1`.
pub(super) fn ratio(x: Ball) -> Ball {
    Ball::ONE + difference(x, Ball::ZERO, x)
}
