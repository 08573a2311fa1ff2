//! Lists, in the order of ids, strongly consistent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::access_policies::{
    AccessPolicy, Id, ListAccessPolicies, ListPortals, ListProjects, Paging, Portal, Project, ResourceKind,
};
use model::account::AccountId;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    AccessPolicies, BY_GRANT, BY_IDENTITY, BY_PARENT, of_identity, of_identity_on, policies_on, prefix,
    projects_of, resource_key,
};
use crate::item::{Item, text};
use crate::{InvalidPageToken, StoreError};

/// Form of the tokens; a change of form raises it.
const VERSION: u8 = 1;
/// Bytes of a digest.
const DIGEST: usize = 32;

/// The attributes of a policy; not its tags.
const OF_POLICIES: &str = "id, #identity, #resource, #permission, createdAt, updatedAt";

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries in the order of their ids.
    pub entries: Vec<T>,
    /// Says where the next page begins; `None` when nothing follows, also when this page is exactly full.
    pub next_token: Option<String>,
}

/// Says where the entries of a list are: those of an index, or of the table itself, whose sort key begins with a text
/// that ends where the id of an entry begins.
struct ListQuery {
    kind: ResourceKind,
    /// Name of the index and of its sort key
    index: Option<(&'static str, &'static str)>,
    begins_with: String,
}

impl ListQuery {
    fn table(kind: ResourceKind) -> Self {
        Self {
            kind,
            index: None,
            begins_with: prefix(kind).to_owned(),
        }
    }

    fn index(kind: ResourceKind, name: &'static str, sorted_by: &'static str, begins_with: String) -> Self {
        Self {
            kind,
            index: Some((name, sorted_by)),
            begins_with,
        }
    }

    fn of(wanted: &ListAccessPolicies) -> Self {
        let kind = ResourceKind::AccessPolicy;
        match (&wanted.identity, &wanted.resource) {
            (None, None) => Self::table(kind),
            (Some(identity), None) => Self::index(kind, BY_IDENTITY, "byIdentity", of_identity(identity)),
            (None, Some(resource)) => Self::index(kind, BY_PARENT, "byParent", policies_on(resource)),
            (Some(identity), Some(resource)) => {
                Self::index(kind, BY_GRANT, "byGrant", of_identity_on(identity, resource))
            }
        }
    }

    fn sorted_by(&self) -> &'static str {
        self.index.map_or("sk", |(_, sorted_by)| sorted_by)
    }

    /// Returns the key after which the page that follows `last` begins.
    fn key_of(&self, account: &AccountId, last: &Id) -> Item {
        let mut key = resource_key(account, self.kind, last);
        key.insert(
            self.sorted_by().to_owned(),
            text(format!("{}{last}", self.begins_with)),
        );
        key
    }

    /// Distinguishes the lists. A position of one list is not a position of another.
    fn digest(&self) -> [u8; DIGEST] {
        Sha256::digest(format!("{}\n{}", self.sorted_by(), self.begins_with)).into()
    }

    // A token needs no seal: it can only say after which id of this list of the caller's own account to go on, which
    // the caller may as well learn by going there.
    fn token(&self, last: &Id) -> Result<String, StoreError> {
        let last = Uuid::try_parse(last.as_str()).map_err(|fault| StoreError::Unreadable(Box::new(fault)))?;
        let mut token = vec![VERSION];
        token.extend_from_slice(&self.digest());
        token.extend_from_slice(last.as_bytes());
        Ok(STANDARD.encode(token))
    }

    /// Returns the position of a token; `None` for a text that is not a token, or a token of another list.
    fn position(&self, token: &str) -> Option<Id> {
        let bytes = STANDARD.decode(token).ok()?;
        let (&version, rest) = bytes.split_first()?;
        let (digest, last) = rest.split_at_checked(DIGEST)?;
        (version == VERSION && digest == self.digest()).then_some(())?;
        let last = Uuid::from_slice(last).ok()?;
        last.hyphenated().to_string().parse().ok()
    }
}

