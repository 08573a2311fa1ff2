//! Rows as replies hold them.

use crate::exceptions::Exceptions;
use crate::regions;
use crate::rrn::rrn;
use crate::snapshot::{Attachment, Grant, NO_TYPE, Snapshot, Source, Table};
use inventory::Access;
use serde::Serialize;
use serde::ser::SerializeSeq;

/// A row: one way for one source to one destination
///
/// Members stand in the order of the reply; `None` is `null`.
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
    /// Only when it was asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<crate::snapshot::Explanation>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes members by reference"
)]
fn codes<S: serde::Serializer>(exceptions: &Exceptions, target: S) -> Result<S::Ok, S::Error> {
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

/// A row before it is written out: where it stands in the snapshot
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'s> {
    pub(crate) snapshot: &'s Snapshot,
    pub(crate) source: &'s Source,
    pub(crate) attachment: Attachment,
    pub(crate) table: &'s Table,
    pub(crate) grant: &'s Grant,
}

/// What the destination's id tells
pub(crate) struct Destination<'s> {
    pub(crate) id: &'s str,
    pub(crate) name: &'s str,
    /// `*` for a resource of any account
    pub(crate) account: &'s str,
    /// Code; empty for no region, `*` for any
    pub(crate) region: &'s str,
    pub(crate) service: &'s str,
    pub(crate) kind: &'s str,
}

impl<'s> Place<'s> {
    pub(crate) fn action(&self) -> &'s str {
        self.snapshot
            .actions
            .get(self.grant.action)
            .map_or("", |action| &action.name)
    }

    pub(crate) fn destination(&self) -> Destination<'s> {
        let id = self.table.dest(self.grant);
        let of_type = (self.grant.resource_type != NO_TYPE)
            .then(|| self.snapshot.actions.resource_type(self.grant.resource_type))
            .flatten();
        let format = of_type.and_then(|one| one.patterns.first());
        let action = self.action();
        let service = format.map_or("", |format| &format.service);
        let service = if service.is_empty() || service.contains('*') {
            action.split(':').next().unwrap_or_default()
        } else {
            service
        };
        let kind = of_type.map_or("*", |one| &one.name);
        let mut fields = id.splitn(6, ':').skip(3);
        let (region, name) = (fields.next(), fields.nth(1));
        if id == "*" {
            let region = if format.is_some_and(|format| format.region_free) {
                ""
            } else {
                "*"
            };
            return Destination {
                id,
                name: "*",
                account: "*",
                region,
                service,
                kind,
            };
        }
        let any = |field: &str| field.contains(['*', '?']);
        let region = match region {
            Some(region) if !any(region) => region,
            Some(_) | None => "*",
        };
        let name = name.map_or("*", |name| {
            let prefix = format.map_or("", |format| &format.name_prefix);
            let after_kind = || name.split_once(['/', ':']).map_or(name, |(_, name)| name);
            match name.strip_prefix(prefix) {
                Some(rest) if !prefix.is_empty() && !rest.is_empty() => rest,
                Some(_) if format.is_some() => name,
                Some(_) | None => after_kind(),
            }
        });
        Destination {
            id,
            name,
            account: self.table.account(self.grant),
            region,
            service,
            kind,
        }
    }

    pub(crate) fn access(&self) -> Access {
        self.snapshot
            .access(self.source.usage.as_ref(), self.grant.action)
    }

    pub(crate) fn id(&self) -> String {
        self.key().row_id()
    }

    pub(crate) fn row(&self) -> Row<'s> {
        let snapshot = self.snapshot;
        let destination = self.destination();
        let entity = snapshot.entities.get(self.attachment.entity);
        let policy = snapshot.policies.get(self.attachment.policy);
        let named = |account: &'s str| {
            snapshot
                .account_names
                .get(account)
                .map_or(account, String::as_str)
        };
        let (date, status) = match self.access() {
            Access::On(day) => (Some(day.to_string()), "ACCESSED"),
            Access::Never => (None, "NOT_ACCESSED_IN_TRACKING_PERIOD"),
            Access::Unknown => (None, "NOT_AVAILABLE"),
        };
        let source = self.source;
        // Everybody is nowhere.
        let of_source = |text: &'s str| (!source.is_public()).then_some(text);
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
            effective_action_name: self.action(),
            exceptions: self.grant.exceptions,
            granted_by_cloud_entity_id: entity.map(|entity| &*entity.id),
            granted_by_cloud_entity_name: entity.map(|entity| &*entity.name),
            granted_by_cloud_entity_rrn: entity.map(|entity| &*entity.rrn),
            granted_by_cloud_entity_type: entity.map(|entity| entity.kind),
            granted_by_cloud_policy_id: policy.map_or("", |policy| &policy.id),
            granted_by_cloud_policy_name: policy.map_or("", |policy| &policy.name),
            granted_by_cloud_policy_rrn: policy.map_or("", |policy| &policy.rrn),
            granted_by_cloud_policy_type: policy.map_or("", |policy| policy.kind),
            granted_by_cloud_type: "AWS",
            id: self.id(),
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
            source_resource_type: source.kind.as_str(),
            last_access_status: status,
            explanation: None,
        }
    }
}

fn rrn_type(destination: &Destination<'_>) -> &'static str {
    match (destination.service, destination.kind) {
        ("iam", "user") => "iamUser",
        ("iam", "role") => "iamRole",
        ("iam", "group") => "iamGroup",
        ("iam", "policy") => "iamPolicy",
        (_, _) => "other",
    }
}

pub(crate) fn region_name(code: &str) -> &str {
    if code.is_empty() {
        regions::GLOBAL
    } else {
        regions::display_name(code)
    }
}
