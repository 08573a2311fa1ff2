//! `POST /api/v1/suggest` returns what can follow in a query that is being written.

use std::sync::Arc;

use api::permissions::{Error, body};
use api::{Reply, Request};
use jiff::Timestamp;
use model::account::AccountId;
use model::permissions::{Suggest, SuggestReply};
use permissions::search::{ImportedValues, KnownValues};
use permissions::shard::SnapshotFacts;

use super::imported_accounts::InForce;
use super::search_over_shards::begun_values;
use super::{SearchedAccounts, day};

/// Shows how a query that is being written may go on, with the values that rows of the imported accounts have.
///
/// The values are a help: where the snapshot cannot be read, the reply has those of the language alone.
///
/// # Errors
/// Those of the operation; a text that is not a query is not an error.
pub async fn handle(accounts: &SearchedAccounts, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let wanted = Suggest::from_request(body(&request)?)?;
    let text = &wanted.query;
    // The future is boxed, because it is large.
    let found = match Box::pin(values(accounts, &tenant, text, now)).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "the suggestions have no values, because the snapshot cannot be read");
            None
        }
    };
    let found = found.as_ref();
    let values = found.map(|(facts, found)| ImportedValues::of_begun_text(facts, text, found));
    let names = accounts.imported.action_names();
    let rql::Suggestions {
        valid,
        offset,
        suggestions,
    } = rql::suggest(text, &KnownValues::new(names, values.as_ref(), None));
    Ok(Reply::ok(&SuggestReply::new(valid, offset, suggestions)))
}

/// Returns the values of shards that can complete the text; none when nothing is imported.
async fn values(
    accounts: &SearchedAccounts,
    tenant: &AccountId,
    text: &str,
    now: Timestamp,
) -> Result<Option<(Arc<SnapshotFacts>, Vec<Vec<String>>)>, Error> {
    let ask = async |in_force: &InForce| {
        let Some(shards) = accounts.shards(tenant, in_force, now).await? else {
            return Ok(None);
        };
        let found = begun_values(&shards, text, day(now)).await?;
        Ok(found.map(|found| (Arc::clone(&shards.facts), found)))
    };
    let found = accounts.imported.loaded(tenant, now, ask).await?;
    Ok(found.map(|(_, found)| found))
}
