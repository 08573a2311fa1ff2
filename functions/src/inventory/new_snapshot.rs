//! What documents say to the bytes of a snapshot: a manifest and its parts, made shard by shard.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use iam::catalogue::Catalogue;
use inventory::stored::{
    Encoded, FORM, ShardFacts, SnapshotManifest, StoredError, StoredPart, StoredShard, decode, encode,
};
use inventory::{Common, Divided, Missing, MissingKind, Shard};
use jiff::civil::Date;
use model::inventory::Counts;
use permissions::aws::{EffectivePermissions, PathsAcross, compile_shard, paths_across, specs};
use store::permissions::{NewPart, NewSnapshot, PartId, SnapshotId};

/// Compiled shards that are held at once while paths through several shards are looked for.
const SHARDS: usize = 2;

/// A snapshot that is not stored yet.
#[derive(Debug)]
pub(crate) struct Snapshot {
    id: SnapshotId,
    manifest: Vec<u8>,
    parts: BTreeMap<PartId, Vec<u8>>,
    /// What users, roles and compute resources refer to and no document holds.
    missing: BTreeMap<(MissingKind, String), BTreeSet<String>>,
}

/// The parts of a snapshot, while they are made.
#[derive(Debug, Default)]
struct Parts(BTreeMap<PartId, Vec<u8>>);

impl Parts {
    fn add(&mut self, encoded: Encoded) -> StoredPart {
        let id = PartId::of(&encoded.bytes);
        let part = StoredPart {
            id: id.to_string(),
            bytes: encoded.plain,
        };
        self.0.insert(id, encoded.bytes);
        part
    }
}

impl Snapshot {
    /// Makes one shard after the other; days of last access count up to `date`.
    ///
    /// # Errors
    /// [`StoredError::TooLarge`].
    pub(crate) fn of(divided: &Divided, date: Date) -> Result<Self, StoredError> {
        let mut parts = Parts::default();
        let common = parts.add(encode(&divided.common)?);
        let mut missing: BTreeMap<(MissingKind, String), BTreeSet<String>> = BTreeMap::new();
        let mut shards = Vec::new();
        for number in 0..divided.shards() {
            let shard = divided.shard(number)?;
            let found = shard.inventory.missing_beside(&divided.common.accounts);
            for Missing {
                kind,
                name,
                principals,
            } in found
            {
                missing.entry((kind, name)).or_default().extend(principals);
            }
            let details = &shard.inventory.details;
            let principals = details.users.len().saturating_add(details.roles.len());
            shards.push(StoredShard {
                part: parts.add(encode(&shard)?),
                paths_across: None,
                accounts: shard.accounts,
                principals: u64::try_from(principals).unwrap_or(u64::MAX),
                facts: ShardFacts::ANY,
            });
        }
        if shards.len() > 1 {
            let (paths, mut facts) =
                CompiledShards::new(&divided.common, &shards, &parts, date).paths(&divided.homes())?;
            for (number, (shard, paths)) in shards.iter_mut().zip(paths).enumerate() {
                shard.facts = facts.remove(&number).unwrap_or(ShardFacts::ANY);
                if !paths.is_empty() {
                    shard.paths_across = Some(parts.add(encode(&paths)?));
                }
            }
        }
        let manifest = SnapshotManifest { date, common, shards };
        let manifest = encode(&manifest)?.bytes;
        Ok(Self {
            id: SnapshotId::of(&manifest),
            manifest,
            parts: parts.0,
            missing,
        })
    }

    /// What users, roles and compute resources refer to and no document holds, in the order of kind and name.
    pub(super) fn missing(&self) -> impl Iterator<Item = (MissingKind, &str, &BTreeSet<String>)> {
        let all = self.missing.iter();
        all.map(|((kind, name), principals)| (*kind, name.as_str(), principals))
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

/// Shards, compiled when they are looked at; the last ones are kept.
struct CompiledShards<'a> {
    common: &'a Common,
    /// The encoded form of each shard
    shards: Vec<&'a [u8]>,
    date: Date,
    kept: RefCell<VecDeque<(usize, Arc<EffectivePermissions>)>>,
    facts: RefCell<BTreeMap<usize, ShardFacts>>,
    failed: RefCell<Option<StoredError>>,
}

impl<'a> CompiledShards<'a> {
    fn new(common: &'a Common, shards: &[StoredShard], parts: &'a Parts, date: Date) -> Self {
        let bytes = |shard: &StoredShard| {
            let id: PartId = shard.part.id.parse().ok()?;
            parts.0.get(&id).map(Vec::as_slice)
        };
        Self {
            common,
            shards: shards
                .iter()
                .map(|shard| bytes(shard).unwrap_or_default())
                .collect(),
            date,
            kept: RefCell::default(),
            facts: RefCell::default(),
            failed: RefCell::default(),
        }
    }

    /// The paths to administrator that lead through several shards, of each shard those of its sources; and what the rows of
    /// each shard can be about.
    fn paths(
        &self,
        homes: &HashMap<&str, usize>,
    ) -> Result<(Vec<PathsAcross>, BTreeMap<usize, ShardFacts>), StoredError> {
        let (types, actions) = specs(Catalogue::embedded());
        let compiled = |number: usize| {
            let known = self
                .kept
                .borrow()
                .iter()
                .find(|(known, _)| *known == number)
                .cloned();
            if let Some((_, effective)) = known {
                return effective;
            }
            // Before the next one is made.
            self.kept.borrow_mut().truncate(SHARDS.saturating_sub(1));
            let bytes = self.shards.get(number).copied().unwrap_or_default();
            let shard: Shard = decode(bytes).unwrap_or_else(|error| {
                *self.failed.borrow_mut() = Some(error);
                Shard::default()
            });
            let snapshot = compile_shard((self.common, &shard), &types, &actions, self.date);
            let effective = Arc::new(EffectivePermissions::from(snapshot));
            self.facts.borrow_mut().insert(number, effective.facts());
            self.kept
                .borrow_mut()
                .push_front((number, Arc::clone(&effective)));
            effective
        };
        let paths = paths_across(self.shards.len(), |account| homes.get(account).copied(), compiled);
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok((paths, self.facts.take())),
        }
    }
}
