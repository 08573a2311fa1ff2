//! Requests that are decided together: of one principal class, for one action, on one destination.

use super::destination::{Destination, Relation};
use super::draft::PoliciesAt;
use super::resource_side::SelectivelyDenied;
use crate::aws::data::{Extent, Grantee, PrincipalClass, ResourcePolicy, Snapshot};
use foldhash::HashMap;
use iam::condition::Expression;
use iam::context::{Context, Layered};
use iam::evaluate::takes_token;
use iam::matching::ResourcePattern;
use iam::policy::CompiledStatement;
use std::cell::RefCell;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

/// All requests of a principal class for an action on a destination
///
/// What the principal, the destination and the action settle is known of them; the rest of a request is open.
pub(super) struct RequestClass<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) action: u32,
    pub(super) destination: &'a Destination<'a>,
    pub(super) class: &'a PrincipalClass,
    pub(super) keys: Layered<'a>,
    pub(super) relations: &'a Relations<'a>,
}

/// Remembers how statements relate to one destination for one principal class, as far as that was worked out before
///
/// The action takes a part in it only by the token that it may take, so that all other actions on a destination share the
/// answers. A statement is known by its address: it belongs to the snapshot, which outlives every table that is worked out.
#[derive(Default)]
pub(super) struct Relations<'a> {
    /// By the address of the statement, and by whether the action takes a token
    own: RefCell<HashMap<(usize, bool), Relation>>,
    of_everybody: Option<&'a RelationsOfEverybody>,
}

/// Holds what is true for one destination and any principal
#[derive(Debug, Default)]
pub(super) struct RelationsOfEverybody {
    /// Says how the resources of statements relate to the destination; `None` where policy variables take part
    statements: Mutex<HashMap<usize, Option<Relation>>>,
    /// The condition keys of a request whose values follow from the destination alone
    context: OnceLock<Context>,
    /// Says what the policies of resources decide about, once it is needed
    policies: OnceLock<PoliciesAt>,
    /// By account of the principals and action: whom the policies of resources deny a part
    denied: Mutex<HashMap<Box<str>, HashMap<u32, DeniedInPart>>>,
}

/// Says to whom the policies of resources deny something of a row that names their resources among others
#[derive(Debug, Clone)]
pub(super) enum DeniedInPart {
    Nobody,
    /// All principals of an account
    Everybody,
    /// The principals whom one of these statements binds
    Some(Arc<SelectivelyDenied>),
}

/// Returns what the action alone tells of a request: one that takes the token of a provider is made by those who have one.
pub(super) fn known_by_action(snapshot: &Snapshot, action: u32) -> &'static Context {
    static NOTHING: LazyLock<Context> = LazyLock::new(Context::open);
    static OF_FEDERATED: LazyLock<Context> = LazyLock::new(Context::of_federated);
    if takes_token(name(snapshot, action)) {
        &OF_FEDERATED
    } else {
        &NOTHING
    }
}

fn name(snapshot: &Snapshot, action: u32) -> &str {
    snapshot.actions.get(action).map_or("", |action| &action.name)
}

impl<'a> Relations<'a> {
    /// Starts the relations for one more principal class.
    pub(super) fn new(of_everybody: Option<&'a RelationsOfEverybody>) -> Self {
        Self {
            own: RefCell::default(),
            of_everybody,
        }
    }
}

impl RelationsOfEverybody {
    fn get(&self, statement: &CompiledStatement, work_out: impl FnOnce() -> Relation) -> Option<Relation> {
        let address = std::ptr::from_ref(statement).addr();
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let known = || self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&address) {
            return known.clone();
        }
        let mut entries = statement
            .resources
            .iter()
            .flat_map(|one| one.patterns().entries());
        let is_fixed = entries.all(|entry| matches!(entry, ResourcePattern::Fixed(_)));
        let relation = is_fixed.then(work_out);
        known().insert(address, relation.clone());
        relation
    }

    /// Returns the condition keys of a request whose values follow from the destination alone; `work_out` finds them out.
    pub(super) fn context(&self, work_out: impl FnOnce() -> Context) -> &Context {
        self.context.get_or_init(work_out)
    }

    /// Says what the policies of resources decide about; `work_out` finds it out.
    pub(super) fn policies(&self, work_out: impl FnOnce() -> PoliciesAt) -> PoliciesAt {
        *self.policies.get_or_init(work_out)
    }

    /// Returns whether it is known that no policy of a resource decides about anything.
    fn is_without_policies(&self) -> bool {
        matches!(self.policies.get(), Some(PoliciesAt::Nothing { .. }))
    }

    /// Returns whom the policies of resources deny a part, if that was worked out before.
    pub(super) fn denied_in_part(&self, account: &str, action: u32) -> Option<DeniedInPart> {
        let known = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(account)?.get(&action).cloned()
    }
}

