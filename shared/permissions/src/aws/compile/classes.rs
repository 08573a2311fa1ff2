//! Principals that no policy can distinguish are one class, so that they share their tables.

use super::Builder;
use super::documents::{Denied, DocumentEntry};
use super::signature::{PrincipalFacts, Signature};
use crate::aws::data::{
    Boundary, DocumentId, Expanded, PrincipalClass, PrincipalClassId, ResourcePolicyId, ServiceControl,
    TableId, TableSpec, expand,
};
use iam::arn::{ArnPattern, ShortArn};
use iam::matching::{PrincipalIdentity, ResourcePattern};
use std::sync::Arc;

/// Principals that differ in nothing of this are one class
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ClassKey {
    principal_limits: usize,
    deny_signature: usize,
    /// The granting document and the number of its signature, when the document or the policies of resources that it names
    /// depend on the principal
    granting: Option<(DocumentId, usize)>,
    /// Numbers what the identity-based policies allow on the resource, ascending, when the policy of the resource leaves the
    /// decision to them. What is allowed counts, and not which document says it: thousands of principals have an inline policy
    /// of their own that allows the same
    allowances: Vec<usize>,
    /// Says whether the principal is a user, for a document about sessions: a user needs no permission for some of them
    is_user: Option<bool>,
}

/// Holds what limits a principal, whatever is granted to it
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PrincipalLimits {
    account: String,
    boundary: Boundary,
    service_control: ServiceControl,
    /// Neither service control policies nor resource control policies bind it
    is_service_linked: bool,
    incomplete: bool,
}

/// Holds what the documents of a principal deny, and the numbers of the signatures of these documents and of what limits
/// the principal beside them
pub(super) type DenySignature = (Vec<Denied>, usize, usize);

/// Documents that can deny something of a grant, with what they can deny of it
#[derive(Clone, PartialEq, Eq, Default)]
struct Touching {
    documents: Vec<DocumentId>,
    denied: Vec<Denied>,
}

/// Holds everything that limits a principal: the numbers of its [`PrincipalLimits`] and of the signature of what limits it beside its
/// own documents, and those of its documents that deny
pub(super) type AllLimits = (usize, usize, Vec<DocumentId>);

/// Holds what the table of a document depends on when no statement depends on the principal: the number of the [`AllLimits`], the
/// document, and whether the principal is a user
pub(super) type SharedTable = (usize, DocumentId, bool);

/// Holds what is worked out once for all policies of a principal
pub(super) struct KnownLimits {
    /// The number of its [`PrincipalLimits`]
    principal_limits: usize,
    /// All of its documents that deny
    denies: Vec<DocumentId>,
    /// The class of the principal alone, once it is needed
    own_class: Option<PrincipalClassId>,
    /// The number of the signature of everything that limits the principal beside its own documents, once it is needed
    limits: Option<usize>,
    /// The number of its [`AllLimits`], once it is needed
    all: Option<usize>,
    /// The numbers of the [`DenySignature`], by the documents that can concern a grant and what they deny of it
    deny_signatures: Vec<(Touching, usize)>,
}

