//! Joins what the shards of the imported accounts say about the values in a query.
//!
//! Which values these are follows from the text of the query alone, so that every shard answers for the same ones in the
//! same order.

use super::listed::{Compared, Literals, completing, is_completed, judged};
use super::near::Near;
use crate::aws::{AccessLevel, Action, EffectivePermissions, Snapshot, SnapshotFacts};
use iam::arn::{ArnPattern, ShortArn};
use rql::{DestinationKind, MAX_SUGGESTIONS, Part, Query, TextAttribute};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Holds what one shard, or several, say about the literals of a query
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValuesPart {
    /// The literals come in the order of [`Literals::values`]
    literals: Vec<LiteralPart>,
    /// The actions come in the order of [`Literals::actions`]. Only the shard that is asked for common facts has them
    actions: Vec<ActionPart>,
    /// Holds what the resource of a `COVERS` can be; it comes with the actions
    covered: Option<Vec<Kind>>,
}

/// Service and resource type of a destination
type Kind = (String, String);

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LiteralPart {
    pub(super) is_found: bool,
    /// The nearest value to a literal that was not found
    pub(super) nearest: Option<Near>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct ActionPart {
    is_known: bool,
    /// Holds what the rows of the action, or of all actions that begin with the literal, can be about
    kinds: Vec<Kind>,
    /// Holds the access levels that these rows can have
    levels: BTreeSet<Option<AccessLevel>>,
}

/// Holds what the shards say about a query, or about the text of a query that is being written
#[derive(Debug)]
pub struct ImportedValues<'v> {
    facts: &'v SnapshotFacts,
    literals: Vec<(Compared<'v>, &'v LiteralPart)>,
    actions: BTreeMap<(Option<Part>, &'v str), &'v ActionPart>,
    covered: Option<(&'v str, &'v [Kind])>,
    begun: BTreeMap<(TextAttribute, String), &'v [String]>,
}

impl<'v> ImportedValues<'v> {
    /// Takes what is known about a query. `part` is what all shards say together.
    #[must_use]
    pub fn of_query(facts: &'v SnapshotFacts, query: &'v Query, part: &'v ValuesPart) -> Self {
        let Literals {
            values,
            actions,
            covered,
        } = Literals::of(query);
        Self {
            facts,
            literals: values.into_iter().zip(&part.literals).collect(),
            actions: actions.into_iter().zip(&part.actions).collect(),
            covered: covered.zip(part.covered.as_deref()),
            begun: BTreeMap::new(),
        }
    }

    /// Takes what is known about a text that is being written. `found` is what all shards say together.
    #[must_use]
    pub fn of_begun_text(facts: &'v SnapshotFacts, text: &str, found: &'v [Vec<String>]) -> Self {
        let found = found.iter().map(Vec::as_slice);
        Self {
            facts,
            literals: Vec::new(),
            actions: BTreeMap::new(),
            covered: None,
            begun: begun(text).into_iter().zip(found).collect(),
        }
    }

    pub(super) const fn facts(&self) -> &'v SnapshotFacts {
        self.facts
    }

    /// Returns whether a policy of an imported account names an action that is the literal, or has it in a part.
    pub(super) fn has_action(&self, part: Option<Part>, lowered: &str) -> bool {
        self.action(part, lowered).is_some_and(|part| part.is_known)
    }

    /// Returns whether a row of an imported account can have what is compared; `None` when this is not judged.
    pub(super) fn has(&self, compared: Compared<'_>) -> Option<bool> {
        self.literal(compared).map(|part| part.is_found)
    }

    pub(super) fn nearest(&self, attribute: TextAttribute, lowered: &str) -> Option<&Near> {
        self.literal(Compared::Value(attribute, lowered))?
            .nearest
            .as_ref()
    }

    /// Returns what rows can be about whose action is the literal, or begins with it.
    pub(super) fn destinations(&self, part: Option<Part>, action: &str) -> Vec<DestinationKind<'_>> {
        let found = self.action(part, action);
        kinds_of(found.map_or(&[], |part| &part.kinds))
    }

    /// Returns the access levels of rows whose action is the literal, or begins with it.
    pub(super) fn access_levels(&self, part: Option<Part>, action: &str) -> Vec<Option<&'static str>> {
        let levels = self
            .action(part, action)
            .into_iter()
            .flat_map(|part| &part.levels);
        levels.map(|level| level.map(AccessLevel::as_str)).collect()
    }

    /// Returns what the resource of a `COVERS` can be.
    pub(super) fn kinds_of(&self, arn: &str) -> Option<Vec<DestinationKind<'_>>> {
        let (_, kinds) = self.covered.filter(|(covered, _)| *covered == arn)?;
        Some(kinds_of(kinds))
    }

    fn literal(&self, compared: Compared<'_>) -> Option<&LiteralPart> {
        let mut found = self.literals.iter();
        found.find(|(one, _)| *one == compared).map(|(_, part)| *part)
    }

    fn action(&self, part: Option<Part>, lowered: &str) -> Option<&ActionPart> {
        self.actions.get(&(part, lowered)).copied()
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
        self.covered = self.covered.take().or(other.covered);
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
    let Literals {
        values,
        actions,
        covered,
    } = Literals::of(query);
    let actions = actions.into_iter().filter(|_| with_common);
    ValuesPart {
        literals: values
            .into_iter()
            .map(|compared| judged(effective, compared))
            .collect(),
        actions: actions
            .map(|(part, name)| of_action(snapshot, part, name))
            .collect(),
        covered: covered
            .filter(|_| with_common)
            .map(|arn| kinds_of_resource(snapshot, arn)),
    }
}

