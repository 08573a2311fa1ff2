//! Says why a document of the inventory is refused.

use super::DocumentKind;
use iam::document::DocumentError;
use serde_json::error::Category;

/// Says why a document of the inventory was refused
///
/// `location` is always a path of members from the top of the document, for example
/// `RoleDetailList[3].AssumeRolePolicyDocument`.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The document holds only white space, `{}` or `[]`, as a command that failed leaves it behind
    #[error(
        "the document is empty: the command that should have written it has probably failed; run it again and read its error message"
    )]
    Empty,
    /// The document is not JSON; the message of the source names line and column
    #[error("the document is not valid JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// The document is JSON of another form; the message of the source names line and column
    #[error("the document does not have the form of its kind: {0}")]
    Shape(#[source] serde_json::Error),
    /// The file is not a document of this kind
    #[error("this is not a document `{kind}`: it is {found}")]
    OtherFile {
        /// The kind that the name of the document promises
        kind: DocumentKind,
        /// Says what the document is instead
        found: String,
    },
    /// A page of authorization details without any of its four lists
    #[error(
        "{location} has none of the members UserDetailList, GroupDetailList, RoleDetailList and Policies"
    )]
    NoList {
        /// `the document`, or the page
        location: String,
    },
    /// A policy document that cannot be read
    #[error("{location}: {source}")]
    Policy {
        /// Says where the policy document is
        location: String,
        /// Says what is wrong with the policy document
        source: DocumentError,
    },
    /// A text where an ARN is needed
    #[error("{location}: `{text}` is not the ARN of {expected}")]
    NotArn {
        /// Says where the text is
        location: String,
        /// The text that is not understood.
        text: String,
        /// Says what the ARN should name
        expected: &'static str,
    },
    /// A text where an account id is needed
    #[error("{location}: `{text}` is not an account id, which has twelve digits")]
    NotAccount {
        /// Says where the text is
        location: String,
        /// The text that is not understood.
        text: String,
    },
    /// The same thing twice
    #[error("{location}: `{name}` is given more than once")]
    Duplicate {
        /// Says where the second occurrence is
        location: String,
        /// ARN, id or name
        name: String,
    },
    /// A reference to something that the document should hold and does not hold
    #[error("{location}: the document does not hold `{name}`, so that a part of the document is missing")]
    Dangling {
        /// Says where the reference is
        location: String,
        /// Says what the reference names
        name: String,
    },
    /// Organizational units inside each other, more levels than an organization can have
    #[error("{location}: organizational units are nested deeper than {limit} levels")]
    TooDeep {
        /// Says where the first unit beyond the limit is
        location: String,
        /// Most levels, the root included
        limit: usize,
    },
    /// A managed policy of which no version is the default one
    #[error("{location}: no version of the policy is the default version")]
    NoDefaultVersion {
        /// Says where the policy is
        location: String,
    },
    /// Pages of which the last one is not there
    #[error(
        "{location} says that more pages follow, and no last page is there: fetch all pages (the AWS CLI does so without --max-items and --no-paginate)"
    )]
    MissingPages {
        /// The member that says so
        location: String,
    },
    /// A report that IAM was still making, or could not make
    #[error("{location}: the report is not finished, its status is `{status}` and not `COMPLETED`")]
    Unfinished {
        /// Says where the status is
        location: String,
        /// The status of the report.
        status: String,
    },
    /// Something of another account than the one in whose folder the document is
    #[error("`{name}` does not belong to the account {account}, in whose folder the document is")]
    OtherAccount {
        /// The ARN that two documents have.
        name: String,
        /// The account, twelve digits.
        account: String,
    },
    /// A text where a date is needed
    #[error("{location}: `{text}` is not a date")]
    NotDate {
        /// Says where the text is
        location: String,
        /// The text that is not understood.
        text: String,
    },
    /// A credential report that is no CSV, or lacks a column
    #[error("the credential report cannot be read: {0}")]
    Csv(String),
}

impl From<serde_json::Error> for InventoryError {
    fn from(error: serde_json::Error) -> Self {
        match error.classify() {
            Category::Data => Self::Shape(error),
            Category::Io | Category::Syntax | Category::Eof => Self::NotJson(error),
        }
    }
}
