//! Asks AWS for the documents of accounts and puts them into the inventory bucket, from where an import takes them.
//!
//! First the documents of all accounts, then, while time is left, their reports of last accesses, of which IAM makes
//! one for each user and role. What fails with one account or one document does not stop the others.

mod last_accessed;
mod organization;
mod resource_documents;
mod resources;

use std::convert::Infallible;
use std::time::Duration;

use api::{Event, Metric};
use aws::{Access, AccessError, InventoryBucket, Session};
use futures::stream::{self, StreamExt};
use inventory::DocumentKind;
use model::account::AccountId;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use self::resources::IamNames;
use crate::configuration::{ConfigurationError, optional, required};

/// Name of the sessions, as it stands in the trails of the accounts.
const SESSION: &str = "access-governance-inventory";

/// Accounts worked on at once: the answers of each take memory.
const ACCOUNTS_AT_ONCE: usize = 4;

/// Longest time for reports: the documents come first.
const REPORTS: Duration = Duration::from_mins(10);

/// Time for the resources of all accounts: Cloud Control reads them one by one.
const RESOURCES: Duration = Duration::from_mins(8);

/// Time for everything: the function is stopped after 15 minutes.
const EVERYTHING: Duration = Duration::from_mins(14);

/// Times that IAM is given to make a credential report, with a pause after each: IAM makes one in seconds.
const REPORT_ATTEMPTS: u32 = 10;
const REPORT_PAUSE: Duration = Duration::from_secs(3);

/// Says in which region AWS Organizations is.
const ORGANIZATIONS_REGION: &str = "us-east-1";

/// The clients and settings that the function works with.
#[derive(Debug)]
pub struct State {
    access: Access,
    bucket: InventoryBucket,
    tenant: AccountId,
    roles: Vec<String>,
    regions: Vec<String>,
    external_id: Option<String>,
}

impl State {
    /// Connects to what the environment variables name.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub fn connect() -> Result<Self, ConfigurationError> {
        let access = Access::connect();
        let list = |text: Option<String>| -> Vec<String> {
            let text = text.unwrap_or_default();
            let each = text.split(',').map(str::trim).filter(|one| !one.is_empty());
            each.map(str::to_owned).collect()
        };
        let mut regions = list(optional("COLLECT_INVENTORY_REGIONS"));
        if regions.is_empty() {
            regions.extend(optional("AWS_REGION"));
        }
        Ok(Self {
            bucket: access.inventory_bucket(required("INVENTORY_BUCKET")?),
            access,
            tenant: required("INVENTORY_TENANT")?,
            roles: list(optional("COLLECT_INVENTORY_ROLE_ARNS")),
            regions,
            external_id: optional("COLLECT_INVENTORY_EXTERNAL_ID"),
        })
    }
}

/// Says what was collected.
#[derive(Debug, Serialize)]
pub struct Collected {
    accounts: Vec<Collection>,
}

/// Says what was collected of one account.
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
    names: IamNames,
}

/// Collects the accounts of all roles.
///
/// # Errors
/// None: what failed stands in the answer and in the log.
pub async fn handle(state: &State, _: Event) -> Result<Collected, Infallible> {
    let started = Instant::now();
    let mut documented: Vec<(Collection, Option<Account>)> = stream::iter(&state.roles)
        .map(|role| documents(state, role, started + RESOURCES))
        .buffered(ACCOUNTS_AT_ONCE)
        .collect()
        .await;
    let deadline = (Instant::now() + REPORTS).min(started + EVERYTHING);
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

/// Collects all documents except the reports.
async fn documents(state: &State, role: &str, until: Instant) -> (Collection, Option<Account>) {
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
        names: IamNames::default(),
    };
    match account.session.authorization_details().await {
        Ok(details) => {
            account.principals = details.principals().map(str::to_owned).collect();
            let owned = |(name, arn): (&str, &str)| (name.to_owned(), arn.to_owned());
            account.names.roles = details.roles().map(owned).collect();
            account.names.instance_profiles = details.instance_profiles().map(owned).collect();
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
    credential_report(state, &mut collection, &account).await;
    resource_documents::put(state, &mut collection, &account, until).await;
    organization_document(state, &mut collection, &account).await;
    (collection, Some(account))
}

/// Collects IAM's report on passwords, access keys and MFA devices.
async fn credential_report(state: &State, collection: &mut Collection, account: &Account) {
    for _attempt in 0..REPORT_ATTEMPTS {
        match account.session.start_credential_report().await {
            Ok(true) => {
                return match account.session.credential_report().await {
                    Ok(csv) => {
                        let name = format!("{}.csv", DocumentKind::CredentialReport);
                        put_bytes(state, collection, account, &name, csv.into_bytes()).await;
                    }
                    Err(error) => collection.failed(&error),
                };
            }
            Ok(false) => sleep(REPORT_PAUSE).await,
            Err(error) => return collection.failed(&error),
        }
    }
    collection
        .failures
        .push("IAM has not finished the credential report in time".to_owned());
}

/// Collects the organization, if the account manages one. This document belongs to no account.
async fn organization_document(state: &State, collection: &mut Collection, account: &Account) {
    let control = account.session.cloud_control(Some(ORGANIZATIONS_REGION));
    match organization::read(&control, &account.id).await {
        Ok(None) => {}
        Ok(Some(organization)) => {
            let key = format!("{}/{}.json", state.tenant, DocumentKind::Organization);
            put_at(
                state,
                collection,
                key,
                organization.document.to_string().into_bytes(),
            )
            .await;
            collection.failures.extend(organization.failures);
        }
        Err(error) => collection.failures.push(format!("organization: {error}")),
    }
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
    // Without new reports, the earlier reports are better than none.
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
    let name = format!("{kind}.json");
    match serde_json::to_vec(document) {
        Ok(body) => put_bytes(state, collection, account, &name, body).await,
        Err(error) => collection
            .failures
            .push(format!("`{name}` cannot be written: {error}")),
    }
}

async fn put_bytes(state: &State, collection: &mut Collection, account: &Account, name: &str, body: Vec<u8>) {
    put_at(
        state,
        collection,
        format!("{}/{}/{name}", state.tenant, account.id),
        body,
    )
    .await;
}

async fn put_at(state: &State, collection: &mut Collection, key: String, body: Vec<u8>) {
    api::measure(Metric::Files, 1);
    api::measure(Metric::Bytes, u64::try_from(body.len()).unwrap_or(u64::MAX));
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

/// Returns partition and account of a role's ARN.
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