fn kinds_of(kinds: &[Kind]) -> Vec<DestinationKind<'_>> {
    let kinds = kinds.iter();
    kinds
        .map(|(service, resource_type)| DestinationKind {
            service,
            resource_type,
        })
        .collect()
}

/// Returns the values of a shard that can complete a text which is being written, one list for each place where a value
/// is wanted.
pub(crate) fn begun_values(effective: &EffectivePermissions, text: &str) -> Vec<Vec<String>> {
    let wanted = begun(text).into_iter();
    wanted
        .map(|(attribute, prefix)| {
            let listed = completing(effective, attribute).into_iter().flatten();
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

/// Says what a shard knows of an action, or of all actions that have the literal in a part of their names.
fn of_action(snapshot: &Snapshot, part: Option<Part>, literal: &str) -> ActionPart {
    let actions = &snapshot.actions;
    let Some(part) = part else {
        return of_actions(snapshot, actions.find(literal).as_slice());
    };
    let test = part.test(literal);
    let numbers = 0..actions.count();
    let mut found = numbers.filter(|number| actions.get(*number).is_some_and(|one| test.holds(&one.name)));
    if part == Part::Start {
        of_actions(snapshot, &found.collect::<Vec<u32>>())
    } else {
        ActionPart {
            is_known: found.next().is_some(),
            ..ActionPart::default()
        }
    }
}

fn of_actions(snapshot: &Snapshot, found: &[u32]) -> ActionPart {
    let found = found.iter().filter_map(|number| snapshot.actions.get(*number));
    ActionPart {
        is_known: found.clone().next().is_some(),
        kinds: kinds(snapshot, found.clone()),
        levels: found.map(|one| one.level).collect(),
    }
}

/// Returns service and resource type of the destinations that rows of actions can have; none when they are not known.
fn kinds<'s>(snapshot: &Snapshot, actions: impl Iterator<Item = &'s Action>) -> Vec<Kind> {
    let (mut types, mut services) = (BTreeSet::new(), BTreeSet::new());
    for found in actions {
        if !found.known {
            return Vec::new();
        }
        if found.types.is_empty() {
            services.insert(found.name.split(':').next().unwrap_or_default());
        }
        types.extend(found.types.iter().copied());
    }
    let without_type = services
        .into_iter()
        .map(|service| (service.to_owned(), "*".to_owned()));
    of_types(snapshot, types).chain(without_type).collect()
}

fn of_types(snapshot: &Snapshot, numbers: impl IntoIterator<Item = u16>) -> impl Iterator<Item = Kind> {
    let types = numbers
        .into_iter()
        .filter_map(|number| snapshot.actions.resource_type(number));
    types.flat_map(|one| {
        let services = one.patterns.iter().map(|pattern| &*pattern.service);
        services.map(|service| (service.to_owned(), one.name.to_string()))
    })
}

/// Returns what a resource can be. An action that no catalogue has can work on any resource of its service.
fn kinds_of_resource(snapshot: &Snapshot, arn: &str) -> Vec<Kind> {
    let pattern = ArnPattern::parse(arn, ShortArn::Padded);
    let actions = &snapshot.actions;
    let service = pattern.service().unwrap_or_default();
    let mut of_service = actions.of_service(service);
    let is_open = of_service.any(|number| actions.get(number).is_some_and(|one| !one.known));
    let open = is_open.then(|| (service.to_owned(), "*".to_owned()));
    of_types(snapshot, actions.types_named(&pattern))
        .chain(open)
        .collect()
}

/// Adds to what shards said of a text that is being written what another one says.
pub fn add_begun(all: &mut Vec<Vec<String>>, other: Vec<Vec<String>>) {
    all.resize(all.len().max(other.len()), Vec::new());
    for (own, other) in all.iter_mut().zip(other) {
        let values = own.iter().chain(&other);
        *own = first(values.map(String::as_str));
    }
}
