//! Reads one CloudTrail record, as far as this project needs it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// One element of `Records` in a CloudTrail log file; unknown members are ignored.
///
/// `P` is what the parameters and the answer of the call are read as.
///
/// Source: CloudTrail user guide, "CloudTrail record contents", event version 1.x.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    rename_all = "camelCase",
    bound(deserialize = "P: Deserialize<'de> + Default")
)]
pub struct Record<'a, P = Value> {
    /// The version of the record, `1.11`; the major number must be 1.
    #[serde(borrow, default)]
    pub event_version: Cow<'a, str>,
    /// Unique per record, the same in copies of it.
    #[serde(borrow, default, rename = "eventID")]
    pub event_id: Cow<'a, str>,
    /// Says when the call was made, UTC.
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
    /// Holds the parameters of the request: null, an object, and in rare cases a JSON string.
    #[serde(default)]
    pub request_parameters: P,
    /// Holds the reply, for calls that change something.
    #[serde(default)]
    pub response_elements: P,
    /// Resources that the call touched, where the service names them.
    #[serde(borrow, default)]
    pub resources: Option<Vec<ResourceEntry<'a>>>,
    /// Account that received this copy of the record.
    #[serde(borrow, default)]
    pub recipient_account_id: Option<Cow<'a, str>>,
    /// Says why the record is late or a correction.
    #[serde(borrow, default)]
    pub addendum: Option<Addendum<'a>>,
}

/// A record whose parameters and answer are left as text, which costs half of what reading them does.
pub(crate) type RawRecord<'a> = Record<'a, Option<&'a RawValue>>;

impl<'a> RawRecord<'a> {
    /// Returns the record with its parameters and its reply read.
    ///
    /// # Errors
    ///
    /// The parameters or the reply are nested too deeply, or hold a text that is not valid.
    pub(crate) fn read(self) -> serde_json::Result<Record<'a>> {
        let value =
            |raw: Option<&RawValue>| raw.map_or(Ok(Value::Null), |raw| serde_json::from_str(raw.get()));
        Ok(Record {
            request_parameters: value(self.request_parameters)?,
            response_elements: value(self.response_elements)?,
            event_version: self.event_version,
            event_id: self.event_id,
            event_time: self.event_time,
            event_source: self.event_source,
            event_name: self.event_name,
            aws_region: self.aws_region,
            event_type: self.event_type,
            event_category: self.event_category,
            source_ip_address: self.source_ip_address,
            error_code: self.error_code,
            error_message: self.error_message,
            user_identity: self.user_identity,
            resources: self.resources,
            recipient_account_id: self.recipient_account_id,
            addendum: self.addendum,
        })
    }
}

impl<P> Record<'_, P> {
    /// Returns the id `AIDA…` or `AROA…` of the principal, without the name of the session.
    pub(crate) fn principal_id(&self) -> Option<&str> {
        let identity = self.user_identity.as_ref()?;
        // The id of a federated user is not the id of the IAM user; the id of the issuer is.
        let issuer = identity
            .session_context
            .as_ref()
            .and_then(|context| context.session_issuer.as_ref());
        let issuer = issuer.and_then(|issuer| issuer.principal_id.as_deref());
        issuer.or_else(|| identity.principal_id.as_deref()?.split(':').next())
    }

    /// Returns the service that made the call with the principal's forwarded permissions.
    pub(crate) fn called_via(&self) -> Option<&str> {
        let identity = self.user_identity.as_ref();
        let invoked_by = identity.and_then(|identity| identity.invoked_by.as_deref());
        // CloudTrail names the service that called for the principal in the place of an address.
        let is_service = |source: &&str| *source == "AWS Internal" || source.ends_with(".amazonaws.com");
        invoked_by.or_else(|| self.source_ip_address.as_deref().filter(is_service))
    }
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
    /// The context is present for temporary credentials.
    #[serde(borrow, default)]
    pub session_context: Option<SessionContext<'a>>,
}

impl UserIdentity<'_> {
    /// Returns the ARN of the user, or of the role of a session; `None` for callers without policies of IAM.
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
    /// Holds the identity that the temporary credentials were issued for.
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
