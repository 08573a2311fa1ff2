//! The replies of permission search. Members come in the order of the documentation, additions of ours behind them.
//!
//! The rows of a page can be most of what a function may answer. So they are written straight into the text of the
//! reply, between [`SEARCH_START`] or [`PAGE_START`] and what [`end_search`] or [`end_page`] puts behind them.

use serde::Serialize;

/// Holds the text before the first row of a search
pub const SEARCH_START: &str = r#"{"data":{"items":["#;

/// Holds the text before the first row of a further page
pub const PAGE_START: &str = r#"{"items":["#;

/// Holds the members of a page beside its rows
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageMembers<'r> {
    /// `None` when the page ends the result
    pub next_page_token: Option<String>,
    /// Literals that the query compares with the name of the destination, each once
    #[serde(rename = "searchedDestCloudResourceNames")]
    pub searched_names: Vec<&'r str>,
    /// Rows of the whole result; groups, when rows are grouped
    pub total_rows: u64,
    /// Rows of all groups, when rows are grouped
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_count: Option<u64>,
}

/// Holds the members of a search beside its page; `W` is a warning about the query, `C` something that could change the
/// result
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchMembers<'r, W, C> {
    /// The description of the saved search; empty when the search is not saved
    description: &'r str,
    /// The id under which the query can be run again
    id: &'r str,
    /// The name of the saved search; empty when the search is not saved
    name: &'r str,
    /// The query as it was sent
    query: &'r str,
    saved: bool,
    search_type: &'static str,
    time_range: TimeRange,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<W>,
    /// Says whether nothing that is not evaluated, and nothing that no document holds, could change the result
    complete: bool,
    /// Names what could change the result
    incomplete_because: Vec<C>,
    /// Names the policies and layers that take part in the decisions of AWS and not in the rows
    not_evaluated: Vec<&'r str>,
    snapshot: Option<SnapshotReply<'r>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct TimeRange {
    r#type: &'static str,
    value: &'static str,
}

impl TimeRange {
    /// A search of permissions knows no time.
    pub(super) const ALL: Self = Self {
        r#type: "to_now",
        value: "epoch",
    };
}

/// The imported accounts that a result is about
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotReply<'r> {
    /// The id of the search.
    pub id: &'r str,
    /// Says when the snapshot was made, RFC 3339
    pub created_at: String,
    /// Says whether the snapshot is a former one, because the one in force is being compiled anew
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_outdated: bool,
}

impl<'r, W, C> SearchMembers<'r, W, C> {
    /// Makes the members for the search of that id and query.
    #[must_use]
    pub fn new(id: &'r str, query: &'r str) -> Self {
        Self {
            description: "",
            id,
            name: "",
            query,
            saved: false,
            search_type: "iam",
            time_range: TimeRange::ALL,
            warnings: Vec::new(),
            complete: true,
            incomplete_because: Vec::new(),
            not_evaluated: Vec::new(),
            snapshot: None,
        }
    }

    /// Adds the name and the description under which the search was saved.
    #[must_use]
    pub const fn saved_as(mut self, name: &'r str, description: &'r str) -> Self {
        self.saved = true;
        self.name = name;
        self.description = description;
        self
    }

    /// Adds warnings about the query.
    #[must_use]
    pub fn with_warnings(mut self, warnings: Vec<W>) -> Self {
        self.warnings = warnings;
        self
    }

    /// Adds what could change the result, and what of it is not evaluated; without causes the result is complete.
    #[must_use]
    pub fn with_incompleteness(mut self, causes: Vec<C>, not_evaluated: Vec<&'r str>) -> Self {
        self.complete = causes.is_empty();
        self.incomplete_because = causes;
        self.not_evaluated = not_evaluated;
        self
    }

    /// Adds the snapshot that was searched.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: Option<SnapshotReply<'r>>) -> Self {
        self.snapshot = snapshot;
        self
    }
}

/// Ends the text of a search behind its last row.
///
/// # Errors
/// A remark that cannot be written as JSON.
pub fn end_search<W: Serialize, C: Serialize>(
    text: &mut Vec<u8>,
    page: &PageMembers<'_>,
    search: &SearchMembers<'_, W, C>,
) -> Result<(), serde_json::Error> {
    end_page(text, page)?;
    further_members(text, search)
}

/// Ends the text of a further page behind its last row.
///
/// # Errors
/// None; members of this type can be written.
pub fn end_page(text: &mut Vec<u8>, page: &PageMembers<'_>) -> Result<(), serde_json::Error> {
    text.push(b']');
    further_members(text, page)
}

/// Goes on in an object with the members of another one, and ends it.
fn further_members(text: &mut Vec<u8>, object: &impl Serialize) -> Result<(), serde_json::Error> {
    let start = text.len();
    serde_json::to_writer(&mut *text, object)?;
    // The brace before the members becomes the comma between them and the members before.
    if let Some(brace) = text.get_mut(start) {
        *brace = b',';
    }
    Ok(())
}

/// Says how a query may go on
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SuggestReply {
    valid: bool,
    offset: u32,
    suggestions: Vec<String>,
    needs_offset_update: bool,
    translate: bool,
}

impl SuggestReply {
    /// Makes the reply with suggestions at a place, in characters from the start of the query. `valid` says that the
    /// text can be run as it is.
    #[must_use]
    pub fn new(valid: bool, offset: u32, suggestions: Vec<String>) -> Self {
        Self {
            valid,
            offset,
            suggestions,
            needs_offset_update: true,
            translate: false,
        }
    }
}
