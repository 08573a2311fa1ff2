//! Access policies of AWS IoT SiteWise, and the portals and projects on which they stand.

pub mod batch_associate_project_assets;
pub mod create_access_policy;
pub mod create_portal;
pub mod create_project;
pub mod delete_access_policy;
pub mod delete_portal;
pub mod delete_project;
pub mod describe_access_policy;
pub mod describe_portal;
pub mod describe_project;
pub mod list_access_policies;
pub mod list_portals;
pub mod list_project_assets;
pub mod list_projects;
pub mod list_tags_for_resource;
pub mod tag_resource;
pub mod untag_resource;
pub mod update_access_policy;
pub mod update_portal;
pub mod update_project;

#[cfg(test)]
mod tests;

use api::Request;
use api::access_policies::Error;
use model::access_policies::{Deployment, Id, ResourceKind, ResourceName};
use model::account::AccountId;
use store::AccessPolicies;
use store::access_policies::Created;

use crate::configuration::{ConfigurationError, required};

/// The variable with the number of access policies that a resource may have.
pub const POLICIES_OF_RESOURCE: &str = "MAX_ACCESS_POLICIES_PER_RESOURCE";

/// Returns the table of the environment.
///
/// # Errors
/// [`ConfigurationError`].
pub fn table() -> Result<AccessPolicies, ConfigurationError> {
    let table = required("ACCESS_POLICIES_TABLE")?;
    Ok(AccessPolicies::new(store::connect(), table))
}

/// Holds what an operation needs that reads or writes ARNs.
#[derive(Debug)]
pub struct State {
    table: AccessPolicies,
    deployment: Deployment,
}

impl State {
    /// Makes a state over a table, with the partition and the region of its ARNs.
    #[must_use]
    pub fn new(table: AccessPolicies, deployment: Deployment) -> Self {
        Self { table, deployment }
    }

    /// Connects to what the environment variables name.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        let deployment = Deployment {
            partition: required("AWS_PARTITION")?,
            region: required("AWS_REGION")?,
        };
        Ok(Self::new(table()?, deployment))
    }
}

/// Holds what an operation needs that creates something.
#[derive(Debug)]
pub struct Creation {
    state: State,
    /// Says how many there may be; 0 is any number
    limit: u32,
}

impl Creation {
    /// Allows at most `limit` of what is created; 0 is any number.
    #[must_use]
    pub fn new(state: State, limit: u32) -> Self {
        Self { state, limit }
    }

    /// Connects to what the environment variables name, with the limit in the variable of that name.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect(limit: &'static str) -> Result<Self, ConfigurationError> {
        Ok(Self::new(State::connect()?, required(limit)?))
    }

    /// Returns the id of what was created, or why nothing was.
    fn outcome(&self, created: Created, things: &str, parent: &str) -> Result<Id, Error> {
        match created {
            Created::As(id) => Ok(id),
            Created::OtherRequest => Err(other_request()),
            Created::UnknownParent => Err(unknown(parent)),
            Created::TooMany => Err(Error::LimitExceeded {
                message: format!("The number of {things} is limited to {}", self.limit),
            }),
        }
    }
}

/// Holds what an operation needs that moves access policies.
#[derive(Debug)]
pub struct Moves {
    table: AccessPolicies,
    /// Says how many access policies a resource may have; 0 is any number
    limit: u32,
}

impl Moves {
    /// Allows at most `limit` access policies of a resource; 0 is any number.
    #[must_use]
    pub fn new(table: AccessPolicies, limit: u32) -> Self {
        Self { table, limit }
    }

    /// Makes the state from the environment.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        Ok(Self::new(table()?, required(POLICIES_OF_RESOURCE)?))
    }
}

/// Returns the text of a parameter of the path. A text that is not percent-encoded UTF-8 is not an id, and an empty
/// text is not one either.
fn path(request: &Request, name: &str) -> String {
    request.path(name).unwrap_or_default().into_owned()
}

/// Returns all values of a parameter of the query.
fn query<'r>(request: &'r Request, name: &str) -> Vec<&'r str> {
    request.query_all(name).collect()
}

/// Returns what an ARN names, if it is the caller's: of another account nothing is known here, be it there or not.
fn of_caller<'n>(tenant: &AccountId, name: &'n ResourceName) -> Result<(ResourceKind, &'n Id), Error> {
    if name.account == *tenant {
        Ok((name.kind, &name.id))
    } else {
        Err(unknown("resource"))
    }
}

fn unknown(what: &str) -> Error {
    Error::NotFound {
        message: format!("There is no such {what}"),
    }
}

fn other_request() -> Error {
    Error::InvalidRequest {
        message: "The client token was used before with other parameters".to_owned(),
    }
}
