//! Saved and recent searches: what callers ask, and what is answered.
//!
//! Source: Prisma Cloud, Search Manager. `saved` of a request is not looked at: the vendor's client for Go, and Terraform upon
//! it, save a search with `false`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::reply::TimeRange;
use super::request::{Problem, Reader, RequestError, unless_empty};
use crate::json;

/// Most characters of a name: four bytes each, they fit the key of an item
const MOST_NAME_CHARACTERS: usize = 200;
/// Most characters of a description
const MOST_DESCRIPTION_CHARACTERS: usize = 1_000;
/// Searches of a list when the request names no number, and at most
const MOST_LISTED: usize = 1_000;

/// A search to save
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveSearch {
    /// The query is in the query language
    pub query: String,
    /// The name of the search, never empty
    pub name: String,
    /// The description may be empty
    pub description: String,
}

/// Says which searches to list
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListSearches {
    /// Says whether only saved searches are listed
    pub saved: bool,
    /// The most searches to list
    pub most: usize,
}

impl SaveSearch {
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
            name: Option<&'b RawValue>,
            #[serde(borrow)]
            description: Option<&'b RawValue>,
        }
        let members: Members<'_> = json::members(body)?;
        let mut reader = Reader::default();
        let query = reader.required_text("query", members.query)?;
        let name = reader.required_text("name", unless_empty(members.name))?;
        let description = reader.text("description", members.description)?;
        reader.at_most("name", name.as_deref(), MOST_NAME_CHARACTERS);
        reader.at_most("description", description.as_deref(), MOST_DESCRIPTION_CHARACTERS);
        reader.finish(query.zip(name).map(|(query, name)| Self {
            query,
            name,
            description: description.unwrap_or_default(),
        }))
    }
}

impl ListSearches {
    /// Reads the parameters of the query string.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_request(filter: Option<&str>, limit: Option<&str>) -> Result<Self, RequestError> {
        let mut reader = Reader::default();
        let saved = match filter {
            Some("saved") => Some(true),
            Some("recent") => Some(false),
            Some(_) => {
                reader.refuse("filter", Problem::Type("`saved` or `recent`"));
                None
            }
            None => {
                reader.refuse("filter", Problem::Missing);
                None
            }
        };
        let most = match limit {
            None => Some(MOST_LISTED),
            Some(limit) => reader
                .limit_text("limit", limit)
                .map(|limit| limit.rows().min(MOST_LISTED)),
        };
        reader.finish(saved.zip(most).map(|(saved, most)| Self { saved, most }))
    }
}

/// A search as replies show it
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchReply<'r> {
    id: &'r str,
    name: &'r str,
    description: &'r str,
    search_type: &'static str,
    query: &'r str,
    saved: bool,
    time_range: TimeRange,
}

/// A search of a list
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedSearch<'r> {
    /// This member is always empty: which person runs a search is not kept
    created_by: &'static str,
    last_modified_by: &'static str,
    search_model: SearchReply<'r>,
}

impl<'r> SearchReply<'r> {
    /// Makes the reply for the search of that id and query, with name and description if it is saved.
    #[must_use]
    pub fn new(id: &'r str, query: &'r str, name: Option<(&'r str, &'r str)>) -> Self {
        let (saved, (name, description)) = (name.is_some(), name.unwrap_or_default());
        Self {
            id,
            name,
            description,
            search_type: "iam",
            query,
            saved,
            time_range: TimeRange::ALL,
        }
    }
}

impl<'r> From<SearchReply<'r>> for ListedSearch<'r> {
    fn from(search_model: SearchReply<'r>) -> Self {
        Self {
            created_by: "",
            last_modified_by: "",
            search_model,
        }
    }
}
