//! Holds the members of a row, one part for each thing that rows can be grouped by.
//!
//! A member of a field that is not asked for is `None`. So two rows are in one group exactly when their parts are equal.
//! Parts compare by their first members first: these name the thing.

use jiff::civil::Date;
use model::permissions::{GroupBy, GroupByField};
use serde::{Deserialize, Deserializer, Serialize};

/// Describes who has the permission
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are those of the reply")]
pub(crate) struct SourceValues<'s> {
    #[serde(borrow)]
    pub(crate) source_resource_id: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) source_resource_type: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) source_resource_name: Option<&'s str>,
    pub(crate) source_public: Option<bool>,
    #[serde(borrow)]
    pub(crate) source_cloud_type: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) source_cloud_account: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) source_cloud_region: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) source_cloud_service_name: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) source_idp_service: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) source_idp_domain: Option<&'s str>,
}

/// The entity through which the source holds the policy
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are those of the reply")]
pub(crate) struct EntityValues<'s> {
    #[serde(borrow)]
    pub(crate) granted_by_cloud_entity_id: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) granted_by_cloud_entity_type: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) granted_by_cloud_entity_name: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) granted_by_cloud_entity_account: Option<&'s str>,
}

/// The policy that grants
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are those of the reply")]
pub(crate) struct PolicyValues<'s> {
    #[serde(borrow)]
    pub(crate) granted_by_cloud_policy_id: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) granted_by_cloud_policy_type: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) granted_by_cloud_policy_name: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) granted_by_cloud_policy_account: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) granted_by_cloud_type: Option<&'s str>,
}

/// Describes what the source can do
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActionValues<'s> {
    #[serde(borrow)]
    pub(crate) effective_action_name: Option<&'s str>,
}

/// Describes what the permission is on
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationValues<'s> {
    #[serde(borrow)]
    pub(crate) dest_resource_id: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) dest_resource_type: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) dest_cloud_service_name: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) dest_resource_name: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) dest_cloud_type: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) dest_cloud_account: Option<&'s str>,
    #[serde(borrow)]
    pub(crate) dest_cloud_region: Option<&'s str>,
    pub(crate) wild_card_dest_cloud_resource_name: Option<bool>,
}

/// Says when the source last used the action
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LastAccessValues {
    #[serde(serialize_with = "day")]
    pub(crate) last_access_date: Option<Date>,
    pub(crate) last_access_status: Option<&'static str>,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes members by reference"
)]
fn day<S: serde::Serializer>(date: &Option<Date>, target: S) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => target.serialize_some(&date.to_string()),
        None => target.serialize_none(),
    }
}

impl<'de> Deserialize<'de> for LastAccessValues {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Read<'a> {
            #[serde(borrow)]
            last_access_date: Option<&'a str>,
            #[serde(borrow)]
            last_access_status: Option<&'a str>,
        }
        let read = Read::deserialize(source)?;
        let date = read.last_access_date.map(str::parse).transpose();
        let mut statuses = Self::STATUSES.into_iter();
        Ok(Self {
            last_access_date: date.map_err(serde::de::Error::custom)?,
            last_access_status: statuses.find(|status| Some(*status) == read.last_access_status),
        })
    }
}

/// All parts of a row
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Values<'s> {
    #[serde(borrow)]
    pub(crate) source: SourceValues<'s>,
    #[serde(borrow)]
    pub(crate) entity: EntityValues<'s>,
    #[serde(borrow)]
    pub(crate) policy: PolicyValues<'s>,
    #[serde(borrow)]
    pub(crate) action: ActionValues<'s>,
    #[serde(borrow)]
    pub(crate) destination: DestinationValues<'s>,
    pub(crate) last_access: LastAccessValues,
}

impl SourceValues<'_> {
    pub(crate) fn chosen(self, by: GroupBy) -> Self {
        let account = self
            .source_cloud_account
            .filter(|_| by.has(GroupByField::SourceCloudAccount));
        let all = if by.has(GroupByField::Source) {
            self
        } else {
            Self::default()
        };
        Self {
            source_cloud_account: account,
            ..all
        }
    }
}

impl EntityValues<'_> {
    pub(crate) fn chosen(self, by: GroupBy) -> Self {
        let account = self
            .granted_by_cloud_entity_account
            .filter(|_| by.has(GroupByField::EntityCloudAccount));
        let all = if by.has(GroupByField::GrantedByEntity) {
            self
        } else {
            Self::default()
        };
        Self {
            granted_by_cloud_entity_account: account,
            ..all
        }
    }
}

impl PolicyValues<'_> {
    pub(crate) fn chosen(self, by: GroupBy) -> Self {
        let account = self
            .granted_by_cloud_policy_account
            .filter(|_| by.has(GroupByField::PolicyCloudAccount));
        let all = if by.has(GroupByField::GrantedByPolicy) {
            self
        } else {
            Self::default()
        };
        Self {
            granted_by_cloud_policy_account: account,
            ..all
        }
    }
}

impl ActionValues<'_> {
    pub(crate) fn chosen(self, by: GroupBy) -> Self {
        if by.has(GroupByField::Action) {
            self
        } else {
            Self::default()
        }
    }
}

impl DestinationValues<'_> {
    pub(crate) fn chosen(self, by: GroupBy) -> Self {
        let account = self
            .dest_cloud_account
            .filter(|_| by.has(GroupByField::DestCloudAccount));
        let all = if by.has(GroupByField::Destination) {
            self
        } else {
            Self::default()
        };
        Self {
            dest_cloud_account: account,
            ..all
        }
    }
}

impl LastAccessValues {
    /// Every status of a last access
    pub(crate) const STATUSES: [&'static str; 3] =
        ["ACCESSED", "NOT_ACCESSED_IN_TRACKING_PERIOD", "NOT_AVAILABLE"];

    pub(crate) fn chosen(self, by: GroupBy) -> Self {
        if by.has(GroupByField::LastAccess) {
            self
        } else {
            Self::default()
        }
    }
}
