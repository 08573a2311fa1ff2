//! A query taken apart by what each predicate looks at.

use super::view::{AttachmentView, SourceView};
use crate::actions::AccessLevel;
use crate::row::Place;
use crate::snapshot::{Attachment, Grant, Snapshot, Source};
use rql::{
    BoolAttribute, Expr, IntAttribute, LiteralList, Predicate, TagAttribute, TextAttribute, TextMatch,
    predicate_holds,
};
use std::collections::HashMap;

/// Numbers of rows by table and by what sources and attachments decided
pub(super) type Counts = HashMap<(usize, Outcomes), u64>;

/// What a predicate looks at
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Source,
    Attachment,
    /// The action alone
    Action,
    Row,
    /// Row and source: the same table gives different answers for different sources
    RowOfSource,
}

enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Leaf(usize),
}

/// One operand of the topmost OR
pub(super) struct Alternative {
    node: Node,
    /// The actions that must all be held through one entity
    pub(super) all_of: Option<LiteralList>,
    /// The only actions that can pass, ascending; none when nothing narrows them
    actions: Option<Vec<u32>>,
    /// Of every document: whether it allows one of them
    allowing: Vec<bool>,
}

/// A query made ready for a snapshot
pub(super) struct Plan<'p> {
    snapshot: &'p Snapshot,
    predicates: Vec<Predicate>,
    stages: Vec<Stage>,
    pub(super) alternatives: Vec<Alternative>,
    /// Of predicates about actions alone: the outcome for every action
    by_action: Vec<Option<Vec<bool>>>,
    rows_depend_on_source: bool,
}

/// What is decided of the predicates, by number
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Outcomes(Vec<Option<bool>>);

impl<'p> Plan<'p> {
    pub(super) fn new(snapshot: &'p Snapshot, query: &rql::Query) -> Self {
        let mut predicates = Vec::new();
        let mut parts = Vec::new();
        for alternative in query.alternatives() {
            let operands = alternative
                .filter
                .iter()
                .map(|part| node(part, &mut predicates))
                .collect();
            parts.push((Node::All(operands), alternative.actions));
        }
        let has_usage = snapshot.last_accessed.is_some();
        let stages: Vec<Stage> = predicates.iter().map(|one| stage(one, has_usage)).collect();
        let by_action: Vec<Option<Vec<bool>>> = predicates
            .iter()
            .zip(&stages)
            .map(|(predicate, stage)| (*stage == Stage::Action).then(|| of_actions(snapshot, predicate)))
            .collect();
        let mut plan = Self {
            snapshot,
            rows_depend_on_source: stages.contains(&Stage::RowOfSource),
            predicates,
            stages,
            alternatives: Vec::new(),
            by_action,
        };
        for (node, all_of) in parts {
            let actions = plan.possible_actions(&node, all_of.as_ref());
            let documents = snapshot.documents.iter();
            let allowing =
                documents.map(|one| actions.as_ref().is_none_or(|actions| one.allows_any(actions)));
            plan.alternatives.push(Alternative {
                node,
                all_of,
                allowing: allowing.collect(),
                actions,
            });
        }
        plan
    }

    /// The alternative, when it is the only one and is about single rows.
    pub(super) fn only(&self) -> Option<&Alternative> {
        match self.alternatives.as_slice() {
            [only] if only.all_of.is_none() => Some(only),
            _ => None,
        }
    }

    pub(super) const fn rows_depend_on_source(&self) -> bool {
        self.rows_depend_on_source
    }

    /// The actions for which the alternative is not already false.
    fn possible_actions(&self, node: &Node, all_of: Option<&LiteralList>) -> Option<Vec<u32>> {
        if all_of.is_none() && self.by_action.iter().all(Option::is_none) {
            return None;
        }
        let possible = (0..self.snapshot.actions.count()).filter(|&action| {
            let index = usize::try_from(action).unwrap_or(usize::MAX);
            let name = self.snapshot.actions.get(action).map_or("", |one| &one.name);
            all_of.is_none_or(|list| list.contains(name))
                && decide(node, &|leaf| {
                    self.by_action.get(leaf)?.as_ref()?.get(index).copied()
                }) != Some(false)
        });
        Some(possible.collect())
    }

    /// What the source decides; none when the alternative is false for all of its rows.
    pub(super) fn of_source(&self, alternative: &Alternative, source: &Source) -> Option<Outcomes> {
        let view = SourceView {
            snapshot: self.snapshot,
            source,
        };
        let outcomes = self
            .predicates
            .iter()
            .zip(&self.stages)
            .map(|(predicate, stage)| (*stage == Stage::Source).then(|| predicate_holds(predicate, &view)));
        let outcomes = Outcomes(outcomes.collect());
        (decide(&alternative.node, &|leaf| outcomes.get(leaf)) != Some(false)).then_some(outcomes)
    }

