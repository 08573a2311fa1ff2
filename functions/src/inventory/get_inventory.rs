//! `GET /api/v1/inventory` returns which documents are in force, and what the last import found.

use api::permissions::Error;
use api::{Reply, Request};
use model::inventory::{InventoryReply, SnapshotReply};
use store::Permissions;

/// Reports what is imported for the caller's account, and what was refused.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Permissions, request: Request) -> Result<Reply, Error> {
    let tenant = request.tenant()?;
    let (manifest, _) = table.manifest(&tenant).await?;
    let revision = table.published_revision(&tenant).await?;
    let current = table.current(&tenant).await?;
    let snapshot = current.map(|current| {
        let snapshot = SnapshotReply {
            id: current.id.to_string(),
            created_at: current.made_at,
        };
        (snapshot, current.counts)
    });
    Ok(Reply::ok(&InventoryReply::new(manifest, snapshot, revision)))
}
