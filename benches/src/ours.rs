//! `dp-core`'s samplers, bare: noise added to whole grid steps, as its mechanisms do it.

use std::hint::black_box;

use dp_core::{
    NoiseRng,
    hazmat::{ConstantTimeLaplace, DiscreteGaussian, DiscreteLaplace, Draw, RoundedGaussian, Word},
};

use crate::{Law, Noise, Output, Scale, VECTOR, Work};

/// A prepared sampler.
pub fn noise(law: Law, output: Output, scale: Scale) -> Noise {
    let (numerator, denominator) = match output {
        Output::Integer => (scale.numerator.into(), scale.denominator),
        Output::Float => scale.in_steps(),
    };
    let deviation = match output {
        Output::Integer => scale.value(),
        Output::Float => scale.value() / 2f64.powi(scale.grid()),
    };
    match law {
        Law::Laplace => drawn(DiscreteLaplace::new(numerator, denominator), output, scale),
        Law::ConstantTimeLaplace => {
            drawn(ConstantTimeLaplace::new(numerator, denominator), output, scale)
        }
        Law::RoundedGaussian => drawn(RoundedGaussian::new(deviation), output, scale),
        Law::DiscreteGaussian => drawn(DiscreteGaussian::new(deviation), output, scale),
    }
}

/// The words of our generator, which every draw is made of.
pub fn words() -> Work {
    let mut rng = generator();
    Work::repeated(1, move || Word.draw(&mut rng))
}

/// A generator as programs use it.
pub fn generator() -> NoiseRng {
    NoiseRng::system().expect("the operating system has randomness")
}

fn drawn(draw: impl Draw + Clone + 'static, output: Output, scale: Scale) -> Noise {
    let grid = 2f64.powi(scale.grid());
    match output {
        Output::Integer => added(draw, |steps| {
            i64::try_from(steps).unwrap_or(if steps < 0 { i64::MIN } else { i64::MAX })
        }),
        #[expect(clippy::cast_precision_loss, reason = "post-processing, as in a release")]
        Output::Float => added(draw, move |steps| {
            i64::try_from(steps).map_or_else(|_| far(steps), |steps| steps as f64) * grid
        }),
    }
}

/// Out of line, as in a release.
#[expect(clippy::cast_precision_loss, reason = "post-processing, as in a release")]
#[cold]
#[inline(never)]
fn far(steps: i128) -> f64 {
    steps as f64
}

/// Adds draws to steps and returns to the result's unit.
fn added<T: Clone + Default + 'static>(
    draw: impl Draw + Clone + 'static,
    unit: impl Fn(i128) -> T + Copy + 'static,
) -> Noise {
    let (mut rng, prepared) = (generator(), draw.clone());
    let scalar = Work::repeated(1, move || {
        unit(black_box(0_i128).saturating_add(black_box(&prepared).draw(&mut rng)))
    });
    let mut rng = generator();
    let data = vec![0_i128; VECTOR as usize];
    let mut noisy = vec![T::default(); VECTOR as usize];
    let vector = Work::repeated(VECTOR, move || {
        for (noisy, value) in noisy.iter_mut().zip(black_box(&data)) {
            *noisy = unit(value.saturating_add(draw.draw(&mut rng)));
        }
        black_box(&noisy);
    });
    Noise { scalar, vector: Some(vector) }
}
