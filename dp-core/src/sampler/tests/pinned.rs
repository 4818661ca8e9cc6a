//! The same seed draws the same noise on every platform and in every profile. Changing these is a
//! value-breaking change: note it in the CHANGELOG.

use super::*;

#[test]
fn a48_the_first_draws_of_a_seed_are_pinned() {
    let large = 2f64.powi(60);
    let samplers: [&dyn Draw; 8] = [
        &DiscreteLaplace::new(1000, 1),
        &DiscreteLaplace::new(1 << 60, 7),
        &ConstantTimeLaplace::new(1000, 1),
        &ConstantTimeLaplace::new(1 << 60, 7),
        &RoundedGaussian::new(1000.5),
        &RoundedGaussian::new(large),
        &DiscreteGaussian::new(1000.5),
        &DiscreteGaussian::new(large),
    ];
    let drawn = samplers.map(|sampler| {
        let all = draws(sampler, LATE, 2026);
        [all[0], all[1], all[2], all[3], all[LATE - 1]]
    });
    assert_eq!(drawn, PINNED);
}

/// After rare paths have been taken.
const LATE: usize = 5000;

/// The first four, and the last of [`LATE`].
#[expect(clippy::unreadable_literal, reason = "as they are printed")]
const PINNED: [[i128; 5]; 8] = [
    [1042, -1411, 1480, 1167, 875],
    [
        171715265718855319,
        243834256594918443,
        97553607495474194,
        -544530076655191776,
        27566558314823701,
    ],
    [-450, -425, -2150, 353, -3862],
    [
        -74147940207315388,
        -70007398325807146,
        -354124009045081866,
        58276635715214024,
        175298925576630936,
    ],
    [584, -1331, 1199, 1192, 714],
    [
        672782350848520430,
        1381678789422673183,
        881307796459451269,
        -2405305878678543770,
        729170873490808836,
    ],
    [584, 1200, 765, -2089, 423],
    [
        672782350848520579,
        -47548662563366196,
        -770959788314658899,
        387631679180428041,
        1534578736511704209,
    ],
];
