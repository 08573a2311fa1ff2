//! The index of the catalogue's text, written by the build script, and the form of its rows.

use super::Span;

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

/// A type of resource, as the index has it.
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

/// An action, as the index has it.
#[derive(Debug)]
pub(super) struct ActionRow {
    /// The length of the name in bytes. The names are stored one after the other, in the order of the rows.
    pub(super) name_length: u8,
    /// A bit for each access level, in the order of [`AccessLevel::ALL`](super::AccessLevel::ALL); then the properties below.
    pub(super) properties: u8,
    /// Number of the service.
    pub(super) service: u16,
    /// The numbers of two lists of [`LISTS_OF_ACTIONS`].
    pub(super) types: u16,
    pub(super) keys: u16,
    /// A number of [`DEPENDENTS`].
    pub(super) dependents: u16,
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
