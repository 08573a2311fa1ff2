//! The effective permissions of imported accounts.
//!
//! ```text
//! data       the snapshot: documents, principals and policies, compiled and plain    compile    makes it
//! effective  what remains of each grant after all layers, worked out on first need   escalation the way to administrator
//! effective_permissions  both together   query      selects rows   completeness   what could change a result
//! facts      what is known of a shard without asking it
//! hypothesis  decides whether a query can select a row of which little is known
//! ```
//!
//! The decision for a single request is `iam::evaluate`; a test over random accounts holds the rows to it. What takes no
//! part in rows is listed in [`NOT_EVALUATED`]; `docs/permission-search-semantics.md` says what a row means.

mod actions_of;
mod compile;
mod completeness;
mod data;
mod effective;
mod effective_permissions;
mod escalation;
mod facts;
mod hypothesis;
mod principal;
pub(crate) mod query;
mod simulate;
mod sources_of;
#[cfg(test)]
pub(crate) mod tests;

pub use compile::{compile, compile_shard, specs};
pub use completeness::{Cause, CausesPart, Incompleteness};
pub(crate) use completeness::{causes_of, merged};
pub use data::Snapshot;
pub(crate) use data::actions::Action;
pub use data::actions::{AccessLevel, ActionSpec, ResourceTypeSpec};
pub(crate) use data::{COMPUTE_KINDS, Gap, Source};
pub use effective_permissions::{EffectivePermissions, paths_across};
pub use escalation::{OpenPaths, PathsAcross, PathsByShard};
pub use facts::{CommonFacts, FactsError, ShardFacts, SnapshotFacts};
pub use principal::{GrantingPolicyName, ImportedPrincipal, PrincipalRow};
pub use simulate::{Reservation, SimulatedRequest, SimulatedStatement, Simulation};

const RESOURCE_CONTROL: &str = "resource control policies";
const SESSION_POLICIES: &str = "session policies";
const ACCESS_CONTROL_LISTS: &str = "access control lists of Amazon S3";
const KEY_GRANTS: &str = "grants of AWS KMS";
const ENDPOINT_POLICIES: &str = "VPC endpoint policies";
const RESOURCE_SHARES: &str = "shares of AWS RAM";
const LAKE_FORMATION: &str = "permissions of AWS Lake Formation";
const ROOT_USERS: &str = "root users";
const AUTHORIZERS: &str = "authorizers of single services";

/// Lists what takes part in the decisions of AWS and not in rows. A reply names the parts that could change its result,
/// so that nobody takes an incomplete result for complete.
pub const NOT_EVALUATED: [&str; 9] = [
    RESOURCE_CONTROL,
    SESSION_POLICIES,
    ACCESS_CONTROL_LISTS,
    KEY_GRANTS,
    ENDPOINT_POLICIES,
    RESOURCE_SHARES,
    LAKE_FORMATION,
    ROOT_USERS,
    AUTHORIZERS,
];
