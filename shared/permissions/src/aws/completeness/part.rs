//! Holds what one shard says about what could change a result, and joins the parts of all shards.

use super::{Cause, Incompleteness};
use crate::aws::data::COMPUTE_KINDS;
use crate::aws::facts::SnapshotFacts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Holds what one shard says about what could change a result
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CausesPart {
    pub(super) has_rows: bool,
    /// Says for each entry of [`COMPUTE_KINDS`] whether the query can select resources of the kind. Only the shard that
    /// is asked for common facts has it
    pub(super) compute: Vec<bool>,
    pub(super) claims: Vec<Claim>,
}

/// A cause, if its condition holds
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) code: Cause,
    /// Of several claims of one cause, only the first in order is reported: by number, then by the id of the source
    pub(super) order: (u8, String),
    pub(super) condition: Condition,
    pub(super) message: String,
}

/// Says what must be true of the shards together
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Condition {
    Always,
    /// The result has rows
    HasRows,
    /// A policy allows an organization of which no account is known
    LetsOrganizationsIn,
    /// No document says which role some compute resource has
    HasComputeWithoutRole,
}

/// Returns what could change the result, each cause once, in the order of [`Cause`]. `without_data` is the message
/// about an attribute that has no value in some rows.
#[must_use]
pub(crate) fn merged(
    parts: &[CausesPart],
    facts: &SnapshotFacts,
    without_data: Option<String>,
) -> Vec<Incompleteness> {
    let has_rows = parts.iter().any(|part| part.has_rows);
    let holds = |condition| match condition {
        Condition::Always => true,
        Condition::HasRows => has_rows,
        Condition::LetsOrganizationsIn => facts.all.lets_organizations_in(),
        Condition::HasComputeWithoutRole => facts.all.missing().without_source > 0,
    };
    let mut found: BTreeMap<Cause, (&(u8, String), &str)> = BTreeMap::new();
    let claims = parts.iter().flat_map(|part| &part.claims);
    for claim in claims.filter(|claim| holds(claim.condition)) {
        let best = found.entry(claim.code).or_insert((&claim.order, &claim.message));
        if claim.order < *best.0 {
            *best = (&claim.order, &claim.message);
        }
    }
    let found = found.into_iter();
    let mut found: BTreeMap<Cause, String> = found
        .map(|(code, (_, message))| (code, message.to_owned()))
        .collect();
    if facts.all.has_invalid_statement() {
        let message = "a statement of an imported policy cannot be read and was left out; GET /api/v1/inventory has the findings of \
                       each document";
        found.insert(Cause::InvalidStatement, message.to_owned());
    }
    if has_rows && facts.all.names_endpoint() {
        let message = "some policy has a condition about a VPC or an endpoint, and the endpoint's own policy is in no document; \
                       it can only take away";
        found.insert(Cause::EndpointPolicies, message.to_owned());
    }
    if let Some(message) = compute(parts, facts) {
        found.insert(Cause::ComputeNotImported, message);
    }
    if let Some(message) = without_data {
        found.entry(Cause::NoData).or_insert(message);
    }
    let found = found.into_iter();
    found
        .map(|(code, message)| Incompleteness { code, message })
        .collect()
}

/// Returns the message about compute resources that were not collected.
fn compute(parts: &[CausesPart], facts: &SnapshotFacts) -> Option<String> {
    let possible = parts
        .iter()
        .map(|part| &part.compute)
        .find(|kinds| !kinds.is_empty())?;
    let mut kinds = COMPUTE_KINDS
        .iter()
        .zip(possible)
        .filter(|(_, possible)| **possible);
    kinds.find_map(|((service, resource_type), _)| {
        let gap = facts.all.without_compute(service).filter(|gap| !gap.is_empty())?;
        let accounts = gap.words();
        Some(format!(
            "resources such as {service} {resource_type} hold permissions, and those of {accounts} were not collected; import a \
             document `compute`"
        ))
    })
}
