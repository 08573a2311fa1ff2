//! Finds the groups that a new database belongs to when the request names none.

use super::Named;
use crate::actions::parameters;
use crate::usage::escaped;

/// A kind of group: the part of its ARN format that identifies it, the members of requests and replies that name it,
/// and the names of those that Amazon RDS takes by itself.
type Kind = (&'static str, &'static [&'static str], &'static str);

/// Source: Amazon RDS user guide, "Identity-based policy examples for Amazon RDS", creating DB instances: a policy allows
/// the option group, the parameter group and the subnet group as well, `og:default*`, `pg:default*` and `subgrp:default`.
const GROUPS: [Kind; 4] = [
    (
        ":cluster-pg:",
        &["dBClusterParameterGroupName", "dBClusterParameterGroup"],
        "default.*",
    ),
    (":og:", &["optionGroupName"], "default:*"),
    (":pg:", &["dBParameterGroupName"], "default.*"),
    (":subgrp:", &["dBSubnetGroupName", "dBSubnetGroup"], "default"),
];

fn creates_database(action: &str) -> bool {
    matches!(action, "rds:CreateDBInstance" | "rds:CreateDBCluster")
}

/// Returns whether the format is of a group that a new database belongs to: the tags of the database are not set on the
/// group.
pub(super) fn is_group_of_new(action: &str, format: &str) -> bool {
    creates_database(action) && GROUPS.iter().any(|(part, ..)| format.contains(part))
}

/// Returns the groups of the type that begins with `format`, when the call creates a database and names no group of the
/// type: the groups that the reply names, otherwise all that Amazon RDS may take.
pub(super) fn groups(action: &str, format: &str, named: &Named<'_>) -> Vec<String> {
    let mut kinds = GROUPS.iter().filter(|_| creates_database(action));
    let Some((part, members, default)) = kinds.find(|(part, ..)| format.contains(part)) else {
        return Vec::new();
    };
    let response = parameters::texts(named.response);
    let of_reply = members
        .iter()
        .flat_map(|member| parameters::named(&response, member));
    let mut groups: Vec<String> = of_reply.map(escaped).collect();
    if groups.is_empty() {
        groups.push((*default).to_owned());
    }
    let Named {
        partition,
        region,
        account,
        ..
    } = named;
    let arns = groups
        .iter()
        .map(|name| format!("arn:{partition}:rds:{region}:{account}{part}{name}"));
    arns.collect()
}
