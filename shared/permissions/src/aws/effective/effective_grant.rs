//! A grant and what the layers leave of it.

use super::destination::Relation;
use crate::row::exceptions::{ExceptionCode, Exceptions};
use iam::condition::{Atom, Expression};

/// Holds what the layers that were applied so far leave of one grant
pub(super) struct EffectiveGrant {
    /// Holds what is certain for the whole row: grants and limits joined
    pub(super) allowed: Expression,
    pub(super) denied: Expression,
    pub(super) exceptions: Exceptions,
}

/// Says how far a union of Allow statements reaches over a destination
pub(super) struct Reach {
    /// The condition under which the union reaches all of the destination
    pub(super) whole: Expression,
    /// Says whether the union reaches a part that is not known exactly
    pub(super) partly: bool,
}

/// Grants that name the destination exactly, and grants that name more than they mean
pub(super) struct Sum {
    pub(super) exact: Expression,
    pub(super) blurred: Expression,
    pub(super) blur: Exceptions,
}

impl Sum {
    pub(super) const NOTHING: Self = Self {
        exact: Expression::False,
        blurred: Expression::False,
        blur: Exceptions::NONE,
    };

    pub(super) fn is_nothing(&self) -> bool {
        self.exact == Expression::False && self.blurred == Expression::False
    }

    pub(super) fn or(self, other: Self) -> Self {
        let mut blur = self.blur;
        blur.extend(other.blur);
        Self {
            exact: self.exact.or(other.exact),
            blurred: self.blurred.or(other.blurred),
            blur,
        }
    }

    /// Adds a grant with what blurs it; returns false when the grant grants nothing.
    pub(super) fn add(&mut self, grants: Expression, blur: Exceptions) -> bool {
        if grants == Expression::False {
            return false;
        }
        if blur == Exceptions::NONE {
            self.exact = std::mem::replace(&mut self.exact, Expression::False).or(grants);
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

impl EffectiveGrant {
    pub(super) fn new(sum: Sum) -> Self {
        // One statement is enough that names the destination exactly, without condition.
        let exceptions = if sum.exact == Expression::True {
            Exceptions::NONE
        } else {
            sum.blur
        };
        let mut grant = Self {
            allowed: sum.exact.or(sum.blurred),
            denied: Expression::False,
            exceptions,
        };
        if grant.allowed != Expression::True {
            grant.exceptions.insert(ExceptionCode::LimitedByCondition);
            if has_unsupported(&grant.allowed) {
                grant.exceptions.insert(ExceptionCode::ConditionNotEvaluated);
            }
        }
        grant
    }

    /// Makes a grant that no layer limits.
    pub(super) const fn certain() -> Self {
        Self {
            allowed: Expression::True,
            denied: Expression::False,
            exceptions: Exceptions::NONE,
        }
    }

    /// Joins several grants, of which any suffices, before anything is denied; `None` when there is no grant.
    ///
    /// One that is certain is enough: what limits the others does not count.
    pub(super) fn any(ways: Vec<Self>) -> Option<Self> {
        let certain = |way: &Self| way.allowed == Expression::True && way.exceptions == Exceptions::NONE;
        let mut joined: Option<Self> = None;
        for way in ways {
            if certain(&way) {
                return Some(way);
            }
            joined = Some(match joined {
                None => way,
                Some(mut joined) => {
                    joined.exceptions.extend(way.exceptions);
                    joined.allowed = joined.allowed.or(way.allowed);
                    joined
                }
            });
        }
        joined
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

    /// Returns whether something is certainly left, even if other layers remove parts; `None` when certainly nothing is
    /// left.
    pub(super) fn certainty(&self) -> Option<bool> {
        let left = self.allowed.clone().and(self.denied.clone().negate());
        let tolerated = |code| {
            matches!(
                code,
                ExceptionCode::LimitedByDenyStatement
                    | ExceptionCode::CloudEventNotSupported
                    | ExceptionCode::AwsRootAccountIsNotOnboarded
            )
        };
        (left != Expression::False).then(|| left == Expression::True && self.exceptions.iter().all(tolerated))
    }

    /// Returns the condition under which something is left, and what limits it; `None` when certainly nothing is left.
    /// Other layers may remove parts.
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
