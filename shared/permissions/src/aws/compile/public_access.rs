//! Limits the policies of buckets by the public access block of Amazon S3.
//!
//! Source: Amazon S3 user guide, "Blocking public access to your Amazon S3 storage": `RestrictPublicBuckets` lets only
//! principals of the owner's account and AWS services into a bucket whose policy is public. `BlockPublicPolicy` refuses new
//! policies and changes nothing for those that are there; the two others are about access control lists.

use super::audience;
use crate::aws::data::Audience;
use iam::arn::account_field;
use iam::condition::{self, Expression};
use iam::document::{Condition, Effect, Version};
use iam::matching::PrincipalEntry;
use iam::policy::{CompiledStatement, Policy};
use inventory::{PublicAccessBlock, ResourcePolicies};
use std::collections::HashSet;

/// Buckets, and accounts, that have `RestrictPublicBuckets` switched on
#[derive(Default)]
pub(super) struct RestrictedBuckets<'a> {
    accounts: HashSet<&'a str>,
    buckets: HashSet<&'a str>,
}

impl<'a> RestrictedBuckets<'a> {
    pub(super) fn of(known: Option<&'a ResourcePolicies>) -> Self {
        let Some(known) = known else {
            return Self::default();
        };
        let restricts =
            |block: Option<PublicAccessBlock>| block.is_some_and(|one| one.restrict_public_buckets);
        let accounts = known.collected.iter();
        let accounts = accounts.filter(|one| restricts(one.public_access_block));
        let buckets = known.resources.iter();
        let buckets = buckets.filter(|one| restricts(one.public_access_block));
        Self {
            accounts: accounts.map(|one| one.account.as_str()).collect(),
            buckets: buckets.map(|one| one.arn.as_str()).collect(),
        }
    }

    /// Returns whether the switch is on for a resource. It is on when the account or the bucket has it on.
    pub(super) fn has(&self, resource: &str, account: &str) -> bool {
        let is_bucket = resource.split(':').nth(2) == Some("s3") && account_field(resource) == Some("");
        is_bucket && (self.accounts.contains(account) || self.buckets.contains(resource))
    }
}

/// Returns whether the policy of a bucket is public as Amazon S3 defines it: a statement allows anybody, whatever other
/// statements deny.
pub(super) fn is_public(policy: &Policy) -> bool {
    let mut statements = policy.statements().iter();
    statements.any(|statement| audience::of_statement(statement, &[]) == Some(Audience::Public))
}

/// Returns a public policy as it is in force: each Allow means principals of the owner, and the services that it names.
pub(super) fn restricted(policy: Policy, owner: &str) -> Policy {
    let of_owner = equals("aws:PrincipalAccount", vec![owner.to_owned()]);
    policy.with_conditions(|statement| {
        if statement.effect == Effect::Deny {
            return Expression::True;
        }
        let services = services(statement);
        if services.is_empty() {
            of_owner.clone()
        } else {
            of_owner.clone().or(equals("aws:PrincipalServiceName", services))
        }
    })
}

fn equals(key: &str, values: Vec<String>) -> Expression {
    let condition = Condition {
        operator: "StringEquals".to_owned(),
        key: key.to_owned(),
        values,
    };
    condition::compile(&[condition], Version::V2012).expression
}

fn services(statement: &CompiledStatement) -> Vec<String> {
    let principals = statement.principals.iter();
    let entries = principals.flat_map(|principals| principals.entries().entries());
    let services = entries.filter_map(|entry| match entry {
        PrincipalEntry::Service(name) => Some(name.to_string()),
        PrincipalEntry::Everyone
        | PrincipalEntry::Account(_)
        | PrincipalEntry::User(_)
        | PrincipalEntry::Role(_)
        | PrincipalEntry::RoleSession { .. }
        | PrincipalEntry::FederatedUser { .. }
        | PrincipalEntry::UniqueId(_)
        | PrincipalEntry::Federated(_)
        | PrincipalEntry::CanonicalUser(_)
        | PrincipalEntry::Nobody(_) => None,
    });
    services.collect()
}
