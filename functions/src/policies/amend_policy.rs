//! `PUT /api/v1/policies/{policyId}` replaces the members of a policy that the body names.

use std::borrow::Cow;

use api::policies::{Error, body};
use api::{Reply, Request};
use model::json;
use model::policies::{IfMatch, PolicySummary};
use store::Policies;

use super::policy_id;
use super::update_policy::replace;

/// Attempts when others change the policy between its reading and its writing.
const ATTEMPTS: usize = 5;

/// Replaces a policy as [`super::update_policy`] does, but keeps the name and the description that the body leaves
/// out: clients of today's documentation do not send a name.
///
/// What is kept is that of exactly the version that is replaced.
///
/// # Errors
/// Those of the operation.
pub async fn handle(table: &Policies, request: Request) -> Result<Reply, Error> {
    let (tenant, id) = (request.tenant()?, policy_id(&request)?);
    let if_match = IfMatch::from_header(request.header("if-match"))?;
    let body = body(&request)?;
    for _ in 0..ATTEMPTS {
        let Some(stored) = table.policy(&tenant, &id, false).await? else {
            return Err(Error::UnknownPolicy { id });
        };
        let completed = match completed(body, &stored.summary)? {
            Cow::Borrowed(whole) => return replace(table, &request, whole, &if_match).await,
            Cow::Owned(completed) => completed,
        };
        if !if_match.holds(stored.version) {
            return Err(Error::OtherVersion);
        }
        let this_version = IfMatch::Versions(vec![stored.version]);
        match replace(table, &request, &completed, &this_version).await {
            Err(Error::OtherVersion) => {}
            outcome => return outcome,
        }
    }
    Err(Error::OtherVersion)
}

/// Returns the body with the members of the policy that it leaves out; as it is when it has them, or cannot be read.
fn completed<'b>(body: &'b [u8], stored: &PolicySummary) -> Result<Cow<'b, [u8]>, Error> {
    // The validator reports what is wrong with a body that cannot be read.
    let Ok(members) = json::object(body) else {
        return Ok(Cow::Borrowed(body));
    };
    let kept = [
        ("policyName", &stored.policy_name),
        ("description", &stored.policy_desc),
    ];
    let mut text = Vec::new();
    for (name, value) in kept.into_iter().filter(|(name, _)| members.get(name).is_none()) {
        let value =
            serde_json::to_string(value).map_err(|error| Error::Unexpected { source: error.into() })?;
        text.push(format!("\"{name}\":{value}"));
    }
    let brace = body.iter().position(|byte| *byte == b'{');
    let Some((start, rest)) = brace.and_then(|brace| body.split_at_checked(brace.saturating_add(1))) else {
        return Ok(Cow::Borrowed(body));
    };
    if text.is_empty() {
        return Ok(Cow::Borrowed(body));
    }
    let comma: &[u8] = if members.is_empty() { b"" } else { b"," };
    Ok(Cow::Owned(
        [start, text.join(",").as_bytes(), comma, rest].concat(),
    ))
}
