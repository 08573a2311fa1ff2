//! Replies made of rows, written straight into their text: a page of rows is by far the largest thing that a
//! function of this API holds.

use std::io;

use model::permissions::{PAGE_START, PageMembers, SEARCH_START, SearchMembers, end_page, end_search};
use permissions::group::Item;
use permissions::row::Row;
use permissions::row::export::{write_csv, write_csv_header, write_json, write_ndjson};
use serde::Serialize;

use super::MediaType;
use crate::invocation::{Metric, measure};
use crate::reply::{Reply, length_in_json};

/// Most bytes of rows as they are in the reply to Lambda, where the reply is a JSON string; a megabyte less than
/// may be answered, for all that is not rows.
const MOST_BYTES: usize = 5_000_000;

/// A reply that rows are added to until it is full
#[derive(Debug)]
pub struct RowsReply {
    media_type: MediaType,
    text: Vec<u8>,
    /// The length of the text, as it is in a JSON string
    length: usize,
    rows: usize,
    most_rows: usize,
    /// Writing to memory does not fail; should it, the reply becomes the family's 500
    fault: Option<io::Error>,
}

impl RowsReply {
    /// Returns the reply to a search. `most_rows` counts items: files of rows end with their size only.
    #[must_use]
    pub fn search(media_type: MediaType, most_rows: usize) -> Self {
        Self::new(media_type, SEARCH_START, most_rows)
    }

    /// Returns the reply to the request for a further page.
    #[must_use]
    pub fn page(media_type: MediaType, most_rows: usize) -> Self {
        Self::new(media_type, PAGE_START, most_rows)
    }

    fn new(media_type: MediaType, start: &str, most_rows: usize) -> Self {
        let (mut text, mut fault) = (Vec::new(), None);
        let most_rows = match media_type {
            MediaType::Json | MediaType::PlainJson => {
                text.extend_from_slice(start.as_bytes());
                most_rows
            }
            MediaType::Csv => {
                fault = write_csv_header(&mut text).err();
                usize::MAX
            }
            MediaType::Ndjson => usize::MAX,
        };
        Self {
            media_type,
            length: length_in_json(&text),
            text,
            rows: 0,
            most_rows,
            fault,
        }
    }

    /// Returns whether the reply holds as many rows as it may.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows >= self.most_rows
    }

    /// Returns how many more rows it may hold.
    #[must_use]
    pub fn room(&self) -> usize {
        self.most_rows.saturating_sub(self.rows)
    }

    /// Adds a row or a group that is written in the form of the reply; as [`RowsReply::push`].
    pub fn push_written(&mut self, text: &str) -> bool {
        self.add(|reply| {
            if reply.rows > 0 && reply.is_json() {
                reply.text.push(b',');
            }
            reply.text.extend_from_slice(text.as_bytes());
            Ok(())
        })
    }

    const fn is_json(&self) -> bool {
        matches!(self.media_type, MediaType::Json | MediaType::PlainJson)
    }

    /// Adds a row, unless the reply is full or would become too large. Returns whether the row was added.
    ///
    /// The first row always goes in: a reply without rows would never lead to the end.
    pub fn push(&mut self, row: &Row<'_>) -> bool {
        self.add(|reply| reply.write(row))
    }

    /// Adds a row or a group as Get Permissions V4 writes it, in JSON.
    pub fn push_item(&mut self, item: &Item<'_>) -> bool {
        self.add(|reply| {
            if reply.rows > 0 {
                reply.text.push(b',');
            }
            Ok(serde_json::to_writer(&mut reply.text, item)?)
        })
    }

    fn add(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) -> bool {
        if self.is_full() {
            return false;
        }
        let before = self.text.len();
        if let Err(fault) = write(self) {
            self.fault.get_or_insert(fault);
        }
        let added = length_in_json(self.text.get(before..).unwrap_or_default());
        let length = self.length.saturating_add(added);
        if length > MOST_BYTES && self.rows > 0 {
            self.text.truncate(before);
            self.most_rows = self.rows;
            return false;
        }
        self.length = length;
        self.rows = self.rows.saturating_add(1);
        true
    }

    fn write(&mut self, row: &Row<'_>) -> io::Result<()> {
        match self.media_type {
            MediaType::Json | MediaType::PlainJson => {
                if self.rows > 0 {
                    self.text.push(b',');
                }
                write_json(&mut self.text, row)
            }
            MediaType::Csv => write_csv(&mut self.text, row),
            MediaType::Ndjson => write_ndjson(&mut self.text, row),
        }
    }

    /// Returns the reply to a search.
    #[must_use]
    pub fn into_search<W: Serialize, C: Serialize>(
        self,
        page: &PageMembers<'_>,
        search: &SearchMembers<'_, W, C>,
    ) -> Reply {
        self.ended(page, |text| end_search(text, page, search))
    }

    /// Returns the reply to the request for a further page.
    #[must_use]
    pub fn into_page(self, page: &PageMembers<'_>) -> Reply {
        self.ended(page, |text| end_page(text, page))
    }

    fn ended(
        mut self,
        page: &PageMembers<'_>,
        end: impl FnOnce(&mut Vec<u8>) -> Result<(), serde_json::Error>,
    ) -> Reply {
        measure(Metric::Rows, u64::try_from(self.rows).unwrap_or(u64::MAX));
        if let Some(fault) = self.fault {
            return Reply::faulty(fault.into());
        }
        let is_json = self.is_json();
        if is_json && let Err(error) = end(&mut self.text) {
            return Reply::faulty(error.into());
        }
        let text = match String::from_utf8(self.text) {
            Ok(text) => text,
            Err(error) => return Reply::faulty(error.into()),
        };
        let reply = Reply::text(200, self.media_type.as_str(), text);
        if is_json {
            return reply;
        }
        let reply = reply.with_header("x-total-rows", page.total_rows.to_string());
        match &page.next_page_token {
            Some(token) => reply.with_header("x-next-page-token", token),
            None => reply,
        }
    }
}
