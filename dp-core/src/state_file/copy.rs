//! One of a state file's two copies of its text, each in a region of its own.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
};

/// What the file holds, and which of its changes it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) sequence: u64,
    pub(super) text: String,
}

/// What was found where a copy should be.
#[derive(Debug)]
pub(super) enum Found {
    Whole(Copy),
    /// Whole, too, but written by a later version of this crate.
    Newer,
    Damaged,
}

/// What one copy may hold at most: several hundred entries of a timeline.
pub(super) const REGION: usize = 64 * 1024;
/// The highest sequence number that is read: half of what fits, so that the next one fits, too.
/// No higher one is written, since nobody could read it.
pub(super) const LAST_SEQUENCE: u64 = u64::MAX / 2;
/// What is read and written at least: a page of memory, and a sector of any disk.
const BLOCK: usize = 4096;
/// The version of the format that is written here. All versions keep the heading and the checksum.
const VERSION: u32 = 1;

impl Copy {
    /// Readable by a person: a heading, the text, the checksum of both.
    pub(super) fn encode(&self, kind: &str) -> Vec<u8> {
        let body = format!("dp-core {kind} {VERSION}\nsequence {}\n{}", self.sequence, self.text);
        format!("{body}checksum {:016x}\n", checksum(body.as_bytes())).into_bytes()
    }
}

impl Found {
    /// Reads no further than the text reaches.
    pub(super) fn read(file: &mut File, index: usize, kind: &str) -> io::Result<Self> {
        file.seek(SeekFrom::Start((index * REGION) as u64))?;
        let mut bytes = Vec::with_capacity(BLOCK);
        while bytes.len() < REGION {
            let before = bytes.len();
            (&*file).take(BLOCK as u64).read_to_end(&mut bytes)?;
            if bytes.len() == before || bytes[before..].contains(&0) {
                break;
            }
        }
        Ok(Self::decode(kind, &bytes))
    }

    fn decode(kind: &str, bytes: &[u8]) -> Self {
        match Self::decode_whole(kind, bytes) {
            Some((version, _)) if version > VERSION => Self::Newer,
            Some((VERSION, Some(copy))) => Self::Whole(copy),
            _ => Self::Damaged,
        }
    }

    /// The version, and the copy if it is one of this version; `None` if it is damaged.
    fn decode_whole(kind: &str, bytes: &[u8]) -> Option<(u32, Option<Copy>)> {
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        let text = std::str::from_utf8(&bytes[..end]).ok()?;
        let (body, stated) = text.split_at(text.rfind("checksum ")?);
        if stated != format!("checksum {:016x}\n", checksum(body.as_bytes())) {
            return None;
        }
        let (version, body) = body
            .strip_prefix("dp-core ")?
            .strip_prefix(kind)?
            .strip_prefix(' ')?
            .split_once('\n')?;
        let copy = || {
            let (sequence, text) = body.strip_prefix("sequence ")?.split_once('\n')?;
            let sequence = sequence.parse().ok().filter(|&sequence| sequence <= LAST_SEQUENCE)?;
            Some(Copy { sequence, text: text.to_owned() })
        };
        Some((version.parse().ok()?, copy()))
    }
}

/// Whether the file begins like one of a later version, whatever its length.
pub(super) fn begins_newer(file: &mut File, kind: &str) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(BLOCK);
    file.seek(SeekFrom::Start(0))?;
    (&*file).take(BLOCK as u64).read_to_end(&mut bytes)?;
    let heading = format!("dp-core {kind} ");
    let version = bytes.strip_prefix(heading.as_bytes()).and_then(|rest| {
        let line = rest.split(|&byte| byte == b'\n').next()?;
        std::str::from_utf8(line).ok()?.parse::<u32>().ok()
    });
    Ok(version.is_some_and(|version| version > VERSION))
}

/// How much of a region a text of so many bytes takes.
pub(super) fn blocks(bytes: usize) -> usize {
    bytes.next_multiple_of(BLOCK)
}

/// Writes over all `before` bytes of the text that was there before.
pub(super) fn write(file: &mut File, index: usize, bytes: &[u8], before: usize) -> io::Result<()> {
    let start = (index * REGION) as u64;
    let mut region = bytes.to_vec();
    region.resize(blocks(bytes.len()), 0);
    if let Some(rest) = before.checked_sub(region.len()).filter(|&rest| rest > 0) {
        // First, since a death before it would leave it for ever.
        file.seek(SeekFrom::Start(start + region.len() as u64))?;
        file.write_all(&vec![0; rest])?;
    }
    file.seek(SeekFrom::Start(start))?;
    #[cfg(test)]
    let region = super::crash::torn(file, region)?;
    file.write_all(&region)?;
    #[cfg(test)]
    super::crash::point();
    Ok(())
}

/// FNV-1a, 64 bits: against accidents, not against forgery by the file's own owner.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
