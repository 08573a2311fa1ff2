//! The fields by which Get Permissions V4 groups rows.

/// Names the part of a row that a group shows
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the operation")]
pub enum GroupByField {
    Source,
    SourceCloudAccount,
    GrantedByEntity,
    EntityCloudAccount,
    GrantedByPolicy,
    PolicyCloudAccount,
    GrantedByLevel,
    Action,
    Destination,
    DestCloudAccount,
    LastAccess,
}

impl GroupByField {
    /// All fields, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Source,
        Self::SourceCloudAccount,
        Self::GrantedByEntity,
        Self::EntityCloudAccount,
        Self::GrantedByPolicy,
        Self::PolicyCloudAccount,
        Self::GrantedByLevel,
        Self::Action,
        Self::Destination,
        Self::DestCloudAccount,
        Self::LastAccess,
    ];

    /// Returns the field as requests write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::SourceCloudAccount => "sourceCloudAccount",
            Self::GrantedByEntity => "grantedByEntity",
            Self::EntityCloudAccount => "entityCloudAccount",
            Self::GrantedByPolicy => "grantedByPolicy",
            Self::PolicyCloudAccount => "policyCloudAccount",
            Self::GrantedByLevel => "grantedByLevel",
            Self::Action => "action",
            Self::Destination => "destination",
            Self::DestCloudAccount => "destCloudAccount",
            Self::LastAccess => "lastAccess",
        }
    }

    /// Returns the field of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of fields
///
/// The set of all fields stands for the rows themselves, as no two rows are equal in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupBy(u16);

impl GroupBy {
    /// Every field, which gives the rows themselves.
    pub const ROWS: Self = Self((1 << GroupByField::ALL.len()) - 1);

    /// Makes the set of these fields. Source of the rule that no field means every field: the operation's
    /// documentation.
    #[must_use]
    pub fn of(fields: impl IntoIterator<Item = GroupByField>) -> Self {
        match fields.into_iter().fold(0, |bits, field| bits | field.bit()) {
            0 => Self::ROWS,
            bits => Self(bits),
        }
    }

    /// Returns whether a field is in the set.
    #[must_use]
    pub const fn has(self, field: GroupByField) -> bool {
        self.0 & field.bit() != 0
    }

    /// Returns whether nothing is grouped.
    #[must_use]
    pub fn is_rows(self) -> bool {
        self == Self::ROWS
    }

    /// Returns the set as it is kept in a page token.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Returns the set that a page token holds.
    #[must_use]
    pub fn from_bits(bits: u16) -> Option<Self> {
        (bits != 0 && bits & !Self::ROWS.0 == 0).then_some(Self(bits))
    }
}
