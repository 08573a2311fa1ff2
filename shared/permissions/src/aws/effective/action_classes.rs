//! Finds actions that no layer distinguishes, so that one decision stands for all of them.
//!
//! What the layers leave of a grant hangs on the action only by the statements that are about it, and by what a few
//! services have of their own. Actions that agree in both are one class; there are some tens of classes, and thousands of
//! actions.

use crate::aws::data::actions::{ActionRuns, Actions};
use crate::aws::data::{CompiledDocument, DocumentId, PrincipalClass, Snapshot, is_controlled};
use foldhash::HashMap;
use iam::document::Effect;
use iam::matching::ResourcePattern;
use iam::policy::CompiledStatement;
use std::sync::OnceLock;

/// Actions that no policy decides, or that are asked for with the token of a provider: each is a class of its own
pub(super) const BY_NAME: [&str; 4] = [
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:getcalleridentity",
    "sts:getsessiontoken",
];

/// A division of all actions into classes
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Division {
    /// The number of actions
    count: u32,
    /// First action of each run of one class, ascending, with the number of the class
    starts: Vec<(u32, u32)>,
    /// Says for each class whether no statement about it distinguishes the types of resources
    plain: Vec<bool>,
}

/// The classes of actions for the limits of some principals
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ActionClasses(Division);

/// Holds what distinguishes actions for every principal
#[derive(Debug, Default)]
pub(super) struct CommonDivision(OnceLock<Division>);

impl ActionClasses {
    /// Returns the number of classes.
    pub(super) const fn count(&self) -> usize {
        self.0.plain.len()
    }

    /// Returns the class of an action.
    pub(super) fn class_of(&self, action: u32) -> u32 {
        let after = self.0.starts.partition_point(|&(start, _)| start <= action);
        let run = after.checked_sub(1).and_then(|run| self.0.starts.get(run));
        run.map_or(0, |&(_, class)| class)
    }

    /// Returns the class of each action, when the actions are asked for in ascending order.
    pub(super) fn walk(&self) -> impl FnMut(u32) -> u32 + '_ {
        let mut rest = self.0.starts.as_slice();
        move |action| {
            while let [_, (next, _), ..] = rest
                && *next <= action
            {
                rest = rest.get(1..).unwrap_or_default();
            }
            rest.first().map_or(0, |&(_, class)| class)
        }
    }

    /// Returns the classes of some actions alone. Runs give the actions, ascending. The result is equal when the
    /// classes divide these actions equally.
    pub(super) fn among(&self, runs: &[(u32, u32)]) -> Self {
        let mut division = Division {
            count: self.0.count,
            starts: Vec::new(),
            plain: self.0.plain.clone(),
        };
        let mut rest = self.0.starts.as_slice();
        for &(first, last) in runs {
            while let [_, (next, _), ..] = rest
                && *next <= first
            {
                rest = rest.get(1..).unwrap_or_default();
            }
            let inside = rest.iter().take_while(|&&(start, _)| start <= last);
            division
                .starts
                .extend(inside.map(|&(start, class)| (start.max(first), class)));
        }
        division.join();
        Self(division)
    }

    /// Returns whether no statement about the class distinguishes the types of resources that a pattern of `*` names.
    pub(super) fn is_plain(&self, class: u32) -> bool {
        let class = usize::try_from(class).ok();
        class
            .and_then(|class| self.0.plain.get(class))
            .copied()
            .unwrap_or(false)
    }
}

impl CommonDivision {
    /// Returns the classes for what limits a principal class: what its own policies deny, and what its boundary and the organization
    /// deny or do not allow.
    pub(super) fn refined(&self, snapshot: &Snapshot, class: &PrincipalClass) -> ActionClasses {
        let mut division = self.0.get_or_init(|| common(snapshot)).clone();
        let organization = class.service_control.levels().iter().flatten();
        let organization =
            organization.filter_map(|&id| Some(snapshot.service_control_policies.get(id)?.document));
        let mut allowing: Vec<DocumentId> = organization.chain(class.boundary.document()).collect();
        allowing.sort_unstable();
        allowing.dedup();
        for &document in &class.denies {
            division.refine_by(snapshot, document, &[Effect::Deny]);
        }
        for document in allowing {
            division.refine_by(snapshot, document, &[Effect::Allow, Effect::Deny]);
        }
        division.join();
        ActionClasses(division)
    }
}

