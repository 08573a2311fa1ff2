//! Why a row is as it is: the statements that grant it and those that limit it, and what it hangs on.

use super::grants::Candidate;
use super::limits::{Ask, Net};
use super::other_side::Bound;
use super::region::{Region, Relation};
use super::resource_policies::ResourcePolicy;
use super::{
    ACCESS_CONTROL_LISTS, Boundary, CompiledDocument, KEY_GRANTS, LAKE_FORMATION, NO_TYPE, Residual,
    SESSION_POLICIES, ServiceControl, Snapshot,
};
use crate::row::Place;
use iam::arn::{ArnPattern, ShortArn};
use iam::condition::Expression;
use iam::context::Layered;
use iam::document::Effect;
use iam::policy::CompiledStatement;
use serde::Serialize;
use std::collections::BTreeSet;

/// The statements behind a row, and what it hangs on
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// What is known of the request decides, or not
    pub result: RowResult,
    /// Present when the result is conditional
    pub residual: Option<Residual>,
    /// Every statement of the granting policy that grants the row
    pub granting: Vec<ExplainedStatement>,
    /// Where both sides must allow, every Allow of the other side that lets the row or a part of it through: of the policy
    /// of the resource for a grant of an identity policy, of the source's identity policies for a grant of a resource
    pub other_side: Vec<ExplainedStatement>,
    /// Every Deny of any policy that takes something away, and every Allow of boundary and service control policies that
    /// lets only a part through, or only under a condition
    pub limiting: Vec<ExplainedStatement>,
    /// Of [`NOT_EVALUATED`](super::NOT_EVALUATED): what could grant or limit more for this source and service
    pub not_evaluated: Vec<&'static str>,
}

/// Whether a row holds for every request about the resources that its limits leave
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RowResult {
    /// For every request
    Allowed,
    /// Under the residual condition
    Conditional,
}

/// Where a statement stands
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Layer {
    /// A policy of the source or of its groups
    Identity,
    /// The permissions boundary
    Boundary,
    /// A service control policy
    ServiceControl,
    /// The policy of a resource
    Resource,
    /// The trust policy of a role
    Trust,
}

/// A statement that counts for a row
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedStatement {
    /// Where it stands
    pub layer: Layer,
    /// Of a service control policy: 0 for the root, then each organizational unit, last the account
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    /// Id of the policy as in rows; of a service control policy its own
    pub policy_id: String,
    /// Place in the document, from 0
    pub statement: usize,
    /// The statement's own name
    pub sid: Option<String>,
    /// `Allow` or `Deny`
    pub effect: &'static str,
    /// Whether the statement is about all of the row's resources
    pub whole: bool,
    /// Whether it holds only under a condition that is not known
    pub conditional: bool,
}

/// A policy where it stands
#[derive(Clone, Copy)]
struct Standing<'a> {
    layer: Layer,
    level: Option<usize>,
    id: &'a str,
}

impl<'a> Standing<'a> {
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

    fn explain(&self, statement: &CompiledStatement, relation: &Relation) -> Option<ExplainedStatement> {
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
        })
    }
}

