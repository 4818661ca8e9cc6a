//! The median over the machines, which a few false or extreme values do not move.

use datasite::PeerReport;
use serde::{Deserialize, Serialize};

/// The median of one round, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Median {
    /// In hundredths.
    pub value: f64,
    /// Whether it and the mean part by more than the noise explains: then a few machines are far
    /// from the others, or report false values. Machines that are equally loaded and honest are
    /// warned of in less than one round of a thousand (tested).
    pub parted: bool,
}

/// The noise parts mean and median by more than so many standard deviations hardly ever.
const DEVIATIONS: f64 = 5.0;

impl Median {
    /// The median of `reports`, of which there is one at least, beside their mean.
    pub fn beside(mean: f64, reports: &[PeerReport]) -> Median {
        let mut values: Vec<f64> = reports.iter().map(|report| report.cpu).collect();
        let middle = values.len() / 2;
        let (lower, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
        let below = lower.iter().copied().reduce(f64::max);
        let value = match below {
            Some(below) if reports.len().is_multiple_of(2) => f64::midpoint(below, upper),
            _ => upper,
        };
        Median {
            value: (value * 100.0).round() / 100.0 + 0.0,
            parted: (mean - value).abs() > DEVIATIONS * deviation(reports),
        }
    }
}

/// The standard deviation of mean − median, where all machines are equally loaded.
///
/// With n Laplace variables of scales bᵢ and f the mean of their densities 1/(2bᵢ) at the centre,
/// the median is asymptotically the mean of sign(xᵢ) / 2f, so that the variance is
/// Σ 2bᵢ² / n² − 2 Σ bᵢ / (2f n²) + 1 / (4f² n).
fn deviation(reports: &[PeerReport]) -> f64 {
    let mean_of = |of: fn(f64) -> f64| {
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 machines")]
        let machines = reports.len() as f64;
        let sum = reports.iter().map(|report| of(report.scale)).sum::<f64>() / machines;
        (sum, machines)
    };
    let (squares, machines) = mean_of(|scale| 2.0 * scale * scale);
    let (scale, _) = mean_of(|scale| scale);
    let (density, _) = mean_of(|scale| 0.5 / scale);
    ((squares - scale / density + 0.25 / density.powi(2)).max(0.0) / machines).sqrt()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha12Rng;

    use super::*;

    fn report(cpu: f64, scale: f64) -> PeerReport {
        PeerReport {
            cpu,
            slot_end: jiff::Timestamp::UNIX_EPOCH,
            slot_s: 20.0,
            window_s: 19.0,
            scale,
            grid: None,
            epsilon: 0.5,
            protects_s: 1.0,
            original: false,
            memory: None,
        }
    }

    fn median(values: &[f64]) -> f64 {
        let reports: Vec<_> = values.iter().map(|&cpu| report(cpu, 10.0)).collect();
        Median::beside(0.0, &reports).value
    }

    /// How many of `rounds` warn, where all machines have a load of 40 % but those of `false_ones`.
    fn warnings(scales: &[f64], rounds: u32, false_ones: &[f64], seed: u64) -> u32 {
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        let mut laplace = |scale: f64| {
            let size = -scale * (1.0 - rng.random::<f64>()).ln();
            if rng.random::<bool>() { size } else { -size }
        };
        let mut warned = 0;
        for _ in 0..rounds {
            let mut reports: Vec<_> =
                scales.iter().map(|&scale| report(40.0 + laplace(scale), scale)).collect();
            reports.extend(false_ones.iter().map(|&cpu| report(cpu, 10.0)));
            #[expect(clippy::cast_precision_loss, reason = "a few")]
            let machines = reports.len() as f64;
            let mean = reports.iter().map(|report| report.cpu).sum::<f64>() / machines;
            warned += u32::from(Median::beside(mean, &reports).parted);
        }
        warned
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_both() {
        for (values, expected) in [
            (&[7.0][..], 7.0),
            (&[9.0, 1.0], 5.0),
            (&[100.0, -3.0, 40.0], 40.0),
            (&[4.0, 1.0, 3.0, 1000.0], 3.5),
        ] {
            assert!((median(values) - expected).abs() < 1e-9, "{values:?}");
        }
    }

    /// 20,000 rounds for each network; a rate of one in a thousand would be 20 of them, and more
    /// than 40 happen by chance less than once in 10^4 seeds.
    #[test]
    fn equally_loaded_honest_machines_are_warned_of_in_less_than_one_round_of_a_thousand() {
        let mut mixed = vec![10.0; 11];
        mixed.push(500.0);
        for (i, scales) in [vec![10.0; 3], vec![10.0; 4], vec![10.0; 12], vec![10.0; 101], mixed]
            .iter()
            .enumerate()
        {
            let warned = warnings(scales, 20_000, &[], 50 + i as u64);
            assert!(warned < 40, "{} machines: {warned}", scales.len());
        }
    }

    #[test]
    fn one_false_value_among_twelve_is_warned_of() {
        let warned = warnings(&[10.0; 11], 1000, &[400.0], 60); // as far as is believed
        assert!(warned > 990, "{warned}");
    }
}
