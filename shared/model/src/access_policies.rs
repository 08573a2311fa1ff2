//! Access policies on portals and projects: requests, what is stored, replies.
//!
//! Source: service model of AWS IoT SiteWise, `iotsitewise/2019-12-02`. Its patterns are anchored: the whole text has
//! to match. Lengths count code points. Where the model leaves something open, `docs/access-policies.md` says what
//! holds here.

mod arn;
mod assets;
mod canonical;
mod deletion;
mod list;
mod policy;
mod portal;
mod portal_reply;
mod project;
mod repeatable;
mod reply;
mod subject;
mod tags;
mod text;
mod time;

#[cfg(test)]
mod tests;

pub use arn::{Deployment, InvalidArn, ResourceKind, ResourceName};
pub use assets::{BatchAssociateProjectAssets, ListProjectAssets, ListProjectAssetsReply};
pub use deletion::{DeleteAccessPolicy, DeletePortal, DeleteProject};
pub use list::{IdentityFilter, ListAccessPolicies, ListPortals, ListProjects, Paging};
pub use policy::{AccessPolicy, CreateAccessPolicy, UpdateAccessPolicy, read_id};
pub use portal::{
    Alarms, AuthMode, CreatePortal, Portal, PortalDetails, PortalType, PortalTypeEntry, UpdatePortal,
};
pub use portal_reply::{
    CreatePortalReply, DeletePortalReply, DescribePortalReply, ListPortalsReply, UpdatePortalReply,
};
pub use project::{
    CreateProject, CreateProjectReply, DescribeProjectReply, ListProjectsReply, Project, UpdateProject,
};
pub use repeatable::Repeatable;
pub use reply::{CreateAccessPolicyReply, DescribeAccessPolicyReply, Empty, ListAccessPoliciesReply};
pub use subject::{Identity, Permission, Resource};
pub use tags::{ListTagsReply, TagResource, Tags, UntagResource, read_resource_arn};
pub use text::{Arn, ClientToken, Description, Email, IamArn, Id, IdentityId, Name};
pub use time::to_milliseconds;
