//! Sources of which a kind of document says nothing.

use super::Source;
use std::collections::BTreeSet;

/// Most accounts that a gap names
const MOST_ACCOUNTS: usize = 3;

/// Sources without a value, because no document describes them
#[derive(Debug, Default)]
pub(crate) struct Gap {
    pub(crate) sources: usize,
    /// The first accounts of these sources
    pub(crate) accounts: Vec<Box<str>>,
    pub(crate) accounts_total: usize,
}

impl Gap {
    /// The gap among the sources that a kind of document describes. Only of principals with an account a document can
    /// be had.
    pub(crate) fn among<'s>(
        sources: impl Iterator<Item = &'s Source>,
        is_described: impl Fn(&Source) -> bool,
    ) -> Self {
        let (mut count, mut accounts) = (0_usize, BTreeSet::new());
        for source in sources.filter(|one| !one.account.is_empty() && !is_described(one)) {
            count = count.saturating_add(1);
            accounts.insert(&source.account);
        }
        Self {
            sources: count,
            accounts_total: accounts.len(),
            accounts: accounts.into_iter().take(MOST_ACCOUNTS).cloned().collect(),
        }
    }
}
