//! Runs random sequences of requests with faults on the way and moves of the clock, compared row by row with a
//! reference that knows no database.

mod action;
mod reference;
mod requests;

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;
use model::access_policies::{AccessPolicy, DeletePortal, DeleteProject, Id, Identity, Resource, Tags};
use proptest::prelude::*;
use serde_json::json;
use testkit::Fault;

use self::action::Action;
use self::reference::{Reference, Row, Rows};
use self::requests::{Place, Request, Step, steps};
use super::world::{World, account, at, change, grant, mint, portal, project, query, removal, tags, token};
use crate::StoreError;
use crate::item::{number_of, text_of};

/// Small, so that they are reached.
const MOST_PORTALS: u32 = 3;
const MOST_PROJECTS: u32 = 2;
const MOST_POLICIES: u32 = 3;

/// Holds what a place can stand for.
#[derive(Default)]
struct Known {
    /// Says what was ever there, gone or not.
    portals: Vec<Id>,
    projects: Vec<Id>,
    policies: Vec<Id>,
    /// Says what was asked for.
    actions: Vec<Action>,
}

impl Known {
    fn learn(&mut self, reference: &Reference) {
        for (known, there) in [
            (&mut self.portals, reference.portals()),
            (&mut self.projects, reference.projects()),
            (
                &mut self.policies,
                reference.policies().map(|policy| policy.id.clone()).collect(),
            ),
        ] {
            known.extend(there);
            known.sort_unstable();
            known.dedup();
        }
    }
}

/// Returns what a place stands for, of what is there and what was ever there.
fn at_place<T: Clone + PartialEq>(place: Place, there: &[T], ever: &[T], never: T) -> T {
    if place.is_there && !there.is_empty() {
        return place.index.get(there).clone();
    }
    let mut gone: Vec<T> = ever
        .iter()
        .filter(|thing| !there.contains(thing))
        .cloned()
        .collect();
    gone.push(never);
    place.index.get(&gone).clone()
}

fn never() -> Id {
    Id::from(uuid::Uuid::from_u128(u128::MAX))
}

impl Run {
    fn portal(&self, place: Place) -> Id {
        at_place(place, &self.reference.portals(), &self.known.portals, never())
    }

    fn project(&self, place: Place) -> Id {
        at_place(place, &self.reference.projects(), &self.known.projects, never())
    }

    fn policy(&self, place: Place) -> Id {
        let there: Vec<Id> = self
            .reference
            .policies()
            .map(|policy| policy.id.clone())
            .collect();
        at_place(place, &there, &self.known.policies, never())
    }

    fn resource(&self, place: Place) -> Resource {
        let resources = |portals: Vec<Id>, projects: Vec<Id>| -> Vec<Resource> {
            let portals = portals.into_iter().map(Resource::Portal);
            portals
                .chain(projects.into_iter().map(Resource::Project))
                .collect()
        };
        let there = resources(self.reference.portals(), self.reference.projects());
        let ever = resources(self.known.portals.clone(), self.known.projects.clone());
        at_place(place, &there, &ever, Resource::Portal(never()))
    }

