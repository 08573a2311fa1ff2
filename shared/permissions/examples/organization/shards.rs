//! Searches shards as functions do it: each function loads one shard and replies in bytes, and one function merges.

use crate::DATE;
use crate::import::decoded;
use crate::measured::{Start, median, megabytes, peak, resident};
use crate::queries::{QUERIES, query};
use iam::catalogue::Catalogue;
use inventory::Common;
use inventory::stored::SnapshotManifest;
use model::permissions::Explain;
use permissions::aws::{
    ActionSpec, EffectivePermissions, PathsAcross, ResourceTypeSpec, compile_shard, specs,
};
use permissions::shard::{
    MergedRows, Next, NotesWanted, Occurring, RowForm, RowsPart, RowsWanted, ShardPositions, ShardReply,
    ShardRequest, SnapshotFacts, Wanted, asks_for_occurring, reply,
};
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::path::{Path, PathBuf};

/// A page has this number of rows.
const PAGE: u64 = 100;

/// The first replies of all shards together have this number of bytes, as in the function that asks.
const FIRST_BYTES: u64 = 12_000_000;

/// Holds a snapshot as `import` wrote it
struct Stored {
    folder: PathBuf,
    manifest: SnapshotManifest,
    /// A snapshot of one shard has none
    facts: Option<SnapshotFacts>,
    common: Common,
    types: Vec<ResourceTypeSpec>,
    actions: Vec<ActionSpec>,
}

/// Holds a query, with its replies shard by shard
struct Query {
    name: &'static str,
    condition: &'static str,
    possible: Vec<usize>,
    occurring: Occurring,
    first: Vec<f64>,
    warm: Vec<f64>,
    replies: Vec<Vec<u8>>,
    /// Holds what each shard replies with when it is asked again for a whole page
    further: BTreeMap<usize, Vec<u8>>,
}

