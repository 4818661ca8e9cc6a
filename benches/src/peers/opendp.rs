//! `opendp`: exact, with big numbers. Without OpenSSL its generator is `ChaCha20`.

use std::hint::black_box;

use opendp::{
    core::{Domain, Measure, Measurement, Metric, MetricSpace},
    domains::{AtomDomain, VectorDomain},
    measurements::{make_gaussian, make_laplace},
    measures::{MaxDivergence, ZeroConcentratedDivergence},
    metrics::{AbsoluteDistance, L1Distance, L2Distance},
};

use crate::{Law, Noise, Output, Scale, VECTOR, Work};

/// Its prepared measurements, which add noise and do nothing else. Both Gaussians are its discrete
/// one.
pub fn noise(law: Law, output: Output, scale: Scale) -> Noise {
    match (law, output) {
        (Law::Laplace | Law::ConstantTimeLaplace, Output::Integer) => Noise {
            scalar: invoked(laplace_of_one(scale.value()), 0, 1),
            vector: Some(invoked(laplace_of_many(scale.value()), zeros(), VECTOR)),
        },
        (Law::Laplace | Law::ConstantTimeLaplace, Output::Float) => {
            let (one, many) = (laplace_of_one_float, laplace_of_many_floats);
            Noise {
                scalar: invoked(one(scale.value(), scale.grid()), 0.0, 1),
                vector: Some(invoked(many(scale.value(), scale.grid()), zeros(), VECTOR)),
            }
        }
        (Law::RoundedGaussian | Law::DiscreteGaussian, Output::Integer) => Noise {
            scalar: invoked(gaussian_of_one(scale.value()), 0, 1),
            vector: Some(invoked(gaussian_of_many(scale.value()), zeros(), VECTOR)),
        },
        (Law::RoundedGaussian | Law::DiscreteGaussian, Output::Float) => {
            gaussian_of_floats(scale.value(), scale.grid())
        }
    }
}

/// A measurement that is made for one answer, as one must whose budget is told with the question:
/// Laplace noise of one scale, for one number and for many.
pub fn release(output: Output, scale: Scale) -> Noise {
    let (scale, grid) = (scale.value(), scale.grid());
    let (integers, floats) = (zeros(), zeros());
    let (scalar, vector) = match output {
        Output::Integer => (
            Work::repeated(1, move || laplace_of_one(scale).invoke(&0).expect(VALID)),
            Work::repeated(VECTOR, move || laplace_of_many(scale).invoke(&integers).expect(VALID)),
        ),
        Output::Float => (
            Work::repeated(1, move || laplace_of_one_float(scale, grid).invoke(&0.0).expect(VALID)),
            Work::repeated(VECTOR, move || {
                laplace_of_many_floats(scale, grid).invoke(&floats).expect(VALID)
            }),
        ),
    };
    Noise { scalar, vector: Some(vector) }
}

/// The same, once, for one number with Gaussian noise.
pub fn gaussian_release(scale: f64) -> i64 {
    gaussian_of_one(scale).invoke(&0).expect(VALID)
}

/// A measurement of one whole number with Laplace noise.
pub fn laplace_of_one(
    scale: f64,
) -> Measurement<AtomDomain<i64>, AbsoluteDistance<i64>, MaxDivergence, i64> {
    make_laplace(AtomDomain::default(), AbsoluteDistance::default(), scale, None).expect(VALID)
}

/// A measurement of whole numbers with Laplace noise.
pub fn laplace_of_many(
    scale: f64,
) -> Measurement<VectorDomain<AtomDomain<i64>>, L1Distance<i64>, MaxDivergence, Vec<i64>> {
    let domain = VectorDomain::new(AtomDomain::default());
    make_laplace(domain, L1Distance::default(), scale, None).expect(VALID)
}

/// A measurement of one whole number with Gaussian noise.
pub fn gaussian_of_one(
    deviation: f64,
) -> Measurement<AtomDomain<i64>, AbsoluteDistance<i64>, ZeroConcentratedDivergence, i64> {
    let metric = AbsoluteDistance::default();
    make_gaussian(AtomDomain::default(), metric, deviation, None).expect(VALID)
}

/// A measurement of whole numbers with Gaussian noise.
pub fn gaussian_of_many(
    deviation: f64,
) -> Measurement<VectorDomain<AtomDomain<i64>>, L2Distance<i64>, ZeroConcentratedDivergence, Vec<i64>>
{
    let domain = VectorDomain::new(AtomDomain::default());
    make_gaussian(domain, L2Distance::default(), deviation, None).expect(VALID)
}

fn laplace_of_one_float(
    scale: f64,
    grid: i32,
) -> Measurement<AtomDomain<f64>, AbsoluteDistance<f64>, MaxDivergence, f64> {
    let domain = AtomDomain::new_non_nan();
    make_laplace(domain, AbsoluteDistance::default(), scale, Some(grid)).expect(VALID)
}

fn laplace_of_many_floats(
    scale: f64,
    grid: i32,
) -> Measurement<VectorDomain<AtomDomain<f64>>, L1Distance<f64>, MaxDivergence, Vec<f64>> {
    let domain = VectorDomain::new(AtomDomain::new_non_nan()).with_size(VECTOR as usize);
    make_laplace(domain, L1Distance::default(), scale, Some(grid)).expect(VALID)
}

fn gaussian_of_floats(deviation: f64, grid: i32) -> Noise {
    use ZeroConcentratedDivergence as Divergence;
    let number = AtomDomain::<f64>::new_non_nan();
    let distance = AbsoluteDistance::<f64>::default();
    let one = make_gaussian(number.clone(), distance, deviation, Some(grid));
    let numbers = VectorDomain::new(number).with_size(VECTOR as usize);
    let many = make_gaussian(numbers, L2Distance::<f64>::default(), deviation, Some(grid));
    Noise {
        scalar: invoked::<_, _, Divergence, _>(one.expect(VALID), 0.0, 1),
        vector: Some(invoked::<_, _, Divergence, _>(many.expect(VALID), zeros(), VECTOR)),
    }
}

const VALID: &str = "scales that are measured are valid";

fn invoked<DI, MI, MO, TO>(
    measurement: Measurement<DI, MI, MO, TO>,
    data: DI::Carrier,
    elements: u32,
) -> Work
where
    DI: Domain + 'static,
    MI: Metric + 'static,
    MO: Measure + 'static,
    TO: 'static,
    DI::Carrier: 'static,
    (DI, MI): MetricSpace,
{
    Work::repeated(elements, move || measurement.invoke(black_box(&data)).expect("noise"))
}

fn zeros<T: Clone + Default>() -> Vec<T> {
    vec![T::default(); VECTOR as usize]
}
