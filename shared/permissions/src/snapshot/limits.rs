//! The net of a grant: what denies, boundary, service control policies and trust policies leave of it.

use super::region::{Region, Relation};
use super::{Boundary, CompiledDocument, Holder, ResourceDenies, ServiceControl, Snapshot};
use crate::exceptions::{ExceptionCode, Exceptions};
use iam::arn::ArnPattern;
use iam::condition::{Atom, Expression};
use iam::context::{Context, Layered};
use iam::document::Effect;
use iam::glob::Containment;

/// Whether anything is left of a grant
pub(super) enum Verdict {
    /// A row, with what limits it
    Row(Exceptions),
    /// Nothing
    NoRow,
}

/// What is known of one grant so far
struct Net {
    /// Of what is certain for the whole row: grants and limits joined
    allowed: Expression,
    denied: Expression,
    exceptions: Exceptions,
}

impl Snapshot {
    /// What is left of a grant by some statements of a document, each with what blurs it; drops those that do not
    /// grant anything to the holder.
    pub(super) fn verdict(
        &self,
        holder: &Holder,
        document: &CompiledDocument,
        granting: &mut Vec<(u16, Exceptions)>,
        action: u32,
        region: &Region<'_>,
    ) -> Verdict {
        let of_region = region.single().map(|resource| Context::of_resource(&resource));
        let open = Context::open();
        let contexts = [&holder.context, of_region.as_ref().unwrap_or(&open)];
        let keys = Layered(&contexts);
        let statements = document.policy.statements();
        let (mut sharp, mut blurred) = (Expression::False, Expression::False);
        let mut blur = Exceptions::default();
        granting.retain(|&(index, own)| {
            let statement = statements.get(usize::from(index));
            let grants = statement.map_or(Expression::False, |statement| statement.condition.resolve(&keys));
            if grants == Expression::False {
                return false;
            }
            if own == Exceptions::default() {
                sharp = std::mem::replace(&mut sharp, Expression::False).or(grants);
            } else {
                blur.extend(own);
                blurred = std::mem::replace(&mut blurred, Expression::False).or(grants);
            }
            true
        });
        if granting.is_empty() {
            return Verdict::NoRow;
        }
        // One statement that names the destination sharply, without condition, is enough.
        if sharp == Expression::True {
            blur = Exceptions::default();
        }
        let mut net = Net {
            allowed: sharp.or(blurred),
            denied: Expression::False,
            exceptions: blur,
        };
        if net.allowed != Expression::True {
            net.conditional(ExceptionCode::LimitedByCondition);
        }
        let ask = Ask {
            action,
            region,
            holder,
            keys,
        };
        for &one in &holder.denies {
            self.deny(&ask, one, ExceptionCode::LimitedByDenyStatement, &mut net);
        }
        let boundary = ExceptionCode::LimitedByPermissionsBoundary;
        match holder.boundary {
            Boundary::None => {}
            Boundary::NotKnown => net.exceptions.insert(ExceptionCode::PolicyNotAvailable),
            Boundary::Document(one) => {
                self.deny(&ask, one, boundary, &mut net);
                self.allow(&ask, &[one], boundary, &mut net);
            }
        }
        let service_control = ExceptionCode::LimitedByServiceControlPolicy;
        match &holder.service_control {
            ServiceControl::Exempt => {}
            ServiceControl::NotSupplied => {
                net.exceptions.insert(ExceptionCode::AwsRootAccountIsNotOnboarded);
            }
            ServiceControl::Levels(levels) => {
                for level in levels {
                    for &one in level {
                        self.deny(&ask, one, service_control, &mut net);
                    }
                    self.allow(&ask, level, service_control, &mut net);
                }
            }
        }
        for one in &self.resource_denies {
            self.resource_deny(&ask, one, &mut net);
        }
        self.other_side(&ask, &mut net);
        if holder.incomplete {
            net.exceptions.insert(ExceptionCode::PolicyNotAvailable);
        }
        net.verdict()
    }

