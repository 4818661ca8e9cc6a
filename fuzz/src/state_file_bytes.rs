/// What dp-core could find where it expects one of its state files, `ledger` or `timeline`.
///
/// A fuzzer does not guess a right checksum, so this makes one: what is tried are the texts that it
/// stands below. A file of the corpus is one such text, or two, between which there is a line `---`.
/// What begins with `raw` and a line's end is the file itself.
#[derive(Clone, Copy, Debug)]
pub struct StateFileBytes<'a>(&'a [u8]);

/// The file is as long as two of these.
const REGION: usize = 64 * 1024;

impl<'a> StateFileBytes<'a> {
    /// Takes the fuzzer's bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes of the file.
    pub fn encode(self) -> Vec<u8> {
        if let Some(raw) = self.0.strip_prefix(b"raw\n") {
            return raw.to_vec();
        }
        let separator = b"\n---\n";
        let at = self.0.windows(separator.len()).position(|window| window == separator);
        let (one, other) = match at {
            Some(at) => (&self.0[..=at], &self.0[at + separator.len()..]),
            None => (self.0, self.0),
        };
        [one, other].map(copy).concat()
    }
}

fn copy(body: &[u8]) -> Vec<u8> {
    let stated = format!("checksum {:016x}\n", checksum(body));
    let mut region = [body, stated.as_bytes()].concat();
    region.resize(REGION, 0);
    region
}

/// FNV-1a, as dp-core's private function has it. If that changes, `tests/corpus.rs` fails.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
