//! Sources of which a kind of document says nothing.

use super::Source;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most accounts that a gap names
const MOST_ACCOUNTS: usize = 3;

/// Sources without a value, or that are not known, because no document describes them
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gap {
    /// Users and roles that documents describe. Each is in one shard
    own: u64,
    /// Ids of external principals. Several shards can have the same ones
    external: BTreeSet<Box<str>>,
    /// The accounts of all of them
    accounts: BTreeSet<Box<str>>,
}

impl Gap {
    /// Returns the gap among the sources that a kind of document describes. Such a document exists only for principals
    /// with an account.
    pub(crate) fn among<'s>(
        sources: impl Iterator<Item = &'s Source>,
        is_described: impl Fn(&Source) -> bool,
    ) -> Self {
        let mut gap = Self::default();
        for source in sources.filter(|one| !one.account.is_empty() && !is_described(one)) {
            if source.is_external() {
                gap.external.insert(source.id.clone());
            } else {
                gap.own = gap.own.saturating_add(1);
            }
            if !gap.accounts.contains(&source.account) {
                gap.accounts.insert(source.account.clone());
            }
        }
        gap
    }

    /// Returns the gap of whole accounts. It is not known how many sources they have.
    pub(crate) fn of<'s>(accounts: impl Iterator<Item = &'s str>) -> Self {
        Self {
            accounts: accounts.map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Adds the gap of another shard.
    pub(crate) fn add(&mut self, other: &Self) {
        self.own = self.own.saturating_add(other.own);
        self.external.extend(other.external.iter().cloned());
        self.accounts.extend(other.accounts.iter().cloned());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Returns how many sources there are, each counted once.
    pub(crate) fn sources(&self) -> u64 {
        self.own.saturating_add(self.external.len() as u64)
    }

    /// Returns the accounts for people: `the accounts 111122223333, 444455556666 and 2 more`.
    pub(crate) fn words(&self) -> String {
        let rest = match self.accounts.len().saturating_sub(MOST_ACCOUNTS) {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        let noun = if self.accounts.len() == 1 {
            "account"
        } else {
            "accounts"
        };
        let first: Vec<&str> = self
            .accounts
            .iter()
            .take(MOST_ACCOUNTS)
            .map(|one| &**one)
            .collect();
        format!("the {noun} {}{rest}", first.join(", "))
    }
}
