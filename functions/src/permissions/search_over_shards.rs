//! One query over all shards that can have rows: the requests to them, and their replies put together.

use api::permissions::Error;
use jiff::civil::Date;
use model::permissions::{Explain, GroupBy};
use permissions::group::TooManyGroups;
use permissions::shard::{
    GroupsWanted, Notes, NotesWanted, Occurring, RowForm, RowsPart, RowsWanted, ShardReply, ShardRequest,
    Wanted, asks_for_occurring, asks_for_values,
};
use rql::Query;

use super::shards::{Shards, read, unexpected};

/// Most bytes of a reply of another function: in base64 it is 4 MB of the 6 MB that Lambda lets through.
const MOST_BYTES: u64 = 3_000_000;

/// Most bytes of a reply from this process: more than a reply holds.
const MOST_BYTES_HERE: u64 = 6_000_000;

/// Bytes of the first replies of several shards together.
const FIRST_BYTES: u64 = 12_000_000;

/// Rows of the first replies of several shards together, where the reply has no bound of rows.
const FIRST_ROWS: u64 = 10_000;

/// Most bytes of groups that come from other functions: what this function holds and counts in good time.
const MOST_GROUP_BYTES: usize = 96_000_000;

/// Rows that a page wants
#[derive(Debug, Clone, Copy)]
pub(super) struct PageWanted {
    pub(super) form: RowForm,
    pub(super) explain: Explain,
    /// The most rows of the page
    pub(super) limit: usize,
}

/// A query of the shards of one snapshot
#[derive(Debug)]
pub(super) struct SearchOverShards<'s> {
    pub(super) shards: Shards<'s>,
    text: String,
    today: Date,
    /// The shards that can have rows, ascending
    possible: Vec<usize>,
    occurring: Occurring,
}

impl<'s> SearchOverShards<'s> {
    /// Begins a search; none when the snapshot is retired or has lost parts. Logins and uses of access keys count up to
    /// `today`.
    pub(super) async fn begin(
        shards: Shards<'s>,
        query: &Query,
        text: &str,
        today: Date,
    ) -> Result<Option<Self>, Error> {
        let mut search = Self {
            possible: shards.facts.possible(query),
            shards,
            text: text.to_owned(),
            today,
            occurring: Occurring::default(),
        };
        // A shard knows by itself what occurs in it.
        if search.possible.len() > 1 && asks_for_occurring(query) {
            let requests = search.possible.iter().map(|&shard| (shard, Wanted::Occurring));
            let Some(replies) = search.send(requests.collect()).await? else {
                return Ok(None);
            };
            for bytes in &replies {
                let ShardReply::Occurring(part) = read(bytes)? else {
                    return Err(unexpected());
                };
                search.occurring.add(part);
            }
        }
        Ok(Some(search))
    }

    /// Returns the number of shards that can have rows.
    pub(super) fn possible(&self) -> usize {
        self.possible.len()
    }

    /// Returns the first rows of all shards behind the rows that `after` counts, one number for each shard that can
    /// have rows. Notes on the query come with them if they are wanted.
    pub(super) async fn rows(
        &self,
        after: &[u64],
        page: PageWanted,
        notes_on: Option<&Query>,
    ) -> Result<Option<(Vec<RowsPart>, Notes)>, Error> {
        let shards = self.possible.len().max(1) as u64;
        let limit = page.limit as u64;
        let (most, bytes) = if self.shards.is_here() {
            (limit, MOST_BYTES_HERE)
        } else {
            // Most pages come from one or two shards, which are asked again; one row of each other shard is enough.
            let most = limit.min(FIRST_ROWS).checked_div(shards).unwrap_or(1).max(1);
            let bytes = FIRST_BYTES.checked_div(shards).unwrap_or(0);
            (most, bytes.min(MOST_BYTES))
        };
        let wanted = |place: usize, notes| {
            let skip = after.get(place).copied().unwrap_or(0);
            let most = if self.possible.is_empty() { 0 } else { most };
            let wanted = rows_wanted(page, skip, most, bytes);
            Wanted::Rows(self.occurring.clone(), wanted, notes)
        };
        let Some(replies) = self.send_with_notes(wanted, notes_on).await? else {
            return Ok(None);
        };
        let (mut parts, mut notes) = (Vec::new(), Notes::default());
        for bytes in &replies {
            let ShardReply::Rows(mut part) = read(bytes)? else {
                return Err(unexpected());
            };
            notes.extend(part.notes.take());
            parts.push(part);
        }
        parts.truncate(self.possible.len());
        Ok(self
            .complete(&mut notes, notes_on)
            .await?
            .then_some((parts, notes)))
    }

    /// Reads more rows of the shard at a place among those that can have rows.
    pub(super) async fn more_rows(
        &self,
        place: usize,
        skip: u64,
        page: PageWanted,
    ) -> Result<Option<RowsPart>, Error> {
        let shard = self.possible.get(place).copied().unwrap_or(0);
        let bytes = if self.shards.is_here() {
            MOST_BYTES_HERE
        } else {
            MOST_BYTES
        };
        let wanted = rows_wanted(page, skip, page.limit.max(1) as u64, bytes);
        let wanted = Wanted::Rows(self.occurring.clone(), wanted, NotesWanted::No);
        let Some(replies) = self.send(vec![(shard, wanted)]).await? else {
            return Ok(None);
        };
        let bytes = replies.first().map_or(&[] as &[u8], Vec::as_slice);
        let ShardReply::Rows(part) = read(bytes)? else {
            return Err(unexpected());
        };
        Ok(Some(part))
    }

