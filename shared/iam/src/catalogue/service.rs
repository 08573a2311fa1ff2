//! A service of the catalogue: its actions, resource types and condition keys.

use super::{Action, ActionId, Span, ignoring_case, tables};
use std::ops::Range;

/// A service of the catalogue.
#[derive(Debug)]
pub struct Service {
    pub(super) prefix: Span,
    pub(super) name: Span,
    /// The first row and the one behind the last, in the index of all services; sorted by lower-cased name.
    pub(super) keys: (u32, u32),
    pub(super) types: (u32, u32),
    pub(super) actions: (u32, u32),
}

/// A list of numbers: its position and length in the index.
pub(super) type List = Span;

/// The bit of a number in a list of resource types that says that the type is required.
pub(super) const REQUIRED: u16 = 1 << 15;

/// A row of the index.
#[derive(Debug)]
pub(super) struct TypeRow {
    pub(super) name: Span,
    pub(super) formats: Span,
    pub(super) keys: List,
}

/// A condition key that a service knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionKey {
    pub(super) name: Span,
    pub(super) value_type: Span,
}

/// A type of resource that actions are authorised on.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType {
    service: &'static Service,
    row: &'static TypeRow,
}

impl List {
    /// The numbers of the list.
    pub(super) fn numbers(self) -> impl Iterator<Item = u16> {
        rows(&tables::NUMBERS, self.0, self.0.saturating_add(self.1))
            .iter()
            .copied()
    }
}

/// The rows from `first` to the one before `end`.
fn rows<T>(table: &'static [T], first: u32, end: u32) -> &'static [T] {
    table.get(first as usize..end as usize).unwrap_or_default()
}

impl Service {
    /// What stands before the colon of its actions, `s3`; lower case.
    #[must_use]
    pub fn prefix(&self) -> &'static str {
        self.prefix.text()
    }

    /// The name for people, `Amazon S3`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name.text()
    }

    /// The ids of its actions.
    #[must_use]
    pub fn ids(&self) -> Range<u32> {
        self.actions.0..self.actions.1
    }

    /// Its actions in the order of their ids.
    pub fn actions(&self) -> impl Iterator<Item = Action> + use<> {
        self.ids().filter_map(|id| Action::of(ActionId(id)))
    }

    /// Its action of that name, `s3:GetObject`, in any case.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<Action> {
        let rows = rows(&tables::ACTIONS, self.actions.0, self.actions.1);
        let at = rows
            .binary_search_by(|row| ignoring_case(row.name.text(), name))
            .ok()?;
        Action::of(ActionId(self.actions.0.checked_add(u32::try_from(at).ok()?)?))
    }

    /// Its resource types, sorted by lower-cased name.
    pub fn resource_types(&'static self) -> impl Iterator<Item = ResourceType> + use<> {
        let rows = rows(&tables::TYPES, self.types.0, self.types.1);
        rows.iter().map(move |row| ResourceType { service: self, row })
    }

    /// The condition keys that its actions or resource types know, global ones among them; sorted by lower-cased
    /// name.
    #[must_use]
    pub fn condition_keys(&self) -> &'static [ConditionKey] {
        rows(&tables::KEYS, self.keys.0, self.keys.1)
    }

    /// The condition key of that name, in any case. `aws:RequestTag/team` is one of `aws:RequestTag/${TagKey}`.
    #[must_use]
    pub fn condition_key(&self, name: &str) -> Option<ConditionKey> {
        self.condition_keys().iter().find(|key| key.covers(name)).copied()
    }

    /// Its resource type of that number.
    pub(super) fn resource_type(&'static self, number: u16) -> Option<ResourceType> {
        let rows = rows(&tables::TYPES, self.types.0, self.types.1);
        let row = rows.get(usize::from(number))?;
        Some(ResourceType { service: self, row })
    }

    /// The condition keys of a list.
    pub(super) fn keys_of(&self, list: List) -> impl Iterator<Item = ConditionKey> + use<> {
        let keys = self.condition_keys();
        list.numbers()
            .filter_map(|number| keys.get(usize::from(number)).copied())
    }
}

impl ResourceType {
    /// The name in the service reference, `bucket`; means something inside its service only.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row.name.text()
    }

    /// The ARN formats of the type, `arn:${Partition}:s3:::${BucketName}`; a few types have several.
    pub fn formats(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.row.formats.text().split_ascii_whitespace()
    }

    /// The condition keys that a call on such a resource has besides those of the action.
    pub fn condition_keys(&self) -> impl Iterator<Item = ConditionKey> + use<> {
        self.service.keys_of(self.row.keys)
    }
}

impl ConditionKey {
    /// The name in the reference, `s3:prefix`. Some have a part that stands for any text:
    /// `aws:RequestTag/${TagKey}`, `s3:ExistingObjectTag/<key>`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name.text()
    }

    /// The type in the reference, `String`, `ArrayOfString`, `Bool`, `ARN`, …
    #[must_use]
    pub fn value_type(&self) -> &'static str {
        self.value_type.text()
    }

    /// True when a request may have several values at once, so that set operators decide.
    #[must_use]
    pub fn is_multivalued(&self) -> bool {
        self.value_type().starts_with("ArrayOf")
    }

    /// Whether a key of a policy is this one.
    fn covers(&self, name: &str) -> bool {
        let own = self.name();
        match own.find(['$', '<']).and_then(|open| own.get(..open)) {
            Some(fixed) => {
                name.len() > fixed.len()
                    && name
                        .get(..fixed.len())
                        .is_some_and(|head| head.eq_ignore_ascii_case(fixed))
            }
            None => own.eq_ignore_ascii_case(name),
        }
    }
}
