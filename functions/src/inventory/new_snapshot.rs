//! An inventory to the bytes of a snapshot: a manifest and its parts.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use iam::catalogue::Catalogue;
use inventory::stored::{
    Encoded, FORM, ShardFacts, SnapshotManifest, StoredError, StoredPart, StoredShard, encode,
};
use inventory::{Division, Inventory, Shard, ShardSize};
use jiff::civil::Date;
use model::inventory::Counts;
use permissions::aws::{EffectivePermissions, PathsAcross, compile_shard, paths_across, specs};
use store::permissions::{NewPart, NewSnapshot, PartId, SnapshotId};

/// Compiled shards that are held at once while paths through several shards are looked for.
const SHARDS: usize = 4;

/// A snapshot that is not stored yet.
#[derive(Debug)]
pub(crate) struct Snapshot {
    id: SnapshotId,
    manifest: Vec<u8>,
    parts: Vec<(PartId, Vec<u8>)>,
}

impl Snapshot {
    /// The inventory, divided; days of last access count up to `date`.
    ///
    /// # Errors
    /// [`StoredError::TooLarge`].
    pub(crate) fn of(inventory: Inventory, date: Date, size: ShardSize) -> Result<Self, StoredError> {
        let division = inventory.divide(size);
        let mut parts = Vec::new();
        let mut add = |encoded: Encoded| {
            let id = PartId::of(&encoded.bytes);
            let part = StoredPart {
                id: id.to_string(),
                bytes: encoded.plain,
            };
            parts.push((id, encoded.bytes));
            part
        };
        let common = add(encode(&division.common)?);
        let paths = paths(&division, date);
        let mut shards = Vec::new();
        for (shard, paths) in division.shards.into_iter().zip(paths) {
            let details = &shard.inventory.details;
            let principals = details.users.len().saturating_add(details.roles.len());
            shards.push(StoredShard {
                part: add(encode(&shard)?),
                paths_across: if paths.is_empty() {
                    None
                } else {
                    Some(add(encode(&paths)?))
                },
                accounts: shard.accounts,
                principals: u64::try_from(principals).unwrap_or(u64::MAX),
                facts: ShardFacts::ANY,
            });
        }
        let manifest = SnapshotManifest { date, common, shards };
        let manifest = encode(&manifest)?.bytes;
        Ok(Self {
            id: SnapshotId::of(&manifest),
            manifest,
            parts,
        })
    }

    /// All parts, as the store takes them.
    pub(crate) fn parts(&self) -> Vec<NewPart<'_>> {
        let parts = self.parts.iter();
        parts.map(|(id, bytes)| NewPart { id, bytes }).collect()
    }

    /// The snapshot as the store takes it, with its parts.
    pub(crate) fn stored<'s>(
        &'s self,
        parts: &'s [NewPart<'s>],
        counts: Counts,
        revision: u64,
    ) -> NewSnapshot<'s> {
        NewSnapshot {
            id: &self.id,
            manifest: &self.manifest,
            parts,
            form: FORM,
            counts,
            revision,
        }
    }
}

/// The paths to administrator that lead through several shards, of each shard those of its sources.
fn paths(division: &Division, date: Date) -> Vec<PathsAcross> {
    let shards = division.shards.len();
    if shards < 2 {
        return vec![PathsAcross::default(); shards];
    }
    let mut homes: HashMap<&str, usize> = HashMap::new();
    for (number, shard) in division.shards.iter().enumerate() {
        homes.extend(shard.accounts.iter().map(|account| (account.as_str(), number)));
    }
    let (types, actions) = specs(Catalogue::embedded());
    let kept: RefCell<VecDeque<(usize, Arc<EffectivePermissions>)>> = RefCell::default();
    let compiled = |number: usize| {
        let known = kept.borrow().iter().find(|(known, _)| *known == number).cloned();
        if let Some((_, effective)) = known {
            return effective;
        }
        let none = Shard::default();
        let shard = division.shards.get(number).unwrap_or(&none);
        let snapshot = compile_shard((&division.common, shard), &types, &actions, date);
        let effective = Arc::new(EffectivePermissions::from(snapshot));
        let mut kept = kept.borrow_mut();
        kept.push_front((number, Arc::clone(&effective)));
        kept.truncate(SHARDS);
        effective
    };
    paths_across(shards, |account| homes.get(account).copied(), compiled)
}
