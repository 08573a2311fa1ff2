//! `POST /api/v1/permission/simulate` decides one request of an imported user or role.

use api::permissions::{Error, UnknownPrincipal, body};
use api::{Reply, Request};
use iam::arn::Resource;
use model::json;
use model::permissions::{SimulatePermission, SnapshotReply};
use model::request::{Constraint, Violations};
use permissions::aws::{SimulatedRequest, Simulation};
use serde::Serialize;

use super::ImportedAccounts;

/// The body of the reply.
#[derive(Debug, Serialize)]
struct Body<'r> {
    #[serde(flatten)]
    simulation: Simulation,
    snapshot: SnapshotReply<'r>,
}

/// Decides one request of an imported user or role, and names the statements of each layer that decided.
///
/// # Errors
/// Those of the operation.
pub async fn handle(accounts: &ImportedAccounts, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let wanted = SimulatePermission::from_request(&json::object(body(&request)?)?)?;
    let resource = Resource::parse(wanted.resource.as_str()).map_err(|error| {
        let rule = Constraint::new(format!("Member must be an ARN: {error}"));
        Violations::one("resource", rule)
    })?;
    let unknown = Error::UnknownPrincipal;
    let principal = wanted.principal.as_str();
    let account = principal.split(':').nth(4).unwrap_or_default();
    let Some((in_force, shard)) = accounts.shard_of_account(&tenant, account, now).await? else {
        return Err(unknown(UnknownPrincipal::NothingImported));
    };
    let Some(shard) = shard.filter(|shard| shard.is_imported(account)) else {
        return Err(unknown(UnknownPrincipal::AccountNotImported));
    };
    let simulation = shard.simulate(&SimulatedRequest {
        principal,
        action: wanted.action.as_str(),
        resource,
        context: &wanted.context,
        is_context_complete: wanted.is_context_complete,
    });
    let Some(simulation) = simulation else {
        return Err(unknown(UnknownPrincipal::NotDescribed));
    };
    Ok(Reply::ok(&Body {
        simulation,
        snapshot: SnapshotReply {
            id: in_force.id.as_str(),
            created_at: in_force.made_at.to_string(),
            is_outdated: in_force.is_outdated,
        },
    }))
}
