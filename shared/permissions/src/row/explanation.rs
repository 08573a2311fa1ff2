//! An explanation says why a row is as it is: the statements that grant it, the statements that limit it, and the
//! condition that is left.

use super::residual::Residual;
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// The statements behind a row, and what else the row depends on
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Says whether the row holds for every request or only under a condition
    pub result: RowResult,
    /// The residual condition is present when the result is conditional
    pub residual: Option<Residual>,
    /// Every statement of the granting policy that grants the row
    pub granting: Vec<ExplainedStatement>,
    /// Holds every Allow of the side that does not grant, where the identity side and the resource side must both
    /// allow, and that lets at least a part of the row through. For a grant of an identity policy these are statements
    /// of the policy of the resource; for a grant of a resource they are statements of the source's identity policies
    pub also_allowing: Vec<ExplainedStatement>,
    /// Every Deny of any policy that takes something away, and every Allow of boundary and service control policies that
    /// lets only a part through, or only under a condition
    pub limiting: Vec<ExplainedStatement>,
    /// Says whether the owner of the destination is assumed: neither the ARN nor a document names the owner, and the
    /// account of the source is taken
    pub owner_assumed: bool,
    /// Names the parts of [`NOT_EVALUATED`](crate::aws::NOT_EVALUATED) that could grant or limit more for this source
    /// and service
    pub not_evaluated: Vec<&'static str>,
    /// Says how the source can become an administrator; present when the query asks for sources that can
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrator_path: Option<AdministratorPath>,
    /// The whole policies of the statements, each once; present when they are asked for
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<ExplainedPolicy>,
}

impl Explanation {
    /// Adds the whole text of each policy that holds one of the statements.
    pub fn add_policies(&mut self) {
        let lists = [&self.granting, &self.also_allowing, &self.limiting];
        let mut policies: Vec<ExplainedPolicy> = Vec::new();
        for statement in lists.into_iter().flatten() {
            let policy = ExplainedPolicy::of(statement);
            if !policies.contains(&policy) {
                policies.push(policy);
            }
        }
        self.policies = policies;
    }
}

/// A policy that holds a statement of an explanation
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedPolicy {
    /// The id of the policy as the statements name it
    pub policy_id: String,
    /// The whole document
    pub json: PolicyJson,
}

impl ExplainedPolicy {
    fn of(statement: &ExplainedStatement) -> Self {
        Self {
            policy_id: statement.policy_id.clone(),
            json: statement.json.whole(),
        }
    }
}

/// Says whether a row holds for every request about the resources that its limits leave
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowResult {
    /// The row holds for every request
    Allowed,
    /// The row holds under the residual condition
    Conditional,
}

/// Says which layer a statement belongs to
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Layer {
    /// A policy of the source or of its groups
    Identity,
    /// The permissions boundary
    Boundary,
    /// A service control policy
    ServiceControl,
    /// A resource control policy
    ResourceControl,
    /// The policy of a resource
    Resource,
    /// The trust policy of a role
    Trust,
}

/// A statement that counts for a row
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedStatement {
    /// Says which layer the statement belongs to
    pub layer: Layer,
    /// The level of a service control policy: 0 for the root, then each organizational unit, last the account
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    /// The id of the policy as in rows; for a service control policy, its own id
    pub policy_id: String,
    /// The number of the statement in the document, from 0
    pub statement: usize,
    /// The statement's own name
    pub sid: Option<String>,
    /// `Allow` or `Deny`
    pub effect: &'static str,
    /// Says whether the statement is about all of the row's resources
    pub whole: bool,
    /// Says whether the statement holds only under a condition that is not known
    pub conditional: bool,
    /// The statement as its document has it
    pub json: PolicyJson,
}

/// A policy document or a statement of it, as compact JSON; written as the object that it is
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyJson {
    document: Arc<str>,
    place: Range<usize>,
}

impl PolicyJson {
    /// Makes the part of a document at these bytes.
    pub(crate) const fn new(document: Arc<str>, place: Range<usize>) -> Self {
        Self { document, place }
    }

    /// Returns the text.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        self.document.get(self.place.clone()).unwrap_or_default()
    }

    fn whole(&self) -> Self {
        Self::new(Arc::clone(&self.document), 0..self.document.len())
    }
}

impl Serialize for PolicyJson {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        let part = self.document.get(self.place.clone()).unwrap_or_default();
        // Not as a map: a reader looks for the members in the order in which policies have them.
        let json: &RawValue = serde_json::from_str(part).map_err(S::Error::custom)?;
        json.serialize(target)
    }
}

/// A path by which the source can become an administrator
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdministratorPath {
    /// Says whether every step is certain
    pub result: RowResult,
    /// The steps in the order in which they are made; none when the source is an administrator already
    pub steps: Vec<PathStep>,
    /// Id of the user or role that is the administrator at the end; null when the last step makes a new one
    pub administrator: Option<String>,
}

/// One step of a path
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathStep {
    /// The method, as the table of methods names it
    pub method: Cow<'static, str>,
    /// Names the principal that makes the step
    pub source: String,
    /// The user, role or group that is gained or changed; null when it is new
    pub gains: Option<String>,
    /// Says whether the step is certain
    pub result: RowResult,
    /// The permissions that the step needs
    pub rows: Vec<StepRow>,
}

/// A row that a step needs
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRow {
    /// Id of the row; null when it becomes one by an earlier step
    pub id: Option<String>,
    /// The source, as in `sourceResourceId`
    pub source: String,
    /// The action, as in `effectiveActionName`
    pub action: String,
    /// The destination, as in `destResourceId`
    pub destination: String,
    /// The policy, as in `grantedByCloudPolicyId`
    pub policy: String,
    /// The entity, as in `grantedByCloudEntityId`
    pub entity: Option<String>,
}
