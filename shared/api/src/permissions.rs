//! Errors of the permission search, its media types, and replies made of rows.
//!
//! The body is that of Prisma Cloud with `details` as an array of strings.

mod media_type;
mod reply;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use model::json::MalformedJson;
use model::permissions::{InvalidMembers, Problem, RequestError};
use model::request::{Violation, Violations};
use permissions::group::TooManyGroups;
use rql::{Position, QueryError};
use serde::Serialize;
use store::{InvalidPageToken, StoreError};

pub use media_type::MediaType;
pub use reply::RowsReply;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::prisma_cloud::ErrorBody;
use crate::reply::Reply;
use crate::request::{ParameterError, Request, Unidentified};

/// Most bytes of a body. The largest query takes 16,384 characters.
const MAX_BODY: usize = 64 * 1024;

/// Says why a permission search does not succeed
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Status 400: the body is not one JSON object, or names a member twice.
    #[error("{0}")]
    InvalidJson(#[from] MalformedJson),
    /// Status 400: a member is missing, of another type or out of range.
    #[error("{0}")]
    InvalidMembers(#[from] InvalidMembers),
    /// Status 400: the query cannot be run. The message has no text of the query, so that logs do not show it.
    #[error("the query is refused, {}", .0.code())]
    InvalidQuery(#[from] QueryError),
    /// Status 400: the token was not given to this caller, whatever is wrong with it.
    #[error("the page token is not valid")]
    InvalidPageToken,
    /// Status 400: the query string names a parameter twice.
    #[error("{0}")]
    InvalidParameter(#[from] ParameterError),
    /// Status 400: a search is saved with another query than its own.
    #[error(
        "`query` is not the query of this search: run the query first, and save it under the id of the reply"
    )]
    OtherQuery,
    /// Status 400: two saved searches cannot have one name.
    #[error("another saved search has this name")]
    DuplicateSearchName,
    /// Status 400: the groups do not fit the memory of a function.
    #[error("{0}; name fewer fields in `groupByFields`, or none for the rows themselves")]
    TooManyGroups(#[from] TooManyGroups),
    /// Status 403: nobody has verified who asks.
    #[error("the caller is not identified")]
    Unidentified,
    /// Status 404: the caller has no search with this id.
    #[error("there is no search with this id")]
    UnknownSearch,
    /// Status 400: members of a request to simulate are missing or break a rule.
    #[error("{0}")]
    InvalidFields(#[from] Violations),
    /// Status 404: no imported document describes the principal.
    #[error("{0}")]
    UnknownPrincipal(UnknownPrincipal),
    /// Status 410: the result that the token belongs to is no longer kept.
    #[error("the result of the page token is no longer kept; start again")]
    PageTokenExpired,
    /// The body is too large: 413.
    #[error("the body is larger than 64 KiB")]
    TooLarge,
    /// Status 500: this stack has a fault.
    #[error("internal failure")]
    Unexpected {
        /// Logged, never sent.
        source: Cause,
    },
    /// Status 503: the snapshot in force is damaged or in a form that this release does not read, and so is every
    /// former snapshot.
    #[error("the imported documents are being compiled anew; try again in a few seconds")]
    Compiling,
    /// Status 503: the tables cannot be read now.
    #[error("the data cannot be read at the moment")]
    Unavailable {
        /// Logged, never sent.
        source: Cause,
    },
    /// Status 503: some of the imported accounts gave no answer in time, and a result without them would be wrong.
    #[error("some of the imported accounts cannot be searched at the moment; try again in a few seconds")]
    PartUnavailable {
        /// Logged, never sent.
        source: Cause,
    },
}

/// Says why a principal is not known
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownPrincipal {
    /// The tenant has no snapshot.
    #[error("nothing is imported for the account of the caller; import its authorization details")]
    NothingImported,
    /// No document about the principal's account is imported.
    #[error("no document about the account of the principal is imported; import its authorization details")]
    AccountNotImported,
    /// The documents do not describe it.
    #[error(
        "the imported documents do not describe the principal; check its ARN with its path, or import the account again"
    )]
    NotDescribed,
}

impl Error {
    fn status(&self) -> u16 {
        match self {
            Self::InvalidJson(_)
            | Self::InvalidMembers(_)
            | Self::InvalidQuery(_)
            | Self::InvalidParameter(_)
            | Self::OtherQuery
            | Self::DuplicateSearchName
            | Self::TooManyGroups(_)
            | Self::InvalidPageToken
            | Self::InvalidFields(_) => 400,
            Self::Unidentified => 403,
            Self::UnknownSearch | Self::UnknownPrincipal(_) => 404,
            Self::PageTokenExpired => 410,
            Self::TooLarge => 413,
            Self::Unexpected { source: _ } => 500,
            Self::Compiling | Self::Unavailable { source: _ } | Self::PartUnavailable { source: _ } => 503,
        }
    }

    /// Returns a stable word.
    fn code(&self) -> &'static str {
        match self {
            Self::InvalidJson(_) => "invalid_json",
            Self::InvalidMembers(members) => match members.first.problem {
                Problem::Missing => "missing_field",
                Problem::Type(_) => "invalid_type",
                Problem::LimitRange => "limit_out_of_range",
                Problem::Length(_) => "too_long",
                Problem::GroupByField => "invalid_group_by_field",
            },
            Self::InvalidQuery(error) => error.code(),
            Self::InvalidPageToken => "invalid_page_token",
            Self::InvalidParameter(_) => "invalid_parameter",
            Self::OtherQuery => "unsupported_search_query",
            Self::DuplicateSearchName => "duplicate_search_name",
            Self::TooManyGroups(_) => "too_many_groups",
            Self::Unidentified => "forbidden",
            Self::UnknownSearch | Self::UnknownPrincipal(_) => "not_found",
            Self::InvalidFields(_) => "invalid_field",
            Self::PageTokenExpired => "page_token_expired",
            Self::TooLarge => "request_too_large",
            Self::Unexpected { source: _ } => "internal_error",
            Self::Compiling | Self::Unavailable { source: _ } | Self::PartUnavailable { source: _ } => {
                "service_unavailable"
            }
        }
    }

    /// Returns the member of the request that is at fault.
    fn target(&self) -> Option<&str> {
        match self {
            Self::InvalidMembers(members) => Some(members.first.name),
            Self::InvalidQuery(_) | Self::OtherQuery => Some("query"),
            Self::DuplicateSearchName => Some("name"),
            Self::InvalidPageToken | Self::PageTokenExpired => Some("pageToken"),
            Self::UnknownSearch => Some("id"),
            Self::UnknownPrincipal(_) => Some("principal"),
            Self::InvalidFields(violations) => violations.iter().next().map(|one| one.path.as_str()),
            Self::TooManyGroups(_) => Some("groupByFields"),
            Self::InvalidJson(_)
            | Self::InvalidParameter(_)
            | Self::Unidentified
            | Self::TooLarge
            | Self::Compiling
            | Self::Unexpected { source: _ }
            | Self::Unavailable { source: _ }
            | Self::PartUnavailable { source: _ } => None,
        }
    }

    /// Returns the message for the caller.
    fn message(&self) -> String {
        if let Self::InvalidQuery(error) = self {
            error.to_string()
        } else {
            self.to_string()
        }
    }

    /// Returns every single fault, of the errors that can have several.
    fn details(&self) -> Vec<String> {
        if let Self::InvalidMembers(InvalidMembers { first, others }) = self {
            std::iter::once(first)
                .chain(others)
                .map(ToString::to_string)
                .collect()
        } else if let Self::InvalidQuery(error) = self {
            error.details()
        } else if let Self::InvalidFields(violations) = self {
            violations.iter().map(Violation::message).collect()
        } else {
            Vec::new()
        }
    }

    fn fault(&self) -> Option<QueryFault> {
        if let Self::InvalidQuery(error) = self {
            Some(QueryFault {
                position: error.position,
                expected: error.expected.iter().map(ToString::to_string).collect(),
                suggestion: error.suggestion.clone(),
            })
        } else {
            None
        }
    }
}

