//! Decides what no policy can change: operations that everybody may call, and objects of AWS that only AWS changes.

use crate::arn::{ArnPattern, Resource, ShortArn};
use crate::glob::Containment;
use crate::matching::{Principal, PrincipalIdentity};
use std::sync::LazyLock;

/// Actions by which AWS's own objects are changed, with the patterns of the objects
struct Reserved {
    objects: &'static str,
    /// The actions in lower case
    actions: &'static [&'static str],
}

/// Reviewed by hand. An object is in the table only where its ARN says that it belongs to AWS: an AWS managed KMS key,
/// for example, has an ARN like any other key.
const RESERVED: [Reserved; 5] = [
    // IAM user guide, "Managed policies and inline policies": permissions of AWS managed policies cannot be changed. IAM
    // API reference, TagPolicy: "an IAM customer managed policy".
    Reserved {
        objects: "arn:*:iam::aws:policy/*",
        actions: &[
            "iam:createpolicy",
            "iam:createpolicyversion",
            "iam:deletepolicy",
            "iam:deletepolicyversion",
            "iam:setdefaultpolicyversion",
            "iam:tagpolicy",
            "iam:untagpolicy",
        ],
    },
    // IAM API reference, UnmodifiableEntityException: only the service that depends on a service-linked role can modify
    // or delete it. The description alone can be edited (IAM user guide, "Create a service-linked role").
    Reserved {
        objects: "arn:*:iam::*:role/aws-service-role/*",
        actions: &[
            "iam:attachrolepolicy",
            "iam:deleterole",
            "iam:deleterolepermissionsboundary",
            "iam:deleterolepolicy",
            "iam:detachrolepolicy",
            "iam:putrolepermissionsboundary",
            "iam:putrolepolicy",
            "iam:updateassumerolepolicy",
        ],
    },
    // AWS KMS API reference, CreateAlias: the prefix `alias/aws/` is reserved for AWS managed keys.
    Reserved {
        objects: "arn:*:kms:*:*:alias/aws/*",
        actions: &["kms:createalias", "kms:deletealias", "kms:updatealias"],
    },
    // AWS Systems Manager API reference, PutParameter: a name cannot be prefixed with `aws`; these are public parameters.
    Reserved {
        objects: "arn:*:ssm:*:*:parameter/aws/*",
        actions: &[
            "ssm:deleteparameter",
            "ssm:deleteparameters",
            "ssm:labelparameterversion",
            "ssm:putparameter",
            "ssm:unlabelparameterversion",
        ],
    },
    // Amazon VPC user guide, "AWS-managed prefix lists": they cannot be created, modified, shared or deleted.
    Reserved {
        objects: "arn:*:ec2:*:aws:prefix-list/*",
        actions: &[
            "ec2:deletemanagedprefixlist",
            "ec2:modifymanagedprefixlist",
            "ec2:restoremanagedprefixlistversion",
        ],
    },
];

static OBJECTS: LazyLock<Vec<ArnPattern>> = LazyLock::new(|| {
    let objects = RESERVED.iter().map(|one| one.objects);
    objects
        .map(|text| ArnPattern::parse(text, ShortArn::Padded))
        .collect()
});

const CALLER_IDENTITY: &str = "sts:GetCallerIdentity";
const SESSION_TOKEN: &str = "sts:GetSessionToken";

/// The actions that need no permission of some principals.
pub const NEEDS_NO_PERMISSION: [&str; 2] = [CALLER_IDENTITY, SESSION_TOKEN];

/// Returns whether an action needs no permission, so that no policy can take it away either.
///
/// Source: STS API reference, `GetCallerIdentity`; IAM user guide, "Permissions for `GetSessionToken`".
#[must_use]
pub fn needs_no_permission(action: &str, principal: &Principal) -> bool {
    match principal.identity {
        PrincipalIdentity::User { .. } | PrincipalIdentity::Root { .. } => {
            action.eq_ignore_ascii_case(CALLER_IDENTITY) || action.eq_ignore_ascii_case(SESSION_TOKEN)
        }
        // Nobody can get a session token with temporary credentials.
        PrincipalIdentity::Role { .. } | PrincipalIdentity::FederatedUser { .. } => {
            action.eq_ignore_ascii_case(CALLER_IDENTITY)
        }
        PrincipalIdentity::Service { .. }
        | PrincipalIdentity::Federated { .. }
        | PrincipalIdentity::CanonicalUser { .. }
        | PrincipalIdentity::Anonymous => false,
    }
}

