//! Random sequences of requests with faults on the way and moves of the clock, compared row by row with a reference
//! that knows no database.

mod reference;

use jiff::Timestamp;
use model::access_policies::{
    AccessPolicy, CreateAccessPolicy, CreatePortal, CreateProject, DeleteAccessPolicy, DeletePortal,
    DeleteProject, Id, Identity, Resource, ResourceKind, Tags, UpdateAccessPolicy,
};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;
use testkit::Fault;

use self::reference::{Answer, Reference, Row, Rows};
use super::world::{World, account, at, change, grant, mint, portal, project, query, removal, tags, token};
use crate::StoreError;
use crate::access_policies::{AccessPolicies, Created, Deleted, Tagged, Updated};
use crate::item::{number_of, text_of};

/// Small, so that they are reached.
const MOST_PORTALS: u32 = 3;
const MOST_PROJECTS: u32 = 2;
const MOST_POLICIES: u32 = 3;

/// A request. Places count the things that were ever there, the last one being one that never was.
#[derive(Debug, Clone)]
enum Request {
    CreatePortal {
        token: Option<u32>,
    },
    DeletePortal {
        portal: Index,
        token: Option<u32>,
    },
    CreateProject {
        portal: Index,
        token: Option<u32>,
    },
    DeleteProject {
        project: Index,
        token: Option<u32>,
    },
    Create {
        resource: Index,
        user: u8,
        token: Option<u32>,
    },
    Update {
        policy: Index,
        resource: Index,
        user: u8,
        token: Option<u32>,
    },
    Delete {
        policy: Index,
        token: Option<u32>,
    },
    Tag {
        policy: Index,
        key: u8,
    },
    Untag {
        policy: Index,
        key: u8,
    },
}

#[derive(Debug, Clone)]
struct Step {
    /// Seconds since the step before.
    wait: i64,
    request: Request,
    faults: Vec<Option<Fault>>,
}

