use super::CrcAlgorithm::{Crc32Iscsi, Crc32IsoHdlc, Crc64Nvme};
use super::{CrcAlgorithm, Digest, checksum};
use proptest::prelude::*;
use rstest::rstest;

/// The check values of the catalogue of parametrised CRC algorithms; that of `CRC-64/NVME` is also in the NVM Express command set
/// specification.
#[rstest]
#[case::crc32(Crc32IsoHdlc, 0xcbf4_3926)]
#[case::crc32c(Crc32Iscsi, 0xe306_9283)]
#[case::crc64_nvme(Crc64Nvme, 0xae8b_1486_0a79_9888)]
fn checksums_equal_the_published_check_values(#[case] algorithm: CrcAlgorithm, #[case] expected: u64) {
    assert_eq!(checksum(algorithm, b"123456789"), expected);
}

proptest! {
    #[test]
    fn parts_have_the_checksum_of_the_whole(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..5)) {
        for algorithm in [Crc32IsoHdlc, Crc32Iscsi, Crc64Nvme] {
            let mut digest = Digest::new(algorithm);
            for part in &parts {
                digest.update(part);
            }
            prop_assert_eq!(digest.finalize(), checksum(algorithm, &parts.concat()));
        }
    }
}
