//! Decides what a policy lets a principal class do of what methods need.

use super::granting::Granting;
use super::limits::LimitsId;
use super::methods::Subject;
use super::needed::{Granted, NeededAction};
use super::open::Open;
use super::ways::Ways;
use crate::aws::data::{CompiledDocument, DocumentId, PrincipalClass, ResourcePolicy, ResourcePolicyId};
use crate::aws::effective::PossibleGrant;
use foldhash::HashMap;
use iam::context::Context;
use std::cell::RefCell;
use std::rc::Rc;

impl Granting<'_> {
    /// Returns what an identity-based policy lets a principal class do.
    pub(super) fn by_identity(&self, class: &PrincipalClass, document: &CompiledDocument) -> Granted {
        let needed_actions = self.needed_actions_of(document);
        if needed_actions.is_empty() {
            return Vec::new();
        }
        let named = RefCell::new(HashMap::default());
        let limits = self.limits_of(class);
        let mut passed: Option<Open> = None;
        let needed_actions = needed_actions.iter();
        let needed_actions =
            needed_actions.filter_map(|&number| Some((number, self.needed_actions.all.get(number)?)));
        needed_actions
            .filter_map(|(number, needed_action)| {
                if self.is_cut_off(class, needed_action.action) {
                    return None;
                }
                let grant = self.grant(class, document, needed_action);
                // The policies of roles name who may assume them.
                let key = self
                    .key(&grant, limits)
                    .filter(|_| needed_action.need.action.starts_with("iam:"))
                    .map(|key| (key, number));
                let known = key
                    .as_ref()
                    .and_then(|key| self.answers.granted.borrow().get(key).map(Rc::clone));
                let ways = known.unwrap_or_else(|| {
                    let ways = Rc::new(self.decide(needed_action, &grant, limits, &named, &mut passed));
                    if let Some(key) = key {
                        self.answers.granted.borrow_mut().insert(key, Rc::clone(&ways));
                    }
                    ways
                });
                (!ways.is_empty()).then_some((number, ways))
            })
            .collect()
    }

    /// Returns the objects on which a document grants what is asked. `passed` keeps the answer for roles that are
    /// passed, which is the same for each service.
    fn decide(
        &self,
        needed_action: &NeededAction,
        grant: &PossibleGrant<'_>,
        limits: LimitsId,
        named: &RefCell<HashMap<DocumentId, bool>>,
        passed: &mut Option<Open>,
    ) -> Ways {
        match needed_action.need.subject {
            // No document lists the resources of this type: it is enough that there may be one.
            Subject::New | Subject::Running(..) if self.objects(needed_action, grant.class).is_none() => {
                let mut ways = Ways::default();
                if let Some(certain) = self.anywhere(grant, limits) {
                    ways.add(0, certain);
                }
                ways
            }
            Subject::Role if needed_action.passed_to.is_some() => {
                let open = passed.get_or_insert_with(|| self.on_objects(needed_action, grant, named));
                self.refined(needed_action, grant, open)
            }
            Subject::User
            | Subject::Role
            | Subject::Group
            | Subject::Policy
            | Subject::Running(..)
            | Subject::New => {
                let open = self.on_objects(needed_action, grant, named);
                self.refined(needed_action, grant, &open)
            }
        }
    }

    /// Returns what the policy of a resource lets a principal class do on the resource.
    pub(super) fn by_resource(
        &self,
        class: &PrincipalClass,
        document: &CompiledDocument,
        id: ResourcePolicyId,
        policy: &ResourcePolicy,
    ) -> Granted {
        let needed_actions = self.needed_actions.all.iter().enumerate();
        needed_actions
            .filter_map(|(number, needed_action)| {
                let grant = self.grant(class, document, needed_action);
                let mut ways = Ways::default();
                match needed_action.need.subject {
                    Subject::Role if needed_action.is_assumption() => {
                        let role = self.subjects.by_trust.get(&id).copied()?;
                        let resource = &self.subjects.principals.get(role)?.resource;
                        ways.add(role, grant.by_resource(policy, resource)?);
                    }
                    Subject::Running(service, kind) => {
                        let running = self.subjects.running.iter().enumerate();
                        let concerned = running.filter(|(_, one)| {
                            one.resource.policy == Some(id) && *one.service == *service && *one.kind == *kind
                        });
                        for (number, one) in concerned {
                            if let Some(certain) = grant.by_resource(policy, &one.resource) {
                                ways.add(number.saturating_add(1), certain);
                            }
                        }
                    }
                    Subject::User | Subject::Role | Subject::Group | Subject::Policy | Subject::New => {}
                }
                (!ways.is_empty()).then(|| (number, Rc::new(ways)))
            })
            .collect()
    }

    /// Decides the uncertain objects again, with what is known of the requests that a method makes.
    fn refined(&self, needed_action: &NeededAction, grant: &PossibleGrant<'_>, open: &Open) -> Ways {
        let mut ways = Ways::certainly(open.certain.clone());
        for set in &open.unsure {
            let Some((number, resource)) = set
                .ones()
                .next()
                .and_then(|number| Some((number, self.resource(needed_action, number)?)))
            else {
                continue;
            };
            let requests = self.requests(needed_action, number);
            if requests.is_empty() {
                ways.add_all(set, false);
            }
            for known in &requests {
                let grant = PossibleGrant { known, ..*grant };
                if let Some(certain) = grant.by_identity(resource) {
                    ways.add_all(set, certain);
                }
            }
        }
        ways
    }

    /// Returns what is known of the requests for a needed action about an object. Each of these requests can be made.
    fn requests(&self, needed_action: &NeededAction, number: usize) -> Vec<Context> {
        if let Some(service) = needed_action.passed_to {
            return vec![Context::open().with("iam:PassedToService", [service])];
        }
        let action = needed_action.need.action;
        if !needed_action.tells_boundary() {
            return Vec::new();
        }
        let principal = self.subjects.principals.get(number);
        let source = principal.and_then(|one| self.snapshot.sources.get(one.source?));
        let boundary = source.and_then(|source| source.boundary.as_deref());
        let known = match boundary {
            Some(boundary) => Context::open().with("iam:PermissionsBoundary", [boundary]),
            None => Context::open().without("iam:PermissionsBoundary"),
        };
        if !action.starts_with("iam:Attach") {
            return vec![known];
        }
        let account = principal.map_or("", |one| &one.account);
        let policies = self.subjects.full_access_in(account);
        policies
            .map(|policy| known.clone().with("iam:PolicyARN", [policy]))
            .collect()
    }
}
