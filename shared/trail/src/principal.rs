//! Decides which records belong to a principal, and which of them count as its calls.

use jiff::Timestamp;
use memchr::memmem::Finder;

use crate::record::{Record, UserIdentity};

#[cfg(test)]
mod tests;

/// A user or a role, the one whose calls are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    arn: String,
    partition: String,
    account: String,
    kind: Kind,
    name: String,
}

/// Says what kind of identity a [`Principal`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An IAM user.
    User,
    /// An IAM role.
    Role,
}

/// Text that is not the ARN of an IAM user or role
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the ARN of an IAM user or role")]
pub struct PrincipalError(String);

/// Says how sure it is that a record belongs to the principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The record names the principal's ARN.
    Certain,
    /// The record lacks the issuer of the session, and the session's ARN lacks the role's path: a role of the
    /// same name under another path, deleted since, would look the same.
    Uncertain,
}

impl Principal {
    /// Reads `arn:<partition>:iam::<account>:user/<path><name>`, or the same with `role`.
    ///
    /// # Errors
    ///
    /// Any other text.
    ///
    /// Source: IAM user guide, "IAM identifiers".
    pub fn parse(arn: &str) -> Result<Self, PrincipalError> {
        let parse = || {
            let rest = arn.strip_prefix("arn:")?;
            let (partition, rest) = rest.split_once(':')?;
            let (account, resource) = rest.strip_prefix("iam::")?.split_once(':')?;
            let (kind, path) = resource.split_once('/')?;
            let kind = match kind {
                "user" => Kind::User,
                "role" => Kind::Role,
                _ => return None,
            };
            let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
            Some(Self {
                arn: arn.to_owned(),
                partition: partition.to_owned(),
                account: account.to_owned(),
                kind,
                name: name.to_owned(),
            })
        };
        parse().ok_or_else(|| PrincipalError(arn.to_owned()))
    }

    /// Returns the whole ARN with its path.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Returns the partition: `aws`, `aws-cn`, `aws-us-gov`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// Returns the account, 12 digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Returns whether the principal is a user or a role.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the last part of the path. It is unique within the account and kind, whatever the path is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether a call by `identity` was authorised by the policies of this principal.
    ///
    /// Others' copies of a call (`AWSAccount`), services on their own account (`AWSService`), and callers
    /// without IAM policies (`Root`, `SAMLUser`, `WebIdentityUser`, …) never are.
    ///
    /// Source: CloudTrail user guide, "CloudTrail userIdentity element".
    #[must_use]
    pub fn made(&self, identity: &UserIdentity<'_>) -> Option<Certainty> {
        let issuer = || {
            identity
                .session_context
                .as_ref()?
                .session_issuer
                .as_ref()?
                .arn
                .as_deref()
        };
        let certain = |arn: Option<&str>| (arn == Some(self.arn.as_str())).then_some(Certainty::Certain);
        match (identity.kind.as_deref()?, self.kind) {
            ("IAMUser", Kind::User) | ("Role", Kind::Role) => certain(identity.arn.as_deref()),
            ("FederatedUser", Kind::User) => certain(issuer()),
            ("AssumedRole", Kind::Role) => match issuer() {
                Some(arn) => certain(Some(arn)),
                None => self
                    .is_session_of_namesake(identity.arn.as_deref()?)
                    .then_some(Certainty::Uncertain),
            },
            _ => None,
        }
    }

    /// Returns whether the session is of a role with the same name:
    /// `arn:<partition>:sts::<account>:assumed-role/<name>/<session>`
    fn is_session_of_namesake(&self, session: &str) -> bool {
        let rest = || {
            let rest = session
                .strip_prefix("arn:")?
                .strip_prefix(&self.partition)?
                .strip_prefix(":sts::")?;
            let rest = rest.strip_prefix(&self.account)?.strip_prefix(":assumed-role/")?;
            rest.strip_prefix(&self.name)
        };
        rest().is_some_and(|rest| rest.starts_with('/'))
    }
}

/// Finds records that cannot be the principal's without parsing them: every record of its own names it in an ARN.
#[derive(Debug, Clone)]
pub struct Prefilter {
    finder: Finder<'static>,
    /// Says whether the finder looks for the whole name, so that the characters beside it can be checked.
    whole: bool,
}

impl Prefilter {
    /// Makes the filter for `principal`.
    ///
    /// It looks for the name only, the path's slashes could be escaped. Names consist of letters, digits and
    /// `_+=,.@-`, which JSON never has to escape; as some encoders escape `=` and `+` nevertheless, it looks for
    /// the longest part of the name without such signs.
    #[must_use]
    pub fn new(principal: &Principal) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let part = principal
            .name()
            .split(|c| !plain(c))
            .max_by_key(|part| part.len())
            .unwrap_or_default();
        Self {
            finder: Finder::new(part).into_owned(),
            whole: part == principal.name(),
        }
    }

    /// Returns false when the record certainly does not belong to the principal.
    #[must_use]
    pub fn passes(&self, record: &[u8]) -> bool {
        if !self.whole {
            return self.finder.find(record).is_some();
        }
        // The name comes after a slash (as it is, `\/`, or `\u002f`) and before the end of the string or
        // another slash: names such as `s3` or `admin` stand in many records, but not like this.
        self.finder.find_iter(record).any(|at| {
            let before = at.checked_sub(1).and_then(|before| record.get(before));
            let after = record.get(at + self.finder.needle().len());
            matches!(before, Some(b'/' | b'f' | b'F')) && matches!(after, Some(b'"' | b'/' | b'\\'))
        })
    }
}

/// Says what a record is worth, judged by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// A call that was authorised, or refused, as any call.
    Call,
    /// Something done in the console: worth as much as a call when it maps to actions, otherwise nothing.
    ConsoleAction,
    /// No call of its own: a service event, a sign-in, an insight, or a copy seen by a VPC endpoint.
    Nothing,
    /// The record has an event version that is not known.
    Unknown,
}

/// Returns what `record` is worth.
///
/// A record of a type or category that is not known counts as a call: it is better shown as an unmapped event than
/// left out. Some services write types of their own, such as `Rds Data Service`.
///
/// Source: CloudTrail user guide, "CloudTrail record contents": `eventVersion` keeps its major number while
/// changes are compatible; `eventType` is there since 1.02, `eventCategory` since 1.07. Aurora user guide, "Logging
/// RDS Data API calls with AWS CloudTrail".
#[must_use]
pub fn worth<P>(record: &Record<'_, P>) -> Worth {
    if record.event_version.split('.').next() != Some("1") {
        return Worth::Unknown;
    }
    if matches!(
        record.event_category.as_deref(),
        Some("NetworkActivity" | "Insight")
    ) {
        return Worth::Nothing;
    }
    match &*record.event_type {
        "AwsServiceEvent" | "AwsConsoleSignIn" | "AwsCloudTrailInsight" => Worth::Nothing,
        kind if kind.starts_with("AwsVpce") => Worth::Nothing,
        "AwsConsoleAction" => Worth::ConsoleAction,
        _ => Worth::Call,
    }
}

/// A span of event time; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The first instant of the range.
    pub start: Timestamp,
    /// The last instant of the range.
    pub end: Timestamp,
}

impl TimeRange {
    /// Returns whether `time` is in the range.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        (self.start..=self.end).contains(&time)
    }
}
