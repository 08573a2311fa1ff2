//! Divides sources, attachments and actions into classes: those that leave the same condition open share its answers.

use super::class_by_action::ClassByAction;
use super::condition::Node;
use super::counts::Counts;
use super::outcomes::Outcomes;
use super::plan::{AttachmentSubject, Plan, Stage};
use super::view::{PartialRow, days_until};
use crate::aws::data::{Attachment, DocumentId, EntityId, IdVec, PolicyId, Source};
use foldhash::{HashMap, HashMapExt};
use inventory::Access;
use rql::{Predicate, predicate_holds};
use std::rc::Rc;

/// Numbers a class
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ClassId(usize);

/// A condition that is open, with what is found out about it
pub(super) struct Class {
    pub(super) node: Rc<Node>,
    open: Open,
    pub(super) by_action: Option<Rc<ClassByAction>>,
    /// Says for each destination, by number, whether the row passes, when only destinations are open
    pub(super) by_destination: Vec<Option<bool>>,
    /// Says for each document whether it allows an action that can pass
    pub(super) allowing: IdVec<DocumentId, Option<bool>>,
    /// The class that each document leaves: for a document that makes no administrator, and for one that does
    pub(super) by_document: [IdVec<DocumentId, Option<ClassId>>; 2],
}

/// Says which stages can still change the result
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of stages, read one by one")]
pub(super) struct Open {
    attachment: bool,
    group: bool,
    pub(super) document: bool,
    pub(super) administrative: bool,
    pub(super) action: bool,
    statements: bool,
    usage: bool,
}

impl Class {
    /// Returns whether only the destination is left to decide about single rows.
    pub(super) const fn hangs_on_destination(&self) -> bool {
        !self.open.statements && !self.open.usage
    }
}

/// Says what is found out about a query while it runs
pub(super) struct Classes<'q, 'p> {
    pub(super) plan: &'q Plan<'p>,
    numbers: HashMap<Node, ClassId>,
    all: Vec<Class>,
    pub(super) root: ClassId,
    source_leaves: Vec<usize>,
    attachment_leaves: Vec<usize>,
    pub(super) group_leaves: Vec<usize>,
    usage_leaves: Vec<usize>,
    /// The accounts of sources, for comparisons of accounts
    pub(super) accounts: Vec<&'p str>,
    by_source: HashMap<(ClassId, Outcomes, usize), ClassId>,
    by_attachment: HashMap<(ClassId, Outcomes), ClassId>,
    by_group: HashMap<(ClassId, Outcomes), ClassId>,
    of_policies: IdVec<PolicyId, Option<Outcomes>>,
    of_entities: IdVec<EntityId, Option<Outcomes>>,
    /// The outcomes of a leaf about granting statements, for each statement of a document
    pub(super) of_statements: HashMap<(usize, DocumentId), Vec<bool>>,
    /// By leaf: for each destination, by number, whether a leaf about destinations holds. Classes of several accounts ask the same
    pub(super) of_destinations: Vec<Vec<Option<bool>>>,
    by_usage: HashMap<(ClassId, Outcomes), ClassId>,
    pub(super) counts: Counts,
}

/// Says what is known of a source while its attachments are looked at
pub(super) struct OfSource<'p> {
    source: &'p Source,
    class: ClassId,
    /// Says for each entity that a group leaf is about which of those leaves hold
    groups: HashMap<Option<EntityId>, Outcomes>,
}

impl<'q, 'p> Classes<'q, 'p> {
    pub(super) fn new(plan: &'q Plan<'p>) -> Self {
        let mut classes = Self {
            plan,
            numbers: HashMap::new(),
            all: Vec::new(),
            root: ClassId(0),
            source_leaves: plan.at(Stage::Source),
            attachment_leaves: plan.at(Stage::Attachment),
            group_leaves: plan.at(Stage::Group),
            usage_leaves: plan.at(Stage::Usage),
            accounts: Vec::new(),
            by_source: HashMap::new(),
            by_attachment: HashMap::new(),
            by_group: HashMap::new(),
            of_policies: IdVec::default(),
            of_entities: IdVec::default(),
            of_statements: HashMap::new(),
            of_destinations: vec![Vec::new(); plan.leaves.len()],
            by_usage: HashMap::new(),
            counts: Counts::default(),
        };
        classes.root = classes.number(plan.root.clone());
        classes
    }

