//! Standard output, where all that is meant for programs and pipes goes.

use std::io::{ErrorKind, Write};

use crate::error::Error;

/// Prints `bytes`; a reader who has left, such as `head`, has seen enough.
pub fn say(bytes: &[u8]) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(fault) if fault.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Write { path: "standard output".into(), source: fault })
        }
        _ => Ok(()),
    }
}
