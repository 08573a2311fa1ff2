//! Asks AWS for the documents of accounts and puts them into the inventory bucket, from where an import takes them.
//!
//! First the documents of all accounts, then, while time is left, their reports of last accesses, of which IAM makes
//! one for each user and role. What fails with one account or one document does not stop the others.

mod last_accessed;

use std::convert::Infallible;
use std::time::Duration;

use api::Event;
use aws::{Access, AccessError, InventoryBucket, Session};
use futures::stream::{self, StreamExt};
use inventory::DocumentKind;
use model::account::AccountId;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::configuration::{ConfigurationError, optional, required};

/// Name of the sessions, as it stands in the trails of the accounts.
const SESSION: &str = "access-governance-inventory";

/// Accounts worked on at once: the answers of each take memory.
const ACCOUNTS_AT_ONCE: usize = 4;

/// Time for reports: the function has 15 minutes, and the documents come first.
const REPORTS: Duration = Duration::from_mins(10);

/// What the function works with.
#[derive(Debug)]
pub struct State {
    access: Access,
    bucket: InventoryBucket,
    tenant: AccountId,
    roles: Vec<String>,
    external_id: Option<String>,
}

impl State {
    /// From the environment.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn connect() -> Result<Self, ConfigurationError> {
        let access = Access::connect().await;
        let roles = optional("COLLECT_INVENTORY_ROLE_ARNS").unwrap_or_default();
        Ok(Self {
            bucket: access.inventory_bucket(required("INVENTORY_BUCKET")?),
            access,
            tenant: required("INVENTORY_TENANT")?,
            roles: roles
                .split(',')
                .map(str::trim)
                .filter(|role| !role.is_empty())
                .map(str::to_owned)
                .collect(),
            external_id: optional("COLLECT_INVENTORY_EXTERNAL_ID"),
        })
    }
}

/// What was collected.
#[derive(Debug, Serialize)]
pub struct Collected {
    accounts: Vec<Collection>,
}

/// What was collected of one account.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    role_arn: String,
    /// Keys of the documents that were put.
    documents: Vec<String>,
    failures: Vec<String>,
}

/// An account that can be asked.
struct Account {
    partition: String,
    id: AccountId,
    session: Session,
    /// Users and roles.
    principals: Vec<String>,
}

/// Collects the accounts of all roles.
///
/// # Errors
/// None: what failed stands in the answer and in the log.
pub async fn handle(state: &State, _: Event) -> Result<Collected, Infallible> {
    let mut documented: Vec<(Collection, Option<Account>)> = stream::iter(&state.roles)
        .map(|role| documents(state, role))
        .buffered(ACCOUNTS_AT_ONCE)
        .collect()
        .await;
    let deadline = Instant::now() + REPORTS;
    let reported = documented.iter_mut().map(|(collection, account)| async move {
        if let Some(account) = account {
            reports(state, collection, account, deadline).await;
        }
    });
    stream::iter(reported)
        .buffer_unordered(ACCOUNTS_AT_ONCE)
        .collect::<()>()
        .await;
    let accounts: Vec<Collection> = documented.into_iter().map(|(collection, _)| collection).collect();
    for account in &accounts {
        for failure in &account.failures {
            tracing::error!(
                role_arn = account.role_arn,
                "the inventory is incomplete: {failure}"
            );
        }
        let documents = account.documents.len();
        tracing::info!(
            role_arn = account.role_arn,
            documents,
            "collected {documents} documents"
        );
    }
    Ok(Collected { accounts })
}

/// Everything but the reports.
async fn documents(state: &State, role: &str) -> (Collection, Option<Account>) {
    let mut collection = Collection {
        role_arn: role.to_owned(),
        ..Collection::default()
    };
    let Some((partition, id)) = owner(role) else {
        collection.failures.push("not the ARN of a role".to_owned());
        return (collection, None);
    };
    let assumed = state
        .access
        .assume_with(role, SESSION, state.external_id.as_deref());
    let session = match assumed.await {
        Ok(session) => session,
        Err(error) => {
            collection.failed(&error);
            return (collection, None);
        }
    };
    let mut account = Account {
        partition,
        id,
        session,
        principals: Vec::new(),
    };
    match account.session.authorization_details().await {
        Ok(details) => {
            account.principals = details.principals().map(str::to_owned).collect();
            put(
                state,
                &mut collection,
                &account,
                DocumentKind::AuthorizationDetails,
                &details,
            )
            .await;
        }
        Err(error) => collection.failed(&error),
    }
    resource_policies(state, &mut collection, &account).await;
    (collection, Some(account))
}