    pub(super) fn number(&mut self, node: Node) -> ClassId {
        if let Some(&number) = self.numbers.get(&node) {
            return number;
        }
        let number = ClassId(self.all.len());
        let plan = self.plan;
        let has = |stage| node.any_leaf(&|leaf| plan.stage(leaf) == stage);
        let open = Open {
            attachment: has(Stage::Attachment),
            group: has(Stage::Group),
            administrative: node.any_leaf(&|leaf| plan.is_administrative(leaf)),
            document: has(Stage::Statements) || node.any_leaf(&|leaf| plan.is_administrative(leaf)),
            action: has(Stage::Action),
            statements: has(Stage::Statements),
            usage: has(Stage::Usage),
        };
        self.numbers.insert(node.clone(), number);
        self.all.push(Class {
            node: Rc::new(node),
            open,
            by_action: None,
            by_destination: Vec::new(),
            allowing: IdVec::default(),
            by_document: Default::default(),
        });
        number
    }

    pub(super) fn get(&self, class: ClassId) -> Option<&Class> {
        self.all.get(class.0)
    }

    pub(super) fn get_mut(&mut self, class: ClassId) -> Option<&mut Class> {
        self.all.get_mut(class.0)
    }

    pub(super) fn open(&self, class: ClassId) -> Open {
        self.get(class).map_or_else(Open::default, |class| class.open)
    }

    pub(super) fn is_true(&self, class: ClassId) -> bool {
        self.get(class)
            .is_some_and(|class| matches!(*class.node, Node::True))
    }

    pub(super) fn is_false(&self, class: ClassId) -> bool {
        self.get(class)
            .is_none_or(|class| matches!(*class.node, Node::False))
    }

    /// Returns the class with the known outcomes of some leaves.
    pub(super) fn fixed(&mut self, class: ClassId, known: impl Fn(&Node) -> Option<Node>) -> ClassId {
        let Some(node) = self.get(class).map(|class| class.node.fixed(&known)) else {
            return class;
        };
        self.number(node)
    }

