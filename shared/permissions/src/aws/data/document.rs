//! Policy documents with what matching and queries need beside the policy.

use super::statement_index::OfEffect;
use crate::aws::data::Audience;
use crate::aws::data::actions::ActionRuns;
use crate::row::PolicyJson;
use iam::condition::Expression;
use iam::document::{Condition, Effect, Element};
use iam::matching::{ActionPattern, ResourcePattern};
use iam::policy::{CompiledStatement, Policy};
use std::ops::Range;
use std::sync::Arc;

/// A compiled policy document
#[derive(Debug)]
pub(crate) struct CompiledDocument {
    policy: Policy,
    /// The whole document as compact JSON, for explanations; far smaller than the compiled policy
    json: Arc<str>,
    statements: Vec<StatementParts>,
    allowing: OfEffect,
    denying: OfEffect,
    full_access: bool,
}

/// Holds what a statement has beside its compiled form
#[derive(Debug)]
pub(crate) struct StatementParts {
    pub(crate) actions: ActionRuns,
    /// The conditions as the document has them, for queries about conditions
    pub(crate) conditions: Vec<Condition>,
    /// Says whom the statement allows, when it allows something to everybody
    pub(crate) audience: Option<Audience>,
    /// Its bytes in the JSON of the document
    pub(crate) place: Range<usize>,
    /// Says whether the statement can mean different things for two principals of one account
    pub(crate) reads_principal: bool,
    /// Says whether the condition can mean different things for principals of two accounts
    pub(crate) reads_account: bool,
    /// The number of what a Deny says: statements with equal numbers deny the same
    pub(crate) denial: Option<usize>,
}

/// A statement with the actions that it names
#[derive(Clone, Copy)]
pub(crate) struct StatementView<'d> {
    /// Place among the valid statements of the document
    pub(crate) index: usize,
    pub(crate) statement: &'d CompiledStatement,
    pub(crate) actions: &'d ActionRuns,
    pub(crate) audience: Option<&'d Audience>,
    pub(crate) reads_principal: bool,
    pub(crate) reads_account: bool,
    /// The number of what a Deny says
    pub(crate) denial: Option<usize>,
}

impl<'d> StatementView<'d> {
    const fn new(index: usize, statement: &'d CompiledStatement, parts: &'d StatementParts) -> Self {
        Self {
            index,
            statement,
            actions: &parts.actions,
            audience: parts.audience.as_ref(),
            reads_principal: parts.reads_principal,
            reads_account: parts.reads_account,
            denial: parts.denial,
        }
    }
}

impl CompiledDocument {
    /// Joins the policy with the parts of each of its statements, in the same order.
    pub(crate) fn new(policy: Policy, json: String, statements: Vec<StatementParts>, grants: bool) -> Self {
        let [allowing, denying] = [Effect::Allow, Effect::Deny].map(|effect| {
            let parts = policy.statements().iter().zip(0_u32..).zip(&statements);
            let of_effect = parts.filter(|((statement, _), _)| statement.effect == effect);
            OfEffect::new(of_effect.map(|((_, place), parts)| (place, parts)))
        });
        Self {
            allowing,
            denying,
            json: json.into(),
            full_access: grants && allows_everything(&policy),
            policy,
            statements,
        }
    }

    /// Returns the compiled policy.
    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns whether a statement of an identity-based policy allows every action on every resource, without
    /// condition.
    pub(crate) const fn full_access(&self) -> bool {
        self.full_access
    }

    /// Returns whether a statement that cannot be read was a Deny.
    pub(crate) const fn has_invalid_deny(&self) -> bool {
        self.policy.has_invalid_deny()
    }

    /// Returns the compiled statement with that index.
    pub(crate) fn statement(&self, index: u16) -> Option<&CompiledStatement> {
        self.policy.statements().get(usize::from(index))
    }

    /// Returns whom the statement with that index allows, when it allows something to everybody.
    pub(crate) fn audience(&self, index: u16) -> Option<&Audience> {
        self.statements.get(usize::from(index))?.audience.as_ref()
    }