const WITHOUT_CREDENTIALS: [&str; 2] = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// Returns whether an action is asked for with the token of a provider. Then the token says who asks, and not credentials
/// of AWS.
///
/// Source: STS API reference, `AssumeRoleWithSAML` and `AssumeRoleWithWebIdentity`: "does not require the use of AWS security
/// credentials".
#[must_use]
pub fn takes_token(action: &str) -> bool {
    let mut actions = WITHOUT_CREDENTIALS.iter();
    actions.any(|one| action.eq_ignore_ascii_case(one))
}

/// Returns whether a principal can make no request for an action, because only those who come with the token of a provider
/// make one.
#[must_use]
pub fn is_made_by_others(action: &str, principal: &Principal) -> bool {
    match principal.identity {
        PrincipalIdentity::User { .. }
        | PrincipalIdentity::Role { .. }
        | PrincipalIdentity::FederatedUser { .. }
        | PrincipalIdentity::Root { .. }
        | PrincipalIdentity::Service { .. }
        | PrincipalIdentity::CanonicalUser { .. }
        | PrincipalIdentity::Anonymous => takes_token(action),
        PrincipalIdentity::Federated { .. } => false,
    }
}

/// Returns the actions, in lower case, that only AWS can do on everything that a pattern names, because all of it is
/// AWS's own.
pub fn reserved_actions(objects: &ArnPattern) -> impl Iterator<Item = &'static str> {
    let service = objects.service();
    let tables = RESERVED.iter().zip(OBJECTS.iter());
    let own = tables.filter(move |(one, own)| {
        // Most patterns belong to other services, and the text alone shows this.
        service.is_some()
            && one.objects.split(':').nth(2) == service
            && own.contains(objects) == Containment::Contained
    });
    own.flat_map(|(one, _)| one.actions).copied()
}

/// Returns whether only AWS can do an action, given in lower case, on a resource.
pub(super) fn is_reserved(action: &str, resource: &Resource<'_>) -> bool {
    let mut tables = RESERVED.iter().zip(OBJECTS.iter());
    tables.any(|(one, own)| one.actions.contains(&action) && own.matches(resource))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use rstest::rstest;

    #[test]
    fn the_table_has_actions_of_the_catalogue() {
        let actions = RESERVED.iter().flat_map(|one| one.actions);
        let unknown: Vec<_> = actions
            .filter(|name| Catalogue::embedded().action(name).is_none())
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[rstest]
    #[case::aws_managed(
        "iam:createpolicyversion",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        true
    )]
    #[case::all_aws_managed("iam:createpolicyversion", "arn:aws-cn:iam::aws:policy/*", true)]
    #[case::read("iam:getpolicy", "arn:aws:iam::aws:policy/AdministratorAccess", false)]
    #[case::customer_managed("iam:createpolicyversion", "arn:aws:iam::111122223333:policy/p", false)]
    #[case::both("iam:createpolicyversion", "arn:aws:iam::*:policy/p", false)]
    #[case::everything("iam:createpolicyversion", "*", false)]
    #[case::service_linked(
        "iam:putrolepolicy",
        "arn:aws:iam::111122223333:role/aws-service-role/x/y",
        true
    )]
    #[case::other_role("iam:putrolepolicy", "arn:aws:iam::111122223333:role/aws-service-role", false)]
    #[case::alias("kms:updatealias", "arn:aws:kms:eu-west-2:111122223333:alias/aws/s3", true)]
    #[case::prefix_list(
        "ec2:modifymanagedprefixlist",
        "arn:aws:ec2:eu-west-2:aws:prefix-list/pl-1",
        true
    )]
    #[case::parameter("ssm:putparameter", "arn:aws:ssm:eu-west-2::parameter/aws/service/x", true)]
    #[case::own_parameter(
        "ssm:putparameter",
        "arn:aws:ssm:eu-west-2:111122223333:parameter/awsome",
        false
    )]
    fn only_what_names_objects_of_aws_alone_is_reserved(
        #[case] action: &str,
        #[case] objects: &str,
        #[case] expected: bool,
    ) {
        let objects = ArnPattern::parse(objects, ShortArn::Padded);
        assert_eq!(reserved_actions(&objects).any(|own| own == action), expected);
    }
}
