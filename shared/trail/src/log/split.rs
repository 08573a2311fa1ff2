//! Splits the top-level `Records` list into its elements.
//!
//! The splitter walks in two ways. Outside the list (`{"Records":` and what may be around it) it reads byte by byte;
//! that is a handful of bytes for each file. Inside the list it reads blocks of 64 bytes, and only their brackets: an
//! object ends where as many brackets have closed as opened. Text inside strings never counts, and the depth separates
//! an element from an object nested in it, so nothing that a caller can write into a request parameter is ever taken
//! for a record.

use super::blocks::{BLOCK, Brackets, Strings};
use super::{Damage, Element, RECORD_LIMIT};

/// Longest key that is compared with `Records`.
const KEY_LIMIT: usize = 16;

/// Says where the walk is while it is outside the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outline {
    /// Before the top-level object.
    Start,
    /// The byte after `{`: a key or `}`.
    FirstKey,
    /// After a comma: a key.
    Key,
    /// Within a key.
    InKey { escaped: bool },
    /// After a key: a colon.
    Colon,
    /// After a colon: a value.
    Value,
    /// Within a value other than the list.
    Skip { depth: u64, string: bool, escaped: bool },
    /// After a value: a comma or `}`.
    AfterValue,
    /// After the top-level object: white space.
    End,
}

#[derive(Debug)]
enum State {
    Outline(Outline),
    Records(List),
    Damaged(Damage),
}

/// Progress within the `Records` list. Positions count from the first byte not yet given back as done.
#[derive(Debug, Default)]
struct List {
    strings: Strings,
    /// Open brackets within the current element, 0 between elements.
    depth: u64,
    /// First byte of the current element, or behind the previous one.
    from: usize,
    /// Next byte to look at.
    at: usize,
    /// An element came before.
    any: bool,
    /// The current element is too large; its first bytes are gone.
    too_large: bool,
}

/// Splits the text of one log file, given in pieces.
#[derive(Debug)]
pub(super) struct Splitter {
    state: State,
    key: Vec<u8>,
    found_list: bool,
    found_others: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        Self {
            state: State::Outline(Outline::Start),
            key: Vec::with_capacity(KEY_LIMIT),
            found_list: false,
            found_others: false,
        }
    }
}

/// Says what ended a walk through the list.
enum Stop {
    /// More text is needed.
    Dry,
    /// The list closed; the position is behind its bracket.
    Closed(usize),
}

