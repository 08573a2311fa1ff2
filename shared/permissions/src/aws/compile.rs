//! From the inventory to a snapshot.

mod audience;
mod catalogue;
mod classes;
mod compute_resources;
mod documents;
mod external_principals;
mod grantees;
mod principals;
mod public_access;
mod scope;
mod signature;

pub use catalogue::specs;

use super::data::actions::{ActionSpec, Actions, ResourceTypeSpec};
use super::data::{
    Attachment, DestinationServices, DocumentId, Entity, EntityId, Gap, GrantingPolicy, Group, IdVec,
    KnownResources, Missing, OwnAccount, PolicyId, PrincipalClass, PrincipalClassId, ResourceControl,
    ResourceControlPolicy, ResourceControlPolicyId, ResourcePolicies, ResourcePolicy, ResourcePolicyId,
    ServiceControl, ServiceControlPolicy, ServiceControlPolicyId, Snapshot, Source, SourceKind, TableId,
    TableSpec, Usage,
};
use crate::row::rrn;
use classes::{ClassKey, DenySignature, PrincipalLimits};
use documents::Documents;
use foldhash::{HashMap, HashMapExt};
use grantees::Grantees;
use iam::arn::Arn;
use iam::context::Context;
use iam::document::{Effect, PolicyKind};
use iam::matching::Principal;
use inventory::{Inventory, Organization};
use jiff::civil::Date;
use principals::HeldPolicies;
use public_access::RestrictedBuckets;
use scope::scope;
use signature::SelectiveDeny;
use std::collections::BTreeSet;
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
    let mut builder = Builder::new(inventory);
    builder.principals();
    builder.external_principals();
    builder.compute_resources();
    builder
        .sources
        .sort_by(|one, other| (&one.id, one.kind).cmp(&(&other.id, other.kind)));
    let literals = builder.documents.literals();
    let actions = Actions::new(types, actions, literals, &builder.partition);
    if let Some(known) = &inventory.last_accessed {
        let mut used: HashMap<Box<str>, Option<Arc<Usage>>> = HashMap::new();
        for source in builder.sources.iter_mut().filter(|one| one.kind.is_in_id()) {
            let principal = source.principal();
            let usage = used
                .entry(principal.into())
                .or_insert_with(|| Usage::of(known, principal, &actions).map(Arc::new))
                .clone();
            source.usage = usage;
        }
    }
    let principals = builder.sources.iter();
    let principals = principals.filter(|one| matches!(one.kind, SourceKind::User | SourceKind::Role));
    let without_usage = Gap::among(principals, |one| one.usage.is_some());
    let users = builder.sources.iter().filter(|one| one.kind == SourceKind::User);
    let without_credentials = Gap::among(users, |one| one.credentials.is_some());
    let organization = inventory.organization.iter();
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
        known_resources: KnownResources::new(inventory.resource_policies.as_ref()),
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
    }
}

fn partition(inventory: &Inventory) -> &str {
    let details = &inventory.details;
    let users = details.users.iter().map(|user| user.arn.as_str());
    let first = users
        .chain(details.roles.iter().map(|role| role.arn.as_str()))
        .next();
    first.and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws")
}

fn account(arn: &str) -> &str {
    Arn::parse(arn).map(|arn| arn.account).unwrap_or_default()
}

/// A managed policy, and its id once somebody holds it
struct ManagedPolicy {
    document: DocumentId,
    granting: Option<PolicyId>,
}