    /// Returns the request about what its places stand for.
    fn action(&self, request: &Request) -> Action {
        match *request {
            Request::CreatePortal { token } => Action::CreatePortal(portal(token)),
            Request::DeletePortal {
                portal,
                token: number,
            } => Action::DeletePortal(DeletePortal {
                id: self.portal(portal),
                client_token: number.map(token),
            }),
            Request::CreateProject { portal, token } => {
                Action::CreateProject(project(&self.portal(portal), token))
            }
            Request::DeleteProject {
                project,
                token: number,
            } => Action::DeleteProject(DeleteProject {
                id: self.project(project),
                client_token: number.map(token),
            }),
            Request::Create {
                resource,
                user,
                token,
            } => Action::Create(grant(&self.resource(resource), &format!("user-{user}"), token)),
            Request::Update {
                policy,
                resource,
                user,
                token,
            } => {
                let resource = self.resource(resource);
                Action::Update(change(
                    &self.policy(policy),
                    &resource,
                    &format!("user-{user}"),
                    token,
                ))
            }
            Request::Delete { policy, token } => Action::Delete(removal(&self.policy(policy), token)),
            Request::Tag { policy, key } => {
                let wanted = tags(&json!({ format!("key-{key}"): self.now.to_string() }));
                Action::Tag(self.policy(policy), wanted)
            }
            Request::Untag { policy, key } => Action::Untag(self.policy(policy), [format!("key-{key}")]),
            // Mostly a late request is repeated, while its resources are still as they were.
            Request::Again(index) => {
                let actions = &self.known.actions;
                let late = actions.len().saturating_sub(8);
                index.get(&actions[late..]).clone()
            }
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
    /// Begins with two portals, a project and two policies, so that requests have something to be about.
    async fn begin() -> Result<Self, TestCaseError> {
        let mut run = Self {
            world: World::new().await,
            reference: Reference::default(),
            known: Known::default(),
            now: at(0),
        };
        run.act(Action::CreatePortal(portal(None)), &[]).await?;
        run.act(Action::CreatePortal(portal(None)), &[]).await?;
        let portal = run.reference.portals().swap_remove(0);
        run.act(Action::CreateProject(project(&portal, None)), &[])
            .await?;
        let resource = Resource::Portal(portal);
        run.act(Action::Create(grant(&resource, "user-0", Some(0))), &[])
            .await?;
        run.act(Action::Create(grant(&resource, "user-1", Some(1))), &[])
            .await?;
        Ok(run)
    }

    async fn step(&mut self, step: &Step) -> Result<String, TestCaseError> {
        let seconds = self.now.as_second() + step.wait;
        self.now = Timestamp::from_second(seconds).unwrap();
        let action = self.action(&step.request);
        self.act(action, &step.faults).await
    }

    /// Asks the table and the reference, and compares. The outcome in a word, to count.
    async fn act(&mut self, action: Action, faults: &[Option<Fault>]) -> Result<String, TestCaseError> {
        let (before, fresh) = (self.reference.clone(), mint());
        let expected = action.on_reference(&mut self.reference, &fresh, self.now);
        self.world.faults.next(faults.to_vec());
        let answer = action.on_table(&self.world.store, &fresh, self.now).await;
        self.world.faults.always(None);
        let rows = rows(&self.world).await;
        let outcome = match answer {
            Ok(answer) => {
                prop_assert_eq!(&answer, &expected);
                prop_assert_eq!(&rows, &self.reference.rows());
                let is_repeated = rows == before.rows() && answer.is_success();
                if is_repeated {
                    "Repeated".to_owned()
                } else {
                    answer.word()
                }
            }
            // The caller does not know whether the request is done. It is done whole or not at all.
            Err(StoreError::Throttled(_) | StoreError::Unanswered(_)) if !faults.is_empty() => {
                if rows == self.reference.rows() {
                    "failed after the deed".to_owned()
                } else {
                    prop_assert_eq!(rows, before.rows());
                    self.reference = before;
                    "failed before the deed".to_owned()
                }
            }
            Err(error) => return Err(TestCaseError::fail(format!("{error:?}"))),
        };
        let outcome = format!("{}: {outcome}", action.word());
        self.known.learn(&self.reference);
        self.known.actions.push(action);
        Ok(outcome)
    }

    /// Checks that every list finds what the reference has, in order.
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

/// Returns the table as it is.
async fn rows(world: &World) -> Rows {
    let mut rows = Rows::new();
    for item in world.items().await {
        let sk = text_of(&item, "sk").unwrap().to_owned();
        let row = match sk.split('#').next().unwrap() {
            "POLICY" => {
                let tags: Tags = serde_dynamo::from_attribute_value(item["tags"].clone()).unwrap();
                Row::Policy(serde_dynamo::from_item(item).unwrap(), tags)
            }
            "COUNT" if sk.starts_with("COUNT#POLICIES#") => {
                let (all, _) = sk.rsplit_once('#').unwrap();
                let row = rows.entry(all.to_owned()).or_insert(Row::Stripes(0, 0));
                let Row::Stripes(stripes, counted) = row else {
                    panic!("{row:?}")
                };
                *stripes += 1;
                *counted += number_of(&item, "n").unwrap();
                continue;
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
        cases: ProptestConfig::default().cases / 8,
        // A step takes milliseconds. A failure should be reported within a minute, not in its smallest form.
        max_shrink_iters: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let seen = Mutex::new(BTreeMap::<String, u32>::new());
    proptest!(config, |(steps in steps())| {
        runtime.block_on(async {
            let mut run = Run::begin().await?;
            for step in &steps {
                let outcome = run.step(step).await?;
                *seen.lock().unwrap().entry(outcome).or_default() += 1;
            }
            run.check_lists().await
        })?;
    });
    // A law over requests that are all refused would say nothing.
    let seen = seen.into_inner().unwrap();
    for outcome in [
        "create: Created",
        "create: Repeated",
        "create: OtherRequest",
        "create: UnknownParent",
        "create: TooMany",
        "create: failed before the deed",
        "update: Done",
        "update: Repeated",
        "update: UnknownParent",
        "update: Unknown",
        "delete: Done",
        "delete: Unknown",
    ] {
        assert!(seen.contains_key(outcome), "{outcome} is not among {seen:#?}");
    }
}
