//! What the fuzz targets share. Each target is a file of its own in `fuzz_targets/`, and says there
//! which property it looks for a way to break.

mod bytes_then_noise;
mod scratch;
mod state_file_bytes;

pub use bytes_then_noise::BytesThenNoise;
pub use scratch::Scratch;
pub use state_file_bytes::StateFileBytes;
