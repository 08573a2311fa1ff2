//! Users, groups and roles with what they hold.

use super::Builder;
use super::signature::PrincipalFacts;
use crate::aws::data::{
    Attachment, Boundary, Credentials, DocumentId, Entity, EntityId, Extent, Group, OwnFacts, PolicyId,
    ResourcePolicyId, Source, SourceKind, with_tags,
};
use crate::row::rrn;
use iam::arn::account_of;
use iam::context::Context;
use iam::document::{Effect, PolicyKind};
use iam::matching::Principal;
use inventory::InlinePolicy;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Holds the policies of an entity, and whether one of them is missing
#[derive(Clone, Default)]
pub(super) struct HeldPolicies {
    /// Policy and the entity through which it is held
    policies: Vec<(PolicyId, EntityId)>,
    incomplete: bool,
}

struct EntityFacts<'a> {
    entity: EntityId,
    arn: &'a str,
    name: &'a str,
    kind: SourceKind,
    id: Option<&'a str>,
    tags: &'a [(String, String)],
    /// Says whether the tags of a request are these and no others
    tags_known: bool,
    boundary: Option<&'a str>,
}

impl<'a> Builder<'a> {
    pub(super) fn principals(&mut self) {
        let details = &self.inventory.details;
        for group in &details.groups {
            let entity = self.entity(&group.arn, &group.name, "group", group.id.as_deref(), &[]);
            let held = self.held(entity, &group.arn, &group.inline, &group.attached);
            let key = (account_of(&group.arn).to_owned(), group.name.to_lowercase());
            self.group_entities.push(Group {
                entity,
                policies: held.policies.iter().map(|&(policy, _)| policy).collect(),
                members: Vec::new(),
            });
            let number = self.group_entities.len().saturating_sub(1);
            self.groups.insert(key, (number, held));
        }
        for user in &details.users {
            let entity = self.entity(&user.arn, &user.name, "user", user.id.as_deref(), &user.tags);
            let mut held = self.held(entity, &user.arn, &user.inline, &user.attached);
            for name in &user.groups {
                let key = (account_of(&user.arn).to_owned(), name.to_lowercase());
                match self.groups.get(&key) {
                    Some((number, group)) => {
                        held.policies.extend_from_slice(&group.policies);
                        held.incomplete |= group.incomplete;
                        if let Some(group) = self.group_entities.get_mut(*number) {
                            group.members.push(user.arn.as_str().into());
                        }
                    }
                    None => held.incomplete = true,
                }
            }
            let about = EntityFacts {
                entity,
                arn: &user.arn,
                name: &user.name,
                kind: SourceKind::User,
                id: user.id.as_deref(),
                tags: &user.tags,
                tags_known: true,
                boundary: user.boundary.as_deref(),
            };
            self.principal(&about, &held);
        }
        for role in &details.roles {
            let entity = self.entity(&role.arn, &role.name, "role", role.id.as_deref(), &role.tags);
            let held = self.held(entity, &role.arn, &role.inline, &role.attached);
            let may_be_tagged = role.trust.as_ref().is_none_or(|trust| {
                let number = self.documents.intern(trust, PolicyKind::Trust);
                self.documents.get(number).is_none_or(|entry| {
                    entry.statements().iter().any(|statement| {
                        statement.effect == Effect::Allow && statement.actions.matches_lower("sts:tagsession")
                    })
                })
            });
            let about = EntityFacts {
                entity,
                arn: &role.arn,
                name: &role.name,
                kind: SourceKind::Role,
                id: role.id.as_deref(),
                tags: &role.tags,
                tags_known: !may_be_tagged,
                boundary: role.boundary.as_deref(),
            };
            self.principal(&about, &held);
        }
    }

    /// Returns a number that no other principal has.
    pub(super) fn next_principal(&mut self) -> usize {
        self.numbered = self.numbered.saturating_add(1);
        self.numbered
    }

    /// Leaves out the users and roles of other shards whom policies name: their rows are there.
    pub(super) fn principals_elsewhere(&mut self) {
        for one in self.known.named_elsewhere() {
            let Ok(principal) = Principal::parse(&one.arn) else {
                continue;
            };
            self.grantees.take(&principal.with_id(one.id.as_deref()));
        }
    }

    pub(super) fn entity(
        &mut self,
        arn: &str,
        name: &str,
        kind: &'static str,
        id: Option<&str>,
        tags: &[(String, String)],
    ) -> EntityId {
        let number = self.entities.next_id();
        let of_kind = match kind {
            "user" => "iamUser",
            "group" => "iamGroup",
            _ => "iamRole",
        };
        self.entities.push(Entity {
            id: arn.into(),
            name: name.into(),
            kind,
            rrn: rrn(of_kind, "", account_of(arn), id.unwrap_or(arn)).into(),
            account: account_of(arn).into(),
            tags: tags.to_vec(),
            credentials: self.credentials(arn),
        });
        number
    }

