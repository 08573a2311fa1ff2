//! Policies of NAVER Cloud Sub Account: validated within the write, replaced as a whole, attached to sub accounts.

pub mod amend_policy;
pub mod attach_policies;
pub mod create_policy;
pub mod delete_policies;
pub mod delete_policy;
pub mod detach_policies;
pub mod get_policy;
pub mod list_policies;
pub mod list_policy_resources;
pub mod list_sub_account_policies;
pub mod update_policy;
pub mod validate_policy;

#[cfg(test)]
mod tests;

use api::policies::Error;
use api::{Reply, Request};
use model::policies::SubAccountId;
use ncloud::{AbsentDescription, Body, Catalogue, Options, Policy, Report};
use store::Policies;
use store::policies::Content;

use crate::configuration::{ConfigurationError, required};

/// Returns the table of the environment.
///
/// # Errors
/// [`ConfigurationError`].
pub fn table() -> Result<Policies, ConfigurationError> {
    let table = required("POLICIES_TABLE")?;
    Ok(Policies::new(store::connect(), table))
}

/// Builds the catalogue, while Lambda still gives a starting function the full processor.
pub fn warm() {
    let _catalogue = Catalogue::published();
}

/// Validates a body that must have each member of the first published form of an update.
fn validated<'a>(body: &'a Body<'a>, include_info: bool) -> Report<'a> {
    let options = Options {
        include_info,
        ..Options::default()
    };
    ncloud::validate(body, Catalogue::published(), options)
}

/// Validates a new policy. Clients of today's documentation, which says that the description is optional, have paths of
/// their own.
fn validated_anew<'a>(request: &Request, body: &'a Body<'a>, include_info: bool) -> Report<'a> {
    let absent_description = if request.route().starts_with("/api/v1/") {
        AbsentDescription::IsEmpty
    } else {
        AbsentDescription::IsMissing
    };
    let options = Options {
        include_info,
        absent_description,
    };
    ncloud::validate(body, Catalogue::published(), options)
}

fn permissions(policy: &Policy) -> Result<String, Error> {
    serde_json::to_string(policy.permissions()).map_err(|error| Error::Unexpected { source: error.into() })
}

fn content<'a>(policy: &'a Policy, permissions: &'a str) -> Content<'a> {
    Content {
        name: policy.name(),
        description: policy.description(),
        permissions,
    }
}

/// Returns a strong tag (RFC 9110, section 8.8.3).
fn with_version(reply: Reply, version: u64) -> Reply {
    reply.with_header("ETag", format!("\"{version}\""))
}

fn policy_id(request: &Request) -> Result<String, Error> {
    Ok(request.path("policyId")?.into_owned())
}

fn sub_account_id(request: &Request) -> Result<SubAccountId, Error> {
    let id = request.path("subAccountId")?;
    SubAccountId::parse(&id).ok_or_else(|| Error::UnknownSubAccount { id: id.into_owned() })
}
