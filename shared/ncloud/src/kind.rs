//! The kind of a finding says what the finding is about, and has its message. Only the findings that a report shows pay
//! for a message and for the search for a suggestion.

mod message;

use json::Value;

use crate::finding::Code;
use crate::location::Location;
use crate::nrn::{Fault, Nrn};
use crate::product::Product;

/// A JSON type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonType {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl JsonType {
    pub(crate) fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    fn named(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// A finding before its message is written.
#[derive(Debug, Clone)]
pub(crate) enum FindingKind<'a> {
    Missing,
    WrongType {
        expected: JsonType,
        found: JsonType,
    },
    DuplicateKey {
        name: &'a str,
    },
    NameTooShort,
    NameTooLong,
    NamePattern,
    DescriptionTooLong,
    Effect {
        found: &'a str,
    },
    Product {
        found: &'a str,
    },
    Action {
        found: &'a str,
        product: &'a str,
    },
    ActionWildcard {
        found: &'a str,
        product: &'a str,
    },
    Nrn(Fault),
    ProductMismatch {
        found: &'a str,
        product: &'a str,
    },
    Condition,
    TooLarge,
    UnknownProduct {
        found: &'a str,
    },
    UnknownDomain {
        found: &'a str,
    },
    UnknownRegion {
        found: &'a str,
    },
    UnknownResourceType {
        found: String,
        product: &'a Product,
    },
    UnknownAction {
        found: &'a str,
        product: &'a str,
    },
    RedundantAction {
        by: Location<'a>,
    },
    RedundantResource {
        by: Location<'a>,
    },
    RedundantTarget {
        by: Vec<Location<'a>>,
    },
    RedundantPermission {
        by: Vec<Location<'a>>,
    },
    NotResourceScoped {
        action: &'a str,
    },
    TypeMismatch {
        kind: String,
    },
    MissingRelated {
        action: &'a str,
        missing: Vec<&'a str>,
    },
    OverlyPermissive {
        product: &'a str,
        domain: &'a str,
        region: &'a str,
    },
    PrivilegeEscalation {
        action: &'a str,
    },
    UnknownField {
        name: &'a str,
        known: &'static [&'static str],
    },
    WildcardExpansion {
        action: &'a str,
        product: &'a str,
        count: usize,
    },
    NrnNormalised {
        product: &'a str,
    },
    Mergeable {
        with: Location<'a>,
    },
    NoChange,
    AccessAdded {
        action: &'a str,
        resources: Vec<Nrn<'a>>,
    },
    AccessRemoved {
        grants: Vec<String>,
    },
    RedundancyNotChecked,
    AccessNotCompared,
}

impl FindingKind<'_> {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Missing => Code::RequiredFieldIsMissing,
            Self::WrongType { .. } => Code::InvalidType,
            Self::DuplicateKey { .. } => Code::DuplicateKey,
            Self::NameTooShort => Code::NameLengthMin,
            Self::NameTooLong => Code::NameLengthMax,
            Self::NamePattern => Code::NamePattern,
            Self::DescriptionTooLong => Code::DescriptionLengthMax,
            Self::Effect { .. } => Code::InvalidEffect,
            Self::Product { .. } => Code::InvalidProduct,
            Self::Action { .. } => Code::InvalidAction,
            Self::ActionWildcard { .. } => Code::InvalidActionWildcard,
            Self::Nrn(Fault::Prefix) => Code::NrnPrefix,
            Self::Nrn(Fault::Character) => Code::NrnCharacter,
            Self::Nrn(Fault::Length) => Code::NrnLengthMax,
            Self::Nrn(Fault::Format) => Code::NrnFormat,
            Self::ProductMismatch { .. } => Code::NrnProductMismatch,
            Self::Condition => Code::UnsupportedCondition,
            Self::TooLarge => Code::SizeMax,
            Self::UnknownProduct { .. } => Code::UnknownProduct,
            Self::UnknownAction { .. } => Code::UnknownAction,
            Self::UnknownDomain { .. } => Code::UnknownDomain,
            Self::UnknownRegion { .. } => Code::UnknownRegion,
            Self::UnknownResourceType { .. } => Code::UnknownResourceType,
            Self::RedundantAction { .. } => Code::RedundantAction,
            Self::RedundantResource { .. } => Code::RedundantResource,
            Self::RedundantTarget { .. } => Code::RedundantTarget,
            Self::RedundantPermission { .. } => Code::RedundantPermission,
            Self::NotResourceScoped { .. } => Code::ActionNotResourceScoped,
            Self::TypeMismatch { .. } => Code::ResourceTypeMismatch,
            Self::MissingRelated { .. } => Code::MissingRelatedAction,
            Self::OverlyPermissive { .. } => Code::OverlyPermissive,
            Self::PrivilegeEscalation { .. } => Code::PrivilegeEscalation,
            Self::UnknownField { .. } => Code::UnknownField,
            Self::WildcardExpansion { .. } => Code::WildcardExpansion,
            Self::NrnNormalised { .. } => Code::NrnNormalised,
            Self::Mergeable { .. } => Code::MergeableTargets,
            Self::NoChange => Code::NoChange,
            Self::AccessAdded { .. } => Code::AccessAdded,
            Self::AccessRemoved { .. } => Code::AccessRemoved,
            Self::RedundancyNotChecked => Code::RedundancyNotChecked,
            Self::AccessNotCompared => Code::AccessNotCompared,
        }
    }
}

#[cfg(test)]
mod tests;
