//! The checksums of Amazon S3, in the place of the published crate of this name.
//!
//! `aws-smithy-checksums`, which the client of S3 needs, computes three checksums with `crc-fast`. That crate brings tables for all
//! checksums that are known, 0.6 MB in each function that reads S3, and no feature leaves them out. Here the same three are
//! computed with `crc32fast` and `crc`: docs/decisions/0102-three-checksums-in-the-place-of-crc-fast.md.
//!
//! When a new release of `aws-smithy-checksums` uses something that this crate does not have, the release does not compile.

#[cfg(test)]
mod tests;

use crc::{CRC_32_ISCSI, CRC_64_NVME, Crc, Table};
use std::fmt;

static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
static CRC64: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_NVME);

/// A checksum of Amazon S3
///
/// Source: Amazon S3 user guide, "Checking object integrity".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrcAlgorithm {
    /// CRC32, which S3 sends in the header `x-amz-checksum-crc32`
    Crc32IsoHdlc,
    /// CRC32C, which S3 sends in the header `x-amz-checksum-crc32c`
    Crc32Iscsi,
    /// CRC64NVME, which S3 sends in the header `x-amz-checksum-crc64nvme`
    Crc64Nvme,
}

/// A checksum of bytes that come in parts
#[derive(Clone)]
pub struct Digest(State);

#[derive(Clone)]
enum State {
    Crc32(crc32fast::Hasher),
    Crc32C(crc::Digest<'static, u32, Table<16>>),
    Crc64(crc::Digest<'static, u64, Table<16>>),
}

impl Digest {
    /// Begins a checksum.
    #[must_use]
    pub fn new(algorithm: CrcAlgorithm) -> Self {
        Self(match algorithm {
            CrcAlgorithm::Crc32IsoHdlc => State::Crc32(crc32fast::Hasher::new()),
            CrcAlgorithm::Crc32Iscsi => State::Crc32C(CRC32C.digest()),
            CrcAlgorithm::Crc64Nvme => State::Crc64(CRC64.digest()),
        })
    }

    /// Adds bytes to those so far.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Crc32(state) => state.update(bytes),
            State::Crc32C(state) => state.update(bytes),
            State::Crc64(state) => state.update(bytes),
        }
    }

    /// Returns the checksum of all bytes so far; one of 32 bits is in the lower half.
    #[must_use]
    pub fn finalize(&self) -> u64 {
        match self.0.clone() {
            State::Crc32(state) => state.finalize().into(),
            State::Crc32C(state) => state.finalize().into(),
            State::Crc64(state) => state.finalize(),
        }
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({:x})", self.finalize())
    }
}

/// Returns the checksum of bytes.
#[must_use]
pub fn checksum(algorithm: CrcAlgorithm, bytes: &[u8]) -> u64 {
    let mut digest = Digest::new(algorithm);
    digest.update(bytes);
    digest.finalize()
}