/// Asks all queries of every shard whose number `every` divides, one shard after the other. Shards of a generated organization
/// are alike, so that some of them tell of the others.
pub(crate) fn shards(folder: &Path, every: usize) {
    let start = Start::now();
    let stored = Stored::open(folder);
    println!(
        "{} shards; manifest, facts and common part read in {:.0} ms, {} MB",
        stored.manifest.shards.len(),
        start.milliseconds(),
        resident()
    );
    let mut queries: Vec<Query> = QUERIES
        .iter()
        .map(|&(name, condition)| Query::new(&stored, name, condition))
        .collect();
    let asked = queries.iter().flat_map(|one| one.possible.clone());
    let asked: BTreeSet<usize> = asked.filter(|number| number.is_multiple_of(every)).collect();
    for number in asked.iter().copied() {
        let mut effective = None;
        for one in queries
            .iter_mut()
            .filter(|one| one.asks_for_occurring() && one.possible.contains(&number))
        {
            let effective = effective.get_or_insert_with(|| stored.load(number).0);
            one.ask_for_occurring(effective);
        }
    }
    let (mut loaded, mut sizes) = (Vec::new(), Vec::new());
    for number in asked {
        let before = resident();
        let (effective, taken) = stored.load(number);
        loaded.push(taken);
        for one in queries.iter_mut().filter(|one| one.possible.contains(&number)) {
            one.ask(&effective, number);
        }
        sizes.push(resident().saturating_sub(before));
    }
    println!(
        "{} shards asked; one loaded in {:.0} ms on average, {:.0} ms at most; {} MB of a shard with all queries at most; peak {} MB\n",
        loaded.len(),
        mean(&loaded),
        largest(&loaded),
        sizes.iter().max().unwrap_or(&0),
        peak()
    );
    println!(
        "| query | rows of those asked | possible shards | first: mean, most | warm: mean, most | asked again | merged | replies |\n|---|---|---|---|---|---|---|---|"
    );
    for one in &queries {
        let (total, again, merged) = one.merge();
        println!(
            "| {} | {total} | {} | {:.0}, {:.0} ms | {:.1}, {:.1} ms | {again} | {merged:.1} ms | {:.2} MB |",
            one.name,
            one.possible.len(),
            mean(&one.first),
            largest(&one.first),
            mean(&one.warm),
            largest(&one.warm),
            megabytes(one.replies.iter().map(Vec::len).sum()),
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are few shards")]
fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len().max(1) as f64
}

fn largest(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}

impl Stored {
    fn open(folder: &Path) -> Self {
        let manifest: SnapshotManifest = decoded(&folder.join("manifest"));
        let facts = (manifest.shards.len() > 1)
            .then(|| SnapshotFacts::of_manifest(&manifest).expect("facts of shards"));
        let (types, actions) = specs(Catalogue::embedded());
        Self {
            common: decoded(&folder.join("common")),
            folder: folder.to_owned(),
            manifest,
            facts,
            types,
            actions,
        }
    }

    /// Loads a shard, without the common part, and returns the milliseconds that it took.
    fn load(&self, number: usize) -> (EffectivePermissions, f64) {
        let paths = self.folder.join(format!("{number}-paths"));
        let start = Start::now();
        let shard = decoded(&self.folder.join(number.to_string()));
        let across: PathsAcross = if paths.is_file() {
            decoded(&paths)
        } else {
            PathsAcross::default()
        };
        let snapshot = compile_shard((&self.common, &shard), &self.types, &self.actions, DATE);
        let effective = EffectivePermissions::from(snapshot).with_paths_across(across);
        (effective, start.milliseconds())
    }
}

impl Query {
    fn new(stored: &Stored, name: &'static str, condition: &'static str) -> Self {
        Self {
            name,
            condition,
            possible: match &stored.facts {
                Some(facts) => facts.possible(&query(condition)),
                None => (0..stored.manifest.shards.len()).collect(),
            },
            occurring: Occurring::default(),
            first: Vec::new(),
            warm: Vec::new(),
            replies: Vec::new(),
            further: BTreeMap::new(),
        }
    }

    fn asks_for_occurring(&self) -> bool {
        asks_for_occurring(&query(self.condition))
    }

    fn request(&self, wanted: Wanted) -> ShardRequest {
        ShardRequest {
            query: format!("config from iam where {}", self.condition),
            today: DATE,
            wanted,
        }
    }

    fn ask_for_occurring(&mut self, effective: &EffectivePermissions) {
        let bytes = reply(effective, &self.request(Wanted::Occurring)).expect("a reply");
        match ShardReply::decode(&bytes) {
            Ok(ShardReply::Occurring(part)) => self.occurring.add(part),
            _ => panic!("asked for what occurs"),
        }
    }

    fn ask(&mut self, effective: &EffectivePermissions, number: usize) {
        let shards = self.possible.len() as u64;
        let is_first = self.possible.first() == Some(&number);
        let notes = if is_first {
            NotesWanted::WithCommon
        } else {
            NotesWanted::OfShard
        };
        let rows = |skip, most, bytes| RowsWanted {
            skip,
            most,
            bytes,
            form: RowForm::Json,
            explain: Explain::Nothing,
        };
        let most = PAGE.checked_div(shards).unwrap_or(1).max(1);
        let wanted = rows(0, most, FIRST_BYTES / shards.max(1));
        let request = self.request(Wanted::Rows(self.occurring.clone(), wanted, notes));
        let start = Start::now();
        let bytes = reply(effective, &request).expect("a reply");
        self.first.push(start.milliseconds());
        self.warm.push(median(|| {
            black_box(reply(effective, &request).expect("a reply"));
        }));
        let wanted = rows(most, PAGE, FIRST_BYTES);
        let further = Wanted::Rows(self.occurring.clone(), wanted, NotesWanted::No);
        let further = reply(effective, &self.request(further)).expect("a reply");
        self.further.insert(self.replies.len(), further);
        self.replies.push(bytes);
    }

    /// Merges the first page; returns the number of all rows, how often shards are asked again, and the milliseconds.
    fn merge(&self) -> (u64, usize, f64) {
        let start = Start::now();
        let parts = self.replies.iter().map(|bytes| part(bytes)).collect();
        let mut rows = MergedRows::new(parts, None, &ShardPositions::default()).expect("a first page");
        let (mut taken, mut again) = (0, 0);
        while taken < PAGE {
            match rows.next() {
                Next::End => break,
                Next::Wanted(place) => {
                    again += 1;
                    rows.feed(place, part(&self.further[&place]))
                        .expect("further rows");
                }
                Next::Row => {
                    black_box(rows.row());
                    rows.advance();
                    taken += 1;
                }
            }
        }
        (rows.total(), again, start.milliseconds())
    }
}

fn part(bytes: &[u8]) -> RowsPart {
    match ShardReply::decode(bytes) {
        Ok(ShardReply::Rows(part)) => part,
        _ => panic!("asked for rows"),
    }
}