/// Holds what is wrong with a query, for programs
#[derive(Debug, Serialize)]
struct QueryFault {
    position: Position,
    expected: Vec<String>,
    suggestion: Option<Cow<'static, str>>,
}

impl Failure for Error {
    fn reply(&self) -> Reply {
        let body = ErrorBody {
            code: self.code(),
            message: self.message(),
            target: self.target().map(str::to_owned),
            details: self.details(),
            further: self.fault(),
        };
        let reply = body.reply(self.status());
        if matches!(self, Self::Compiling | Self::PartUnavailable { .. }) {
            reply.with_header("Retry-After", "5")
        } else if matches!(self, Self::Unavailable { .. }) {
            reply.with_header("Retry-After", "2")
        } else {
            reply
        }
    }

    fn unexpected(cause: Cause) -> Self {
        Self::Unexpected { source: cause }
    }
}

/// Returns the body of a request, unless it is larger than 64 KiB.
///
/// # Errors
/// [`Error::TooLarge`].
pub fn body(request: &Request) -> Result<&[u8], Error> {
    if request.body().len() > MAX_BODY {
        return Err(Error::TooLarge);
    }
    Ok(request.body())
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Malformed(error) => error.into(),
            RequestError::Members(error) => error.into(),
        }
    }
}

impl From<Unidentified> for Error {
    fn from(_: Unidentified) -> Self {
        Self::Unidentified
    }
}

impl From<InvalidPageToken> for Error {
    fn from(_: InvalidPageToken) -> Self {
        Self::InvalidPageToken
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled(_) | StoreError::Unanswered(_) | StoreError::Unavailable(_) => {
                Self::Unavailable { source: error.into() }
            }
            StoreError::Unreadable(_) => Self::Unexpected { source: error.into() },
        }
    }
}
