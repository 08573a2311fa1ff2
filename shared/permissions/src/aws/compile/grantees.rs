//! Principals that the policies of resources name.

use super::documents::{DocumentEntry, Documents};
use crate::aws::data::{ResourcePolicies, ResourcePolicyId};
use iam::arn::Arn;
use iam::document::{Effect, Element};
use iam::matching::{Principal, PrincipalEntry, PrincipalIdentity};
use std::collections::{BTreeMap, BTreeSet};

/// Principals with the policies that grant them something, by number
#[derive(Default)]
pub(super) struct Grantees {
    by_entry: BTreeMap<PrincipalEntry, BTreeSet<ResourcePolicyId>>,
}

impl Grantees {
    /// Everybody that some Allow statement names. Beside `*` no other name adds anything to a statement; who is not
    /// listed under `NotPrincipal` is everybody but a few.
    pub(super) fn of(policies: &ResourcePolicies, documents: &Documents<'_>) -> Self {
        let mut all = Self::default();
        for (number, policy) in policies.iter() {
            let statements = documents.get(policy.document).into_iter();
            let statements = statements.flat_map(DocumentEntry::statements);
            for statement in statements.filter(|one| one.effect == Effect::Allow) {
                let Some(principals) = &statement.principals else {
                    continue;
                };
                let everyone = std::slice::from_ref(&PrincipalEntry::Everyone);
                let entries = match principals.entries() {
                    Element::Of(entries) if entries.contains(&PrincipalEntry::Everyone) => everyone,
                    Element::Of(entries) => entries,
                    Element::Not(_) => everyone,
                };
                for entry in entries {
                    all.by_entry.entry(entry.clone()).or_default().insert(number);
                }
            }
        }
        all
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
        let taken = entries.iter().filter_map(|entry| self.by_entry.remove(entry));
        taken.flatten().collect()
    }

    /// The policies that name an account, and with it every principal there that identity-based policies allow.
    pub(super) fn of_account(&self, account: &str) -> BTreeSet<ResourcePolicyId> {
        let entry = PrincipalEntry::Account(account.into());
        self.by_entry.get(&entry).cloned().unwrap_or_default()
    }

    /// The entries that name sessions of a role.
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
        // The session's name is the last thing that entries are sorted by.
        let from = self.by_entry.range(session("")..).map(|(entry, _)| entry);
        let own = from.take_while(|entry| {
            matches!(entry, PrincipalEntry::RoleSession { account, role, .. } if **account == *arn.account && **role == *name)
        });
        own.cloned().collect()
    }

    /// Who is left: nobody that is loaded.
    pub(super) fn rest(&mut self) -> BTreeMap<PrincipalEntry, BTreeSet<ResourcePolicyId>> {
        std::mem::take(&mut self.by_entry)
    }
}
