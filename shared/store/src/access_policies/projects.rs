//! Creates and deletes projects.

use jiff::Timestamp;
use model::access_policies::{
    CreateProject, DeleteProject, Id, Project, Resource, ResourceKind, UpdateProject, to_milliseconds,
};
use model::account::AccountId;

use super::{AccessPolicies, Counter, Created, Deleted, Updated, created_before, projects_of};
use crate::StoreError;
use crate::client_token::{self, Written};
use crate::item::{Item, text};

/// Places of the items in the transaction.
const PORTAL: usize = 0;
const NUMBER_OF_PROJECTS: usize = 2;

impl AccessPolicies {
    /// Creates a project of a portal, unless that has `limit` of them already; 0 is no limit.
    ///
    /// # Errors
    /// [`StoreError`]; also when the id is taken, since new ids are random.
    pub async fn create_project(
        &self,
        account: &AccountId,
        new: &CreateProject,
        id: Id,
        limit: u32,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let claim = self.claim(account, new, now);
        let project = Project {
            id,
            portal_id: new.portal_id.clone(),
            name: new.name.clone(),
            description: new.description.clone(),
            created_at: to_milliseconds(now),
            updated_at: None,
        };
        let (id, portal) = (&project.id, &project.portal_id);
        let mut item: Item = serde_dynamo::to_item(&project)?;
        item.insert(
            "byParent".to_owned(),
            text(format!("{}{id}", projects_of(portal))),
        );
        let mut items = vec![
            self.check_exists(account, ResourceKind::Portal, portal)?,
            self.put(account, (ResourceKind::Project, id), item, &new.tags)?,
            self.count_one_more(account, Counter::ProjectsOf(portal), limit)?,
        ];
        items.extend(self.new_stripes(account, &Resource::Project(id.clone()))?);
        match client_token::write(&self.client, items, claim.as_ref(), id.as_str()).await? {
            Written::Now => Ok(Created::As(project.id)),
            Written::Before(earlier) => created_before(&earlier),
            Written::Refused(refused) if refused.at(PORTAL).is_some() => Ok(Created::UnknownParent),
            Written::Refused(refused) if refused.at(NUMBER_OF_PROJECTS).is_some() => Ok(Created::TooMany),
            Written::Refused(_) => Err(StoreError::Unavailable("the id of a new project is taken".into())),
        }
    }

    /// Replaces name and description of a project.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn update_project(
        &self,
        account: &AccountId,
        wanted: &UpdateProject,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let claim = self.claim(account, wanted, now);
        let mut said = Item::from([("name".to_owned(), text(wanted.name.as_str()))]);
        if let Some(description) = &wanted.description {
            said.insert("description".to_owned(), text(description.as_str()));
        }
        let item = self.set(
            account,
            (ResourceKind::Project, &wanted.id),
            said,
            &["description"],
            now,
        )?;
        self.replaced(claim.as_ref(), item, &wanted.id).await
    }

    /// Deletes a project. Access policies on it stay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_project(
        &self,
        account: &AccountId,
        unwanted: &DeleteProject,
        now: Timestamp,
    ) -> Result<Deleted, StoreError> {
        let id = &unwanted.id;
        let claim = self.claim(account, unwanted, now);
        // A project stays with its portal, so that what is read here still holds when it is written.
        let Some(found) = self.project(account, id).await? else {
            return self.before_or(claim.as_ref(), Deleted::Unknown).await;
        };
        let mut items = vec![
            self.delete_existing(account, (ResourceKind::Project, id))?,
            self.count_one_less(account, Counter::ProjectsOf(&found.portal_id))?,
        ];
        items.extend(self.without_stripes(account, &Resource::Project(id.clone()))?);
        Ok(
            match client_token::write(&self.client, items, claim.as_ref(), id.as_str()).await? {
                Written::Now => Deleted::Done,
                Written::Before(earlier) => earlier.into(),
                Written::Refused(_) => Deleted::Unknown,
            },
        )
    }
}
