//! A source is somebody or something that has permissions.

use super::{Attachment, Boundary, Credentials, PrincipalClassId, ServiceControl, Usage};
use iam::context::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Holds who has permissions
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) id: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) kind: SourceKind,
    /// The account is empty when the source has none
    pub(crate) account: Box<str>,
    /// The code of the region; empty for none
    pub(crate) region: Box<str>,
    /// The service that the source belongs to
    pub(crate) service: Box<str>,
    pub(crate) rrn: Box<str>,
    pub(crate) provider: Option<Provider>,
    /// The class of this principal alone, with everything that limits it; only users and roles that are loaded have one
    pub(crate) own_class: Option<PrincipalClassId>,
    /// ARN of the permissions boundary
    pub(crate) boundary: Option<Box<str>>,
    /// The attachments, sorted by policy id, then entity id
    pub(crate) attachments: Vec<Attachment>,
    /// Facts of a user or role that a document describes
    pub(crate) own: Option<OwnFacts>,
    pub(crate) tags: Vec<(String, String)>,
    /// Says when the source last used which actions, if that is known; for a compute resource, when its role used them
    pub(crate) usage: Option<Arc<Usage>>,
    /// The credentials of a user, when they are known
    pub(crate) credentials: Option<Credentials>,
    /// Facts of a compute resource
    pub(crate) compute: Option<ComputeFacts>,
}

/// Service and resource type of the compute resources that documents describe, as their ARNs name them
pub(crate) const COMPUTE_KINDS: [(&str, &str); 5] = [
    ("lambda", "function"),
    ("ec2", "instance"),
    ("ecs", "task-definition"),
    ("sagemaker", "notebook-instance"),
    ("glue", "job"),
];

/// Holds what a compute resource has beside a principal
#[derive(Debug)]
pub(crate) struct ComputeFacts {
    /// The resource type, as the ARN names it
    pub(crate) resource_type: Box<str>,
    /// ARN of the role that the code runs with
    pub(crate) role: Box<str>,
}

/// Holds what a decision needs to know of a user or role, beside its policies
#[derive(Debug)]
pub(crate) struct OwnFacts {
    /// `AIDA…` or `AROA…`
    pub(crate) unique_id: Option<Box<str>>,
    /// Says whether the tags of a request are the ones of the source and no others
    pub(crate) tags_known: bool,
    pub(crate) boundary: Boundary,
    /// An attached policy or a group is not known
    pub(crate) incomplete: bool,
}

/// Holds what all principals of an account have in common
#[derive(Debug)]
pub(crate) struct OwnAccount {
    /// The service control policies that limit these principals; service-linked roles are exempt
    pub(crate) service_control: ServiceControl,
    /// Says what is known of the organization's condition keys
    pub(crate) organization: Context,
}

/// Adds the tags of a principal to what else is known of it. Without `tags`, the tags of a request are not known.
pub(crate) fn with_tags(mut context: Context, tags: Option<&[(String, String)]>) -> Context {
    if let Some(tags) = tags {
        let tags = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        context.add_tags("aws:PrincipalTag/", tags);
    }
    context
}

/// Says what a source is
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum SourceKind {
    User,
    Role,
    /// Everybody, anonymous included
    Public,
    /// All principals of an account that is not loaded
    Account,
    /// One session of a role that is not loaded
    RoleSession,
    FederatedUser,
    Service,
    SamlProvider,
    OidcProvider,
    /// A web identity provider that needs no provider in the account
    WebIdentity,
    CanonicalUser,
    /// A function, an instance or another resource that runs code with a role
    Compute,
    /// All principals of an organization of which no account is known
    Organization,
    /// Everybody who comes from a network, or through an endpoint or access point
    Network,
}

/// The identity provider behind a source
#[derive(Debug)]
pub(crate) struct Provider {
    /// Host of the issuer, when the documents tell
    pub(crate) domain: Option<Box<str>>,
    pub(crate) service: IdentityService,
}

