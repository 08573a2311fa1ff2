//! The compiled snapshot: documents compiled once, attached many times.

mod compile;
mod destinations;
mod explanation;
mod grants;
mod limits;
mod other_side;
mod region;
mod residual;
mod resource_grants;
mod resource_policies;
mod scope;
mod source;
#[cfg(test)]
mod tests;
mod usage;
#[cfg(test)]
pub(crate) mod world;

use crate::actions::{ActionRuns, Actions};
use destinations::Destinations;
pub use explanation::{ExplainedStatement, Explanation, Layer, RowResult};
pub(crate) use grants::{Grant, NO_TYPE, Table};
use iam::arn::ArnPattern;
use iam::condition::Expression;
use iam::context::Context;
use iam::document::{Condition, Effect, Element};
use iam::matching::{ActionPattern, Principal, ResourcePattern};
use iam::policy::Policy;
use jiff::civil::Date;
pub use residual::Residual;
use resource_policies::ResourcePolicies;
pub(crate) use source::Source;
use source::SourceKind;
use std::sync::OnceLock;
use usage::ServiceRuns;
pub(crate) use usage::Usage;

const SESSION_POLICIES: &str = "session policies";
const ACCESS_CONTROL_LISTS: &str = "access control lists of Amazon S3";
const KEY_GRANTS: &str = "grants of AWS KMS";
const LAKE_FORMATION: &str = "permissions of AWS Lake Formation";

/// What takes part in AWS's decisions and not in rows; replies name it, so that nobody takes a result for complete.
pub const NOT_EVALUATED: [&str; 9] = [
    "resource control policies",
    SESSION_POLICIES,
    ACCESS_CONTROL_LISTS,
    KEY_GRANTS,
    "VPC endpoint policies",
    "shares of AWS RAM",
    LAKE_FORMATION,
    "root users",
    "authorizers of single services",
];

/// Accounts compiled for queries; immutable
///
/// Rows are not stored: what a policy grants to holders with the same limits is worked out once, when a query first
/// needs it, and shared by all of them.
#[derive(Debug)]
pub struct Snapshot {
    /// UTC day that days of last access are counted to
    pub(crate) date: Date,
    pub(crate) actions: Actions,
    pub(crate) documents: Vec<CompiledDocument>,
    /// Sorted by id, then kind
    pub(crate) sources: Vec<Source>,
    pub(crate) entities: Vec<Entity>,
    pub(crate) policies: Vec<GrantingPolicy>,
    holders: Vec<Holder>,
    specs: Vec<TableSpec>,
    tables: Vec<OnceLock<Table>>,
    destinations: Destinations,
    resource_policies: ResourcePolicies,
    service_control_policies: Vec<ServiceControlPolicy>,
    /// Whether it is known when actions were last used
    pub(crate) tracks_usage: bool,
    service_runs: ServiceRuns,
    organization_accounts: std::collections::HashSet<String>,
    pub(crate) account_names: foldhash::HashMap<String, String>,
}

/// A document with what matching and queries need beside the policy
#[derive(Debug)]
pub(crate) struct CompiledDocument {
    policy: Policy,
    statements: Vec<CompiledActions>,
    /// Whether a statement allows every action on every resource, without condition
    pub(crate) full_access: bool,
}

#[derive(Debug)]
pub(crate) struct CompiledActions {
    runs: ActionRuns,
    /// As the document has them, for queries about conditions
    pub(crate) conditions: Vec<Condition>,
}

/// The entity of a grant that comes through none
pub(crate) const NO_ENTITY: usize = usize::MAX;

/// A policy as a source holds it
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attachment {
    pub(crate) policy: usize,
    /// [`NO_ENTITY`] when the policy is a resource's
    pub(crate) entity: usize,
    pub(crate) table: usize,
}

/// The user, group or role through which a source holds a policy
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) id: Box<str>,
    pub(crate) name: Box<str>,
    /// `user`, `group` or `role`
    pub(crate) kind: &'static str,
    pub(crate) rrn: Box<str>,
    pub(crate) tags: Vec<(String, String)>,
}

/// A policy where it is written
#[derive(Debug)]
pub(crate) struct GrantingPolicy {
    pub(crate) id: Box<str>,
    pub(crate) name: Box<str>,
    /// As in the row
    pub(crate) kind: &'static str,
    pub(crate) rrn: Box<str>,
    pub(crate) document: usize,
}

