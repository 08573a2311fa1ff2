//! Reads log files: compressed bytes come in, raw records come out, in one pass and constant memory.
//!
//! A CloudTrail log file is one JSON object, `{"Records":[{…},{…}]}`, compressed with gzip; there is no line
//! structure to split at. [`Reader`] takes the bytes of a file as they arrive, in chunks of any size, and hands
//! out each element of the top-level `Records` list as a slice. It never builds a tree: nearly all records of a
//! trail are somebody else's, and finding their end is all that has to be done with them.
//!
//! Source: CloudTrail user guide, "CloudTrail log file examples"; RFC 1952 (gzip); RFC 8259 (JSON).

mod blocks;
mod inflate;
mod split;
#[cfg(test)]
mod tests;

use blocks::BLOCK;
use inflate::Inflate;
use split::Splitter;

/// Bytes of decompressed text held at once when records are of ordinary size.
///
/// Large enough that the 32 KiB of history that the decoder saves between calls are small beside it, small
/// enough to stay in a core's own cache.
const WINDOW: usize = 256 * 1024;

/// Bytes of JSON up to which a record is read; a larger one is an [`Element::TooLarge`].
///
/// CloudTrail keeps records below 256 KiB, or 1 MiB for trails that ask for enriched events.
pub const RECORD_LIMIT: usize = 4 * 1024 * 1024;

/// Room that the decoder gets at least, so that it is not called for a few bytes at a time.
const ROOM: usize = WINDOW / 2;

/// Bytes of the window when a record fills it. The last block may hold the end of a record that is not too large.
const LARGEST_WINDOW: usize = RECORD_LIMIT + BLOCK + ROOM;

/// One element of the `Records` list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element<'a> {
    /// The JSON object, from its opening to its closing brace. Brackets are balanced; nothing else is checked.
    Record(&'a [u8]),
    /// An object too large to be held, more than [`RECORD_LIMIT`] bytes; left out.
    TooLarge,
}

/// Says why a file could not be read to its end, or is not what a log file should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file has not a single byte
    #[error("the file is empty")]
    Empty,
    /// The compressed data or its checksum is wrong
    #[error("the compressed data is corrupt")]
    Corrupt,
    /// The compressed data ends too early
    #[error("the compressed data is cut short")]
    CompressedCutShort,
    /// Something that is not gzip comes after the compressed data
    #[error("there is something else after the compressed data")]
    AfterCompressed,
    /// The text ends within the top-level object
    #[error("the text is cut short")]
    CutShort,
    /// The text is not JSON at its top levels
    #[error("the text is not JSON")]
    NotJson,
    /// A JSON object without a list `Records`
    #[error("the text has no list `Records`")]
    NoRecords,
    /// `Records` holds something besides objects
    #[error("the list `Records` holds something other than records")]
    NotARecord,
}

/// Reads log files, one after the other.
///
/// Holds a window of 256 KiB, or as much as one record needs up to little over [`RECORD_LIMIT`], and the 48 KiB of a decoder;
/// both are used again for the next file.
#[derive(Debug)]
pub struct Reader {
    inflate: Inflate,
    splitter: Splitter,
    window: Vec<u8>,
    /// `window[start..end]` is what still has to be looked at.
    start: usize,
    end: usize,
    /// Says what ended the decompression of this file. The bytes after it are not read.
    damage: Option<Damage>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            inflate: Inflate::default(),
            splitter: Splitter::default(),
            window: vec![0; WINDOW],
            start: 0,
            end: 0,
            damage: None,
        }
    }
}

impl Reader {
    /// Takes the next bytes of the file as they are stored, gzip or plain JSON, and hands out the records that
    /// they complete, in order.
    pub fn feed(&mut self, mut chunk: &[u8], mut each: impl FnMut(Element<'_>)) {
        while self.damage.is_none() && self.splitter.can_go_on() {
            self.make_room();
            let Some(room) = self.window.get_mut(self.end..) else {
                return;
            };
            let asked = room.len();
            let (filled, result) = self.inflate.read(&mut chunk, room);
            self.end += filled;
            self.split(false, &mut each);
            self.damage = result.err();
            // A full window may hide decompressed text that the decoder still holds.
            if chunk.is_empty() && filled < asked {
                return;
            }
        }
    }

    /// Ends the file: hands out what is left, and makes the reader ready for the next file.
    ///
    /// # Errors
    ///
    /// What was wrong with the file; the records before the damage have been handed out. Of several damages it is the
    /// first one in the text, whatever the chunks were: damage of the text comes before damage of the compression,
    /// because the decoder gives out all text before its own damage.
    pub fn finish(&mut self, mut each: impl FnMut(Element<'_>)) -> Result<(), Damage> {
        // After damage the last bytes of the window may be half a record; the splitter detects this.
        self.split(true, &mut each);
        let verdict = (self.splitter.text_so_far())
            .and_then(|()| self.damage.map_or(Ok(()), Err))
            .and_then(|()| self.inflate.finish())
            .and_then(|()| self.splitter.finish());
        self.reset();
        verdict
    }

    /// Forgets the file that was begun.
    pub(crate) fn reset(&mut self) {
        self.inflate.reset();
        self.splitter = Splitter::default();
        if self.window.len() > WINDOW {
            self.window = vec![0; WINDOW];
        }
        (self.start, self.end, self.damage) = (0, 0, None);
    }

    fn split(&mut self, last: bool, each: &mut impl FnMut(Element<'_>)) {
        let text = self.window.get(self.start..self.end).unwrap_or_default();
        self.start += self.splitter.split(text, last, each);
    }

    /// Makes room for the decoder behind what still has to be looked at.
    fn make_room(&mut self) {
        if self.window.len() - self.end >= ROOM {
            return;
        }
        self.window.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.window.len() - self.end >= ROOM {
            return;
        }
        if self.window.len() < LARGEST_WINDOW {
            self.window.resize(LARGEST_WINDOW.min(self.window.len() * 2), 0);
        } else {
            self.start = self.splitter.give_up();
            self.window.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
    }
}
