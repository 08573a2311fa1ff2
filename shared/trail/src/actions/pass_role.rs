//! Finds the roles that a call passes to a service: CloudTrail has no record of `iam:PassRole` itself.
//!
//! The table of operations says which operations pass a role, in which members and to which services.

use super::parameters::{self, Text};
use crate::operations::{Operation, RoleKind};
use crate::usage::PassedRole;

/// Holds who calls, to complete names that come without an ARN.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'c> {
    pub(super) partition: &'c str,
    pub(super) account: &'c str,
}

/// Returns the roles that a call of the operation passes, each once for each service that it may be passed to.
pub(super) fn of(
    operation: Operation<'_>,
    event: &str,
    request: &[Text<'_>],
    caller: Caller<'_>,
) -> Vec<PassedRole> {
    let services: Vec<&str> = operation.passed_to().collect();
    let mut roles = Vec::new();
    for member in operation.role_members() {
        // There is one role and several services: any of the services may be meant.
        let services: Vec<Option<&str>> = match member.service {
            Some(service) => vec![Some(service)],
            None if member.kind == RoleKind::Profile => vec![Some("ec2.amazonaws.com")],
            None if services.is_empty() => vec![None],
            None => services.iter().copied().map(Some).collect(),
        };
        let texts = request
            .iter()
            .filter(|text| member.name == "*" || parameters::is_named(text, member.name));
        for role_arn in texts.filter_map(|text| role(member.kind, text.value, caller)) {
            roles.extend(services.iter().map(|service| PassedRole {
                role_arn: role_arn.clone(),
                service: service.map(str::to_owned),
                event: event.to_owned(),
            }));
        }
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Returns the ARN of the role or instance profile that a text names.
fn role(kind: RoleKind, text: &str, caller: Caller<'_>) -> Option<String> {
    let of_iam = text
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(":iam::"))
        .and_then(|(_, rest)| rest.split_once(':'));
    if let Some((_, resource)) = of_iam {
        // Services pass their own roles without a permission of the caller.
        let is_role = resource.starts_with("role/") && !resource.starts_with("role/aws-service-role/");
        return (is_role || resource.starts_with("instance-profile/")).then(|| text.to_owned());
    }
    let kind = match kind {
        RoleKind::Arn => return None,
        RoleKind::Name => "role",
        RoleKind::Profile => "instance-profile",
    };
    let name = text.trim_start_matches('/');
    let Caller { partition, account } = caller;
    is_name(name).then(|| format!("arn:{partition}:iam::{account}:{kind}/{name}"))
}

/// Returns whether a text can be the name of a role. Source: IAM API reference, `CreateRole`: `RoleName` and `Path`.
fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_/-".contains(&byte);
    !name.is_empty() && name.len() <= 576 && name.bytes().all(is_allowed)
}
