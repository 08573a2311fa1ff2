//! Replies about portals.
//!
//! Nothing runs behind a portal here: what the model requires beyond what the caller said is made of its id, and it
//! is active from the first time that somebody looks.

use std::collections::BTreeMap;

use serde::Serialize;

use super::arn::{Deployment, ResourceKind};
use super::portal::{Alarms, AuthMode, Portal, PortalType, PortalTypeEntry};
use super::text::{Description, Email, IamArn, Id, Name};
use super::time::EpochSeconds;
use crate::account::AccountId;

#[derive(Debug, Clone, Copy, Serialize)]
struct PortalStatus {
    state: PortalState,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum PortalState {
    Creating,
    Updating,
    Deleting,
    Active,
}

fn start_url(id: &Id) -> String {
    format!("https://{id}.app.iotsitewise.aws")
}

/// Returns the first hexadecimal digits of an id.
fn digits(id: &Id, count: usize) -> String {
    id.as_str().chars().filter(|&c| c != '-').take(count).collect()
}

/// Reply of `CreatePortal`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatePortalReply {
    portal_id: Id,
    portal_arn: String,
    portal_start_url: String,
    portal_status: PortalStatus,
    sso_application_id: String,
}

impl CreatePortalReply {
    /// Returns the same for the first request and for its repetitions.
    #[must_use]
    pub fn new(deployment: &Deployment, account: &AccountId, id: Id) -> Self {
        Self {
            portal_arn: deployment.arn(account, ResourceKind::Portal, &id),
            portal_start_url: start_url(&id),
            portal_status: PortalStatus {
                state: PortalState::Creating,
            },
            sso_application_id: format!("ins-{}", digits(&id, 16)),
            portal_id: id,
        }
    }
}

/// Reply of `DescribePortal`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribePortalReply {
    portal_id: Id,
    portal_arn: String,
    portal_name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    portal_description: Option<Description>,
    portal_client_id: String,
    portal_start_url: String,
    portal_contact_email: Email,
    portal_status: PortalStatus,
    portal_creation_date: EpochSeconds,
    portal_last_update_date: EpochSeconds,
    role_arn: IamArn,
    portal_auth_mode: AuthMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_sender_email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarms: Option<Alarms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    portal_type: Option<PortalType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    portal_type_configuration: Option<BTreeMap<String, PortalTypeEntry>>,
}

impl DescribePortalReply {
    /// Returns the portal in full.
    #[must_use]
    pub fn new(deployment: &Deployment, account: &AccountId, portal: Portal) -> Self {
        let last_update = portal.last_update();
        let details = portal.details;
        Self {
            portal_arn: deployment.arn(account, ResourceKind::Portal, &portal.id),
            portal_name: details.name,
            portal_description: details.description,
            portal_client_id: format!("E-{}", digits(&portal.id, 24)),
            portal_start_url: start_url(&portal.id),
            portal_contact_email: details.contact_email,
            portal_status: PortalStatus {
                state: PortalState::Active,
            },
            portal_creation_date: EpochSeconds(portal.created_at),
            portal_last_update_date: EpochSeconds(last_update),
            role_arn: details.role_arn,
            portal_auth_mode: portal.auth_mode,
            notification_sender_email: details.notification_sender_email,
            alarms: details.alarms,
            portal_type: details.portal_type,
            portal_type_configuration: details.type_configuration,
            portal_id: portal.id,
        }
    }
}

/// Reply of `ListPortals`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListPortalsReply {
    portal_summaries: Vec<PortalSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct PortalSummary {
    id: Id,
    name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Description>,
    start_url: String,
    creation_date: EpochSeconds,
    last_update_date: EpochSeconds,
    role_arn: IamArn,
    status: PortalStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    portal_type: Option<PortalType>,
}

impl ListPortalsReply {
    /// Returns a page of portals.
    #[must_use]
    pub fn new(portals: Vec<Portal>, next_token: Option<String>) -> Self {
        let summary = |portal: Portal| PortalSummary {
            start_url: start_url(&portal.id),
            last_update_date: EpochSeconds(portal.last_update()),
            id: portal.id,
            name: portal.details.name,
            description: portal.details.description,
            creation_date: EpochSeconds(portal.created_at),
            role_arn: portal.details.role_arn,
            status: PortalStatus {
                state: PortalState::Active,
            },
            portal_type: portal.details.portal_type,
        };
        Self {
            portal_summaries: portals.into_iter().map(summary).collect(),
            next_token,
        }
    }
}

/// Reply of `UpdatePortal`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdatePortalReply {
    portal_status: PortalStatus,
}

impl UpdatePortalReply {
    /// Says that the update is under way, as the model demands; in truth it is done.
    #[must_use]
    pub fn updating() -> Self {
        Self {
            portal_status: PortalStatus {
                state: PortalState::Updating,
            },
        }
    }
}

/// Reply of `DeletePortal`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletePortalReply {
    portal_status: PortalStatus,
}

impl DeletePortalReply {
    /// Says that the deletion is under way, as the model demands; in truth it is done.
    #[must_use]
    pub fn deleting() -> Self {
        Self {
            portal_status: PortalStatus {
                state: PortalState::Deleting,
            },
        }
    }
}
