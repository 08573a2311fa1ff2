//! An explanation says why a row is as it is: the statements that grant it, the statements that limit it, and the
//! condition that is left.

use super::residual::Residual;
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// The statements behind a row, and what it hangs on
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Says whether what is known of the request decides
    pub result: RowResult,
    /// Present when the result is conditional
    pub residual: Option<Residual>,
    /// Every statement of the granting policy that grants the row
    pub granting: Vec<ExplainedStatement>,
    /// Holds every Allow of the side that does not grant and that lets the row or a part of it through, where the identity
    /// side and the resource side must both allow: of the policy
    /// of the resource for a grant of an identity policy, of the source's identity policies for a grant of a resource
    pub also_allowing: Vec<ExplainedStatement>,
    /// Every Deny of any policy that takes something away, and every Allow of boundary and service control policies that
    /// lets only a part through, or only under a condition
    pub limiting: Vec<ExplainedStatement>,
    /// Neither the ARN nor a document tells who owns the destination: it is taken to be the source's account
    pub owner_assumed: bool,
    /// What could grant or limit more for this source and service, of [`NOT_EVALUATED`](crate::aws::NOT_EVALUATED)
    pub not_evaluated: Vec<&'static str>,
    /// How the source can become an administrator; present when the query asks for sources that can
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrator_path: Option<AdministratorPath>,
    /// The whole policies of the statements, each once; present when they are asked for
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<ExplainedPolicy>,
}

impl Explanation {
    /// Adds the whole text of each policy that one of the statements stands in.
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

/// A policy that a statement of an explanation stands in
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedPolicy {
    /// As the statements name it
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

/// Whether a row holds for every request about the resources that its limits leave
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowResult {
    /// For every request
    Allowed,
    /// Under the residual condition
    Conditional,
}

/// Where a statement stands
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
    /// Where it stands
    pub layer: Layer,
    /// Of a service control policy: 0 for the root, then each organizational unit, last the account
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    /// Id of the policy as in rows; of a service control policy its own
    pub policy_id: String,
    /// Place in the document, from 0
    pub statement: usize,
    /// The statement's own name
    pub sid: Option<String>,
    /// `Allow` or `Deny`
    pub effect: &'static str,
    /// Whether the statement is about all of the row's resources
    pub whole: bool,
    /// Whether it holds only under a condition that is not known
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
    /// The part of a document that stands at these bytes.
    pub(crate) const fn new(document: Arc<str>, place: Range<usize>) -> Self {
        Self { document, place }
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
    /// Whether every step is certain
    pub result: RowResult,
    /// In the order in which they are made; none when the source is an administrator already
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
    /// Who makes the step
    pub source: String,
    /// The user, role or group that is gained or changed; null when it is new
    pub gains: Option<String>,
    /// Whether the step is certain
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
