//! Divides a query by what each predicate looks at.
//!
//! A predicate about the source needs no row, one about the action only a number. So a query is decided in stages, each
//! of which fixes the predicates that it knows and leaves a smaller condition: source, attachment, document, action,
//! destination. What is left after a stage is a [`Class`](super::classes::Class) of sources or attachments; there are few
//! of them, and all members of one share their counts.

use super::action_outcomes::{ActionOutcomes, KnownActions};
use super::condition::Node;
use super::occurring::Occurring;
use super::outcomes::Outcomes;
use crate::aws::EffectivePermissions;
use crate::aws::data::Snapshot;
use jiff::civil::Date;
use rql::{
    BoolAttribute, IntAttribute, LiteralList, Predicate, TagAttribute, TextAttribute, predicate_holds,
};
use std::sync::Arc;

/// Says what a predicate looks at, in the order in which it becomes known
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Source,
    /// The account of the source, together with the destination
    Accounts,
    /// The policy or the entity that holds it, or both together with the source
    Attachment,
    /// The predicate asks whether all of the actions are held through the entity
    Group,
    /// The action, unless the document decides for all of its actions
    Action,
    Destination,
    /// The statements that grant the row
    Statements,
    /// The action together with the source
    Usage,
}

/// A predicate of the query, or the part of a `CONTAINS ALL` that is about all rows of an entity
#[derive(Debug, Clone)]
pub(super) enum Leaf {
    Predicate(Predicate),
    /// Every action of the list occurs, through the entity, in rows that pass the condition
    Group {
        actions: LiteralList,
        filter: Node,
    },
}

/// A query made ready for a snapshot
pub(super) struct Plan<'p> {
    pub(super) effective: &'p EffectivePermissions,
    /// The UTC day of the search
    pub(super) today: Date,
    pub(super) leaves: Vec<Leaf>,
    stages: Vec<Stage>,
    pub(super) root: Node,
    pub(super) has_accounts: bool,
    /// Says what occurs in the rows of all shards, for a search over one shard
    pub(super) occurring: Option<&'p Occurring>,
    /// Holds what predicates about actions come to. Counting finds it out, and the rows need it again
    pub(super) known_actions: KnownActions,
}

/// Says what decides a predicate of [`Stage::Attachment`]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AttachmentSubject {
    Policy,
    Entity,
    /// The policy together with the source
    Both,
}

impl<'p> Plan<'p> {
    pub(super) fn new(effective: &'p EffectivePermissions, query: &rql::Query, today: Date) -> Self {
        let mut leaves = Vec::new();
        let mut alternatives = Vec::new();
        for alternative in query.alternatives() {
            let mut operands: Vec<Node> = alternative
                .filter
                .iter()
                .map(|part| node(part, &mut leaves))
                .collect();
            if let Some(actions) = alternative.actions {
                let among = Predicate::ContainsAll {
                    actions: actions.clone(),
                };
                operands.push(leaf(Leaf::Predicate(among), &mut leaves));
                let filter = Node::All(operands.clone());
                operands.push(leaf(Leaf::Group { actions, filter }, &mut leaves));
            }
            alternatives.push(Node::All(operands));
        }
        let has_usage = effective.snapshot().tracks_usage;
        let stages: Vec<Stage> = leaves.iter().map(|leaf| stage(leaf, has_usage)).collect();
        Self {
            effective,
            today,
            has_accounts: stages.contains(&Stage::Accounts),
            stages,
            leaves,
            root: Node::Any(alternatives).fixed(&|_| None),
            occurring: None,
            known_actions: KnownActions::default(),
        }
    }

