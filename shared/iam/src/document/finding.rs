//! A finding says what is wrong or odd in a document.

/// Something found in a document
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// Place of the statement in the document, from 0; none when the document itself is meant
    pub statement: Option<usize>,
    /// Says what was found
    pub kind: FindingKind,
}

/// Kinds of findings
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum FindingKind {
    /// Version is neither `2012-10-17` nor `2008-10-17`; read as the older one
    #[error("unknown Version `{0}`")]
    UnknownVersion(String),
    /// A member of the document that the grammar does not have; ignored
    #[error("unknown document element `{0}`")]
    UnknownDocumentElement(String),
    /// The document has no Statement
    #[error("the document has no Statement")]
    NoStatement,
    /// A statement that is no object
    #[error("the statement is not an object")]
    NotObject,
    /// A member of a statement that the grammar does not have
    #[error("unknown statement element `{0}`")]
    UnknownElement(String),
    /// A member of the wrong JSON type
    #[error("`{0}` has the wrong type")]
    WrongType(&'static str),
    /// A member that must be there is not
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A member that this kind of policy must not have
    #[error("`{0}` is not allowed in this kind of policy")]
    NotAllowed(&'static str),
    /// An element and its `Not…` form together
    #[error("`{0}` and its negated form exclude each other")]
    BothForms(&'static str),
    /// Effect is neither `Allow` nor `Deny`
    #[error("Effect is `{0}`, not `Allow` or `Deny`")]
    UnknownEffect(String),
    /// A list without entries
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// A principal type that does not exist
    #[error("unknown principal type `{0}`")]
    UnknownPrincipalType(String),
}
