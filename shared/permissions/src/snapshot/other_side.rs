//! What the policies of resources deny, and where they must allow what an identity policy grants.
//!
//! Source: IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; AWS KMS developer guide,
//! "Key policies".

use super::limits::{Ask, Net, Reach};
use super::region::Relation;
use super::resource_policies::ResourcePolicy;
use super::{Boundary, CompiledDocument, Holder, Snapshot, Whom};
use crate::exceptions::ExceptionCode;
use iam::arn::Arn;
use iam::condition::Expression;
use iam::document::Effect;
use iam::matching::{PrincipalEntry, PrincipalSet};
use iam::policy::CompiledStatement;

/// How a Deny's principals relate to a holder
pub(super) enum Bound {
    /// To all of it, when the expression holds
    All(Expression),
    /// To some of several principals
    Some,
    None,
}

impl Snapshot {
    /// What the policies of resources deny of a row that names their resource, alone or among others.
    pub(super) fn resources_refuse(&self, ask: &Ask<'_>, net: &mut Net) {
        for (policy, alone) in self.refusing(ask) {
            self.refuse(ask, policy, alone, net);
            // A row about many resources says no more than that: with thousands of buckets the first one is enough.
            if !alone && net.exceptions.contains(ExceptionCode::LimitedByDenyStatement) {
                return;
            }
        }
    }

    /// Policies of resources whose denies can concern the row, and whether the row is about that resource alone.
    pub(super) fn refusing<'s>(
        &'s self,
        ask: &'s Ask<'_>,
    ) -> impl Iterator<Item = (&'s ResourcePolicy, bool)> {
        let alone = ask
            .region
            .policy
            .and_then(|number| self.resource_policies.get(number));
        let own = alone
            .filter(|policy| self.asks(ask, policy))
            .map(|policy| (policy, true));
        let wide = (alone.is_none() && !ask.region.unspecified).then(|| {
            let all = self.resource_policies.denying(ask.region.service());
            let concerned = all.filter(|policy| {
                let statements = self.documents.get(policy.document).into_iter();
                let mut statements = statements.flat_map(CompiledDocument::statements);
                statements.any(|(_, one, runs)| one.effect == Effect::Deny && runs.contains(ask.action))
                    && policy.scope.iter().any(|pattern| match ask.region.single() {
                        Some(resource) => pattern.matches(&resource),
                        None => ask.region.meets(pattern),
                    })
            });
            concerned.map(|policy| (policy, false))
        });
        own.into_iter().chain(wide.into_iter().flatten())
    }

    /// Whether the policy is asked about the row's action.
    pub(super) fn asks(&self, ask: &Ask<'_>, policy: &ResourcePolicy) -> bool {
        let action = self.actions.get(ask.action);
        action.is_some_and(|action| policy.is_about(&action.name))
    }

    fn refuse(&self, ask: &Ask<'_>, policy: &ResourcePolicy, alone: bool, net: &mut Net) {
        let Some(document) = self.documents.get(policy.document) else {
            return;
        };
        if alone && document.policy.has_invalid_deny() {
            net.exceptions.insert(ExceptionCode::PolicyNotAvailable);
        }
        for (_, statement, runs) in document.statements() {
            if statement.effect != Effect::Deny || !runs.contains(ask.action) {
                continue;
            }
            match (ask.bound(statement), ask.relation(statement)) {
                (Bound::None, _) | (_, Relation::None) => {}
                (Bound::All(bound), Relation::All(about)) if alone => {
                    let refused = bound.and(about);
                    if refused != Expression::False {
                        net.deny(refused, ExceptionCode::LimitedByDenyStatement);
                    }
                }
                (Bound::All(_) | Bound::Some, Relation::All(_) | Relation::Some) => {
                    net.exceptions.insert(ExceptionCode::LimitedByDenyStatement);
                }
            }
        }
    }

    /// Where the resource's own policy must allow as well: roles, keys, resources of other accounts.
    pub(super) fn other_side(&self, ask: &Ask<'_>, net: &mut Net) {
        let Some(action) = self.actions.get(ask.action).filter(|_| !ask.region.unspecified) else {
            return;
        };
        let policy = ask
            .region
            .policy
            .and_then(|number| self.resource_policies.get(number));
        if let Some(policy) = policy.filter(|policy| policy.is_about(&action.name)) {
            if policy.must_allow() || policy.account != ask.holder.account {
                let reach = self.reach_of_resource(ask, policy);
                net.other_side(reach);
            }
            return;
        }
        let of_type = |word: &str| ask.region.types.iter().any(|one| one.as_str().contains(word));
        let about_roles = action.name.starts_with("sts:") && of_type(":role/");
        let must_allow = about_roles || (action.name.starts_with("kms:") && of_type(":key/"));
        let owner = ask.region.text.split(':').nth(4).filter(|one| is_account(one));
        let foreign = owner.is_some_and(|owner| *owner != *ask.holder.account);
        if !must_allow && !foreign {
            return;
        }
        let all_known = owner.is_some_and(|owner| {
            if about_roles {
                self.resource_policies.is_loaded(owner)
            } else {
                self.resource_policies.is_collected(owner)
            }
        });
        if ask.region.single().is_some() {
            // Every role and every key has a policy: where none is known, it was not read.
            if all_known && !must_allow {
                net.allowed = Expression::False;
            } else {
                net.exceptions.insert(ExceptionCode::PolicyNotAvailable);
            }
            return;
        }
        let mut known = self
            .resource_policies
            .of_account(owner.unwrap_or_default())
            .filter(|policy| policy.is_about(&action.name) && policy.is_trust == about_roles);
        let some = known.any(|policy| policy.scope.iter().any(|one| ask.region.meets(one)));
        if all_known && foreign && !some {
            net.allowed = Expression::False;
        }
        if must_allow || some {
            net.exceptions.insert(ExceptionCode::LimitedByResourcePolicy);
        }
        if !all_known {
            net.exceptions.insert(ExceptionCode::PolicyNotAvailable);
        }
    }

    /// How far a resource's policy lets a holder through, in whatever way it names it.
    fn reach_of_resource(&self, ask: &Ask<'_>, policy: &ResourcePolicy) -> Reach {
        let mut reach = Reach::NOTHING;
        let statements = self.documents.get(policy.document).into_iter();
        for (_, statement, runs) in statements.flat_map(CompiledDocument::statements) {
            let Some(principals) = &statement.principals else {
                continue;
            };
            if statement.effect != Effect::Allow || !runs.contains(ask.action) {
                continue;
            }
            let named = principals.grants(&ask.holder.principal).any();
            if named == Expression::False {
                continue;
            }
            reach.add(match ask.relation(statement) {
                Relation::All(holds) => Relation::all(named.and(holds)),
                other @ (Relation::Some | Relation::None) => other,
            });
        }
        reach
    }
}

