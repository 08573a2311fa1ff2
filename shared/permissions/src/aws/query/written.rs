//! Writes rows of imported accounts as replies hold them.

use super::row_ref::RowRef;
use crate::aws::data::{Entity, GrantingPolicy, Snapshot, Source};
use crate::aws::effective::{DestinationColumns, explain};
use crate::group::Item;
use crate::row::exceptions::{ExceptionCode, Exceptions};
use crate::row::{
    ActionValues, DestinationValues, EntityValues, LastAccessValues, PolicyValues, SourceValues, Values,
};
use crate::row::{Identifiers, Row, region_name, rrn};
use inventory::Access;

/// Returns the row with the statements behind it, and with the source's path to administrator if `with_path`.
pub(crate) fn explained<'s>(row: &RowRef<'s>, with_path: bool) -> Row<'s> {
    let mut explanation = explain(row);
    if with_path {
        explanation.administrator_path = row.effective.administrator_path(row.source);
    }
    Row {
        explanation: Some(explanation),
        ..written(row)
    }
}

/// Returns what limits the row, and whether the last access of its action cannot be known.
///
/// Source of the actions: `SupportedBy` of AWS's service reference. A service that was never accessed says the same of
/// all its actions, so that nothing is missing.
fn exceptions(row: &RowRef<'_>) -> Exceptions {
    let mut exceptions = row.exceptions();
    let action = row.snapshot.actions.get(row.row.action);
    if row.access() == Access::Unknown && action.is_some_and(|action| !action.has_last_access) {
        exceptions.insert(ExceptionCode::CloudEventNotSupported);
    }
    exceptions
}

/// Returns the source as rows show it.
pub(crate) fn source_values<'s>(snapshot: &'s Snapshot, source: &'s Source) -> SourceValues<'s> {
    let of_source = |text: &'s str| (!source.is_nowhere()).then_some(text);
    let provider = source.provider.as_ref();
    SourceValues {
        source_resource_id: Some(&source.id),
        source_resource_type: Some(source.resource_type()),
        source_resource_name: Some(&source.name),
        source_public: Some(source.is_public()),
        source_cloud_type: of_source("AWS"),
        source_cloud_account: account_name(snapshot, &source.account),
        source_cloud_region: of_source(region_name(&source.region)),
        source_cloud_service_name: of_source(&source.service),
        source_idp_service: provider.map(|one| one.service.as_str()),
        source_idp_domain: provider.and_then(|one| one.domain.as_deref()),
    }
}

/// Returns the granting entity as rows show it; empty when a resource's policy grants.
pub(crate) fn entity_values<'s>(snapshot: &'s Snapshot, entity: Option<&'s Entity>) -> EntityValues<'s> {
    EntityValues {
        granted_by_cloud_entity_id: entity.map(|entity| &*entity.id),
        granted_by_cloud_entity_type: entity.map(|entity| entity.kind),
        granted_by_cloud_entity_name: entity.map(|entity| &*entity.name),
        granted_by_cloud_entity_account: entity.and_then(|entity| account_name(snapshot, &entity.account)),
    }
}

/// Returns the granting policy as rows show it.
pub(crate) fn policy_values<'s>(
    snapshot: &'s Snapshot,
    policy: Option<&'s GrantingPolicy>,
) -> PolicyValues<'s> {
    PolicyValues {
        granted_by_cloud_policy_id: Some(policy.map_or("", |policy| &policy.id)),
        granted_by_cloud_policy_type: Some(policy.map_or("", |policy| policy.kind)),
        granted_by_cloud_policy_name: Some(policy.map_or("", |policy| &policy.name)),
        granted_by_cloud_policy_account: policy.and_then(|policy| account_name(snapshot, &policy.account)),
        granted_by_cloud_type: Some("AWS"),
    }
}

/// Returns an action as rows show it.
pub(crate) const fn action_values(name: &str) -> ActionValues<'_> {
    ActionValues {
        effective_action_name: Some(name),
    }
}

/// Returns the destination as rows show it.
pub(crate) fn destination_values<'s>(row: &RowRef<'s>) -> DestinationValues<'s> {
    let destination = row.destination();
    DestinationValues {
        dest_resource_id: Some(destination.id),
        dest_resource_type: Some(destination.kind),
        dest_cloud_service_name: Some(destination.service),
        dest_resource_name: Some(destination.name),
        dest_cloud_type: Some("AWS"),
        dest_cloud_account: Some(row.snapshot.account_names.name(destination.account)),
        dest_cloud_region: Some(region_name(destination.region)),
        wild_card_dest_cloud_resource_name: Some(destination.name.contains(['*', '?'])),
    }
}

/// Returns the last access as rows show it.
pub(crate) const fn last_access_values(access: Access) -> LastAccessValues {
    let (last_access_date, status) = match access {
        Access::On(day) => (Some(day), "ACCESSED"),
        Access::Never => (None, "NOT_ACCESSED_IN_TRACKING_PERIOD"),
        Access::Unknown => (None, "NOT_AVAILABLE"),
    };
    LastAccessValues {
        last_access_date,
        last_access_status: Some(status),
    }
}

fn account_name<'s>(snapshot: &'s Snapshot, account: &'s str) -> Option<&'s str> {
    (!account.is_empty()).then(|| snapshot.account_names.name(account))
}

/// Returns the row as Get Permissions V4 replies with it.
pub(crate) fn item<'s>(row: &RowRef<'s>) -> Item<'s> {
    Item::row(row.key().row_id(), &values(row), exceptions(row))
}

fn values<'s>(row: &RowRef<'s>) -> Values<'s> {
    let snapshot = row.snapshot;
    Values {
        source: source_values(snapshot, row.source),
        entity: entity_values(snapshot, snapshot.entity_of(row.attachment)),
        policy: policy_values(snapshot, snapshot.policies.get(row.attachment.policy)),
        action: action_values(row.action()),
        destination: destination_values(row),
        last_access: last_access_values(row.access()),
    }
}

/// Returns the row as replies hold it.
pub(crate) fn written<'s>(row: &RowRef<'s>) -> Row<'s> {
    let snapshot = row.snapshot;
    let destination = row.destination();
    let entity = snapshot.entity_of(row.attachment);
    let policy = snapshot.policies.get(row.attachment.policy);
    let source = row.source;
    let names_one = !destination.id.contains(['*', '?']);
    let identifiers = Identifiers {
        dest: names_one.then(|| {
            rrn(
                rrn_type(&destination),
                destination.region,
                destination.account,
                destination.id,
            )
        }),
        entity: entity.map(|entity| &*entity.rrn),
        policy: policy.map_or("", |policy| &policy.rrn),
        source: (!source.is_nowhere()).then_some(&*source.rrn),
        provider: source.provider.as_ref().map(|_| &*source.rrn),
    };
    Row::new(row.key().row_id(), &values(row), identifiers, exceptions(row))
}

fn rrn_type(destination: &DestinationColumns<'_>) -> &'static str {
    match (destination.service, destination.kind) {
        ("iam", "user") => "iamUser",
        ("iam", "role") => "iamRole",
        ("iam", "group") => "iamGroup",
        ("iam", "policy") => "iamPolicy",
        (_, _) => "other",
    }
}
