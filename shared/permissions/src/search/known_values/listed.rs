//! Lists what rows of one shard can hold, and judges the literals of a query by it.

use super::imported::LiteralPart;
use super::near::Near;
use super::{is_account, same};
use crate::aws::{EffectivePermissions, Snapshot, Source};
use crate::row::region_name;
use rql::{
    ConditionKey, KeyedMatch, Literal, Part, Predicate, Query, TagAttribute, TextAttribute, TextMatch,
};
use std::collections::BTreeSet;

/// Literals of one query that are compared with the values of all rows. More are not judged: a list of a thousand names
/// would cost more than the search itself.
pub(super) const MAX_JUDGED: usize = 32;

/// Names what a query compares with the values of rows; literals in lower case
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared<'q> {
    Value(TextAttribute, &'q str),
    Part(TextAttribute, Part, &'q str),
    /// A key, perhaps with a value
    Tag(TagAttribute, &'q str, Option<&'q str>),
    /// A condition key and perhaps an operator, both as written, and perhaps a value
    Condition(&'q str, Option<&'q str>, Option<&'q str>),
}

impl<'q> Compared<'q> {
    pub(super) fn of_condition(key: &'q ConditionKey, value: Option<&'q str>) -> Option<Self> {
        match key {
            ConditionKey::Any => None,
            ConditionKey::Key(key) => Some(Self::Condition(key.text(), None, value)),
            ConditionKey::KeyAndOperator(key, operator) => {
                Some(Self::Condition(key.text(), Some(operator.text()), value))
            }
        }
    }
}

/// The literals of a query that shards are asked about
#[derive(Debug, Default)]
pub(super) struct Literals<'q> {
    /// Holds what shards list
    pub(super) values: Vec<Compared<'q>>,
    /// Names of actions, or parts of them
    pub(super) actions: BTreeSet<(Option<Part>, &'q str)>,
    /// The ARN of a `COVERS`
    pub(super) covered: Option<&'q str>,
}

impl<'q> Literals<'q> {
    /// Finds the literals of a query.
    pub(super) fn of(query: &'q Query) -> Self {
        let mut found = Self::default();
        query
            .expression()
            .visit(&mut |predicate| found.add_all(predicate));
        found
    }

    fn add_all(&mut self, predicate: &'q Predicate) {
        match predicate {
            Predicate::Text { attribute, test } => match &test.matcher {
                TextMatch::Equals(literal) | TextMatch::Like(literal) => {
                    self.add_text(*attribute, None, literal.lowered());
                }
                TextMatch::In(list) => list
                    .distinct()
                    .for_each(|literal| self.add_text(*attribute, None, literal)),
                matcher @ (TextMatch::StartsWith(_) | TextMatch::EndsWith(_) | TextMatch::Contains(_)) => {
                    if let Some((part, literal)) = Part::of(matcher) {
                        self.add_text(*attribute, Some(part), literal.lowered());
                    }
                }
            },
            Predicate::ContainsAll { actions } => actions
                .distinct()
                .for_each(|literal| self.add_text(TextAttribute::ActionName, None, literal)),
            Predicate::Tag { attribute, key, test } if is_tagged(*attribute) => {
                let key = key.lowered();
                self.add_values(&test.matcher, |value| Some(Compared::Tag(*attribute, key, value)));
            }
            Predicate::Condition { key, test, .. } => {
                if let ConditionKey::KeyAndOperator(key, _) = key {
                    self.add(Compared::Condition(key.text(), None, None));
                }
                self.add_values(&test.matcher, |value| Compared::of_condition(key, value));
            }
            Predicate::Covers { resource } => {
                // Own grants have other names than ARNs, and resource types of their own.
                self.covered = Some(resource.text()).filter(|text| text.starts_with("arn:"));
            }
            Predicate::Tag { .. }
            | Predicate::Accounts { .. }
            | Predicate::Bool { .. }
            | Predicate::Int { .. } => {}
        }
    }

    fn add_text(&mut self, attribute: TextAttribute, part: Option<Part>, literal: &'q str) {
        if attribute == TextAttribute::ActionName {
            self.actions.insert((part, literal));
        } else if is_listed(attribute) {
            self.add(match part {
                None => Compared::Value(attribute, literal),
                Some(part) => Compared::Part(attribute, part, literal),
            });
        }
    }

    /// Adds a key alone, and with each of its values.
    fn add_values(
        &mut self,
        matcher: &'q KeyedMatch,
        mut compared: impl FnMut(Option<&'q str>) -> Option<Compared<'q>>,
    ) {
        let mut add = |value| {
            if let Some(compared) = compared(value) {
                self.add(compared);
            }
        };
        add(None);
        match matcher {
            KeyedMatch::Exists => {}
            KeyedMatch::Equals(literal) => add(Some(literal.lowered())),
            KeyedMatch::In(list) => list.distinct().for_each(|literal| add(Some(literal))),
        }
    }

    fn add(&mut self, compared: Compared<'q>) {
        if self.values.len() < MAX_JUDGED && !self.values.contains(&compared) {
            self.values.push(compared);
        }
    }
}

/// Says whether a row of a shard can have what a query compares.
pub(super) fn judged(effective: &EffectivePermissions, compared: Compared<'_>) -> LiteralPart {
    let snapshot = effective.snapshot();
    let is_found = |is_found| LiteralPart {
        is_found,
        nearest: None,
    };
    match compared {
        // Every row has the covered resource as its destination, and a warning would say nothing more than the query.
        Compared::Value(attribute, _) | Compared::Part(attribute, ..)
            if effective.is_covering() && is_of_destination(attribute) =>
        {
            is_found(true)
        }
        Compared::Value(attribute, literal) => {
            let values = || listed(effective, attribute).into_iter().flatten();
            let mut part = is_found(values().any(|value| same(value, literal)));
            if !part.is_found {
                values().for_each(|value| Near::consider(&mut part.nearest, value, literal));
            }
            part
        }
        Compared::Part(attribute, part, literal) => {
            let test = part.test(literal);
            let mut values = listed(effective, attribute).into_iter().flatten();
            is_found(values.any(|value| test.holds(value)))
        }
        Compared::Tag(attribute, key, value) => {
            let mut tags = tags(snapshot, attribute);
            let has =
                |tag: &(String, String)| same(&tag.0, key) && value.is_none_or(|value| same(&tag.1, value));
            is_found(tags.any(has))
        }
        Compared::Condition(key, operator, value) => {
            let key = Literal::new(key);
            let key = match operator {
                None => ConditionKey::Key(key),
                Some(operator) => ConditionKey::KeyAndOperator(key, Literal::new(operator)),
            };
            let documents = snapshot.documents.iter();
            let mut conditions = documents.flat_map(|one| one.all_conditions().flatten());
            is_found(conditions.any(|one| {
                let has_value = |value| one.values.iter().any(|own| same(own, value));
                key.covers(&one.operator, &one.key) && value.is_none_or(has_value)
            }))
        }
    }
}

/// Returns whether shards list the values of an attribute.
const fn is_listed(attribute: TextAttribute) -> bool {
    matches!(
        attribute,
        TextAttribute::SourceResourceName
            | TextAttribute::SourceResourceId
            | TextAttribute::SourceResourceType
            | TextAttribute::SourceAccount
            | TextAttribute::SourceRegion
            | TextAttribute::SourceServiceName
            | TextAttribute::SourceIdpService
            | TextAttribute::SourceIdpDomain
            | TextAttribute::PolicyId
            | TextAttribute::PolicyName
            | TextAttribute::PolicyType
            | TextAttribute::EntityId
            | TextAttribute::EntityName
            | TextAttribute::EntityType
            | TextAttribute::DestResourceType
    ) || is_of_destination(attribute)
}

/// Returns whether an attribute is about the resource that a policy names.
const fn is_of_destination(attribute: TextAttribute) -> bool {
    matches!(
        attribute,
        TextAttribute::DestAccount
            | TextAttribute::DestRegion
            | TextAttribute::DestResourceId
            | TextAttribute::DestResourceName
    )
}

const fn is_tagged(attribute: TagAttribute) -> bool {
    matches!(
        attribute,
        TagAttribute::SourceResourceTag | TagAttribute::EntityTag
    )
}

fn tags(snapshot: &Snapshot, attribute: TagAttribute) -> Box<dyn Iterator<Item = &(String, String)> + '_> {
    match attribute {
        TagAttribute::SourceResourceTag => Box::new(snapshot.sources.iter().flat_map(|one| &one.tags)),
        TagAttribute::EntityTag => Box::new(snapshot.entities.iter().flat_map(|one| &one.tags)),
        TagAttribute::DestResourceTag | TagAttribute::PolicyTag => Box::new(std::iter::empty()),
    }
}

type Listed<'s> = Option<Box<dyn Iterator<Item = &'s str> + 's>>;

/// Returns the values that rows of a shard can have for an attribute, in no order and with repetitions; `None` when they
/// are not listed.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most attributes hold free text, new ones too"
)]
pub(super) fn listed(effective: &EffectivePermissions, attribute: TextAttribute) -> Listed<'_> {
    let snapshot = effective.snapshot();
    let sources = snapshot.sources.iter();
    let somewhere = snapshot.sources.iter().filter(|one| !one.is_nowhere());
    let policies = snapshot.policies.iter();
    let entities = snapshot.entities.iter();
    Some(match attribute {
        TextAttribute::SourceResourceName => Box::new(sources.map(|one| &*one.name)),
        TextAttribute::SourceResourceId => Box::new(sources.map(|one| &*one.id)),
        TextAttribute::SourceResourceType => Box::new(sources.map(Source::resource_type)),
        TextAttribute::SourceAccount => Box::new(with_names(snapshot, sources.map(|one| &*one.account))),
        TextAttribute::SourceRegion => Box::new(regions(somewhere.map(|one| &*one.region))),
        TextAttribute::SourceServiceName => Box::new(somewhere.map(|one| &*one.service)),
        TextAttribute::SourceIdpService => {
            let providers = sources.filter_map(|one| one.provider.as_ref());
            Box::new(providers.flat_map(|one| one.service.words().iter().copied()))
        }
        TextAttribute::SourceIdpDomain => {
            let providers = sources.filter_map(|one| one.provider.as_ref());
            Box::new(providers.filter_map(|one| one.domain.as_deref()))
        }
        TextAttribute::DestAccount => {
            let accounts = effective.destination_names().accounts();
            Box::new(with_names(snapshot, accounts))
        }
        TextAttribute::DestRegion => Box::new(regions(effective.destination_names().regions())),
        TextAttribute::DestResourceId => Box::new(effective.destination_names().ids()),
        TextAttribute::DestResourceName => Box::new(effective.destination_names().names()),
        TextAttribute::PolicyId => Box::new(policies.map(|one| &*one.id)),
        TextAttribute::PolicyName => Box::new(policies.map(|one| &*one.name)),
        TextAttribute::PolicyType => Box::new(policies.map(|one| one.kind)),
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

/// Returns whether values of an attribute complete a text that is being written. Names of destinations do not: there can
/// be very many. Regions come from a table.
pub(super) const fn is_completed(attribute: TextAttribute) -> bool {
    is_account(attribute)
        || is_listed(attribute) && !is_of_destination(attribute) && !super::is_region(attribute)
}

/// Returns the values that can complete a text.
pub(super) fn completing(effective: &EffectivePermissions, attribute: TextAttribute) -> Listed<'_> {
    let snapshot = effective.snapshot();
    if attribute != TextAttribute::DestAccount {
        return listed(effective, attribute);
    }
    let owners = snapshot.resource_policies.iter();
    let owners = owners.map(|(_, policy)| &*policy.account);
    let accounts = snapshot.sources.iter().map(|one| &*one.account).chain(owners);
    Some(Box::new(with_names(snapshot, accounts).chain(["*"])))
}

/// Returns accounts by id and by name.
fn with_names<'s>(
    snapshot: &'s Snapshot,
    accounts: impl Iterator<Item = &'s str> + 's,
) -> impl Iterator<Item = &'s str> + 's {
    let accounts = accounts.filter(|account| !account.is_empty());
    accounts.flat_map(|account| [account, snapshot.account_names.name(account)])
}

/// Returns the name of each region, and its code where it has one.
fn regions<'s>(codes: impl Iterator<Item = &'s str> + 's) -> impl Iterator<Item = &'s str> + 's {
    codes.flat_map(|code| {
        [region_name(code)]
            .into_iter()
            .chain(Some(code).filter(|code| !code.is_empty()))
    })
}
