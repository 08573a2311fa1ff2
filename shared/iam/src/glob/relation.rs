//! Compares two patterns: whether they overlap, and whether one contains the other.

use super::{ANY, SEGMENT_ANY, SEGMENT_STAR, STAR, is_wildcard, matches};
use std::collections::HashSet;

/// Most states of the product automaton that [`super::Glob::contains`] visits before it gives up.
///
/// Patterns as people write them need tens of states, but `*a????…` doubles them with every `?`.
const MAX_STATES: usize = 4_096;

/// Says whether one pattern contains another
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Containment {
    /// Every text of the inner pattern matches the outer one
    Contained,
    /// Some text of the inner pattern does not match the outer one
    NotContained,
    /// The cap on the work was reached before an answer
    NotProven,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Symbol {
    Literal(char),
    /// One character, a colon only when `colon`; any number of them when `repeated`
    Wild {
        colon: bool,
        repeated: bool,
    },
}

impl Symbol {
    /// Returns whether the token accepts a letter. `None` stands for a letter that occurs in neither pattern.
    fn accepts(self, letter: Option<char>) -> bool {
        match self {
            Self::Literal(own) => letter == Some(own),
            Self::Wild { colon, repeated: _ } => colon || letter != Some(':'),
        }
    }

    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Literal(letter), one) | (one, Self::Literal(letter)) => one.accepts(Some(letter)),
            (Self::Wild { .. }, Self::Wild { .. }) => true,
        }
    }

    fn repeated(self) -> bool {
        matches!(self, Self::Wild { repeated: true, .. })
    }
}

/// Returns the symbols of a pattern. They are characters and not bytes: `?` is one character, and a byte of one
/// character must not match a byte of another.
fn symbols(tokens: &[u8]) -> Vec<Symbol> {
    let mut symbols = Vec::with_capacity(tokens.len());
    for chunk in tokens.chunk_by(|&a, &b| !is_wildcard(a) && !is_wildcard(b)) {
        match *chunk {
            [STAR] => symbols.push(Symbol::Wild {
                colon: true,
                repeated: true,
            }),
            [ANY] => symbols.push(Symbol::Wild {
                colon: true,
                repeated: false,
            }),
            [SEGMENT_STAR] => symbols.push(Symbol::Wild {
                colon: false,
                repeated: true,
            }),
            [SEGMENT_ANY] => symbols.push(Symbol::Wild {
                colon: false,
                repeated: false,
            }),
            _ => symbols.extend(String::from_utf8_lossy(chunk).chars().map(Symbol::Literal)),
        }
    }
    symbols
}

/// Returns both patterns without the literal text that both start with. What remains makes a smaller product to search.
fn after_common_prefix<'a>(left: &'a [u8], right: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let pairs = left.iter().zip(right);
    let common = pairs
        .take_while(|(one, other)| one == other && !is_wildcard(**one))
        .count();
    (
        left.get(common..).unwrap_or_default(),
        right.get(common..).unwrap_or_default(),
    )
}

fn is_literal(tokens: &[u8]) -> bool {
    !tokens.iter().copied().any(is_wildcard)
}

/// Returns whether every wildcard may cross colons. The matcher of such patterns needs no assumption about where the
/// wildcards stand.
fn is_plain(tokens: &[u8]) -> bool {
    !tokens
        .iter()
        .any(|&token| matches!(token, SEGMENT_STAR | SEGMENT_ANY))
}

fn is_universal(tokens: &[u8]) -> bool {
    !tokens.is_empty() && tokens.iter().all(|&token| token == STAR)
}

/// Returns whether two ends of patterns are literal and different, so that no text has both.
fn parts(one: Option<&u8>, other: Option<&u8>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one != other && !is_wildcard(*one) && !is_wildcard(*other),
        (_, _) => false,
    }
}

/// Returns whether every wildcard is `*`.
fn has_only_stars(tokens: &[u8]) -> bool {
    tokens.iter().all(|&token| token == STAR || !is_wildcard(token))
}

/// Returns whether the literal ends of two patterns are different, so that no text has both.
fn have_different_ends(left: &[u8], right: &[u8]) -> bool {
    let pairs = left.iter().rev().zip(right.iter().rev());
    let mut literal = pairs.take_while(|(one, other)| !is_wildcard(**one) && !is_wildcard(**other));
    literal.any(|(one, other)| one != other)
}

// Both relations decide most pairs before they build an automaton: a text and a pattern, `*` and anything, and
// patterns whose ends differ.

pub(super) fn overlaps(left: &[u8], right: &[u8]) -> bool {
    let (left, right) = after_common_prefix(left, right);
    if is_universal(left) || is_universal(right) {
        return true;
    }
    if parts(left.first(), right.first()) || have_different_ends(left, right) {
        return false;
    }
    if is_literal(left) && is_plain(right) {
        return matches(right, left);
    }
    if is_literal(right) && is_plain(left) {
        return matches(left, right);
    }
    if has_only_stars(left) && has_only_stars(right) {
        // Both beginnings and both ends fit together. A star of one pattern can match all that is between the stars of the other.
        return true;
    }
    let (left, right) = (symbols(left), symbols(right));
    let columns = right.len() + 1;
    let mut seen = vec![false; (left.len() + 1) * columns];
    let mut open = vec![(0, 0)];
    while let Some((i, j)) = open.pop() {
        match seen.get_mut(i * columns + j) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        let (one, other) = (left.get(i).copied(), right.get(j).copied());
        if one.is_none() && other.is_none() {
            return true;
        }
        if one.is_some_and(Symbol::repeated) {
            open.push((i + 1, j));
        }
        if other.is_some_and(Symbol::repeated) {
            open.push((i, j + 1));
        }
        if let (Some(one), Some(other)) = (one, other)
            && one.meets(other)
        {
            open.push((
                i + usize::from(!one.repeated()),
                j + usize::from(!other.repeated()),
            ));
        }
    }
    false
}

