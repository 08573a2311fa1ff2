//! Asks shards as the operations of the search do: requests and replies in bytes, merged row by row.

use crate::aws::tests::sample_account::TODAY;
use crate::aws::{CommonFacts, EffectivePermissions, ShardFacts};
use crate::group::Groups;
use crate::own;
use crate::row::AccountNames;
use crate::row::export::{write_csv, write_json, write_ndjson};
use crate::shard::{
    GroupsWanted, MergedRow, MergedRows, Moved, Next, NotesPart, NotesWanted, Occurring, RowForm, RowsPart,
    RowsWanted, ShardPositions, ShardReply, ShardRequest, SnapshotFacts, Wanted, asks_for_occurring, merged,
    reply,
};
use model::permissions::{Explain, GroupBy};
use rql::Query;

/// The own grants of a search, as [`MergedRows::new`] and [`merged`] take them
pub(crate) type Own<'a> = Option<(&'a own::OwnGrants, &'a Query, &'a AccountNames)>;

pub(super) fn facts_of(shards: &[EffectivePermissions]) -> SnapshotFacts {
    let facts: Vec<ShardFacts> = shards.iter().map(ShardFacts::of).collect();
    SnapshotFacts::new(&CommonFacts::of(&shards[0]), &facts)
}

/// Returns the notes of a whole inventory on a query.
pub(crate) fn notes_of_one(effective: &EffectivePermissions, query: &Query) -> NotesPart {
    let wanted = RowsWanted {
        most: 0,
        ..rows_wanted(0, 0, (RowForm::Json, false))
    };
    let request = ShardRequest {
        query: query.to_string(),
        today: TODAY,
        wanted: Wanted::Rows(Occurring::default(), wanted, NotesWanted::WithCommon),
    };
    let bytes = reply(effective, &request).unwrap();
    let ShardReply::Rows(part) = ShardReply::decode(&bytes).unwrap() else {
        panic!("asked for rows");
    };
    part.notes.unwrap()
}

pub(super) fn rows_wanted(skip: u64, most: u64, (form, explained): (RowForm, bool)) -> RowsWanted {
    RowsWanted {
        skip,
        most,
        bytes: u64::MAX,
        form,
        explain: if explained {
            Explain::Statements
        } else {
            Explain::Nothing
        },
    }
}

/// All shards that can have rows, asked as functions ask them: in bytes
pub(crate) struct SearchedShards<'e> {
    pub(super) shards: &'e [EffectivePermissions],
    pub(super) possible: Vec<usize>,
    pub(super) text: String,
    pub(super) occurring: Occurring,
}

/// Some rows of a result, written
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) rows: Vec<String>,
    /// The position is absent when this page ends the result
    pub(crate) next: Option<ShardPositions>,
    /// Rows of the whole result
    pub(crate) total: u64,
}

impl<'e> SearchedShards<'e> {
    pub(crate) fn new(shards: &'e [EffectivePermissions], condition: &str) -> (Self, Query) {
        let text = format!("config from iam where {condition}");
        let query = Query::parse(&text).unwrap();
        let mut searched = Self {
            shards,
            possible: facts_of(shards).possible(&query),
            text,
            occurring: Occurring::default(),
        };
        if searched.possible.len() > 1 && asks_for_occurring(&query) {
            let mut all = Occurring::default();
            for bytes in searched.all(&Wanted::Occurring) {
                let ShardReply::Occurring(one) = ShardReply::decode(&bytes).unwrap() else {
                    panic!("asked for what occurs");
                };
                all.add(one);
            }
            searched.occurring = all;
        }
        (searched, query)
    }

    pub(super) fn one(&self, shard: usize, wanted: &Wanted) -> Vec<u8> {
        let request = ShardRequest {
            query: self.text.clone(),
            today: TODAY,
            wanted: wanted.clone(),
        };
        let request = ShardRequest::decode(&request.encode().unwrap()).unwrap();
        reply(&self.shards[shard], &request).unwrap()
    }

