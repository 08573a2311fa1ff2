//! Numbers what the actions of methods are done on: principals, groups, managed policies and running resources.

use super::methods::{METHODS, Method};
use super::ways::{Ways, insert};
use crate::aws::data::{
    COMPUTE_KINDS, CompiledDocument, DocumentId, PolicyId, ResourcePolicyId, Snapshot, Source, SourceId,
    SourceKind,
};
use crate::aws::effective::{SingleResource, grants_to_public};
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use iam::arn::account_of;
use iam::condition::Expression;
use iam::context::Context;
use iam::document::Effect;
use iam::matching::{Principal, PrincipalIdentity};

/// A user or a role that is loaded
#[derive(Debug)]
pub(super) struct LoadedPrincipal {
    /// The source is absent for a role of another shard
    pub(super) source: Option<SourceId>,
    pub(super) resource: SingleResource,
    pub(super) account: Box<str>,
}

/// A group with its members
#[derive(Debug)]
pub(super) struct GroupSubject {
    pub(super) resource: SingleResource,
    pub(super) account: Box<str>,
    pub(super) policies: Vec<PolicyId>,
    /// Numbers of principals
    pub(super) members: Vec<usize>,
}

/// A customer managed policy that somebody holds
#[derive(Debug)]
pub(super) struct PolicySubject {
    pub(super) resource: SingleResource,
    pub(super) account: Box<str>,
    /// Numbers of principals that hold the policy, also through a group
    pub(super) holders: Vec<usize>,
    /// Numbers of groups
    pub(super) groups: Vec<usize>,
}

/// A resource that runs code with a role
#[derive(Debug)]
pub(super) struct RunningSubject {
    pub(super) resource: SingleResource,
    pub(super) service: Box<str>,
    pub(super) kind: Box<str>,
    /// Number of a principal
    pub(super) role: Option<usize>,
}

/// Everything that actions of methods are done on
#[derive(Debug, Default)]
pub(super) struct Subjects {
    pub(super) principals: Vec<LoadedPrincipal>,
    pub(super) users: FixedBitSet,
    pub(super) roles: FixedBitSet,
    /// Says how many of the principals are of this shard. These come first
    pub(super) own: usize,
    /// Roles of other shards, of which only the trust policy is known
    pub(super) others: FixedBitSet,
    /// Roles that only AWS changes: service-linked roles and the roles of permission sets
    pub(super) protected: FixedBitSet,
    pub(super) groups: Vec<GroupSubject>,
    pub(super) policies: Vec<PolicySubject>,
    pub(super) running: Vec<RunningSubject>,
    pub(super) by_source: HashMap<SourceId, usize>,
    /// All principals, in the order of their ARNs read from the end
    pub(super) by_end: Vec<usize>,
    /// Principals whose ARNs have five colons, in the order of what is behind the fifth
    pub(super) by_resource: Vec<usize>,
    /// Principals with further colons in their paths
    pub(super) with_colon: Vec<usize>,
    /// Principals by ARN
    pub(super) by_arn: HashMap<Box<str>, usize>,
    pub(super) by_account: HashMap<Box<str>, FixedBitSet>,
    /// Roles by their trust policy
    pub(super) by_trust: HashMap<ResourcePolicyId, usize>,
    /// Roles that trust everybody
    pub(super) public: Vec<usize>,
    /// Customer managed policies that allow everything, by account
    full_access: HashMap<Box<str>, Vec<Box<str>>>,
}

