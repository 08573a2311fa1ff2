//! Kinds of access.

use serde::{Deserialize, Serialize};

/// Names the kind of access that an action gives, as queries write it
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AccessLevel {
    /// The action reads content
    DataRead,
    /// The action changes content
    DataWrite,
    /// The action lists resources
    MetadataRead,
    /// The action tags, or changes permissions
    MetadataWrite,
}

impl AccessLevel {
    /// Lists all kinds of access.
    pub(crate) const ALL: [Self; 4] = [
        Self::DataRead,
        Self::DataWrite,
        Self::MetadataRead,
        Self::MetadataWrite,
    ];

    /// Returns the literal in a query.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataRead => "Data Read",
            Self::DataWrite => "Data Write",
            Self::MetadataRead => "Metadata Read",
            Self::MetadataWrite => "Metadata Write",
        }
    }
}
