//! Turns the inventory into a snapshot.

mod allowed_on;
mod audience;
mod catalogue;
mod classes;
mod compute_resources;
mod concerned;
mod documents;
mod external_principals;
mod grantees;
mod granting_policies;
mod known;
mod organization;
mod principals;
mod public_access;
mod resource_policies;
mod scope;
mod signature;

pub use catalogue::specs;
#[cfg(test)]
pub(super) use signature::SIGNED;

use super::data::actions::{ActionSpec, Actions, ResourceTypeSpec};
use super::data::{
    Attachment, DestinationServices, DocumentId, Entity, EntityId, Gap, GrantingPolicy, Group, IdVec,
    KnownResources, Missing, PolicyId, PrincipalClass, PrincipalClassId, ResourceControl,
    ResourceControlPolicy, ResourceControlPolicyId, ResourcePolicies, ResourcePolicyId, ServiceControlPolicy,
    ServiceControlPolicyId, Snapshot, Source, SourceKind, TableId, TableSpec, Usage,
};
use allowed_on::AllowedOn;
use classes::{AllLimits, ClassKey, DenySignature, PrincipalLimits, SharedTable};
use documents::Documents;
use foldhash::{HashMap, HashMapExt};
use grantees::Grantees;
use granting_policies::ManagedPolicy;
use iam::context::Context;
use iam::document::PolicyKind;
use inventory::{Common, Inventory, Organization, OrganizationAccount, Shard};
use jiff::civil::Date;
use known::Known;
use principals::HeldPolicies;
use resource_policies::{resource_policies, selective_grants};
use signature::{SelectiveDenies, Signature};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Compiles an inventory with the actions of a catalogue; last access counts up to `date`, a UTC day.
///
/// Never fails: what is missing (a managed policy, a group, a boundary) is marked on the rows that it could change.
#[must_use]
pub fn compile(
    inventory: &Inventory,
    types: &[ResourceTypeSpec],
    actions: &[ActionSpec],
    date: Date,
) -> Snapshot {
    compile_known(inventory.into(), types, actions, date)
}

/// Compiles one shard of an inventory: the rows of the principals of its accounts, and those that resources of its accounts
/// grant to external principals. Each row of the inventory is in exactly one of its shards.
#[must_use]
pub fn compile_shard(
    (common, shard): (&Common, &Shard),
    types: &[ResourceTypeSpec],
    actions: &[ActionSpec],
    date: Date,
) -> Snapshot {
    compile_known(Known::of_shard(common, shard), types, actions, date)
}

fn compile_known(
    known: Known<'_>,
    types: &[ResourceTypeSpec],
    actions: &[ActionSpec],
    date: Date,
) -> Snapshot {
    let inventory = known.own;
    let mut builder = Builder::new(known);
    builder.principals();
    builder.principals_elsewhere();
    builder.external_principals();
    builder.compute_resources();
    builder.sort_attachments();
    builder
        .sources
        .sort_by(|one, other| (&one.id, one.kind).cmp(&(&other.id, other.kind)));
    let actions = match known.common() {
        // The documents of a shard are among those of all accounts.
        Some(common) => Actions::new(
            types,
            actions,
            common.actions.iter().map(String::as_str),
            &builder.partition,
        ),
        None => Actions::new(types, actions, builder.documents.literals(), &builder.partition),
    };
    if let Some(report) = &inventory.last_accessed {
        let mut used: HashMap<Box<str>, Option<Arc<Usage>>> = HashMap::new();
        for source in builder.sources.iter_mut().filter(|one| one.kind.is_in_id()) {
            let principal = source.principal();
            let usage = used
                .entry(principal.into())
                .or_insert_with(|| Usage::of(report, principal, &actions).map(Arc::new))
                .clone();
            source.usage = usage;
        }
    }
    let principals = builder.sources.iter();
    let principals = principals.filter(|one| matches!(one.kind, SourceKind::User | SourceKind::Role));
    let without_usage = Gap::among(principals, |one| one.usage.is_some());
    let users = builder.sources.iter().filter(|one| one.kind == SourceKind::User);
    let without_credentials = Gap::among(users, |one| one.credentials.is_some());
    let organization = known.organization.into_iter();
    let accounts = organization.flat_map(|organization| &organization.accounts);
    let organization_accounts = accounts.clone().map(|account| account.id.clone()).collect();
    let account_names = accounts.filter_map(|account| Some((account.id.clone(), account.name.clone()?)));
    let own_accounts = builder.own_accounts();
    let sources = builder.sources.into();
    Snapshot {
        date,
        own_accounts,
        documents: builder.documents.compile(&actions),
        destination_services: DestinationServices::of(&actions),
        actions,
        entities: builder.entities,
        policies: builder.policies,
        principal_classes: builder.principal_classes,
        tables: builder.tables,
        resource_policies: builder.resource_policies,
        known_resources: KnownResources::new(known.resource_policies),
        service_control_policies: builder.service_control_policies,
        resource_control: builder.resource_control,
        tracks_usage: inventory.last_accessed.is_some(),
        tracks_credentials: inventory.credentials.is_some(),
        without_usage,
        without_credentials,
        instance_profiles: instance_profiles(inventory),
        tracks_compute: inventory.compute.is_some(),
        without_compute: compute_resources::gaps(inventory),
        missing: Missing::of(inventory, &sources),
        sources,
        groups: builder.group_entities,
        compute: inventory.compute.clone(),
        organization_accounts,
        account_names: account_names.collect(),
        other_roles: known.other_roles(),
        other_running: known.other_running(),
    }
}