impl Splitter {
    /// Looks at `text`, which starts where the last call said it was done, and hands out complete elements.
    /// Says how many bytes of `text` are done with. With `at_end`, nothing comes after `text`.
    pub(super) fn split(&mut self, text: &[u8], at_end: bool, each: &mut impl FnMut(Element<'_>)) -> usize {
        self.walk(text, at_end, each).unwrap_or_else(|damage| {
            self.state = State::Damaged(damage);
            text.len()
        })
    }

    /// Returns false when the text cannot be read on from here.
    pub(super) fn can_go_on(&self) -> bool {
        !matches!(self.state, State::Damaged(_))
    }

    fn walk(
        &mut self,
        text: &[u8],
        at_end: bool,
        each: &mut impl FnMut(Element<'_>),
    ) -> Result<usize, Damage> {
        let mut done = 0;
        loop {
            let rest = text.get(done..).unwrap_or_default();
            match &mut self.state {
                State::Outline(outline) => {
                    let mut outline = *outline;
                    let mut bytes = rest.iter();
                    let entered = loop {
                        let Some(&byte) = bytes.next() else { break false };
                        match self.step(outline, byte)? {
                            Some(next) => outline = next,
                            None => break true,
                        }
                    };
                    done = text.len() - bytes.len();
                    self.state = if entered {
                        State::Records(List::default())
                    } else {
                        State::Outline(outline)
                    };
                    if !entered {
                        return Ok(done);
                    }
                }
                State::Records(list) => match list.advance(rest, at_end, &mut self.found_others, each)? {
                    Stop::Dry => return Ok(done + list.release()),
                    Stop::Closed(at) => {
                        done += at;
                        self.state = State::Outline(Outline::AfterValue);
                    }
                },
                State::Damaged(damage) => return Err(*damage),
            }
        }
    }

    /// Reads one byte outside the list; returns `None` when the byte opens the list.
    fn step(&mut self, outline: Outline, byte: u8) -> Result<Option<Outline>, Damage> {
        let next = match (outline, byte) {
            (Outline::InKey { escaped: false }, b'"') => Outline::Colon,
            (Outline::InKey { escaped }, _) => {
                // A key of this length is not one that is looked for.
                if self.key.len() < KEY_LIMIT {
                    self.key.push(byte);
                }
                Outline::InKey {
                    escaped: byte == b'\\' && !escaped,
                }
            }
            (
                Outline::Skip {
                    depth,
                    string: true,
                    escaped,
                },
                _,
            ) => Outline::Skip {
                depth,
                string: escaped || byte != b'"',
                escaped: byte == b'\\' && !escaped,
            },
            (Outline::Skip { depth: 0, .. } | Outline::AfterValue, b',') => Outline::Key,
            (Outline::Skip { depth: 0, .. } | Outline::FirstKey | Outline::AfterValue, b'}') => Outline::End,
            (Outline::Skip { depth: 0, .. }, b']') | (Outline::Value, b',' | b'}' | b']') => {
                return Err(Damage::NotJson);
            }
            (Outline::Skip { depth, .. }, _) => skip(depth, byte),
            (_, b' ' | b'\t' | b'\r' | b'\n') => outline,
            (Outline::Start, b'{') => Outline::FirstKey,
            (Outline::FirstKey | Outline::Key, b'"') => {
                self.key.clear();
                Outline::InKey { escaped: false }
            }
            (Outline::Colon, b':') => Outline::Value,
            (Outline::Value, b'[') if self.key == b"Records" => {
                self.found_list = true;
                return Ok(None);
            }
            (Outline::Value, _) => skip(0, byte),
            (
                Outline::Start
                | Outline::FirstKey
                | Outline::Key
                | Outline::Colon
                | Outline::AfterValue
                | Outline::End,
                _,
            ) => return Err(Damage::NotJson),
        };
        Ok(Some(next))
    }

    /// Drops the element that fills the whole window, and returns how many bytes are done with.
    pub(super) fn give_up(&mut self) -> usize {
        let State::Records(list) = &mut self.state else {
            return 0;
        };
        if list.depth > 0 {
            list.too_large = true;
        } else {
            self.found_others = true;
        }
        list.from = list.at;
        list.release()
    }

    /// Returns whether the text is valid as far as it was read.
    ///
    /// # Errors
    ///
    /// The first damage.
    pub(super) fn text_so_far(&self) -> Result<(), Damage> {
        match self.state {
            _ if self.found_others => Err(Damage::NotARecord),
            State::Damaged(damage) => Err(damage),
            State::Outline(_) | State::Records(_) => Ok(()),
        }
    }

    /// Returns whether the text may end here, if it is valid so far.
    pub(super) fn finish(&self) -> Result<(), Damage> {
        match self.state {
            State::Outline(Outline::End) if !self.found_list => Err(Damage::NoRecords),
            State::Outline(Outline::End) => Ok(()),
            State::Outline(_) | State::Records(_) => Err(Damage::CutShort),
            State::Damaged(damage) => Err(damage),
        }
    }
}

/// Reads a byte of a skipped value that is not inside a string.
fn skip(depth: u64, byte: u8) -> Outline {
    let depth = match byte {
        b'{' | b'[' => depth + 1,
        b'}' | b']' => depth.saturating_sub(1),
        _ => depth,
    };
    Outline::Skip {
        depth,
        string: byte == b'"',
        escaped: false,
    }
}

impl List {
    /// Goes through the blocks of `text`.
    fn advance(
        &mut self,
        text: &[u8],
        at_end: bool,
        found_others: &mut bool,
        each: &mut impl FnMut(Element<'_>),
    ) -> Result<Stop, Damage> {
        // The state of the loop is kept out of `self`, so that it stays in registers.
        let (mut strings, mut depth, mut at) = (self.strings, self.depth, self.at);
        let mut stop = None;
        for block in text.get(at..).unwrap_or_default().as_chunks::<BLOCK>().0 {
            if let Some(brackets) = strings.brackets(block) {
                // Fewer brackets close than are open: in any order, the element does not end here. Most
                // blocks end here.
                let closing = u64::from(brackets.close.count_ones());
                if closing < depth {
                    depth = depth - closing + u64::from(brackets.open.count_ones());
                } else {
                    (self.depth, self.at) = (depth, at);
                    stop = self.boundary(text, brackets, found_others, each)?;
                    if stop.is_some() {
                        break;
                    }
                    depth = self.depth;
                }
            }
            at += BLOCK;
        }
        if let Some(stop) = stop {
            return Ok(stop);
        }
        (self.strings, self.depth, self.at) = (strings, depth, at);
        if at_end {
            let rest = text.get(self.at..).unwrap_or_default();
            let mut block = [b' '; BLOCK];
            block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            if let Some(brackets) = self.strings.brackets(&block)
                && let Some(stop) = self.boundary(text, brackets, found_others, each)?
            {
                return Ok(stop);
            }
            self.at = text.len();
        }
        Ok(Stop::Dry)
    }

    /// Goes through the brackets of a block in which an element may end.
    fn boundary(
        &mut self,
        text: &[u8],
        brackets: Brackets,
        found_others: &mut bool,
        each: &mut impl FnMut(Element<'_>),
    ) -> Result<Option<Stop>, Damage> {
        let mut rest = brackets.open | brackets.close;
        while rest != 0 {
            let bit = rest & rest.wrapping_neg();
            rest ^= bit;
            let at = self.at + bit.trailing_zeros() as usize;
            if brackets.open & bit != 0 {
                if self.depth == 0 {
                    self.enter(text, at, found_others);
                }
                self.depth += 1;
            } else if self.depth > 1 {
                self.depth -= 1;
            } else if self.depth == 1 {
                self.depth = 0;
                self.leave(text, at, found_others, each);
            } else if text.get(at) == Some(&b']') {
                // There is only white space, or there is an element without brackets.
                *found_others |= !text
                    .get(self.from..at)
                    .is_some_and(|gap| gap.len() <= RECORD_LIMIT && gap.trim_ascii().is_empty());
                return Ok(Some(Stop::Closed(at + 1)));
            } else {
                return Err(Damage::NotJson);
            }
        }
        Ok(None)
    }

    /// Notes that an element begins at `at`.
    fn enter(&mut self, text: &[u8], at: usize, found_others: &mut bool) {
        let gap = text.get(self.from..at).unwrap_or_default();
        *found_others |=
            gap.len() > RECORD_LIMIT || gap.trim_ascii() != if self.any { b",".as_slice() } else { b"" };
        self.any = true;
        self.from = at;
    }

    /// Notes that an element ends at `at`.
    fn leave(&mut self, text: &[u8], at: usize, found_others: &mut bool, each: &mut impl FnMut(Element<'_>)) {
        match text.get(self.from..=at) {
            _ if self.too_large => each(Element::TooLarge),
            Some(element) if element.len() > RECORD_LIMIT => each(Element::TooLarge),
            Some(element @ [b'{', .., b'}']) => each(Element::Record(element)),
            _ => *found_others = true,
        }
        self.too_large = false;
        self.from = at + 1;
    }

    /// Gives back the bytes before the current element.
    fn release(&mut self) -> usize {
        let done = if self.too_large {
            self.at
        } else {
            self.from.min(self.at)
        };
        self.at -= done;
        self.from -= done.min(self.from);
        done
    }
}
