//! Requests about the sample organization, and who sends them.

use super::sample_organization::{
    ALICE, APP, BOB, EVE, EXTERNAL_ACCOUNT, HOME, KEY, MALLORY, OTHER, PARTNER_ACCOUNT, QUEUE, SAML, VEND,
};
use crate::row::Row;
use iam::arn::Resource;
use iam::context::Context;
use iam::evaluate::{Outcome, takes_token};
use iam::matching::{Principal, PrincipalIdentity};

/// A principal that sends requests
pub(crate) struct Caller {
    /// The id of its source in rows
    pub(crate) source: &'static str,
    pub(crate) principal: Principal,
    pub(crate) tags: &'static [(&'static str, &'static str)],
}

/// A request about the sample, without its caller
#[derive(Debug, Clone, Copy)]
pub(crate) struct SampleRequest {
    pub(crate) action: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) kind: &'static str,
    /// Names the account that owns the resource; the caller's account when empty
    pub(crate) owner: &'static str,
}

impl SampleRequest {
    /// Returns what is known of the resource.
    pub(crate) fn context(self) -> Context {
        let mut context = Context::of_resource(&Resource::parse(self.resource).unwrap());
        if self.resource.starts_with("arn:aws:s3:::a") && !self.owner.is_empty() {
            context.add("aws:ResourceAccount", [self.owner]);
        }
        context
    }
}

const fn request(
    action: &'static str,
    resource: &'static str,
    kind: &'static str,
    owner: &'static str,
) -> SampleRequest {
    SampleRequest {
        action,
        resource,
        kind,
        owner,
    }
}

pub(crate) const REQUESTS: [SampleRequest; 17] = [
    request("s3:GetObject", "arn:aws:s3:::a/x", "object", HOME),
    request("s3:GetObject", "arn:aws:s3:::a/x:1", "object", HOME),
    request("s3:GetObject", "arn:aws:s3:::alice/x", "object", ""),
    request("s3:ListBucket", "arn:aws:s3:::a", "bucket", HOME),
    request("s3:ListBucket", "arn:aws:s3:::b", "bucket", ""),
    request("s3:PutObjectTagging", "arn:aws:s3:::a", "bucket", HOME),
    request("s3:PutObjectTagging", "arn:aws:s3:::a/x", "object", HOME),
    request("s3:ListAllMyBuckets", "*", "*", ""),
    request("iam:PassRole", APP, "role", HOME),
    request("iam:PassRole", VEND, "role", OTHER),
    request(
        "iam:PassRole",
        "arn:aws:iam::111122223333:role/gone",
        "role",
        HOME,
    ),
    request("sts:AssumeRole", APP, "role", HOME),
    request("sts:AssumeRole", VEND, "role", OTHER),
    request("sts:AssumeRoleWithSAML", APP, "role", HOME),
    request("kms:Decrypt", KEY, "key", HOME),
    request("sqs:SendMessage", QUEUE, "queue", OTHER),
    request("old:Thing", "arn:aws:old:::x", "*", ""),
];

fn user(arn: &'static str, id: &str) -> Caller {
    Caller {
        source: arn,
        principal: Principal::parse(arn).unwrap().with_id(id),
        tags: &[("team", "a")],
    }
}

fn plain(source: &'static str, identity: PrincipalIdentity) -> Caller {
    Caller {
        source,
        principal: identity.into(),
        tags: &[],
    }
}

/// Returns everybody whose identity policies are known, or who has none. Everybody who sends a request with the token of a provider is a
/// user of some provider.
pub(crate) fn callers(request: SampleRequest) -> Vec<Caller> {
    let everybody = if takes_token(request.action) {
        PrincipalIdentity::Federated {
            provider: "arn:aws:iam::777788889999:saml-provider/Any".into(),
        }
    } else {
        PrincipalIdentity::Anonymous
    };
    vec![
        user(ALICE, "AIDAALICE"),
        Caller {
            tags: &[],
            ..user(BOB, "AIDABOB")
        },
        Caller {
            tags: &[],
            ..user(APP, "AROAAPP")
        },
        Caller {
            tags: &[],
            ..user(EVE, "AIDAEVE")
        },
        Caller {
            tags: &[],
            ..user(VEND, "AROAVEND")
        },
        plain(
            "ec2.amazonaws.com",
            PrincipalIdentity::Service {
                name: "ec2.amazonaws.com".into(),
            },
        ),
        plain(
            SAML,
            PrincipalIdentity::Federated {
                provider: SAML.into(),
            },
        ),
        plain(
            "accounts.google.com",
            PrincipalIdentity::Federated {
                provider: "accounts.google.com".into(),
            },
        ),
        plain("79a5", PrincipalIdentity::CanonicalUser { id: "79a5".into() }),
        plain("*", everybody),
    ]
}

/// Returns the callers whose identity policies no document holds.
pub(crate) fn externals() -> Vec<Caller> {
    vec![
        Caller {
            source: MALLORY,
            principal: Principal::parse(MALLORY).unwrap(),
            tags: &[],
        },
        Caller {
            source: EXTERNAL_ACCOUNT,
            principal: Principal::parse(EXTERNAL_ACCOUNT).unwrap(),
            tags: &[],
        },
        Caller {
            source: PARTNER_ACCOUNT,
            principal: Principal::parse(PARTNER_ACCOUNT).unwrap(),
            tags: &[],
        },
    ]
}

/// Returns whether a row of another source also covers a caller.
pub(crate) fn includes(row: &Row<'_>, caller: &Caller) -> bool {
    let kind = row.source_resource_type;
    let of_kind = match caller.principal.identity {
        PrincipalIdentity::Service { .. } => row.source_resource_id == "*.amazonaws.com",
        // The account of the caller may belong to another organization.
        PrincipalIdentity::User { .. } | PrincipalIdentity::Root { .. } => {
            kind == "organization"
                || (kind == "account" && row.source_cloud_account == caller.principal.account())
        }
        PrincipalIdentity::Role { .. }
        | PrincipalIdentity::FederatedUser { .. }
        | PrincipalIdentity::Federated { .. }
        | PrincipalIdentity::CanonicalUser { .. }
        | PrincipalIdentity::Anonymous => false,
    };
    row.source_public || kind == "network" || of_kind
}

/// Returns whether a decision depends on the account that a canonical user is. Then the rows of the accounts include
/// it.
pub(crate) fn depends_on_account(caller: &Caller, outcome: &Outcome) -> bool {
    let Outcome::Conditional(left) = outcome else {
        return false;
    };
    let left = left.to_string();
    matches!(caller.principal.identity, PrincipalIdentity::CanonicalUser { .. })
        && [
            "aws:principal",
            "kms:calleraccount",
            "aws:sourceowner",
            "aws:username",
            "aws:userid",
        ]
        .iter()
        .any(|key| left.contains(key))
}