impl Ask<'_> {
    /// How the principals of a Deny relate to the holder.
    pub(super) fn bound(&self, statement: &CompiledStatement) -> Bound {
        match &statement.principals {
            Some(principals) => bound(self.holder, principals),
            None => Bound::All(Expression::True),
        }
    }
}

impl Net {
    fn other_side(&mut self, reach: Reach) {
        if reach.whole == Expression::True {
            return;
        }
        if reach.partly {
            self.exceptions.insert(ExceptionCode::LimitedByResourcePolicy);
        } else if reach.whole != Expression::False {
            self.exceptions.insert(ExceptionCode::LimitedByCondition);
        }
        self.note_unsupported(&reach.whole);
        if !reach.partly {
            self.allowed = std::mem::replace(&mut self.allowed, Expression::False).and(reach.whole);
        }
    }
}

/// Not `aws`, which owns managed policies and asks nobody.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn bound(holder: &Holder, principals: &PrincipalSet) -> Bound {
    if holder.whom == Whom::One {
        let has_boundary = holder.boundary != Boundary::None;
        let binds = principals.denies(&holder.principal, has_boundary);
        return if binds == Expression::False {
            Bound::None
        } else {
            Bound::All(binds)
        };
    }
    let entries = principals.entries().entries();
    let everyone = entries.contains(&PrincipalEntry::Everyone);
    let account = PrincipalEntry::Account(holder.account.clone());
    let all = everyone || (holder.whom == Whom::Account && entries.contains(&account));
    let some = entries.iter().any(|entry| concerns(holder, entry));
    if principals.entries().is_negated() {
        // Listing an account spares its root user only; listing everybody spares everybody.
        match (everyone, some) {
            (true, _) => Bound::None,
            (false, true) => Bound::Some,
            (false, false) => Bound::All(Expression::True),
        }
    } else if all {
        Bound::All(Expression::True)
    } else if some {
        Bound::Some
    } else {
        Bound::None
    }
}

/// Whether an entry can name one of several principals.
fn concerns(holder: &Holder, entry: &PrincipalEntry) -> bool {
    let everybody = holder.whom == Whom::Everybody;
    let of = |account: &str| everybody || *account == *holder.account;
    match entry {
        PrincipalEntry::Everyone | PrincipalEntry::UniqueId(_) => true,
        PrincipalEntry::Account(account)
        | PrincipalEntry::RoleSession { account, .. }
        | PrincipalEntry::FederatedUser { account, .. } => of(account),
        PrincipalEntry::User(arn) | PrincipalEntry::Role(arn) => {
            Arn::parse(arn).is_ok_and(|arn| of(arn.account))
        }
        PrincipalEntry::Service(_) | PrincipalEntry::Federated(_) | PrincipalEntry::CanonicalUser(_) => {
            everybody
        }
        PrincipalEntry::Nobody(_) => false,
    }
}
