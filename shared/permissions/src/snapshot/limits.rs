//! The net of a grant: what denies, boundary, service control policies and the other side leave of it.

use super::grants::Candidate;
use super::region::{Region, Relation};
use super::{Boundary, CompiledDocument, Holder, ServiceControl, Snapshot};
use crate::exceptions::{ExceptionCode, Exceptions};
use iam::condition::{Atom, Expression};
use iam::context::{Context, Layered};
use iam::document::Effect;

/// What is known of one grant so far
pub(super) struct Net {
    /// Of what is certain for the whole row: grants and limits joined
    pub(super) allowed: Expression,
    pub(super) denied: Expression,
    pub(super) exceptions: Exceptions,
}

/// How far Allow statements that are a union reach over a row
pub(super) struct Reach {
    /// Over all of it
    pub(super) whole: Expression,
    /// Over a part of it that is not known exactly
    pub(super) partly: bool,
}

/// One question about all statements of all layers
pub(super) struct Ask<'a> {
    pub(super) action: u32,
    pub(super) region: &'a Region<'a>,
    pub(super) holder: &'a Holder,
    pub(super) keys: Layered<'a>,
}

/// Grants that name the destination exactly, and those that blur it
pub(super) struct Sum {
    pub(super) sharp: Expression,
    pub(super) blurred: Expression,
    pub(super) blur: Exceptions,
}

impl Snapshot {
    /// What follows from the region alone.
    pub(super) fn context_of(&self, region: &Region<'_>) -> Context {
        let single = region.single();
        let mut context = single.map_or_else(Context::open, |resource| Context::of_resource(&resource));
        let named = single
            .and_then(|one| one.arn().copied())
            .is_some_and(|arn| !arn.account.is_empty());
        if let Some(policy) = region
            .policy
            .and_then(|number| self.resource_policies.get(number))
            && !named
        {
            context.add("aws:ResourceAccount", [&*policy.account]);
        }
        context
    }

    /// What is left of a grant by some statements of an identity policy; drops those that grant the holder nothing.
    pub(super) fn identity_net(
        &self,
        ask: &Ask<'_>,
        document: &CompiledDocument,
        granting: &mut Vec<Candidate>,
    ) -> Option<Net> {
        let statements = document.policy.statements();
        let mut sum = Sum::NOTHING;
        granting.retain(|candidate| {
            let statement = statements.get(usize::from(candidate.statement));
            let grants = statement.map_or(Expression::False, |one| one.condition.resolve(&ask.keys));
            sum.add(grants, candidate.blur)
        });
        if granting.is_empty() {
            return None;
        }
        let mut net = Net::new(sum);
        self.refusals(ask, &mut net);
        if let Some(boundary) = self.boundary(ask, &mut net) {
            net.limit(boundary, ExceptionCode::LimitedByPermissionsBoundary);
        }
        self.other_side(ask, &mut net);
        Some(net)
    }

    /// Everything that takes something away or must allow whatever grants: denies of all layers, and the organization.
    pub(super) fn refusals(&self, ask: &Ask<'_>, net: &mut Net) {
        let holder = ask.holder;
        for &one in &holder.denies {
            self.deny(ask, one, ExceptionCode::LimitedByDenyStatement, net);
        }
        if let Boundary::Document(one) = holder.boundary {
            self.deny(ask, one, ExceptionCode::LimitedByPermissionsBoundary, net);
        }
        let service_control = ExceptionCode::LimitedByServiceControlPolicy;
        match &holder.service_control {
            ServiceControl::Exempt => {}
            ServiceControl::NotSupplied => {
                net.exceptions.insert(ExceptionCode::AwsRootAccountIsNotOnboarded);
            }
            ServiceControl::Levels(levels) => {
                for level in levels {
                    let policies = level
                        .iter()
                        .filter_map(|&number| self.service_control_policies.get(number));
                    for one in policies.clone() {
                        self.deny(ask, one.document, service_control, net);
                    }
                    let reach = self.reach(ask, policies.map(|one| one.document));
                    net.limit(reach, service_control);
                }
            }
        }
        self.resources_refuse(ask, net);
        if holder.incomplete {
            net.exceptions.insert(ExceptionCode::PolicyNotAvailable);
        }
    }

