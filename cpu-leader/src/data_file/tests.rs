use super::*;
use crate::aggregate::{Promise, Stretch};
use crate::median::Median;
use crate::spread::Spread;

fn round() -> Aggregate {
    Aggregate {
        machines: 12,
        mean: Some(Mean { value: 37.42, low: 29.1, high: 45.8 }),
        median: Some(Median { value: 36.5, parted: true }),
        newest: Some("2025-11-24T16:02:03Z".parse().unwrap()),
        shortest_slot_s: Some(5.0),
        privacy: Privacy {
            confidence: 0.95,
            promises: vec![Promise {
                machines: 12,
                protects_s: 0.2,
                epsilon: 0.5,
                slot_s: 5.0,
                scale: 10.0,
                original: false,
                memory: None,
            }],
            curve: vec![
                Stretch { stretch_s: 1.0, epsilon: 2.5, tight: None },
                Stretch { stretch_s: 60.0, epsilon: 150.0, tight: Some(140.5) },
            ],
        },
        ..Aggregate::of(&[], 3)
    }
}

fn bin(at: i64, machines: Option<u32>) -> Bin {
    let (spread, reporters) = (Spread::of(40.0, 10.0, 20.0), [machines.unwrap_or(0); 4]);
    Bin { at, spread, machines, reporters }
}

fn frame(members_on_one_cpu: Option<usize>) -> Frame {
    Frame { round_s: 20, minimum_machines: 3, members_on_one_cpu }
}

#[test]
fn the_files_have_exactly_these_bytes() {
    let bins =
        [bin(1_763_999_980, Some(12)), bin(1_764_000_000, Some(12)), bin(1_764_000_040, Some(2))];
    let mean = Some(Mean { value: 37.42, low: 29.1, high: 45.8 });
    let points = [
        Point { at: 1_763_999_960, mean, machines: 12 },
        Point { at: 1_764_000_000, mean, machines: 12 },
        Point { at: 1_764_000_040, mean: None, machines: 2 },
    ];
    let data = frame(Some(12)).data(1_764_000_000, &bins, &points, &round());
    assert_eq!(
        String::from_utf8(bytes(&data)).unwrap(),
        "{\"schema\":2,\"range\":\"hour\",\"t0\":1764000000,\"step_s\":20,\
         \"machines\":[12,null,2],\
         \"single\":{\"mean\":[37.42,null,null],\"low\":[29.1,null,null],\"high\":[45.8,null,null]},\
         \"rolling\":{\"window_s\":60,\"mean\":[40.0,null,null],\"low\":[19.42,null,null],\
         \"high\":[60.58,null,null]},\
         \"now\":{\"machines\":12,\"mean\":37.42,\"low\":29.1,\"high\":45.8,\"median\":36.5,\
         \"parted\":true,\"rolling\":null},\
         \"newest\":1764000123,\"minimum_machines\":3,\"members_on_one_cpu\":12,\
         \"privacy\":{\"confidence\":0.95,\"promises\":[\
         {\"machines\":12,\"protects_s\":0.2,\"epsilon\":0.5,\"slot_s\":5.0,\"scale\":10.0}],\
         \"curve\":[{\"stretch_s\":1.0,\"epsilon\":2.5},\
         {\"stretch_s\":60.0,\"epsilon\":150.0,\"tight\":140.5}]}}"
    );
    let read: DataFile = serde_json::from_slice(&bytes(&data)).unwrap();
    assert_eq!(read, data);
}

#[test]
fn what_holds_now_is_the_rolling_mean_that_ends_now() {
    let bins = [bin(0, Some(3)), bin(20, Some(3))];
    let data = frame(None).data(0, &bins, &[], &round());
    let now = data.now.rolling.unwrap();
    assert_eq!((now.window_s, now.mean), (60, 40.0));
    assert_eq!(Some(now.low), data.chart.rolling.columns.low[1]);
    let few = Aggregate { mean: None, ..round() };
    assert_eq!(frame(None).data(0, &bins, &[], &few).now.rolling, None);
}

#[test]
fn without_rounds_the_columns_are_empty_and_outside_the_demo_nothing_is_said_of_one_cpu() {
    let data = frame(None).data(0, &[], &[], &round());
    assert_eq!((data.chart.t0, data.chart.machines.len()), (0, 0));
    let text = String::from_utf8(bytes(&data)).unwrap();
    assert!(!text.contains("members_on_one_cpu"), "{text}");
}

#[test]
fn full_charts_stay_small() {
    for (range, most) in [(Range::Hour, 12_000), (Range::Day, 20_000), (Range::Month, 25_000)] {
        let step = i64::from(range.step_s(20));
        let bins: Vec<_> =
            (0..i64::from(range.points(20))).map(|k| bin(k * step, Some(12))).collect();
        let chart = frame(None).chart(range, 0, &bins, &round());
        let length = bytes(&chart).len();
        assert!(length < most, "{range:?}: {length}");
    }
}
