//! One CloudTrail record, as far as this project reads it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// One element of `Records` in a CloudTrail log file; unknown members are ignored.
///
/// Source: CloudTrail user guide, "CloudTrail record contents", event version 1.x.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record<'a> {
    /// The version of the record, `1.11`; the major number must be 1.
    #[serde(borrow, default)]
    pub event_version: Cow<'a, str>,
    /// Unique per record, the same in copies of it.
    #[serde(borrow, default, rename = "eventID")]
    pub event_id: Cow<'a, str>,
    /// When the call was made, UTC.
    pub event_time: Timestamp,
    /// The service that was called, `s3.amazonaws.com`.
    #[serde(borrow)]
    pub event_source: Cow<'a, str>,
    /// The name of the event, `GetObject`; usually, but not always, the name of an API operation.
    #[serde(borrow)]
    pub event_name: Cow<'a, str>,
    /// Region that the call was made to.
    #[serde(borrow, default)]
    pub aws_region: Cow<'a, str>,
    /// `AwsApiCall`, `AwsConsoleAction`, …
    #[serde(borrow, default)]
    pub event_type: Cow<'a, str>,
    /// `Management`, `Data`, …; missing before event version 1.07.
    #[serde(borrow, default)]
    pub event_category: Option<Cow<'a, str>>,
    /// An address, or the service that called on the principal's behalf.
    #[serde(borrow, default, rename = "sourceIPAddress")]
    pub source_ip_address: Option<Cow<'a, str>>,
    /// Set when the call failed.
    #[serde(borrow, default)]
    pub error_code: Option<Cow<'a, str>>,
    /// Text of the failure; names action and resource of a denial.
    #[serde(borrow, default)]
    pub error_message: Option<Cow<'a, str>>,
    /// The identity that called.
    #[serde(borrow, default)]
    pub user_identity: Option<UserIdentity<'a>>,
    /// What was asked; null, an object, in odd cases a JSON string.
    #[serde(default)]
    pub request_parameters: Value,
    /// What was answered, for changing calls.
    #[serde(default)]
    pub response_elements: Value,
    /// Resources that the call touched, where the service names them.
    #[serde(borrow, default)]
    pub resources: Option<Vec<ResourceEntry<'a>>>,
    /// Account that received this copy of the record.
    #[serde(borrow, default)]
    pub recipient_account_id: Option<Cow<'a, str>>,
    /// Why the record is a late or corrected one.
    #[serde(borrow, default)]
    pub addendum: Option<Addendum<'a>>,
}

/// `userIdentity` of a record.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity<'a> {
    /// `IAMUser`, `AssumedRole`, …
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Cow<'a, str>>,
    /// `AIDA…` of a user, `AROA…:session` of a role.
    #[serde(borrow, default)]
    pub principal_id: Option<Cow<'a, str>>,
    /// ARN of the caller; for a role the session's, which lacks the role's path.
    #[serde(borrow, default)]
    pub arn: Option<Cow<'a, str>>,
    /// Account of the caller.
    #[serde(borrow, default)]
    pub account_id: Option<Cow<'a, str>>,
    /// The service that made the call with the principal's forwarded permissions.
    #[serde(borrow, default)]
    pub invoked_by: Option<Cow<'a, str>>,
    /// Present for temporary credentials.
    #[serde(borrow, default)]
    pub session_context: Option<SessionContext<'a>>,
}

impl UserIdentity<'_> {
    /// ARN of the user, or of the role of a session; `None` for callers without policies of IAM.
    #[must_use]
    pub fn principal_arn(&self) -> Option<&str> {
        let issuer = || {
            self.session_context
                .as_ref()?
                .session_issuer
                .as_ref()?
                .arn
                .as_deref()
        };
        match self.kind.as_deref()? {
            "IAMUser" | "Role" => self.arn.as_deref(),
            "AssumedRole" | "FederatedUser" => issuer(),
            _ => None,
        }
    }
}

/// The member `userIdentity.sessionContext`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionContext<'a> {
    /// Who the temporary credentials were issued for.
    #[serde(borrow, default)]
    pub session_issuer: Option<SessionIssuer<'a>>,
}

/// The member `userIdentity.sessionContext.sessionIssuer`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionIssuer<'a> {
    /// `Role`, `User`, `Root`.
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Cow<'a, str>>,
    /// The unique id, `AROA…` or `AIDA…`.
    #[serde(borrow, default)]
    pub principal_id: Option<Cow<'a, str>>,
    /// The ARN with its path.
    #[serde(borrow, default)]
    pub arn: Option<Cow<'a, str>>,
}

/// One element of `resources`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ResourceEntry<'a> {
    /// The ARN of the resource.
    #[serde(borrow, default, rename = "ARN", alias = "arn")]
    pub arn: Option<Cow<'a, str>>,
    /// A prefix, for list-like data events.
    #[serde(borrow, default, rename = "ARNPrefix")]
    pub arn_prefix: Option<Cow<'a, str>>,
    /// Owner of the resource.
    #[serde(borrow, default, rename = "accountId")]
    pub account_id: Option<Cow<'a, str>>,
    /// The type of the resource, `AWS::S3::Bucket`.
    #[serde(borrow, default, rename = "type")]
    pub kind: Option<Cow<'a, str>>,
}

/// `addendum` of a late or corrected record.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Addendum<'a> {
    /// `DELIVERY_DELAY`, `UPDATED_DATA`, `SERVICE_OUTAGE`.
    #[serde(borrow, default)]
    pub reason: Option<Cow<'a, str>>,
    /// The record that this one corrects.
    #[serde(borrow, default, rename = "originalEventID")]
    pub original_event_id: Option<Cow<'a, str>>,
}
