//! Points at which a test kills its own child process, between any two steps of a payment.

use std::{
    env,
    fs::File,
    io::{self, Write},
    sync::atomic::{AtomicUsize, Ordering},
};

/// The number of the point at which to die.
pub(crate) const VARIABLE: &str = "DP_CORE_TEST_CRASH_AT";

static POINTS: AtomicUsize = AtomicUsize::new(0);

/// Dies here, without running any destructor, if this is the point that was asked for.
pub(crate) fn point() {
    let Ok(at) = env::var(VARIABLE) else { return };
    if at.parse() == Ok(POINTS.fetch_add(1, Ordering::Relaxed)) {
        std::process::abort();
    }
}

/// Writes the region piece by piece, so that a death in between leaves it torn; gives back the
/// last piece.
pub(crate) fn torn(file: &mut File, region: Vec<u8>) -> io::Result<Vec<u8>> {
    if env::var(VARIABLE).is_err() {
        return Ok(region);
    }
    let (head, rest) = region.split_at(40); // inside the heading
    let (middle, tail) = rest.split_at(60); // inside the text
    for piece in [head, middle] {
        point();
        file.write_all(piece)?;
    }
    point();
    Ok(tail.to_vec())
}
