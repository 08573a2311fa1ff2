//! `POST /api/v1/suggest` returns what can follow in a query that is being written.

use api::permissions::{Error, body};
use api::{Reply, Request};
use model::permissions::{Suggest, SuggestReply};
use permissions::search::KnownValues;

use super::{ImportedAccounts, InForce};

/// Shows how a query that is being written may go on, with the values that rows of the imported accounts have.
///
/// The values are a help: where the snapshot cannot be read, the reply has those of the language alone.
///
/// # Errors
/// Those of the operation; a text that is no query is not an error.
pub async fn handle(accounts: &ImportedAccounts, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let wanted = Suggest::from_request(body(&request)?)?;
    let whole = async |in_force: &InForce| accounts.whole(&tenant, &in_force.id, now).await;
    let in_force = match accounts.loaded(&tenant, now, whole).await {
        Ok(in_force) => in_force,
        Err(error) => {
            tracing::warn!(%error, "suggestions without values: the snapshot cannot be read");
            None
        }
    };
    let imported = in_force.as_ref().map(|(_, effective)| &**effective);
    let rql::Suggestions {
        valid,
        offset,
        suggestions,
    } = rql::suggest(
        &wanted.query,
        &KnownValues::new(accounts.action_names(), imported, None),
    );
    Ok(Reply::ok(&SuggestReply::new(valid, offset, suggestions)))
}
