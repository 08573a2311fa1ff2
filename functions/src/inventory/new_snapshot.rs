//! Makes the bytes of a snapshot from documents: a manifest and its parts, shard by shard.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use iam::catalogue::Catalogue;
use inventory::stored::{
    Encoded, FORM, SnapshotManifest, StoredError, StoredPart, StoredShard, decode, encode,
};
use inventory::{Common, Divided, Missing, MissingKind, Shard};
use jiff::civil::Date;
use model::inventory::Counts;
use permissions::aws::{EffectivePermissions, PathsAcross, compile_shard, paths_across, specs};
use permissions::shard::{CommonFacts, FactsError, ShardFacts};
use store::permissions::{NewPart, NewSnapshot, PartId, SnapshotId};

/// Compiled shards that are held at once while paths through several shards are looked for.
const SHARDS: usize = 2;

/// A snapshot that is not stored yet.
#[derive(Debug)]
pub(crate) struct EncodedSnapshot {
    id: SnapshotId,
    manifest: Vec<u8>,
    parts: BTreeMap<PartId, Vec<u8>>,
    /// Names what users, roles and compute resources refer to and no document holds.
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

/// Says why an inventory does not become a snapshot
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// More than a snapshot holds.
    #[error(transparent)]
    Encode(#[from] StoredError),
    /// Memory ran out.
    #[error(transparent)]
    Facts(#[from] FactsError),
}

impl EncodedSnapshot {
    /// Makes one shard after the other; days of last access count up to `date`.
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub(crate) fn of(divided: &Divided, date: Date) -> Result<Self, SnapshotError> {
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
                facts: Vec::new(),
            });
        }
        let mut facts = Vec::new();
        if shards.len() > 1 {
            let across =
                CompiledShards::new(&divided.common, &shards, &parts, date).across(&divided.homes())?;
            facts = across.facts;
            for (shard, (paths, own_facts)) in shards.iter_mut().zip(across.shards) {
                shard.facts = own_facts;
                if !paths.is_empty() {
                    shard.paths_across = Some(parts.add(encode(&paths)?));
                }
            }
        }
        let manifest = SnapshotManifest {
            date,
            common,
            facts,
            shards,
        };
        let manifest = encode(&manifest)?.bytes;
        Ok(Self {
            id: SnapshotId::of(&manifest),
            manifest,
            parts: parts.0,
            missing,
        })
    }

    /// Returns what users, roles and compute resources refer to and no document holds, in the order of kind and name.
    pub(super) fn missing(&self) -> impl Iterator<Item = (MissingKind, &str, &BTreeSet<String>)> {
        let all = self.missing.iter();
        all.map(|((kind, name), principals)| (*kind, name.as_str(), principals))
    }

    /// Returns all parts, as the store takes them.
    pub(crate) fn parts(&self) -> Vec<NewPart<'_>> {
        let parts = self.parts.iter();
        parts.map(|(id, bytes)| NewPart { id, bytes }).collect()
    }

    /// Returns the snapshot as the store takes it, with its parts.
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
    common_facts: RefCell<Option<CommonFacts>>,
    facts: RefCell<BTreeMap<usize, ShardFacts>>,
    failed: RefCell<Option<StoredError>>,
}

/// Holds what only all shards together show
struct Across {
    /// Holds what is the same in all shards and is known without asking them
    facts: Vec<u8>,
    /// For each shard: the paths to administrator of its sources that lead through other shards, and what is known
    /// without asking the shard
    shards: Vec<(PathsAcross, Vec<u8>)>,
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
            common_facts: RefCell::default(),
            facts: RefCell::default(),
            failed: RefCell::default(),
        }
    }

    /// Looks at each shard, and at some of them again for the paths that lead through several.
    fn across(&self, homes: &HashMap<&str, usize>) -> Result<Across, SnapshotError> {
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
            // Memory is freed before the next shard is compiled.
            self.kept.borrow_mut().truncate(SHARDS.saturating_sub(1));
            let bytes = self.shards.get(number).copied().unwrap_or_default();
            let shard: Shard = decode(bytes).unwrap_or_else(|error| {
                *self.failed.borrow_mut() = Some(error);
                Shard::default()
            });
            let snapshot = compile_shard((self.common, &shard), &types, &actions, self.date);
            let effective = Arc::new(EffectivePermissions::from(snapshot));
            self.facts
                .borrow_mut()
                .entry(number)
                .or_insert_with(|| ShardFacts::of(&effective));
            self.common_facts
                .borrow_mut()
                .get_or_insert_with(|| CommonFacts::of(&effective));
            self.kept
                .borrow_mut()
                .push_front((number, Arc::clone(&effective)));
            effective
        };
        let paths = paths_across(self.shards.len(), |account| homes.get(account).copied(), compiled);
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        let facts = self.facts.take().into_values().map(|facts| facts.encode());
        let facts: Vec<Vec<u8>> = facts.collect::<Result<_, _>>()?;
        Ok(Across {
            facts: self.common_facts.take().unwrap_or_default().encode()?,
            shards: paths.into_iter().zip(facts).collect(),
        })
    }
}
