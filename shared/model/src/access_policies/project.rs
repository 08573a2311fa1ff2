//! Projects, as far as access policies need them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::arn::{Deployment, ResourceKind};
use super::canonical::Canonical;
use super::tags::Tags;
use super::text::{ClientToken, Description, Id, Name};
use super::time::EpochSeconds;
use crate::account::AccountId;
use crate::request::{Object, Reader, Violations};

/// A project as it is stored, less its tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// The id of the resource.
    pub id: Id,
    /// The portal that it belongs to.
    pub portal_id: Id,
    /// Names need not differ.
    pub name: Name,
    /// Says what it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// Says when it was created, to the millisecond.
    pub created_at: Timestamp,
    /// Says when it was last changed, to the millisecond; `None` before the first change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

impl Project {
    /// Returns when it was last changed, or else created.
    #[must_use]
    pub fn last_update(&self) -> Timestamp {
        self.updated_at.unwrap_or(self.created_at)
    }
}

/// A request to create a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateProject {
    /// The id of the portal that the project is in.
    pub portal_id: Id,
    /// The name of the project.
    pub name: Name,
    /// Says what it is for.
    pub description: Option<Description>,
    /// Makes the creation happen once.
    pub client_token: Option<ClientToken>,
    /// Its first tags.
    pub tags: Tags,
}

impl CreateProject {
    /// The name of the operation.
    pub const OPERATION: &str = "CreateProject";

    /// Reads the body.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(body: &json::Object<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let portal_id = reader.required(root.member("portalId"));
        let portal_id = reader.text(&portal_id);
        let name = reader.required(root.member("projectName"));
        let name = reader.text(&name);
        let description = reader.text(&root.member("projectDescription"));
        let client_token = reader.text(&root.member("clientToken"));
        let tags = Tags::from_member(&mut reader, &root.member("tags"));
        let request = portal_id
            .zip(name)
            .zip(tags)
            .map(|((portal_id, name), tags)| Self {
                portal_id,
                name,
                description,
                client_token,
                tags,
            });
        reader.finish(request)
    }

    /// Returns the text whose hash shows whether two requests under one token are the same.
    #[must_use]
    pub fn canonical(&self) -> String {
        Canonical::of(Self::OPERATION)
            .member("portalId", self.portal_id.as_str())
            .member("name", self.name.as_str())
            .optional("description", self.description.as_ref().map(Description::as_str))
            .member("tags", &self.tags)
            .finish()
    }
}

/// A request to replace name and description of a project. Its portal and its tags stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateProject {
    /// The id of the access policy.
    pub id: Id,
    /// Its name from now on.
    pub name: Name,
    /// Says what it is for; without, it has no description any more.
    pub description: Option<Description>,
    /// Makes the update happen once.
    pub client_token: Option<ClientToken>,
}

impl UpdateProject {
    /// The name of the operation.
    pub const OPERATION: &str = "UpdateProject";

    /// Reads the id of the path and the body.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(id: &str, body: &json::Object<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let id = reader.parameter("projectId", Some(id));
        let name = reader.required(root.member("projectName"));
        let name = reader.text(&name);
        let description = reader.text(&root.member("projectDescription"));
        let client_token = reader.text(&root.member("clientToken"));
        let request = id.zip(name).map(|(id, name)| Self {
            id,
            name,
            description,
            client_token,
        });
        reader.finish(request)
    }

    /// Returns the text whose hash shows whether two requests under one token are the same.
    #[must_use]
    pub fn canonical(&self) -> String {
        Canonical::of(Self::OPERATION)
            .member("id", self.id.as_str())
            .member("name", self.name.as_str())
            .optional("description", self.description.as_ref().map(Description::as_str))
            .finish()
    }
}

/// Reply of `CreateProject`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateProjectReply {
    project_id: Id,
    project_arn: String,
}

impl CreateProjectReply {
    /// Returns the same for the first request and for its repetitions.
    #[must_use]
    pub fn new(deployment: &Deployment, account: &AccountId, id: Id) -> Self {
        Self {
            project_arn: deployment.arn(account, ResourceKind::Project, &id),
            project_id: id,
        }
    }
}

/// Reply of `DescribeProject`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeProjectReply {
    project_id: Id,
    project_arn: String,
    project_name: Name,
    portal_id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_description: Option<Description>,
    project_creation_date: EpochSeconds,
    project_last_update_date: EpochSeconds,
}

impl DescribeProjectReply {
    /// Returns the project in full.
    #[must_use]
    pub fn new(deployment: &Deployment, account: &AccountId, project: Project) -> Self {
        Self {
            project_arn: deployment.arn(account, ResourceKind::Project, &project.id),
            project_last_update_date: EpochSeconds(project.last_update()),
            project_id: project.id,
            project_name: project.name,
            portal_id: project.portal_id,
            project_description: project.description,
            project_creation_date: EpochSeconds(project.created_at),
        }
    }
}

/// Reply of `ListProjects`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListProjectsReply {
    project_summaries: Vec<ProjectSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProjectSummary {
    id: Id,
    name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Description>,
    creation_date: EpochSeconds,
    last_update_date: EpochSeconds,
}

impl ListProjectsReply {
    /// Returns a page of projects.
    #[must_use]
    pub fn new(projects: Vec<Project>, next_token: Option<String>) -> Self {
        let summary = |project: Project| ProjectSummary {
            last_update_date: EpochSeconds(project.last_update()),
            id: project.id,
            name: project.name,
            description: project.description,
            creation_date: EpochSeconds(project.created_at),
        };
        Self {
            project_summaries: projects.into_iter().map(summary).collect(),
            next_token,
        }
    }
}
