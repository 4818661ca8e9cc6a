use std::time::SystemTime;

use serde::Serializer;

use crate::{Loss, calendar};

/// A loss as a map, such as `{"epsilon": 0.5}`, so that no reader takes one currency for another.
pub(super) fn by_name<L: Loss, S: Serializer>(loss: &L, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(loss.terms())
}

/// Since the epoch.
pub(super) fn in_seconds<S: Serializer>(
    time: &SystemTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(calendar::seconds(*time))
}

/// Most readers round numbers beyond 2^53, and those beyond 2^64 cannot be read at all.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(super) fn as_text<S: Serializer>(
    ends: &Option<(i128, i128)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match ends {
        Some((lower, upper)) => serializer.collect_seq([lower.to_string(), upper.to_string()]),
        None => serializer.serialize_none(),
    }
}