struct Builder<'a> {
    inventory: &'a Inventory,
    organization: Option<&'a Organization>,
    partition: String,
    documents: Documents<'a>,
    /// By ARN
    managed: HashMap<&'a str, ManagedPolicy>,
    /// By account and name in lower case, with their numbers among the group entities
    groups: HashMap<(String, String), (usize, HeldPolicies)>,
    group_entities: Vec<Group>,
    service_control_policies: IdVec<ServiceControlPolicyId, ServiceControlPolicy>,
    resource_control: ResourceControl,
    resource_policies: ResourcePolicies,
    /// Principals that resource-based policies name and that have not been met yet
    grantees: Grantees,
    selective_denies: Vec<SelectiveDeny>,
    /// Services of the resources that have policies, as the actions on them name it
    policy_services: BTreeSet<Box<str>>,
    /// Policies of resources with an Allow whose conditions or `NotPrincipal` depend on the principal
    selective_grants: Vec<ResourcePolicyId>,
    /// Of documents: the policies of resources that they name
    concerned: HashMap<DocumentId, Vec<ResourcePolicyId>>,
    sources: Vec<Source>,
    entities: IdVec<EntityId, Entity>,
    policies: IdVec<PolicyId, GrantingPolicy>,
    policy_numbers: HashMap<String, PolicyId>,
    resource_policy_numbers: HashMap<ResourcePolicyId, PolicyId>,
    principal_classes: IdVec<PrincipalClassId, PrincipalClass>,
    class_numbers: HashMap<ClassKey, PrincipalClassId>,
    principal_limits: HashMap<PrincipalLimits, usize>,
    deny_signatures: HashMap<DenySignature, usize>,
    tables: IdVec<TableId, TableSpec>,
    table_numbers: HashMap<TableSpec, TableId>,
}

impl<'a> Builder<'a> {
    fn new(inventory: &'a Inventory) -> Self {
        let mut documents = Documents::default();
        // Each has an ARN of its own, and few say the same: they are not compared.
        let managed = inventory.details.policies.iter().map(|policy| {
            let document = documents.add(&policy.document, PolicyKind::Identity);
            let granting = None;
            (policy.arn.as_str(), ManagedPolicy { document, granting })
        });
        let managed = managed.collect();
        let organization = inventory.organization.as_ref();
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
        let resource_policies = resource_policies(inventory, &mut documents);
        let denying = resource_policies.denying(None);
        let policy_services = resource_policies
            .iter()
            .map(|(_, policy)| policy.service().into())
            .collect();
        let selective_grants = selective_grants(&resource_policies, &documents);
        let denying = denying.map(|policy| policy.document);
        let denying = denying.chain(resource_control_policies.iter().map(|policy| policy.document));
        let selective_denies = SelectiveDeny::all(denying.filter_map(|document| documents.get(document)));
        Self {
            inventory,
            organization,
            partition: partition(inventory).to_owned(),
            grantees: Grantees::of(&resource_policies, &documents),
            documents,
            managed,
            groups: HashMap::new(),
            group_entities: Vec::new(),
            service_control_policies,
            resource_control: ResourceControl::new(organization, resource_control_policies),
            resource_policies,
            selective_denies,
            policy_services,
            selective_grants,
            concerned: HashMap::new(),
            sources: Vec::new(),
            entities: IdVec::default(),
            policies: IdVec::default(),
            policy_numbers: HashMap::new(),
            resource_policy_numbers: HashMap::new(),
            principal_classes: IdVec::default(),
            class_numbers: HashMap::new(),
            principal_limits: HashMap::new(),
            deny_signatures: HashMap::new(),
            tables: IdVec::default(),
            table_numbers: HashMap::new(),
        }
    }

    fn policy(
        &mut self,
        id: &str,
        name: &str,
        kind: &'static str,
        account: &str,
        document: DocumentId,
    ) -> PolicyId {
        let next = self.policies.next_id();
        let number = *self.policy_numbers.entry(id.to_owned()).or_insert(next);
        if number == next {
            self.policies.push(GrantingPolicy {
                id: id.into(),
                name: name.into(),
                kind,
                rrn: rrn("iamPolicy", "", account, id).into(),
                account: account.into(),
                document,
            });
        }
        number
    }

    /// The policy of a resource as something that grants: its id is the resource's.
    fn resource_policy(&mut self, number: ResourcePolicyId) -> Option<PolicyId> {
        if let Some(&known) = self.resource_policy_numbers.get(&number) {
            return Some(known);
        }
        let policy = self.resource_policies.get(number)?;
        let arn = Arn::parse(&policy.resource).ok();
        let name = arn.map_or(&*policy.resource, |arn| arn.resource);
        let region = arn.map_or("", |arn| arn.region);
        let next = self.policies.next_id();
        self.policies.push(GrantingPolicy {
            id: policy.resource.clone(),
            name: name.rsplit(['/', ':']).next().unwrap_or(name).into(),
            kind: "Resource-based Policy",
            rrn: rrn("iamPolicy", region, &policy.account, &policy.resource).into(),
            account: policy.account.clone(),
            document: policy.document,
        });
        self.resource_policy_numbers.insert(number, next);
        Some(next)
    }

