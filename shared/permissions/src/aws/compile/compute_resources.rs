//! Functions, instances and other compute resources: each holds what its role holds, through the role.

use super::Builder;
use crate::aws::data::{Attachment, COMPUTE_KINDS, ComputeFacts, EntityId, Gap, Source, SourceKind};
use crate::row::rrn;
use foldhash::{HashMap, HashMapExt};
use inventory::{Collected, Inventory};
use std::collections::BTreeMap;

impl Builder<'_> {
    /// Makes a source of every compute resource that has a role. A role that no document describes is reported as missing:
    /// what resources grant to it is all that is known.
    pub(super) fn compute_resources(&mut self) {
        let inventory = self.inventory;
        let Some(compute) = &inventory.compute else {
            return;
        };
        let roles = self.sources.iter().enumerate();
        let roles: HashMap<Box<str>, usize> = roles
            .filter(|(_, source)| source.kind == SourceKind::Role)
            .map(|(place, source)| (source.id.clone(), place))
            .collect();
        let mut entities = self.role_entities();
        for resource in &compute.resources {
            let Some(role) = &resource.role else {
                continue;
            };
            let entity = *entities.entry(role.as_str().into()).or_insert_with(|| {
                let name = role.rsplit('/').next().unwrap_or(role);
                self.entity(role, name, "role", None, &[])
            });
            let held = roles
                .get(role.as_str())
                .and_then(|&place| self.sources.get(place));
            let attachments = held.into_iter().flat_map(|role| &role.attachments);
            let attachments = attachments.map(|attachment| Attachment {
                entity: Some(entity),
                ..*attachment
            });
            let source = Source {
                id: resource.arn.as_str().into(),
                name: resource.name.as_str().into(),
                kind: SourceKind::Compute,
                account: resource.account().into(),
                region: resource.region().into(),
                service: resource.service().into(),
                rrn: rrn("other", resource.region(), resource.account(), &resource.arn).into(),
                provider: None,
                own: None,
                own_class: None,
                boundary: held.and_then(|role| role.boundary.clone()),
                attachments: attachments.collect(),
                tags: resource.tags.clone(),
                usage: None,
                credentials: None,
                compute: Some(ComputeFacts {
                    resource_type: resource.resource_type().into(),
                    role: role.as_str().into(),
                }),
            };
            self.sources.push(source);
        }
    }

    fn role_entities(&self) -> HashMap<Box<str>, EntityId> {
        let mut found = HashMap::new();
        for (number, entity) in self.entities.with_ids().filter(|(_, one)| one.kind == "role") {
            found.insert(entity.id.clone(), number);
        }
        found
    }
}

/// Returns by service the imported accounts whose compute resources are not all known, whatever their region.
pub(super) fn gaps(inventory: &Inventory) -> BTreeMap<&'static str, Gap> {
    let mut collected: HashMap<&str, Vec<&Collected>> = HashMap::new();
    for one in inventory.compute.iter().flat_map(|compute| &compute.collected) {
        collected.entry(&one.account).or_default().push(one);
    }
    let accounts = inventory.accounts();
    let is_open = |account: &str, service| {
        let mut own = collected.get(account).into_iter().flatten();
        !own.any(|one| one.covers(account, Some(service), "*"))
    };
    COMPUTE_KINDS
        .into_iter()
        .map(|(service, _)| {
            let open = accounts
                .iter()
                .copied()
                .filter(|account| is_open(account, service));
            (service, Gap::of(open))
        })
        .collect()
}
