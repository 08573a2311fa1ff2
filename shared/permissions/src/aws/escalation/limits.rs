//! Finds what limits a possible grant. Possible grants with equal limits come to the same, so that they are decided once.
//!
//! Thousands of principals hold the same policies. What their own denies say about other actions does not matter.

use crate::aws::data::{Boundary, CompiledDocument, DocumentId, ServiceControl, Snapshot};
use foldhash::HashMap;
use iam::condition::Expression;
use iam::document::Effect;
use iam::matching::{ResourcePattern, ResourceSet};
use iam::policy::CompiledStatement;
use std::cell::RefCell;
use std::rc::Rc;

/// Remembers what was found out about documents, actions and limits of principals
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) numbers: RefCell<HashMap<OfPrincipal, LimitsId>>,
    /// Says what the statements can do, by the address of the document, which outlives the answers, and the action
    pub(super) abouts: RefCell<HashMap<(usize, u32), About>>,
    /// The numbers of the needed actions that a document may grant, by the address of the document
    pub(super) needed_actions: RefCell<HashMap<usize, Rc<[usize]>>>,
    /// Actions that the policy of some resource denies
    pub(super) denied: RefCell<HashMap<u32, bool>>,
}

/// Numbers what limits some principals beside the denies of their own policies
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LimitsId(pub(super) usize);

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct OfPrincipal {
    pub(super) account: Box<str>,
    pub(super) boundary: Boundary,
    pub(super) service_control: ServiceControl,
    pub(super) incomplete: bool,
}

/// A document, an action, and all that limits what the document grants of the action
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct GrantKey {
    /// Address of the document, which outlives the answers
    pub(super) document: usize,
    pub(super) action: u32,
    pub(super) limits: LimitsId,
    pub(super) denies: Vec<DocumentId>,
}

/// Says what the statements of a document about an action can do
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) allows: bool,
    /// A Deny names the action, or a statement that cannot be read may
    pub(super) denies: bool,
    /// A Deny names the action on everything, whatever a request says
    pub(super) denies_all: bool,
    pub(super) depends_on: DependsOn,
}

/// Says what of a principal statements depend on
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DependsOn {
    Nothing,
    /// Their conditions read a principal
    Conditions,
    /// Their resources read the name of a principal, or whether the policy of a resource names it
    Principal,
}

impl About {
    pub(super) fn of(snapshot: &Snapshot, document: &CompiledDocument, action: u32) -> Self {
        let mut about = Self {
            allows: false,
            denies: document.has_invalid_deny(),
            denies_all: false,
            depends_on: DependsOn::Nothing,
        };
        let name = snapshot.actions.get(action).map_or("", |action| &action.name);
        for effect in [Effect::Allow, Effect::Deny] {
            for statement in document.about(effect, action) {
                match effect {
                    Effect::Allow => about.allows = true,
                    Effect::Deny => {
                        about.denies = true;
                        about.denies_all |= statement.is_about_everything();
                    }
                }
                about.depends_on = about.depends_on.max(DependsOn::of(snapshot, statement, name));
            }
        }
        about
    }
}

impl DependsOn {
    pub(super) fn of(snapshot: &Snapshot, statement: &CompiledStatement, action: &str) -> Self {
        let reads_principal = |entry: &ResourcePattern| match entry {
            ResourcePattern::Variable(_) => true,
            ResourcePattern::Fixed(pattern) => {
                let policy = snapshot.resource_policies.of(pattern);
                let policy = policy.and_then(|id| snapshot.resource_policies.get(id));
                policy.is_some_and(|policy| policy.is_about(action))
            }
        };
        if statement.resources.iter().flat_map(entries).any(reads_principal) {
            Self::Principal
        } else if statement.condition == Expression::True {
            Self::Nothing
        } else {
            Self::Conditions
        }
    }
}

pub(super) fn entries(resources: &ResourceSet) -> &[ResourcePattern] {
    resources.patterns().entries()
}