impl Snapshot {
    pub(crate) fn explain(&self, place: &Place<'_>) -> Explanation {
        let mut explanation = Explanation {
            result: RowResult::Allowed,
            residual: None,
            granting: Vec::new(),
            other_side: Vec::new(),
            limiting: Vec::new(),
            not_evaluated: not_evaluated(place),
        };
        let spec = self.specs.get(place.attachment.table);
        let known = spec.and_then(|spec| Some((spec, self.holders.get(spec.holder)?)));
        let (Some((spec, holder)), Some(document)) = (known, self.document_of(place.attachment)) else {
            return explanation;
        };
        let text = place.table.dest(place.grant);
        let pattern = ArnPattern::parse(text, ShortArn::Padded);
        let number = place.grant.resource_type;
        let types = self.type_patterns(number);
        let action = self.actions.get(place.grant.action);
        let region = Region {
            text,
            pattern: &pattern,
            types: &types,
            unspecified: number == NO_TYPE
                && pattern.is_universal()
                && action.is_some_and(|action| action.known),
            policy: self.resource_policies.of(&pattern),
        };
        let of_region = self.context_of(&region);
        let contexts = [&holder.context, &of_region];
        let ask = Ask {
            action: place.grant.action,
            region: &region,
            holder,
            keys: Layered(&contexts),
        };
        let source = spec
            .resource
            .and_then(|number| self.resource_policies.get(number));
        self.granting(&ask, place, document, source, &mut explanation);
        self.limiting(&ask, place, source, &mut explanation);
        let mut granting: Vec<Candidate> = place
            .table
            .statements(place.grant)
            .iter()
            .map(|&statement| Candidate::of_grant(place.grant, statement))
            .collect();
        let net = match source {
            Some(policy) => self.resource_net(&ask, document, policy, &mut granting),
            None => self.identity_net(&ask, document, &mut granting),
        };
        if let Some((left, _)) = net.and_then(Net::left)
            && left != Expression::True
        {
            explanation.result = RowResult::Conditional;
            explanation.residual = Some(Residual(left));
        }
        explanation
    }

    fn granting(
        &self,
        ask: &Ask<'_>,
        place: &Place<'_>,
        document: &CompiledDocument,
        source: Option<&ResourcePolicy>,
        explanation: &mut Explanation,
    ) {
        let id = self
            .policies
            .get(place.attachment.policy)
            .map(|policy| &policy.id);
        let standing = match source {
            Some(policy) => Standing::of_resource(policy),
            None => Standing::new(Layer::Identity, id.map_or("", |id| id)),
        };
        for &index in place.table.statements(place.grant) {
            let statement = document.policy.statements().get(usize::from(index));
            explanation.granting.extend(statement.and_then(|statement| {
                // It names the destination: that is how the row came to be.
                let holds = statement.condition.resolve(&ask.keys);
                standing.explain(statement, &Relation::All(holds))
            }));
        }
        let owner = |policy: &ResourcePolicy| policy.account != ask.holder.account;
        match (
            source,
            ask.region
                .policy
                .and_then(|number| self.resource_policies.get(number)),
        ) {
            (Some(policy), _) if !ask.holder.account.is_empty() && owner(policy) => {
                for attachment in self.identity_policies(place) {
                    let standing = Standing::new(Layer::Identity, attachment.0);
                    self.allows(ask, standing, attachment.1, &mut explanation.other_side);
                }
            }
            (None, Some(policy)) if self.asks(ask, policy) && (policy.must_allow() || owner(policy)) => {
                let standing = Standing::of_resource(policy);
                self.allows(ask, standing, policy.document, &mut explanation.other_side);
            }
            (_, _) => {}
        }
        once(&mut explanation.other_side);
    }

    fn limiting(
        &self,
        ask: &Ask<'_>,
        place: &Place<'_>,
        source: Option<&ResourcePolicy>,
        explanation: &mut Explanation,
    ) {
        let found = &mut explanation.limiting;
        for (id, document) in self.identity_policies(place) {
            self.denies(ask, Standing::new(Layer::Identity, id), document, true, found);
        }
        if let (Boundary::Document(document), Some(id)) = (ask.holder.boundary, &place.source.boundary) {
            let standing = Standing::new(Layer::Boundary, id);
            self.denies(ask, standing, document, true, found);
            // Within an account a boundary does not limit what a resource grants to a user or a session.
            let limits = match source {
                None => true,
                Some(policy) => policy.account != ask.holder.account || self.is_limited(ask, place),
            };
            if limits {
                self.allows_part(ask, standing, document, found);
            }
        }
        if let ServiceControl::Levels(levels) = &ask.holder.service_control {
            for (level, attached) in levels.iter().enumerate() {
                for policy in attached
                    .iter()
                    .filter_map(|&number| self.service_control_policies.get(number))
                {
                    let standing = Standing {
                        level: Some(level),
                        ..Standing::new(Layer::ServiceControl, &policy.id)
                    };
                    self.denies(ask, standing, policy.document, true, found);
                    self.allows_part(ask, standing, policy.document, found);
                }
            }
        }
        for (policy, alone) in self.refusing(ask) {
            let standing = Standing::of_resource(policy);
            self.denies(ask, standing, policy.document, alone, found);
        }
        once(found);
    }

