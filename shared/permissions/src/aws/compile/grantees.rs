//! Principals that the policies of resources name.

use super::documents::{DocumentEntry, Documents};
use crate::aws::data::{Audience, Grantee, ResourcePolicies, ResourcePolicyId};
use iam::arn::Arn;
use iam::condition::Expression;
use iam::context::Context;
use iam::document::Effect;
use iam::matching::{Principal, PrincipalEntry, PrincipalIdentity};
use std::collections::{BTreeMap, BTreeSet};

/// Principals with the policies that grant them something, by number
#[derive(Default)]
pub(super) struct Grantees {
    by_entry: BTreeMap<PrincipalEntry, BTreeSet<ResourcePolicyId>>,
    /// The grantees whom statements allow at most that name everybody and that conditions limit
    limited: BTreeMap<Grantee, BTreeSet<ResourcePolicyId>>,
    /// The conditions of those of these statements that mean principals, each once
    conditions: BTreeMap<Expression, BTreeSet<ResourcePolicyId>>,
}

impl Grantees {
    /// Returns everybody that some Allow statement names. Beside `*`, no other name adds anything to a statement. With
    /// `NotPrincipal`, a statement means everybody but the listed principals.
    pub(super) fn of(policies: &ResourcePolicies, documents: &Documents<'_>) -> Self {
        let mut all = Self::default();
        for (number, policy) in policies.iter() {
            let statements = documents.get(policy.document).into_iter();
            let statements = statements.flat_map(DocumentEntry::audiences);
            for (statement, audience) in statements.filter(|(one, _)| one.effect == Effect::Allow) {
                let Some(principals) = &statement.principals else {
                    continue;
                };
                if audience.is_some_and(Audience::means_principals) {
                    let policies = all.conditions.entry(statement.condition.clone());
                    policies.or_default().insert(number);
                }
                match audience {
                    None => {
                        for entry in principals.entries().entries() {
                            all.by_entry.entry(entry.clone()).or_default().insert(number);
                        }
                    }
                    Some(Audience::Public) => {
                        let everyone = all.by_entry.entry(PrincipalEntry::Everyone);
                        everyone.or_default().insert(number);
                    }
                    Some(Audience::Limited(grantees)) => {
                        for grantee in grantees {
                            all.limited.entry(grantee.clone()).or_default().insert(number);
                        }
                    }
                }
            }
        }
        all
    }

    /// Returns the policies with a limited statement about everybody that may allow a principal with this context.
    pub(super) fn limited_to(&self, context: &Context) -> BTreeSet<ResourcePolicyId> {
        let met = self.conditions.iter();
        let met = met.filter(|(condition, _)| condition.evaluate(context) != Some(false));
        met.flat_map(|(_, policies)| policies).copied().collect()
    }

    /// Takes out the policies that name a user or role: by ARN, by unique id, by one of its sessions.
    pub(super) fn take(&mut self, principal: &Principal) -> BTreeSet<ResourcePolicyId> {
        let mut entries = Vec::new();
        match &principal.identity {
            PrincipalIdentity::User { arn } => entries.push(PrincipalEntry::User(arn.clone())),
            PrincipalIdentity::Role { arn, .. } => {
                entries.push(PrincipalEntry::Role(arn.clone()));
                entries.extend(self.sessions(arn));
            }
            PrincipalIdentity::FederatedUser { .. }
            | PrincipalIdentity::Root { .. }
            | PrincipalIdentity::Service { .. }
            | PrincipalIdentity::Federated { .. }
            | PrincipalIdentity::CanonicalUser { .. }
            | PrincipalIdentity::Anonymous => {}
        }
        entries.extend(principal.id.clone().map(PrincipalEntry::UniqueId));
        for entry in &entries {
            // The principal is loaded; its own facts decide whether a condition allows it.
            self.limited.remove(&Grantee::Principal(entry.clone()));
        }
        let taken = entries.iter().filter_map(|entry| self.by_entry.remove(entry));
        taken.flatten().collect()
    }

    /// Returns the policies that name an account, and with it every principal there that identity-based policies allow.
    pub(super) fn of_account(&self, account: &str) -> BTreeSet<ResourcePolicyId> {
        let entry = PrincipalEntry::Account(account.into());
        self.by_entry.get(&entry).cloned().unwrap_or_default()
    }

    /// Returns the entries that name sessions of a role.
    fn sessions(&self, role: &str) -> Vec<PrincipalEntry> {
        let Ok(arn) = Arn::parse(role) else {
            return Vec::new();
        };
        let name = arn.resource.rsplit('/').next().unwrap_or_default();
        let session = |session: &str| PrincipalEntry::RoleSession {
            account: arn.account.into(),
            role: name.into(),
            session: session.into(),
        };
        // Entries are sorted by the name of the session last.
        let from = self.by_entry.range(session("")..).map(|(entry, _)| entry);
        let own = from.take_while(|entry| {
            matches!(entry, PrincipalEntry::RoleSession { account, role, .. } if **account == *arn.account && **role == *name)
        });
        own.cloned().collect()
    }

    /// Takes the entries that are left: they name no loaded principal.
    pub(super) fn rest(&mut self) -> BTreeMap<PrincipalEntry, BTreeSet<ResourcePolicyId>> {
        std::mem::take(&mut self.by_entry)
    }

    /// Takes the grantees that are left of those that conditions allow.
    pub(super) fn rest_of_limited(&mut self) -> BTreeMap<Grantee, BTreeSet<ResourcePolicyId>> {
        std::mem::take(&mut self.limited)
    }
}
