//! Explains a row.

use super::destination::{Destination, Relation};
use super::draft::Candidate;
use super::effective_grant::EffectiveGrant;
use super::request::{Relations, RequestClass, known_by_action};
use super::resource_side::DenyMatch;
use super::row_parts::RowParts;
use super::{identity_grants, resource_control, resource_grants, resource_side};
use crate::aws::data::{Boundary, CompiledDocument, DocumentId, ResourcePolicy, ServiceControl, Snapshot};
use crate::aws::{ACCESS_CONTROL_LISTS, KEY_GRANTS, LAKE_FORMATION, RESOURCE_CONTROL, SESSION_POLICIES};
use crate::row::{ExplainedStatement, Explanation, Layer, Residual, RowResult};
use iam::arn::{ArnPattern, ShortArn};
use iam::condition::Expression;
use iam::context::Layered;
use iam::document::Effect;
use iam::matching::Grants;
use iam::policy::CompiledStatement;
use std::collections::BTreeSet;

/// A policy with the layer that it is part of
#[derive(Clone, Copy)]
struct PolicyLocation<'a> {
    layer: Layer,
    level: Option<usize>,
    id: &'a str,
}

impl<'a> PolicyLocation<'a> {
    const fn new(layer: Layer, id: &'a str) -> Self {
        Self {
            layer,
            level: None,
            id,
        }
    }

    fn of_resource(policy: &'a ResourcePolicy) -> Self {
        let layer = if policy.is_trust {
            Layer::Trust
        } else {
            Layer::Resource
        };
        Self::new(layer, &policy.resource)
    }

    fn explain(
        &self,
        document: &CompiledDocument,
        statement: &CompiledStatement,
        relation: &Relation,
    ) -> Option<ExplainedStatement> {
        let (whole, conditional) = match relation {
            Relation::None => return None,
            Relation::Some => (false, statement.condition != Expression::True),
            Relation::All(holds) => (true, *holds != Expression::True),
        };
        Some(ExplainedStatement {
            layer: self.layer,
            level: self.level,
            policy_id: self.id.to_owned(),
            statement: statement.index,
            sid: statement.sid.as_deref().map(str::to_owned),
            effect: statement.effect.as_str(),
            whole,
            conditional,
            json: document.json(statement),
        })
    }
}

/// Explains one row.
pub(crate) fn explain(row: &RowParts<'_>) -> Explanation {
    let snapshot = row.snapshot;
    let mut explanation = Explanation {
        result: RowResult::Allowed,
        residual: None,
        granting: Vec::new(),
        also_allowing: Vec::new(),
        limiting: Vec::new(),
        owner_assumed: false,
        not_evaluated: not_evaluated(row),
        administrator_path: None,
        policies: Vec::new(),
    };
    let spec = snapshot.tables.get(row.attachment.table);
    let class = spec.and_then(|spec| Some((spec, snapshot.principal_classes.get(spec.class)?)));
    let (Some((spec, class)), Some(document)) = (class, snapshot.document_of(row.attachment)) else {
        return explanation;
    };
    let text = row.table.dest(row.row);
    let pattern = ArnPattern::parse(text, ShortArn::Padded);
    let policy = snapshot.resource_policies.of(&pattern);
    let is_known = snapshot.actions.is_known(row.row.action);
    let of_type = (row.resource_type(), is_known);
    let destination = Destination::new(snapshot, text, &pattern, policy, of_type);
    let of_destination = destination.context(snapshot);
    let request = RequestClass {
        snapshot,
        action: row.row.action,
        destination: &destination,
        class,
        keys: Layered(&[
            &class.context,
            &of_destination,
            known_by_action(snapshot, row.row.action),
        ]),
        relations: &Relations::default(),
    };
    let explainer = Explainer {
        snapshot,
        request: &request,
        row,
        document,
        granting_resource: spec.resource.and_then(|id| snapshot.resource_policies.get(id)),
    };
    if resource_control::is_missing(&request) {
        explanation.not_evaluated.insert(0, RESOURCE_CONTROL);
    }
    explanation.owner_assumed = destination.has_assumed_owner();
    explanation.granting = explainer.granting();
    explanation.also_allowing = explainer.also_allowing();
    explanation.limiting = explainer.limiting();
    let statements = row.table.statements(row.row).iter();
    let mut granting: Vec<Candidate> = statements
        .map(|&statement| Candidate::of_statement(statement))
        .collect();
    let grant = match explainer.granting_resource {
        Some(policy) => resource_grants::effective(&request, document, policy, &mut granting),
        None => identity_grants::effective(&request, document, &mut granting),
    };
    if let Some((left, _)) = grant.and_then(EffectiveGrant::left)
        && left != Expression::True
    {
        explanation.result = RowResult::Conditional;
        explanation.residual = Some(Residual(left));
    }
    explanation
}

