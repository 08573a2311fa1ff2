//! The principal that makes a request.
//!
//! Source: IAM user guide, "AWS JSON policy elements: Principal" and "IAM identifiers".

use crate::arn::{Arn, account_field};

/// Says why a text names no principal that can ask
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    /// The text is not the ARN of a user, role, session, federated user or account root
    #[error("`{0}` is not the ARN of a principal")]
    NotPrincipalArn(String),
}

/// Kinds of principals that ask
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalIdentity {
    /// An IAM user
    User {
        /// The ARN, with its path.
        arn: Box<str>,
    },
    /// A role, as all of its sessions or as one of them
    Role {
        /// The role's ARN, with path
        arn: Box<str>,
        /// The session's name; `None` when any session is meant
        session: Option<Box<str>>,
    },
    /// A session made by `GetFederationToken`
    FederatedUser {
        /// Partition of the session's ARN
        partition: Box<str>,
        /// Account of the user who made it
        account: Box<str>,
        /// The session's name
        name: Box<str>,
        /// ARN of the user who made it, when known
        user: Option<Box<str>>,
    },
    /// The account's root user
    Root {
        /// Partition of the account
        partition: Box<str>,
        /// The id of the account.
        account: Box<str>,
    },
    /// An AWS service
    Service {
        /// The name, for example `lambda.amazonaws.com`
        name: Box<str>,
    },
    /// A web identity or SAML user
    Federated {
        /// The provider as a policy names it
        provider: Box<str>,
    },
    /// An account by its canonical user id
    CanonicalUser {
        /// 64 hexadecimal digits
        id: Box<str>,
    },
    /// Nobody in particular
    Anonymous,
}

/// The principal that makes a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal {
    /// Says what it is
    pub identity: PrincipalIdentity,
    /// Unique id (`AIDA…`, `AROA…`), when known
    pub id: Option<Box<str>>,
}

impl From<PrincipalIdentity> for Principal {
    fn from(identity: PrincipalIdentity) -> Self {
        Self { identity, id: None }
    }
}

impl Principal {
    /// Reads the ARN of a user, role, federated-user session or account root.
    ///
    /// # Errors
    /// [`PrincipalError::NotPrincipalArn`] for anything else, `assumed-role` ARNs included: they lack the role's
    /// path, see [`Principal::session`].
    pub fn parse(text: &str) -> Result<Self, PrincipalError> {
        let wrong = || PrincipalError::NotPrincipalArn(text.to_owned());
        let arn = Arn::parse(text).or(Err(PrincipalError::NotPrincipalArn(text.to_owned())))?;
        let identity = match (arn.service, arn.resource.split_once('/')) {
            ("iam", Some(("user", _))) => PrincipalIdentity::User { arn: text.into() },
            ("iam", Some(("role", _))) => PrincipalIdentity::Role {
                arn: text.into(),
                session: None,
            },
            ("iam", None) if arn.resource == "root" => PrincipalIdentity::Root {
                partition: arn.partition.into(),
                account: arn.account.into(),
            },
            ("sts", Some(("federated-user", name))) => PrincipalIdentity::FederatedUser {
                partition: arn.partition.into(),
                account: arn.account.into(),
                name: name.into(),
                user: None,
            },
            (_, _) => return Err(wrong()),
        };
        Ok(identity.into())
    }

    /// Returns one session of a role.
    #[must_use]
    pub fn session(role_arn: &str, session_name: &str) -> Self {
        PrincipalIdentity::Role {
            arn: role_arn.into(),
            session: Some(session_name.into()),
        }
        .into()
    }

    /// Returns the same principal with its unique id, if the id is known.
    #[must_use]
    pub fn with_id<'i>(self, id: impl Into<Option<&'i str>>) -> Self {
        Self {
            id: id.into().map(Into::into),
            ..self
        }
    }

    /// Returns the account whose identity policies and service control policies bind the principal.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match &self.identity {
            PrincipalIdentity::User { arn } | PrincipalIdentity::Role { arn, .. } => account_field(arn),
            PrincipalIdentity::FederatedUser { account, .. } | PrincipalIdentity::Root { account, .. } => {
                Some(account)
            }
            PrincipalIdentity::Service { .. }
            | PrincipalIdentity::Federated { .. }
            | PrincipalIdentity::CanonicalUser { .. }
            | PrincipalIdentity::Anonymous => None,
        }
    }

    /// Returns whether this is a role that only a service may assume; the organisation's policies do not bind it.
    #[must_use]
    pub fn is_service_linked_role(&self) -> bool {
        match &self.identity {
            PrincipalIdentity::Role { arn, .. } => {
                Arn::parse(arn).is_ok_and(|arn| arn.resource.starts_with("role/aws-service-role/"))
            }
            PrincipalIdentity::User { .. }
            | PrincipalIdentity::FederatedUser { .. }
            | PrincipalIdentity::Root { .. }
            | PrincipalIdentity::Service { .. }
            | PrincipalIdentity::Federated { .. }
            | PrincipalIdentity::CanonicalUser { .. }
            | PrincipalIdentity::Anonymous => false,
        }
    }
}
