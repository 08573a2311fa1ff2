//! Says what the rows of sources can be about, from their policies and without working out tables.

use super::dest::owner;
use super::{identity_grants, within};
use crate::aws::data::{DocumentId, Snapshot, Source, TableSpec};
use foldhash::HashSet;
use iam::arn::{ArnPattern, ShortArn};
use iam::document::{Effect, Element};
use iam::matching::{ActionPattern, ResourceSet};

/// Reports each action and each account once that rows of sources can be about.
pub(crate) struct Bounds<'s> {
    snapshot: &'s Snapshot,
    /// The documents whose actions were reported
    documents: HashSet<DocumentId>,
    /// The documents whose destinations were reported, by the accounts of source and principal class
    destinations: HashSet<(DocumentId, [&'s str; 2])>,
}

impl<'s> Bounds<'s> {
    /// Makes a report about the sources of a snapshot.
    pub(crate) fn new(snapshot: &'s Snapshot) -> Self {
        Self {
            snapshot,
            documents: HashSet::default(),
            destinations: HashSet::default(),
        }
    }

    /// Reports patterns of the actions that rows of a source can have, those of each document once; `None` stands for any action.
    pub(crate) fn actions(&mut self, source: &Source, mut tell: impl FnMut(Option<&ActionPattern>)) {
        for spec in specs(self.snapshot, source) {
            if !self.documents.insert(spec.document) {
                continue;
            }
            let document = self.snapshot.documents.get(spec.document);
            for one in document.into_iter().flat_map(|one| one.policy().statements()) {
                match one.actions.patterns() {
                    _ if one.effect == Effect::Deny => {}
                    Element::Not(_) => tell(None),
                    Element::Of(patterns) => patterns.iter().for_each(|pattern| tell(Some(pattern))),
                }
            }
        }
    }

    /// Reports the accounts of the destinations that rows of a source can have, as rows show them: `*` for any account, an empty
    /// text for no account. What two sources of one account have in common is reported once.
    pub(crate) fn accounts(&mut self, source: &'s Source, mut tell: impl FnMut(&str)) {
        self.destinations(source, |_, account| tell(account));
    }

    /// Reports the destinations that rows of a source can have, as rows show them, each with its account. What two sources of one
    /// account have in common is reported once.
    pub(crate) fn destinations(&mut self, source: &'s Source, mut tell: impl FnMut(&str, &str)) {
        let snapshot = self.snapshot;
        for spec in specs(snapshot, source) {
            let (Some(document), Some(class)) = (
                snapshot.documents.get(spec.document),
                snapshot.principal_classes.get(spec.class),
            ) else {
                continue;
            };
            // Only variables and policies of resources mean different things for principals of one account.
            let is_shared =
                spec.resource.is_none() && identity_grants::filled_in(document, &class.context).is_empty();
            let accounts = [&*source.account, &*class.account];
            if is_shared && !self.destinations.insert((spec.document, accounts)) {
                continue;
            }
            // What has no known owner belongs to the account of the policy, or of the principal.
            let policy = spec.resource.and_then(|id| snapshot.resource_policies.get(id));
            let assumed = policy.map_or(&*class.account, |policy| &*policy.account);
            let texts = |resources: Option<&ResourceSet>| match (policy, resources) {
                (Some(policy), _) => within::destinations(resources, &policy.scope, &class.context),
                (None, Some(resources)) => {
                    let named = identity_grants::named(resources, &class.context);
                    named.into_iter().map(|(text, _)| text).collect()
                }
                (None, None) => Vec::new(),
            };
            for one in document.policy().statements() {
                if one.effect == Effect::Deny {
                    continue;
                }
                for text in texts(one.resources.as_ref()) {
                    let pattern = || ArnPattern::parse(&text, ShortArn::Padded);
                    let known = owner(snapshot, &text, || snapshot.resource_policies.of(&pattern()));
                    tell(&text, known.unwrap_or(assumed));
                }
            }
        }
    }
}

/// Returns what the tables of a source are about.
fn specs<'s>(snapshot: &'s Snapshot, source: &'s Source) -> impl Iterator<Item = TableSpec> + 's {
    let attachments = source.attachments.iter();
    attachments.filter_map(|attachment| snapshot.tables.get(attachment.table).copied())
}