/// Identity services that rows name
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdentityService {
    AzureAd,
    Okta,
    Unknown,
}

impl Source {
    /// Returns whether only policies of resources name the source, so that its rows are in the shards of the accounts
    /// that grant.
    pub(crate) const fn is_external(&self) -> bool {
        self.own.is_none() && self.compute.is_none()
    }

    pub(crate) fn is_public(&self) -> bool {
        self.kind == SourceKind::Public
    }

    /// Returns the account that the source belongs to; the public and services have none.
    pub(crate) fn account_id(&self) -> Option<&str> {
        Some(&*self.account).filter(|account| !account.is_empty())
    }

    /// Returns the resource type as rows show it.
    pub(crate) fn resource_type(&self) -> &str {
        let compute = self.compute.as_ref();
        compute.map_or(self.kind.as_str(), |one| &one.resource_type)
    }

    /// Returns the ARN of the user or role that acts.
    pub(crate) fn principal(&self) -> &str {
        self.compute.as_ref().map_or(&self.id, |one| &one.role)
    }

    /// Returns whether the source is nobody in particular, and so in no account.
    pub(crate) fn is_nowhere(&self) -> bool {
        matches!(self.kind, SourceKind::Public | SourceKind::Network)
    }

    /// Returns whether the source acts in sessions, which may carry policies of their own.
    pub(crate) fn has_sessions(&self) -> bool {
        matches!(
            self.kind,
            SourceKind::Role
                | SourceKind::Account
                | SourceKind::Organization
                | SourceKind::RoleSession
                | SourceKind::FederatedUser
        )
    }
}

impl SourceKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Public => "*",
            Self::Account => "account",
            Self::RoleSession => "assumed-role",
            Self::FederatedUser => "federated-user",
            Self::Service => "service",
            Self::SamlProvider => "saml-provider",
            Self::OidcProvider => "oidc-provider",
            Self::WebIdentity => "WebIdentity",
            Self::CanonicalUser => "canonical-user",
            Self::Compute => "compute",
            Self::Organization => "organization",
            Self::Network => "network",
        }
    }

    /// Returns whether a source of this kind has an id that no source of another kind can have.
    pub(crate) const fn is_in_id(self) -> bool {
        matches!(self, Self::User | Self::Role | Self::Compute)
    }
}

impl Provider {
    /// Finds the service by the issuer's host, otherwise by the name of the provider.
    ///
    /// Source: issuers as Microsoft Entra ID and Okta document them.
    pub(crate) fn new(domain: Option<&str>, name: &str) -> Self {
        let ends =
            |tail: &str| domain.is_some_and(|host| host == tail || host.ends_with(&format!(".{tail}")));
        let name = name.to_lowercase();
        let named = |words: &[&str]| domain.is_none() && words.iter().any(|word| name.contains(word));
        let okta = ["okta.com", "okta-emea.com", "oktapreview.com", "okta-gov.com"];
        let azure = [
            "sts.windows.net",
            "login.microsoftonline.com",
            "login.microsoftonline.us",
            "login.windows.net",
        ];
        let service = if okta.into_iter().any(ends) || named(&["okta"]) {
            IdentityService::Okta
        } else if azure.into_iter().any(ends) || named(&["azuread", "azure-ad", "azure_ad", "entra"]) {
            IdentityService::AzureAd
        } else {
            IdentityService::Unknown
        };
        Self {
            domain: domain.map(Into::into),
            service,
        }
    }
}

impl IdentityService {
    /// Returns the name as rows write it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AzureAd => "AZURE_AD",
            Self::Okta => "OKTA",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// Returns the names as queries write them.
    pub(crate) const fn words(self) -> &'static [&'static str] {
        match self {
            Self::AzureAd => &["Azure Active Directory", "AZURE_AD"],
            Self::Okta => &["Okta"],
            Self::Unknown => &["UNKNOWN"],
        }
    }
}
