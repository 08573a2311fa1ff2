//! `POST /search/history/{searchId}` saves a search under a name.

use api::permissions::{Error, body};
use api::{Reply, Request};
use model::permissions::{SaveSearch, SearchReply};
use rql::Query;
use store::Permissions;
use store::permissions::{Name, Saving, SearchId};

use super::search_id;

/// Saves a search that was run, or changes the name and the description of a saved one.
///
/// # Errors
/// Those of the operation.
pub async fn handle(searches: &Permissions, request: Request) -> Result<Reply, Error> {
    let (tenant, now) = (request.tenant()?, request.received_at());
    let id = search_id(&request)?;
    api::about(id.as_str());
    let wanted = SaveSearch::from_request(body(&request)?)?;
    let query = Query::parse(&wanted.query)?;
    let name = Name {
        name: wanted.name,
        description: wanted.description,
    };
    if SearchId::of(&tenant, &query.identity()) != id {
        // That the search does not exist is better to know than that its query is another one.
        let known = searches.search(&tenant, &id, now).await?;
        return Err(known.map_or(Error::UnknownSearch, |_| Error::OtherQuery));
    }
    let saving = searches
        .save_search(&tenant, &id, &wanted.query, &name, now)
        .await?;
    match saving {
        Saving::Done => {
            let name = Some((name.name.as_str(), name.description.as_str()));
            Ok(Reply::ok(&SearchReply::new(id.as_str(), &wanted.query, name)))
        }
        Saving::Unknown => Err(Error::UnknownSearch),
        Saving::NameTaken => Err(Error::DuplicateSearchName),
    }
}
