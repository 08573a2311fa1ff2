//! Holds what is known of the shards of a snapshot without asking them: enough to leave out shards that cannot have
//! rows, and to say what no document holds.

mod granted;
mod possible;

use super::EffectivePermissions;
use super::actions_of::ActionsOf;
use super::data::{COMPUTE_KINDS, CompiledDocument, Gap, SourceKind};
use super::sources_of::SourcesOf;
use crate::row::AccountNames;
use inventory::MissingKind;
use inventory::stored::SnapshotManifest;
use possible::PossibleRows;
use rql::Query;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Lists how the condition keys begin that name a VPC endpoint or what the endpoint belongs to, in lower case.
const OF_ENDPOINTS: [&str; 2] = ["aws:sourcevpc", "aws:vpce"];

/// Holds what is the same in every shard of a snapshot
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommonFacts {
    account_names: BTreeMap<String, String>,
    tracks_usage: bool,
    tracks_credentials: bool,
    tracks_compute: bool,
}

/// Holds what is known of one shard
#[expect(clippy::struct_excessive_bools, reason = "each thing is there or not")]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardFacts {
    /// Says for each account what its sources are; an empty account stands for no account
    sources: BTreeMap<String, SourcesOf>,
    /// Says which actions the rows of these sources can have
    actions: ActionsOf,
    without_usage: Gap,
    without_credentials: Gap,
    /// The gaps in the order of [`COMPUTE_KINDS`]
    without_compute: Vec<Gap>,
    missing: MissingFacts,
    has_invalid_statement: bool,
    names_endpoint: bool,
    lets_organizations_in: bool,
    has_foreign_sources: bool,
}

/// Holds what sources need and no document holds
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MissingFacts {
    pub(crate) things: BTreeSet<(MissingKind, String)>,
    /// Says how many users, roles and compute resources need some of it
    pub(crate) principals: u64,
    /// Says how many of these have no source
    pub(crate) without_source: u64,
}

/// Holds what is known of a whole snapshot
#[derive(Debug, Default)]
pub struct SnapshotFacts {
    pub(crate) account_names: AccountNames,
    pub(crate) tracks_usage: bool,
    pub(crate) tracks_credentials: bool,
    pub(crate) tracks_compute: bool,
    /// The facts of all shards together; the sources stay with the shards
    pub(crate) all: ShardFacts,
    /// Of each shard: its sources, and which actions their rows can have
    shards: Vec<(BTreeMap<String, SourcesOf>, ActionsOf)>,
}

impl CommonFacts {
    /// Takes the facts that any shard of the snapshot shows.
    #[must_use]
    pub fn of(effective: &EffectivePermissions) -> Self {
        let snapshot = effective.snapshot();
        let names = snapshot.account_names.iter();
        Self {
            account_names: names.map(|(id, name)| (id.to_owned(), name.to_owned())).collect(),
            tracks_usage: snapshot.tracks_usage,
            tracks_credentials: snapshot.tracks_credentials,
            tracks_compute: snapshot.tracks_compute,
        }
    }
}

impl ShardFacts {
    /// Takes the facts of a shard.
    #[must_use]
    pub fn of(effective: &EffectivePermissions) -> Self {
        let snapshot = effective.snapshot();
        let mut sources: BTreeMap<String, SourcesOf> = BTreeMap::new();
        let (mut lets_organizations_in, mut has_foreign_sources) = (false, false);
        for source in snapshot.sources.iter() {
            lets_organizations_in |= source.kind == SourceKind::Organization;
            has_foreign_sources |= !source.account.is_empty() && !snapshot.is_own_account(&source.account);
            match sources.get_mut(&*source.account) {
                Some(known) => known.add(source),
                None => sources.entry(source.account.to_string()).or_default().add(source),
            }
        }
        let actions = granted::granted(effective, &mut sources);
        let missing = &snapshot.missing;
        let things = missing.things.iter();
        let of_kind = COMPUTE_KINDS.iter();
        let of_kind = of_kind.map(|(service, _)| snapshot.without_compute.get(service));
        Self {
            sources,
            actions,
            without_usage: snapshot.without_usage.clone(),
            without_credentials: snapshot.without_credentials.clone(),
            without_compute: of_kind.map(|gap| gap.cloned().unwrap_or_default()).collect(),
            missing: MissingFacts {
                things: things.map(|one| (one.kind, one.name.to_string())).collect(),
                principals: missing.principals as u64,
                without_source: missing.without_source as u64,
            },
            has_invalid_statement: snapshot
                .documents
                .iter()
                .any(|one| one.policy().has_invalid_statement()),
            names_endpoint: snapshot.documents.iter().any(names_endpoint),
            lets_organizations_in,
            has_foreign_sources,
        }
    }

    /// Adds all facts of another shard but those on its sources.
    fn add(&mut self, other: &Self) {
        self.without_usage.add(&other.without_usage);
        self.without_credentials.add(&other.without_credentials);
        let kinds = self.without_compute.len().max(other.without_compute.len());
        self.without_compute.resize(kinds, Gap::default());
        for (own, other) in self.without_compute.iter_mut().zip(&other.without_compute) {
            own.add(other);
        }
        let MissingFacts {
            things,
            principals,
            without_source,
        } = &other.missing;
        // A policy of AWS can be missing in every shard; a principal is in one shard only.
        self.missing.things.extend(things.iter().cloned());
        self.missing.principals = self.missing.principals.saturating_add(*principals);
        self.missing.without_source = self.missing.without_source.saturating_add(*without_source);
        self.has_invalid_statement |= other.has_invalid_statement;
        self.names_endpoint |= other.names_endpoint;
        self.lets_organizations_in |= other.lets_organizations_in;
        self.has_foreign_sources |= other.has_foreign_sources;
    }

