//! Packs outcomes of predicates, so that they can be compared and looked up.

use super::condition::Node;

/// The outcomes of up to 256 leaves; a query has no more predicates
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Outcomes([u64; 4]);

impl Outcomes {
    const BITS: usize = 64;

    pub(super) fn with(mut self, place: usize) -> Self {
        if let Some(word) = self.0.get_mut(place / Self::BITS) {
            *word |= 1 << (place % Self::BITS);
        }
        self
    }

    pub(super) fn and(self, other: Self) -> Self {
        let mut words = self.0;
        for (word, other) in words.iter_mut().zip(other.0) {
            *word |= other;
        }
        Self(words)
    }

    /// Returns the outcome of a node, when the node is one of the leaves.
    pub(super) fn of(self, leaves: &[usize], node: &Node) -> Option<Node> {
        let place = leaves.binary_search(&node.leaf()?).ok()?;
        let word = self.0.get(place / Self::BITS)?;
        Some(Node::of(word & (1 << (place % Self::BITS)) != 0))
    }
}
