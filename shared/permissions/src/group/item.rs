//! A row or a group of rows as Get Permissions V4 answers it.

use crate::row::exceptions::Exceptions;
use crate::row::{
    ActionValues, DestinationValues, EntityValues, LastAccessValues, PolicyValues, SourceValues, Values,
    codes, row_id,
};
use serde::Serialize;

/// A row, or a group of rows with their number
///
/// Every documented member is there; what is not known, or not one of the fields that rows are grouped by, is `null`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item<'s> {
    id: String,
    #[serde(flatten)]
    source: SourceValues<'s>,
    #[serde(flatten)]
    destination: DestinationValues<'s>,
    #[serde(flatten)]
    policy: PolicyValues<'s>,
    #[serde(flatten)]
    entity: EntityValues<'s>,
    #[serde(flatten)]
    action: ActionValues<'s>,
    #[serde(flatten)]
    last_access: LastAccessValues,
    /// `null` for groups: the rows of a group have different ones
    #[serde(serialize_with = "codes_of_row")]
    exceptions: Option<Exceptions>,
    #[serde(flatten)]
    unknown: Unknown,
    /// An addition of ours: the number of rows
    row_count: u64,
}

/// Members that no row has a value for
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Unknown {
    source_cloud_resource_uai: Option<&'static str>,
    source_idp_email: Option<&'static str>,
    source_idp_user_id: Option<&'static str>,
    source_idp_username: Option<&'static str>,
    source_idp_group: Option<&'static str>,
    source_idp_uai: Option<&'static str>,
    dest_cloud_resource_uai: Option<&'static str>,
    granted_by_cloud_policy_uai: Option<&'static str>,
    granted_by_cloud_entity_uai: Option<&'static str>,
    granted_by_level_type: Option<&'static str>,
    granted_by_level_id: Option<&'static str>,
    granted_by_level_name: Option<&'static str>,
    granted_by_level_uai: Option<&'static str>,
    accessed_resources_count: Option<u64>,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes members by reference"
)]
fn codes_of_row<S: serde::Serializer>(exceptions: &Option<Exceptions>, target: S) -> Result<S::Ok, S::Error> {
    match exceptions {
        Some(exceptions) => codes(exceptions, target),
        None => target.serialize_none(),
    }
}

impl<'s> Item<'s> {
    /// Makes the item of a row with its id.
    pub(crate) fn row(id: String, values: &Values<'s>, exceptions: Exceptions) -> Self {
        Self::new(id, values, Some(exceptions), 1)
    }

    /// Makes the item of a group of so many rows.
    pub(super) fn group(values: &Values<'s>, rows: u64) -> Self {
        Self::new(group_id(values), values, None, rows)
    }

    fn new(id: String, values: &Values<'s>, exceptions: Option<Exceptions>, row_count: u64) -> Self {
        let Values {
            source,
            entity,
            policy,
            action,
            destination,
            last_access,
        } = *values;
        Self {
            id,
            source,
            destination,
            policy,
            entity,
            action,
            last_access,
            exceptions,
            unknown: Unknown::default(),
            row_count,
        }
    }
}

/// Returns the id of a group. It follows from the members of the group, as the id of a row does.
pub(super) fn group_id(values: &Values<'_>) -> String {
    // Texts, days and booleans can always be written.
    let members = serde_json::to_string(values).unwrap_or_default();
    row_id([&*members])
}
