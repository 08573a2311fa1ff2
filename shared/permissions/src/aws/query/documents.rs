//! Decides what holds for all statements of a document alike, before its table is made.

use super::classes::{ClassId, Classes};
use super::condition::Node;
use super::plan::Stage;
use super::view::Conditions;
use crate::aws::data::{Attachment, CompiledDocument, DocumentId};
use foldhash::{HashMap, HashMapExt};
use iam::document::Effect;
use rql::{Predicate, grant_holds};

impl Classes<'_, '_> {
    /// Returns the class that is left after what the document decides for all of its statements alike.
    pub(super) fn document_class(&mut self, class: ClassId, attachment: Attachment) -> Option<ClassId> {
        let plan = self.plan;
        let number = plan.snapshot().policies.get(attachment.policy)?.document;
        let class = if self.open(class).document {
            let administrator =
                self.open(class).administrative && plan.effective.is_administrator(attachment);
            let place = usize::from(administrator);
            let known = self
                .get(class)
                .and_then(|class| class.by_document.get(place)?.get(number));
            if let Some(Some(known)) = known {
                *known
            } else {
                let fixed = self.fixed_by_document(class, number, administrator);
                let documents = plan.snapshot().documents.len();
                let of_class = self
                    .get_mut(class)
                    .and_then(|class| class.by_document.get_mut(place));
                if let Some(of_class) = of_class {
                    if of_class.len() < documents {
                        *of_class = vec![None; documents].into();
                    }
                    if let Some(slot) = of_class.get_mut(number) {
                        *slot = Some(fixed);
                    }
                }
                fixed
            }
        } else {
            class
        };
        if self.is_false(class) || !self.allows(class, number) {
            return None;
        }
        Some(class)
    }

    fn fixed_by_document(&mut self, class: ClassId, number: DocumentId, administrator: bool) -> ClassId {
        let plan = self.plan;
        let Some(document) = plan.snapshot().documents.get(number) else {
            return class;
        };
        let mut decided: HashMap<usize, bool> = HashMap::new();
        for leaf in plan.at(Stage::Action) {
            if let Some(Predicate::Bool { negated, value, .. }) = plan.predicate(leaf)
                && administrator
            {
                decided.insert(leaf, *value != *negated);
            }
        }
        for leaf in plan.at(Stage::Statements) {
            let outcomes = self.statements(leaf, number);
            let allowing = document
                .effects()
                .zip(outcomes)
                .filter(|(effect, _)| *effect == Effect::Allow);
            let mut outcomes = allowing.map(|(_, holds)| *holds);
            if let Some(first) = outcomes.next()
                && outcomes.all(|holds| holds == first)
            {
                decided.insert(leaf, first);
            }
        }
        self.fixed(class, |node| decided.get(&node.leaf()?).copied().map(Node::of))
    }

    /// Returns the outcome of a predicate about granting statements for each statement of a document.
    pub(super) fn statements(&mut self, leaf: usize, number: DocumentId) -> &[bool] {
        let plan = self.plan;
        self.of_statements.entry((leaf, number)).or_insert_with(|| {
            let Some(Predicate::Condition { key, test, .. }) = plan.predicate(leaf) else {
                return Vec::new();
            };
            let document = plan.snapshot().documents.get(number);
            let conditions = document.into_iter().flat_map(CompiledDocument::all_conditions);
            conditions
                .map(|conditions| grant_holds(key, test, &Conditions(conditions)))
                .collect()
        })
    }

    /// Says for each source whether it holds a document that allows an action that can pass; `None` when any action
    /// can.
    pub(super) fn sources_of_allowing(&mut self) -> Option<Vec<bool>> {
        if !self.open(self.root).action {
            return None;
        }
        let effective = self.plan.effective;
        let snapshot = effective.snapshot();
        let mut holding = vec![false; snapshot.sources.len()];
        for (number, _) in snapshot.documents.with_ids() {
            if self.allows(self.root, number) {
                for &source in effective.sources_of(number) {
                    if let Some(slot) = holding.get_mut(usize::from(source)) {
                        *slot = true;
                    }
                }
            }
        }
        Some(holding)
    }

    /// Returns whether a document allows an action that can pass. Without such an action, its table need not be made.
    pub(super) fn allows(&mut self, class: ClassId, number: DocumentId) -> bool {
        if !self.open(class).action {
            return true;
        }
        let known = self.get(class).and_then(|class| class.allowing.get(number));
        if let Some(Some(known)) = known {
            return *known;
        }
        self.prepare_actions(class);
        let actions = self.actions(class);
        let document = self.plan.snapshot().documents.get(number);
        let allows = document.is_some_and(|one| {
            let possible = actions.as_ref().map(|actions| actions.possible.as_slice());
            possible.is_none_or(|possible| one.allows_any(possible))
        });
        let documents = self.plan.snapshot().documents.len();
        if let Some(class) = self.get_mut(class) {
            if class.allowing.len() < documents {
                class.allowing = vec![None; documents].into();
            }
            if let Some(slot) = class.allowing.get_mut(number) {
                *slot = Some(allows);
            }
        }
        allows
    }
}