    /// Returns what a source decides; `None` when none of its rows can pass.
    pub(super) fn of_source(&mut self, source: &'p Source) -> Option<OfSource<'p>> {
        let class = self.source_class(self.root, source);
        if self.is_false(class) {
            return None;
        }
        let mut known = OfSource {
            source,
            class,
            groups: HashMap::new(),
        };
        if self.open(class).group {
            known.groups = self.groups(source);
        }
        Some(known)
    }

    pub(super) fn source_class(&mut self, root: ClassId, source: &'p Source) -> ClassId {
        let plan = self.plan;
        if self.source_leaves.is_empty() && !plan.has_accounts {
            return root;
        }
        let view = PartialRow {
            effective: plan.effective,
            source,
            attachment: None,
            today: plan.today,
        };
        let outcomes = plan.outcomes(&self.source_leaves, &view);
        let account = if plan.has_accounts {
            self.account(&source.account)
        } else {
            0
        };
        let key = (root, outcomes, account);
        if let Some(&class) = self.by_source.get(&key) {
            return class;
        }
        let leaves = std::mem::take(&mut self.source_leaves);
        let class = self.fixed(root, |node| {
            let about_accounts = node.leaf().filter(|leaf| plan.stage(*leaf) == Stage::Accounts);
            match about_accounts {
                Some(leaf) => Some(Node::OfAccount(leaf, account)),
                None => outcomes.of(&leaves, node),
            }
        });
        self.source_leaves = leaves;
        self.by_source.insert(key, class);
        class
    }

    fn account(&mut self, account: &'p str) -> usize {
        let known = self.accounts.iter().position(|one| *one == account);
        known.unwrap_or_else(|| {
            self.accounts.push(account);
            self.accounts.len().saturating_sub(1)
        })
    }

    /// Returns what is open for the rows of an attachment; `None` when none of them can pass.
    pub(super) fn of_attachment(
        &mut self,
        of_source: &OfSource<'p>,
        attachment: Attachment,
    ) -> Option<ClassId> {
        let class = self.held_class(of_source, attachment);
        self.document_class(class, attachment)
    }

    /// Returns what is open for the rows of an attachment whatever its document says.
    pub(super) fn held_class(&mut self, of_source: &OfSource<'p>, attachment: Attachment) -> ClassId {
        let class = self.attachment_class(of_source.class, of_source.source, attachment);
        if !self.open(class).group {
            return class;
        }
        let outcomes = of_source
            .groups
            .get(&attachment.entity)
            .copied()
            .unwrap_or_default();
        if let Some(&known) = self.by_group.get(&(class, outcomes)) {
            return known;
        }
        let leaves = self.group_leaves.clone();
        let fixed = self.fixed(class, |node| outcomes.of(&leaves, node));
        self.by_group.insert((class, outcomes), fixed);
        fixed
    }

    pub(super) fn attachment_class(
        &mut self,
        class: ClassId,
        source: &'p Source,
        attachment: Attachment,
    ) -> ClassId {
        if !self.open(class).attachment {
            return class;
        }
        let outcomes = self.attachment_outcomes(source, attachment);
        if let Some(&known) = self.by_attachment.get(&(class, outcomes)) {
            return known;
        }
        let leaves = self.attachment_leaves.clone();
        let fixed = self.fixed(class, |node| outcomes.of(&leaves, node));
        self.by_attachment.insert((class, outcomes), fixed);
        fixed
    }

    /// Decides predicates about a policy once for each policy, and those about an entity once for each entity.
    fn attachment_outcomes(&mut self, source: &'p Source, attachment: Attachment) -> Outcomes {
        let plan = self.plan;
        let view = PartialRow {
            effective: plan.effective,
            source,
            attachment: Some(attachment),
            today: plan.today,
        };
        let of = |subject| {
            let leaves = self.attachment_leaves.iter().enumerate();
            leaves
                .filter(|(_, leaf)| plan.subject(**leaf) == subject)
                .filter(|(_, leaf)| {
                    plan.predicate(**leaf)
                        .is_some_and(|one| predicate_holds(one, &view))
                })
                .fold(Outcomes::default(), |outcomes, (place, _)| outcomes.with(place))
        };
        if self.of_policies.len() < plan.snapshot().policies.len() {
            self.of_policies = vec![None; plan.snapshot().policies.len()].into();
            self.of_entities = vec![None; plan.snapshot().entities.len()].into();
        }
        let mut outcomes = of(AttachmentSubject::Both);
        if let Some(slot) = self.of_policies.get_mut(attachment.policy) {
            let known = slot.unwrap_or_else(|| of(AttachmentSubject::Policy));
            *slot = Some(known);
            outcomes = outcomes.and(known);
        }
        match attachment
            .entity
            .and_then(|entity| self.of_entities.get_mut(entity))
        {
            Some(slot) => {
                let known = slot.unwrap_or_else(|| of(AttachmentSubject::Entity));
                *slot = Some(known);
                outcomes.and(known)
            }
            // The policy of a resource grants the row, so that there is no entity.
            None => outcomes.and(of(AttachmentSubject::Entity)),
        }
    }

    /// Returns whether the same table gives different answers for different sources.
    pub(super) fn hangs_on_usage(&self, class: ClassId) -> bool {
        self.open(class).usage
    }

    /// Returns what is left of a class for actions that were last used then.
    pub(super) fn of_usage(&mut self, class: ClassId, access: Access) -> ClassId {
        let plan = self.plan;
        let days = days_until(plan.snapshot().date, access);
        let holding = self.usage_leaves.iter().enumerate().filter(|(_, leaf)| {
            matches!(
                plan.predicate(**leaf),
                Some(Predicate::Int { comparison, value, .. }) if comparison.holds(days, *value)
            )
        });
        let outcomes = holding.fold(Outcomes::default(), |outcomes, (place, _)| outcomes.with(place));
        if let Some(&known) = self.by_usage.get(&(class, outcomes)) {
            return known;
        }
        let leaves = self.usage_leaves.clone();
        let fixed = self.fixed(class, |node| outcomes.of(&leaves, node));
        if self.open(fixed).action {
            self.prepare_actions(fixed);
        }
        self.by_usage.insert((class, outcomes), fixed);
        fixed
    }
}