/// Returns what distinguishes actions for every principal: services with rules of their own, and what resources'
/// policies and resource control policies deny.
fn common(snapshot: &Snapshot) -> Division {
    let mut division = Division::of_services(&snapshot.actions);
    let denying = snapshot.resource_policies.denying(None);
    let mut documents: Vec<DocumentId> = denying.map(|policy| policy.document).collect();
    documents.extend(snapshot.resource_control.documents());
    documents.sort_unstable();
    documents.dedup();
    for document in documents {
        division.refine_by(snapshot, document, &[Effect::Deny]);
    }
    division
}

impl Division {
    /// Divides by the rules of single services: to which services resource control policies apply, and whose resources
    /// always have policies.
    fn of_services(actions: &Actions) -> Self {
        let mut numbers: HashMap<(bool, &str, Option<u32>), u32> = HashMap::default();
        let mut starts: Vec<(u32, u32)> = Vec::new();
        let mut plain = Vec::new();
        for number in 0..actions.count() {
            let name = actions.get(number).map_or("", |action| &action.name);
            let service = name.split(':').next().unwrap_or_default();
            let special = if matches!(service, "sts" | "kms") {
                service
            } else {
                ""
            };
            let has_own_rules = BY_NAME.iter().any(|one| name.eq_ignore_ascii_case(one));
            let key = (is_controlled(name), special, has_own_rules.then_some(number));
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let class = *numbers.entry(key).or_insert(next);
            if class == next {
                plain.push(special.is_empty());
            }
            if starts.last().is_none_or(|&(_, last)| last != class) {
                starts.push((number, class));
            }
        }
        Self {
            count: actions.count(),
            starts,
            plain,
        }
    }

    /// Separates what the statements of a document are about from what they are not about.
    fn refine_by(&mut self, snapshot: &Snapshot, document: DocumentId, effects: &[Effect]) {
        let statements = snapshot.documents.get(document).into_iter();
        for one in statements.flat_map(CompiledDocument::statements) {
            if effects.contains(&one.statement.effect) {
                self.refine(one.actions, tells_types_apart(one.statement));
            }
        }
    }

    fn refine(&mut self, about: &ActionRuns, tells_types_apart: bool) {
        self.cut(about);
        let mut inside: HashMap<u32, u32> = HashMap::default();
        let mut runs = about.runs().iter().peekable();
        for (start, class) in &mut self.starts {
            while runs.next_if(|&&(_, end)| end < *start).is_some() {}
            if runs.peek().is_some_and(|&&(first, _)| first <= *start) {
                let plain = &mut self.plain;
                *class = *inside.entry(*class).or_insert_with_key(|&class| {
                    let class = usize::try_from(class).ok();
                    let was_plain = class.and_then(|class| plain.get(class)).copied();
                    plain.push(was_plain == Some(true) && !tells_types_apart);
                    u32::try_from(plain.len().saturating_sub(1)).unwrap_or(u32::MAX)
                });
            }
        }
    }

    /// Makes runs begin where the actions of a statement begin and where they have ended.
    fn cut(&mut self, about: &ActionRuns) {
        let count = self.count;
        let ends = about.runs().iter();
        let places = ends.flat_map(|&(start, end)| [start, end.saturating_add(1)]);
        let mut places = places.filter(|&place| place < count).peekable();
        let mut cut = Vec::with_capacity(self.starts.len());
        let mut last = 0;
        for &(start, class) in &self.starts {
            while let Some(place) = places.next_if(|&place| place < start) {
                cut.push((place, last));
            }
            while places.next_if_eq(&start).is_some() {}
            cut.push((start, class));
            last = class;
        }
        cut.extend(places.map(|place| (place, last)));
        self.starts = cut;
    }

    /// Joins neighbours of one class, and numbers the classes in the order in which they occur: equal divisions are equal.
    fn join(&mut self) {
        self.starts.dedup_by_key(|&mut (_, class)| class);
        let mut numbers: HashMap<u32, u32> = HashMap::default();
        let mut plain = Vec::new();
        for (_, class) in &mut self.starts {
            let known = usize::try_from(*class).ok();
            let known = known.and_then(|class| self.plain.get(class)).copied();
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(*class).or_insert(next);
            if number == next {
                plain.push(known.unwrap_or(false));
            }
            *class = number;
        }
        self.plain = plain;
    }
}

/// Returns whether the resources of a statement may relate in different ways to the types that a pattern of `*` names.
fn tells_types_apart(statement: &CompiledStatement) -> bool {
    statement.resources.as_ref().is_some_and(|resources| {
        let entries = resources.patterns().entries();
        let is_universal =
            |entry: &ResourcePattern| matches!(entry, ResourcePattern::Fixed(one) if one.is_universal());
        !entries.is_empty() && !entries.iter().any(is_universal)
    })
}
