//! From the inventory to a snapshot.

use super::destinations::Destinations;
use super::{
    Attachment, Boundary, CompiledActions, CompiledDocument, Entity, GrantingPolicy, Holder, ResourceDenies,
    ServiceControl, Snapshot, Source, SourceKind, TableSpec,
};
use crate::actions::{ActionSpec, Actions, ResourceTypeSpec};
use crate::inventory::{InlinePolicy, Inventory, Organization};
use crate::rrn::rrn;
use iam::arn::{Arn, ArnPattern, ShortArn};
use iam::condition::{Atom, Expression};
use iam::context::Context;
use iam::document::{Document, Effect, Entry, PolicyKind};
use iam::matching::{Principal, PrincipalEntry, ResourcePattern};
use iam::policy::{CompiledStatement, Policy};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

impl Snapshot {
    /// Compiles an inventory with the actions of a catalogue; last access counts up to `date`, a UTC day.
    ///
    /// Never fails: what is missing (a managed policy, a group, a boundary) is marked on the rows it could change.
    #[must_use]
    pub fn compile(
        inventory: &Inventory,
        types: &[ResourceTypeSpec],
        actions: &[ActionSpec],
        date: Date,
    ) -> Self {
        let mut documents = Documents::default();
        let mut builder = Builder::new(inventory, &mut documents);
        builder.principals(inventory);
        let attached = inventory.organization.iter().flat_map(|known| &known.policies);
        let mut service_control_ids = HashMap::new();
        for (policy, &document) in attached.zip(&builder.service_control) {
            service_control_ids
                .entry(document)
                .or_insert_with(|| policy.id.clone());
        }
        let Builder {
            resource_denies,
            sources,
            entities,
            policies,
            holders,
            specs,
            trusts,
            ..
        } = builder;
        let literals = documents.literals();
        let actions = Actions::new(types, actions, literals, partition(inventory));
        let mut memo = HashMap::new();
        let compiled = documents
            .entries
            .into_iter()
            .map(|entry| entry.compile(&actions, &mut memo));
        let account_names = inventory
            .organization
            .iter()
            .flat_map(|organization| &organization.accounts);
        Self {
            date,
            documents: compiled.collect(),
            actions,
            tables: specs.iter().map(|_| OnceLock::new()).collect(),
            destinations: Destinations::of(specs.len()),
            sources,
            entities,
            policies,
            holders,
            specs,
            trusts,
            resource_denies,
            service_control_ids,
            last_accessed: inventory.last_accessed.clone(),
            account_names: account_names
                .filter_map(|account| Some((account.id.clone(), account.name.clone()?)))
                .collect(),
        }
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

/// The resources that a resource's policy can speak of: itself and, for a bucket, its objects.
fn scope(resource: &str) -> Vec<ArnPattern> {
    let inside = format!("{resource}/*");
    let all = [resource, &inside].map(|text| ArnPattern::parse(text, ShortArn::PaddedAfterStar));
    let count = if resource.contains(":s3:::") { 2 } else { 1 };
    all.into_iter().take(count).collect()
}

/// Documents, each once
#[derive(Default)]
struct Documents {
    by_text: HashMap<(Document, PolicyKind), usize>,
    entries: Vec<DocumentEntry>,
}

struct DocumentEntry {
    document: Document,
    policy: Policy,
    depends_on_principal: bool,
}

impl Documents {
    fn intern(&mut self, document: &Document, kind: PolicyKind) -> usize {
        if let Some(&number) = self.by_text.get(&(document.clone(), kind)) {
            return number;
        }
        let policy = Policy::compile(document, kind);
        let number = self.entries.len();
        self.entries.push(DocumentEntry {
            depends_on_principal: policy.statements().iter().any(depends_on_principal),
            document: document.clone(),
            policy,
        });
        self.by_text.insert((document.clone(), kind), number);
        number
    }

    /// Names of actions without wildcard, as policies spell them.
    fn literals(&self) -> impl Iterator<Item = String> {
        let names: BTreeSet<&str> = self
            .entries
            .iter()
            .flat_map(|entry| entry.document.valid())
            .flat_map(|statement| statement.actions.entries())
            .map(String::as_str)
            .filter(|name| name.contains(':') && !name.contains(['*', '?']))
            .collect();
        names.into_iter().map(canonical).collect::<Vec<_>>().into_iter()
    }

    fn get(&self, number: usize) -> Option<&DocumentEntry> {
        self.entries.get(number)
    }
}

/// Service prefixes are lower case in every catalogue.
fn canonical(name: &str) -> String {
    match name.split_once(':') {
        Some((service, action)) => format!("{}:{action}", service.to_lowercase()),
        None => name.to_owned(),
    }
}

impl DocumentEntry {
    fn compile(self, actions: &Actions, memo: &mut HashMap<String, Vec<u32>>) -> CompiledDocument {
        let conditions = |index: usize| match self.document.statements.get(index) {
            Some(Entry::Valid(statement)) => statement.conditions.clone(),
            Some(Entry::Invalid(_)) | None => Vec::new(),
        };
        let statements = self.policy.statements().iter().map(|statement| CompiledActions {
            runs: actions.runs(&statement.actions, memo),
            conditions: conditions(statement.index),
        });
        CompiledDocument {
            statements: statements.collect(),
            full_access: super::is_full_access(&self.policy),
            policy: self.policy,
        }
    }
}

/// Whether the statement can mean different things to two principals of one account.
fn depends_on_principal(statement: &CompiledStatement) -> bool {
    let about_roles = statement.effect == Effect::Allow
        && ["sts:assumerole", "sts:tagsession", "sts:setsourceidentity"]
            .iter()
            .any(|action| statement.actions.matches_lower(action));
    let entries = statement
        .resources
        .iter()
        .flat_map(|resources| resources.patterns().entries());
    expression_depends(&statement.condition)
        || entries.into_iter().any(|entry| match entry {
            ResourcePattern::Variable(_) => true,
            // Whether a role may be assumed is for its trust policy to say.
            ResourcePattern::Fixed(pattern) => about_roles && pattern.is_literal(),
        })
}

fn expression_depends(expression: &Expression) -> bool {
    let key_depends = |key: &str| {
        let key = key.to_lowercase();
        key.starts_with("aws:principal") || key.starts_with("aws:user")
    };
    match expression {
        Expression::Atom(atom) | Expression::Not(atom) => match &**atom {
            Atom::Null(key) => key_depends(key),
            Atom::Key(test) => {
                key_depends(test.key()) || test.values().iter().any(|value| value.contains("${"))
            }
            Atom::Pattern(_) => true,
            Atom::Unsupported { .. } => false,
        },
        Expression::And(members) | Expression::Or(members) => members.iter().any(expression_depends),
        Expression::True | Expression::False | Expression::Complex => false,
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct HolderKey {
    account: String,
    denies: Vec<usize>,
    boundary: Boundary,
    service_control: ServiceControl,
    incomplete: bool,
    /// Of a principal that a policy tells apart
    own: Option<String>,
}

struct Builder<'a> {
    documents: &'a mut Documents,
    sources: Vec<Source>,
    entities: Vec<Entity>,
    policies: Vec<GrantingPolicy>,
    policy_numbers: HashMap<String, usize>,
    managed: HashMap<String, usize>,
    groups: HashMap<(String, String), Held>,
    holders: Vec<Holder>,
    holder_numbers: HashMap<HolderKey, usize>,
    specs: Vec<TableSpec>,
    spec_numbers: HashMap<TableSpec, usize>,
    trusts: HashMap<String, usize>,
    service_control: Vec<usize>,
    resource_denies: Vec<ResourceDenies>,
    /// Whether a resource's policy can deny one principal what it leaves to another
    denies_depend: bool,
    organization: Option<&'a Organization>,
}

/// What an entity holds: policies, and whether one of them is missing
#[derive(Clone, Default)]
struct Held {
    policies: Vec<(usize, usize)>,
    incomplete: bool,
}

impl<'a> Builder<'a> {
    fn new(inventory: &'a Inventory, documents: &'a mut Documents) -> Self {
        let managed = inventory.details.policies.iter().map(|policy| {
            let number = documents.intern(&policy.document, PolicyKind::Identity);
            (policy.arn.clone(), number)
        });
        let managed = managed.collect();
        let organization = inventory.organization.as_ref();
        let attached = organization
            .iter()
            .flat_map(|organization| &organization.policies);
        let service_control = attached
            .map(|policy| documents.intern(&policy.document, PolicyKind::ServiceControl))
            .collect();
        let trusts = inventory.details.roles.iter().filter_map(|role| {
            let number = documents.intern(role.trust.as_ref()?, PolicyKind::Trust);
            Some((role.arn.clone(), number))
        });
        let trusts = trusts.collect();
        let policies = inventory
            .resource_policies
            .iter()
            .flat_map(|known| &known.policies);
        let denying = policies.filter(|policy| policy.document.valid().any(|one| one.effect == Effect::Deny));
        let resource_denies: Vec<ResourceDenies> = denying
            .map(|policy| ResourceDenies {
                scope: scope(&policy.resource),
                document: documents.intern(&policy.document, PolicyKind::Resource),
            })
            .collect();
        let denies_depend = resource_denies.iter().any(|one| {
            documents.get(one.document).is_none_or(|entry| {
                entry.policy.statements().iter().any(|statement| {
                    let everybody = statement.principals.as_ref().is_some_and(|principals| {
                        !principals.entries().is_negated()
                            && principals.entries().entries().contains(&PrincipalEntry::Everyone)
                    });
                    statement.effect == Effect::Deny && (!everybody || depends_on_principal(statement))
                })
            })
        });
        Self {
            documents,
            sources: Vec::new(),
            entities: Vec::new(),
            policies: Vec::new(),
            policy_numbers: HashMap::new(),
            managed,
            groups: HashMap::new(),
            holders: Vec::new(),
            holder_numbers: HashMap::new(),
            specs: Vec::new(),
            spec_numbers: HashMap::new(),
            trusts,
            service_control,
            resource_denies,
            denies_depend,
            organization,
        }
    }

    fn principals(&mut self, inventory: &Inventory) {
        let details = &inventory.details;
        for group in &details.groups {
            let entity = self.entity(&group.arn, &group.name, "group", group.id.as_deref(), &[]);
            let held = self.held(entity, &group.arn, &group.inline, &group.attached);
            let key = (account(&group.arn).to_owned(), group.name.to_lowercase());
            self.groups.insert(key, held);
        }
        for user in &details.users {
            let entity = self.entity(&user.arn, &user.name, "user", user.id.as_deref(), &user.tags);
            let mut held = self.held(entity, &user.arn, &user.inline, &user.attached);
            for name in &user.groups {
                let key = (account(&user.arn).to_owned(), name.to_lowercase());
                match self.groups.get(&key) {
                    Some(group) => {
                        held.policies.extend_from_slice(&group.policies);
                        held.incomplete |= group.incomplete;
                    }
                    None => held.incomplete = true,
                }
            }
            let about = About {
                entity,
                arn: &user.arn,
                name: &user.name,
                kind: SourceKind::User,
                id: user.id.as_deref(),
                tags: &user.tags,
                tags_known: true,
                boundary: user.boundary.as_deref(),
            };
            self.source(&about, &held);
        }
        for role in &details.roles {
            let entity = self.entity(&role.arn, &role.name, "role", role.id.as_deref(), &role.tags);
            let held = self.held(entity, &role.arn, &role.inline, &role.attached);
            let trust = self
                .trusts
                .get(&role.arn)
                .and_then(|&number| self.documents.get(number));
            let may_be_tagged = trust.is_none_or(|trust| {
                trust.policy.statements().iter().any(|statement| {
                    statement.effect == Effect::Allow && statement.actions.matches_lower("sts:tagsession")
                })
            });
            let about = About {
                entity,
                arn: &role.arn,
                name: &role.name,
                kind: SourceKind::Role,
                id: role.id.as_deref(),
                tags: &role.tags,
                tags_known: !may_be_tagged,
                boundary: role.boundary.as_deref(),
            };
            self.source(&about, &held);
        }
        self.sources.sort_by(|one, other| one.id.cmp(&other.id));
    }

    fn entity(
        &mut self,
        arn: &str,
        name: &str,
        kind: &'static str,
        id: Option<&str>,
        tags: &[(String, String)],
    ) -> usize {
        let number = self.entities.len();
        let of_kind = match kind {
            "user" => "iamUser",
            "group" => "iamGroup",
            _ => "iamRole",
        };
        self.entities.push(Entity {
            id: arn.into(),
            name: name.into(),
            kind,
            rrn: rrn(of_kind, "", account(arn), id.unwrap_or(arn)).into(),
            tags: tags.to_vec(),
        });
        number
    }

    fn held(&mut self, entity: usize, arn: &str, inline: &[InlinePolicy], attached: &[String]) -> Held {
        let mut held = Held::default();
        for policy in inline {
            let document = self.documents.intern(&policy.document, PolicyKind::Identity);
            let id = format!("{arn}/{}", policy.name);
            let number = self.policy(&id, &policy.name, "Inline Policy", account(arn), document);
            held.policies.push((number, entity));
        }
        for arn in attached {
            let Some(&document) = self.managed.get(arn) else {
                held.incomplete = true;
                continue;
            };
            let owner = account(arn);
            let kind = if owner == "aws" {
                "AWS Managed Policy"
            } else {
                "Customer Managed Policy"
            };
            let name = arn.rsplit('/').next().unwrap_or(arn);
            let number = self.policy(arn, name, kind, owner, document);
            held.policies.push((number, entity));
        }
        held
    }

    fn policy(&mut self, id: &str, name: &str, kind: &'static str, account: &str, document: usize) -> usize {
        let next = self.policies.len();
        let number = *self.policy_numbers.entry(id.to_owned()).or_insert(next);
        if number == next {
            self.policies.push(GrantingPolicy {
                id: id.into(),
                name: name.into(),
                kind,
                rrn: rrn("iamPolicy", "", account, id).into(),
                document,
            });
        }
        number
    }

    fn source(&mut self, about: &About<'_>, held: &Held) {
        let Ok(principal) = Principal::parse(about.arn) else {
            // The inventory checks that users and roles have ARNs of users and roles.
            return;
        };
        let principal = match about.id {
            Some(id) => principal.with_id(id),
            None => principal,
        };
        let mut context = Context::of_principal(&principal);
        if about.tags_known {
            let tags = about
                .tags
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()));
            context.add_tags("aws:PrincipalTag/", tags);
        }
        let own_account = account(about.arn).to_owned();
        if let Some(organization) = self.organization
            && let Some(id) = &organization.id
            && organization
                .accounts
                .iter()
                .any(|account| account.id == own_account)
        {
            context.add("aws:PrincipalOrgID", [id.as_str()]);
        }
        let documents = held
            .policies
            .iter()
            .filter_map(|&(policy, _)| Some(self.policies.get(policy)?.document));
        let mut denies: Vec<usize> = documents.filter(|&number| self.has_deny(number)).collect();
        denies.sort_unstable();
        denies.dedup();
        let boundary = match about.boundary {
            None => Boundary::None,
            Some(arn) => self
                .managed
                .get(arn)
                .map_or(Boundary::NotKnown, |&number| Boundary::Document(number)),
        };
        let mut key = HolderKey {
            service_control: self.service_control(&principal, &own_account),
            account: own_account.clone(),
            denies,
            boundary,
            incomplete: held.incomplete,
            own: None,
        };
        let limits_depend = self.denies_depend || Self::limits(&key).any(|number| self.depends(number));
        let mut attachments = Vec::with_capacity(held.policies.len());
        for &(policy, entity) in &held.policies {
            let Some(document) = self.policies.get(policy).map(|policy| policy.document) else {
                continue;
            };
            key.own = (limits_depend || self.depends(document)).then(|| about.arn.to_owned());
            let holder = self.holder(&key, &principal, &context);
            let spec = TableSpec { holder, document };
            let next = self.specs.len();
            let table = *self.spec_numbers.entry(spec).or_insert(next);
            if table == next {
                self.specs.push(spec);
            }
            attachments.push(Attachment {
                policy,
                entity,
                table,
            });
        }
        let ids = |attachment: &Attachment| {
            let policy = self.policies.get(attachment.policy).map(|policy| &policy.id);
            (
                policy,
                self.entities.get(attachment.entity).map(|entity| &entity.id),
            )
        };
        attachments.sort_by(|one, other| ids(one).cmp(&ids(other)));
        attachments.dedup_by(|one, other| ids(one) == ids(other));
        self.sources.push(Source {
            id: about.arn.into(),
            name: about.name.into(),
            kind: about.kind,
            account: own_account.into(),
            entity: about.entity,
            boundary: about.boundary.map(Into::into),
            attachments,
            tags: about.tags.to_vec(),
        });
    }

    fn holder(&mut self, key: &HolderKey, principal: &Principal, context: &Context) -> usize {
        if let Some(&number) = self.holder_numbers.get(key) {
            return number;
        }
        let number = self.holders.len();
        self.holders.push(Holder {
            principal: principal.clone(),
            account: key.account.as_str().into(),
            context: context.clone(),
            denies: key.denies.clone(),
            boundary: key.boundary,
            service_control: key.service_control.clone(),
            incomplete: key.incomplete,
        });
        self.holder_numbers.insert(key.clone(), number);
        number
    }

    fn limits(key: &HolderKey) -> impl Iterator<Item = usize> + use<'_> {
        let boundary = match key.boundary {
            Boundary::Document(number) => Some(number),
            Boundary::None | Boundary::NotKnown => None,
        };
        let levels: &[Vec<usize>] = match &key.service_control {
            ServiceControl::Levels(levels) => levels,
            ServiceControl::NotSupplied | ServiceControl::Exempt => &[],
        };
        key.denies
            .iter()
            .copied()
            .chain(boundary)
            .chain(levels.iter().flatten().copied())
    }

