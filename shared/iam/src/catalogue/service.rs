//! A service of the catalogue: its actions, resource types and condition keys.

use super::action::name_of;
use super::tables::{self, List, TypeRow};
use super::{Action, ActionId, ConditionKey, Service, ignoring_case};
use std::cmp::Ordering;
use std::ops::Range;

/// A type of resource that actions are authorised on.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType {
    service: &'static Service,
    row: &'static TypeRow,
}

impl List {
    /// Returns the numbers of the list.
    pub(super) fn numbers(self) -> impl Iterator<Item = u16> {
        rows(&tables::NUMBERS, self.0, self.0.saturating_add(self.1))
            .iter()
            .copied()
    }
}

/// Returns the rows from `first` to the one before `end`.
fn rows<T>(table: &'static [T], first: u32, end: u32) -> &'static [T] {
    table.get(first as usize..end as usize).unwrap_or_default()
}

impl Service {
    /// Returns what stands before the colon of its actions, `s3`; lower case.
    #[must_use]
    pub fn prefix(&self) -> &'static str {
        self.prefix.text()
    }

    /// Returns the name for people, `Amazon S3`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name.text()
    }

    /// Returns the ids of its actions.
    #[must_use]
    pub fn ids(&self) -> Range<u32> {
        self.actions.0..self.actions.1
    }

    /// Returns its actions in the order of their ids.
    pub fn actions(&self) -> impl Iterator<Item = Action> + use<> {
        self.ids().filter_map(|id| Action::of(ActionId(id)))
    }

    /// Returns its action of that name, `s3:GetObject`, in any case.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<Action> {
        let mut ids = self.ids();
        while !ids.is_empty() {
            let middle = ids.start.midpoint(ids.end);
            match ignoring_case(name_of(middle), name) {
                Ordering::Less => ids.start = middle.saturating_add(1),
                Ordering::Equal => return Action::of(ActionId(middle)),
                Ordering::Greater => ids.end = middle,
            }
        }
        None
    }

    /// Returns its resource types, sorted by lower-cased name.
    pub fn resource_types(&'static self) -> impl Iterator<Item = ResourceType> + use<> {
        let rows = rows(&tables::TYPES, self.types.0, self.types.1);
        rows.iter().map(move |row| ResourceType { service: self, row })
    }

    /// Returns the condition keys that its actions or resource types know, global ones among them; sorted by
    /// lower-cased name.
    #[must_use]
    pub fn condition_keys(&self) -> &'static [ConditionKey] {
        rows(&tables::KEYS, self.keys.0, self.keys.1)
    }

    /// Returns the condition key of that name, in any case. `aws:RequestTag/team` is one of `aws:RequestTag/${TagKey}`.
    #[must_use]
    pub fn condition_key(&self, name: &str) -> Option<ConditionKey> {
        self.condition_keys().iter().find(|key| key.covers(name)).copied()
    }

    /// Returns its resource type of that number.
    pub(super) fn resource_type(&'static self, number: u16) -> Option<ResourceType> {
        let rows = rows(&tables::TYPES, self.types.0, self.types.1);
        let row = rows.get(usize::from(number))?;
        Some(ResourceType { service: self, row })
    }

    /// Returns the condition keys of a list.
    pub(super) fn keys_of(&self, list: List) -> impl Iterator<Item = ConditionKey> + use<> {
        let keys = self.condition_keys();
        list.numbers()
            .filter_map(|number| keys.get(usize::from(number)).copied())
    }
}

impl ResourceType {
    /// Returns the name in the service reference, `bucket`; means something inside its service only.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row.name.text()
    }

    /// Returns the ARN formats of the type, `arn:${Partition}:s3:::${BucketName}`; a few types have several.
    pub fn formats(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.row.formats.text().split_ascii_whitespace()
    }

    /// Returns the condition keys that a call on such a resource has besides those of the action.
    pub fn condition_keys(&self) -> impl Iterator<Item = ConditionKey> + use<> {
        self.service.keys_of(self.row.keys)
    }
}

impl ConditionKey {
    /// Returns the name in the reference, `s3:prefix`. Some have a part that stands for any text:
    /// `aws:RequestTag/${TagKey}`, `s3:ExistingObjectTag/<key>`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name.text()
    }

    /// Returns the type in the reference, `String`, `ArrayOfString`, `Bool`, `ARN`, …
    #[must_use]
    pub fn value_type(&self) -> &'static str {
        self.value_type.text()
    }

    /// Returns true when a request may have several values at once, so that set operators decide.
    #[cfg(test)]
    pub(crate) fn is_multivalued(&self) -> bool {
        self.value_type().starts_with("ArrayOf")
    }

    /// Returns whether a key of a policy is this one.
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
