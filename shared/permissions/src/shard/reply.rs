//! Makes the replies of one shard.

use super::messages::{
    Counted, GroupsPart, GroupsWanted, NotesPart, NotesWanted, RowForm, RowsPart, RowsWanted, ShardReply,
    ShardRequest, ShardRow, Wanted,
};
use crate::aws::query::{self as imported, Occurring, Selection};
use crate::aws::{EffectivePermissions, causes_of};
use crate::group::{Tally, TooManyGroups};
use crate::row::export::{write_csv, write_json, write_ndjson};
use crate::row::start;
use crate::search::{begun_values, values_of_literals};
use jiff::civil::Date;
use model::permissions::{Explain, GroupBy};
use rql::Query;
use std::io;

/// One shard, made ready for one query
#[derive(Debug)]
struct PreparedShard<'e> {
    whole: &'e EffectivePermissions,
    /// The shard for the one resource that a `COVERS` of the query names
    covering: Option<EffectivePermissions>,
    query: Query,
    today: Date,
}

/// Replies to a request to one shard with bytes, as [`ShardReply::encode`] makes them.
///
/// # Errors
/// When memory runs out.
pub fn reply(effective: &EffectivePermissions, request: &ShardRequest) -> io::Result<Vec<u8>> {
    let encoded = |reply: &ShardReply<'_>| reply.encode().map_err(io::Error::other);
    if request.wanted == Wanted::BegunValues {
        return encoded(&ShardReply::BegunValues(begun_values(effective, &request.query)));
    }
    let Ok(query) = Query::parse(&request.query) else {
        return encoded(&ShardReply::UnknownQuery);
    };
    let shard = PreparedShard {
        whole: effective,
        covering: query
            .covered_resource()
            .map(|resource| effective.covering(resource)),
        query,
        today: request.today,
    };
    match &request.wanted {
        Wanted::Occurring => encoded(&ShardReply::Occurring(shard.occurring())),
        Wanted::Rows(occurring, wanted, notes) => {
            let selection = shard.selection(occurring);
            let mut part = rows(&selection, *wanted)?;
            part.notes = shard.notes(&selection, *notes);
            encoded(&ShardReply::Rows(part))
        }
        Wanted::Groups(occurring, wanted, notes) => {
            let selection = shard.selection(occurring);
            let Ok(mut part) = groups(&selection, *wanted)? else {
                return encoded(&ShardReply::TooManyGroups);
            };
            part.notes = shard.notes(&selection, *notes);
            encoded(&ShardReply::Groups(part))
        }
        Wanted::Values | Wanted::BegunValues => encoded(&ShardReply::Values(values_of_literals(
            shard.effective(),
            &shard.query,
            false,
        ))),
    }
}

impl PreparedShard<'_> {
    fn effective(&self) -> &EffectivePermissions {
        self.covering.as_ref().unwrap_or(self.whole)
    }

    fn occurring(&self) -> Occurring {
        imported::occurring(self.effective(), &self.query, self.today)
    }

    fn selection<'s>(&'s self, occurring: &'s Occurring) -> Selection<'s> {
        imported::select(self.effective(), &self.query, self.today, occurring)
    }

    fn notes(&self, selection: &Selection<'_>, wanted: NotesWanted) -> Option<NotesPart> {
        let with_common = match wanted {
            NotesWanted::No => return None,
            NotesWanted::OfShard => false,
            NotesWanted::WithCommon => true,
        };
        Some(NotesPart {
            causes: causes_of(selection, &self.query, with_common),
            values: values_of_literals(self.effective(), &self.query, with_common),
        })
    }
}

fn rows(selection: &Selection<'_>, wanted: RowsWanted) -> io::Result<RowsPart> {
    let total = selection.total();
    let skip = wanted.skip.min(total);
    let before = skip.checked_sub(1);
    let last = before.and_then(|skip| selection.rows(skip).next());
    let mut part = RowsPart {
        total,
        last: last.map(|row| start(&row.key().row_id())),
        ..RowsPart::default()
    };
    let mut bytes = 0_u64;
    let with_path = selection.explains_paths();
    if wanted.most == 0 || skip == total {
        return Ok(part);
    }
    for row in selection.rows(skip) {
        let mut text = Vec::new();
        if wanted.form == RowForm::Item {
            serde_json::to_writer(&mut text, &imported::item(&row))?;
        } else {
            let mut written = if wanted.explain == Explain::Nothing {
                imported::written(&row)
            } else {
                imported::explained(&row, with_path)
            };
            if wanted.explain == Explain::Policies
                && let Some(explanation) = &mut written.explanation
            {
                explanation.add_policies();
            }
            match wanted.form {
                RowForm::Json | RowForm::Item => write_json(&mut text, &written)?,
                RowForm::Csv => write_csv(&mut text, &written)?,
                RowForm::Ndjson => write_ndjson(&mut text, &written)?,
            }
        }
        bytes = bytes.saturating_add(text.len() as u64);
        // The first row always goes in; otherwise no reply would ever hold it.
        if bytes > wanted.bytes && !part.rows.is_empty() {
            break;
        }
        part.rows.push(ShardRow {
            key: row.key().into(),
            text: String::from_utf8(text).map_err(io::Error::other)?,
        });
        if part.rows.len() as u64 >= wanted.most {
            break;
        }
    }
    Ok(part)
}

fn groups<'s>(
    selection: &Selection<'s>,
    wanted: GroupsWanted,
) -> io::Result<Result<GroupsPart<'s>, TooManyGroups>> {
    // Fields that this release does not know separate no groups.
    let by = GroupBy::from_bits(wanted.by).ok_or_else(|| io::Error::other("unknown fields"))?;
    let mut tally = Tally::new(by);
    if let Err(error) = selection.tally(&mut tally) {
        return Ok(Err(error));
    }
    let groups = tally.finish();
    let mut part = GroupsPart {
        total: groups.total(),
        ..GroupsPart::default()
    };
    let mut bytes = 0_u64;
    for (values, rows) in (wanted.skip..).map_while(|number| groups.values(number)) {
        let group = Counted { values, rows };
        let length = postcard::experimental::serialized_size(&group).map_err(io::Error::other)?;
        bytes = bytes.saturating_add(length as u64);
        if bytes > wanted.bytes && !part.groups.is_empty() {
            break;
        }
        part.groups.push(group);
    }
    Ok(Ok(part))
}
