//! Writes the suggested policy: the resources that were used, passed roles with their service, nothing that was denied.

use std::collections::{BTreeMap, BTreeSet};

use iam::size::MANAGED_POLICY;
use serde_json::{Value, json};

use super::resources::{self, Scope};
use crate::catalogue::PASS_ROLE;
use crate::generation::Generation;
use crate::policy::document::{Statement, documents};
use crate::usage::{ActionUsage, PassedRole, escaped};

/// Returns documents of at most [`MANAGED_POLICY`] characters; none when nothing was allowed.
pub(super) fn documents_for(generation: &Generation<'_>) -> Vec<String> {
    let mut statements = observed(generation);
    statements.extend(passed(generation));
    documents(statements, MANAGED_POLICY)
}

/// Makes one statement for each distinct set of resources, in ASCII order. The statement of `*` comes first, because
/// its character sorts first.
///
/// What a deployment leaves out of the compatible policy, such as data events, is here all the same.
fn observed(generation: &Generation<'_>) -> Vec<Statement> {
    let mut actions_by_resources: BTreeMap<Vec<String>, BTreeSet<&str>> = BTreeMap::new();
    for (action, resources) in observed_resources(generation) {
        actions_by_resources.entry(resources).or_default().insert(action);
    }
    actions_by_resources
        .into_iter()
        .map(|(resources, actions)| Statement {
            series: "ObservedSid",
            actions: actions.into_iter().map(str::to_owned).collect(),
            resources,
            condition: None,
        })
        .collect()
}

/// Returns the actions of which a call was allowed, each with a set of resources that it needs. An action with several
/// types has several sets.
fn observed_resources<'a>(generation: &Generation<'a>) -> impl Iterator<Item = (&'a str, Vec<String>)> {
    let scope = Scope::of(generation);
    let granted = |(action, usage): &(&String, &ActionUsage)| *action != PASS_ROLE && !usage.only_denied();
    let actions = generation.usage.actions.iter().filter(granted);
    actions.flat_map(move |(action, usage)| {
        let sets = resources::patterns(action, usage, scope).unwrap_or_default();
        sets.into_iter().map(|resources| (action.as_str(), resources))
    })
}

/// Returns the resources on which the suggested policy allows each action.
pub(crate) fn proposed_resources<'a>(generation: &Generation<'a>) -> BTreeMap<&'a str, BTreeSet<String>> {
    let mut proposed: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (action, resources) in observed_resources(generation) {
        proposed.entry(action).or_default().extend(resources);
    }
    let roles = generation.usage.passed_roles.iter();
    for role in roles.flat_map(|role| passed_resources(&role.role_arn, generation)) {
        proposed.entry(PASS_ROLE).or_default().insert(role);
    }
    proposed
}

/// Makes one statement for each service that roles were passed to. The statements of an unknown service come first.
fn passed(generation: &Generation<'_>) -> Vec<Statement> {
    let mut roles_by_service: BTreeMap<Option<&str>, BTreeSet<String>> = BTreeMap::new();
    for role in &generation.usage.passed_roles {
        let resources = passed_resources(&role.role_arn, generation);
        if !resources.is_empty() {
            let of_service = roles_by_service.entry(role.service.as_deref()).or_default();
            of_service.extend(resources);
        }
    }
    roles_by_service
        .into_iter()
        .map(|(service, roles)| Statement {
            series: "PassRoleSid",
            actions: vec![PASS_ROLE.to_owned()],
            resources: roles.into_iter().collect(),
            condition: service.map(passed_to),
        })
        .collect()
}

/// Makes the statement that allows to pass one role; `None` when the call names neither a role nor an instance profile
/// by ARN.
pub(super) fn pass_role(role: &PassedRole, generation: &Generation<'_>) -> Option<Value> {
    let resources = passed_resources(&role.role_arn, generation);
    let resource = match resources.as_slice() {
        [] => return None,
        [single] => json!(single),
        several => json!(several),
    };
    Some(match &role.service {
        Some(service) => {
            json!({"Effect": "Allow", "Action": PASS_ROLE, "Resource": resource, "Condition": passed_to(service)})
        }
        None => json!({"Effect": "Allow", "Action": PASS_ROLE, "Resource": resource}),
    })
}

/// Returns the role that a call passes, as a policy names it; several patterns when only its name is known.
///
/// A call that names an instance profile passes the role of the profile, which no record of the call names. The role is
/// known when a record shows that it was added to the profile, or when the imported documents say it. Otherwise any role
/// of the account may be the role, and `iam:PassedToService` keeps the statement to EC2.
///
/// Source: IAM user guide, "Using an IAM role to grant permissions to applications running on Amazon EC2 instances".
fn passed_resources(arn: &str, generation: &Generation<'_>) -> Vec<String> {
    let mut fields = arn.splitn(6, ':');
    let (Some("arn"), Some(partition), Some("iam"), Some(_), Some(account), Some(resource)) = (
        fields.next(),
        fields.next(),
        fields.next(),
        fields.next(),
        fields.next(),
        fields.next(),
    ) else {
        return Vec::new();
    };
    let identities = generation.identities;
    if resource.starts_with("role/") {
        return vec![escaped(identities.named(arn).unwrap_or(arn))];
    }
    let Some(profile) = resource.strip_prefix("instance-profile/") else {
        return Vec::new();
    };
    let mut roles: Vec<String> = identities.roles_of(arn).map(escaped).collect();
    if roles.is_empty() && account == generation.principal.account() {
        let name = profile.rsplit('/').next().unwrap_or(profile);
        let of_log = generation.usage.instance_profiles.get(name);
        roles = of_log
            .into_iter()
            .flatten()
            .flat_map(|role| {
                let arn = format!("arn:{partition}:iam::{account}:role/{role}");
                resources::forms(&escaped(&arn), Some(identities))
            })
            .collect();
    }
    if roles.is_empty() {
        roles.push(format!("arn:{partition}:iam::{account}:role/*"));
    }
    roles
}

fn passed_to(service: &str) -> Value {
    json!({"StringEquals": {"iam:PassedToService": service}})
}
