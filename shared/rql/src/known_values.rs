//! The known values are what the rows of a tenant can hold, as far as warnings and suggestions need it.

use crate::attribute::{TagAttribute, TextAttribute};
use crate::literal::{Literal, Needle};
use crate::tree::{ConditionKey, TextMatch};

/// A document of the inventory that was not imported, where an attribute has no value without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingDocument {
    /// The kind of the document, for example `credential-report`; `None` when no document of this release holds the value.
    pub document: Option<&'static str>,
    /// Says whose rows have no value, for example `2 users of the account 111122223333`; `None` when no row has one.
    pub rows_of: Option<String>,
    /// Says what to do to get the value, one sentence without a period.
    pub remedy: &'static str,
}

/// Says which service and resource type a row of an action can have as its destination. In the spelling of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DestinationKind<'k> {
    /// The prefix of the service, such as `s3`.
    pub service: &'k str,
    /// `object`, or `*` for an action that works on no resource type
    pub resource_type: &'k str,
}

/// The part of a value that a literal is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The operator `STARTS WITH`.
    Start,
    /// The operator `ENDS WITH`.
    End,
    /// The operator `CONTAINS`.
    Anywhere,
}

impl Part {
    /// Returns the part that a test compares with its literal; `None` when the test compares whole values.
    #[must_use]
    pub fn of(matcher: &TextMatch) -> Option<(Self, &Literal)> {
        match matcher {
            TextMatch::Equals(_) | TextMatch::In(_) | TextMatch::Like(_) => None,
            TextMatch::StartsWith(literal) => Some((Self::Start, literal)),
            TextMatch::EndsWith(literal) => Some((Self::End, literal)),
            TextMatch::Contains(needle) => Some((Self::Anywhere, needle.literal())),
        }
    }

    /// Makes a test of values for a literal. It is made once for many values.
    #[must_use]
    pub fn test(self, literal: &str) -> TextMatch {
        let literal = Literal::new(literal);
        match self {
            Self::Start => TextMatch::StartsWith(literal),
            Self::End => TextMatch::EndsWith(literal),
            Self::Anywhere => TextMatch::Contains(Needle::new(literal)),
        }
    }
}

/// Says what the rows of a tenant can hold. All literals come in lower case.
///
/// Every method has a default, which says that nothing is known: `()` is the implementation without knowledge. With it,
/// every action, service and cloud may exist.
pub trait KnownValues {
    /// Returns whether an action of this name exists, service prefix included.
    fn has_action(&self, _lowered: &str) -> bool {
        true
    }

    /// Returns whether a service of this name exists.
    fn has_service(&self, _lowered: &str) -> bool {
        true
    }

    /// Returns whether rows of this cloud type are loaded.
    fn has_cloud(&self, _lowered: &str) -> bool {
        true
    }

    /// Returns whether some row can have this value. `None` when the values of the attribute are not known.
    fn has_value(&self, _attribute: TextAttribute, _lowered: &str) -> Option<bool> {
        None
    }

    /// Returns whether some row can have a value with the literal in this part. `None` when the values of the attribute are
    /// not known.
    fn has_part(&self, _attribute: TextAttribute, _part: Part, _lowered: &str) -> Option<bool> {
        None
    }

    /// Returns whether some row can have a tag with this key and, if one is given, this value. `None` when the tags are not
    /// known.
    fn has_tag(&self, _attribute: TagAttribute, _key: &str, _value: Option<&str>) -> Option<bool> {
        None
    }

    /// Returns whether a granting statement can have a condition with this key and, if one is given, this value. `None` when
    /// the conditions are not known.
    fn has_condition(&self, _key: &ConditionKey, _value: Option<&str>) -> Option<bool> {
        None
    }

    /// Returns the known value that was probably meant by a literal that no row has.
    fn nearest(&self, _attribute: TextAttribute, _lowered: &str) -> Option<String> {
        None
    }

    /// Returns the destinations that rows of an action can have, or rows of all actions with the literal in a part of their
    /// names; empty when they are not known.
    fn destinations(&self, _part: Option<Part>, _literal: &str) -> Vec<DestinationKind<'_>> {
        Vec::new()
    }

    /// Returns the access levels that rows of an action can have, or rows of all actions with the literal in a part of their
    /// names, in the spelling of the rows. `None` is for rows without an access level. Empty when they are not known.
    fn access_levels(&self, _part: Option<Part>, _literal: &str) -> Vec<Option<&str>> {
        Vec::new()
    }

    /// Returns what a resource can be, by its ARN; `None` when this is not known.
    fn kinds_of(&self, _arn: &str) -> Option<Vec<DestinationKind<'_>>> {
        None
    }

    /// Returns the document without which rows have no value of the attribute, when that document was not imported, or
    /// not for all accounts.
    fn missing(&self, _attribute: &str) -> Option<MissingDocument> {
        None
    }

    /// Returns the values of the attribute of which rows are missing, each with the document that was not imported, or
    /// not for all accounts.
    fn missing_rows(&self, _attribute: TextAttribute) -> Vec<(&'static str, MissingDocument)> {
        Vec::new()
    }

    /// Returns why there is no row of any imported account, one or more sentences.
    fn nothing_imported(&self) -> Option<String> {
        None
    }

    /// Returns why rows of imported users, roles and compute resources may be missing, one or more sentences.
    fn incomplete_principals(&self) -> Option<String> {
        None
    }

    /// Returns known values of an attribute that begin with `prefix` (in lower case), in the spelling of the rows, at
    /// most `most`.
    fn values(&self, _attribute: TextAttribute, _prefix: &str, _most: usize) -> Vec<String> {
        Vec::new()
    }
}

impl KnownValues for () {}
