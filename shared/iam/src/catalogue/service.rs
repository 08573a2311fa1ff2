//! A service: its actions, resource types and condition keys, read when first asked for.

use super::action::Row;
use super::{Action, ActionId, ignoring_case};
use std::ops::Range;
use std::sync::OnceLock;

/// A service of the catalogue.
#[derive(Debug)]
pub struct Service {
    prefix: &'static str,
    name: &'static str,
    ids: Range<u32>,
    pub(super) lines: &'static str,
    contents: OnceLock<Contents>,
}

/// What the lines of a service say. Numbers in a line are positions in these lists.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// INVARIANT: sorted by lower-cased name.
    pub(super) keys: Vec<ConditionKey>,
    pub(super) types: Vec<TypeRow>,
    /// INVARIANT: sorted by lower-cased name; as many as the service has ids.
    pub(super) actions: Vec<Row>,
}

/// The fields of a resource type; the lists in them are parted by spaces.
#[derive(Debug)]
pub(super) struct TypeRow {
    name: &'static str,
    formats: &'static str,
    keys: &'static str,
}

/// A condition key that a service knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionKey {
    name: &'static str,
    value_type: &'static str,
}

/// A type of resource that actions are authorised on.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType<'c> {
    contents: &'c Contents,
    row: &'c TypeRow,
}

impl Service {
    /// Takes the service's fields of the index, and its lines off the front of `bodies`.
    pub(super) fn read(
        fields: &mut std::str::Split<'static, char>,
        first: u32,
        bodies: &mut &'static str,
    ) -> Option<Self> {
        let prefix = fields.next()?;
        let count: u32 = fields.next()?.parse().ok()?;
        let (lines, rest) = bodies.split_at_checked(fields.next()?.parse().ok()?)?;
        *bodies = rest;
        Some(Self {
            prefix,
            name: fields.next().unwrap_or(prefix),
            ids: first..first.checked_add(count)?,
            lines,
            contents: OnceLock::new(),
        })
    }

    fn contents(&self) -> &Contents {
        self.contents.get_or_init(|| {
            let mut contents = Contents {
                actions: Vec::with_capacity(self.ids.len()),
                ..Contents::default()
            };
            for line in self.lines.lines() {
                let mut fields = line.split('\t');
                let (kind, name) = (fields.next(), fields.next().unwrap_or_default());
                let mut field = || fields.next().unwrap_or_default();
                match kind {
                    Some("k") => contents.keys.push(ConditionKey {
                        name,
                        value_type: field(),
                    }),
                    Some("t") => contents.types.push(TypeRow {
                        name,
                        formats: field(),
                        keys: field(),
                    }),
                    Some("a") => contents.actions.push(Row::read(name, field)),
                    _ => {}
                }
            }
            contents
        })
    }

    /// What stands before the colon of its actions, `s3`; lower case.
    #[must_use]
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// For people: `Amazon S3`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The ids of its actions.
    #[must_use]
    pub fn ids(&self) -> Range<u32> {
        self.ids.clone()
    }

    /// Its actions in the order of their ids.
    pub fn actions(&self) -> impl Iterator<Item = Action<'_>> {
        let contents = self.contents();
        self.ids
            .clone()
            .zip(&contents.actions)
            .map(|(id, row)| Action::new(ActionId(id), contents, row))
    }

    /// Its action of that name, `s3:GetObject`, in any case.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<Action<'_>> {
        let contents = self.contents();
        let at = contents
            .actions
            .binary_search_by(|row| ignoring_case(row.name(), name))
            .ok()?;
        let id = self.ids.start.checked_add(u32::try_from(at).ok()?)?;
        Some(Action::new(ActionId(id), contents, contents.actions.get(at)?))
    }

    /// Its action of that id.
    pub(super) fn get(&self, id: ActionId) -> Option<Action<'_>> {
        let contents = self.contents();
        let at = usize::try_from(id.0.checked_sub(self.ids.start)?).ok()?;
        Some(Action::new(id, contents, contents.actions.get(at)?))
    }

    /// Its resource types, sorted by lower-cased name.
    pub fn resource_types(&self) -> impl Iterator<Item = ResourceType<'_>> {
        let contents = self.contents();
        contents.types.iter().map(|row| ResourceType { contents, row })
    }

    /// The condition keys that its actions or resource types know, global ones among them; sorted by lower-cased
    /// name.
    #[must_use]
    pub fn condition_keys(&self) -> &[ConditionKey] {
        &self.contents().keys
    }

    /// The condition key of that name, in any case. `aws:RequestTag/team` is one of `aws:RequestTag/${TagKey}`.
    #[must_use]
    pub fn condition_key(&self, name: &str) -> Option<ConditionKey> {
        self.condition_keys().iter().find(|key| key.covers(name)).copied()
    }
}

impl Contents {
    pub(super) fn resource_type(&self, number: &str) -> Option<ResourceType<'_>> {
        Some(ResourceType {
            contents: self,
            row: self.types.get(number.parse::<usize>().ok()?)?,
        })
    }

    /// The keys of a field of numbers.
    pub(super) fn keys(&self, numbers: &'static str) -> impl Iterator<Item = ConditionKey> + use<'_> {
        numbers
            .split_ascii_whitespace()
            .filter_map(|number| self.keys.get(number.parse::<usize>().ok()?).copied())
    }
}

impl ResourceType<'_> {
    /// The name in the reference, `bucket`; means something inside its service only.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row.name
    }

    /// `arn:${Partition}:s3:::${BucketName}`; a few types have several.
    pub fn formats(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.row.formats.split_ascii_whitespace()
    }

    /// The condition keys that a call on such a resource has besides those of the action.
    pub fn condition_keys(&self) -> impl Iterator<Item = ConditionKey> {
        self.contents.keys(self.row.keys)
    }
}

impl ConditionKey {
    /// The name in the reference, `s3:prefix`. Some have a part that stands for any text:
    /// `aws:RequestTag/${TagKey}`, `s3:ExistingObjectTag/<key>`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The type in the reference, `String`, `ArrayOfString`, `Bool`, `ARN`, …
    #[must_use]
    pub fn value_type(&self) -> &'static str {
        self.value_type
    }

    /// True when a request may have several values at once, so that set operators decide.
    #[must_use]
    pub fn is_multivalued(&self) -> bool {
        self.value_type.starts_with("ArrayOf")
    }

    /// Whether a key of a policy is this one.
    fn covers(&self, name: &str) -> bool {
        match self.name.find(['$', '<']).and_then(|open| self.name.get(..open)) {
            Some(fixed) => {
                name.len() > fixed.len()
                    && name
                        .get(..fixed.len())
                        .is_some_and(|head| head.eq_ignore_ascii_case(fixed))
            }
            None => self.name.eq_ignore_ascii_case(name),
        }
    }
}