    /// How far the permissions boundary reaches, when there is one that is known.
    pub(super) fn boundary(&self, ask: &Ask<'_>, net: &mut Net) -> Option<Reach> {
        match ask.holder.boundary {
            Boundary::None => None,
            Boundary::NotKnown => {
                net.exceptions.insert(ExceptionCode::PolicyNotAvailable);
                None
            }
            Boundary::Document(one) => Some(self.reach(ask, [one])),
        }
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
                Relation::All(denies) => net.deny(denies, code),
            }
        }
    }

    /// How far the Allow statements of documents reach together.
    pub(super) fn reach(&self, ask: &Ask<'_>, documents: impl IntoIterator<Item = usize>) -> Reach {
        let mut reach = Reach::NOTHING;
        let documents = documents.into_iter();
        for document in documents.filter_map(|one| self.documents.get(one)) {
            for (_, statement, runs) in document.statements() {
                if statement.effect == Effect::Allow && runs.contains(ask.action) {
                    reach.add(ask.relation(statement));
                }
            }
        }
        reach
    }
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

impl Sum {
    pub(super) const NOTHING: Self = Self {
        sharp: Expression::False,
        blurred: Expression::False,
        blur: Exceptions::NONE,
    };

    pub(super) fn is_nothing(&self) -> bool {
        self.sharp == Expression::False && self.blurred == Expression::False
    }

    pub(super) fn or(self, other: Self) -> Self {
        let mut blur = self.blur;
        blur.extend(other.blur);
        Self {
            sharp: self.sharp.or(other.sharp),
            blurred: self.blurred.or(other.blurred),
            blur,
        }
    }

    /// Adds a grant with what blurs it; false when it grants nothing.
    pub(super) fn add(&mut self, grants: Expression, blur: Exceptions) -> bool {
        if grants == Expression::False {
            return false;
        }
        if blur == Exceptions::NONE {
            self.sharp = std::mem::replace(&mut self.sharp, Expression::False).or(grants);
        } else {
            self.blur.extend(blur);
            self.blurred = std::mem::replace(&mut self.blurred, Expression::False).or(grants);
        }
        true
    }
}

impl Reach {
    pub(super) const NOTHING: Self = Self {
        whole: Expression::False,
        partly: false,
    };

    pub(super) fn add(&mut self, relation: Relation) {
        match relation {
            Relation::None => {}
            Relation::Some => self.partly = true,
            Relation::All(holds) => {
                self.whole = std::mem::replace(&mut self.whole, Expression::False).or(holds);
            }
        }
    }
}

impl Net {
    pub(super) fn new(sum: Sum) -> Self {
        // One statement that names the destination sharply, without condition, is enough.
        let exceptions = if sum.sharp == Expression::True {
            Exceptions::NONE
        } else {
            sum.blur
        };
        let mut net = Self {
            allowed: sum.sharp.or(sum.blurred),
            denied: Expression::False,
            exceptions,
        };
        if net.allowed != Expression::True {
            net.exceptions.insert(ExceptionCode::LimitedByCondition);
            if has_unsupported(&net.allowed) {
                net.exceptions.insert(ExceptionCode::ConditionNotEvaluated);
            }
        }
        net
    }

    /// Either of two grants, before anything is denied.
    pub(super) fn or(mut self, other: Self) -> Self {
        self.exceptions.extend(other.exceptions);
        self.allowed = self.allowed.or(other.allowed);
        self
    }

    /// Takes away what a Deny that is about all of the row denies.
    pub(super) fn deny(&mut self, denies: Expression, code: ExceptionCode) {
        self.note_unsupported(&denies);
        self.exceptions.insert(code);
        self.denied = std::mem::replace(&mut self.denied, Expression::False).or(denies);
    }

    /// Keeps what a layer that must allow reaches.
    pub(super) fn limit(&mut self, reach: Reach, code: ExceptionCode) {
        if reach.whole == Expression::True {
            return;
        }
        self.exceptions.insert(code);
        self.note_unsupported(&reach.whole);
        if !reach.partly {
            self.allowed = std::mem::replace(&mut self.allowed, Expression::False).and(reach.whole);
        }
    }

    pub(super) fn note_unsupported(&mut self, expression: &Expression) {
        if has_unsupported(expression) {
            self.exceptions.insert(ExceptionCode::ConditionNotEvaluated);
        }
    }

    /// The condition under which something is left, and what limits it; nothing when certainly nothing is left, whatever
    /// else removes parts.
    pub(super) fn left(self) -> Option<(Expression, Exceptions)> {
        let left = self.allowed.and(self.denied.negate());
        (left != Expression::False).then_some((left, self.exceptions))
    }
}

fn has_unsupported(expression: &Expression) -> bool {
    match expression {
        Expression::Atom(atom) | Expression::Not(atom) => matches!(**atom, Atom::Unsupported { .. }),
        Expression::And(members) | Expression::Or(members) => members.iter().any(has_unsupported),
        Expression::True | Expression::False | Expression::Complex => false,
    }
}