    fn deny(&self, ask: &Ask<'_>, document: usize, code: ExceptionCode, net: &mut Net) {
        let Some(document) = self.documents.get(document) else {
            return;
        };
        if document.policy.has_invalid_deny() {
            net.exceptions.insert(ExceptionCode::PolicyNotAvailable);
        }
        for (_, statement, runs) in document.statements() {
            if statement.effect != Effect::Deny || !runs.contains(ask.action) {
                continue;
            }
            match ask.relation(statement) {
                Relation::None => {}
                Relation::Some => net.exceptions.insert(code),
                Relation::All(denies) => {
                    if denies != Expression::True {
                        net.note_unsupported(&denies);
                    }
                    net.exceptions.insert(code);
                    net.denied = std::mem::replace(&mut net.denied, Expression::False).or(denies);
                }
            }
        }
    }

    /// What the policy of a resource denies of a row that names the resource, alone or among others.
    fn resource_deny(&self, ask: &Ask<'_>, denies: &ResourceDenies, net: &mut Net) {
        let Some(document) = self.documents.get(denies.document) else {
            return;
        };
        let named = |pattern: &ArnPattern| match ask.region.single() {
            Some(resource) => pattern.matches(&resource),
            None => ask.region.meets(pattern),
        };
        for (_, statement, runs) in document.statements() {
            if statement.effect != Effect::Deny || !runs.contains(ask.action) || ask.region.unspecified {
                continue;
            }
            let has_boundary = ask.holder.boundary != Boundary::None;
            let bound = match &statement.principals {
                Some(principals) => principals.denies(&ask.holder.principal, has_boundary),
                None => Expression::True,
            };
            if bound == Expression::False || !denies.scope.iter().any(named) {
                continue;
            }
            let within = ask.region.single().is_some()
                || denies
                    .scope
                    .iter()
                    .any(|pattern| pattern.contains(ask.region.pattern) == Containment::Contained);
            match ask.relation(statement) {
                Relation::None => {}
                Relation::All(about) if within => {
                    let refused = bound.and(about);
                    if refused != Expression::False {
                        net.note_unsupported(&refused);
                        net.exceptions.insert(ExceptionCode::LimitedByDenyStatement);
                        net.denied = std::mem::replace(&mut net.denied, Expression::False).or(refused);
                    }
                }
                Relation::All(_) | Relation::Some => {
                    net.exceptions.insert(ExceptionCode::LimitedByDenyStatement);
                }
            }
        }
    }

    /// A layer that must allow: its documents are a union.
    fn allow(&self, ask: &Ask<'_>, documents: &[usize], code: ExceptionCode, net: &mut Net) {
        let (mut allowed, mut partly) = (Expression::False, false);
        for document in documents.iter().filter_map(|&one| self.documents.get(one)) {
            for (_, statement, runs) in document.statements() {
                if statement.effect != Effect::Allow || !runs.contains(ask.action) {
                    continue;
                }
                match ask.relation(statement) {
                    Relation::None => {}
                    Relation::Some => partly = true,
                    Relation::All(allows) => allowed = allowed.or(allows),
                }
            }
        }
        if allowed == Expression::True {
            return;
        }
        net.exceptions.insert(code);
        net.note_unsupported(&allowed);
        if !partly {
            let all = std::mem::replace(&mut net.allowed, Expression::False);
            net.allowed = all.and(allowed);
        }
    }

