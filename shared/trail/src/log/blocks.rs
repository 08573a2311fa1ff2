//! Brackets outside strings, 64 bytes at a time.
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

/// Where in a string the text stands at the end of a block.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Strings {
    /// All ones inside a string, else zero.
    inside: u64,
    /// One when the next byte is escaped by a backslash, else zero.
    escaped: u64,
}

impl Strings {
    /// The structure of the next block.
    #[inline]
    pub(super) fn brackets(&mut self, block: [u8; BLOCK]) -> Brackets {
        let bytes = u8x64::from(block);
        // `[` and `{`, and `]` and `}`, differ in one bit only: setting it halves the comparisons.
        let folded = bytes | u8x64::splat(0x20);
        let backslashes = equal(bytes, b'\\');
        let quotes = equal(bytes, b'"') & !self.escaped(backslashes);
        // Every quote turns the state over, so a byte is inside a string when an odd number of quotes stands
        // at or before it, counted from a state outside.
        let inside = odd_ones_up_to(quotes) ^ self.inside;
        self.inside = 0u64.wrapping_sub(inside >> 63);
        Brackets {
            open: equal(folded, b'{') & !inside,
            close: equal(folded, b'}') & !inside,
        }
    }

    /// The bytes that a backslash stands for escape.
    #[inline]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        let mut escaped = self.escaped;
        let mut rest = backslashes & !escaped;
        self.escaped = 0;
        // Backslashes are rare enough that walking over them beats the branchless arithmetic on blocks
        // without any, which are nearly all.
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

#[inline]
fn equal(bytes: u8x64, wanted: u8) -> u64 {
    bytes.simd_eq(u8x64::splat(wanted)).to_bitmask()
}

/// Bit `i` is set when an odd number of the bits `0..=i` is.
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

    /// The same, byte by byte.
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
            text in proptest::collection::vec(prop_oneof![
                Just(b'"'), Just(b'\\'), Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b'x'), Just(0xff)
            ], BLOCK * 3)
        ) {
            let mut strings = Strings::default();
            let mut found = Vec::new();
            for block in text.as_chunks::<BLOCK>().0 {
                let brackets = strings.brackets(*block);
                found.extend((0..BLOCK).map(|i| (brackets.open >> i & 1 == 1, brackets.close >> i & 1 == 1)));
            }
            prop_assert_eq!(found, plainly(&text));
        }
    }
}
