//! Joins what the shards of the imported accounts say about the values in a query.
//!
//! Which values these are follows from the text of the query alone, so that every shard answers for the same ones in the
//! same order.

use super::near::Near;
use super::{is_region, same};
use crate::aws::{EffectivePermissions, Snapshot, SnapshotFacts, Source};
use rql::{DestinationKind, MAX_SUGGESTIONS, Predicate, Query, TextAttribute, TextMatch};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Literals of one query that are compared with the values of all rows. More are not judged: a list of a thousand names
/// would cost more than the search itself.
pub(super) const MAX_JUDGED: usize = 32;

/// Holds what one shard, or several, say about the literals of a query
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValuesPart {
    /// The literals come in the order of [`Literals::values`]
    literals: Vec<LiteralPart>,
    /// The actions come in the order of [`Literals::actions`]. Only the shard that is asked for common facts has them
    actions: Vec<ActionPart>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct LiteralPart {
    is_found: bool,
    /// The nearest value to a literal that was not found
    nearest: Option<Near>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct ActionPart {
    is_known: bool,
    /// Service and resource type of destinations
    kinds: Vec<(String, String)>,
}

/// The literals of a query that shards are asked about
#[derive(Debug, Default)]
struct Literals<'q> {
    /// Attributes whose values shards list, each with a literal in lower case
    values: Vec<(TextAttribute, &'q str)>,
    actions: Vec<&'q str>,
}

impl<'q> Literals<'q> {
    fn of(query: &'q Query) -> Self {
        let (mut found, mut seen) = (Self::default(), BTreeSet::new());
        let mut add = |attribute: TextAttribute, literal: &'q str| {
            let is_action = attribute == TextAttribute::ActionName;
            if !is_action && (!is_listed(attribute) || found.values.len() >= MAX_JUDGED) {
                return;
            }
            if !seen.insert((attribute, literal)) {
                return;
            }
            if is_action {
                found.actions.push(literal);
            } else {
                found.values.push((attribute, literal));
            }
        };
        query.expression().visit(&mut |predicate| match predicate {
            Predicate::Text { attribute, test } => match &test.matcher {
                TextMatch::Equals(literal) | TextMatch::Like(literal) => add(*attribute, literal.lowered()),
                TextMatch::In(list) => list.distinct().for_each(|literal| add(*attribute, literal)),
                TextMatch::StartsWith(_) | TextMatch::EndsWith(_) | TextMatch::Contains(_) => {}
            },
            Predicate::ContainsAll { actions } => {
                actions
                    .distinct()
                    .for_each(|literal| add(TextAttribute::ActionName, literal));
            }
            Predicate::Accounts { .. }
            | Predicate::Bool { .. }
            | Predicate::Int { .. }
            | Predicate::Tag { .. }
            | Predicate::Condition { .. }
            | Predicate::Covers { .. } => {}
        });
        found
    }
}

/// Holds what the shards say about a query, or about the text of a query that is being written
#[derive(Debug)]
pub struct ImportedValues<'v> {
    facts: &'v SnapshotFacts,
    literals: BTreeMap<(TextAttribute, &'v str), &'v LiteralPart>,
    actions: BTreeMap<&'v str, &'v ActionPart>,
    begun: BTreeMap<(TextAttribute, String), &'v [String]>,
}

impl<'v> ImportedValues<'v> {
    /// Takes what is known about a query. `part` is what all shards say together.
    #[must_use]
    pub fn of_query(facts: &'v SnapshotFacts, query: &'v Query, part: &'v ValuesPart) -> Self {
        let Literals { values, actions } = Literals::of(query);
        Self {
            facts,
            literals: values.into_iter().zip(&part.literals).collect(),
            actions: actions.into_iter().zip(&part.actions).collect(),
            begun: BTreeMap::new(),
        }
    }

    /// Takes what is known about a text that is being written. `found` is what all shards say together.
    #[must_use]
    pub fn of_begun_text(facts: &'v SnapshotFacts, text: &str, found: &'v [Vec<String>]) -> Self {
        let found = found.iter().map(Vec::as_slice);
        Self {
            facts,
            literals: BTreeMap::new(),
            actions: BTreeMap::new(),
            begun: begun(text).into_iter().zip(found).collect(),
        }
    }

    pub(super) const fn facts(&self) -> &'v SnapshotFacts {
        self.facts
    }

    pub(super) fn has_action(&self, lowered: &str) -> bool {
        self.actions.get(lowered).is_some_and(|part| part.is_known)
    }

    /// Returns whether a row of an imported account can have the value; `None` when the literal is not judged.
    pub(super) fn has_value(&self, attribute: TextAttribute, lowered: &str) -> Option<bool> {
        self.literals.get(&(attribute, lowered)).map(|part| part.is_found)
    }

    pub(super) fn nearest(&self, attribute: TextAttribute, lowered: &str) -> Option<&Near> {
        self.literals.get(&(attribute, lowered))?.nearest.as_ref()
    }

    pub(super) fn destinations(&self, action: &str) -> Vec<DestinationKind<'_>> {
        let kinds = self.actions.get(action).into_iter().flat_map(|part| &part.kinds);
        kinds
            .map(|(service, resource_type)| DestinationKind {
                service,
                resource_type,
            })
            .collect()
    }

    pub(super) fn beginning_with(
        &self,
        attribute: TextAttribute,
        prefix: &str,
    ) -> impl Iterator<Item = &str> {
        let found = self.begun.get(&(attribute, prefix.to_owned()));
        found.into_iter().copied().flatten().map(String::as_str)
    }
}