struct Builder<'a> {
    known: Known<'a>,
    inventory: &'a Inventory,
    organization: Option<&'a Organization>,
    /// Its accounts, by id
    organization_accounts: HashMap<&'a str, &'a OrganizationAccount>,
    partition: String,
    documents: Documents<'a>,
    /// The managed policies, by ARN
    managed: HashMap<&'a str, ManagedPolicy>,
    /// The groups by account and name in lower case, with their numbers among the group entities
    groups: HashMap<(String, String), (usize, HeldPolicies)>,
    group_entities: Vec<Group>,
    service_control_policies: IdVec<ServiceControlPolicyId, ServiceControlPolicy>,
    resource_control: ResourceControl,
    resource_policies: ResourcePolicies,
    /// The issuers that trust policies require in the assertions of each identity provider
    issuers: BTreeMap<String, BTreeSet<String>>,
    /// Principals that resource-based policies name and that have not been met yet
    grantees: Grantees,
    selective_denies: SelectiveDenies,
    /// Services of the resources that have policies, as the actions on them name it
    policy_services: BTreeSet<Box<str>>,
    /// Policies of resources with an Allow whose conditions or `NotPrincipal` depend on the principal
    selective_grants: Vec<ResourcePolicyId>,
    /// The policies of resources that each document names
    concerned: HashMap<DocumentId, Rc<[ResourcePolicyId]>>,
    /// Says on what each document may allow actions
    allowed_on: HashMap<DocumentId, AllowedOn>,
    /// Holds what is known of all principals of each account
    account_contexts: HashMap<Box<str>, Context>,
    sources: Vec<Source>,
    entities: IdVec<EntityId, Entity>,
    policies: IdVec<PolicyId, GrantingPolicy>,
    policy_numbers: HashMap<String, PolicyId>,
    resource_policy_numbers: HashMap<ResourcePolicyId, PolicyId>,
    principal_classes: IdVec<PrincipalClassId, PrincipalClass>,
    class_numbers: HashMap<ClassKey, PrincipalClassId>,
    principal_limits: HashMap<PrincipalLimits, usize>,
    deny_signatures: HashMap<DenySignature, usize>,
    signatures: HashMap<Signature, usize>,
    all_limits: HashMap<AllLimits, usize>,
    /// The tables of documents that are the same for all principals with the same limits
    shared_tables: HashMap<SharedTable, TableId>,
    /// Says how many principals have a number
    numbered: usize,
    tables: IdVec<TableId, TableSpec>,
    table_numbers: HashMap<TableSpec, TableId>,
}