fn requests() -> impl Strategy<Value = Request> {
    let token = || proptest::option::weighted(0.8, 0..3_u32);
    let place = any::<Index>;
    prop_oneof![
        1 => token().prop_map(|token| Request::CreatePortal { token }),
        1 => (place(), token()).prop_map(|(portal, token)| Request::DeletePortal { portal, token }),
        2 => (place(), token()).prop_map(|(portal, token)| Request::CreateProject { portal, token }),
        1 => (place(), token()).prop_map(|(project, token)| Request::DeleteProject { project, token }),
        6 => (place(), 0..3_u8, token())
            .prop_map(|(resource, user, token)| Request::Create { resource, user, token }),
        4 => (place(), place(), 0..3_u8, token())
            .prop_map(|(policy, resource, user, token)| Request::Update { policy, resource, user, token }),
        3 => (place(), token()).prop_map(|(policy, token)| Request::Delete { policy, token }),
        1 => (place(), 0..3_u8).prop_map(|(policy, key)| Request::Tag { policy, key }),
        1 => (place(), 0..3_u8).prop_map(|(policy, key)| Request::Untag { policy, key }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fault = prop_oneof![
        Just(Fault::LoseRequest),
        Just(Fault::LoseReply),
        Just(Fault::Throttle),
        Just(Fault::Conflict),
        Just(Fault::Break),
        Just(Fault::TellFirst),
    ];
    let faults = prop_oneof![
        3 => Just(Vec::new()),
        2 => proptest::collection::vec(proptest::option::weighted(0.6, fault.clone()), 1..6),
        // Long enough for a call to give up.
        1 => fault.prop_map(|fault| vec![Some(fault); 40]),
    ];
    let wait = prop_oneof![4 => 0..10_i64, 1 => 20_000..90_000_i64];
    let step = (wait, requests(), faults).prop_map(|(wait, request, faults)| Step {
        wait,
        request,
        faults,
    });
    proptest::collection::vec(step, 1..40)
}

/// What was ever there, gone or not, and something that never was.
struct Known {
    portals: Vec<Id>,
    projects: Vec<Id>,
    policies: Vec<Id>,
}

impl Known {
    fn new() -> Self {
        let never = || vec![Id::from(uuid::Uuid::from_u128(u128::MAX))];
        Self {
            portals: never(),
            projects: never(),
            policies: never(),
        }
    }

    fn resource(&self, place: Index) -> Resource {
        let portals = self.portals.iter().cloned().map(Resource::Portal);
        let projects = self.projects.iter().cloned().map(Resource::Project);
        let all: Vec<Resource> = portals.chain(projects).collect();
        place.get(&all).clone()
    }

    /// The request about what its places stand for; what it would create is known from then on.
    fn action(&mut self, request: &Request, fresh: &Id, now: Timestamp) -> Action {
        match *request {
            Request::CreatePortal { token } => {
                self.portals.push(fresh.clone());
                Action::CreatePortal(portal(token))
            }
            Request::DeletePortal {
                portal,
                token: number,
            } => Action::DeletePortal(DeletePortal {
                id: portal.get(&self.portals).clone(),
                client_token: number.map(token),
            }),
            Request::CreateProject { portal, token } => {
                self.projects.push(fresh.clone());
                Action::CreateProject(project(portal.get(&self.portals), token))
            }
            Request::DeleteProject {
                project,
                token: number,
            } => Action::DeleteProject(DeleteProject {
                id: project.get(&self.projects).clone(),
                client_token: number.map(token),
            }),
            Request::Create {
                resource,
                user,
                token,
            } => {
                self.policies.push(fresh.clone());
                Action::Create(grant(&self.resource(resource), &format!("user-{user}"), token))
            }
            Request::Update {
                policy,
                resource,
                user,
                token,
            } => {
                let (id, resource) = (policy.get(&self.policies), self.resource(resource));
                Action::Update(change(id, &resource, &format!("user-{user}"), token))
            }
            Request::Delete { policy, token } => Action::Delete(removal(policy.get(&self.policies), token)),
            Request::Tag { policy, key } => {
                let wanted = tags(&json!({ format!("key-{key}"): now.to_string() }));
                Action::Tag(policy.get(&self.policies).clone(), wanted)
            }
            Request::Untag { policy, key } => {
                Action::Untag(policy.get(&self.policies).clone(), [format!("key-{key}")])
            }
        }
    }
}

/// A request with all that it names.
enum Action {
    CreatePortal(CreatePortal),
    DeletePortal(DeletePortal),
    CreateProject(CreateProject),
    DeleteProject(DeleteProject),
    Create(CreateAccessPolicy),
    Update(UpdateAccessPolicy),
    Delete(DeleteAccessPolicy),
    Tag(Id, Tags),
    Untag(Id, [String; 1]),
}

impl Action {
    async fn on_table(
        &self,
        store: &AccessPolicies,
        fresh: &Id,
        now: Timestamp,
    ) -> Result<Answer, StoreError> {
        let (account, id) = (&account(), fresh.clone());
        let policy = |id| (ResourceKind::AccessPolicy, id);
        Ok(match self {
            Self::CreatePortal(new) => store
                .create_portal(account, new, id, MOST_PORTALS, now)
                .await?
                .into(),
            Self::DeletePortal(unwanted) => store.delete_portal(account, unwanted, now).await?.into(),
            Self::CreateProject(new) => store
                .create_project(account, new, id, MOST_PROJECTS, now)
                .await?
                .into(),
            Self::DeleteProject(unwanted) => store.delete_project(account, unwanted, now).await?.into(),
            Self::Create(new) => store
                .create(account, new, || id.clone(), MOST_POLICIES, now)
                .await?
                .into(),
            Self::Update(wanted) => store.update(account, wanted, now).await?.into(),
            Self::Delete(unwanted) => store.delete(account, unwanted, now).await?.into(),
            Self::Tag(id, tags) => store.tag(account, policy(id), tags).await?.into(),
            Self::Untag(id, keys) => store.untag(account, policy(id), keys).await?.into(),
        })
    }

    fn on_reference(&self, reference: &mut Reference, fresh: &Id, now: Timestamp) -> Answer {
        match self {
            Self::CreatePortal(new) => reference.create_portal(new, fresh, now),
            Self::DeletePortal(unwanted) => reference.delete_portal(unwanted, now),
            Self::CreateProject(new) => reference.create_project(new, fresh, now),
            Self::DeleteProject(unwanted) => reference.delete_project(unwanted, now),
            Self::Create(new) => reference.create(new, fresh, now),
            Self::Update(wanted) => reference.update(wanted, now),
            Self::Delete(unwanted) => reference.delete(unwanted, now),
            Self::Tag(id, tags) => reference.change_tags(id, |found| found.merged(tags).unwrap()),
            Self::Untag(id, keys) => reference.change_tags(id, |found| found.without(keys)),
        }
    }
}

struct Run {
    world: World,
    reference: Reference,
    known: Known,
    now: Timestamp,
}

impl Run {
    async fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let seconds = self.now.as_second() + step.wait;
        self.now = Timestamp::from_second(seconds).unwrap();
        let before = self.reference.clone();
        let fresh = mint();
        let action = self.known.action(&step.request, &fresh, self.now);
        let expected = action.on_reference(&mut self.reference, &fresh, self.now);
        self.world.faults.next(step.faults.clone());
        let answer = action.on_table(&self.world.store, &fresh, self.now).await;
        self.world.faults.always(None);
        let rows = rows(&self.world).await;
        match answer {
            Ok(answer) => {
                prop_assert_eq!(answer, expected);
                prop_assert_eq!(rows, self.reference.rows());
            }
            // Whether it is done is not known to the caller. It is done whole or not at all.
            Err(StoreError::Throttled(_) | StoreError::Unanswered(_)) if !step.faults.is_empty() => {
                if rows != self.reference.rows() {
                    prop_assert_eq!(rows, before.rows());
                    self.reference = before;
                }
            }
            Err(error) => prop_assert!(false, "{error:?}"),
        }
        Ok(())
    }

    /// Every list finds what the reference has, in order.
    async fn check_lists(&self) -> Result<(), TestCaseError> {
        let users = ["user-0", "user-1", "user-2"];
        let resources: Vec<Resource> = self
            .reference
            .policies()
            .map(|policy| policy.resource.clone())
            .collect();
        let mut questions: Vec<(Option<&str>, Option<&Resource>)> = vec![(None, None)];
        questions.extend(users.map(|user| (Some(user), None)));
        questions.extend(resources.iter().map(|resource| (None, Some(resource))));
        for resource in &resources {
            questions.extend(users.map(|user| (Some(user), Some(resource))));
        }
        for (user, resource) in questions {
            let mut parameters = Vec::new();
            if let Some(user) = user {
                parameters.extend([("identityType", "USER"), ("identityId", user)]);
            }
            if let Some(resource) = resource {
                let (kind, id) = resource.parts();
                let kind = if kind == "portal" { "PORTAL" } else { "PROJECT" };
                parameters.extend([("resourceType", kind), ("resourceId", id.as_str())]);
            }
            let page = self
                .world
                .store
                .list(&account(), &query(&parameters))
                .await
                .unwrap()
                .unwrap();
            let is_wanted = |policy: &&AccessPolicy| {
                user.is_none_or(|user| policy.identity == Identity::User(user.parse().unwrap()))
                    && resource.is_none_or(|resource| policy.resource == *resource)
            };
            let wanted: Vec<AccessPolicy> = self.reference.policies().filter(is_wanted).cloned().collect();
            prop_assert_eq!(page.entries, wanted);
        }
        Ok(())
    }
}

/// The table as it is.
async fn rows(world: &World) -> Rows {
    let mut rows = Rows::new();
    for item in world.items().await {
        let sk = text_of(&item, "sk").unwrap().to_owned();
        let row = match sk.split('#').next().unwrap() {
            "POLICY" => {
                let tags: Tags = serde_dynamo::from_attribute_value(item["tags"].clone()).unwrap();
                Row::Policy(serde_dynamo::from_item(item).unwrap(), tags)
            }
            "COUNT" => match number_of(&item, "n").unwrap() {
                0 => continue,
                n => Row::Count(n),
            },
            "TOKEN" => Row::Token {
                subject: text_of(&item, "subject").unwrap().to_owned(),
                expires_at: number_of(&item, "expiresAt").unwrap(),
            },
            _ => Row::There,
        };
        rows.insert(sk, row);
    }
    rows
}

#[test]
fn whatever_happens_on_the_way_every_request_takes_effect_whole_and_once() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = ProptestConfig {
        cases: 32,
        // A step takes milliseconds: a failure should be told within a minute, not as small as can be.
        max_shrink_iters: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(steps in steps())| {
        runtime.block_on(async {
            let mut run = Run {
                world: World::new().await,
                reference: Reference::default(),
                known: Known::new(),
                now: at(0),
            };
            for step in &steps {
                run.step(step).await?;
            }
            run.check_lists().await
        })?;
    });
}

impl From<Created> for Answer {
    fn from(created: Created) -> Self {
        match created {
            Created::As(id) => Self::Created(id),
            Created::OtherRequest => Self::OtherRequest,
            Created::UnknownParent => Self::UnknownParent,
            Created::TooMany => Self::TooMany,
        }
    }
}

impl From<Updated> for Answer {
    fn from(updated: Updated) -> Self {
        match updated {
            Updated::Done => Self::Done,
            Updated::OtherRequest => Self::OtherRequest,
            Updated::Unknown => Self::Unknown,
            Updated::UnknownParent => Self::UnknownParent,
        }
    }
}

impl From<Deleted> for Answer {
    fn from(deleted: Deleted) -> Self {
        match deleted {
            Deleted::Done => Self::Done,
            Deleted::OtherRequest => Self::OtherRequest,
            Deleted::Unknown => Self::Unknown,
            Deleted::HasProjects => Self::HasProjects,
        }
    }
}

impl From<Tagged> for Answer {
    fn from(tagged: Tagged) -> Self {
        match tagged {
            Tagged::Done => Self::Done,
            Tagged::Unknown => Self::Unknown,
            Tagged::TooMany => Self::TooMany,
        }
    }
}
