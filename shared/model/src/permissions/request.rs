//! The requests of permission search.
//!
//! `null` equals absent for every member, and the empty string for `id` and `pageToken`; clients send both. Members
//! that are not known are ignored, because clients of other versions send more.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{GroupBy, GroupByField, Limit};
use crate::json::{self, MalformedJson};

/// A query to run
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetPermissions {
    /// The query is in the query language; without it, the query of the search is run
    pub query: Option<String>,
    /// Most rows of the reply
    pub limit: Limit,
    /// The search that is run again, as the caller wrote it
    pub id: Option<String>,
    /// An addition of ours
    pub explain: Explain,
}

/// Says what a reply adds about why each row is there
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Explain {
    /// The reply adds nothing to the row
    #[default]
    Nothing,
    /// The reply adds the statements behind the row
    Statements,
    /// The reply also adds the whole policies that hold the statements
    Policies,
}

/// A query to run, or to go on with, as Get Permissions V4 has it
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetPermissionsV4 {
    /// The query is in the query language; without it, the query of the search or of the token is run
    pub query: Option<String>,
    /// The search that is run again, as the caller wrote it
    pub search_id: Option<String>,
    /// Says where the page begins, as the caller wrote it
    pub next_page_token: Option<String>,
    /// The default is the grouping of the token; a search without grouping has rows
    pub group_by: Option<GroupBy>,
    /// Most rows or groups of the reply
    pub limit: Limit,
}

/// A further page of a result
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextPage {
    /// The token as the caller wrote it
    pub page_token: String,
    /// The highest number of rows of the reply; without it, the limit of the first page
    pub limit: Option<Limit>,
    /// An addition of ours; without it, what the first page asked for
    pub explain: Option<Explain>,
}

/// A query that is being written
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggest {
    /// The text up to the cursor; may be empty
    pub query: String,
}

/// Says why a body is not a request
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RequestError {
    /// The body is not one JSON object, or a known member is in it twice
    #[error(transparent)]
    Malformed(#[from] MalformedJson),
    /// One, with faulty members
    #[error(transparent)]
    Members(#[from] InvalidMembers),
}

/// Says what is wrong with a member
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The member is required and absent
    Missing,
    /// The value is not of this type
    Type(&'static str),
    /// The value is a whole number outside the range of a limit
    LimitRange,
    /// The value has more characters than this
    Length(usize),
    /// The value is a field by which rows cannot be grouped
    GroupByField,
}

/// A faulty member; displays as one sentence
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidMember {
    /// The name of the member.
    pub name: &'static str,
    /// Says what is wrong with the member
    pub problem: Problem,
}

impl fmt::Display for InvalidMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, problem } = self;
        match problem {
            Problem::Missing => write!(f, "`{name}` is missing"),
            Problem::Type(expected) => write!(f, "`{name}` is not {expected}"),
            Problem::LimitRange => write!(f, "`{name}` is not {}", Limit::RANGE),
            Problem::Length(most) => write!(f, "`{name}` has more than {most} characters"),
            Problem::GroupByField => {
                write!(
                    f,
                    "`{name}` has a field that rows cannot be grouped by; the fields are "
                )?;
                for (index, field) in GroupByField::ALL.into_iter().enumerate() {
                    write!(f, "{}`{}`", if index > 0 { ", " } else { "" }, field.as_str())?;
                }
                Ok(())
            }
        }
    }
}

/// All faulty members of a request, in member order; never empty
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{first}")]
pub struct InvalidMembers {
    /// The first of them
    pub first: InvalidMember,
    /// The other faulty members.
    pub others: Vec<InvalidMember>,
}

impl GetPermissions {
    /// Reads a body.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_request(body: &[u8]) -> Result<Self, RequestError> {
        #[derive(Deserialize)]
        struct Members<'b> {
            #[serde(borrow)]
            query: Option<&'b RawValue>,
            #[serde(borrow)]
            limit: Option<&'b RawValue>,
            #[serde(borrow)]
            id: Option<&'b RawValue>,
            #[serde(borrow)]
            explain: Option<&'b RawValue>,
        }
        let members: Members<'_> = json::members(body)?;
        let mut reader = Reader::default();
        let id = unless_empty(members.id);
        // A value that is not a text is not an id either, and cannot replace a query.
        let query = if id.is_some_and(|id| id.get().starts_with('"')) {
            reader.text("query", unless_empty(members.query))?
        } else {
            reader.required_text("query", members.query)?
        };
        let limit = reader.required("limit", members.limit);
        let limit = reader.limit("limit", limit);
        let id = reader.text("id", id)?;
        let explain = reader.explain("explain", members.explain);
        reader.finish(limit.map(|limit| Self {
            query,
            limit,
            id,
            explain: explain.unwrap_or_default(),
        }))
    }
}

impl GetPermissionsV4 {
    /// Reads a body, and the limit of the query string.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_request(body: &[u8], limit: Option<&str>) -> Result<Self, RequestError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Members<'b> {
            #[serde(borrow)]
            query: Option<&'b RawValue>,
            #[serde(borrow)]
            search_id: Option<&'b RawValue>,
            #[serde(borrow)]
            next_page_token: Option<&'b RawValue>,
            #[serde(borrow)]
            group_by_fields: Option<&'b RawValue>,
        }
        let members: Members<'_> = json::members(body)?;
        let mut reader = Reader::default();
        let search_id = reader.text("searchId", unless_empty(members.search_id))?;
        let next_page_token = reader.text("nextPageToken", unless_empty(members.next_page_token))?;
        let query = if search_id.is_some() || next_page_token.is_some() {
            reader.text("query", unless_empty(members.query))?
        } else {
            reader.required_text("query", members.query)?
        };
        let group_by = reader.group_by("groupByFields", members.group_by_fields);
        let limit = match limit {
            None => Some(Limit::OF_PAGE),
            Some(limit) => reader.limit_text("limit", limit),
        };
        reader.finish(limit.map(|limit| Self {
            query,
            search_id,
            next_page_token,
            group_by,
            limit,
        }))
    }
}

