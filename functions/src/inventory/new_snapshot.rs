//! Makes the bytes of a snapshot from documents: a manifest and its parts, shard by shard.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use iam::catalogue::Catalogue;
use inventory::stored::{
    Encoded, FORM, SnapshotManifest, StoredError, StoredPart, StoredShard, decode, encode,
};
use inventory::{Common, Divided, Missing, MissingKind, Shard};
use jiff::Timestamp;
use jiff::civil::Date;
use model::account::AccountId;
use model::inventory::Counts;
use permissions::aws::{
    ActionSpec, EffectivePermissions, OpenPaths, ResourceTypeSpec, compile_shard, paths_across, specs,
};
use permissions::shard::{CommonFacts, FactsError, ShardFacts};
use store::permissions::{NewPart, NewSnapshot, PartId, SnapshotId};
use store::{Permissions, StoreError};

/// Parts that are read at once.
const AT_ONCE: usize = 8;

/// Compiled shards that are held at once while paths through several shards are looked for.
const SHARDS: usize = 2;

/// A snapshot that is not stored yet.
#[derive(Debug)]
pub(crate) struct EncodedSnapshot {
    pub(super) id: SnapshotId,
    manifest: Vec<u8>,
    pub(super) parts: BTreeMap<PartId, Vec<u8>>,
    /// Names what users, roles and compute resources refer to and no document holds.
    missing: BTreeMap<(MissingKind, String), BTreeSet<String>>,
    /// Says how often a shard was compiled for facts and paths
    pub(super) compiled: usize,
}

/// Holds what followed from the parts of the snapshot in force. For parts that are still the same, it need not be
/// worked out again.
#[derive(Debug, Default)]
pub(crate) struct Before {
    pub(super) manifest: Option<SnapshotManifest>,
    /// The number of each shard in the manifest, by the id of its part
    shards: HashMap<String, usize>,
    /// Parts with what shards tell of paths, by id
    open_paths: HashMap<String, Vec<u8>>,
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

impl Before {
    /// Reads what the snapshot in force has; nothing when there is none, or none of this form.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn read(
        table: &Permissions,
        tenant: &AccountId,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let Some(current) = table.current(tenant).await? else {
            return Ok(Self::default());
        };
        if current.form.as_deref() != Some(FORM) {
            return Ok(Self::default());
        }
        for stored in table.snapshots(tenant, &current.id, now).await? {
            let Ok(manifest) = decode::<SnapshotManifest>(&stored.manifest) else {
                continue;
            };
            let named = manifest
                .shards
                .iter()
                .filter_map(|shard| shard.open_paths.as_ref());
            let named: Vec<(String, PartId)> = named
                .filter_map(|part| Some((part.id.clone(), part.id.parse().ok()?)))
                .collect();
            let stored = &stored;
            let read = stream::iter(named)
                .map(|(name, id)| async move {
                    let bytes = table.part(tenant, stored, &id).await?;
                    Ok::<_, StoreError>((name, bytes))
                })
                .buffer_unordered(AT_ONCE);
            let read: Vec<(String, Option<Vec<u8>>)> = read.try_collect().await?;
            let open_paths = read.into_iter().filter_map(|(name, bytes)| Some((name, bytes?)));
            let shards = manifest.shards.iter().enumerate();
            return Ok(Self {
                shards: shards
                    .map(|(number, shard)| (shard.part.id.clone(), number))
                    .collect(),
                open_paths: open_paths.collect(),
                manifest: Some(manifest),
            });
        }
        Ok(Self::default())
    }

    /// Returns the manifest, when what it says follows from the same catalogue and the same common part, and can be read.
    fn with_same(&self, common: &StoredPart) -> Option<&SnapshotManifest> {
        let catalogue = Catalogue::embedded().version();
        let manifest = self
            .manifest
            .as_ref()
            .filter(|known| known.catalogue == catalogue && known.common == *common)?;
        if let Err(error) = CommonFacts::decode(&manifest.facts) {
            tracing::warn!(%error, "the facts of a snapshot cannot be read, so that its shards are compiled again");
            return None;
        }
        Some(manifest)
    }

    /// Returns the facts of a shard and what it says about paths, when it is still a shard of the manifest.
    fn of_shard(&self, manifest: &SnapshotManifest, shard: &StoredShard) -> Option<(Vec<u8>, OpenPaths)> {
        let number = self.shards.get(&shard.part.id)?;
        let known = manifest
            .shards
            .get(*number)
            .filter(|known| known.part == shard.part)?;
        if let Err(error) = ShardFacts::decode(&known.facts) {
            tracing::warn!(%error, "the facts of a shard cannot be read, so that the shard is compiled again");
            return None;
        }
        let open_paths = match &known.open_paths {
            Some(part) => decode(self.open_paths.get(&part.id)?).ok()?,
            None => OpenPaths::default(),
        };
        Some((known.facts.clone(), open_paths))
    }
}

