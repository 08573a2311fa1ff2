//! A request to the table and to the reference.

use jiff::Timestamp;
use model::access_policies::{
    CreateAccessPolicy, CreatePortal, CreateProject, DeleteAccessPolicy, DeletePortal, DeleteProject, Id,
    ResourceKind, Tags, UpdateAccessPolicy,
};

use super::super::world::account;
use super::reference::{Answer, Reference};
use crate::StoreError;
use crate::access_policies::{AccessPolicies, Created, Deleted, Tagged, Updated};

/// A request with all that it names.
#[derive(Clone)]
pub(super) enum Action {
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
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::CreatePortal(_) => "create portal",
            Self::DeletePortal(_) => "delete portal",
            Self::CreateProject(_) => "create project",
            Self::DeleteProject(_) => "delete project",
            Self::Create(_) => "create",
            Self::Update(_) => "update",
            Self::Delete(_) => "delete",
            Self::Tag(..) => "tag",
            Self::Untag(..) => "untag",
        }
    }

    pub(super) async fn on_table(
        &self,
        store: &AccessPolicies,
        fresh: &Id,
        now: Timestamp,
    ) -> Result<Answer, StoreError> {
        let (account, id) = (&account(), fresh.clone());
        let policy = |id| (ResourceKind::AccessPolicy, id);
        Ok(match self {
            Self::CreatePortal(new) => store
                .create_portal(account, new, id, super::MOST_PORTALS, now)
                .await?
                .into(),
            Self::DeletePortal(unwanted) => store.delete_portal(account, unwanted, now).await?.into(),
            Self::CreateProject(new) => store
                .create_project(account, new, id, super::MOST_PROJECTS, now)
                .await?
                .into(),
            Self::DeleteProject(unwanted) => store.delete_project(account, unwanted, now).await?.into(),
            Self::Create(new) => store
                .create(account, new, || id.clone(), super::MOST_POLICIES, now)
                .await?
                .into(),
            Self::Update(wanted) => store
                .update(account, wanted, super::MOST_POLICIES, now)
                .await?
                .into(),
            Self::Delete(unwanted) => store.delete(account, unwanted, now).await?.into(),
            Self::Tag(id, tags) => store.tag(account, policy(id), tags).await?.into(),
            Self::Untag(id, keys) => store.untag(account, policy(id), keys).await?.into(),
        })
    }

    pub(super) fn on_reference(&self, reference: &mut Reference, fresh: &Id, now: Timestamp) -> Answer {
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
