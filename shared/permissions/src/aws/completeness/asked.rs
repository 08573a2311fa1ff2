//! Finds what the query asks for and no document, or no catalogue, can answer for all rows.

use super::Cause;
use super::causes::Causes;
use super::part::Condition;
use crate::aws::hypothesis::{ActionFact, GrantFact, Hypothesis, SourceFact};
use iam::evaluate::NEEDS_NO_PERMISSION;
use rql::{BoolAttribute, IntAttribute, Predicate, TextAttribute, TextMatch};

impl Causes<'_> {
    /// Adds attributes without a value, actions that no catalogue has, and actions that need no policy.
    pub(super) fn query_itself(&mut self) {
        let mut unknown = None;
        let mut of_last_access = false;
        let mut of_paths = false;
        let mut names = false;
        self.expression().visit(&mut |predicate| {
            if unknown.is_none() {
                unknown = self.unknown_action(predicate);
            }
            of_last_access |= matches!(
                predicate,
                Predicate::Int {
                    attribute: IntAttribute::ActionLastAccessDays,
                    ..
                } | Predicate::Bool {
                    attribute: BoolAttribute::PolicyIsExcessive,
                    ..
                }
            );
            of_paths |= matches!(
                predicate,
                Predicate::Bool {
                    attribute: BoolAttribute::SourceReachesAdministrator
                        | BoolAttribute::SourceReachesAdministratorCertainly,
                    ..
                }
            );
            names |= asks_for_account_name(predicate);
        });
        if let Some(name) = unknown {
            self.add(
                Cause::UnknownAction,
                format!("the catalogue does not have the action `{name}`, so that policies with wildcards have no row of it"),
            );
        }
        if of_last_access {
            self.add(
                Cause::NoData,
                "the last access of some actions is not tracked, or no report says it",
            );
        }
        let mut accounts = self.accounts.iter();
        if names && accounts.any(|account| self.snapshot.account_names.name(account) == *account) {
            self.claim(
                Cause::NoData,
                (1, String::new()),
                Condition::Always,
                "names of accounts are in the document `organization`, and it does not have those of all accounts",
            );
        }
        if of_paths {
            self.add(
                Cause::AdministratorPathsNotComplete,
                "a way to administrator can lead over accounts that are not imported, and over roles of resources that no document \
                 lists",
            );
        }
        let needless = NEEDS_NO_PERMISSION.into_iter().find(|action| {
            self.allows(&Hypothesis {
                source: SourceFact::Somebody,
                action: ActionFact::Named(action),
                grant: GrantFact::Nothing,
                ..Hypothesis::default()
            })
        });
        if let Some(action) = needless {
            self.add(
                Cause::NeedsNoPermission,
                format!("{action} needs no permission, and principals without a policy that grants it have no row of it"),
            );
        }
    }

    /// Returns an action that a predicate names, that the catalogue does not have and that a row could be about.
    fn unknown_action(&self, predicate: &Predicate) -> Option<String> {
        let is_unknown = |name: &str| {
            let actions = &self.snapshot.actions;
            let found = actions.find(name).and_then(|number| actions.get(number));
            found.is_none_or(|action| !action.known)
                && self.allows(&Hypothesis {
                    action: ActionFact::Named(name),
                    ..Hypothesis::default()
                })
        };
        let first = |mut names: Box<dyn Iterator<Item = &str> + '_>| {
            names.find(|name| is_unknown(name)).map(ToOwned::to_owned)
        };
        match predicate {
            Predicate::Text {
                attribute: TextAttribute::ActionName,
                test,
            } => match &test.matcher {
                TextMatch::Equals(literal) => first(Box::new(std::iter::once(literal.lowered()))),
                TextMatch::In(list) => first(Box::new(list.distinct())),
                TextMatch::Like(_)
                | TextMatch::StartsWith(_)
                | TextMatch::EndsWith(_)
                | TextMatch::Contains(_) => None,
            },
            Predicate::ContainsAll { actions } => first(Box::new(actions.distinct())),
            Predicate::Text { .. }
            | Predicate::Accounts { .. }
            | Predicate::Bool { .. }
            | Predicate::Int { .. }
            | Predicate::Tag { .. }
            | Predicate::Condition { .. }
            | Predicate::Covers { .. } => None,
        }
    }
}

/// Returns whether a predicate compares an account with something that can be a name.
fn asks_for_account_name(predicate: &Predicate) -> bool {
    let Predicate::Text {
        attribute: TextAttribute::SourceAccount | TextAttribute::DestAccount,
        test,
    } = predicate
    else {
        return false;
    };
    let is_id = |literal: &str| literal == "*" || literal.bytes().all(|one| one.is_ascii_digit());
    match &test.matcher {
        TextMatch::Equals(literal) | TextMatch::Like(literal) => !is_id(literal.lowered()),
        TextMatch::In(list) => list.distinct().any(|literal| !is_id(literal)),
        TextMatch::StartsWith(_) | TextMatch::EndsWith(_) | TextMatch::Contains(_) => true,
    }
}