impl NextPage {
    /// Reads a body.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_request(body: &[u8]) -> Result<Self, RequestError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Members<'b> {
            #[serde(borrow)]
            page_token: Option<&'b RawValue>,
            #[serde(borrow)]
            limit: Option<&'b RawValue>,
            #[serde(borrow)]
            explain: Option<&'b RawValue>,
        }
        let members: Members<'_> = json::members(body)?;
        let mut reader = Reader::default();
        let page_token = reader.required_text("pageToken", unless_empty(members.page_token))?;
        let limit = reader.limit("limit", members.limit);
        let explain = reader.explain("explain", members.explain);
        reader.finish(page_token.map(|page_token| Self {
            page_token,
            limit,
            explain,
        }))
    }
}

impl Suggest {
    /// Reads a body.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_request(body: &[u8]) -> Result<Self, RequestError> {
        #[derive(Deserialize)]
        struct Members<'b> {
            #[serde(borrow)]
            query: Option<&'b RawValue>,
        }
        let members: Members<'_> = json::members(body)?;
        let mut reader = Reader::default();
        let query = reader.required_text("query", members.query)?;
        reader.finish(query.map(|query| Self { query }))
    }
}

pub(super) fn unless_empty(value: Option<&RawValue>) -> Option<&RawValue> {
    value.filter(|value| value.get() != r#""""#)
}

/// Collects what is wrong, so that one reply reports all of it.
#[derive(Debug, Default)]
pub(super) struct Reader(Vec<InvalidMember>);

impl Reader {
    pub(super) fn refuse(&mut self, name: &'static str, problem: Problem) {
        self.0.push(InvalidMember { name, problem });
    }

    pub(super) fn required<'b>(
        &mut self,
        name: &'static str,
        value: Option<&'b RawValue>,
    ) -> Option<&'b RawValue> {
        if value.is_none() {
            self.refuse(name, Problem::Missing);
        }
        value
    }

    pub(super) fn text(
        &mut self,
        name: &'static str,
        value: Option<&RawValue>,
    ) -> Result<Option<String>, MalformedJson> {
        let Some(json) = value.map(RawValue::get) else {
            return Ok(None);
        };
        if !json.starts_with('"') {
            self.refuse(name, Problem::Type("a string"));
            return Ok(None);
        }
        // A string can still hold half of a surrogate pair, which is not a text.
        json::text(json).map(Some)
    }

    pub(super) fn required_text(
        &mut self,
        name: &'static str,
        value: Option<&RawValue>,
    ) -> Result<Option<String>, MalformedJson> {
        let value = self.required(name, value);
        self.text(name, value)
    }

    fn limit(&mut self, name: &'static str, value: Option<&RawValue>) -> Option<Limit> {
        self.limit_text(name, value?.get())
    }

    pub(super) fn limit_text(&mut self, name: &'static str, json: &str) -> Option<Limit> {
        let digits = json.strip_prefix('-').unwrap_or(json);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.refuse(name, Problem::Type("a whole number"));
            return None;
        }
        let limit = json.parse().ok().and_then(Limit::new);
        if limit.is_none() {
            self.refuse(name, Problem::LimitRange);
        }
        limit
    }

    pub(super) fn at_most(&mut self, name: &'static str, text: Option<&str>, characters: usize) {
        if text.is_some_and(|text| text.chars().count() > characters) {
            self.refuse(name, Problem::Length(characters));
        }
    }

    /// Reads the fields; a name that occurs twice counts once.
    fn group_by(&mut self, name: &'static str, value: Option<&RawValue>) -> Option<GroupBy> {
        let Ok(names) = serde_json::from_str::<Vec<Cow<'_, str>>>(value?.get()) else {
            self.refuse(name, Problem::Type("a list of strings"));
            return None;
        };
        let fields: Option<Vec<GroupByField>> = names.iter().map(|name| GroupByField::named(name)).collect();
        if fields.is_none() {
            self.refuse(name, Problem::GroupByField);
        }
        fields.map(GroupBy::of)
    }

    fn explain(&mut self, name: &'static str, value: Option<&RawValue>) -> Option<Explain> {
        let found = match value?.get() {
            "false" => Explain::Nothing,
            "true" => Explain::Statements,
            r#""policies""# => Explain::Policies,
            _ => {
                self.refuse(name, Problem::Type("a boolean or `\"policies\"`"));
                return None;
            }
        };
        Some(found)
    }

    pub(super) fn finish<T>(self, request: Option<T>) -> Result<T, RequestError> {
        let mut members = self.0.into_iter();
        match (members.next(), request) {
            (None, Some(request)) => Ok(request),
            (Some(first), _) => {
                let others = members.collect();
                Err(InvalidMembers { first, others }.into())
            }
            // A required member was read without `required`: the result must not count as a request.
            (None, None) => Err(MalformedJson::NotAnObject.into()),
        }
    }
}
