//! What the policy of a resource grants to one whom it names.
//!
//! Source: IAM user guide, "Policy evaluation logic", the table of grants by kind of principal, and "Cross-account policy
//! evaluation logic".

use super::grants::{Candidate, Candidates, Table};
use super::limits::{Ask, Net, Sum};
use super::region::Relation;
use super::resource_policies::ResourcePolicy;
use super::scope::destinations;
use super::{CompiledDocument, Holder, Snapshot, Whom};
use crate::exceptions::{ExceptionCode, Exceptions};
use iam::condition::Expression;
use iam::document::{Effect, Element};
use iam::matching::{Grants, PrincipalEntry, PrincipalSet};
use iam::policy::CompiledStatement;

/// How a statement names a holder by more than its account
struct Named {
    /// Grants by itself
    direct: Expression,
    /// Limited by the permissions boundary within the account
    limited: Expression,
    blur: Exceptions,
}

impl Snapshot {
    pub(super) fn resource_grants(
        &self,
        holder: &Holder,
        document: &CompiledDocument,
        policy: &ResourcePolicy,
    ) -> Table {
        let mut candidates = Candidates::default();
        let actions = self.actions.of_service(policy.service());
        for (index, statement, runs) in document.statements() {
            let (Effect::Allow, Ok(index)) = (statement.effect, u16::try_from(index)) else {
                continue;
            };
            if named(holder, statement).is_none() {
                continue;
            }
            for text in destinations(statement.resources.as_ref(), &policy.scope, &holder.context) {
                let dest = candidates.dest(self, &text);
                for action in actions.clone().filter(|&action| runs.contains(action)) {
                    candidates.add(self, action, dest, index, Exceptions::NONE);
                }
            }
        }
        self.net(candidates, holder, &policy.account, |ask, granting| {
            self.resource_net(ask, document, policy, granting)
        })
    }

    /// What is left of a grant by some statements of a resource's policy; drops those that grant the holder nothing.
    pub(super) fn resource_net(
        &self,
        ask: &Ask<'_>,
        document: &CompiledDocument,
        policy: &ResourcePolicy,
        granting: &mut Vec<Candidate>,
    ) -> Option<Net> {
        let holder = ask.holder;
        let (mut direct, mut limited) = (Sum::NOTHING, Sum::NOTHING);
        granting.retain(|candidate| {
            let statement = document.policy.statements().get(usize::from(candidate.statement));
            let Some((statement, named)) = statement.and_then(|one| Some((one, named(holder, one)?))) else {
                return false;
            };
            let (holds, blur) = match ask.relation(statement) {
                Relation::None => return false,
                Relation::All(holds) => (holds, named.blur),
                Relation::Some => {
                    let mut blur = named.blur;
                    blur.insert(unclear(statement));
                    (statement.condition.resolve(&ask.keys), blur)
                }
            };
            let by_name = direct.add(named.direct.and(holds.clone()), blur);
            limited.add(named.limited.and(holds), blur) || by_name
        });
        if granting.is_empty() {
            return None;
        }
        let crosses = !holder.account.is_empty() && holder.account != policy.account;
        let by_boundary = ExceptionCode::LimitedByPermissionsBoundary;
        let mut net = if crosses || limited.is_nothing() || direct.sharp == Expression::True {
            Net::new(direct.or(limited))
        } else {
            // Of the same account: the boundary limits what the role itself is granted, not what its session is.
            let mut own = Net::new(limited);
            if let Some(boundary) = self.boundary(ask, &mut own) {
                own.limit(boundary, by_boundary);
            }
            if own.allowed == Expression::True {
                own
            } else {
                own.or(Net::new(direct))
            }
        };
        self.refusals(ask, &mut net);
        if crosses && !holder.incomplete {
            if let Some(boundary) = self.boundary(ask, &mut net) {
                net.limit(boundary, by_boundary);
            }
            let identity = self.reach(ask, holder.identity.iter().copied());
            net.limit(identity, ExceptionCode::LimitedByIdentityPolicy);
        }
        Some(net)
    }
}

/// How a statement names the holder; nothing for those whom another row stands for.
fn named(holder: &Holder, statement: &CompiledStatement) -> Option<Named> {
    let principals = statement.principals.as_ref()?;
    let public = is_public(principals);
    if holder.whom == Whom::Everybody {
        let mut blur = Exceptions::NONE;
        if principals.entries().is_negated() && !principals.entries().entries().is_empty() {
            blur.insert(ExceptionCode::LimitedByNotPrincipal);
        }
        return public.then_some(Named {
            direct: Expression::True,
            limited: Expression::False,
            blur,
        });
    }
    if public {
        return None;
    }
    let Grants { direct, limited, .. } = principals.grants(&holder.principal);
    (direct != Expression::False || limited != Expression::False).then_some(Named {
        direct,
        limited,
        blur: Exceptions::NONE,
    })
}

fn is_public(principals: &PrincipalSet) -> bool {
    match principals.entries() {
        Element::Of(entries) => entries.contains(&PrincipalEntry::Everyone),
        Element::Not(_) => true,
    }
}

/// What is said of a statement that is about some of a row's resources only.
fn unclear(statement: &CompiledStatement) -> ExceptionCode {
    match &statement.resources {
        Some(resources) if resources.patterns().is_negated() => ExceptionCode::LimitedByNotResource,
        Some(_) | None => ExceptionCode::LimitedByCondition,
    }
}