    /// Where the resource's own policy must allow as well: roles, keys, resources of other accounts.
    ///
    /// Source: IAM user guide, "Cross-account policy evaluation logic"; AWS KMS developer guide, "Key policies".
    fn other_side(&self, ask: &Ask<'_>, net: &mut Net) {
        let Some(action) = self.actions.get(ask.action) else {
            return;
        };
        let single = ask.region.single();
        let arn = single.as_ref().and_then(|resource| resource.arn());
        let account = ask.region.text.split(':').nth(4).unwrap_or_default();
        let foreign = !account.is_empty() && !account.contains(['*', '?']) && *account != *ask.holder.account;
        let about_roles = action.name.starts_with("sts:")
            && ask.region.types.iter().any(|one| one.as_str().contains(":role/"));
        let about_keys = action.name.starts_with("kms:")
            && ask.region.types.iter().any(|one| one.as_str().contains(":key/"));
        let trust = arn.and_then(|arn| self.trusts.get(arn.as_str()));
        let trust = trust.and_then(|&document| self.documents.get(document));
        match (about_roles, trust) {
            (true, Some(trust)) => trusted(ask, trust, net),
            (true, None) => net.exceptions.insert(ExceptionCode::PolicyNotAvailable),
            (false, _) if about_keys || (foreign && !ask.region.unspecified) => {
                net.exceptions.insert(ExceptionCode::PolicyNotAvailable);
            }
            (false, _) => {}
        }
    }
}

/// What a role's trust policy says about an action on the role.
fn trusted(ask: &Ask<'_>, trust: &CompiledDocument, net: &mut Net) {
    let mut allowed = Expression::False;
    for (_, statement, runs) in trust.statements() {
        let Some(principals) = statement
            .principals
            .as_ref()
            .filter(|_| runs.contains(ask.action))
        else {
            continue;
        };
        let condition = statement.condition.resolve(&ask.keys);
        match statement.effect {
            Effect::Allow => {
                let named = principals.grants(&ask.holder.principal).any();
                allowed = allowed.or(named.and(condition));
            }
            Effect::Deny => {
                let has_boundary = ask.holder.boundary != Boundary::None;
                let denies = principals
                    .denies(&ask.holder.principal, has_boundary)
                    .and(condition);
                if denies != Expression::False {
                    net.exceptions.insert(ExceptionCode::LimitedByDenyStatement);
                    net.note_unsupported(&denies);
                    net.denied = std::mem::replace(&mut net.denied, Expression::False).or(denies);
                }
            }
        }
    }
    if allowed != Expression::True {
        if allowed != Expression::False {
            net.note_unsupported(&allowed);
            net.exceptions.insert(ExceptionCode::LimitedByCondition);
        }
        net.allowed = std::mem::replace(&mut net.allowed, Expression::False).and(allowed);
    }
}

/// One question about all statements of all layers
pub(super) struct Ask<'a> {
    pub(super) action: u32,
    pub(super) region: &'a Region<'a>,
    pub(super) holder: &'a Holder,
    pub(super) keys: Layered<'a>,
}

impl Ask<'_> {
    /// How a statement about the action relates to the row.
    pub(super) fn relation(&self, statement: &iam::policy::CompiledStatement) -> Relation {
        let condition = statement.condition.resolve(&self.keys);
        if condition == Expression::False {
            return Relation::None;
        }
        match self
            .region
            .relate(statement.resources.as_ref(), &self.holder.context)
        {
            Relation::All(about) => Relation::all(about.and(condition)),
            other @ (Relation::Some | Relation::None) => other,
        }
    }
}

impl Net {
    fn conditional(&mut self, code: ExceptionCode) {
        let allowed = std::mem::replace(&mut self.allowed, Expression::False);
        self.note_unsupported(&allowed);
        self.allowed = allowed;
        self.exceptions.insert(code);
    }

    fn note_unsupported(&mut self, expression: &Expression) {
        if has_unsupported(expression) {
            self.exceptions.insert(ExceptionCode::ConditionNotEvaluated);
        }
    }

    fn verdict(self) -> Verdict {
        // What is certainly nothing is nothing, whatever else removes parts.
        if self.allowed.and(self.denied.negate()) == Expression::False {
            Verdict::NoRow
        } else {
            Verdict::Row(self.exceptions)
        }
    }
}

fn has_unsupported(expression: &Expression) -> bool {
    match expression {
        Expression::Atom(atom) | Expression::Not(atom) => matches!(**atom, Atom::Unsupported { .. }),
        Expression::And(members) | Expression::Or(members) => members.iter().any(has_unsupported),
        Expression::True | Expression::False | Expression::Complex => false,
    }
}
