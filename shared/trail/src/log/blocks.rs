//! Finds brackets outside strings, 64 bytes at a time.
//!
//! Comparing 64 bytes against a character gives a mask with a bit per byte. From the masks of quotes and
//! backslashes follows which bytes are inside strings, and the brackets that are left are the structure. This
//! is the first stage of "Parsing Gigabytes of JSON per Second" (Langdale and Lemire, 2019), reduced to
//! brackets: no other token matters for finding the end of an object.

use wide::u8x64;

/// Bytes looked at together.
pub(super) const BLOCK: usize = 64;

/// The brackets of one block that are outside strings, a bit per byte, lowest bit first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Brackets {
    /// `{` and `[`.
    pub(super) open: u64,
    /// `}` and `]`.
    pub(super) close: u64,
}

/// Says whether the end of a block is inside a string, and whether the next byte is escaped.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Strings {
    /// All ones inside a string, otherwise zero.
    inside: u64,
    /// One when a backslash escapes the next byte, otherwise zero.
    escaped: u64,
}

impl Strings {
    /// Returns the structure of the next block; `None` when it has no brackets at all.
    #[inline]
    pub(super) fn brackets(&mut self, block: &[u8; BLOCK]) -> Option<Brackets> {
        let bytes = u8x64::from(*block);
        // `[` and `{` differ in one bit only, and so do `]` and `}`: setting this bit halves the comparisons.
        let folded = bytes | u8x64::splat(0x20);
        let quotes = bytes.simd_eq(u8x64::splat(b'"'));
        let open = folded.simd_eq(u8x64::splat(b'{'));
        let close = folded.simd_eq(u8x64::splat(b'}'));
        let backslash = bytes.simd_eq(u8x64::splat(b'\\'));
        // Reading a mask from a vector is expensive, most of all on ARM, so that only the needed masks are read.
        let mut quotes = quotes.to_bitmask();
        if self.escaped != 0 || backslash.any() {
            quotes &= !self.escaped(backslash.to_bitmask());
        }
        if !(open | close).any() {
            // Every quote changes the state. Without brackets, only the number of quotes matters.
            self.inside ^= 0u64.wrapping_sub(u64::from(quotes.count_ones() & 1));
            return None;
        }
        // A byte is inside a string when an odd number of quotes stands at or before it, counted from a state
        // outside.
        let inside = odd_ones_up_to(quotes) ^ self.inside;
        self.inside = 0u64.wrapping_sub(inside >> 63);
        Some(Brackets {
            open: open.to_bitmask() & !inside,
            close: close.to_bitmask() & !inside,
        })
    }

    /// Returns the bytes that a backslash stands before, so that they are escaped.
    #[cold]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        let mut escaped = self.escaped;
        let mut rest = backslashes & !escaped;
        self.escaped = 0;
        // Backslashes are rare enough that walking over them beats branchless arithmetic for all blocks.
        while rest != 0 {
            let backslash = rest & rest.wrapping_neg();
            let next = backslash << 1;
            escaped |= next;
            rest &= !(backslash | next);
            self.escaped = backslash >> 63;
        }
        escaped
    }
}

/// Sets bit `i` when an odd number of the bits `0..=i` is set.
#[inline]
fn odd_ones_up_to(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32]
        .into_iter()
        .fold(bits, |bits, by| bits ^ (bits << by))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Finds the same as the code under test, byte by byte.
    fn plainly(text: &[u8]) -> Vec<(bool, bool)> {
        let (mut inside, mut escaped) = (false, false);
        let mut brackets = Vec::new();
        for &byte in text {
            let free = !inside && byte != b'"';
            brackets.push((
                free && matches!(byte, b'{' | b'['),
                free && matches!(byte, b'}' | b']'),
            ));
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => inside = !inside,
                _ => {}
            }
        }
        brackets
    }

    proptest! {
        #[test]
        fn blocks_find_the_brackets_that_a_walk_over_the_bytes_finds(
            pieces in proptest::collection::vec(prop_oneof![
                3 => r#"[x"]{1,70}"#,
                1 => r#"["\\\[\]{}|x\u{ff}]{1,20}"#,
            ], 30)
        ) {
            let mut text = pieces.concat().into_bytes();
            text.truncate(text.len() / BLOCK * BLOCK);
            let mut strings = Strings::default();
            let mut found = Vec::new();
            for block in text.as_chunks::<BLOCK>().0 {
                let Brackets { open, close } = strings.brackets(block).unwrap_or(Brackets { open: 0, close: 0 });
                found.extend((0..BLOCK).map(|i| (open >> i & 1 == 1, close >> i & 1 == 1)));
            }
            prop_assert_eq!(found, plainly(&text));
        }
    }
}
