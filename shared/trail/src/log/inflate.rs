//! Decompresses chunks to text.

use flate2::{Decompress, FlushDecompress, Status};

use super::Damage;

/// First byte of a gzip member; no JSON text starts with it.
const GZIP: u8 = 0x1f;

/// Bits of the largest window that deflate knows.
const WINDOW_BITS: u8 = 15;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No byte seen.
    Start,
    /// Text as it is: somebody decompressed the file.
    Plain,
    /// Within a gzip member.
    Member,
    /// The decoder is behind a gzip member; another member may follow.
    BetweenMembers,
}

/// Decoder of one file at a time.
#[derive(Debug)]
pub(super) struct Inflate {
    decoder: Decompress,
    stage: Stage,
}

impl Default for Inflate {
    fn default() -> Self {
        Self {
            decoder: Decompress::new_gzip(WINDOW_BITS),
            stage: Stage::Start,
        }
    }
}

impl Inflate {
    /// Moves text of `input` into `room`, and `input` behind what was used. Says how many bytes were written,
    /// which are good even when damage comes after them.
    ///
    /// Ends with all of `input` used, or `room` full, or damage.
    pub(super) fn read(&mut self, input: &mut &[u8], room: &mut [u8]) -> (usize, Result<(), Damage>) {
        let mut filled = 0;
        loop {
            match self.stage {
                Stage::Start => match input.first() {
                    None => return (filled, Ok(())),
                    Some(&GZIP) => self.stage = Stage::Member,
                    Some(_) => self.stage = Stage::Plain,
                },
                Stage::Plain => {
                    let (text, rest) = input.split_at(input.len().min(room.len()));
                    if let Some(to) = room.get_mut(..text.len()) {
                        to.copy_from_slice(text);
                    }
                    *input = rest;
                    return (text.len(), Ok(()));
                }
                Stage::Member => {
                    let room = room.get_mut(filled..).unwrap_or_default();
                    let (read, written) = (self.decoder.total_in(), self.decoder.total_out());
                    let status = self.decoder.decompress(input, room, FlushDecompress::None);
                    *input = input
                        .get(difference(self.decoder.total_in(), read)..)
                        .unwrap_or_default();
                    filled += difference(self.decoder.total_out(), written);
                    match status {
                        Ok(Status::Ok) if input.is_empty() => return (filled, Ok(())),
                        Ok(Status::Ok) => {}
                        Ok(Status::BufError) => return (filled, Ok(())),
                        Ok(Status::StreamEnd) => self.stage = Stage::BetweenMembers,
                        Err(_) => return (filled, Err(Damage::Corrupt)),
                    }
                }
                Stage::BetweenMembers => match input.split_first() {
                    None => return (filled, Ok(())),
                    // This is padding up to a block size; gzip itself accepts it.
                    Some((0, rest)) => *input = rest,
                    Some((&GZIP, _)) => {
                        self.decoder.reset(true);
                        self.stage = Stage::Member;
                    }
                    Some(_) => return (filled, Err(Damage::AfterCompressed)),
                },
            }
        }
    }

    /// Returns whether the file may end here.
    pub(super) fn finish(&self) -> Result<(), Damage> {
        match self.stage {
            Stage::Start => Err(Damage::Empty),
            Stage::Member => Err(Damage::CompressedCutShort),
            Stage::Plain | Stage::BetweenMembers => Ok(()),
        }
    }

    /// Makes the decoder ready for another file.
    pub(super) fn reset(&mut self) {
        self.decoder.reset(true);
        self.stage = Stage::Start;
    }
}

/// Returns how far a counter of the decoder has moved. The distance is at most the length of a slice, so that it fits.
fn difference(now: u64, before: u64) -> usize {
    usize::try_from(now.saturating_sub(before)).unwrap_or(usize::MAX)
}