    /// Returns the groups of all shards, as replies. Notes on the query come with them if they are wanted.
    pub(super) async fn groups(
        &self,
        by: GroupBy,
        notes_on: Option<&Query>,
    ) -> Result<Option<(Vec<Vec<u8>>, Notes)>, Error> {
        let bytes = if self.shards.is_here() {
            u64::MAX
        } else {
            MOST_BYTES
        };
        let wanted = |skip, notes| {
            let wanted = GroupsWanted {
                by: by.bits(),
                skip,
                bytes,
            };
            Wanted::Groups(self.occurring.clone(), wanted, notes)
        };
        let Some(mut replies) = self
            .send_with_notes(|_, notes| wanted(0, notes), notes_on)
            .await?
        else {
            return Ok(None);
        };
        let (mut notes, mut all) = (Notes::default(), Vec::new());
        let mut taken = vec![0_u64; replies.len()];
        let mut places: Vec<usize> = (0..replies.len()).collect();
        let mut length = 0_usize;
        loop {
            let mut open = Vec::new();
            for (bytes, place) in replies.iter().zip(&places) {
                length = length.saturating_add(bytes.len());
                let reply = read(bytes)?;
                if reply == ShardReply::TooManyGroups {
                    return Err(TooManyGroups.into());
                }
                let ShardReply::Groups(part) = reply else {
                    return Err(unexpected());
                };
                notes.extend(part.notes);
                if let Some(taken) = taken.get_mut(*place) {
                    *taken = taken.saturating_add(part.groups.len() as u64);
                    if *taken < part.total && !part.groups.is_empty() {
                        open.push((*place, *taken));
                    }
                }
            }
            all.append(&mut replies);
            if length > MOST_GROUP_BYTES && !self.shards.is_here() {
                return Err(TooManyGroups.into());
            }
            if open.is_empty() {
                break;
            }
            let requests = open.iter().map(|(place, taken)| {
                let shard = self.possible.get(*place).copied().unwrap_or(0);
                (shard, wanted(*taken, NotesWanted::No))
            });
            let Some(further) = self.send(requests.collect()).await? else {
                return Ok(None);
            };
            (replies, places) = (further, open.into_iter().map(|(place, _)| place).collect());
        }
        Ok(self.complete(&mut notes, notes_on).await?.then_some((all, notes)))
    }

    async fn send(&self, requests: Vec<(usize, Wanted)>) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let requests = requests.into_iter().map(|(shard, wanted)| {
            let request = ShardRequest {
                query: self.text.clone(),
                today: self.today,
                wanted,
            };
            (shard, request)
        });
        self.shards.send(requests.collect()).await
    }

    /// Sends requests to all shards that can have rows; when notes are wanted and there is no such shard, the first one for the notes alone.
    async fn send_with_notes(
        &self,
        wanted: impl Fn(usize, NotesWanted) -> Wanted,
        notes_on: Option<&Query>,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let notes = |place| match (notes_on, place) {
            (None, _) => NotesWanted::No,
            (Some(_), 0) => NotesWanted::WithCommon,
            (Some(_), _) => NotesWanted::OfShard,
        };
        let mut shards = self.possible.clone();
        if shards.is_empty() && notes_on.is_some() {
            shards.push(0);
        }
        let requests = shards.into_iter().enumerate();
        let requests = requests.map(|(place, shard)| (shard, wanted(place, notes(place))));
        self.send(requests.collect()).await
    }

    /// Asks the shards that cannot have rows as well, where it makes a difference which values they have; false when the
    /// snapshot has gone.
    async fn complete(&self, notes: &mut Notes, notes_on: Option<&Query>) -> Result<bool, Error> {
        if notes_on.is_none_or(|query| !asks_for_values(query)) || !notes.values.is_open() {
            return Ok(true);
        }
        let first = self.possible.first().copied().unwrap_or(0);
        let others = (0..self.shards.len()).filter(|shard| *shard != first && !self.possible.contains(shard));
        let Some(replies) = self
            .send(others.map(|shard| (shard, Wanted::Values)).collect())
            .await?
        else {
            return Ok(false);
        };
        for bytes in &replies {
            let ShardReply::Values(part) = read(bytes)? else {
                return Err(unexpected());
            };
            notes.values.add(part);
        }
        Ok(true)
    }
}

/// Returns the values of shards that can complete a text which is being written; `None` when the snapshot is gone.
pub(super) async fn begun_values(
    shards: &Shards<'_>,
    text: &str,
    today: Date,
) -> Result<Option<Vec<Vec<String>>>, Error> {
    let request = |shard| {
        let request = ShardRequest {
            query: text.to_owned(),
            today,
            wanted: Wanted::BegunValues,
        };
        (shard, request)
    };
    let Some(replies) = shards.send((0..shards.len()).map(request).collect()).await? else {
        return Ok(None);
    };
    let mut found = Vec::new();
    for bytes in &replies {
        let ShardReply::BegunValues(part) = read(bytes)? else {
            return Err(unexpected());
        };
        permissions::search::add_begun(&mut found, part);
    }
    Ok(Some(found))
}

const fn rows_wanted(page: PageWanted, skip: u64, most: u64, bytes: u64) -> RowsWanted {
    RowsWanted {
        skip,
        most,
        bytes,
        form: page.form,
        explain: page.explain,
    }
}
