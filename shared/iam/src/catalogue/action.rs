//! An action of the catalogue: what it does to data, what it is authorised on, and which other actions it needs.

use super::tables::{self, ActionRow, List, REQUIRED};
use super::{ConditionKey, NAMES_OF_ACTIONS, ResourceType, Service, Span};
use std::fmt;
use std::sync::LazyLock;

/// The number of an action in one catalogue, dense from 0, for sets of bits.
///
/// Numbers move with every version of the catalogue: never store one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub u32);

/// Says what an action does, as the reference classes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Names of resources, no contents.
    List,
    /// Permissions on resources, in policies of any kind.
    PermissionsManagement,
    /// Contents and attributes of resources.
    Read,
    /// The action sets and removes tags only.
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
pub struct Action {
    id: ActionId,
    row: &'static ActionRow,
}

/// A type of resource an action is authorised on.
#[derive(Debug, Clone, Copy)]
pub struct ActionResource {
    /// Says whether every call is authorised on such a resource; false when a call may name one.
    ///
    /// For actions on S3 buckets and objects the plain type counts as required, where the reference has it and the
    /// access point as two alternatives.
    pub required: bool,
    /// The type of the resource.
    pub resource_type: ResourceType,
    /// The place of the type among [`Service::resource_types`].
    pub number: usize,
}

const LEVELS: u8 = 0b1_1111;
const SUPPORTED_BY_POLICY_GENERATION: u8 = 1 << 5;
const SUPPORTED_BY_LAST_ACCESSED: u8 = 1 << 6;
#[cfg(test)]
const NOT_IN_SERVICE_REFERENCE: u8 = 1 << 7;

impl AccessLevel {
    /// All levels, by name.
    pub const ALL: [Self; 5] = [
        Self::List,
        Self::PermissionsManagement,
        Self::Read,
        Self::Tagging,
        Self::Write,
    ];

    /// Returns the name in the reference, `Permissions management`.
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
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AccessLevels {
    /// Returns whether the level is among them.
    #[must_use]
    pub fn contains(self, level: AccessLevel) -> bool {
        self.bits & level.bit() != 0
    }

    /// Returns the levels, by name.
    pub fn iter(self) -> impl Iterator<Item = AccessLevel> {
        AccessLevel::ALL
            .into_iter()
            .filter(move |level| self.contains(*level))
    }
}

impl Action {
    /// Returns the action of that number.
    pub(super) fn of(id: ActionId) -> Option<Self> {
        let row = tables::ACTIONS.get(id.0 as usize)?;
        Some(Self { id, row })
    }

    /// Returns the number of the action in the catalogue.
    #[must_use]
    pub fn id(&self) -> ActionId {
        self.id
    }

    /// Returns the name in the spelling of the catalogue, with its prefix: `s3:GetObject`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        name_of(self.id.0)
    }

    /// Returns what it does.
    #[must_use]
    pub fn access_levels(&self) -> AccessLevels {
        AccessLevels {
            bits: self.row.properties & LEVELS,
        }
    }

    /// Returns the types of resources it is authorised on; none when it is authorised on `*` only.
    pub fn resource_types(&self) -> impl Iterator<Item = ActionResource> + use<> {
        let service = self.service();
        list(self.row.types).numbers().filter_map(move |number| {
            let (required, number) = (number & REQUIRED != 0, number & !REQUIRED);
            Some(ActionResource {
                required,
                resource_type: service?.resource_type(number)?,
                number: usize::from(number),
            })
        })
    }

    /// Returns the condition keys that its calls may have, besides the global ones that every call has; those of a
    /// resource type are [`ResourceType::condition_keys`].
    pub fn condition_keys(&self) -> impl Iterator<Item = ConditionKey> + use<> {
        let keys = list(self.row.keys);
        self.service()
            .into_iter()
            .flat_map(move |service| service.keys_of(keys))
    }

    /// Returns the names of the actions that a call may need besides.
    pub fn dependent_actions(&self) -> impl Iterator<Item = &'static str> + use<> {
        let dependents = tables::DEPENDENTS.get(usize::from(self.row.dependents));
        dependents.map_or("", |one| one.text()).split_ascii_whitespace()
    }

    /// Returns true when the policy generation of AWS IAM Access Analyzer gives information about the action.
    ///
    /// Source: `SupportedBy` of the service reference. False for an action that the service reference does not list.
    #[must_use]
    pub fn is_supported_by_policy_generation(&self) -> bool {
        self.row.properties & SUPPORTED_BY_POLICY_GENERATION != 0
    }

    /// Returns true when IAM reports when the action was last accessed.
    ///
    /// Source: `SupportedBy` of the service reference. False for an action that the service reference does not list.
    #[must_use]
    pub fn is_supported_by_last_accessed(&self) -> bool {
        self.row.properties & SUPPORTED_BY_LAST_ACCESSED != 0
    }

    /// Returns false when only a package knows the action, because it is newer than the service reference or was taken
    /// out of it.
    #[cfg(test)]
    pub(crate) fn is_in_service_reference(&self) -> bool {
        self.row.properties & NOT_IN_SERVICE_REFERENCE == 0
    }

    fn service(&self) -> Option<&'static Service> {
        tables::SERVICES.get(usize::from(self.row.service))
    }
}

/// Returns the entry of [`tables::LISTS_OF_ACTIONS`] with that number; an empty list when there is none.
fn list(number: u16) -> List {
    let list = tables::LISTS_OF_ACTIONS.get(usize::from(number));
    list.copied().unwrap_or(Span(0, 0))
}

/// Returns the name of the action of that number; an empty text when there is none.
pub(super) fn name_of(id: u32) -> &'static str {
    // A position for each name would be a tenth of a megabyte in the package of each function that has the catalogue.
    static STARTS: LazyLock<Box<[u32]>> = LazyLock::new(|| {
        let ends = tables::ACTIONS.iter().scan(0_u32, |end, row| {
            *end = end.saturating_add(row.name_length.into());
            Some(*end)
        });
        std::iter::once(0).chain(ends).collect()
    });
    let id = id as usize;
    let part = || Some(*STARTS.get(id)? as usize..*STARTS.get(id.checked_add(1)?)? as usize);
    part()
        .and_then(|part| NAMES_OF_ACTIONS.get(part))
        .unwrap_or_default()
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Action")
            .field(&self.id.0)
            .field(&self.name())
            .finish()
    }
}