impl<'a> RequestClass<'a> {
    /// Returns whom the policies of resources deny a part of the destination, which has no policy of its own; `work_out` finds
    /// it out.
    pub(super) fn denied_in_part(&self, work_out: impl FnOnce() -> DeniedInPart) -> DeniedInPart {
        let account = &self.class.account;
        // Services and users of identity providers, who belong to no account, have little in common.
        let Some(of_everybody) = self.relations.of_everybody.filter(|_| !account.is_empty()) else {
            return work_out();
        };
        if of_everybody.is_without_policies() {
            return DeniedInPart::Nobody;
        }
        if let Some(known) = of_everybody.denied_in_part(account, self.action) {
            return known;
        }
        let found = work_out();
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut known = of_everybody.denied.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(account.clone())
            .or_default()
            .insert(self.action, found.clone());
        found
    }

    /// Returns how a statement about the action relates to the destination.
    pub(super) fn relation(&self, statement: &CompiledStatement) -> Relation {
        // Most statements are, and need not be remembered.
        if statement.is_about_everything() {
            return Relation::All(Expression::True);
        }
        let address = std::ptr::from_ref(statement).addr();
        let key = (address, takes_token(self.action_name()));
        if let Some(known) = self.relations.own.borrow().get(&key) {
            return known.clone();
        }
        let relation = self.work_out(statement);
        self.relations.own.borrow_mut().insert(key, relation.clone());
        relation
    }

    fn work_out(&self, statement: &CompiledStatement) -> Relation {
        let condition = statement.condition.resolve(&self.keys);
        if condition == Expression::False {
            return Relation::None;
        }
        let relate = || {
            self.destination
                .relate(statement.resources.as_ref(), &self.class.context)
        };
        let of_everybody = self.relations.of_everybody;
        let known = of_everybody.and_then(|relations| relations.get(statement, relate));
        match known.unwrap_or_else(relate) {
            Relation::All(about) => Relation::all(about.and(condition)),
            other @ (Relation::Some | Relation::None) => other,
        }
    }

    /// Returns the name of the action.
    pub(super) fn action_name(&self) -> &'a str {
        name(self.snapshot, self.action)
    }

    /// Returns whether the principals need no permission for the action, so that no policy limits it.
    pub(super) fn needs_no_permission(&self) -> bool {
        iam::evaluate::needs_no_permission(self.action_name(), &self.class.principal)
    }

    /// Returns whether the principals can make no request for the action.
    pub(super) fn is_made_by_others(&self) -> bool {
        match &self.class.extent {
            // Those who come with the token of a provider are among them.
            Extent::Public | Extent::Limited(Grantee::Network) => false,
            Extent::Principal | Extent::Account | Extent::Limited(_) => {
                iam::evaluate::is_made_by_others(self.action_name(), &self.class.principal)
            }
        }
    }

    /// Returns the account that owns the destination. When a pattern covers resources of several accounts, only those
    /// in the principal's own account count, as everywhere in a row. The same is true where nothing names the owner.
    pub(super) fn owner(&self) -> &'a str {
        if let Some(policy) = self.resource_policy() {
            return &policy.account;
        }
        self.destination.owner().unwrap_or(&self.class.account)
    }

    /// Returns the policy of the resource that the destination is or lies in.
    pub(super) fn resource_policy(&self) -> Option<&'a ResourcePolicy> {
        self.snapshot.resource_policies.get(self.destination.policy?)
    }
}