impl AccessPolicies {
    /// Lists access policies of the account.
    ///
    /// # Errors
    /// `Ok(Err(InvalidPageToken))` for a token of another list; [`StoreError`].
    pub async fn list(
        &self,
        account: &AccountId,
        wanted: &ListAccessPolicies,
    ) -> Result<Result<Page<AccessPolicy>, InvalidPageToken>, StoreError> {
        self.page(
            account,
            &ListQuery::of(wanted),
            &wanted.paging,
            |policy: &AccessPolicy| &policy.id,
        )
        .await
    }

    /// Lists portals of the account.
    ///
    /// # Errors
    /// `Ok(Err(InvalidPageToken))` for a token of another list; [`StoreError`].
    pub async fn portals(
        &self,
        account: &AccountId,
        wanted: &ListPortals,
    ) -> Result<Result<Page<Portal>, InvalidPageToken>, StoreError> {
        let query = ListQuery::table(ResourceKind::Portal);
        self.page(account, &query, &wanted.paging, |portal: &Portal| &portal.id)
            .await
    }

    /// Lists projects of a portal; none when the portal does not exist.
    ///
    /// # Errors
    /// `Ok(Err(InvalidPageToken))` for a token of another list; [`StoreError`].
    pub async fn projects(
        &self,
        account: &AccountId,
        wanted: &ListProjects,
    ) -> Result<Result<Page<Project>, InvalidPageToken>, StoreError> {
        let of_portal = projects_of(&wanted.portal_id);
        let query = ListQuery::index(ResourceKind::Project, BY_PARENT, "byParent", of_portal);
        self.page(account, &query, &wanted.paging, |project: &Project| &project.id)
            .await
    }

    /// Returns all access policies of the account at this moment, in the order of their ids: who may do what on what.
    /// Strongly consistent, so that an explanation of access sees a policy as soon as its creation was replied to. Reads
    /// up to 1 MiB at once, which is about two thousand policies without tags; the tags count though they are left
    /// out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn summaries(&self, account: &AccountId) -> Result<Vec<AccessPolicy>, StoreError> {
        let mut items = self
            .query(account, &ListQuery::table(ResourceKind::AccessPolicy))
            .projection_expression(OF_POLICIES)
            .expression_attribute_names("#identity", "identity")
            .expression_attribute_names("#resource", "resource")
            .expression_attribute_names("#permission", "permission")
            .into_paginator()
            .items()
            .send();
        let mut policies = Vec::new();
        while let Some(item) = items.next().await {
            policies.push(serde_dynamo::from_item(item?)?);
        }
        Ok(policies)
    }

    fn query(
        &self,
        account: &AccountId,
        query: &ListQuery,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .set_index_name(query.index.map(|(name, _)| name.to_owned()))
            .consistent_read(true)
            .key_condition_expression(format!(
                "pk = :pk AND begins_with({}, :begins_with)",
                query.sorted_by()
            ))
            .expression_attribute_values(":pk", text(account.as_str()))
            .expression_attribute_values(":begins_with", text(&query.begins_with))
    }

    async fn page<T: DeserializeOwned>(
        &self,
        account: &AccountId,
        query: &ListQuery,
        paging: &Paging,
        id_of: impl Fn(&T) -> &Id,
    ) -> Result<Result<Page<T>, InvalidPageToken>, StoreError> {
        let after = match &paging.next_token {
            None => None,
            Some(token) => match query.position(token.as_str()) {
                Some(last) => Some(query.key_of(account, &last)),
                None => return Ok(Err(InvalidPageToken)),
            },
        };
        // One more than the page holds shows whether anything follows.
        let wanted = paging.size.saturating_add(1);
        let mut items = self
            .query(account, query)
            .set_exclusive_start_key(after)
            .limit(i32::try_from(wanted).unwrap_or(i32::MAX))
            .into_paginator()
            .items()
            .send();
        let mut entries: Vec<T> = Vec::new();
        while entries.len() < wanted
            && let Some(item) = items.next().await
        {
            entries.push(serde_dynamo::from_item(item?)?);
        }
        let more = entries.len() > paging.size;
        entries.truncate(paging.size);
        let next_token = match entries.last() {
            Some(last) if more => Some(query.token(id_of(last))?),
            _ => None,
        };
        Ok(Ok(Page { entries, next_token }))
    }
}
