//! Adds what the organization of an account says of its principals: service control policies and condition keys.

use super::Builder;
use crate::aws::data::{OwnAccount, ServiceControl, ServiceControlPolicyId};
use foldhash::HashMap;
use iam::context::Context;
use iam::matching::Principal;
use std::collections::BTreeSet;

impl Builder<'_> {
    pub(super) fn service_control(&self, principal: &Principal, account: &str) -> ServiceControl {
        if principal.is_service_linked_role() {
            ServiceControl::Exempt
        } else {
            self.service_control_of(account)
        }
    }

    /// Returns what all principals of an account have in common, for every account whose users and roles are known,
    /// here or in other shards.
    pub(super) fn own_accounts(&self) -> HashMap<Box<str>, OwnAccount> {
        let accounts: BTreeSet<&str> = self.known.loaded().into_iter().collect();
        let facts = accounts.into_iter().map(|account| {
            let mut organization = Context::open();
            self.add_organization(&mut organization, account);
            let service_control = self.service_control_of(account);
            let facts = OwnAccount {
                service_control,
                organization,
            };
            (account.into(), facts)
        });
        facts.collect()
    }

    /// Returns the service control policies that limit the principals of an account, except service-linked roles.
    fn service_control_of(&self, account: &str) -> ServiceControl {
        let Some(organization) = self.organization else {
            return ServiceControl::NotSupplied;
        };
        if organization.management_account.as_deref() == Some(account) {
            return ServiceControl::Exempt;
        }
        if organization.service_control_policies.is_none() {
            return ServiceControl::NotSupplied;
        }
        let Some(account) = self.organization_accounts.get(account) else {
            return ServiceControl::NotSupplied;
        };
        let levels = account.levels.iter().map(|level| {
            let policies = level.service_control.iter().copied();
            policies.map(ServiceControlPolicyId::from).collect()
        });
        ServiceControl::Levels(levels.collect())
    }

    /// Returns what is known of all principals of an account.
    pub(super) fn account_context(&mut self, account: &str) -> Context {
        if let Some(known) = self.account_contexts.get(account) {
            return known.clone();
        }
        let mut context = Context::of_account(account);
        self.add_organization(&mut context, account);
        let context = context.share();
        self.account_contexts.insert(account.into(), context.clone());
        context
    }

    /// Adds the organization of a principal of the account, or the organization to which it does not belong.
    pub(super) fn add_organization(&self, context: &mut Context, account: &str) {
        let Some(organization) = self.organization else {
            return;
        };
        let Some(own) = self.organization_accounts.get(account) else {
            // The document lists all accounts of the organization.
            if let Some(id) = &organization.id {
                context.exclude("aws:PrincipalOrgID", [id.as_str()]);
                context.exclude("aws:PrincipalOrgPaths", [format!("{id}/*")]);
            }
            return;
        };
        if let Some(path) = organization.path_of(own) {
            context.add("aws:PrincipalOrgPaths", [path]);
        }
        let known = [
            ("aws:PrincipalOrgID", &organization.id),
            (
                "aws:PrincipalOrgMasterAccountId",
                &organization.management_account,
            ),
        ];
        for (key, value) in known {
            if let Some(value) = value {
                context.add(key, [value.as_str()]);
            }
        }
    }
}