    fn all(&self, wanted: &Wanted) -> Vec<Vec<u8>> {
        let possible = self.possible.iter();
        possible.map(|&shard| self.one(shard, wanted)).collect()
    }

    /// Returns the rows of the shard at a place among those that can have rows.
    pub(super) fn rows(&self, place: usize, skip: u64, most: u64, form: (RowForm, bool)) -> RowsPart {
        let wanted = rows_wanted(skip, most, form);
        let wanted = Wanted::Rows(self.occurring.clone(), wanted, NotesWanted::No);
        let bytes = self.one(self.possible[place], &wanted);
        let ShardReply::Rows(part) = ShardReply::decode(&bytes).unwrap() else {
            panic!("asked for rows");
        };
        part
    }

    /// Returns one page over all shards: at most `limit` rows, for which a shard gives at most `most` at once.
    pub(crate) fn page(
        &self,
        own: Own<'_>,
        after: &ShardPositions,
        (limit, most): (usize, u64),
        form: (RowForm, bool),
    ) -> Result<Page, Moved> {
        let parts = (0..self.possible.len()).map(|shard| {
            let skip = after.of_shards.get(shard).copied().unwrap_or(0);
            self.rows(shard, skip, most, form)
        });
        let mut rows = MergedRows::new(parts.collect(), own, after)?;
        let mut page = Vec::new();
        while page.len() < limit {
            match rows.next() {
                Next::End => break,
                Next::Wanted(shard) => {
                    let part = self.rows(shard, rows.taken(shard), most, form);
                    rows.feed(shard, part)?;
                }
                Next::Row => {
                    page.push(match (rows.own_item(), rows.row().unwrap()) {
                        (Some(item), _) if form.0 == RowForm::Item => serde_json::to_string(&item).unwrap(),
                        (_, MergedRow::Written(text)) => text.to_owned(),
                        (_, MergedRow::Own(row)) => written(&row, form.0),
                    });
                    rows.advance();
                }
            }
        }
        Ok(Page {
            rows: page,
            next: rows.position(),
            total: rows.total(),
        })
    }

    /// Returns the whole result on one page.
    pub(crate) fn whole(&self, own: Own<'_>, form: (RowForm, bool)) -> Page {
        let limits = (usize::MAX, u64::MAX);
        self.page(own, &ShardPositions::default(), limits, form).unwrap()
    }

    /// Returns the groups of all shards as replies of at most so many bytes.
    pub(crate) fn group_replies(&self, by: GroupBy, bytes: u64) -> Vec<Vec<u8>> {
        let mut replies = Vec::new();
        for &shard in &self.possible {
            let mut skip = 0;
            loop {
                let wanted = GroupsWanted {
                    by: by.bits(),
                    skip,
                    bytes,
                };
                let wanted = Wanted::Groups(self.occurring.clone(), wanted, NotesWanted::No);
                let reply = self.one(shard, &wanted);
                let ShardReply::Groups(part) = ShardReply::decode(&reply).unwrap() else {
                    panic!("asked for groups");
                };
                skip += part.groups.len() as u64;
                let is_end = skip == part.total;
                assert!(is_end || !part.groups.is_empty());
                replies.push(reply);
                if is_end {
                    break;
                }
            }
        }
        replies
    }
}

/// Merges the groups of replies and of own grants.
pub(crate) fn groups_of<'a>(replies: &'a [Vec<u8>], by: GroupBy, own: Own<'a>) -> Groups<'a> {
    let mut counted = Vec::new();
    for bytes in replies {
        if let ShardReply::Groups(part) = ShardReply::decode(bytes).unwrap() {
            counted.extend(part.groups);
        }
    }
    merged(by, counted, own).unwrap()
}

pub(super) fn written(row: &crate::row::Row<'_>, form: RowForm) -> String {
    let mut text = Vec::new();
    match form {
        RowForm::Json | RowForm::Item => write_json(&mut text, row).unwrap(),
        RowForm::Csv => write_csv(&mut text, row).unwrap(),
        RowForm::Ndjson => write_ndjson(&mut text, row).unwrap(),
    }
    String::from_utf8(text).unwrap()
}
