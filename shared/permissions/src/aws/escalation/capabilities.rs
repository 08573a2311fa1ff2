//! Works out what each principal gains by the methods that its permissions make, in one step.

use super::granting::Granting;
use super::methods::{ADMINISTRATION, Certainty, Gain, Method, Subject};
use super::needed::Granted;
use super::needed::NeededActions;
use super::subjects::Subjects;
use super::ways::Ways;
use crate::aws::data::{
    Boundary, CompiledDocument, PrincipalClass, Snapshot, Source, StatementParts, TableId,
};
use crate::aws::effective::PossibleGrant;
use foldhash::HashMap;
use iam::context::Context;
use iam::document::{Document, PolicyKind};
use iam::policy::Policy;
use std::borrow::Cow;
use std::rc::Rc;

/// Holds what a principal gains in one step
#[derive(Debug, Clone, Default)]
pub(super) struct Capability<W = Ways> {
    /// Principals as which the principal can act
    pub(super) act_as: W,
    /// Principals whose policies the principal can change
    pub(super) raise: W,
    /// Principals whose permissions boundary the principal can take away
    pub(super) unlimit: W,
    /// Groups to which the principal can add users
    pub(super) join: W,
    /// Groups whose policies the principal can change
    pub(super) raise_groups: W,
    /// Says whether the principal can make a new administrator
    pub(super) makes_administrator: Option<bool>,
}

/// Says who gains by a method, and what
#[derive(Debug)]
pub(super) enum Gained {
    Become(Ways),
    Raise { principals: Ways, groups: Ways },
    Unlimit(Ways),
    Join(Ways),
    Administrator(Option<bool>),
}

/// Works out what principals gain
#[derive(Debug)]
pub(super) struct Capabilities<'s> {
    pub(super) granting: Granting<'s>,
    /// Roles that trust a service, by service
    trusting: &'s HashMap<&'static str, Ways>,
    /// A policy that allows everything
    everything: Option<CompiledDocument>,
    by_table: HashMap<TableId, Rc<Granted>>,
    /// Actions by which an administrator stays an administrator
    administration: Vec<u32>,
    /// Says of tables of documents that allow everything whether the layers leave an administrator
    administrators: HashMap<TableId, Option<bool>>,
}

impl<'s> Capabilities<'s> {
    pub(super) fn new(
        snapshot: &'s Snapshot,
        subjects: &'s Subjects,
        trusting: &'s HashMap<&'static str, Ways>,
        needed_actions: &'s NeededActions,
    ) -> Self {
        let administration = ADMINISTRATION.iter();
        Self {
            administration: administration
                .filter_map(|name| snapshot.actions.find(&name.to_lowercase()))
                .collect(),
            granting: Granting::new(snapshot, subjects, needed_actions),
            trusting,
            everything: everything(snapshot),
            by_table: HashMap::default(),
            administrators: HashMap::default(),
        }
    }