/// Policies of buckets; a bucket that does not show its own is told, and the document goes without it.
async fn resource_policies(state: &State, collection: &mut Collection, account: &Account) {
    let found = match account.session.bucket_policies().await {
        Ok(found) => found,
        Err(error) => return collection.failed(&error),
    };
    let mut policies = Vec::with_capacity(found.len());
    for found in found {
        match found.policy {
            Ok(None) => {}
            Ok(Some(text)) => {
                let document = RawValue::from_string(text.clone()).map_or(json!(text), |json| json!(json));
                let arn = format!("arn:{}:s3:::{}", account.partition, found.bucket);
                policies.push(json!({ "resourceArn": arn, "policyDocument": document }));
            }
            Err(error) => {
                let bucket = found.bucket;
                collection.failures.push(format!("bucket `{bucket}`: {error}"));
            }
        }
    }
    let document = json!({ "account": account.id, "resourcePolicies": policies });
    put(
        state,
        collection,
        account,
        DocumentKind::ResourcePolicies,
        &document,
    )
    .await;
}

async fn reports(state: &State, collection: &mut Collection, account: &Account, deadline: Instant) {
    if account.principals.is_empty() {
        return;
    }
    let mut collected = last_accessed::reports(&account.session, &account.principals, deadline).await;
    let (made, wanted) = (collected.reports.len(), account.principals.len());
    if let Some(error) = collected.error.take() {
        collection.failed(&error);
    }
    if made < wanted {
        collection
            .failures
            .push(format!("{made} of {wanted} reports of last accesses were made"));
    }
    // Without any the earlier ones say more.
    if made > 0 {
        put(state, collection, account, DocumentKind::LastAccessed, &collected).await;
    }
}

async fn put(
    state: &State,
    collection: &mut Collection,
    account: &Account,
    kind: DocumentKind,
    document: &impl Serialize,
) {
    let key = format!("{}/{}/{kind}.json", state.tenant, account.id);
    let body = match serde_json::to_vec(document) {
        Ok(body) => body,
        Err(error) => {
            return collection
                .failures
                .push(format!("`{key}` cannot be written: {error}"));
        }
    };
    match state.bucket.put(&key, body).await {
        Ok(()) => collection.documents.push(key),
        Err(error) => collection.failed(&error),
    }
}

impl Collection {
    fn failed(&mut self, error: &AccessError) {
        if let AccessError::Denied { cause, .. } | AccessError::Unavailable { cause, .. } = error {
            tracing::warn!(role_arn = self.role_arn, %cause, "{error}");
        }
        self.failures.push(error.to_string());
    }
}

/// Partition and account of a role's ARN.
fn owner(role_arn: &str) -> Option<(String, AccountId)> {
    let mut fields = role_arn.splitn(6, ':');
    let is_arn = fields.next()? == "arn";
    let partition = fields.next()?.to_owned();
    let is_iam = fields.next()? == "iam" && fields.next()?.is_empty();
    let account = fields.next()?.parse().ok()?;
    let is_role = fields.next()?.starts_with("role/");
    (is_arn && is_iam && is_role).then_some((partition, account))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_stands_in_the_arn_of_the_role() {
        let (partition, account) = owner("arn:aws-cn:iam::111122223333:role/team/inventory").unwrap();
        assert_eq!((partition.as_str(), account.as_str()), ("aws-cn", "111122223333"));
        for other in [
            "",
            "inventory",
            "arn:aws:iam::111122223333:user/inventory",
            "arn:aws:iam::1111:role/inventory",
            "arn:aws:sts::111122223333:role/inventory",
        ] {
            assert_eq!(owner(other), None, "{other}");
        }
    }
}
