//! Keeps the answers that were worked out before, and the lists of objects that they are about.

use super::limits::GrantKey;
use super::methods::Subject;
use super::needed::NeededAction;
use super::ways::Ways;
use crate::aws::data::PrincipalClass;
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use iam::arn::ArnPattern;
use std::cell::RefCell;
use std::rc::Rc;

pub(super) type NamedByPattern = HashMap<ArnPattern, Rc<FixedBitSet>>;

pub(super) type Sorts = Rc<Vec<FixedBitSet>>;

/// Answers that were worked out before
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Objects that a pattern names
    pub(super) named: RefCell<HashMap<List, NamedByPattern>>,
    /// Objects that differ only in their names
    pub(super) sorts: RefCell<HashMap<(List, Boundaries), Sorts>>,
    /// Says whether a document grants an action anywhere
    pub(super) anywhere: RefCell<HashMap<GrantKey, Option<bool>>>,
    /// Says what a document grants, by the number of the needed action
    pub(super) granted: RefCell<HashMap<(GrantKey, usize), Rc<Ways>>>,
}

/// Objects that are numbered together
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum List {
    /// The roles of all accounts, as such that are assumed
    Assumed,
    /// The users and roles of an account
    Principals(Box<str>),
    Groups(Box<str>),
    Policies(Box<str>),
}

/// Says whether the permissions boundary of an object counts
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Boundaries {
    Count,
    CountNot,
}

impl List {
    /// Returns the list that holds the objects of a needed action; `None` for running resources, which are all different.
    pub(super) fn of(needed_action: &NeededAction, class: &PrincipalClass) -> Option<Self> {
        let account = || class.account.clone();
        match needed_action.need.subject {
            Subject::Role if needed_action.is_assumption() => Some(Self::Assumed),
            Subject::User | Subject::Role => Some(Self::Principals(account())),
            Subject::Group => Some(Self::Groups(account())),
            Subject::Policy => Some(Self::Policies(account())),
            Subject::Running(..) | Subject::New => None,
        }
    }
}

impl Boundaries {
    /// Returns whether requests of a needed action can depend on the boundary of the object.
    pub(super) fn of(needed_action: &NeededAction) -> Self {
        if needed_action.tells_boundary() {
            Self::Count
        } else {
            Self::CountNot
        }
    }
}
