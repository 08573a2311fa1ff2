//! Finds out what the rows of a shard can be about: which actions, and whose resources.

use crate::aws::EffectivePermissions;
use crate::aws::actions_of::ActionsOf;
use crate::aws::data::{Boundary, Snapshot, Source};
use crate::aws::effective::Bounds;
use crate::aws::sources_of::SourcesOf;
use std::collections::BTreeMap;

/// Returns which actions rows of a shard can have, and adds to its sources whose resources their rows can be about.
pub(super) fn granted(
    effective: &EffectivePermissions,
    sources: &mut BTreeMap<String, SourcesOf>,
) -> ActionsOf {
    let snapshot = effective.snapshot();
    // A document that is missing could grant anything.
    if is_incomplete(snapshot) {
        sources.values_mut().for_each(SourcesOf::add_any_destination);
        return ActionsOf::ANY;
    }
    let (mut actions, mut bounds) = (ActionsOf::default(), Bounds::new(snapshot));
    for source in snapshot.sources.iter() {
        if actions != ActionsOf::ANY {
            bounds.actions(source, |pattern| actions.add(pattern));
        }
        if let Some(own) = sources.get_mut(&*source.account) {
            bounds.accounts(source, |account| own.add_destination(account));
        }
    }
    actions
}

/// Returns whether a source needs something that no document holds.
fn is_incomplete(snapshot: &Snapshot) -> bool {
    let lacks = |source: &Source| {
        let own = source.own.as_ref();
        own.is_some_and(|own| own.incomplete || own.boundary == Boundary::NotKnown)
    };
    !snapshot.missing.things.is_empty() || snapshot.sources.iter().any(lacks)
}