impl Builder<'_> {
    /// Numbers a signature. Equal ones have one number.
    fn signature_number(&mut self, signature: Signature) -> usize {
        let next = self.signatures.len();
        *self.signatures.entry(signature).or_insert(next)
    }

    /// Returns what the statements of documents that depend on the principal come to for it.
    fn signature(&self, facts: &PrincipalFacts, documents: impl Iterator<Item = DocumentId>) -> Signature {
        let mut signature = Vec::new();
        for entry in documents.filter_map(|number| self.documents.get(number)) {
            for dependence in &entry.dependences {
                facts.sign(entry, dependence, &mut signature);
            }
        }
        signature
    }

    /// Returns what everything that can limit a principal beside its own documents comes to for it.
    fn limits_signature(&self, facts: &PrincipalFacts) -> Signature {
        let attached = facts.service_control.levels().iter().flatten();
        let attached =
            attached.filter_map(|&number| Some(self.service_control_policies.get(number)?.document));
        let documents = facts.boundary.document().into_iter().chain(attached);
        let mut signature = self.signature(facts, documents);
        facts.sign_denies(&self.selective_denies, &mut signature);
        signature
    }

    /// Returns what the granting document comes to for a principal, with the policies of the resources that the
    /// document names.
    fn granting_signature(&mut self, facts: &PrincipalFacts, document: DocumentId) -> Signature {
        let mut signature = Vec::new();
        let concerned = self.concerned(document);
        let Some(entry) = self.documents.get(document) else {
            return signature;
        };
        if concerned.is_empty() && entry.dependences.is_empty() && facts.named.is_empty() {
            return signature;
        }
        let mut concerned = concerned.to_vec();
        for dependence in &entry.dependences {
            facts.sign(entry, dependence, &mut signature);
            let resources = entry.statements().get(dependence.statement);
            let resources = resources.and_then(|statement| statement.resources.as_ref());
            let entries = resources.into_iter().flat_map(|one| one.patterns().entries());
            for entry in entries.filter(|entry| matches!(entry, ResourcePattern::Variable(_))) {
                if let Expanded::Exact(text) = expand(entry.as_str(), &*facts.context) {
                    let pattern = ArnPattern::parse(&text, ShortArn::Padded);
                    concerned.extend(self.resource_policies.of(&pattern));
                }
            }
        }
        // A pattern of the document may include these resources, and their policies name the principal.
        for &number in &facts.named {
            if let Some(policy) = self.resource_policies.get(number)
                && self.documents.may_allow(document, number, policy)
            {
                concerned.push(number);
            }
        }
        concerned.sort_unstable();
        concerned.dedup();
        let policies = concerned
            .iter()
            .filter_map(|&number| self.resource_policies.get(number));
        let asked = policies.filter(|policy| policy.must_allow() || *policy.account != *facts.account);
        for entry in asked.filter_map(|policy| self.documents.get(policy.document)) {
            facts.sign_resource_side(entry, &mut signature);
        }
        signature
    }

    /// Prepares the limits of a principal for its policies.
    pub(super) fn known_limits(&mut self, facts: &PrincipalFacts) -> KnownLimits {
        let next = self.principal_limits.len();
        let limits = PrincipalLimits {
            account: facts.account.clone(),
            boundary: facts.boundary,
            service_control: facts.service_control.clone(),
            is_service_linked: facts.principal.is_service_linked_role(),
            incomplete: facts.incomplete,
        };
        let denying = |&number: &DocumentId| self.documents.get(number).is_some_and(DocumentEntry::has_deny);
        KnownLimits {
            principal_limits: *self.principal_limits.entry(limits).or_insert(next),
            denies: facts.identity.iter().copied().filter(denying).collect(),
            own_class: None,
            limits: None,
            all: None,
            deny_signatures: Vec::new(),
        }
    }

    fn deny_signature_number(&mut self, signature: DenySignature) -> usize {
        let next = self.deny_signatures.len();
        *self.deny_signatures.entry(signature).or_insert(next)
    }

    /// Returns the number of the deny signature of a principal. Of its own policies, only those of `touching` count.
    fn known_deny_signature(
        &mut self,
        facts: &PrincipalFacts,
        known: &mut KnownLimits,
        touching: &Touching,
    ) -> usize {
        let signed = known
            .deny_signatures
            .iter()
            .find(|(signed, _)| signed == touching);
        if let Some((_, number)) = signed {
            return *number;
        }
        let limits = self.limits(facts, known);
        let signature = self.signature(facts, touching.documents.iter().copied());
        let signature = self.signature_number(signature);
        let number = self.deny_signature_number((touching.denied.clone(), signature, limits));
        known.deny_signatures.push((touching.clone(), number));
        number
    }

    /// Returns the number of the signature of everything that limits a principal beside its own documents.
    fn limits(&mut self, facts: &PrincipalFacts, known: &mut KnownLimits) -> usize {
        if let Some(limits) = known.limits {
            return limits;
        }
        let signature = self.limits_signature(facts);
        let limits = self.signature_number(signature);
        known.limits = Some(limits);
        limits
    }

    /// Returns the number of the [`AllLimits`] of a principal.
    fn all_limits(&mut self, facts: &PrincipalFacts, known: &mut KnownLimits) -> usize {
        if let Some(all) = known.all {
            return all;
        }
        let limits = self.limits(facts, known);
        let next = self.all_limits.len();
        let all = (known.principal_limits, limits, known.denies.clone());
        let number = *self.all_limits.entry(all).or_insert(next);
        known.all = Some(number);
        number
    }

    /// Returns whether no statement of the documents depends on the principal.
    fn are_same_for_all(&self, documents: &[DocumentId]) -> bool {
        let mut entries = documents.iter().map(|&document| self.documents.get(document));
        entries.all(|entry| entry.is_none_or(|entry| entry.dependences.is_empty()))
    }

    /// Returns those documents of a principal that can deny something of what a document allows.
    ///
    /// What they deny counts, and not which document says it: thousands of principals have an inline policy of their own
    /// that denies the same.
    fn touching(&mut self, known: &KnownLimits, allowing: DocumentId) -> Touching {
        let mut touching = Touching::default();
        for &document in &known.denies {
            let denied = self.documents.touching(document, allowing);
            if !denied.is_empty() {
                touching.documents.push(document);
                touching.denied.extend_from_slice(&denied);
            }
        }
        touching
    }

    /// Returns the table of what an identity-based policy grants to a principal.
    ///
    /// Of what the principal's policies deny only that counts which the document may allow: principals that hold one
    /// document share a table whatever their other policies deny of other services.
    pub(super) fn identity_table(
        &mut self,
        facts: &PrincipalFacts,
        known: &mut KnownLimits,
        document: DocumentId,
    ) -> TableId {
        let is_user = matches!(facts.principal.identity, PrincipalIdentity::User { .. });
        let shared = (self.all_limits(facts, known), document, is_user);
        // Policies of resources that name the principal may make a table of its own.
        if facts.named.is_empty()
            && let Some(&table) = self.shared_tables.get(&shared)
        {
            return table;
        }
        let touching = self.touching(known, document);
        let is_shared = facts.named.is_empty()
            && self.are_same_for_all(&[document])
            && self.are_same_for_all(&touching.documents)
            && self.concerned(document).is_empty();
        let deny_signature = self.known_deny_signature(facts, known, &touching);
        let signature = self.granting_signature(facts, document);
        let allowed_on = self.allowed_on(document);
        let granting = (!signature.is_empty() || allowed_on.has_policies)
            .then(|| (document, self.signature_number(signature)));
        let key = ClassKey {
            principal_limits: known.principal_limits,
            deny_signature,
            // A document that reaches resources with policies has classes of its own: the policies that name a
            // principal count for this document, and not for others.
            granting,
            allowances: Vec::new(),
            is_user: allowed_on.has_sessions.then_some(is_user),
        };
        let class = self.class(key, facts, touching.documents, Vec::new());
        let table = self.table(TableSpec {
            class,
            document,
            resource: None,
        });
        if is_shared {
            self.shared_tables.insert(shared, table);
        }
        table
    }

    /// Returns the class of one principal alone. No other principal has the same name, so that nobody shares it.
    pub(super) fn own_class(&mut self, facts: &PrincipalFacts, known: &mut KnownLimits) -> PrincipalClassId {
        let own = known
            .own_class
            .unwrap_or_else(|| self.new_class(facts, known.denies.clone(), facts.identity.clone()));
        known.own_class = Some(own);
        own
    }

    /// Returns the table of what the policy of a resource grants to a principal.
    pub(super) fn resource_table(
        &mut self,
        facts: &PrincipalFacts,
        known: &mut KnownLimits,
        number: ResourcePolicyId,
    ) -> Option<TableId> {
        let document = self.resource_policies.get(number)?.document;
        let class = self.own_class(facts, known);
        Some(self.table(TableSpec {
            class,
            document,
            resource: Some(number),
        }))
    }

    /// Returns the table of what the policy of a resource grants to a principal whose account it names.
    ///
    /// Principals whose identity-based policies allow the same on the resource share it unless a statement depends on the
    /// principal.
    pub(super) fn account_table(
        &mut self,
        facts: &PrincipalFacts,
        known: &mut KnownLimits,
        number: ResourcePolicyId,
    ) -> Option<TableId> {
        let policy = self.resource_policies.get(number)?;
        let document = policy.document;
        // Only policies that can concern the resource distinguish principals: their other policies may differ.
        let mut identity = facts.identity.clone();
        identity.retain(|&own| self.documents.may_allow(own, number, policy));
        let allowances = self.documents.allowances(&identity, policy);
        let touching = self.touching(known, document);
        let mut signature = Signature::new();
        for &(_, id, place) in &allowances {
            if let Some(entry) = self.documents.get(id)
                && let Some(dependence) = entry.dependence(place)
            {
                facts.sign(entry, dependence, &mut signature);
            }
        }
        if let Some(entry) = self.documents.get(document) {
            facts.sign_resource_side(entry, &mut signature);
        }
        let key = ClassKey {
            principal_limits: known.principal_limits,
            deny_signature: self.known_deny_signature(facts, known, &touching),
            granting: Some((document, self.signature_number(signature))),
            allowances: allowances.into_iter().map(|(number, ..)| number).collect(),
            is_user: None,
        };
        let class = self.class(key, facts, touching.documents, identity);
        Some(self.table(TableSpec {
            class,
            document,
            resource: Some(number),
        }))
    }

    /// Returns whether some identity-based policy of a principal may allow something on a resource that has a policy.
    pub(super) fn may_be_let_through(&mut self, facts: &PrincipalFacts, number: ResourcePolicyId) -> bool {
        let Some(policy) = self.resource_policies.get(number) else {
            return false;
        };
        facts.incomplete
            || facts
                .identity
                .iter()
                .any(|&document| self.documents.may_allow(document, number, policy))
    }

    fn class(
        &mut self,
        key: ClassKey,
        facts: &PrincipalFacts,
        denies: Vec<DocumentId>,
        identity: Vec<DocumentId>,
    ) -> PrincipalClassId {
        if let Some(&number) = self.class_numbers.get(&key) {
            return number;
        }
        let number = self.new_class(facts, denies, identity);
        self.class_numbers.insert(key, number);
        number
    }

    fn new_class(
        &mut self,
        facts: &PrincipalFacts,
        denies: Vec<DocumentId>,
        identity: Vec<DocumentId>,
    ) -> PrincipalClassId {
        let number = self.principal_classes.next_id();
        self.principal_classes.push(PrincipalClass {
            principal: facts.principal.clone(),
            extent: facts.extent.clone(),
            account: facts.account.as_str().into(),
            context: Arc::clone(&facts.context),
            denies,
            identity,
            boundary: facts.boundary,
            service_control: facts.service_control.clone(),
            incomplete: facts.incomplete,
        });
        number
    }

    fn table(&mut self, spec: TableSpec) -> TableId {
        let next = self.tables.next_id();
        let number = *self.table_numbers.entry(spec).or_insert(next);
        if number == next {
            self.tables.push(spec);
        }
        number
    }
}
