//! `POST /api/v1/suggest`

use api::permissions::{Error, body};
use api::{Reply, Request};
use model::permissions::{Suggest, SuggestReply};

/// Tells how a query that is being written may go on.
///
/// # Errors
/// Those of the operation; a query that is no query is none.
#[expect(clippy::unused_async, reason = "a handler like the others")]
pub async fn handle(_state: &(), request: Request) -> Result<Reply, Error> {
    request.tenant()?;
    let wanted = Suggest::from_request(body(&request)?)?;
    let rql::Suggestions {
        valid,
        offset,
        suggestions,
    } = rql::suggest(&wanted.query);
    Ok(Reply::ok(&SuggestReply::new(valid, offset, suggestions)))
}
