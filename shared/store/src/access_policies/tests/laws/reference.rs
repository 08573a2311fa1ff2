//! Says what should be in the table, as simply as possible.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::access_policies::{
    AccessPolicy, ClientToken, CreateAccessPolicy, CreatePortal, CreateProject, DeleteAccessPolicy,
    DeletePortal, DeleteProject, Id, Repeatable, Resource, Tags, UpdateAccessPolicy,
};

use super::{MOST_POLICIES, MOST_PORTALS, MOST_PROJECTS};

const DAY: i64 = 24 * 60 * 60;

/// The answer to a request, whichever it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Created(Id),
    Done,
    OtherRequest,
    Unknown,
    UnknownParent,
    TooMany,
    HasProjects,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        matches!(self, Self::Created(_) | Self::Done)
    }

    /// Returns its name alone.
    pub(super) fn word(&self) -> String {
        format!("{self:?}")
            .chars()
            .take_while(|c| c.is_alphanumeric())
            .collect()
    }
}

/// A row of the table, without what only the lists show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    Policy(AccessPolicy, Tags),
    Count(i64),
    /// The number of stripes of a portal or project, and what they count together
    Stripes(i64, i64),
    Token {
        subject: String,
        expires_at: i64,
    },
    There,
}

/// The rows by their sort key. Counts of none are left out.
pub(super) type Rows = BTreeMap<String, Row>;

#[derive(Debug, Clone, Default)]
pub(super) struct Reference {
    portals: Vec<Id>,
    projects: BTreeMap<Id, Id>,
    policies: BTreeMap<Id, (AccessPolicy, Tags)>,
    /// The policies that were moved to a resource that was full
    uncounted: BTreeSet<Id>,
    tokens: BTreeMap<String, Remembered>,
}

#[derive(Debug, Clone)]
struct Remembered {
    request: String,
    subject: Id,
    expires_at: i64,
}

impl Reference {
    /// Returns what an operation does without a token: an answer, and whether something has changed. Under a token the
    /// first change is remembered.
    fn once(
        &mut self,
        (operation, token): (&str, Option<&ClientToken>),
        request: &str,
        now: Timestamp,
        (subject, again): (&Id, fn(Id) -> Answer),
        act: impl FnOnce(&mut Self) -> Answer,
    ) -> Answer {
        let now = now.as_second();
        let key = token.map(|token| format!("TOKEN#{operation}#{token}"));
        if let Some(earlier) = key.as_ref().and_then(|key| self.tokens.get(key))
            && earlier.expires_at >= now
        {
            return if earlier.request == request {
                again(earlier.subject.clone())
            } else {
                Answer::OtherRequest
            };
        }
        let answer = act(self);
        if let Some(key) = key
            && answer.is_success()
        {
            let remembered = Remembered {
                request: request.to_owned(),
                subject: subject.clone(),
                expires_at: now + DAY,
            };
            self.tokens.insert(key, remembered);
        }
        answer
    }

    fn exists(&self, resource: &Resource) -> bool {
        match resource {
            Resource::Portal(id) => self.portals.contains(id),
            Resource::Project(id) => self.projects.contains_key(id),
        }
    }

    fn counted(&self, resource: &Resource) -> usize {
        let on_it = self.policies().filter(|policy| policy.resource == *resource);
        on_it
            .filter(|policy| !self.uncounted.contains(&policy.id))
            .count()
    }

    fn is_full(&self, resource: &Resource) -> bool {
        self.counted(resource) >= MOST_POLICIES as usize
    }

    pub(super) fn create_portal(&mut self, new: &CreatePortal, fresh: &Id, now: Timestamp) -> Answer {
        let token = (CreatePortal::OPERATION, new.client_token.as_ref());
        self.once(token, &new.canonical(), now, (fresh, Answer::Created), |all| {
            if all.portals.len() >= MOST_PORTALS as usize {
                return Answer::TooMany;
            }
            all.portals.push(fresh.clone());
            Answer::Created(fresh.clone())
        })
    }

    pub(super) fn delete_portal(&mut self, unwanted: &DeletePortal, now: Timestamp) -> Answer {
        let (token, id) = (
            (DeletePortal::OPERATION, unwanted.client_token.as_ref()),
            &unwanted.id,
        );
        self.once(token, &unwanted.canonical(), now, (id, |_| Answer::Done), |all| {
            if !all.portals.contains(id) {
                return Answer::Unknown;
            }
            if all.projects.values().any(|portal| portal == id) {
                return Answer::HasProjects;
            }
            all.portals.retain(|portal| portal != id);
            Answer::Done
        })
    }

    pub(super) fn create_project(&mut self, new: &CreateProject, fresh: &Id, now: Timestamp) -> Answer {
        let token = (CreateProject::OPERATION, new.client_token.as_ref());
        self.once(token, &new.canonical(), now, (fresh, Answer::Created), |all| {
            if !all.portals.contains(&new.portal_id) {
                return Answer::UnknownParent;
            }
            let siblings = all.projects.values().filter(|portal| **portal == new.portal_id);
            if siblings.count() >= MOST_PROJECTS as usize {
                return Answer::TooMany;
            }
            all.projects.insert(fresh.clone(), new.portal_id.clone());
            Answer::Created(fresh.clone())
        })
    }

