//! The shards of a snapshot, asked side by side: the one shard of a small snapshot here, several by the function
//! `SearchShard`.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use api::Metric;
use api::permissions::Error;
use aws::Function;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use model::account::AccountId;
use permissions::aws::EffectivePermissions;
use permissions::shard::{ShardReply, ShardRequest, SnapshotFacts, reply};
use tokio::time::{Instant, timeout_at};

use super::at_once::AtOnce;
use super::imported_accounts::{ImportedAccounts, InForce};
use super::kept::Kept;
use super::search_shard::{ShardEvent, ShardOutput};
use crate::configuration::{ConfigurationError, required};

/// Shards that are asked at once by one search. Lambda runs 1,000 invocations at once in an account and region unless that is
/// raised: so a few searches over the largest organization can run side by side, and one search waits for few rounds. Where
/// Lambda takes fewer, fewer are asked at once ([`AtOnce`]).
const AT_ONCE: usize = 128;

/// Longest time from the first request to the last reply. The function that asks has 28 seconds, and needs some of them to
/// write its reply.
const LONGEST: Duration = Duration::from_secs(22);

/// Snapshots of which a function keeps what is known without asking.
const FACTS: usize = 8;

/// Imported accounts, with the function that replies for their shards
#[derive(Debug)]
pub struct SearchedAccounts {
    pub(super) imported: ImportedAccounts,
    function: Function,
    /// Says which instances of the function reply for a shard
    pub(super) instances: Instances,
    /// Longest time for all replies
    pub(super) longest: Duration,
    facts: Kept<(AccountId, String), Arc<SnapshotFacts>>,
}

/// Says which instances of the function reply for a shard
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instances {
    /// Any instance replies, and reads the shard first unless it has kept it
    Shared,
    /// Instances of its own reply, which have read the shard before
    Own,
}

impl FromStr for Instances {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "SHARED" => Ok(Self::Shared),
            "OWN" => Ok(Self::Own),
            _ => Err(()),
        }
    }
}

/// The shards of one snapshot, for one search
#[derive(Debug)]
pub(super) struct Shards<'s> {
    accounts: &'s SearchedAccounts,
    tenant: AccountId,
    snapshot: InForce,
    now: Timestamp,
    /// The whole snapshot, when it is one shard
    only: Option<Arc<EffectivePermissions>>,
    pub(super) facts: Arc<SnapshotFacts>,
    at_once: AtOnce,
    deadline: Instant,
}

impl SearchedAccounts {
    /// Opens the accounts in the table, and the function, that the environment names.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        let function = Function::named(required("SEARCH_SHARD_FUNCTION")?);
        let instances = required("SHARD_INSTANCES")?;
        Ok(Self {
            instances,
            ..Self::new(ImportedAccounts::connect()?, function)
        })
    }

    pub(super) fn new(imported: ImportedAccounts, function: Function) -> Self {
        Self {
            imported,
            function,
            instances: Instances::Shared,
            longest: LONGEST,
            facts: Kept::new(FACTS),
        }
    }

    /// Returns the shards of a snapshot; `None` when it is retired, when another release wrote it, or when parts are
    /// lost.
    pub(super) async fn shards<'s>(
        &'s self,
        tenant: &AccountId,
        snapshot: &InForce,
        now: Timestamp,
    ) -> Result<Option<Shards<'s>>, Error> {
        let is_one = snapshot.manifest.shards.len() == 1;
        let only = if is_one {
            let Some(effective) = self.imported.shard(tenant, &snapshot.id, 0, now).await? else {
                return Ok(None);
            };
            Some(effective)
        } else {
            None
        };
        let key = (tenant.clone(), snapshot.id.to_string());
        let facts = match (self.facts.get(&key), &only) {
            (Some(facts), _) => facts,
            (None, Some(effective)) => Arc::new(SnapshotFacts::of_one(effective)),
            (None, None) => match SnapshotFacts::of_manifest(&snapshot.manifest) {
                Ok(facts) => Arc::new(facts),
                Err(error) => {
                    tracing::warn!(%error, snapshot = %snapshot.id, "the facts of a snapshot cannot be read");
                    self.imported.report_loss(tenant, &snapshot.id, now).await?;
                    return Ok(None);
                }
            },
        };
        self.facts.put(key, Arc::clone(&facts));
        Ok(Some(Shards {
            accounts: self,
            tenant: tenant.clone(),
            snapshot: snapshot.clone(),
            now,
            only,
            facts,
            at_once: AtOnce::new(AT_ONCE),
            deadline: Instant::now() + self.longest,
        }))
    }
}

