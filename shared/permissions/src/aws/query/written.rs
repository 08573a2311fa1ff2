//! Rows of imported accounts as replies hold them.

use crate::aws::effective::{DestinationColumns, RowRef, explain};
use crate::row::exceptions::{ExceptionCode, Exceptions};
use crate::row::{Key, Row, region_name, rrn};
use inventory::Access;

/// The identity of a row.
pub(crate) fn key<'s>(row: &RowRef<'s>) -> Key<'s> {
    let snapshot = row.snapshot();
    let kind = snapshot.actions.resource_type(row.row.resource_type);
    let policy = snapshot.policies.get(row.attachment.policy);
    let entity = snapshot.entity_of(row.attachment);
    Key {
        source: &row.source.id,
        action: row.action(),
        dest: row.table.dest(row.row),
        resource_type: kind.map_or("*", |kind| &kind.name),
        policy: policy.map_or("", |policy| &policy.id),
        entity: entity.map_or("", |entity| &entity.id),
        // The id of a user or role says what it is; a service and a web identity may have one name.
        source_kind: (!row.source.kind.is_in_id()).then_some(row.source.resource_type()),
    }
}

/// The row with the statements behind it, perhaps with the source's path to administrator.
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

/// What limits the row, and whether the last access of its action cannot be known.
///
/// Source of the actions: `SupportedBy` of AWS's service reference. A service that was never accessed says the same of
/// all its actions, so that nothing is missing.
fn exceptions(row: &RowRef<'_>) -> Exceptions {
    let mut exceptions = row.row.exceptions;
    let action = row.snapshot().actions.get(row.row.action);
    if row.access() == Access::Unknown && action.is_some_and(|action| !action.has_last_access) {
        exceptions.insert(ExceptionCode::CloudEventNotSupported);
    }
    exceptions
}

/// The row as replies hold it.
pub(crate) fn written<'s>(row: &RowRef<'s>) -> Row<'s> {
    let snapshot = row.snapshot();
    let destination = row.destination();
    let entity = snapshot.entity_of(row.attachment);
    let policy = snapshot.policies.get(row.attachment.policy);
    let named = |account: &'s str| snapshot.account_names.name(account);
    let (date, status) = match row.access() {
        Access::On(day) => (Some(day.to_string()), "ACCESSED"),
        Access::Never => (None, "NOT_ACCESSED_IN_TRACKING_PERIOD"),
        Access::Unknown => (None, "NOT_AVAILABLE"),
    };
    let source = row.source;
    let of_source = |text: &'s str| (!source.is_nowhere()).then_some(text);
    let provider = source.provider.as_ref();
    Row {
        accessed_resources_count: None,
        dest_cloud_account: named(destination.account).to_owned(),
        dest_cloud_region: region_name(destination.region),
        dest_cloud_resource_rrn: (!destination.id.contains(['*', '?'])).then(|| {
            rrn(
                rrn_type(&destination),
                destination.region,
                destination.account,
                destination.id,
            )
        }),
        dest_cloud_service_name: destination.service,
        dest_cloud_type: "AWS",
        dest_resource_id: destination.id,
        dest_resource_name: destination.name,
        dest_resource_type: destination.kind,
        effective_action_name: row.action(),
        exceptions: exceptions(row),
        granted_by_cloud_entity_id: entity.map(|entity| &*entity.id),
        granted_by_cloud_entity_name: entity.map(|entity| &*entity.name),
        granted_by_cloud_entity_rrn: entity.map(|entity| &*entity.rrn),
        granted_by_cloud_entity_type: entity.map(|entity| entity.kind),
        granted_by_cloud_policy_id: policy.map_or("", |policy| &policy.id),
        granted_by_cloud_policy_name: policy.map_or("", |policy| &policy.name),
        granted_by_cloud_policy_rrn: policy.map_or("", |policy| &policy.rrn),
        granted_by_cloud_policy_type: policy.map_or("", |policy| policy.kind),
        granted_by_cloud_type: "AWS",
        id: key(row).row_id(),
        is_wild_card_dest_cloud_resource_name: destination.name.contains(['*', '?']),
        last_access_date: date,
        source_cloud_account: (!source.account.is_empty()).then(|| named(&source.account)),
        source_cloud_region: of_source(region_name(&source.region)),
        source_cloud_resource_rrn: of_source(&source.rrn).map(str::to_owned),
        source_cloud_service_name: of_source(&source.service),
        source_cloud_type: of_source("AWS"),
        source_idp_domain: provider.and_then(|one| one.domain.as_deref()),
        source_idp_email: None,
        source_idp_group: None,
        source_idp_rrn: provider.map(|_| &*source.rrn),
        source_idp_service: provider.map(|one| one.service.as_str()),
        source_idp_username: None,
        source_public: source.is_public(),
        source_resource_id: &source.id,
        source_resource_name: &source.name,
        source_resource_type: source.resource_type(),
        last_access_status: status,
        explanation: None,
    }
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