    /// The policy of a resource as attached to a principal, with what it grants to the principal.
    fn resource_attachment(
        &mut self,
        number: ResourcePolicyId,
        table: Option<TableId>,
    ) -> Option<Attachment> {
        Some(Attachment {
            policy: self.resource_policy(number)?,
            entity: None,
            table: table?,
        })
    }

    fn push_source(&mut self, mut source: Source) {
        let ids = |attachment: &Attachment| {
            let policy = self.policies.get(attachment.policy).map(|policy| &policy.id);
            (
                policy,
                attachment
                    .entity
                    .and_then(|entity| self.entities.get(entity))
                    .map(|entity| &entity.id),
            )
        };
        source.attachments.sort_by(|one, other| ids(one).cmp(&ids(other)));
        source.attachments.dedup_by(|one, other| ids(one) == ids(other));
        self.sources.push(source);
    }

    fn service_control(&self, principal: &Principal, account: &str) -> ServiceControl {
        if principal.is_service_linked_role() {
            ServiceControl::Exempt
        } else {
            self.service_control_of(account)
        }
    }

    /// What all principals of the accounts have in common.
    fn own_accounts(&self) -> HashMap<Box<str>, OwnAccount> {
        let own = self.sources.iter().filter(|source| source.own.is_some());
        let accounts: BTreeSet<&str> = own.map(|source| &*source.account).collect();
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

    /// The service control policies that bind the principals of an account, except service-linked roles.
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
        let Some(account) = organization.accounts.iter().find(|one| one.id == account) else {
            return ServiceControl::NotSupplied;
        };
        let levels = account.levels.iter().map(|level| {
            let policies = level.service_control.iter().copied();
            policies.map(ServiceControlPolicyId::from).collect()
        });
        ServiceControl::Levels(levels.collect())
    }

    /// The organization of a principal of the account, or which one it is not.
    fn add_organization(&self, context: &mut Context, account: &str) {
        let Some(organization) = self.organization else {
            return;
        };
        let Some(own) = organization.accounts.iter().find(|one| one.id == account) else {
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

fn resource_policies<'a>(inventory: &'a Inventory, documents: &mut Documents<'a>) -> ResourcePolicies {
    let details = &inventory.details;
    let users = details.users.iter().map(|one| &one.arn);
    let roles = details.roles.iter().map(|one| &one.arn);
    let groups = details.groups.iter().map(|one| &one.arn);
    let loaded = users.chain(roles).chain(groups).map(|arn| account(arn));
    let known = inventory.resource_policies.as_ref();
    let mut all = ResourcePolicies::new(loaded, known);
    for role in &details.roles {
        if let Some(trust) = &role.trust {
            let number = documents.intern(trust, PolicyKind::Trust);
            all.add(
                ResourcePolicy::new(&role.arn, account(&role.arn), scope(&role.arn), number, true),
                false,
            );
        }
    }
    let restricted = RestrictedBuckets::of(known);
    for policy in known.into_iter().flat_map(|known| &known.policies) {
        let number = if restricted.has(&policy.resource, &policy.account) {
            documents.restricted(&policy.document, &policy.account)
        } else {
            documents.intern(&policy.document, PolicyKind::Resource)
        };
        let denies = policy.document.valid().any(|one| one.effect == Effect::Deny);
        all.add(
            ResourcePolicy::new(
                &policy.resource,
                &policy.account,
                scope(&policy.resource),
                number,
                false,
            ),
            denies,
        );
    }
    all
}

/// The policies of resources with an Allow that can mean different things for two principals of one account, beside naming
/// them.
fn selective_grants(policies: &ResourcePolicies, documents: &Documents<'_>) -> Vec<ResourcePolicyId> {
    let depends = |policy: &ResourcePolicy| {
        let Some(entry) = documents.get(policy.document) else {
            return false;
        };
        entry.statements().iter().enumerate().any(|(index, statement)| {
            let negated = statement
                .principals
                .as_ref()
                .is_some_and(|principals| principals.entries().is_negated());
            statement.effect == Effect::Allow && (negated || entry.dependence(index).is_some())
        })
    };
    policies
        .iter()
        .filter(|(_, policy)| depends(policy))
        .map(|(number, _)| number)
        .collect()
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