impl<'a> Builder<'a> {
    fn new(known: Known<'a>) -> Self {
        let inventory = known.own;
        let mut documents = Documents::default();
        // Each document has an ARN of its own, and few are equal, so that they are not compared.
        let managed = inventory.details.policies.iter().map(|policy| {
            let document = documents.add(&policy.document, PolicyKind::Identity);
            let granting = None;
            (policy.arn.as_str(), ManagedPolicy { document, granting })
        });
        let managed = managed.collect();
        let organization = known.organization;
        let policies = organization
            .iter()
            .flat_map(|known| &known.service_control_policies)
            .flatten();
        let service_control_policies = policies.map(|policy| ServiceControlPolicy {
            id: policy.id.clone(),
            document: documents.intern(&policy.document, PolicyKind::ServiceControl),
        });
        let service_control_policies = service_control_policies.collect();
        let policies = organization.iter();
        let policies = policies
            .flat_map(|known| &known.resource_control_policies)
            .flatten();
        let resource_control_policies: IdVec<ResourceControlPolicyId, ResourceControlPolicy> = policies
            .map(|policy| ResourceControlPolicy {
                id: policy.id.clone(),
                document: documents.intern(&policy.document, PolicyKind::ResourceControl),
            })
            .collect();
        let resource_control = ResourceControl::new(organization, resource_control_policies);
        let resource_policies = resource_policies(known, &resource_control, &mut documents);
        let denying = resource_policies.denying(None);
        let policy_services = resource_policies
            .iter()
            .map(|(_, policy)| policy.service().into())
            .collect();
        let selective_grants = selective_grants(&resource_policies, &documents);
        let denying = denying.map(|policy| policy.document);
        let denying = denying.chain(resource_control.documents());
        let selective_denies = SelectiveDenies::new(denying.filter_map(|document| documents.get(document)));
        let grantees = Grantees::of(&resource_policies, &documents);
        Self {
            known,
            inventory,
            organization,
            // When two have the same id, the first counts.
            organization_accounts: organization
                .map_or(&[] as &[_], |known| known.accounts.as_slice())
                .iter()
                .rev()
                .map(|account| (account.id.as_str(), account))
                .collect(),
            partition: known.partition().to_owned(),
            issuers: known.issuers(),
            grantees,
            documents,
            managed,
            groups: HashMap::new(),
            group_entities: Vec::new(),
            service_control_policies,
            resource_control,
            resource_policies,
            selective_denies,
            policy_services,
            selective_grants,
            concerned: HashMap::new(),
            allowed_on: HashMap::new(),
            account_contexts: HashMap::new(),
            sources: Vec::new(),
            entities: IdVec::default(),
            policies: IdVec::default(),
            policy_numbers: HashMap::new(),
            resource_policy_numbers: HashMap::new(),
            principal_classes: IdVec::default(),
            class_numbers: HashMap::new(),
            principal_limits: HashMap::new(),
            deny_signatures: HashMap::new(),
            signatures: HashMap::new(),
            all_limits: HashMap::new(),
            shared_tables: HashMap::new(),
            numbered: 0,
            tables: IdVec::default(),
            table_numbers: HashMap::new(),
        }
    }

    /// Sorts the attachments of each source by the id of the policy and then by the id of the entity, and removes duplicates.
    fn sort_attachments(&mut self) {
        // There are many more attachments than policies and entities. Therefore only the ids of policies and entities are compared
        // as texts, and attachments are compared by the places of these ids.
        let policies = ranks(self.policies.iter().map(|policy| &*policy.id));
        let entities = ranks(self.entities.iter().map(|entity| &*entity.id));
        let place = |attachment: Attachment| {
            let entity = attachment
                .entity
                .and_then(|entity| entities.get(usize::from(entity)));
            (policies.get(usize::from(attachment.policy)), entity)
        };
        for source in &mut self.sources {
            source.attachments.sort_by_key(|one| place(*one));
            source.attachments.dedup_by_key(|one| place(*one));
        }
    }
}

/// Returns the place of each id in the order of all ids. Equal ids have one place.
fn ranks<'i>(ids: impl Iterator<Item = &'i str>) -> Vec<u32> {
    let ids: Vec<&str> = ids.collect();
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_unstable_by_key(|&index| ids.get(index));
    let mut ranks = vec![0; ids.len()];
    for (same, rank) in order
        .chunk_by(|&one, &other| ids.get(one) == ids.get(other))
        .zip(0..)
    {
        for &index in same {
            if let Some(slot) = ranks.get_mut(index) {
                *slot = rank;
            }
        }
    }
    ranks
}

fn instance_profiles(inventory: &Inventory) -> Vec<(String, String)> {
    let roles = inventory.details.roles.iter();
    roles
        .flat_map(|role| {
            let profiles = role.instance_profiles.iter();
            profiles.map(|profile| (profile.clone(), role.arn.clone()))
        })
        .collect()
}
