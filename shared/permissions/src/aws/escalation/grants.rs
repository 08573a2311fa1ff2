//! Decides what a policy lets a principal class do of what methods need.

use super::granting::Granting;
use super::limits::LimitsId;
use super::methods::Subject;
use super::needed::{Granted, NeededAction};
use super::open::Open;
use super::ways::Ways;
use crate::aws::data::{CompiledDocument, DocumentId, PrincipalClass, ResourcePolicy, ResourcePolicyId};
use crate::aws::effective::Question;
use foldhash::HashMap;
use iam::context::Context;
use std::cell::RefCell;
use std::rc::Rc;

impl Granting<'_> {
    /// Returns what an identity-based policy lets a principal class do.
    pub(super) fn by_identity(&self, class: &PrincipalClass, document: &CompiledDocument) -> Granted {
        let asks = self.asks_of(document);
        if asks.is_empty() {
            return Vec::new();
        }
        let named = RefCell::new(HashMap::default());
        let limits = self.limits_of(class);
        let mut passed: Option<Open> = None;
        let asks = asks.iter();
        let asks = asks.filter_map(|&number| Some((number, self.asks.all.get(number)?)));
        asks.filter_map(|(number, ask)| {
            if self.is_cut_off(class, ask.action) {
                return None;
            }
            let question = self.question(class, document, ask);
            // The policies of roles name who may assume them.
            let asked = self
                .asked(&question, limits)
                .filter(|_| ask.need.action.starts_with("iam:"))
                .map(|asked| (asked, number));
            let known = asked
                .as_ref()
                .and_then(|asked| self.answers.granted.borrow().get(asked).map(Rc::clone));
            let ways = known.unwrap_or_else(|| {
                let ways = Rc::new(self.decide(ask, &question, limits, &named, &mut passed));
                if let Some(asked) = asked {
                    self.answers.granted.borrow_mut().insert(asked, Rc::clone(&ways));
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
        ask: &NeededAction,
        question: &Question<'_>,
        limits: LimitsId,
        named: &RefCell<HashMap<DocumentId, bool>>,
        passed: &mut Option<Open>,
    ) -> Ways {
        match ask.need.subject {
            // No document lists the resources of this type: it is enough that there may be one.
            Subject::New | Subject::Running(..) if self.objects(ask, question.class).is_none() => {
                let mut ways = Ways::default();
                if let Some(certain) = self.anywhere(question, limits) {
                    ways.add(0, certain);
                }
                ways
            }
            Subject::Role if ask.passed_to.is_some() => {
                let open = passed.get_or_insert_with(|| self.on_objects(ask, question, named));
                self.refined(ask, question, open)
            }
            Subject::User
            | Subject::Role
            | Subject::Group
            | Subject::Policy
            | Subject::Running(..)
            | Subject::New => {
                let open = self.on_objects(ask, question, named);
                self.refined(ask, question, &open)
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
        let asks = self.asks.all.iter().enumerate();
        asks.filter_map(|(number, ask)| {
            let question = self.question(class, document, ask);
            let mut ways = Ways::default();
            match ask.need.subject {
                Subject::Role if ask.is_assumption() => {
                    let role = self.subjects.by_trust.get(&id).copied()?;
                    let resource = &self.subjects.principals.get(role)?.resource;
                    ways.add(role, question.by_resource(policy, resource)?);
                }
                Subject::Running(service, kind) => {
                    let running = self.subjects.running.iter().enumerate();
                    let concerned = running.filter(|(_, one)| {
                        one.resource.policy == Some(id) && *one.service == *service && *one.kind == *kind
                    });
                    for (number, one) in concerned {
                        if let Some(certain) = question.by_resource(policy, &one.resource) {
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
    fn refined(&self, ask: &NeededAction, question: &Question<'_>, open: &Open) -> Ways {
        let mut ways = Ways::certainly(open.certain.clone());
        for set in &open.unsure {
            let Some((number, resource)) = set
                .ones()
                .next()
                .and_then(|number| Some((number, self.resource(ask, number)?)))
            else {
                continue;
            };
            let requests = self.requests(ask, number);
            if requests.is_empty() {
                ways.add_all(set, false);
            }
            for known in &requests {
                let question = Question { known, ..*question };
                if let Some(certain) = question.by_identity(resource) {
                    ways.add_all(set, certain);
                }
            }
        }
        ways
    }

    /// Returns what is known of the requests for a needed action about an object. Each of these requests can be made.
    fn requests(&self, ask: &NeededAction, number: usize) -> Vec<Context> {
        if let Some(service) = ask.passed_to {
            return vec![Context::open().with("iam:PassedToService", [service])];
        }
        let action = ask.need.action;
        if !ask.tells_boundary() {
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