    pub(super) fn snapshot(&self) -> &'p Snapshot {
        self.effective.snapshot()
    }

    /// Returns the leaves that become known at a stage.
    pub(super) fn at(&self, stage: Stage) -> Vec<usize> {
        let stages = self.stages.iter().enumerate();
        stages
            .filter(|(_, one)| **one == stage)
            .map(|(leaf, _)| leaf)
            .collect()
    }

    pub(super) fn predicate(&self, leaf: usize) -> Option<&Predicate> {
        match self.leaves.get(leaf)? {
            Leaf::Predicate(predicate) => Some(predicate),
            Leaf::Group { .. } => None,
        }
    }

    pub(super) fn outcomes(&self, leaves: &[usize], view: &impl rql::RowView) -> Outcomes {
        let holding = leaves.iter().enumerate().filter(|(_, leaf)| {
            self.predicate(**leaf)
                .is_some_and(|one| predicate_holds(one, view))
        });
        holding.fold(Outcomes::default(), |outcomes, (place, _)| outcomes.with(place))
    }

    /// Returns the outcomes of some leaves about actions.
    pub(super) fn action_outcomes(&self, leaves: &[usize]) -> Arc<ActionOutcomes> {
        self.known_actions.get(leaves, || {
            let predicates = leaves.iter().map(|leaf| self.predicate(*leaf));
            ActionOutcomes::of(self.snapshot(), predicates)
        })
    }

    pub(super) fn stage(&self, leaf: usize) -> Stage {
        self.stages.get(leaf).copied().unwrap_or(Stage::Usage)
    }

    /// Returns whether a predicate about an action is decided by a document that allows everything.
    pub(super) fn is_administrative(&self, leaf: usize) -> bool {
        self.stage(leaf) == Stage::Action && matches!(self.predicate(leaf), Some(Predicate::Bool { .. }))
    }

    /// Returns whether the query asks for sources that can become administrators.
    pub(super) fn asks_for_paths(&self) -> bool {
        let asks = |leaf: &Leaf| {
            matches!(
                leaf,
                Leaf::Predicate(Predicate::Bool {
                    attribute: BoolAttribute::SourceReachesAdministrator
                        | BoolAttribute::SourceReachesAdministratorCertainly,
                    ..
                })
            )
        };
        self.leaves.iter().any(asks)
    }

    pub(super) fn subject(&self, leaf: usize) -> AttachmentSubject {
        match self.predicate(leaf) {
            Some(Predicate::Text { attribute, .. }) if is_about_entity(*attribute) => {
                AttachmentSubject::Entity
            }
            Some(
                Predicate::Int { .. }
                | Predicate::Tag {
                    attribute: TagAttribute::EntityTag,
                    ..
                },
            ) => AttachmentSubject::Entity,
            Some(Predicate::Bool { .. }) => AttachmentSubject::Both,
            Some(_) | None => AttachmentSubject::Policy,
        }
    }
}

fn node(expression: &rql::Expr, leaves: &mut Vec<Leaf>) -> Node {
    match expression {
        rql::Expr::And(operands) => Node::All(operands.iter().map(|one| node(one, leaves)).collect()),
        rql::Expr::Or(operands) => Node::Any(operands.iter().map(|one| node(one, leaves)).collect()),
        rql::Expr::Not(operand) => Node::Not(Box::new(node(operand, leaves))),
        rql::Expr::Predicate(predicate) => leaf(Leaf::Predicate(predicate.clone()), leaves),
    }
}

fn leaf(leaf: Leaf, leaves: &mut Vec<Leaf>) -> Node {
    leaves.push(leaf);
    Node::Leaf(leaves.len().saturating_sub(1))
}

fn stage(leaf: &Leaf, has_usage: bool) -> Stage {
    let predicate = match leaf {
        Leaf::Predicate(predicate) => predicate,
        Leaf::Group { .. } => return Stage::Group,
    };
    match predicate {
        Predicate::Text { attribute, .. } => text_stage(*attribute),
        Predicate::Accounts { .. } => Stage::Accounts,
        Predicate::Condition { .. } => Stage::Statements,
        Predicate::ContainsAll { .. } => Stage::Action,
        // All rows are worked out for the resource, so that each of them covers it.
        Predicate::Covers { .. } => Stage::Source,
        Predicate::Bool { attribute, .. } => match attribute {
            BoolAttribute::SourceAccountIsVendor
            | BoolAttribute::SourceMfaEnabled
            | BoolAttribute::SourcePublic
            | BoolAttribute::SourceReachesAdministrator
            | BoolAttribute::SourceReachesAdministratorCertainly => Stage::Source,
            BoolAttribute::PolicyIsExcessive => Stage::Attachment,
            BoolAttribute::DestWildcardScope => Stage::Destination,
            BoolAttribute::ActionIsAdministrative => Stage::Action,
        },
        Predicate::Int { attribute, .. } => match attribute {
            IntAttribute::EntityLastLoginDays => Stage::Attachment,
            IntAttribute::ActionLastAccessDays if has_usage => Stage::Usage,
            IntAttribute::AccessKeyLastUsedDays
            | IntAttribute::AccessKeyActiveKeys
            | IntAttribute::ActionLastAccessDays => Stage::Source,
        },
        Predicate::Tag { attribute, .. } => match attribute {
            TagAttribute::SourceResourceTag => Stage::Source,
            TagAttribute::PolicyTag | TagAttribute::EntityTag => Stage::Attachment,
            TagAttribute::DestResourceTag => Stage::Destination,
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
        | TextAttribute::DestResourceType => Stage::Destination,
    }
}

const fn is_about_entity(attribute: TextAttribute) -> bool {
    matches!(
        attribute,
        TextAttribute::EntityId | TextAttribute::EntityName | TextAttribute::EntityType
    )
}