/// A principal, or several that no policy of theirs tells apart
#[derive(Debug)]
struct Holder {
    principal: Principal,
    whom: Whom,
    /// Empty when there is none
    account: Box<str>,
    context: Context,
    /// Documents of all identity policies, for grants of resources of other accounts; else empty
    identity: Vec<usize>,
    /// Documents of all policies of the principal that hold a Deny
    denies: Vec<usize>,
    boundary: Boundary,
    service_control: ServiceControl,
    /// A policy that is attached is not known, or none of them is
    incomplete: bool,
}

/// Whether a holder is somebody or several that are not told apart
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whom {
    One,
    /// Any principal of the account
    Account,
    /// Anybody
    Everybody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Boundary {
    None,
    Document(usize),
    NotKnown,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ServiceControl {
    NotSupplied,
    Exempt,
    /// Of each level, from the root to the account: the policies attached there, by number
    Levels(Vec<Vec<usize>>),
}

#[derive(Debug)]
struct ServiceControlPolicy {
    id: String,
    document: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct TableSpec {
    holder: usize,
    document: usize,
    /// The policy of a resource that the document is, if it is one
    resource: Option<usize>,
}

impl Snapshot {
    pub(crate) fn table(&self, number: usize) -> &Table {
        static EMPTY: Table = Table::EMPTY;
        let (Some(cell), Some(spec)) = (self.tables.get(number), self.specs.get(number)) else {
            return &EMPTY;
        };
        cell.get_or_init(|| self.grants_of(*spec))
    }

    /// Whether the account is loaded or in the organization.
    pub(crate) fn is_own_account(&self, account: &str) -> bool {
        self.resource_policies.is_loaded(account) || self.organization_accounts.contains(account)
    }

    pub(crate) fn document_of(&self, attachment: Attachment) -> Option<&CompiledDocument> {
        self.documents.get(self.policies.get(attachment.policy)?.document)
    }

    /// Formats of a resource type as patterns; none for [`NO_TYPE`].
    fn type_patterns(&self, number: u16) -> Vec<&ArnPattern> {
        let formats = self.actions.resource_type(number).map(|one| &one.patterns);
        formats
            .into_iter()
            .flatten()
            .map(|format| &format.pattern)
            .collect()
    }

    /// Number of tables, made or not.
    pub(crate) const fn tables(&self) -> usize {
        self.specs.len()
    }

    /// Number of users, roles and others who have permissions.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.sources.len()
    }
}

impl CompiledDocument {
    /// Index into the compiled statements, the statement, its actions.
    fn statements(&self) -> impl Iterator<Item = (usize, &iam::policy::CompiledStatement, &ActionRuns)> {
        let pairs = self.policy.statements().iter().zip(&self.statements);
        pairs
            .enumerate()
            .map(|(index, (statement, actions))| (index, statement, &actions.runs))
    }

    /// Of every statement.
    pub(crate) fn effects(&self) -> impl Iterator<Item = Effect> {
        self.policy.statements().iter().map(|statement| statement.effect)
    }

    /// Of every statement.
    pub(crate) fn all_conditions(&self) -> impl Iterator<Item = &[Condition]> {
        self.statements.iter().map(|one| one.conditions.as_slice())
    }

    /// Whether some Allow statement names one of the actions (ascending).
    pub(crate) fn allows_any(&self, actions: &[u32]) -> bool {
        self.statements()
            .any(|(_, statement, runs)| statement.effect == Effect::Allow && runs.meets(actions))
    }

    pub(crate) fn conditions(&self, statement: u16) -> &[Condition] {
        self.statements
            .get(usize::from(statement))
            .map_or(&[], |one| &one.conditions)
    }
}

/// Whether a statement allows every action on every resource, without condition.
fn is_full_access(policy: &Policy) -> bool {
    policy.statements().iter().any(|statement| {
        statement.effect == Effect::Allow
            && statement.condition == Expression::True
            && is_everything(statement.actions.patterns(), ActionPattern::is_universal)
            && statement
                .resources
                .as_ref()
                .is_some_and(|resources| is_everything(resources.patterns(), ResourcePattern::is_universal))
    })
}

fn is_everything<T>(element: &Element<T>, universal: impl Fn(&T) -> bool) -> bool {
    match element {
        Element::Of(entries) => entries.iter().any(universal),
        Element::Not(entries) => entries.is_empty(),
    }
}
