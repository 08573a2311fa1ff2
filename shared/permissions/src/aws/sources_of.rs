//! Describes the sources of one account in a few words.

use crate::aws::data::{Source, SourceKind};
use rql::TextTest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Sources have at most this number of accounts of destinations that are told apart.
const MOST_ACCOUNTS: usize = 16;

/// Says what the sources of one account are, and whose resources their rows can be about
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourcesOf {
    /// Their resource types
    types: BTreeSet<String>,
    /// The accounts that their ids name, where these are ARNs
    of_arns: BTreeSet<String>,
    /// Their ids, where these are no ARNs; in lower case
    other_ids: BTreeSet<String>,
    /// Says whether some of them are nobody in particular, and so in no cloud
    has_nowhere: bool,
    has_public: bool,
    has_others: bool,
    destinations: DestinationsOf,
}

/// Says whose resources rows can be about
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct DestinationsOf {
    /// The accounts as rows show them; an empty text for no account
    accounts: BTreeSet<String>,
    /// Says whether there are more, or whether it is not known to whom they belong
    is_open: bool,
}

impl SourcesOf {
    pub(crate) fn add(&mut self, source: &Source) {
        let resource_type = source.resource_type();
        if !self.types.contains(resource_type) {
            self.types.insert(resource_type.to_owned());
        }
        match field(&source.id, 4) {
            Some(account) if self.of_arns.contains(account) => {}
            Some(account) => {
                self.of_arns.insert(account.to_lowercase());
            }
            None => {
                self.other_ids.insert(source.id.to_lowercase());
            }
        }
        self.has_nowhere |= source.is_nowhere();
        self.has_public |= source.kind == SourceKind::Public;
        self.has_others |= source.kind != SourceKind::Public;
    }

    /// Adds the account of a destination, as rows show it; an empty text for no account.
    pub(crate) fn add_destination(&mut self, account: &str) {
        let DestinationsOf { accounts, is_open } = &mut self.destinations;
        if *is_open || accounts.contains(account) {
            return;
        }
        accounts.insert(account.to_owned());
        if accounts.len() > MOST_ACCOUNTS {
            self.add_any_destination();
        }
    }

    /// Adds destinations of which nobody knows the accounts.
    pub(crate) fn add_any_destination(&mut self) {
        self.destinations = DestinationsOf {
            accounts: BTreeSet::new(),
            is_open: true,
        };
    }

    /// Returns the accounts of the destinations that rows can have, as rows show them; `None` when they are not all known.
    pub(super) fn destinations(&self) -> Option<impl Iterator<Item = &str>> {
        let DestinationsOf { accounts, is_open } = &self.destinations;
        (!is_open).then(|| accounts.iter().map(String::as_str))
    }

    /// Returns whether the sources are public; `None` when only some of them are.
    pub(super) const fn is_public(&self) -> Option<bool> {
        match (self.has_public, self.has_others) {
            (true, true) => None,
            (has_public, _) => Some(has_public),
        }
    }

    /// Returns the outcome of a test of the cloud.
    pub(super) fn cloud(&self, test: &TextTest) -> Option<bool> {
        (!self.has_nowhere).then(|| test.holds(["AWS"]))
    }

    /// Returns the outcome of a test of the resource type, if it is the same for all of them.
    pub(super) fn resource_type(&self, test: &TextTest) -> Option<bool> {
        let mut outcomes = self.types.iter().map(|one| test.holds([one.as_str()]));
        let first = outcomes.next()?;
        outcomes.all(|outcome| outcome == first).then_some(first)
    }

    /// Returns whether one of the sources can have an id, or an id that begins with the literal; the literal is in
    /// lower case.
    pub(super) fn can_be(&self, literal: &str, is_start: bool) -> bool {
        if !is_start {
            return match field(literal, 4) {
                Some(account) => self.of_arns.contains(account),
                None => self.other_ids.contains(literal),
            };
        }
        // The account is complete when another field follows.
        let account = field(literal, 4).filter(|_| field(literal, 5).is_some());
        if let Some(account) = account {
            return self.of_arns.contains(account);
        }
        let begins_arn = literal.starts_with("arn:") || "arn:".starts_with(literal);
        begins_arn && !self.of_arns.is_empty() || self.other_ids.iter().any(|id| id.starts_with(literal))
    }
}

/// Returns a field of an ARN, numbered from 0.
pub(super) fn field(arn: &str, number: usize) -> Option<&str> {
    let is_arn = arn.starts_with("arn:");
    arn.splitn(6, ':').nth(number).filter(|_| is_arn)
}