    /// What source and attachment decide; none when the alternative is false for all of their rows.
    pub(super) fn of_attachment(
        &self,
        alternative: &Alternative,
        of_source: &Outcomes,
        source: &Source,
        attachment: Attachment,
    ) -> Option<Outcomes> {
        let document = self.snapshot.policies.get(attachment.policy)?.document;
        if alternative.allowing.get(document) != Some(&true) {
            return None;
        }
        let mut outcomes = of_source.clone();
        let view = AttachmentView {
            snapshot: self.snapshot,
            source,
            attachment,
        };
        for ((slot, predicate), stage) in outcomes.0.iter_mut().zip(&self.predicates).zip(&self.stages) {
            if *stage == Stage::Attachment {
                *slot = Some(predicate_holds(predicate, &view));
            }
        }
        (decide(&alternative.node, &|leaf| outcomes.get(leaf)) != Some(false)).then_some(outcomes)
    }

    /// The grants of an attachment whose action can pass.
    pub(super) fn grants<'a>(
        &self,
        alternative: &'a Alternative,
        attachment: Attachment,
    ) -> impl Iterator<Item = &'p Grant> + use<'a, 'p> {
        let grants = self.snapshot.table(attachment.table).grants.as_slice();
        let (all, some): (&[Grant], &[u32]) = match &alternative.actions {
            None => (grants, &[]),
            Some(actions) => (&[], actions),
        };
        all.iter().chain(Narrowed {
            grants,
            actions: some,
            run: [].iter(),
        })
    }

    pub(super) fn keeps(&self, alternative: &Alternative, outcomes: &Outcomes, place: &Place<'_>) -> bool {
        let action = usize::try_from(place.grant.action).unwrap_or(usize::MAX);
        let held = decide(&alternative.node, &|leaf| {
            outcomes.get(leaf).or_else(|| match self.by_action.get(leaf) {
                Some(Some(by_action)) => by_action.get(action).copied(),
                Some(None) | None => self
                    .predicates
                    .get(leaf)
                    .map(|predicate| predicate_holds(predicate, place)),
            })
        });
        held == Some(true)
    }
}

/// Grants of some actions, both sorted by action
struct Narrowed<'a, 'g> {
    grants: &'g [Grant],
    actions: &'a [u32],
    run: std::slice::Iter<'g, Grant>,
}

impl<'g> Iterator for Narrowed<'_, 'g> {
    type Item = &'g Grant;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(grant) = self.run.next() {
                return Some(grant);
            }
            // Skip to the next action that both have; each step jumps over what the other side lacks.
            let action = *self.actions.first()?;
            let start = self.grants.partition_point(|grant| grant.action < action);
            let rest = self.grants.get(start..)?;
            let next = rest.first()?.action;
            if next == action {
                let end = rest.partition_point(|grant| grant.action == action);
                self.run = rest.get(..end)?.iter();
                self.grants = rest.get(end..)?;
                self.actions = self.actions.get(1..)?;
            } else {
                self.grants = rest;
                let skip = self.actions.partition_point(|&one| one < next);
                self.actions = self.actions.get(skip..)?;
            }
        }
    }
}

impl Outcomes {
    fn get(&self, leaf: usize) -> Option<bool> {
        self.0.get(leaf).copied().flatten()
    }
}

fn node(expression: &Expr, predicates: &mut Vec<Predicate>) -> Node {
    match expression {
        Expr::And(operands) => Node::All(operands.iter().map(|one| node(one, predicates)).collect()),
        Expr::Or(operands) => Node::Any(operands.iter().map(|one| node(one, predicates)).collect()),
        Expr::Not(operand) => Node::Not(Box::new(node(operand, predicates))),
        Expr::Predicate(predicate) => {
            predicates.push(predicate.clone());
            Node::Leaf(predicates.len().saturating_sub(1))
        }
    }
}

/// The answer in three-valued logic; none while it hangs on a predicate that is not decided.
fn decide(node: &Node, outcome: &impl Fn(usize) -> Option<bool>) -> Option<bool> {
    match node {
        Node::Leaf(leaf) => outcome(*leaf),
        Node::Not(operand) => decide(operand, outcome).map(|holds| !holds),
        Node::All(operands) => fold(operands, outcome, false),
        Node::Any(operands) => fold(operands, outcome, true),
    }
}

