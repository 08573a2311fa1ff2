//! Compares what the imported policies of a job's principal allow with what the job saw.

use std::sync::Arc;

use jiff::Timestamp;
use model::account::AccountId;
use permissions::aws::{EffectivePermissions, ImportedPrincipal};
use serde::Serialize;
use trail::comparison::{self, Comparison, EffectiveGrant, PolicyInForce};
use trail::generation::Generation;
use trail::identities::Identities;

use crate::permissions::ImportedAccounts;

/// The policies in force of a principal, if they are imported.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum InForce {
    /// The policies are compared.
    #[serde(rename_all = "camelCase")]
    Compared {
        snapshot: SnapshotOfPolicies,
        /// Policies and groups that no document holds: the policies in force may allow more or less.
        missing: Vec<String>,
        #[serde(flatten)]
        comparison: Box<Comparison>,
    },
    /// No document about the principal's account is imported.
    AccountNotImported { message: String },
    /// The documents about the account do not describe the principal.
    PrincipalNotImported { message: String },
    /// The documents cannot be read now.
    Unavailable { message: String },
}

/// Says when the policies were imported.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SnapshotOfPolicies {
    id: String,
    created_at: Timestamp,
    /// Says whether the documents in force are being compiled anew, so that former ones are compared.
    is_outdated: bool,
}

/// The imported documents of a tenant.
#[derive(Debug)]
pub(super) enum Imported {
    Snapshot(
        crate::permissions::InForce,
        /// The shard of the account that is asked for, when documents are about the account
        Option<Arc<EffectivePermissions>>,
    ),
    Nothing,
    Unavailable,
}

impl Imported {
    /// Reads the documents about an account. What the log files show is worth a reply without them, so that no failure to read them is one
    /// of the reply.
    pub(super) async fn load(
        accounts: &ImportedAccounts,
        tenant: &AccountId,
        account: &str,
        now: Timestamp,
    ) -> Self {
        match accounts.shard_of_account(tenant, account, now).await {
            Ok(Some((snapshot, shard))) => Self::Snapshot(snapshot, shard),
            Ok(None) => Self::Nothing,
            Err(error) => {
                tracing::warn!(%error, "the evidence lacks the policies in force, because the snapshot cannot be read");
                Self::Unavailable
            }
        }
    }

    /// Returns what the documents say about names: of users and roles of the account and those whose accounts are in
    /// one shard with it, and of the roles of all accounts.
    pub(super) fn identities(&self) -> Identities {
        let mut identities = Identities::default();
        if let Self::Snapshot(_, Some(shard)) = self {
            for arn in shard.principals() {
                identities.add(arn);
            }
            for arn in shard.roles_of_other_shards() {
                identities.add(&arn);
            }
            for (profile, role) in shard.instance_profiles() {
                identities.add_instance_profile(profile, role);
            }
        }
        identities
    }
}

impl InForce {
    /// Compares the policies in force with what a job saw.
    pub(super) fn of(imported: Imported, tenant: &AccountId, generation: &Generation<'_>) -> Self {
        let snapshot = match imported {
            Imported::Snapshot(snapshot, shard) => shard.map(|shard| (snapshot, shard)),
            Imported::Nothing => None,
            Imported::Unavailable => {
                let message = "the imported documents cannot be read at the moment; repeat the request later";
                return Self::Unavailable {
                    message: message.to_owned(),
                };
            }
        };
        let (arn, account) = (generation.principal.arn(), generation.principal.account());
        let Some((snapshot, shard)) = snapshot.filter(|(_, shard)| shard.is_imported(account)) else {
            return Self::AccountNotImported {
                message: format!(
                    "no policy of the account {account} is imported, so that nobody can tell what `{arn}` does not need; \
                     import the authorization details of the account as docs/inventory.md describes, signed in as {tenant}"
                ),
            };
        };
        let Some(principal) = shard.principal(arn) else {
            return Self::PrincipalNotImported {
                message: format!(
                    "the imported authorization details of the account {account} do not describe `{arn}`; check the path of \
                     the ARN, or import the authorization details again"
                ),
            };
        };
        let missing = principal.missing();
        Self::Compared {
            missing: missing
                .map(|(kind, name)| format!("{} {name}", kind.as_str()))
                .collect(),
            comparison: Box::new(comparison::compare(generation, grants(&principal))),
            snapshot: SnapshotOfPolicies {
                id: snapshot.id.as_str().to_owned(),
                created_at: snapshot.made_at,
                is_outdated: snapshot.is_outdated,
            },
        }
    }
}

fn grants<'s>(principal: &ImportedPrincipal<'s>) -> impl Iterator<Item = EffectiveGrant<'s>> + use<'s> {
    principal.rows().map(|row| EffectiveGrant {
        action: row.action,
        resource: row.destination,
        is_limited: row.is_limited,
        policy: PolicyInForce {
            name: row.policy.name,
            id: row.policy.id,
            kind: row.policy.kind,
            held_by: row.policy.entity,
        },
    })
}
