//! The suggested policy: the resources that were used, passed roles with their service, nothing that was denied.

use std::collections::{BTreeMap, BTreeSet};

use iam::size::MANAGED_POLICY;
use serde_json::{Value, json};

use super::resources::{self, Scope};
use crate::generation::{Generation, PASS_ROLE};
use crate::policy::document::{Statement, documents};
use crate::usage::{ActionUsage, PassedRole, escaped};

/// Documents of at most [`MANAGED_POLICY`] characters; none when nothing was allowed.
pub(super) fn documents_for(generation: &Generation<'_>) -> Vec<String> {
    let mut statements = observed(generation);
    statements.extend(passed(generation.usage.passed_roles.iter()));
    documents(statements, MANAGED_POLICY)
}

/// One statement per distinct set of resources, in ASCII order, that of `*` first as its character sorts first.
///
/// What a deployment leaves out of the compatible policy, such as data events, is here all the same.
fn observed(generation: &Generation<'_>) -> Vec<Statement> {
    let scope = Scope::of(generation);
    let mut actions_by_resources: BTreeMap<Vec<String>, BTreeSet<&str>> = BTreeMap::new();
    let granted = |(action, usage): &(&String, &ActionUsage)| *action != PASS_ROLE && !usage.only_denied();
    for (action, usage) in generation.usage.actions.iter().filter(granted) {
        for resources in resources::patterns(action, usage, scope).unwrap_or_default() {
            actions_by_resources.entry(resources).or_default().insert(action);
        }
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

/// One statement per service that roles were passed to, those of an unknown service first.
fn passed<'a>(roles: impl Iterator<Item = &'a PassedRole>) -> Vec<Statement> {
    let mut roles_by_service: BTreeMap<Option<&str>, BTreeSet<&str>> = BTreeMap::new();
    for role in roles.filter(|role| is_role(&role.role_arn)) {
        roles_by_service
            .entry(role.service.as_deref())
            .or_default()
            .insert(&role.role_arn);
    }
    roles_by_service
        .into_iter()
        .map(|(service, roles)| Statement {
            series: "PassRoleSid",
            actions: vec![PASS_ROLE.to_owned()],
            resources: roles.into_iter().map(escaped).collect(),
            condition: service.map(passed_to),
        })
        .collect()
}

/// The statement that allows to pass one role.
pub(super) fn pass_role(role: &PassedRole) -> Value {
    let resource = escaped(&role.role_arn);
    match &role.service {
        Some(service) => {
            json!({"Effect": "Allow", "Action": PASS_ROLE, "Resource": resource, "Condition": passed_to(service)})
        }
        None => json!({"Effect": "Allow", "Action": PASS_ROLE, "Resource": resource}),
    }
}

fn passed_to(service: &str) -> Value {
    json!({"StringEquals": {"iam:PassedToService": service}})
}

/// True for the ARN of a role. Calls also name instance profiles, whose role the log does not tell, and bare
/// names.
pub(super) fn is_role(arn: &str) -> bool {
    let mut fields = arn.splitn(6, ':');
    fields.next() == Some("arn")
        && fields.nth(1) == Some("iam")
        && fields
            .nth(2)
            .is_some_and(|resource| resource.starts_with("role/"))
}
