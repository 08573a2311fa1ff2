//! Why a row is as it is: the statements that grant it and those that limit it.

use super::limits::Ask;
use super::region::{Region, Relation};
use super::{Boundary, NO_TYPE, ServiceControl, Snapshot};
use crate::row::Place;
use iam::arn::{ArnPattern, ShortArn};
use iam::condition::Expression;
use iam::context::Layered;
use iam::document::Effect;
use serde::Serialize;

/// The statements behind a row
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Every statement of the granting policy that grants the row
    pub granting: Vec<ExplainedStatement>,
    /// Every Deny of identity policies, boundary and service control policies that takes something away, and every Allow
    /// of boundary and service control policies that lets only a part through
    pub limiting: Vec<ExplainedStatement>,
}

/// A statement that counts for a row
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedStatement {
    /// `identity`, `boundary` or `serviceControl`
    pub layer: &'static str,
    /// Id of the policy; of several service control policies that say the same, the first
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

impl Snapshot {
    pub(crate) fn explain(&self, place: &Place<'_>) -> Explanation {
        let mut explanation = Explanation {
            granting: Vec::new(),
            limiting: Vec::new(),
        };
        let holder = self
            .specs
            .get(place.attachment.table)
            .and_then(|spec| self.holders.get(spec.holder));
        let Some(holder) = holder else {
            return explanation;
        };
        let text = place.table.dest(place.grant);
        let pattern = ArnPattern::parse(text, ShortArn::Padded);
        let number = place.grant.resource_type;
        let types = self.type_patterns(number);
        let known = self
            .actions
            .get(place.grant.action)
            .is_some_and(|action| action.known);
        let region = Region {
            text,
            pattern: &pattern,
            types: &types,
            unspecified: number == NO_TYPE && known && pattern.is_universal(),
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
        let granted = place.table.statements(place.grant);
        let policy = self.policies.get(place.attachment.policy);
        if let (Some(policy), Some(document)) = (policy, self.document_of(place.attachment)) {
            for &index in granted {
                let Some(statement) = document.policy.statements().get(usize::from(index)) else {
                    continue;
                };
                let conditional = statement.condition.resolve(&ask.keys) != Expression::True;
                explanation
                    .granting
                    .push(explained("identity", &policy.id, statement, true, conditional));
            }
        }
        for attachment in &place.source.attachments {
            if let Some(policy) = self.policies.get(attachment.policy) {
                self.limiting(
                    &ask,
                    "identity",
                    &policy.id,
                    policy.document,
                    &mut explanation.limiting,
                );
            }
        }
        if let (Boundary::Document(document), Some(id)) = (holder.boundary, &place.source.boundary) {
            self.limiting(&ask, "boundary", id, document, &mut explanation.limiting);
        }
        if let ServiceControl::Levels(levels) = &holder.service_control {
            for &document in levels.iter().flatten() {
                let id = self.service_control_ids.get(&document).map_or("", String::as_str);
                self.limiting(&ask, "serviceControl", id, document, &mut explanation.limiting);
            }
        }
        // A policy held through two groups limits once.
        let mut seen = std::collections::BTreeSet::new();
        explanation
            .limiting
            .retain(|one| seen.insert((one.layer, one.policy_id.clone(), one.statement)));
        explanation
    }

    fn limiting(
        &self,
        ask: &Ask<'_>,
        layer: &'static str,
        id: &str,
        document: usize,
        found: &mut Vec<ExplainedStatement>,
    ) {
        let Some(document) = self.documents.get(document) else {
            return;
        };
        for (_, statement, runs) in document.statements() {
            let denies = statement.effect == Effect::Deny;
            // What other identity policies allow limits nothing.
            if !runs.contains(ask.action) || (!denies && layer == "identity") {
                continue;
            }
            let (whole, conditional) = match ask.relation(statement) {
                Relation::None => continue,
                Relation::Some => (false, statement.condition.resolve(&ask.keys) != Expression::True),
                Relation::All(holds) => (true, holds != Expression::True),
            };
            if denies || !whole || conditional {
                found.push(explained(layer, id, statement, whole, conditional));
            }
        }
    }
}

fn explained(
    layer: &'static str,
    policy: &str,
    statement: &iam::policy::CompiledStatement,
    whole: bool,
    conditional: bool,
) -> ExplainedStatement {
    ExplainedStatement {
        layer,
        policy_id: policy.to_owned(),
        statement: statement.index,
        sid: statement.sid.as_deref().map(str::to_owned),
        effect: statement.effect.as_str(),
        whole,
        conditional,
    }
}