impl EncodedSnapshot {
    /// Makes one shard after the other; days of last access count up to `date`.
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub(crate) fn of(divided: &Divided, date: Date, before: &Before) -> Result<Self, SnapshotError> {
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
                open_paths: None,
                paths_across: None,
                accounts: shard.accounts,
                principals: u64::try_from(principals).unwrap_or(u64::MAX),
                facts: Vec::new(),
            });
        }
        let (mut facts, mut catalogue, mut compiled) = (Vec::new(), String::new(), 0);
        if shards.len() > 1 {
            let looked_at = CompiledShards::new(&divided.common, &shards, &parts, date);
            let across = looked_at.across(&divided.homes(), before, (&common, shards.as_slice()))?;
            compiled = across.compiled;
            facts = across.facts;
            Catalogue::embedded().version().clone_into(&mut catalogue);
            for (shard, own) in shards.iter_mut().zip(across.shards) {
                shard.facts = own.facts;
                shard.open_paths = own.open_paths.map(|encoded| parts.add(encoded));
                shard.paths_across = own.paths.map(|encoded| parts.add(encoded));
            }
        }
        let manifest = SnapshotManifest {
            date,
            catalogue,
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
            compiled,
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
    types: Vec<ResourceTypeSpec>,
    actions: Vec<ActionSpec>,
    kept: RefCell<VecDeque<(usize, Arc<EffectivePermissions>)>>,
    compiled: Cell<usize>,
    failed: RefCell<Option<StoredError>>,
}

/// Holds what only all shards together show
struct Across {
    /// Holds what is the same in all shards and is known without asking them
    facts: Vec<u8>,
    shards: Vec<OfShard>,
    /// Says how often a shard was compiled
    compiled: usize,
}

/// Holds what is known of a shard without asking it, and the paths to administrator of its sources, as bytes. All shards are held
/// in this form
struct OfShard {
    facts: Vec<u8>,
    /// Holds what the shard says of paths that may lead through other shards; `None` when it says nothing
    open_paths: Option<Encoded>,
    /// The paths that lead through other shards; `None` when there are none
    paths: Option<Encoded>,
}

impl<'a> CompiledShards<'a> {
    fn new(common: &'a Common, shards: &[StoredShard], parts: &'a Parts, date: Date) -> Self {
        let bytes = |shard: &StoredShard| {
            let id: PartId = shard.part.id.parse().ok()?;
            parts.0.get(&id).map(Vec::as_slice)
        };
        let (types, actions) = specs(Catalogue::embedded());
        Self {
            common,
            shards: shards
                .iter()
                .map(|shard| bytes(shard).unwrap_or_default())
                .collect(),
            date,
            types,
            actions,
            kept: RefCell::default(),
            compiled: Cell::new(0),
            failed: RefCell::default(),
        }
    }

    fn get(&self, number: usize) -> Arc<EffectivePermissions> {
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
        let snapshot = compile_shard((self.common, &shard), &self.types, &self.actions, self.date);
        let effective = Arc::new(EffectivePermissions::from(snapshot));
        self.compiled.set(self.compiled.get().saturating_add(1));
        self.kept
            .borrow_mut()
            .push_front((number, Arc::clone(&effective)));
        effective
    }

    /// Looks at each shard that is new or has changed, and at those again that paths lead through.
    fn across(
        self,
        homes: &HashMap<&str, usize>,
        before: &Before,
        (common, stored): (&StoredPart, &[StoredShard]),
    ) -> Result<Across, SnapshotError> {
        let known = before.with_same(common);
        let mut common_facts = known.map(|known| known.facts.clone());
        let (mut shards, mut open) = (Vec::new(), Vec::new());
        for (number, shard) in stored.iter().enumerate() {
            let (facts, open_paths) =
                if let Some(same) = known.and_then(|known| before.of_shard(known, shard)) {
                    same
                } else {
                    let effective = self.get(number);
                    common_facts = Some(CommonFacts::of(&effective).encode()?);
                    (ShardFacts::of(&effective).encode()?, effective.open_paths())
                };
            shards.push(OfShard {
                facts,
                open_paths: (!open_paths.is_empty())
                    .then(|| encode(&open_paths))
                    .transpose()?,
                paths: None,
            });
            open.push(open_paths);
        }
        let home = |account: &str| homes.get(account).copied();
        let paths = paths_across(open, home, |number| self.get(number));
        for (shard, paths) in shards.iter_mut().zip(paths) {
            shard.paths = (!paths.is_empty()).then(|| encode(&paths)).transpose()?;
        }
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        Ok(Across {
            facts: common_facts.unwrap_or_default(),
            shards,
            compiled: self.compiled.get(),
        })
    }
}
