//! An inventory to the bytes of a snapshot: a manifest and its parts.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use iam::catalogue::Catalogue;
use inventory::stored::{Encoded, FORM, SnapshotManifest, StoredError, StoredPart, StoredShard, encode};
use inventory::{Division, Inventory, Shard, ShardSize};
use jiff::civil::Date;
use model::inventory::Counts;
use permissions::aws::{EffectivePermissions, PathsAcross, compile_shard, paths_across, specs};
use permissions::shard::{CommonFacts, FactsError, ShardFacts};
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

/// Why an inventory does not become a snapshot
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// More than a snapshot holds.
    #[error(transparent)]
    Encode(#[from] StoredError),
    /// Memory ran out.
    #[error(transparent)]
    Facts(#[from] FactsError),
}

impl Snapshot {
    /// The inventory, divided; days of last access count up to `date`.
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub(crate) fn of(inventory: Inventory, date: Date, size: ShardSize) -> Result<Self, SnapshotError> {
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
        let Across {
            facts,
            shards: across,
        } = Across::of(&division, date)?;
        let mut shards = Vec::new();
        for (shard, (paths, own_facts)) in division.shards.into_iter().zip(across) {
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
                facts: own_facts,
            });
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

/// What only all shards together tell
#[derive(Default)]
struct Across {
    /// What is the same in all shards and is known without asking
    facts: Vec<u8>,
    /// Of each shard: the paths to administrator of its sources that lead through other shards, and what is known without
    /// asking it
    shards: Vec<(PathsAcross, Vec<u8>)>,
}

impl Across {
    /// Of a single shard nothing is wanted: whoever needs it loads the shard.
    fn of(division: &Division, date: Date) -> Result<Self, FactsError> {
        let shards = division.shards.len();
        if shards < 2 {
            return Ok(Self {
                shards: vec![Default::default(); shards],
                ..Self::default()
            });
        }
        let mut homes: HashMap<&str, usize> = HashMap::new();
        for (number, shard) in division.shards.iter().enumerate() {
            homes.extend(shard.accounts.iter().map(|account| (account.as_str(), number)));
        }
        let (types, actions) = specs(Catalogue::embedded());
        let kept: RefCell<VecDeque<(usize, Arc<EffectivePermissions>)>> = RefCell::default();
        let facts: RefCell<BTreeMap<usize, ShardFacts>> = RefCell::default();
        let common: RefCell<Option<CommonFacts>> = RefCell::default();
        let compiled = |number: usize| {
            let known = kept.borrow().iter().find(|(known, _)| *known == number).cloned();
            if let Some((_, effective)) = known {
                return effective;
            }
            let none = Shard::default();
            let shard = division.shards.get(number).unwrap_or(&none);
            let snapshot = compile_shard((&division.common, shard), &types, &actions, date);
            let effective = Arc::new(EffectivePermissions::from(snapshot));
            facts
                .borrow_mut()
                .entry(number)
                .or_insert_with(|| ShardFacts::of(&effective));
            common
                .borrow_mut()
                .get_or_insert_with(|| CommonFacts::of(&effective));
            let mut kept = kept.borrow_mut();
            kept.push_front((number, Arc::clone(&effective)));
            kept.truncate(SHARDS);
            effective
        };
        // Each shard is looked at.
        let paths = paths_across(shards, |account| homes.get(account).copied(), compiled);
        let facts = facts.into_inner().into_values().map(|facts| facts.encode());
        let facts: Vec<Vec<u8>> = facts.collect::<Result<_, _>>()?;
        Ok(Self {
            facts: common.into_inner().unwrap_or_default().encode()?,
            shards: paths.into_iter().zip(facts).collect(),
        })
    }
}