    const fn snapshot(&self) -> &'s Snapshot {
        self.granting.snapshot
    }

    const fn subjects(&self) -> &'s Subjects {
        self.granting.subjects
    }

    /// Returns what a table grants of the needed actions. When the permissions boundary is lifted, it does not count.
    pub(super) fn granted(&mut self, table: TableId, lifted: bool) -> Rc<Granted> {
        if !lifted && let Some(known) = self.by_table.get(&table) {
            return Rc::clone(known);
        }
        let snapshot = self.snapshot();
        let spec = snapshot.tables.get(table);
        let parts = spec.and_then(|spec| {
            let class = snapshot.principal_classes.get(spec.class)?;
            Some((spec, class, snapshot.documents.get(spec.document)?))
        });
        let granted = parts.map_or_else(Vec::new, |(spec, class, document)| {
            let without = lifted.then(|| without_boundary(class));
            let class = without.as_ref().unwrap_or(class);
            match spec.resource.map(|id| (id, snapshot.resource_policies.get(id))) {
                None => self.granting.by_identity(class, document),
                Some((id, Some(policy))) => self.granting.by_resource(class, document, id, policy),
                Some((_, None)) => Vec::new(),
            }
        });
        let granted = Rc::new(granted);
        if !lifted {
            self.by_table.insert(table, Rc::clone(&granted));
        }
        granted
    }

    /// Returns what the policies of a source grant together, by the numbers of the needed actions.
    pub(super) fn found(&mut self, source: &Source, lifted: bool) -> Vec<Ways> {
        let mut found = vec![Ways::default(); self.granting.needed_actions.all.len()];
        for attachment in &source.attachments {
            for (needed_action, ways) in self.granted(attachment.table, lifted).iter() {
                if let Some(slot) = found.get_mut(*needed_action) {
                    slot.unite(ways);
                }
            }
        }
        found
    }

    /// Returns what a source gains in one step. `own` is its class with everything that limits it.
    pub(super) fn of(&mut self, source: &Source, own: Option<&PrincipalClass>, lifted: bool) -> Capability {
        let found = self.found(source, lifted);
        let mut all: Capability = Capability::default();
        if found.iter().any(|ways| !ways.is_empty()) {
            let is_found =
                |needed_action: &usize| found.get(*needed_action).is_some_and(|ways| !ways.is_empty());
            for (method, needed_actions) in self.granting.needed_actions.methods() {
                // A needed action without a grant gains nothing, and most principals have no grant for most methods.
                if !needed_actions.iter().all(is_found) {
                    continue;
                }
                match self.gained(method, needed_actions, &found, &source.account) {
                    Gained::Become(ways) => all.act_as.unite(&ways),
                    Gained::Raise { principals, groups } => {
                        all.raise.unite(&principals);
                        all.raise_groups.unite(&groups);
                    }
                    Gained::Unlimit(ways) => all.unlimit.unite(&ways),
                    Gained::Join(ways) => all.join.unite(&ways),
                    Gained::Administrator(certain) => {
                        all.makes_administrator = all.makes_administrator.max(certain);
                    }
                }
            }
        }
        if let Some(own) = own {
            all.act_as.unite(&self.public_roles(own));
        }
        all
    }

    /// Returns what one method gains, from what was found for its needed actions.
    pub(super) fn gained(
        &self,
        method: &Method,
        needed_actions: &[usize],
        found: &[Ways],
        account: &str,
    ) -> Gained {
        let ways = |needed_action: &usize| found.get(*needed_action);
        let all = &self.granting.needed_actions.all;
        let is_new = |needed_action: &&usize| {
            all.get(**needed_action)
                .is_some_and(|needed_action| needed_action.need.subject == Subject::New)
        };
        // The permission to make the new things has to be there: certainly, perhaps, or not at all.
        let made = needed_actions
            .iter()
            .filter(is_new)
            .map(|needed_action| ways(needed_action).and_then(Ways::any))
            .min()
            .unwrap_or(Some(true));
        let mut on = needed_actions
            .iter()
            .filter(|needed_action| !is_new(needed_action));
        let mut about = on.next().and_then(ways).cloned().unwrap_or_default();
        for needed_action in on {
            match ways(needed_action) {
                Some(ways) => about.intersect(ways),
                None => about = Ways::default(),
            }
        }
        match made {
            None => about = Ways::default(),
            Some(false) => about.doubt(),
            Some(true) => {}
        }
        match method.gain {
            Gain::Become => Gained::Become(about),
            Gain::Unlimit => Gained::Unlimit(about),
            Gain::Join => Gained::Join(about),
            Gain::Raise(certainty) => {
                if certainty == Certainty::Conditional {
                    about.doubt();
                }
                self.raised(method, about)
            }
            Gain::PassTo(service) => {
                match self.trusting.get(service) {
                    Some(trusting) => about.intersect(trusting),
                    None => about = Ways::default(),
                }
                Gained::Become(about)
            }
            Gain::RunAs(service) => Gained::Become(self.roles_of(service, &about, account)),
            Gain::Administrator(certainty) => {
                Gained::Administrator(made.map(|certain| certain && certainty == Certainty::Certain))
            }
        }
    }

    /// Returns the principals and groups whose policies a method changes.
    fn raised(&self, method: &Method, about: Ways) -> Gained {
        let subjects = self.subjects();
        let subject = method.needs.first().map(|need| need.subject);
        let (mut principals, mut groups) = (Ways::default(), Ways::default());
        match subject {
            Some(Subject::Group) => {
                for (number, certain) in about.iter() {
                    let members = subjects.groups.get(number).into_iter();
                    for &member in members.flat_map(|group| &group.members) {
                        principals.add(member, certain);
                    }
                }
                groups = about;
            }
            Some(Subject::Policy) => {
                for (number, certain) in about.iter() {
                    let Some(policy) = subjects.policies.get(number) else {
                        continue;
                    };
                    for &holder in &policy.holders {
                        principals.add(holder, certain);
                    }
                    for &group in &policy.groups {
                        groups.add(group, certain);
                    }
                }
            }
            Some(Subject::User | Subject::Role | Subject::Running(..) | Subject::New) | None => {
                principals = about;
            }
        }
        Gained::Raise { principals, groups }
    }

    /// Returns the roles of running resources. When no document names the resources, any role that trusts the service
    /// can be the role.
    fn roles_of(&self, service: &str, running: &Ways, account: &str) -> Ways {
        let subjects = self.subjects();
        let mut roles = Ways::default();
        for (number, certain) in running.iter() {
            match number.checked_sub(1) {
                Some(number) => {
                    if let Some(role) = subjects.running.get(number).and_then(|one| one.role) {
                        roles.add(role, certain);
                    }
                }
                None => {
                    if let (Some(trusting), Some(own)) =
                        (self.trusting.get(service), subjects.by_account.get(account))
                    {
                        let mut any = trusting.clone();
                        any.keep(own);
                        any.doubt();
                        roles.unite(&any);
                    }
                }
            }
        }
        roles
    }

    /// Returns the roles that trust everybody, unless something else denies them to the principal.
    pub(super) fn public_roles(&self, own: &PrincipalClass) -> Ways {
        let snapshot = self.snapshot();
        let mut ways = Ways::default();
        let known = Context::open();
        let Some(action) = snapshot.actions.find("sts:assumerole") else {
            return ways;
        };
        for &number in &self.subjects().public {
            let role = self.subjects().principals.get(number);
            let trust = role.and_then(|role| {
                let policy = snapshot.resource_policies.get(role.resource.policy?)?;
                Some((role, policy, snapshot.documents.get(policy.document)?))
            });
            let Some((role, policy, document)) = trust else {
                continue;
            };
            let grant = PossibleGrant {
                snapshot,
                class: own,
                document,
                action,
                known: &known,
            };
            if let Some(certain) = grant.by_public(policy, &role.resource) {
                ways.add(number, certain);
            }
        }
        ways
    }

    /// Returns whether a source is an administrator by the policies that it has.
    pub(super) fn is_administrator(&mut self, source: &Source, lifted: bool) -> Option<bool> {
        let snapshot = self.snapshot();
        let mut best = None;
        for attachment in &source.attachments {
            let document = snapshot.document_of(*attachment);
            let Some(document) = document.filter(|document| document.full_access()) else {
                continue;
            };
            if !lifted && let Some(known) = self.administrators.get(&attachment.table) {
                best = best.max(*known);
                continue;
            }
            let spec = snapshot.tables.get(attachment.table);
            let class = spec.and_then(|spec| snapshot.principal_classes.get(spec.class));
            let Some(class) = class else { continue };
            let without = lifted.then(|| without_boundary(class));
            let left = self.administers(without.as_ref().unwrap_or(class), document);
            if !lifted {
                self.administrators.insert(attachment.table, left);
            }
            best = best.max(left);
        }
        best
    }

    /// Returns whether a principal would be an administrator if it got a policy that allows everything.
    pub(super) fn would_be_administrator(&self, own: &PrincipalClass) -> Option<bool> {
        let everything = self.everything.as_ref()?;
        self.administers(own, everything)
    }

    /// Returns whether a document that allows everything leaves a principal class an action that changes policies.
    fn administers(&self, class: &PrincipalClass, document: &CompiledDocument) -> Option<bool> {
        let known = Context::open();
        let limits = self.granting.limits_of(class);
        let mut best = None;
        for &action in &self.administration {
            let grant = PossibleGrant {
                snapshot: self.snapshot(),
                class,
                document,
                action,
                known: &known,
            };
            best = best.max(self.granting.anywhere(&grant, limits));
            if best == Some(true) {
                break;
            }
        }
        best
    }

    /// Returns the class of a loaded principal alone, with everything that limits it. When its boundary is lifted, the
    /// boundary does not count.
    pub(super) fn own_class(&self, source: &Source, lifted: bool) -> Option<Cow<'s, PrincipalClass>> {
        let own = self.snapshot().principal_classes.get(source.own_class?)?;
        Some(if lifted {
            Cow::Owned(without_boundary(own))
        } else {
            Cow::Borrowed(own)
        })
    }
}

fn without_boundary(class: &PrincipalClass) -> PrincipalClass {
    PrincipalClass {
        boundary: Boundary::None,
        ..class.clone()
    }
}

/// Makes a policy that allows everything on everything.
fn everything(snapshot: &Snapshot) -> Option<CompiledDocument> {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let parsed = Document::parse(text, PolicyKind::Identity).ok()?;
    let policy = Policy::compile(&parsed.document, PolicyKind::Identity);
    let mut expanded = crate::aws::data::actions::Expanded::default();
    let written = parsed.document.written();
    let pairs = policy.statements().iter().zip(written.statements);
    let statements = pairs.map(|(one, place)| StatementParts {
        actions: snapshot.actions.runs(&one.actions, &mut expanded),
        conditions: Vec::new(),
        audience: None,
        place,
        reads_principal: false,
        reads_account: false,
        denial: None,
    });
    let statements = statements.collect();
    Some(CompiledDocument::new(policy, written.json, statements, true))
}