    /// Returns what is known of the credentials of a user. Only users are in credential reports.
    fn credentials(&self, arn: &str) -> Option<Credentials> {
        let report = self.inventory.credentials.as_ref()?;
        report.users.get(arn).map(Credentials::of)
    }

    fn held(
        &mut self,
        entity: EntityId,
        arn: &str,
        inline: &'a [InlinePolicy],
        attached: &[String],
    ) -> HeldPolicies {
        let mut held = HeldPolicies::default();
        for policy in inline {
            let document = self.documents.intern(&policy.document, PolicyKind::Identity);
            let id = format!("{arn}/{}", policy.name);
            let number = self.policy(&id, &policy.name, "Inline Policy", account_of(arn), document);
            held.policies.push((number, entity));
        }
        for arn in attached {
            match self.managed_policy(arn) {
                Some(number) => held.policies.push((number, entity)),
                None => held.incomplete = true,
            }
        }
        held
    }

    fn principal(&mut self, about: &EntityFacts<'_>, held: &HeldPolicies) {
        let Some(mut facts) = self.facts(about, held) else {
            // The inventory checks that users and roles have ARNs of users and roles.
            return;
        };
        let own = OwnFacts {
            unique_id: about.id.map(Into::into),
            tags_known: about.tags_known,
            boundary: facts.boundary,
            incomplete: facts.incomplete,
        };
        facts.named = self.grantees.take(&facts.principal);
        let mut known = self.known_limits(&facts);
        let own_class = self.own_class(&facts, &mut known);
        let mut attachments = Vec::with_capacity(held.policies.len());
        for &(policy, entity) in &held.policies {
            let Some(document) = self.policies.get(policy).map(|policy| policy.document) else {
                continue;
            };
            attachments.push(Attachment {
                policy,
                entity: Some(entity),
                table: self.identity_table(&facts, &mut known, document),
            });
        }
        for number in self.let_in(&facts) {
            let table = self.account_table(&facts, &mut known, number);
            attachments.extend(self.resource_attachment(number, table));
        }
        for number in facts.named.clone() {
            let table = self.resource_table(&facts, &mut known, number);
            attachments.extend(self.resource_attachment(number, table));
        }
        let rrn = self.entities.get(about.entity).map(|own| own.rrn.clone());
        self.sources.push(Source {
            id: about.arn.into(),
            name: about.name.into(),
            kind: about.kind,
            account: facts.account.into(),
            region: Box::default(),
            service: "iam".into(),
            rrn: rrn.unwrap_or_default(),
            provider: None,
            own_class: Some(own_class),
            boundary: about.boundary.map(Into::into),
            attachments,
            own: Some(own),
            tags: about.tags.to_vec(),
            usage: None,
            credentials: self.credentials(about.arn),
            compute: None,
        });
    }

    /// Returns the policies of resources that allow a principal without naming it: they name its account, or conditions
    /// leave it of everybody.
    fn let_in(&mut self, facts: &PrincipalFacts) -> BTreeSet<ResourcePolicyId> {
        let limited = self.grantees.limited_to(&facts.context);
        let mut found = self.grantees.of_account(&facts.account);
        found.extend(&limited);
        found.retain(|number| !facts.named.contains(number));
        // Within an account a statement about everybody is enough; otherwise the identity-based policies must allow, too.
        found.retain(|&number| {
            let owner = self.resource_policies.get(number).map(|policy| &*policy.account);
            (limited.contains(&number) && owner == Some(&facts.account))
                || self.may_be_let_through(facts, number)
        });
        found
    }

    fn facts(&mut self, about: &EntityFacts<'_>, held: &HeldPolicies) -> Option<PrincipalFacts> {
        let principal = Principal::parse(about.arn).ok()?.with_id(about.id);
        let own_account = account_of(about.arn).to_owned();
        let tags = about.tags_known.then_some(about.tags);
        let of_account = self.account_context(&own_account);
        let context = with_tags(Context::of_principal_in(of_account, &principal), tags);
        let documents = held.policies.iter();
        let mut identity: Vec<DocumentId> = documents
            .filter_map(|&(policy, _)| Some(self.policies.get(policy)?.document))
            .collect();
        identity.sort_unstable();
        identity.dedup();
        let boundary = match about.boundary {
            None => Boundary::None,
            Some(arn) => self
                .managed
                .get(arn)
                .map_or(Boundary::NotKnown, |policy| Boundary::Document(policy.document)),
        };
        Some(PrincipalFacts {
            number: self.next_principal(),
            service_control: self.service_control(&principal, &own_account),
            principal,
            extent: Extent::Principal,
            account: own_account,
            context: Arc::new(context),
            identity,
            boundary,
            incomplete: held.incomplete,
            named: BTreeSet::new(),
        })
    }
}
