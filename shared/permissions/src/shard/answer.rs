//! The answers of one shard.

use super::ask::{
    Answer, Ask, Counted, GroupsPart, GroupsWanted, RowForm, RowsPart, RowsWanted, ShardRow, Wanted,
};
use crate::aws::EffectivePermissions;
use crate::aws::query::{self as imported, Occurring, Selection};
use crate::group::Tally;
use crate::row::export::{write_csv, write_json, write_ndjson};
use crate::row::start;
use crate::search::Imported;
use jiff::civil::Date;
use model::permissions::GroupBy;
use rql::Query;
use std::io;

/// Most bytes of written rows in one answer; the function that asks holds one answer of each shard.
const MOST_BYTES: usize = 3_000_000;

/// The largest number of groups in one answer.
const MOST_GROUPS: usize = 20_000;

/// One shard, made ready for one query
#[derive(Debug)]
struct Answerer<'e> {
    imported: Imported<'e>,
    query: Query,
    today: Date,
}

/// Answers a question to one shard with bytes, as [`Answer::encode`] makes them.
///
/// # Errors
/// When memory runs out.
pub fn answer(effective: &EffectivePermissions, ask: &Ask) -> io::Result<Vec<u8>> {
    let encoded = |answer: &Answer<'_>| answer.encode().map_err(io::Error::other);
    let Ok(query) = Query::parse(&ask.query) else {
        return encoded(&Answer::UnknownQuery);
    };
    let answerer = Answerer {
        imported: Imported::of(effective, &query, ask.today),
        query,
        today: ask.today,
    };
    match &ask.wanted {
        Wanted::Occurring => encoded(&Answer::Occurring(answerer.occurring())),
        Wanted::Rows(occurring, wanted) => {
            let selection = answerer.selection(occurring);
            encoded(&Answer::Rows(rows(&selection, *wanted)?))
        }
        Wanted::Groups(occurring, wanted) => {
            let selection = answerer.selection(occurring);
            encoded(&groups(&selection, *wanted))
        }
    }
}

impl Answerer<'_> {
    fn occurring(&self) -> Occurring {
        imported::occurring(self.imported.effective(), &self.query, self.today)
    }

    fn selection<'s>(&'s self, occurring: &'s Occurring) -> Selection<'s> {
        imported::select_of_shard(self.imported.effective(), &self.query, self.today, occurring)
    }
}

fn rows<'s>(selection: &Selection<'s>, wanted: RowsWanted) -> io::Result<RowsPart<'s>> {
    let before = wanted.skip.checked_sub(1);
    let last = before.and_then(|skip| selection.rows(skip).next());
    let mut part = RowsPart {
        total: selection.total(),
        last: last.map(|row| start(&imported::key(&row).row_id())),
        rows: Vec::new(),
    };
    let mut bytes = 0_usize;
    let with_path = selection.explains_paths();
    if wanted.most == 0 || wanted.skip >= part.total {
        return Ok(part);
    }
    for row in selection.rows(wanted.skip) {
        let mut text = Vec::new();
        if wanted.form == RowForm::Item {
            serde_json::to_writer(&mut text, &imported::item(&row))?;
        } else {
            let written = if wanted.explained {
                imported::explained(&row, with_path)
            } else {
                imported::written(&row)
            };
            match wanted.form {
                RowForm::Json | RowForm::Item => write_json(&mut text, &written)?,
                RowForm::Csv => write_csv(&mut text, &written)?,
                RowForm::Ndjson => write_ndjson(&mut text, &written)?,
            }
        }
        bytes = bytes.saturating_add(text.len());
        // The first row always goes in, or no answer would ever have it.
        if bytes > MOST_BYTES && !part.rows.is_empty() {
            break;
        }
        part.rows.push(ShardRow {
            key: imported::key(&row),
            text: String::from_utf8(text).map_err(io::Error::other)?,
        });
        if u64::try_from(part.rows.len()).is_ok_and(|rows| rows >= wanted.most) {
            break;
        }
    }
    Ok(part)
}

fn groups<'s>(selection: &Selection<'s>, wanted: GroupsWanted) -> Answer<'s> {
    let Some(by) = GroupBy::from_bits(wanted.by) else {
        return Answer::UnknownQuery;
    };
    let mut tally = Tally::new(by);
    if selection.tally(&mut tally).is_err() {
        return Answer::TooManyGroups;
    }
    let groups = tally.finish();
    let part = (wanted.skip..)
        .map_while(|number| groups.values(number))
        .take(MOST_GROUPS);
    Answer::Groups(GroupsPart {
        total: groups.total(),
        groups: part.map(|(values, rows)| Counted { values, rows }).collect(),
    })
}