    /// Returns the statement as compact JSON.
    pub(crate) fn json(&self, statement: &CompiledStatement) -> PolicyJson {
        let statements = self.policy.statements();
        let index = statements.binary_search_by_key(&statement.index, |one| one.index);
        let parts = index.ok().and_then(|index| self.statements.get(index));
        let place = parts.map_or(0..0, |parts| parts.place.clone());
        PolicyJson::new(Arc::clone(&self.json), place)
    }

    /// Returns all valid statements.
    pub(crate) fn statements(&self) -> impl Iterator<Item = StatementView<'_>> {
        let pairs = self.policy.statements().iter().zip(&self.statements);
        pairs
            .enumerate()
            .map(|(index, (statement, parts))| StatementView::new(index, statement, parts))
    }

    /// Returns whether the statement with that index can mean different things for two principals of one account.
    pub(crate) fn reads_principal(&self, index: u16) -> bool {
        let parts = self.statements.get(usize::from(index));
        parts.is_none_or(|parts| parts.reads_principal)
    }

    /// Returns whether the condition of the statement with that index can mean different things for principals of two accounts.
    pub(crate) fn reads_account(&self, index: u16) -> bool {
        let parts = self.statements.get(usize::from(index));
        parts.is_none_or(|parts| parts.reads_account)
    }

    /// Returns the statements of one effect that name an action.
    pub(crate) fn about(&self, effect: Effect, action: u32) -> impl Iterator<Item = &CompiledStatement> {
        self.views_about(effect, action).map(|one| one.statement)
    }

    /// Returns the same with the actions and what else is known of each statement.
    pub(crate) fn views_about(&self, effect: Effect, action: u32) -> impl Iterator<Item = StatementView<'_>> {
        let of_effect = match effect {
            Effect::Allow => &self.allowing,
            Effect::Deny => &self.denying,
        };
        let candidates = of_effect.candidates(action);
        (0..candidates.len()).filter_map(move |number| {
            let place = usize::try_from(*candidates.get(number)?).ok()?;
            let parts = self
                .statements
                .get(place)
                .filter(|parts| parts.actions.contains(action))?;
            let statement = self.policy.statements().get(place)?;
            Some(StatementView::new(place, statement, parts))
        })
    }

    /// Returns the effect of every statement.
    pub(crate) fn effects(&self) -> impl Iterator<Item = Effect> {
        self.policy.statements().iter().map(|statement| statement.effect)
    }

    /// Returns the conditions of every statement.
    pub(crate) fn all_conditions(&self) -> impl Iterator<Item = &[Condition]> {
        self.statements.iter().map(|one| one.conditions.as_slice())
    }

    /// Returns whether some Allow statement names one of the actions (ascending).
    pub(crate) fn allows_any(&self, actions: &[u32]) -> bool {
        self.statements()
            .any(|one| one.statement.effect == Effect::Allow && one.actions.meets(actions))
    }

    /// Returns the conditions of the statement with that index.
    pub(crate) fn conditions(&self, statement: u16) -> &[Condition] {
        self.statements
            .get(usize::from(statement))
            .map_or(&[], |one| &one.conditions)
    }
}

/// Returns whether a statement allows every action on every resource, without condition.
fn allows_everything(policy: &Policy) -> bool {
    policy.statements().iter().any(|statement| {
        statement.effect == Effect::Allow
            && statement.condition == Expression::True
            && is_everything(statement.actions.patterns(), ActionPattern::is_universal)
            && statement
                .resources
                .as_ref()
                .is_some_and(|resources| is_everything(resources.patterns(), ResourcePattern::is_universal))
    })
}

fn is_everything<T>(element: &Element<T>, universal: impl Fn(&T) -> bool) -> bool {
    match element {
        Element::Of(entries) => entries.iter().any(universal),
        Element::Not(entries) => entries.is_empty(),
    }
}
