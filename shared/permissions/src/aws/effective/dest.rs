//! Holds destinations that statements name: what no principal and no policy changes about them.

use super::common_rows::TableDest;
use super::destination::Destination;
use super::request::RelationsOfEverybody;
use crate::aws::data::{ResourcePolicyId, Snapshot};
use foldhash::HashMap;
use iam::arn::{ArnPattern, ShortArn, account_field};
use iam::evaluate::reserved_actions;
use std::sync::{Arc, Mutex, PoisonError};

/// All destinations of one snapshot that were met, by their text: policies name the same ones again and again. The documents that
/// name them live longer
#[derive(Debug, Default)]
pub(crate) struct Dests(Mutex<HashMap<Box<str>, Arc<Dest>>>);

/// A destination that statements of the policy name
#[derive(Debug)]
pub(super) struct Dest {
    pub(super) text: Box<str>,
    pub(super) pattern: ArnPattern,
    /// The types that the destination can be of; all when it is `*`
    pub(super) types: Option<Vec<u16>>,
    /// The actions that may be done on the destination, ascending; empty when it is `*`
    pub(super) actions: Vec<u32>,
    /// The types that the destination names by a version or alias, with the type of the version or alias
    pub(super) qualified: Vec<(u16, u16)>,
    /// Numbers of the actions that only AWS can do on the destination
    pub(super) reserved: Vec<u32>,
    /// The policy of the resource that the destination is or lies in
    pub(super) policy: Option<ResourcePolicyId>,
    relations: Mutex<HashMap<(u16, bool), Arc<RelationsOfEverybody>>>,
}

/// A destination, as resources of one type
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DestOfType {
    pub(super) dest: u32,
    pub(super) resource_type: u16,
    /// Says whether the catalogue has the actions
    pub(super) is_known: bool,
}

impl Dests {
    /// Returns what is known of a destination.
    pub(super) fn get(&self, snapshot: &Snapshot, text: &str) -> Arc<Dest> {
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dest) = known().get(text) {
            return Arc::clone(dest);
        }
        let dest = Arc::new(Dest::new(snapshot, text));
        known().insert(text.into(), Arc::clone(&dest));
        dest
    }
}

impl Dest {
    fn new(snapshot: &Snapshot, text: &str) -> Self {
        let pattern = ArnPattern::parse(text, ShortArn::Padded);
        let types = (!pattern.is_universal()).then(|| snapshot.actions.types_named(&pattern));
        let of_types = types.as_deref().unwrap_or_default();
        Self {
            text: text.into(),
            qualified: snapshot.actions.qualified(of_types, &pattern),
            actions: match &types {
                Some(types) => snapshot.actions.on_types(types),
                None => Vec::new(),
            },
            reserved: reserved_actions(&pattern)
                .filter_map(|action| snapshot.actions.find(action))
                .collect(),
            policy: snapshot.resource_policies.of(&pattern),
            types,
            pattern,
            relations: Mutex::default(),
        }
    }

    /// Returns what holds for resources of a type whoever asks. All policies that name the destination share it.
    pub(super) fn relations(&self, place: DestOfType) -> Arc<RelationsOfEverybody> {
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut relations = self.relations.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            relations
                .entry((place.resource_type, place.is_known))
                .or_default(),
        )
    }

    pub(super) fn destination<'t>(&'t self, snapshot: &'t Snapshot, place: DestOfType) -> Destination<'t> {
        let of_type = (place.resource_type, place.is_known);
        Destination::new(snapshot, &self.text, &self.pattern, self.policy, of_type)
    }

    pub(super) fn shown(&self, snapshot: &Snapshot) -> TableDest {
        TableDest {
            id: self.text.clone(),
            account: owner(snapshot, &self.text, || self.policy).map(Into::into),
        }
    }
}

/// Returns the account that owns a destination; `*` for any account. A name that is global has no owner unless a document says
/// who owns it.
pub(super) fn owner<'s>(
    snapshot: &'s Snapshot,
    text: &'s str,
    policy: impl FnOnce() -> Option<ResourcePolicyId>,
) -> Option<&'s str> {
    match account_field(text) {
        None => Some("*"),
        Some(account) if account.contains(['*', '?']) => Some("*"),
        Some("") => {
            let policy = policy().and_then(|id| snapshot.resource_policies.get(id));
            let known = || snapshot.known_resources.of(text);
            let owner = policy.map(|policy| &*policy.account);
            owner.or_else(|| known().map(|known| &*known.account))
        }
        Some(account) => Some(account),
    }
}