impl ValuesPart {
    /// Adds what another shard says of the same query.
    pub fn add(&mut self, other: Self) {
        if self.literals.is_empty() {
            self.literals = other.literals;
        } else {
            for (own, other) in self.literals.iter_mut().zip(other.literals) {
                own.is_found |= other.is_found;
                own.nearest = own.nearest.take().into_iter().chain(other.nearest).min();
            }
        }
        if self.actions.is_empty() {
            self.actions = other.actions;
        }
    }

    /// Returns whether a literal was not found yet, so that it matters what further shards say.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.literals.iter().any(|part| !part.is_found)
    }
}

/// Returns whether shards are asked about literals of a query.
pub(crate) fn has_literals(query: &Query) -> bool {
    !Literals::of(query).values.is_empty()
}

/// Returns what a shard says about the literals of a query. With `with_common`, it also says what every shard would say
/// alike.
pub(crate) fn values_of_literals(
    effective: &EffectivePermissions,
    query: &Query,
    with_common: bool,
) -> ValuesPart {
    let snapshot = effective.snapshot();
    let Literals { values, actions } = Literals::of(query);
    let literals = values.into_iter().map(|(attribute, literal)| {
        let listed = || listed(snapshot, attribute).into_iter().flatten();
        let is_found = listed().any(|value| same(value, literal));
        let mut nearest = None;
        if !is_found {
            listed().for_each(|value| Near::consider(&mut nearest, value, literal));
        }
        LiteralPart { is_found, nearest }
    });
    let actions = actions
        .into_iter()
        .filter(|_| with_common)
        .map(|name| ActionPart {
            is_known: snapshot.actions.find(name).is_some(),
            kinds: kinds(snapshot, name),
        });
    ValuesPart {
        literals: literals.collect(),
        actions: actions.collect(),
    }
}

/// Returns the values of a shard that can complete a text which is being written, one list for each place where a value
/// is wanted.
pub(crate) fn begun_values(effective: &EffectivePermissions, text: &str) -> Vec<Vec<String>> {
    let snapshot = effective.snapshot();
    let wanted = begun(text).into_iter();
    wanted
        .map(|(attribute, prefix)| {
            let listed = listed(snapshot, attribute).into_iter().flatten();
            first(listed.filter(|value| value.to_lowercase().starts_with(&prefix)))
        })
        .collect()
}

/// Returns the first values in the order of bytes, each once.
fn first<'v>(values: impl Iterator<Item = &'v str>) -> Vec<String> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for value in values {
        found.insert(value);
        if found.len() > MAX_SUGGESTIONS {
            found.pop_last();
        }
    }
    found.into_iter().map(ToOwned::to_owned).collect()
}

/// Takes note of which values are wanted, and offers none
#[derive(Debug, Default)]
struct Wanted(RefCell<Vec<(TextAttribute, String)>>);

impl rql::KnownValues for Wanted {
    fn values(&self, attribute: TextAttribute, prefix: &str, _most: usize) -> Vec<String> {
        let mut wanted = self.0.borrow_mut();
        let one = (attribute, prefix.to_owned());
        if is_completed(attribute) && !wanted.contains(&one) {
            wanted.push(one);
        }
        Vec::new()
    }
}

