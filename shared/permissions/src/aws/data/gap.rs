//! Sources of which a kind of document says nothing.

use super::Source;
use std::collections::BTreeSet;

/// Most accounts that a gap names
const MOST_ACCOUNTS: usize = 3;

/// Sources without a value, or that are not known, because no document describes them
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
            accounts.insert(&*source.account);
        }
        Self {
            sources: count,
            ..Self::of(accounts.into_iter())
        }
    }

    /// The gap of whole accounts, given in order: how many sources they have is not known.
    pub(crate) fn of<'s>(accounts: impl Iterator<Item = &'s str>) -> Self {
        let mut gap = Self::default();
        for account in accounts {
            gap.accounts_total = gap.accounts_total.saturating_add(1);
            if gap.accounts.len() < MOST_ACCOUNTS {
                gap.accounts.push(account.into());
            }
        }
        gap
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.accounts_total == 0
    }

    /// The accounts for people: `the accounts 111122223333, 444455556666 and 2 more`.
    pub(crate) fn words(&self) -> String {
        let rest = match self.accounts_total.saturating_sub(self.accounts.len()) {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        let noun = if self.accounts_total == 1 {
            "account"
        } else {
            "accounts"
        };
        format!("the {noun} {}{rest}", self.accounts.join(", "))
    }
}
