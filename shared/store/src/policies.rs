//! Reads and writes the table of policies and of the sub accounts that hold them.
//!
//! | pk | sk | what |
//! |---|---|---|
//! | `<account>` | `POLICY#<id>` | a policy; replaced by one conditional write, so that readers see the old one or the new one |
//! | `<account>` | `HOLDERS#<id>` | how many sub accounts hold the policy; there as long as the policy is |
//! | `<account>` | `HELD#<sub account>#<id>` | the sub account holds the policy |
//! | `<account>` | `USER_CREATED` | how many policies the account has made |
//!
//! The number of holders is not an attribute of the policy: a write is paid by the size of its item, and a policy
//! takes up to 350 KiB. For the same reason lists read the index `ByName`, which leaves the permissions out; it
//! is a local one because those can be read strongly consistently.

mod attach;
mod create;
mod delete;
mod held;
mod list;
mod replace;
#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::Client;
use model::account::AccountId;
use model::policies::{IfMatch, PolicySummary, PolicyType};

use crate::StoreError;
use crate::item::{Item, key, number, number_of, text_of};

pub use attach::{Attached, Detached};
pub use create::Created;
pub use delete::Deleted;
pub use held::Holding;
pub use replace::Replaced;

/// The index of policies by name, then id; its sort key is `byName`, its attributes those of a summary and the version.
const BY_NAME: &str = "ByName";

/// Most bytes of an id that can be stored; a sort key takes 1,024, and `HELD#` with a sub account takes 70 of them.
const MAX_ID_BYTES: usize = 512;

/// Separates name and id in the sort key of the index. It is smaller than every character of a name, so that the order
/// is that of names and, among equal names, of ids.
const AFTER_NAME: char = '\u{1f}';

/// The table of policies.
#[derive(Debug)]
pub struct Policies {
    client: Client,
    table: String,
}

/// Holds what a write gives a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content<'a> {
    /// The name of the policy.
    pub name: &'a str,
    /// The description, which may be empty.
    pub description: &'a str,
    /// Permissions as JSON, at most 358,400 bytes.
    pub permissions: &'a str,
}

/// A policy as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPolicy {
    /// Says what lists show.
    pub summary: PolicySummary,
    /// 1 at first, raised by each replacement.
    pub version: u64,
    /// Permissions as JSON; `None` when they were not asked for.
    pub permissions: Option<String>,
}

impl Policies {
    /// Returns the table of that name.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Returns the policy of that id, with or without its permissions; strongly consistent. `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn policy(
        &self,
        account: &AccountId,
        id: &str,
        with_permissions: bool,
    ) -> Result<Option<StoredPolicy>, StoreError> {
        if !is_storable(id) {
            return Ok(None);
        }
        let attributes = "sk, policyName, policyDesc, policyType, version";
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(policy_key(account, id)))
            .consistent_read(true)
            .set_projection_expression((!with_permissions).then(|| attributes.to_owned()))
            .send()
            .await?;
        found.item().map(read_policy).transpose()
    }
}

fn policy_key(account: &AccountId, id: &str) -> Item {
    key(account.as_str(), format!("POLICY#{id}"))
}

fn holders_key(account: &AccountId, id: &str) -> Item {
    key(account.as_str(), format!("HOLDERS#{id}"))
}

fn held_key(account: &AccountId, sub_account: &str, id: &str) -> Item {
    key(account.as_str(), format!("HELD#{sub_account}#{id}"))
}

fn user_created_key(account: &AccountId) -> Item {
    key(account.as_str(), "USER_CREATED")
}

fn by_name(name: &str, id: &str) -> String {
    format!("{name}{AFTER_NAME}{id}")
}

/// Returns whether a text can be an id. Ids are opaque, and no policy has an id that cannot be a sort key.
fn is_storable(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID_BYTES
}

fn read_policy(item: &Item) -> Result<StoredPolicy, StoreError> {
    Ok(StoredPolicy {
        summary: read_summary(item)?,
        version: read_version(item)?,
        permissions: text_of(item, "permissions").map(str::to_owned),
    })
}

fn read_version(item: &Item) -> Result<u64, StoreError> {
    number_of(item, "version")
        .and_then(|version| u64::try_from(version).ok())
        .ok_or_else(|| unreadable("version"))
}

fn read_summary(item: &Item) -> Result<PolicySummary, StoreError> {
    let text = |name| text_of(item, name).ok_or_else(|| unreadable(name));
    let policy_type = text("policyType")?;
    Ok(PolicySummary {
        policy_id: text("sk")?
            .strip_prefix("POLICY#")
            .ok_or_else(|| unreadable("sk"))?
            .to_owned(),
        policy_name: text("policyName")?.to_owned(),
        policy_type: PolicyType::parse(policy_type).ok_or_else(|| unreadable("policyType"))?,
        policy_desc: text("policyDesc")?.to_owned(),
    })
}

fn unreadable(attribute: &str) -> StoreError {
    StoreError::Unreadable(format!("a policy without a readable `{attribute}`").into())
}

/// Says why a change of a policy is refused, read off the item as it stood then; `None` when nothing about the policy
/// itself refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Unknown,
    SystemManaged,
    OtherVersion,
}

fn refusal(found: &Item, if_match: &IfMatch) -> Result<Option<Refusal>, StoreError> {
    if found.is_empty() {
        return Ok(Some(Refusal::Unknown));
    }
    let policy = read_policy(found)?;
    Ok(match policy.summary.policy_type {
        PolicyType::SystemManaged => Some(Refusal::SystemManaged),
        PolicyType::UserCreated if !if_match.holds(policy.version) => Some(Refusal::OtherVersion),
        PolicyType::UserCreated => None,
    })
}

/// Returns the condition under which a policy may be changed, and its values besides `:user_created`.
fn may_change(if_match: &IfMatch) -> (String, Item) {
    let exists = "policyType = :user_created";
    let IfMatch::Versions(versions) = if_match else {
        return (exists.to_owned(), Item::new());
    };
    // No version is 0, so that a list without a tag of this service matches nothing.
    let versions = if versions.is_empty() { &[0][..] } else { versions };
    let values: Item = versions
        .iter()
        .enumerate()
        .map(|(index, version)| (format!(":v{index}"), number(version)))
        .collect();
    let names: Vec<String> = (0..versions.len()).map(|index| format!(":v{index}")).collect();
    (format!("{exists} AND version IN ({})", names.join(", ")), values)
}