/// Returns the attributes whose values can complete a text, with the written part of the value in lower case.
fn begun(text: &str) -> Vec<(TextAttribute, String)> {
    let wanted = Wanted::default();
    let _without_values = rql::suggest(text, &wanted);
    wanted.0.into_inner()
}

/// Returns whether values of an attribute complete a text. Policies name accounts that are in no list: a literal is not judged
/// by the accounts that are.
const fn is_completed(attribute: TextAttribute) -> bool {
    is_listed(attribute) || matches!(attribute, TextAttribute::DestAccount)
}

/// Returns whether shards list the values of an attribute.
const fn is_listed(attribute: TextAttribute) -> bool {
    matches!(
        attribute,
        TextAttribute::SourceResourceName
            | TextAttribute::SourceResourceId
            | TextAttribute::SourceResourceType
            | TextAttribute::SourceAccount
            | TextAttribute::PolicyId
            | TextAttribute::PolicyName
            | TextAttribute::EntityId
            | TextAttribute::EntityName
            | TextAttribute::EntityType
            | TextAttribute::DestResourceType
    ) && !is_region(attribute)
}

/// Returns the values that rows of a shard have for an attribute, in no order and with repetitions; `None` when they
/// are not listed.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most attributes hold free text, new ones too"
)]
fn listed(snapshot: &Snapshot, attribute: TextAttribute) -> Option<Box<dyn Iterator<Item = &str> + '_>> {
    let sources = snapshot.sources.iter();
    let policies = snapshot.policies.iter();
    let entities = snapshot.entities.iter();
    Some(match attribute {
        TextAttribute::SourceResourceName => Box::new(sources.map(|one| &*one.name)),
        TextAttribute::SourceResourceId => Box::new(sources.map(|one| &*one.id)),
        TextAttribute::SourceResourceType => Box::new(sources.map(Source::resource_type)),
        TextAttribute::SourceAccount => Box::new(with_names(snapshot, sources.map(|one| &*one.account))),
        TextAttribute::DestAccount => {
            let owners = snapshot.resource_policies.iter();
            let owners = owners.map(|(_, policy)| &*policy.account);
            let accounts = sources.map(|one| &*one.account).chain(owners);
            Box::new(with_names(snapshot, accounts).chain(["*"]))
        }
        TextAttribute::PolicyId => Box::new(policies.map(|one| &*one.id)),
        TextAttribute::PolicyName => Box::new(policies.map(|one| &*one.name)),
        TextAttribute::EntityId => Box::new(entities.map(|one| &*one.id)),
        TextAttribute::EntityName => Box::new(entities.map(|one| &*one.name)),
        TextAttribute::EntityType => Box::new(entities.map(|one| one.kind)),
        TextAttribute::DestResourceType => {
            let types = snapshot.actions.resource_types();
            Box::new(std::iter::once("*").chain(types.map(|one| &*one.name)))
        }
        _ => return None,
    })
}

/// Returns accounts by id and by name.
fn with_names<'s>(
    snapshot: &'s Snapshot,
    accounts: impl Iterator<Item = &'s str> + 's,
) -> impl Iterator<Item = &'s str> + 's {
    let accounts = accounts.filter(|account| !account.is_empty());
    accounts.flat_map(|account| [account, snapshot.account_names.name(account)])
}

/// Returns service and resource type of the destinations that rows of an action can have; none when they are not known.
fn kinds(snapshot: &Snapshot, action: &str) -> Vec<(String, String)> {
    let actions = &snapshot.actions;
    let Some(found) = actions.find(action).and_then(|number| actions.get(number)) else {
        return Vec::new();
    };
    if !found.known {
        return Vec::new();
    }
    let types = found.types.iter();
    let types = types.filter_map(|&number| actions.resource_type(number));
    let mut kinds: Vec<(String, String)> = types
        .flat_map(|one| {
            let services = one.patterns.iter().map(|pattern| &*pattern.service);
            services.map(|service| (service.to_owned(), one.name.to_string()))
        })
        .collect();
    if kinds.is_empty() {
        let own_service = found.name.split(':').next().unwrap_or_default();
        kinds.push((own_service.to_owned(), "*".to_owned()));
    }
    kinds
}

/// Adds to what shards said of a text that is being written what another one says.
pub fn add_begun(all: &mut Vec<Vec<String>>, other: Vec<Vec<String>>) {
    all.resize(all.len().max(other.len()), Vec::new());
    for (own, other) in all.iter_mut().zip(other) {
        let values = own.iter().chain(&other);
        *own = first(values.map(String::as_str));
    }
}