    fn depends(&self, document: usize) -> bool {
        self.documents
            .get(document)
            .is_some_and(|entry| entry.depends_on_principal)
    }

    fn has_deny(&self, document: usize) -> bool {
        self.documents.get(document).is_some_and(|entry| {
            entry.policy.has_invalid_deny()
                || entry
                    .policy
                    .statements()
                    .iter()
                    .any(|one| one.effect == Effect::Deny)
        })
    }

    fn service_control(&self, principal: &Principal, account: &str) -> ServiceControl {
        let Some(organization) = self.organization else {
            return ServiceControl::NotSupplied;
        };
        if principal.is_service_linked_role() || organization.management_account.as_deref() == Some(account) {
            return ServiceControl::Exempt;
        }
        let Some(account) = organization.accounts.iter().find(|one| one.id == account) else {
            return ServiceControl::NotSupplied;
        };
        let document = |&index: &usize| self.service_control.get(index).copied();
        let levels = account.levels.iter();
        ServiceControl::Levels(
            levels
                .map(|level| level.iter().filter_map(document).collect())
                .collect(),
        )
    }
}

struct About<'a> {
    entity: usize,
    arn: &'a str,
    name: &'a str,
    kind: SourceKind,
    id: Option<&'a str>,
    tags: &'a [(String, String)],
    /// Whether the tags of a request are these and no others
    tags_known: bool,
    boundary: Option<&'a str>,
}
