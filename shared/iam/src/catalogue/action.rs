//! An action: what it does to data, what it is authorised on, and what it needs besides.

use super::service::Contents;
use super::{ConditionKey, ResourceType};
use std::fmt;

/// The number of an action in one catalogue, dense from 0, for sets of bits.
///
/// Numbers move with every version of the catalogue: never store one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub u32);

/// What an action does, as the reference classes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Names of resources, no contents.
    List,
    /// Permissions on resources, in policies of any kind.
    PermissionsManagement,
    /// Contents and attributes of resources.
    Read,
    /// Tags only.
    Tagging,
    /// Makes, changes or deletes resources.
    Write,
}

/// The levels of one action; most have one, some two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessLevels {
    bits: u8,
}

/// An action of the catalogue.
#[derive(Clone, Copy)]
pub struct Action<'c> {
    id: ActionId,
    contents: &'c Contents,
    row: &'c Row,
}

/// A type of resource an action is authorised on.
#[derive(Debug, Clone, Copy)]
pub struct ActionResource<'c> {
    /// True when every call is authorised on such a resource, false when a call may name one.
    ///
    /// For actions on S3 buckets and objects the plain type counts as required, where the reference has it and the
    /// access point as two alternatives.
    pub required: bool,
    /// The type.
    pub resource_type: ResourceType<'c>,
}

/// The fields of an action's line; lists of numbers and names are parted by spaces and read when asked for, which
/// saves four vectors for each of 22,000 actions.
#[derive(Debug)]
pub(super) struct Row {
    name: &'static str,
    levels: AccessLevels,
    supported: bool,
    types: &'static str,
    keys: &'static str,
    dependents: &'static str,
}

impl AccessLevel {
    /// All levels, by name.
    pub const ALL: [Self; 5] = [
        Self::List,
        Self::PermissionsManagement,
        Self::Read,
        Self::Tagging,
        Self::Write,
    ];

    /// The name in the reference, `Permissions management`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::PermissionsManagement => "Permissions management",
            Self::Read => "Read",
            Self::Tagging => "Tagging",
            Self::Write => "Write",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }

    fn letter(self) -> char {
        match self {
            Self::List => 'L',
            Self::PermissionsManagement => 'P',
            Self::Read => 'R',
            Self::Tagging => 'T',
            Self::Write => 'W',
        }
    }
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AccessLevels {
    fn read(letters: &str) -> Self {
        let levels = AccessLevel::ALL.into_iter();
        Self {
            bits: levels
                .filter(|level| letters.contains(level.letter()))
                .fold(0, |bits, level| bits | level.bit()),
        }
    }

    /// Whether the level is among them.
    #[must_use]
    pub fn contains(self, level: AccessLevel) -> bool {
        self.bits & level.bit() != 0
    }

    /// The levels, by name.
    pub fn iter(self) -> impl Iterator<Item = AccessLevel> {
        AccessLevel::ALL
            .into_iter()
            .filter(move |level| self.contains(*level))
    }
}

impl Row {
    /// The further fields come from `field`, empty when there are no more.
    pub(super) fn read(name: &'static str, mut field: impl FnMut() -> &'static str) -> Self {
        let letters = field();
        Self {
            name,
            levels: AccessLevels::read(letters),
            supported: !letters.contains('x'),
            types: field(),
            keys: field(),
            dependents: field(),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }
}

impl<'c> Action<'c> {
    pub(super) fn new(id: ActionId, contents: &'c Contents, row: &'c Row) -> Self {
        Self { id, contents, row }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> ActionId {
        self.id
    }

    /// In the spelling of the reference, with its prefix: `s3:GetObject`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row.name
    }

    /// What it does.
    #[must_use]
    pub fn access_levels(&self) -> AccessLevels {
        self.row.levels
    }

    /// The types of resources it is authorised on; none when it is authorised on `*` only.
    pub fn resource_types(&self) -> impl Iterator<Item = ActionResource<'c>> + use<'c> {
        let contents = self.contents;
        self.row.types.split_ascii_whitespace().filter_map(|number| {
            let bare = number.trim_start_matches('+');
            Some(ActionResource {
                required: bare.len() < number.len(),
                resource_type: contents.resource_type(bare)?,
            })
        })
    }

    /// The condition keys that its calls may have, besides the global ones that every call has; those of a resource
    /// type are [`ResourceType::condition_keys`].
    pub fn condition_keys(&self) -> impl Iterator<Item = ConditionKey> + use<'c> {
        self.contents.keys(self.row.keys)
    }

    /// Names of the actions that a call may need besides.
    pub fn dependent_actions(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.row.dependents.split_ascii_whitespace()
    }

    /// False when AWS says that its own policy generation does not know the action; true when it does, and when the
    /// catalogue was made without that source.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        self.row.supported
    }
}

impl fmt::Debug for Action<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Action")
            .field(&self.id.0)
            .field(&self.name())
            .finish()
    }
}