    /// Returns the gap of a service of [`COMPUTE_KINDS`].
    pub(crate) fn without_compute(&self, service: &str) -> Option<&Gap> {
        let place = COMPUTE_KINDS.iter().position(|(one, _)| *one == service)?;
        self.without_compute.get(place)
    }

    pub(crate) const fn without_usage(&self) -> &Gap {
        &self.without_usage
    }

    pub(crate) const fn without_credentials(&self) -> &Gap {
        &self.without_credentials
    }

    pub(crate) const fn missing(&self) -> &MissingFacts {
        &self.missing
    }

    pub(crate) const fn has_invalid_statement(&self) -> bool {
        self.has_invalid_statement
    }

    pub(crate) const fn names_endpoint(&self) -> bool {
        self.names_endpoint
    }

    pub(crate) const fn lets_organizations_in(&self) -> bool {
        self.lets_organizations_in
    }

    pub(crate) const fn has_foreign_sources(&self) -> bool {
        self.has_foreign_sources
    }
}

/// Bytes that are no facts of this release
#[derive(Debug, thiserror::Error)]
#[error("the facts of a snapshot cannot be read: {0}")]
pub struct FactsError(#[from] postcard::Error);

impl CommonFacts {
    /// Writes the facts as bytes.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn encode(&self) -> Result<Vec<u8>, FactsError> {
        Ok(postcard::to_allocvec(self)?)
    }

    /// Reads the facts from bytes.
    ///
    /// # Errors
    /// [`FactsError`] for what [`CommonFacts::encode`] did not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, FactsError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

impl ShardFacts {
    /// Writes the facts as bytes.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn encode(&self) -> Result<Vec<u8>, FactsError> {
        Ok(postcard::to_allocvec(self)?)
    }

    /// Reads the facts from bytes.
    ///
    /// # Errors
    /// [`FactsError`] for what [`ShardFacts::encode`] did not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, FactsError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}

impl SnapshotFacts {
    /// Reads the facts that a manifest has of its shards. The manifest of one shard has none.
    ///
    /// # Errors
    /// [`FactsError`] for what [`CommonFacts::encode`] and [`ShardFacts::encode`] did not write.
    pub fn of_manifest(manifest: &SnapshotManifest) -> Result<Self, FactsError> {
        let common = CommonFacts::decode(&manifest.facts)?;
        let shards = manifest
            .shards
            .iter()
            .map(|shard| ShardFacts::decode(&shard.facts));
        let shards: Vec<ShardFacts> = shards.collect::<Result<_, _>>()?;
        Ok(Self::new(&common, &shards))
    }

    /// Joins the facts of the shards of a snapshot, in order.
    #[must_use]
    pub fn new<'f>(common: &CommonFacts, shards: impl IntoIterator<Item = &'f ShardFacts>) -> Self {
        let mut facts = Self {
            account_names: common.account_names.clone().into_iter().collect(),
            tracks_usage: common.tracks_usage,
            tracks_credentials: common.tracks_credentials,
            tracks_compute: common.tracks_compute,
            ..Self::default()
        };
        for shard in shards {
            facts.all.add(shard);
            facts.shards.push((shard.sources.clone(), shard.actions.clone()));
        }
        facts
    }

    /// Takes the facts of a snapshot that is one shard.
    #[must_use]
    pub fn of_one(effective: &EffectivePermissions) -> Self {
        Self::new(&CommonFacts::of(effective), [&ShardFacts::of(effective)])
    }

    /// Returns how many shards there are.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Returns the display names of accounts.
    #[must_use]
    pub const fn account_names(&self) -> &AccountNames {
        &self.account_names
    }

    /// Returns the shards that can have rows of a query, ascending. The answer is exact in one direction: a shard that
    /// is left out has no rows, and none of its sources could have one if more were known of it.
    ///
    /// Sources rule out most: who they are, and whose resources their rows are about. Actions rule out a shard only where nobody
    /// has a policy that allows all of them.
    #[must_use]
    pub fn possible(&self, query: &Query) -> Vec<usize> {
        let of_query = PossibleRows::of(query, &self.account_names);
        let shards = self.shards.iter().enumerate();
        let possible = shards.filter(|(_, (sources, actions))| {
            let mut sources = sources.iter();
            sources.any(|(account, of)| of_query.can_have_rows(account, of, actions))
        });
        possible.map(|(number, _)| number).collect()
    }
}

/// Returns whether a policy has a condition about a VPC endpoint.
fn names_endpoint(document: &CompiledDocument) -> bool {
    let conditions = document.all_conditions().flatten();
    conditions.into_iter().any(|condition| {
        let mut starts = OF_ENDPOINTS.iter();
        starts.any(|start| {
            let own = condition.key.get(..start.len());
            own.is_some_and(|own| own.eq_ignore_ascii_case(start))
        })
    })
}
