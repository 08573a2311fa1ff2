//! A divided inventory, joined again.

use super::{Common, Compute, CredentialReport, Division, Inventory, LastAccessed};

impl Division {
    /// Joins the divided inventory again, in the order that [`Merge`](super::Merge) gives it.
    #[must_use]
    pub fn joined(self) -> Inventory {
        let Common {
            resource_policies,
            organization,
            ..
        } = self.common;
        let mut inventory = Inventory {
            resource_policies,
            organization,
            ..Inventory::default()
        };
        for shard in self.shards {
            inventory.take_in(shard.inventory);
        }
        inventory.sort();
        inventory
    }
}

impl Inventory {
    /// Takes in what is known of users and roles, of all that belongs to them, and of compute resources.
    pub(super) fn take_in(&mut self, other: Inventory) {
        let Self {
            details,
            resource_policies: _,
            organization: _,
            last_accessed,
            credentials,
            compute,
        } = other;
        self.details.users.extend(details.users);
        self.details.groups.extend(details.groups);
        self.details.roles.extend(details.roles);
        self.details.policies.extend(details.policies);
        if let Some(report) = last_accessed {
            let all = self.last_accessed.get_or_insert_with(LastAccessed::default);
            all.entities.extend(report.entities);
        }
        if let Some(report) = credentials {
            let all = self.credentials.get_or_insert_with(CredentialReport::default);
            all.users.extend(report.users);
            all.as_of = all.as_of.max(report.as_of);
        }
        if let Some(found) = compute {
            let all = self.compute.get_or_insert_with(Compute::default);
            all.collected.extend(found.collected);
            all.resources.extend(found.resources);
        }
    }

    /// Brings everything into the order of the ARNs, so that equal contents are equal inventories.
    pub(super) fn sort(&mut self) {
        let details = &mut self.details;
        details.users.sort_by(|one, other| one.arn.cmp(&other.arn));
        details.groups.sort_by(|one, other| one.arn.cmp(&other.arn));
        details.roles.sort_by(|one, other| one.arn.cmp(&other.arn));
        details.policies.sort_by(|one, other| one.arn.cmp(&other.arn));
        // A policy is in every shard in which it is attached.
        details.policies.dedup_by(|one, other| one.arn == other.arn);
        if let Some(compute) = &mut self.compute {
            compute.collected.sort();
            compute.resources.sort_by(|one, other| one.arn.cmp(&other.arn));
        }
    }
}