impl Shards<'_> {
    /// Returns how many shards there are.
    pub(super) fn len(&self) -> usize {
        self.snapshot.manifest.shards.len()
    }

    /// Returns whether the replies come from this process, so that they may be of any size.
    pub(super) const fn is_here(&self) -> bool {
        self.only.is_some()
    }

    /// Sends requests, each to the shard of its number, and returns the replies in the order of the requests;
    /// `None` when the snapshot is retired or has lost parts.
    ///
    /// # Errors
    /// [`Error::PartUnavailable`] when one of the shards fails or is late: there is no result without it.
    pub(super) async fn send(
        &self,
        requests: Vec<(usize, ShardRequest)>,
    ) -> Result<Option<Vec<Vec<u8>>>, Error> {
        if let Some(effective) = &self.only {
            let replies = requests.iter().map(|(_, request)| reply(effective, request));
            let replies: Result<Vec<_>, _> = replies.collect();
            return replies
                .map(Some)
                .map_err(|fault| Error::Unexpected { source: fault.into() });
        }
        api::measure(Metric::Shards, requests.len() as u64);
        let replies = stream::iter(requests)
            .map(|(shard, request)| self.invoke(shard, request))
            .buffered(AT_ONCE)
            .try_collect::<Vec<_>>();
        let replies: Option<Vec<_>> = match timeout_at(self.deadline, replies).await {
            Ok(replies) => replies?.into_iter().collect(),
            Err(late) => return Err(Error::PartUnavailable { source: late.into() }),
        };
        if replies.is_none() {
            let imported = &self.accounts.imported;
            imported
                .report_loss(&self.tenant, &self.snapshot.id, self.now)
                .await?;
        }
        Ok(replies)
    }

    async fn invoke(&self, shard: usize, request: ShardRequest) -> Result<Option<Vec<u8>>, Error> {
        let unavailable = |source: api::Cause| Error::PartUnavailable { source };
        let event = ShardEvent::new(&self.tenant, &self.snapshot.id, shard, &request)
            .map_err(|fault| Error::Unexpected { source: fault.into() })?;
        let event = serde_json::to_vec(&event).map_err(|fault| unavailable(fault.into()))?;
        let function = &self.accounts.function;
        let tenant = self.tenant_of(shard);
        let invoke = || function.invoke(event.clone(), tenant.as_deref());
        let output = self.at_once.send(invoke).await;
        let output = output.map_err(|fault| unavailable(fault.into()))?;
        let output: ShardOutput =
            serde_json::from_slice(&output).map_err(|fault| unavailable(fault.into()))?;
        output.bytes().map_err(|fault| unavailable(fault.into()))
    }

    /// Returns for whom Lambda keeps instances, which is the shard. Its first account names it, so that nothing changes for it when
    /// another shard is divided.
    fn tenant_of(&self, shard: usize) -> Option<String> {
        let shard = self.snapshot.manifest.shards.get(shard);
        let first = shard.and_then(|shard| shard.accounts.first());
        let tenant = || Some(format!("{}/{}", self.tenant, first?));
        (self.accounts.instances == Instances::Own).then(tenant).flatten()
    }
}

/// Reads the reply of a shard. While a release is deployed, the reply may come from another release.
pub(super) fn read(bytes: &[u8]) -> Result<ShardReply<'_>, Error> {
    ShardReply::decode(bytes).map_err(|fault| Error::PartUnavailable { source: fault.into() })
}

/// Makes the error for a reply to another request than the one that was sent, or from a release that cannot read
/// the query.
pub(super) fn unexpected() -> Error {
    Error::PartUnavailable {
        source: "a shard replied with something else".into(),
    }
}