impl Subjects {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut all = Self::default();
        for (id, source) in snapshot.sources.with_ids() {
            if source.own_class.is_some() {
                all.add_principal(snapshot, id, source);
            }
        }
        all.own = all.principals.len();
        for role in &snapshot.other_roles {
            all.add_other(snapshot, role);
        }
        all.index();
        all.add_groups(snapshot);
        all.add_policies(snapshot);
        all.add_running(snapshot);
        let managed = snapshot.policies.iter().filter(|policy| {
            let document = snapshot.documents.get(policy.document);
            policy.id.contains(":policy/")
                && account_of(&policy.id) != "aws"
                && document.is_some_and(CompiledDocument::full_access)
        });
        for policy in managed {
            let own = all.full_access.entry(account_of(&policy.id).into()).or_default();
            // A condition on the attached policy names some of these policies; it is enough to try a few.
            if own.len() < 7 {
                own.push(policy.id.clone());
            }
        }
        all
    }

    /// Returns managed policies that allow everything and that principals of an account can get.
    pub(super) fn full_access_in(&self, account: &str) -> impl Iterator<Item = &str> {
        let own = self.full_access.get(account).into_iter().flatten();
        std::iter::once("arn:aws:iam::aws:policy/AdministratorAccess").chain(own.map(|arn| &**arn))
    }

    fn add_principal(&mut self, snapshot: &Snapshot, id: SourceId, source: &Source) {
        let number = self.principals.len();
        let resource = SingleResource::new(snapshot, &source.id);
        insert(
            if source.kind == SourceKind::User {
                &mut self.users
            } else {
                &mut self.roles
            },
            number,
        );
        if [":role/aws-service-role/", ":role/aws-reserved/"]
            .iter()
            .any(|path| source.id.contains(path))
        {
            insert(&mut self.protected, number);
        }
        self.add_trust(snapshot, &resource, number);
        insert(self.by_account.entry(source.account.clone()).or_default(), number);
        self.by_source.insert(id, number);
        self.by_arn.insert(source.id.clone(), number);
        self.principals.push(LoadedPrincipal {
            source: Some(id),
            resource,
            account: source.account.clone(),
        });
    }

    fn add_other(&mut self, snapshot: &Snapshot, role: &str) {
        let number = self.principals.len();
        let resource = SingleResource::new(snapshot, role);
        insert(&mut self.others, number);
        self.add_trust(snapshot, &resource, number);
        self.by_arn.insert(role.into(), number);
        self.principals.push(LoadedPrincipal {
            source: None,
            resource,
            account: account_of(role).into(),
        });
    }

    fn add_trust(&mut self, snapshot: &Snapshot, resource: &SingleResource, number: usize) {
        let trust = resource
            .policy
            .and_then(|id| Some((id, snapshot.resource_policies.get(id)?)));
        if let Some((id, policy)) = trust {
            self.by_trust.insert(id, number);
            let document = snapshot.documents.get(policy.document);
            if document.is_some_and(grants_to_public) {
                self.public.push(number);
            }
        }
    }

    fn add_groups(&mut self, snapshot: &Snapshot) {
        for group in &snapshot.groups {
            let Some(entity) = snapshot.entities.get(group.entity) else {
                continue;
            };
            let members = group.members.iter();
            self.groups.push(GroupSubject {
                resource: SingleResource::new(snapshot, &entity.id),
                account: account_of(&entity.id).into(),
                policies: group.policies.clone(),
                members: members.filter_map(|arn| self.by_arn.get(arn).copied()).collect(),
            });
        }
    }

    fn add_policies(&mut self, snapshot: &Snapshot) {
        let mut holders: HashMap<PolicyId, Vec<usize>> = HashMap::default();
        for (number, principal) in self.principals.iter().enumerate() {
            let source = principal.source.and_then(|id| snapshot.sources.get(id));
            for attachment in source.into_iter().flat_map(|source| &source.attachments) {
                if attachment.entity.is_some() {
                    holders.entry(attachment.policy).or_default().push(number);
                }
            }
        }
        let mut groups: HashMap<PolicyId, Vec<usize>> = HashMap::default();
        for (number, group) in self.groups.iter().enumerate() {
            for &policy in &group.policies {
                groups.entry(policy).or_default().push(number);
            }
        }
        for (id, policy) in snapshot.policies.with_ids() {
            if policy.kind == "Customer Managed Policy" {
                self.policies.push(PolicySubject {
                    resource: SingleResource::new(snapshot, &policy.id),
                    account: account_of(&policy.id).into(),
                    holders: holders.remove(&id).unwrap_or_default(),
                    groups: groups.remove(&id).unwrap_or_default(),
                });
            }
        }
    }

    fn add_running(&mut self, snapshot: &Snapshot) {
        let compute = snapshot.compute.iter();
        for one in compute.flat_map(|compute| &compute.resources) {
            let role = one.role.as_ref().and_then(|role| self.by_arn.get(role.as_str()));
            self.running.push(RunningSubject {
                resource: SingleResource::new(snapshot, &one.arn),
                service: one.service().into(),
                kind: one.resource_type().into(),
                role: role.copied(),
            });
        }
        for (arn, role) in &snapshot.other_running {
            let role = role.as_ref().and_then(|role| self.by_arn.get(role));
            let (service, kind) = kind_of(arn);
            self.running.push(RunningSubject {
                resource: SingleResource::new(snapshot, arn),
                service: service.into(),
                kind: kind.into(),
                role: role.copied(),
            });
        }
    }

    /// Returns whether all resources of a type in an account are known.
    pub(super) fn lists(snapshot: &Snapshot, account: &str, (service, kind): (&str, &str)) -> bool {
        let compute = snapshot.compute.iter();
        let mut collected = compute.flat_map(|compute| &compute.collected);
        COMPUTE_KINDS.contains(&(service, kind))
            && collected.any(|one| one.covers(account, Some(service), "*"))
    }

    /// Returns the roles that trust each of the services to which methods pass roles.
    pub(super) fn trusting_services(&self, snapshot: &Snapshot) -> HashMap<&'static str, Ways> {
        let mut trusting = HashMap::default();
        for service in METHODS.iter().filter_map(Method::trusted) {
            trusting
                .entry(service)
                .or_insert_with(|| self.trusting(snapshot, service));
        }
        trusting
    }

    /// Returns the roles that trust a service, for requests from the account of each role.
    fn trusting(&self, snapshot: &Snapshot, service: &str) -> Ways {
        let identity = PrincipalIdentity::Service { name: service.into() };
        let principal = Principal::from(identity);
        // Thousands of roles have the same trust policy.
        let mut known: HashMap<(DocumentId, &str), Expression> = HashMap::default();
        let mut ways = Ways::default();
        for number in self.roles.ones() {
            let Some(role) = self.principals.get(number) else {
                continue;
            };
            let policy = role.resource.policy;
            let policy = policy.and_then(|id| snapshot.resource_policies.get(id));
            let document = policy.and_then(|policy| {
                let id = policy.document;
                Some((id, snapshot.documents.get(id)?))
            });
            let Some((id, document)) = document else {
                // The trust policy of the role is not known.
                ways.add(number, false);
                continue;
            };
            let left = known
                .entry((id, &*role.account))
                .or_insert_with(|| trusts(document, &principal, service, &role.account));
            if *left != Expression::False {
                ways.add(number, *left == Expression::True);
            }
        }
        ways
    }
}

/// Returns the service and the resource type in an ARN.
fn kind_of(arn: &str) -> (&str, &str) {
    let mut fields = arn.splitn(6, ':').skip(2);
    let (service, resource) = (fields.next(), fields.nth(2));
    let kind = resource.and_then(|resource| resource.split(['/', ':']).next());
    (service.unwrap_or_default(), kind.unwrap_or_default())
}

/// Decides whether a trust policy lets a service assume the role, for a request from the account of the role.
fn trusts(document: &CompiledDocument, principal: &Principal, service: &str, account: &str) -> Expression {
    let context = Context::of_principal(principal)
        .with("aws:SourceAccount", [account])
        .with("aws:PrincipalServiceName", [service]);
    let mut trusts = Expression::False;
    let mut refuses = Expression::False;
    for one in document.statements().map(|one| one.statement) {
        let (Some(principals), true) = (&one.principals, one.actions.matches_lower("sts:assumerole")) else {
            continue;
        };
        let holds = one.condition.resolve(&context);
        match one.effect {
            Effect::Allow => trusts = trusts.or(principals.grants(principal).any().and(holds)),
            Effect::Deny => refuses = refuses.or(principals.denies(principal, false).and(holds)),
        }
    }
    trusts.and(refuses.negate())
}
