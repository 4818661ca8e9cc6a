use arbitrary::Arbitrary;

/// What dp-core could find where it expects one of its state files.
///
/// A right checksum is a one in 2^64 chance for a fuzzer, so this makes one: what is tried are the
/// texts below it.
#[derive(Arbitrary, Clone, Debug)]
pub enum StateFileBytes {
    /// Anything at all, also of another length.
    Raw(Vec<u8>),
    /// Two copies, each whole.
    Whole([CopyBytes; 2]),
    /// The same text twice, as after every write.
    Twice(CopyBytes),
}

/// One copy, whose checksum will be right.
#[derive(Arbitrary, Clone, Debug)]
pub struct CopyBytes {
    sequence: u64,
    text: String,
}

/// The length of the file is that of two such regions.
const REGION: usize = 64 * 1024;

impl StateFileBytes {
    /// The bytes that stand for this in a file of that kind.
    pub fn encode(&self, kind: &str) -> Vec<u8> {
        match self {
            Self::Raw(bytes) => bytes.clone(),
            Self::Whole([one, other]) => [one.encode(kind), other.encode(kind)].concat(),
            Self::Twice(copy) => [copy.encode(kind), copy.encode(kind)].concat(),
        }
    }
}

impl CopyBytes {
    fn encode(&self, kind: &str) -> Vec<u8> {
        let Self { sequence, text } = self;
        let body = format!("dp-core {kind} 1\nsequence {sequence}\n{text}");
        let mut region =
            format!("{body}checksum {:016x}\n", checksum(body.as_bytes())).into_bytes();
        region.resize(REGION, 0);
        region
    }
}

/// FNV-1a, as dp-core's private function has it; the seeds of the corpora notice if that changes.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