    pub(super) fn delete_project(&mut self, unwanted: &DeleteProject, now: Timestamp) -> Answer {
        let (token, id) = (
            (DeleteProject::OPERATION, unwanted.client_token.as_ref()),
            &unwanted.id,
        );
        self.once(
            token,
            &unwanted.canonical(),
            now,
            (id, |_| Answer::Done),
            |all| match all.projects.remove(id) {
                Some(_) => Answer::Done,
                None => Answer::Unknown,
            },
        )
    }

    pub(super) fn create(&mut self, new: &CreateAccessPolicy, fresh: &Id, now: Timestamp) -> Answer {
        let token = (CreateAccessPolicy::OPERATION, new.client_token.as_ref());
        self.once(token, &new.canonical(), now, (fresh, Answer::Created), |all| {
            if !all.exists(&new.resource) {
                return Answer::UnknownParent;
            }
            if all.is_full(&new.resource) {
                return Answer::TooMany;
            }
            let policy = AccessPolicy {
                id: fresh.clone(),
                identity: new.identity.clone(),
                resource: new.resource.clone(),
                permission: new.permission,
                created_at: now,
                updated_at: now,
            };
            all.policies.insert(fresh.clone(), (policy, new.tags.clone()));
            Answer::Created(fresh.clone())
        })
    }

    pub(super) fn update(&mut self, wanted: &UpdateAccessPolicy, now: Timestamp) -> Answer {
        let token = (UpdateAccessPolicy::OPERATION, wanted.client_token.as_ref());
        self.once(
            token,
            &wanted.canonical(),
            now,
            (&wanted.id, |_| Answer::Done),
            |all| {
                let (parent_exists, is_full) = (all.exists(&wanted.resource), all.is_full(&wanted.resource));
                let Some((policy, _)) = all.policies.get_mut(&wanted.id) else {
                    return Answer::Unknown;
                };
                if !parent_exists {
                    return Answer::UnknownParent;
                }
                if policy.resource != wanted.resource {
                    all.uncounted.remove(&wanted.id);
                    if is_full {
                        all.uncounted.insert(wanted.id.clone());
                    }
                }
                policy.identity = wanted.identity.clone();
                policy.resource = wanted.resource.clone();
                policy.permission = wanted.permission;
                policy.updated_at = now;
                Answer::Done
            },
        )
    }

    pub(super) fn delete(&mut self, unwanted: &DeleteAccessPolicy, now: Timestamp) -> Answer {
        let (token, id) = (
            (DeleteAccessPolicy::OPERATION, unwanted.client_token.as_ref()),
            &unwanted.id,
        );
        self.once(token, &unwanted.canonical(), now, (id, |_| Answer::Done), |all| {
            all.uncounted.remove(id);
            match all.policies.remove(id) {
                Some(_) => Answer::Done,
                None => Answer::Unknown,
            }
        })
    }

    pub(super) fn change_tags(&mut self, policy: &Id, change: impl FnOnce(&Tags) -> Tags) -> Answer {
        let Some((_, tags)) = self.policies.get_mut(policy) else {
            return Answer::Unknown;
        };
        *tags = change(tags);
        Answer::Done
    }

    pub(super) fn portals(&self) -> Vec<Id> {
        self.portals.clone()
    }

    pub(super) fn projects(&self) -> Vec<Id> {
        self.projects.keys().cloned().collect()
    }

    pub(super) fn policies(&self) -> impl Iterator<Item = &AccessPolicy> {
        self.policies.values().map(|(policy, _)| policy)
    }

    pub(super) fn rows(&self) -> Rows {
        let mut rows = Rows::new();
        let mut count = |key: String| {
            let row = rows.entry(key).or_insert(Row::Count(0));
            if let Row::Count(n) = row {
                *n += 1;
            }
        };
        self.portals
            .iter()
            .for_each(|_| count("COUNT#PORTALS".to_owned()));
        self.projects
            .values()
            .for_each(|portal| count(format!("COUNT#PROJECTS#{portal}")));
        let portals = self.portals.iter().cloned().map(Resource::Portal);
        for resource in portals.chain(self.projects.keys().cloned().map(Resource::Project)) {
            let (kind, id) = resource.parts();
            let counted = i64::try_from(self.counted(&resource)).unwrap();
            rows.insert(format!("COUNT#POLICIES#{kind}#{id}"), Row::Stripes(16, counted));
        }
        rows.extend(self.portals.iter().map(|id| (format!("PORTAL#{id}"), Row::There)));
        rows.extend(
            self.projects
                .keys()
                .map(|id| (format!("PROJECT#{id}"), Row::There)),
        );
        for (id, (policy, tags)) in &self.policies {
            rows.insert(format!("POLICY#{id}"), Row::Policy(policy.clone(), tags.clone()));
        }
        for (key, token) in &self.tokens {
            let subject = token.subject.to_string();
            rows.insert(
                key.clone(),
                Row::Token {
                    subject,
                    expires_at: token.expires_at,
                },
            );
        }
        rows
    }
}
