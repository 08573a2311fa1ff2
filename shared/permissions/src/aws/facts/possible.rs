//! Decides which facts of a shard rule out a query.

use crate::aws::actions_of::ActionsOf;
use crate::aws::hypothesis::{AccountFact, ActionFact, Hypothesis, Known, SourceFact};
use crate::aws::sources_of::SourcesOf;
use crate::row::AccountNames;
use rql::{BoolAttribute, Expr, Predicate, Query, TextAttribute};

/// Holds a query, and decides by the facts of a shard whether it can select rows there
#[derive(Debug)]
pub(super) struct PossibleRows<'q> {
    expression: &'q Expr,
    names: &'q AccountNames,
    /// Says whether it matters which actions rows have, and whose resources rows are about
    asks_for_grants: bool,
    /// Says whether rows have the destinations that policies name, and the query asks for their accounts
    asks_for_destinations: bool,
}

impl<'q> PossibleRows<'q> {
    /// Finds out what a query asks for.
    pub(super) fn of(query: &'q Query, names: &'q AccountNames) -> Self {
        let expression = query.expression();
        let (mut may_move, mut covers, mut asks_for_accounts) = (false, false, false);
        expression.visit(&mut |predicate| match predicate {
            // Policies that become narrower could bring rows of any source into the result.
            Predicate::Bool {
                attribute: BoolAttribute::ActionIsAdministrative,
                ..
            } => may_move = true,
            // Every row is about the resource of the query, whatever its policy names.
            Predicate::Covers { .. } => covers = true,
            Predicate::Accounts { .. }
            | Predicate::Text {
                attribute: TextAttribute::DestAccount | TextAttribute::DestResourceId,
                ..
            } => asks_for_accounts = true,
            Predicate::Text { .. }
            | Predicate::Bool { .. }
            | Predicate::Int { .. }
            | Predicate::Tag { .. }
            | Predicate::Condition { .. }
            | Predicate::ContainsAll { .. } => {}
        });
        Self {
            expression,
            names,
            asks_for_grants: !may_move,
            asks_for_destinations: !may_move && !covers && asks_for_accounts,
        }
    }

    /// Returns whether the query can select a row of one of the sources of an account, whose rows have these actions.
    pub(super) fn can_have_rows(&self, account: &str, sources: &SourcesOf, actions: &ActionsOf) -> bool {
        let known = Known {
            names: self.names,
            sources: None,
        };
        let can_be = |row: Hypothesis<'_>| row.can_satisfy(self.expression, known);
        let row = Hypothesis {
            source: SourceFact::OneOf(sources),
            source_account: AccountFact::of(account),
            ..Hypothesis::default()
        };
        if !self.asks_for_grants || !can_be(row) {
            return can_be(row);
        }
        let row = Hypothesis {
            action: ActionFact::OneOf(actions),
            ..row
        };
        let accounts = sources.destinations().filter(|_| self.asks_for_destinations);
        let Some(accounts) = accounts else {
            return can_be(row);
        };
        let mut accounts = accounts.map(|account| match account {
            "*" => AccountFact::Any,
            account => AccountFact::of(account),
        });
        accounts.any(|dest_account| can_be(Hypothesis { dest_account, ..row }))
    }
}
