//! Policies of Ncloud Sub Account that a sub account holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use ncloud::{Catalogue, ExpandedAction, Permission, ResourceName, Scope};

use super::{Cloud, Dest, GrantedAction, GrantingPolicy, PolicyRow, Source, SourceKind, number};
use crate::row::rrn;

/// The policy types of the rows
pub(super) const OF_THE_ACCOUNT: &str = "Customer Managed Policy";
pub(super) const OF_THE_SYSTEM: &str = "System Managed Policy";

/// The product that sub accounts and policies belong to
pub(super) const SUB_ACCOUNT_PRODUCT: &str = "IAM";

/// A policy as it is stored, with the rows that it makes for each sub account that holds it
#[derive(Debug, Clone)]
pub struct HeldPolicy {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) system_managed: bool,
    pub(super) permissions: Vec<Permission>,
    granting: Arc<GrantingPolicy>,
}

impl HeldPolicy {
    /// Makes the policy of an account, with its id. Wildcards of actions stand for the actions of the catalogue.
    #[must_use]
    pub fn new(
        account: &str,
        id: String,
        name: String,
        system_managed: bool,
        permissions: Vec<Permission>,
    ) -> Self {
        let granting = granting(account, &id, &name, system_managed, &permissions);
        Self {
            id,
            name,
            system_managed,
            permissions,
            granting: Arc::new(granting),
        }
    }

    /// Returns the id of the policy.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) const fn granting(&self) -> &Arc<GrantingPolicy> {
        &self.granting
    }
}

pub(super) fn source(account: &str, sub_account: &str) -> Source {
    let id = resource_name(account, "SubAccount", sub_account);
    Source::new(SourceKind::SubAccount, &id, sub_account, account)
}

fn resource_name(account: &str, kind: &str, id: &str) -> String {
    format!("nrn:PUB:{SUB_ACCOUNT_PRODUCT}::{account}:{kind}/{id}")
}

fn granting(
    account: &str,
    id: &str,
    name: &str,
    system_managed: bool,
    permissions: &[Permission],
) -> GrantingPolicy {
    let targets = permissions.iter().flat_map(|permission| &permission.targets);
    let expansions: Vec<_> = targets
        .map(|target| target.expand(Catalogue::published()))
        .collect();
    let actions: BTreeSet<GrantedAction> = expansions
        .iter()
        .flat_map(|one| one.actions.iter().map(|written| action(one.product, written)))
        .collect();
    let dests: BTreeSet<Dest> = expansions
        .iter()
        .flat_map(|one| &one.resources)
        .map(dest)
        .collect();
    let (actions, dests) = (Vec::from_iter(actions), Vec::from_iter(dests));
    let mut rows = Vec::new();
    for expansion in &expansions {
        let numbered = expansion.actions.iter().map(|written| {
            let number = position(&actions, &action(expansion.product, written));
            (number, written)
        });
        let resources: Vec<_> = expansion
            .resources
            .iter()
            .map(|resource| (position(&dests, &dest(resource)), resource))
            .collect();
        for (action, written) in numbered {
            let touched = resources
                .iter()
                .filter(|(_, resource)| written.has_effect_on(resource));
            rows.extend(touched.map(|(dest, _)| PolicyRow { action, dest: *dest }));
        }
    }
    rows.sort_unstable();
    rows.dedup();
    let arn = resource_name(account, "Policy", id);
    GrantingPolicy {
        rrn: rrn("other", "", account, &arn).into(),
        account: if system_managed { "" } else { account }.into(),
        id: arn.into(),
        name: name.into(),
        kind: if system_managed {
            OF_THE_SYSTEM
        } else {
            OF_THE_ACCOUNT
        },
        cloud: Cloud::Ncloud,
        actions,
        dests,
        rows,
    }
}

fn position<T: Ord>(sorted: &[T], one: &T) -> u32 {
    number(sorted.binary_search(one).unwrap_or(usize::MAX))
}

fn action(product: &str, action: &ExpandedAction<'_>) -> GrantedAction {
    GrantedAction {
        name: format!("{product}:{}", action.name).into(),
        service: product.into(),
        works_on: match action.scope {
            Scope::Type(kind) => Some(kind.into()),
            Scope::Product | Scope::Unknown => None,
        },
        administrative: action.changes_policies,
    }
}

fn dest(resource: &ResourceName<'_>) -> Dest {
    Dest {
        id: resource.text.into(),
        name: resource.id.into(),
        kind: resource.resource_type.into(),
        account: resource.member.into(),
        region: resource.region.unwrap_or_default().into(),
    }
}
