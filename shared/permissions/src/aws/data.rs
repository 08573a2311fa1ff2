//! The snapshot is what the inventory says, compiled once and then immutable. Nothing here is worked out later.

mod access_level;
mod action_runs;
pub(crate) mod actions;
mod administrative;
mod audience;
mod by_literal_part;
mod by_resource;
mod closed_roles;
mod credentials;
mod destination_services;
mod document;
mod gap;
mod ids;
mod known_resources;
mod missing;
mod named_values;
mod policy;
mod principal_class;
mod principal_index;
pub(crate) mod resource_control;
mod resource_policies;
mod resource_types;
mod source;
mod statement_index;
mod usage;
mod variables;

pub(crate) use audience::{Audience, Grantee};
pub(crate) use closed_roles::ClosedRoles;
pub(crate) use credentials::Credentials;
pub(crate) use destination_services::{DestinationService, DestinationServices};
pub(crate) use document::{CompiledDocument, StatementParts, StatementView};
pub(crate) use gap::Gap;
pub(crate) use ids::{
    DocumentId, EntityId, IdVec, PolicyId, PrincipalClassId, ResourceControlPolicyId, ResourcePolicyId,
    ServiceControlPolicyId, SourceId, TableId,
};
pub(crate) use known_resources::KnownResources;
pub(crate) use missing::Missing;
pub(crate) use named_values::{NamedValue, PRINCIPAL_ARN, PRINCIPAL_TAG, is_of_principal, named_values};
pub(crate) use policy::{Attachment, Entity, GrantingPolicy, Group, ServiceControlPolicy, TableSpec};
pub(crate) use principal_class::{Boundary, Extent, PrincipalClass, ServiceControl};
pub(crate) use principal_index::PrincipalIndex;
pub(crate) use resource_control::{
    ResourceControl, ResourceControlPolicy, is_controlled, is_controlled_service,
};
pub(crate) use resource_policies::{
    ResourcePolicies, ResourcePolicy, always_has_policy, asks_policies, never_has_policy,
};
pub(crate) use resource_types::TypePattern;
pub(crate) use source::{
    COMPUTE_KINDS, ComputeFacts, OwnAccount, OwnFacts, Provider, Source, SourceKind, with_tags,
};
pub(crate) use usage::Usage;
pub(crate) use variables::{Expanded, expand};

use crate::row::AccountNames;
use actions::Actions;
use foldhash::{HashMap, HashSet};
use inventory::{Access, Compute};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The number of the resource type of an action without resource types
pub(crate) const NO_TYPE: u16 = u16::MAX;

/// Accounts compiled for queries; immutable
///
/// Rows are not stored: [`EffectivePermissions`](super::EffectivePermissions) works out what a policy grants to a
/// principal class when a query first needs it.
#[derive(Debug)]
pub struct Snapshot {
    /// UTC day that days of last access are counted to
    pub(crate) date: Date,
    pub(crate) actions: Actions,
    pub(crate) destination_services: DestinationServices,
    pub(crate) documents: IdVec<DocumentId, CompiledDocument>,
    /// The sources, sorted by id, then kind
    pub(crate) sources: IdVec<SourceId, Source>,
    pub(crate) entities: IdVec<EntityId, Entity>,
    pub(crate) policies: IdVec<PolicyId, GrantingPolicy>,
    pub(crate) principal_classes: IdVec<PrincipalClassId, PrincipalClass>,
    pub(crate) tables: IdVec<TableId, TableSpec>,
    pub(crate) resource_policies: ResourcePolicies,
    pub(crate) known_resources: KnownResources,
    pub(crate) service_control_policies: IdVec<ServiceControlPolicyId, ServiceControlPolicy>,
    pub(crate) resource_control: ResourceControl,
    /// Says whether the documents say when actions were last used
    pub(crate) tracks_usage: bool,
    /// Says whether a credential report was imported
    pub(crate) tracks_credentials: bool,
    /// Users and roles of which no report says when they last used actions
    pub(crate) without_usage: Gap,
    /// Users of whose credentials nothing is known
    pub(crate) without_credentials: Gap,
    /// ARNs of instance profiles, each with the ARN of its role
    pub(crate) instance_profiles: Vec<(String, String)>,
    /// Says whether compute resources were imported
    pub(crate) tracks_compute: bool,
    /// The accounts whose compute resources are not all known, by service of [`COMPUTE_KINDS`]
    pub(crate) without_compute: BTreeMap<&'static str, Gap>,
    /// Names what users, roles and compute resources refer to and no document holds
    pub(crate) missing: Missing,
    pub(crate) groups: Vec<Group>,
    /// Resources that run code with a role, when a document names them
    pub(crate) compute: Option<Compute>,
    pub(crate) organization_accounts: HashSet<String>,
    /// Accounts whose users and roles are known
    pub(crate) own_accounts: HashMap<Box<str>, OwnAccount>,
    pub(crate) account_names: AccountNames,
    /// ARNs of the roles of other shards that may let somebody of this shard in, or that run code; empty for a whole
    /// inventory
    pub(crate) other_roles: Vec<Box<str>>,
    /// Resources of other shards that run code, each with the ARN of its role; empty for a whole inventory
    pub(crate) other_running: Vec<(Box<str>, Option<Box<str>>)>,
}

impl Snapshot {
    /// Returns whether the account is loaded or in the organization.
    pub(crate) fn is_own_account(&self, account: &str) -> bool {
        self.resource_policies.is_loaded(account) || self.organization_accounts.contains(account)
    }

    /// Returns the id of a source of this snapshot.
    pub(crate) fn source_id(&self, source: &Source) -> Option<SourceId> {
        self.source_named(&source.id, source.kind)
    }

    /// Returns the id of the source of that id and kind.
    pub(crate) fn source_named(&self, id: &str, kind: SourceKind) -> Option<SourceId> {
        let all = self.sources.starting_at(SourceId::from(0));
        let index = all.partition_point(|one| (&*one.id, one.kind) < (id, kind));
        let found = all.get(index)?;
        (*found.id == *id && found.kind == kind).then(|| SourceId::from(index))
    }

    /// Returns the document of an attached policy.
    pub(crate) fn document_of(&self, attachment: Attachment) -> Option<&CompiledDocument> {
        self.documents.get(self.policies.get(attachment.policy)?.document)
    }

    /// Returns the entity through which a policy is held.
    pub(crate) fn entity_of(&self, attachment: Attachment) -> Option<&Entity> {
        self.entities.get(attachment.entity?)
    }

    /// Returns the formats of a resource type as patterns; none for [`NO_TYPE`].
    pub(crate) fn type_patterns(&self, number: u16) -> &[TypePattern] {
        let of_type = self.actions.resource_type(number);
        of_type.map_or(&[], |one| one.patterns.as_slice())
    }

    /// Returns the day when a source last used an action.
    pub(crate) fn access(&self, usage: Option<&Usage>, action: u32) -> Access {
        let service = usage.and_then(|usage| usage.service(self.actions.service_of(action)));
        service.map_or(Access::Unknown, |service| service.access(action))
    }
}