/// Holds what the explanation of one row looks at
struct Explainer<'a> {
    snapshot: &'a Snapshot,
    request: &'a RequestClass<'a>,
    row: &'a RowParts<'a>,
    /// The granting document
    document: &'a CompiledDocument,
    /// The policy of a resource that the granting document is, if it is one
    granting_resource: Option<&'a ResourcePolicy>,
}

impl Explainer<'_> {
    fn granting(&self) -> Vec<ExplainedStatement> {
        let policy = self.snapshot.policies.get(self.row.attachment.policy);
        let location = match self.granting_resource {
            Some(resource) => PolicyLocation::of_resource(resource),
            None => PolicyLocation::new(Layer::Identity, policy.map_or("", |policy| &policy.id)),
        };
        let statements = self.row.table.statements(self.row.row).iter();
        let explained = statements.filter_map(|&index| {
            let statement = self.document.statement(index)?;
            // The statement names the destination, because the row was made from it.
            let holds = statement.condition.resolve(&self.request.keys);
            location.explain(self.document, statement, &Relation::All(holds))
        });
        explained.collect()
    }

    fn also_allowing(&self) -> Vec<ExplainedStatement> {
        let mut found = Vec::new();
        let account = &self.request.class.account;
        match (self.granting_resource, self.request.resource_policy()) {
            (Some(policy), _)
                if (!account.is_empty() && policy.account != *account)
                    || self.is_granted(|one| one.account) =>
            {
                for (id, document) in self.identity_policies() {
                    self.allows(PolicyLocation::new(Layer::Identity, id), document, &mut found);
                }
            }
            (None, Some(policy))
                if resource_side::is_asked(self.request, policy)
                    && (policy.must_allow() || policy.account != *account) =>
            {
                self.allows(PolicyLocation::of_resource(policy), policy.document, &mut found);
            }
            (_, _) => {}
        }
        once(&mut found);
        found
    }

    fn limiting(&self) -> Vec<ExplainedStatement> {
        let class = self.request.class;
        let mut found = Vec::new();
        if self.request.needs_no_permission() {
            return found;
        }
        for (id, document) in self.identity_policies() {
            self.denies(
                PolicyLocation::new(Layer::Identity, id),
                document,
                true,
                &mut found,
            );
        }
        if let (Boundary::Document(document), Some(id)) = (class.boundary, &self.row.source.boundary) {
            let location = PolicyLocation::new(Layer::Boundary, id);
            self.denies(location, document, true, &mut found);
            // Within an account a boundary does not limit what a resource grants to a user or a session.
            let limits = match self.granting_resource {
                None => true,
                Some(policy) => {
                    policy.account != class.account || self.is_granted(|one| one.limited.or(one.account))
                }
            };
            if limits {
                self.allows_part(location, document, &mut found);
            }
        }
        if let ServiceControl::Levels(levels) = &class.service_control {
            for (level, attached) in levels.iter().enumerate() {
                let policies = attached.iter();
                for policy in policies.filter_map(|&id| self.snapshot.service_control_policies.get(id)) {
                    let location = PolicyLocation {
                        level: Some(level),
                        ..PolicyLocation::new(Layer::ServiceControl, &policy.id)
                    };
                    self.denies(location, policy.document, true, &mut found);
                    self.allows_part(location, policy.document, &mut found);
                }
            }
        }
        for (level, policy) in resource_control::binding(self.request) {
            let location = PolicyLocation {
                level: Some(level),
                ..PolicyLocation::new(Layer::ResourceControl, &policy.id)
            };
            self.denies(location, policy.document, true, &mut found);
        }
        for (policy, alone) in resource_side::denying(self.request) {
            let location = PolicyLocation::of_resource(policy);
            self.denies(location, policy.document, alone, &mut found);
        }
        once(&mut found);
        found
    }

    /// Returns the ids and the documents of the source's own policies.
    fn identity_policies(&self) -> impl Iterator<Item = (&str, DocumentId)> {
        let own = self.row.source.attachments.iter().filter(|one| {
            let spec = self.snapshot.tables.get(one.table);
            spec.is_some_and(|spec| spec.resource.is_none())
        });
        own.filter_map(|one| self.snapshot.policies.get(one.policy))
            .map(|policy| (&*policy.id, policy.document))
    }

    /// Returns whether a granting statement of a resource's policy names the principal in some way.
    fn is_granted(&self, way: impl Fn(Grants) -> Expression) -> bool {
        let statements = self.row.table.statements(self.row.row).iter();
        let mut principals =
            statements.filter_map(|&index| self.document.statement(index)?.principals.as_ref());
        principals.any(|one| way(one.grants(&self.request.class.principal)) != Expression::False)
    }

    /// Returns Allow statements about the row; where principals are named, only those that name the principal.
    fn allows(
        &self,
        location: PolicyLocation<'_>,
        document: DocumentId,
        found: &mut Vec<ExplainedStatement>,
    ) {
        let Some(document) = self.snapshot.documents.get(document) else {
            return;
        };
        for statement in document.about(Effect::Allow, self.request.action) {
            let named = statement
                .principals
                .as_ref()
                .map_or(Expression::True, |principals| {
                    principals.grants(&self.request.class.principal).any()
                });
            let relation = match self.request.relation(statement) {
                Relation::All(holds) => Relation::all(named.and(holds)),
                Relation::Some if named == Expression::False => Relation::None,
                other @ (Relation::Some | Relation::None) => other,
            };
            found.extend(location.explain(document, statement, &relation));
        }
    }

    /// Returns Allow statements of a layer that must allow, where they allow only a part of the row.
    fn allows_part(
        &self,
        location: PolicyLocation<'_>,
        document: DocumentId,
        found: &mut Vec<ExplainedStatement>,
    ) {
        let mut all = Vec::new();
        self.allows(location, document, &mut all);
        found.extend(all.into_iter().filter(|one| !one.whole || one.conditional));
    }

    fn denies(
        &self,
        location: PolicyLocation<'_>,
        document: DocumentId,
        alone: bool,
        found: &mut Vec<ExplainedStatement>,
    ) {
        let Some(document) = self.snapshot.documents.get(document) else {
            return;
        };
        for statement in document.about(Effect::Deny, self.request.action) {
            let named = resource_side::deny_match(self.request, statement);
            let relation = match (named, self.request.relation(statement)) {
                (DenyMatch::None, _) | (_, Relation::None) => Relation::None,
                (DenyMatch::All(named), Relation::All(about)) if alone => Relation::all(named.and(about)),
                (DenyMatch::All(_) | DenyMatch::Some, Relation::All(_) | Relation::Some) => Relation::Some,
            };
            found.extend(location.explain(document, statement, &relation));
        }
    }
}

fn not_evaluated(row: &RowParts<'_>) -> Vec<&'static str> {
    let of_service = match row.action().split(':').next() {
        Some("s3") => Some(ACCESS_CONTROL_LISTS),
        Some("kms") => Some(KEY_GRANTS),
        Some("athena" | "glue" | "lakeformation") => Some(LAKE_FORMATION),
        Some(_) | None => None,
    };
    let of_source = row.source.has_sessions().then_some(SESSION_POLICIES);
    of_source.into_iter().chain(of_service).collect()
}

/// Removes equal statements, because a policy that is held through two groups counts once.
fn once(statements: &mut Vec<ExplainedStatement>) {
    let mut seen = BTreeSet::new();
    statements.retain(|one| seen.insert((one.layer, one.level, one.policy_id.clone(), one.statement)));
}