pub(super) fn contains(outer: &[u8], inner: &[u8]) -> Containment {
    let (outer, inner) = after_common_prefix(outer, inner);
    if outer == inner || is_universal(outer) {
        return Containment::Contained;
    }
    // Where the outer pattern is literal, the inner pattern must be the same literal: a wildcard would also match another
    // character.
    let (first, last) = (outer.first(), outer.last());
    let differs =
        |own: Option<&u8>, other: Option<&u8>| own.is_none_or(|own| !is_wildcard(*own)) && own != other;
    if differs(first, inner.first()) || differs(last, inner.last()) {
        return Containment::NotContained;
    }
    if is_literal(inner) && is_plain(outer) {
        return if matches(outer, inner) {
            Containment::Contained
        } else {
            Containment::NotContained
        };
    }
    if let Some(contained) = of_stars(outer, inner) {
        return if contained {
            Containment::Contained
        } else {
            Containment::NotContained
        };
    }
    let (outer, inner) = (symbols(outer), symbols(inner));
    let mut letters: Vec<Option<char>> = outer
        .iter()
        .filter_map(|symbol| match symbol {
            Symbol::Literal(letter) => Some(Some(*letter)),
            Symbol::Wild { .. } => None,
        })
        .chain([Some(':'), None])
        .collect();
    letters.sort_unstable();
    letters.dedup();

    let positions = Positions { outer: &outer };
    let mut seen: HashSet<(usize, Box<[u64]>)> = HashSet::new();
    let mut open = vec![(0, positions.start())];
    while let Some(state) = open.pop() {
        let (at, ref reached) = state;
        // Every pattern matches some text, so an outer automaton that cannot go on proves a counterexample.
        if reached.iter().all(|&word| word == 0) {
            return Containment::NotContained;
        }
        if seen.contains(&state) {
            continue;
        }
        if seen.len() == MAX_STATES {
            return Containment::NotProven;
        }
        match inner.get(at).copied() {
            None if positions.accepts(reached) => {}
            None => return Containment::NotContained,
            Some(Symbol::Literal(letter)) => open.push((at + 1, positions.step(reached, Some(letter)))),
            Some(wild @ Symbol::Wild { repeated, .. }) => {
                if repeated {
                    open.push((at + 1, reached.clone()));
                }
                let next = if repeated { at } else { at + 1 };
                let accepted = letters.iter().filter(|&&letter| wild.accepts(letter));
                open.extend(accepted.map(|&letter| (next, positions.step(reached, letter))));
            }
        }
        seen.insert(state);
    }
    Containment::Contained
}

/// Decides containment in a pattern whose only wildcards are `*`; `None` for other patterns.
///
/// Let every wildcard of the inner pattern be one letter that the outer one does not have. That text matches the inner
/// pattern, so it has to match the outer one; and if it does, each of those letters is taken up by a star, which would
/// take up anything else in its place just as well.
fn of_stars(outer: &[u8], inner: &[u8]) -> Option<bool> {
    const FRESH: u8 = 0;
    let only_stars = |&token: &u8| token == STAR || !(is_wildcard(token) || token == FRESH);
    outer.iter().all(only_stars).then(|| {
        let letter = |&token: &u8| if is_wildcard(token) { FRESH } else { token };
        let text: Vec<u8> = inner.iter().map(letter).collect();
        matches(outer, &text)
    })
}

/// Sets of positions in the outer pattern, as bits, closed over stars that match nothing
struct Positions<'a> {
    outer: &'a [Symbol],
}

impl Positions<'_> {
    fn empty(&self) -> Box<[u64]> {
        vec![0; self.outer.len() / 64 + 1].into()
    }

    fn start(&self) -> Box<[u64]> {
        let mut set = self.empty();
        self.insert(&mut set, 0);
        set
    }

    fn insert(&self, set: &mut [u64], mut position: usize) {
        loop {
            if let Some(word) = set.get_mut(position / 64) {
                *word |= 1 << (position % 64);
            }
            if !self.outer.get(position).copied().is_some_and(Symbol::repeated) {
                return;
            }
            position += 1;
        }
    }

    fn holds(set: &[u64], position: usize) -> bool {
        set.get(position / 64)
            .is_some_and(|word| word & (1 << (position % 64)) != 0)
    }

    fn accepts(&self, set: &[u64]) -> bool {
        Self::holds(set, self.outer.len())
    }

    fn step(&self, set: &[u64], letter: Option<char>) -> Box<[u64]> {
        let mut next = self.empty();
        for (position, symbol) in self.outer.iter().enumerate() {
            if Self::holds(set, position) && symbol.accepts(letter) {
                self.insert(&mut next, position + usize::from(!symbol.repeated()));
            }
        }
        next
    }
}
