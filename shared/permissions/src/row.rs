//! A row has its members, its identity and its order, and is written in several forms.

mod account_names;
pub mod exceptions;
mod explanation;
pub mod export;
mod id;
mod key;
mod moved;
mod regions;
mod residual;
mod rrn;
mod values;

pub use account_names::AccountNames;
pub use explanation::{
    AdministratorPath, ExplainedPolicy, ExplainedStatement, Explanation, Layer, PathStep, PolicyJson,
    RowResult, StepRow,
};
pub(crate) use id::{row_id, start};
pub(crate) use key::{Key, OwnedKey};
pub use moved::Moved;
pub(crate) use regions::{GLOBAL, all_regions, display_name, region_name};
pub use residual::Residual;
pub(crate) use rrn::rrn;
pub(crate) use values::{
    ActionValues, DestinationValues, EntityValues, LastAccessValues, PolicyValues, SourceValues, Values,
};

use exceptions::Exceptions;
use serde::Serialize;
use serde::ser::SerializeSeq;

/// A row is one way from one source to one destination
///
/// Members have the order of the reply; `None` is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    missing_docs,
    reason = "the members are those of the reply and are described with the operation"
)]
pub struct Row<'s> {
    pub accessed_resources_count: Option<i64>,
    pub dest_cloud_account: String,
    pub dest_cloud_region: &'s str,
    pub dest_cloud_resource_rrn: Option<String>,
    pub dest_cloud_service_name: &'s str,
    pub dest_cloud_type: &'s str,
    pub dest_resource_id: &'s str,
    pub dest_resource_name: &'s str,
    pub dest_resource_type: &'s str,
    pub effective_action_name: &'s str,
    #[serde(serialize_with = "codes")]
    pub exceptions: Exceptions,
    pub granted_by_cloud_entity_id: Option<&'s str>,
    pub granted_by_cloud_entity_name: Option<&'s str>,
    pub granted_by_cloud_entity_rrn: Option<&'s str>,
    pub granted_by_cloud_entity_type: Option<&'s str>,
    pub granted_by_cloud_policy_id: &'s str,
    pub granted_by_cloud_policy_name: &'s str,
    pub granted_by_cloud_policy_rrn: &'s str,
    pub granted_by_cloud_policy_type: &'s str,
    pub granted_by_cloud_type: &'s str,
    pub id: String,
    pub is_wild_card_dest_cloud_resource_name: bool,
    pub last_access_date: Option<String>,
    pub source_cloud_account: Option<&'s str>,
    pub source_cloud_region: Option<&'s str>,
    pub source_cloud_resource_rrn: Option<String>,
    pub source_cloud_service_name: Option<&'s str>,
    pub source_cloud_type: Option<&'s str>,
    pub source_idp_domain: Option<&'s str>,
    pub source_idp_email: Option<&'s str>,
    pub source_idp_group: Option<&'s str>,
    pub source_idp_rrn: Option<&'s str>,
    pub source_idp_service: Option<&'s str>,
    pub source_idp_username: Option<&'s str>,
    pub source_public: bool,
    pub source_resource_id: &'s str,
    pub source_resource_name: &'s str,
    pub source_resource_type: &'s str,
    pub last_access_status: &'s str,
    /// The explanation is present only when it was requested
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}

/// The resource names of the parts of a row
pub(crate) struct Identifiers<'s> {
    pub(crate) dest: Option<String>,
    pub(crate) entity: Option<&'s str>,
    pub(crate) policy: &'s str,
    pub(crate) source: Option<&'s str>,
    pub(crate) provider: Option<&'s str>,
}

impl<'s> Row<'s> {
    pub(crate) fn new(
        id: String,
        values: &Values<'s>,
        identifiers: Identifiers<'s>,
        exceptions: Exceptions,
    ) -> Self {
        let Values {
            source,
            entity,
            policy,
            action,
            destination,
            last_access,
        } = *values;
        Self {
            accessed_resources_count: None,
            dest_cloud_account: destination.dest_cloud_account.unwrap_or_default().to_owned(),
            dest_cloud_region: destination.dest_cloud_region.unwrap_or_default(),
            dest_cloud_resource_rrn: identifiers.dest,
            dest_cloud_service_name: destination.dest_cloud_service_name.unwrap_or_default(),
            dest_cloud_type: destination.dest_cloud_type.unwrap_or_default(),
            dest_resource_id: destination.dest_resource_id.unwrap_or_default(),
            dest_resource_name: destination.dest_resource_name.unwrap_or_default(),
            dest_resource_type: destination.dest_resource_type.unwrap_or_default(),
            effective_action_name: action.effective_action_name.unwrap_or_default(),
            exceptions,
            granted_by_cloud_entity_id: entity.granted_by_cloud_entity_id,
            granted_by_cloud_entity_name: entity.granted_by_cloud_entity_name,
            granted_by_cloud_entity_rrn: identifiers.entity,
            granted_by_cloud_entity_type: entity.granted_by_cloud_entity_type,
            granted_by_cloud_policy_id: policy.granted_by_cloud_policy_id.unwrap_or_default(),
            granted_by_cloud_policy_name: policy.granted_by_cloud_policy_name.unwrap_or_default(),
            granted_by_cloud_policy_rrn: identifiers.policy,
            granted_by_cloud_policy_type: policy.granted_by_cloud_policy_type.unwrap_or_default(),
            granted_by_cloud_type: policy.granted_by_cloud_type.unwrap_or_default(),
            id,
            is_wild_card_dest_cloud_resource_name: destination
                .wild_card_dest_cloud_resource_name
                .unwrap_or_default(),
            last_access_date: last_access.last_access_date.map(|day| day.to_string()),
            source_cloud_account: source.source_cloud_account,
            source_cloud_region: source.source_cloud_region,
            source_cloud_resource_rrn: identifiers.source.map(str::to_owned),
            source_cloud_service_name: source.source_cloud_service_name,
            source_cloud_type: source.source_cloud_type,
            source_idp_domain: source.source_idp_domain,
            source_idp_email: None,
            source_idp_group: None,
            source_idp_rrn: identifiers.provider,
            source_idp_service: source.source_idp_service,
            source_idp_username: None,
            source_public: source.source_public.unwrap_or_default(),
            source_resource_id: source.source_resource_id.unwrap_or_default(),
            source_resource_name: source.source_resource_name.unwrap_or_default(),
            source_resource_type: source.source_resource_type.unwrap_or_default(),
            last_access_status: last_access.last_access_status.unwrap_or_default(),
            explanation: None,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes members by reference"
)]
pub(crate) fn codes<S: serde::Serializer>(exceptions: &Exceptions, target: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Code {
        message_code: &'static str,
    }
    let mut list = target.serialize_seq(None)?;
    for code in exceptions.iter() {
        list.serialize_element(&Code {
            message_code: code.as_str(),
        })?;
    }
    list.end()
}