fn fold(operands: &[Node], outcome: &impl Fn(usize) -> Option<bool>, decisive: bool) -> Option<bool> {
    let mut open = false;
    for operand in operands {
        match decide(operand, outcome) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(!decisive)
}

fn stage(predicate: &Predicate, has_usage: bool) -> Stage {
    match predicate {
        Predicate::Text { attribute, .. } => text_stage(*attribute),
        // A table belongs to one account, so it decides both accounts.
        Predicate::Accounts { .. } | Predicate::Condition { .. } => Stage::Row,
        Predicate::ContainsAll { .. } => Stage::Action,
        Predicate::Bool { attribute, .. } => match attribute {
            BoolAttribute::SourceAccountIsVendor
            | BoolAttribute::SourceMfaEnabled
            | BoolAttribute::SourcePublic => Stage::Source,
            BoolAttribute::PolicyIsExcessive => Stage::Attachment,
            BoolAttribute::DestWildcardScope | BoolAttribute::ActionIsAdministrative => Stage::Row,
        },
        Predicate::Int { attribute, .. } => match attribute {
            IntAttribute::EntityLastLoginDays => Stage::Attachment,
            IntAttribute::ActionLastAccessDays if has_usage => Stage::RowOfSource,
            IntAttribute::AccessKeyLastUsedDays
            | IntAttribute::AccessKeyActiveKeys
            | IntAttribute::ActionLastAccessDays => Stage::Source,
        },
        Predicate::Tag { attribute, .. } => match attribute {
            TagAttribute::SourceResourceTag => Stage::Source,
            TagAttribute::PolicyTag | TagAttribute::EntityTag => Stage::Attachment,
            TagAttribute::DestResourceTag => Stage::Row,
        },
    }
}

fn text_stage(attribute: TextAttribute) -> Stage {
    match attribute {
        TextAttribute::SourceCloudType
        | TextAttribute::SourceAccount
        | TextAttribute::SourceAccountGroup
        | TextAttribute::SourceRegion
        | TextAttribute::SourceServiceName
        | TextAttribute::SourceResourceName
        | TextAttribute::SourceResourceType
        | TextAttribute::SourceResourceId
        | TextAttribute::SourceResourceUai
        | TextAttribute::SourceEmail
        | TextAttribute::SourceIdpService
        | TextAttribute::SourceIdpEmail
        | TextAttribute::SourceIdpGroup
        | TextAttribute::SourceIdpUsername
        | TextAttribute::SourceIdpDomain => Stage::Source,
        TextAttribute::GrantedByCloudType
        | TextAttribute::PolicyId
        | TextAttribute::PolicyName
        | TextAttribute::PolicyType
        | TextAttribute::EntityId
        | TextAttribute::EntityName
        | TextAttribute::EntityType
        | TextAttribute::LevelId
        | TextAttribute::LevelName
        | TextAttribute::LevelType => Stage::Attachment,
        TextAttribute::ActionName | TextAttribute::ActionAccessLevel => Stage::Action,
        TextAttribute::DestCloudType
        | TextAttribute::DestAccount
        | TextAttribute::DestAccountGroup
        | TextAttribute::DestRegion
        | TextAttribute::DestServiceName
        | TextAttribute::DestResourceName
        | TextAttribute::DestResourceId
        | TextAttribute::DestResourceType => Stage::Row,
    }
}

/// The outcome of a predicate about actions alone, for every action.
fn of_actions(snapshot: &Snapshot, predicate: &Predicate) -> Vec<bool> {
    let Predicate::Text { attribute, test } = predicate else {
        return Vec::new();
    };
    let actions = (0..snapshot.actions.count()).filter_map(|number| snapshot.actions.get(number));
    if *attribute == TextAttribute::ActionAccessLevel {
        return actions
            .map(|action| test.holds(action.level.map(AccessLevel::as_str)))
            .collect();
    }
    // Names that are given whole are looked up instead of compared with 22,000 others.
    let mut outcomes = vec![test.negated; actions.size_hint().1.unwrap_or_default()];
    let mut mark = |lower: &str| {
        let number = snapshot
            .actions
            .find(lower)
            .and_then(|number| usize::try_from(number).ok());
        if let Some(slot) = number.and_then(|number| outcomes.get_mut(number)) {
            *slot = !test.negated;
        }
    };
    match &test.matcher {
        TextMatch::Equals(literal) => mark(literal.lowered()),
        TextMatch::In(list) => list.distinct().for_each(mark),
        TextMatch::Like(_) | TextMatch::StartsWith(_) | TextMatch::EndsWith(_) | TextMatch::Contains(_) => {
            return actions.map(|action| test.holds([&*action.name])).collect();
        }
    }
    outcomes
}
