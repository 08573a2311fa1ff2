//! Writes the evidence behind a generated policy, and a tighter policy than the compatible reply may hold.

mod body;
mod resources;
mod suggestion;

use std::collections::BTreeSet;

use iam::size::ATTACHED_MANAGED_POLICIES;

use crate::catalogue;
use crate::completeness;
use crate::generation::Generation;
use crate::service_level;
use crate::usage::{ActionUsage, CallUsage, PassedRole};
use resources::Scope;

pub use body::{
    Calls, ConditionHint, DamagedFile, DescribedGap, Evidence, ObservedAction, Passed, Principal,
    PrincipalId, Resource, ScannedFiles, ServiceWithoutActions, UnmappedEvent,
};
pub use resources::LISTED_RESOURCES;
#[cfg(test)]
pub(crate) use resources::is_of_format;
pub(crate) use suggestion::proposed_resources;

/// Actions that AWS lets everybody call; they are in the policies all the same, as AWS has it.
///
/// Source: STS API reference, `GetCallerIdentity` and `GetSessionToken`; `dynamodb:DescribeEndpoints` as listed
/// by iam-dataset.
pub const NEED_NO_PERMISSION: [&str; 3] = [
    "dynamodb:DescribeEndpoints",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
];

/// Composes the evidence of one generation.
#[must_use]
pub fn compose(job_id: &str, generation: &Generation<'_>) -> Evidence {
    let usage = generation.usage;
    let gaps = completeness::gaps(generation);
    let suggested_policies = suggestion::documents_for(generation);
    Evidence {
        job_id: job_id.to_owned(),
        principal: principal(generation),
        start_time: generation.start,
        end_time: generation.end,
        is_complete: gaps.is_empty(),
        gaps: gaps
            .into_iter()
            .map(|gap| DescribedGap {
                message: gap.to_string(),
                gap,
            })
            .collect(),
        reading: reading(&usage.reading),
        actions: usage
            .actions
            .iter()
            .map(|(action, usage)| describe(action, usage, generation))
            .collect(),
        denied_actions: usage
            .actions
            .iter()
            .filter(|(_, usage)| usage.only_denied())
            .map(|(action, _)| action.clone())
            .collect(),
        passed_roles: usage
            .passed_roles
            .iter()
            .map(|role| passed(role, generation))
            .collect(),
        unmapped_events: usage
            .unmapped
            .iter()
            .map(|(event, usage)| UnmappedEvent {
                event: event.clone(),
                calls: usage.into(),
            })
            .collect(),
        services_without_actions: service_level::candidates(generation)
            .into_iter()
            .map(|(service, candidate)| ServiceWithoutActions { service, candidate })
            .collect(),
        last_accessed_report: generation.last_accessed.is_some(),
        exceeds_attachment_quota: suggested_policies.len() > ATTACHED_MANAGED_POLICIES,
        suggested_policies,
    }
}

fn principal(generation: &Generation<'_>) -> Principal {
    let ids: Vec<PrincipalId> = generation
        .usage
        .principal_ids
        .iter()
        .map(|(id, records)| PrincipalId {
            id: id.clone(),
            records: *records,
        })
        .collect();
    Principal {
        arn: generation.principal.arn().to_owned(),
        recreated: ids.len() > 1,
        ids,
        service_linked_role: generation.principal.arn().contains(":role/aws-service-role/"),
    }
}

fn reading(reading: &crate::usage::ScanCounts) -> ScannedFiles {
    ScannedFiles {
        files: reading.files,
        bytes: reading.bytes,
        records: reading.records,
        matched: reading.matched,
        unparsable: reading.unparsable,
        uncertain: reading.uncertain,
        duplicates: reading.duplicates,
        late_corrections: reading.late_corrections,
        damaged: reading.damaged,
        damaged_files: reading
            .damaged_files
            .iter()
            .map(|(file, reason)| DamagedFile {
                file: file.clone(),
                reason: reason.clone(),
            })
            .collect(),
    }
}

impl From<&CallUsage> for Calls {
    fn from(usage: &CallUsage) -> Self {
        Self {
            count: usage.calls,
            denied: usage.denied,
            first_seen: usage.first_seen,
            last_seen: usage.last_seen,
        }
    }
}

fn describe(action: &str, usage: &ActionUsage, generation: &Generation<'_>) -> ObservedAction {
    let scope = Scope::of(generation);
    let known = catalogue::action(action);
    let mut resource_patterns: Vec<String> = resources::patterns(action, usage, scope)
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .collect();
    resource_patterns.sort_unstable();
    resource_patterns.dedup();
    ObservedAction {
        action: action.to_owned(),
        access_levels: known
            .iter()
            .flat_map(|known| known.access_levels().iter())
            .map(|level| level.as_str().to_owned())
            .collect(),
        calls: (&usage.calls).into(),
        data_events_only: usage.data_only,
        needs_no_permission: NEED_NO_PERMISSION.contains(&action),
        regions: usage.regions.iter().cloned().collect(),
        events: usage.events.iter().cloned().collect(),
        called_via: usage.called_via.iter().cloned().collect(),
        resources: usage
            .resources
            .iter()
            .map(|(arn, count)| Resource {
                arn: arn.clone(),
                count: *count,
            })
            .collect(),
        more_resources: usage.more_resources,
        without_resource: usage.without_resource,
        resource_patterns,
        condition_hints: condition_hints(action, usage),
        dependent_actions: known
            .iter()
            .flat_map(iam::catalogue::Action::dependent_actions)
            .map(str::to_owned)
            .collect(),
    }
}

/// Returns conditions that a policy could have. `kms:ViaService` names service and Region, so that it also says in
/// which Regions the key was used; everything else is left to `aws:CalledVia`.
fn condition_hints(action: &str, usage: &ActionUsage) -> Vec<ConditionHint> {
    // Records also hold `AWS Internal`, which is not a service principal.
    let services = || {
        usage
            .called_via
            .iter()
            .filter_map(|via| Some((via, via.strip_suffix(".amazonaws.com")?)))
    };
    let is_key = service_level::prefix_of(action) == "kms" && !usage.regions.is_empty();
    let (operator, key, values): (_, _, BTreeSet<String>) = if is_key {
        let in_region = |region: &String| {
            services()
                .map(move |(_, service)| format!("{service}.{region}.amazonaws.com"))
                .collect::<Vec<_>>()
        };
        (
            "StringEquals",
            "kms:ViaService",
            usage.regions.iter().flat_map(in_region).collect(),
        )
    } else {
        (
            "ForAnyValue:StringEquals",
            "aws:CalledVia",
            services().map(|(via, _)| via.clone()).collect(),
        )
    };
    if values.is_empty() {
        return Vec::new();
    }
    vec![ConditionHint {
        operator: operator.to_owned(),
        key: key.to_owned(),
        values,
    }]
}

fn passed(role: &PassedRole, generation: &Generation<'_>) -> Passed {
    Passed {
        role_arn: role.role_arn.clone(),
        service: role.service.clone(),
        event: role.event.clone(),
        statement: suggestion::pass_role(role, generation),
    }
}

#[cfg(test)]
mod tests;