    /// Ids and documents of the source's own policies.
    fn identity_policies(&self, place: &Place<'_>) -> impl Iterator<Item = (&str, usize)> {
        let own = place.source.attachments.iter();
        let own = own.filter(|one| {
            self.specs
                .get(one.table)
                .is_some_and(|spec| spec.resource.is_none())
        });
        own.filter_map(|one| self.policies.get(one.policy))
            .map(|policy| (&*policy.id, policy.document))
    }

    /// Whether a grant of a resource names the holder in a way that the boundary limits.
    fn is_limited(&self, ask: &Ask<'_>, place: &Place<'_>) -> bool {
        let statements = self
            .document_of(place.attachment)
            .map(|document| document.policy.statements());
        place.table.statements(place.grant).iter().any(|&index| {
            statements
                .and_then(|statements| statements.get(usize::from(index))?.principals.as_ref())
                .is_some_and(|principals| {
                    principals.grants(&ask.holder.principal).limited != Expression::False
                })
        })
    }

    /// Allow statements about the row, of those that name the holder where principals are named.
    fn allows(
        &self,
        ask: &Ask<'_>,
        standing: Standing<'_>,
        document: usize,
        found: &mut Vec<ExplainedStatement>,
    ) {
        let statements = self.documents.get(document).into_iter();
        for (_, statement, runs) in statements.flat_map(CompiledDocument::statements) {
            if statement.effect != Effect::Allow || !runs.contains(ask.action) {
                continue;
            }
            let named = statement
                .principals
                .as_ref()
                .map_or(Expression::True, |principals| {
                    principals.grants(&ask.holder.principal).any()
                });
            let relation = match ask.relation(statement) {
                Relation::All(holds) => Relation::all(named.and(holds)),
                Relation::Some if named == Expression::False => Relation::None,
                other @ (Relation::Some | Relation::None) => other,
            };
            found.extend(standing.explain(statement, &relation));
        }
    }

    /// Allow statements of a layer that must allow, where they do not let the whole row through.
    fn allows_part(
        &self,
        ask: &Ask<'_>,
        standing: Standing<'_>,
        document: usize,
        found: &mut Vec<ExplainedStatement>,
    ) {
        let mut all = Vec::new();
        self.allows(ask, standing, document, &mut all);
        found.extend(all.into_iter().filter(|one| !one.whole || one.conditional));
    }

    fn denies(
        &self,
        ask: &Ask<'_>,
        standing: Standing<'_>,
        document: usize,
        alone: bool,
        found: &mut Vec<ExplainedStatement>,
    ) {
        let statements = self.documents.get(document).into_iter();
        for (_, statement, runs) in statements.flat_map(CompiledDocument::statements) {
            if statement.effect != Effect::Deny || !runs.contains(ask.action) {
                continue;
            }
            let relation = match (ask.bound(statement), ask.relation(statement)) {
                (Bound::None, _) | (_, Relation::None) => Relation::None,
                (Bound::All(bound), Relation::All(about)) if alone => Relation::all(bound.and(about)),
                (Bound::All(_) | Bound::Some, Relation::All(_) | Relation::Some) => Relation::Some,
            };
            found.extend(standing.explain(statement, &relation));
        }
    }
}

fn not_evaluated(place: &Place<'_>) -> Vec<&'static str> {
    let of_service = match place.action().split(':').next() {
        Some("s3") => Some(ACCESS_CONTROL_LISTS),
        Some("kms") => Some(KEY_GRANTS),
        Some("athena" | "glue" | "lakeformation") => Some(LAKE_FORMATION),
        Some(_) | None => None,
    };
    let of_source = place.source.has_sessions().then_some(SESSION_POLICIES);
    of_source.into_iter().chain(of_service).collect()
}

/// A policy held through two groups counts once.
fn once(statements: &mut Vec<ExplainedStatement>) {
    let mut seen = BTreeSet::new();
    statements.retain(|one| seen.insert((one.layer, one.level, one.policy_id.clone(), one.statement)));
}
