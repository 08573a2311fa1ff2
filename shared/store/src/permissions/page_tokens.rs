//! Makes page tokens of searches. A token holds everything that a further page needs, and only its tenant can use it.

use jiff::Timestamp;
use model::account::AccountId;
use model::permissions::{Explain, GroupBy, Limit};
use serde::{Deserialize, Serialize};

use super::{OwnGrantsId, Permissions, PositionsId, SearchId, SnapshotId};
use crate::{InvalidPageToken, StoreError};

/// Separates these tokens from all others that the key of this table may ever seal.
const QUESTION: [&str; 1] = ["GetPermissions"];

/// Says where a further page of a search begins
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagePosition {
    /// The search that the page belongs to.
    pub search: SearchId,
    /// The snapshot of the imported accounts, if any
    pub snapshot: Option<SnapshotId>,
    /// Says when the imported accounts were compiled, in a result of Get Permissions V4
    pub snapshot_made_at: Option<Timestamp>,
    /// Says whether the first page said that the snapshot is a former one, in a result of Get Permissions V4
    pub is_outdated: bool,
    /// The own grants, if any
    pub own_grants: Option<OwnGrantsId>,
    /// Rows of the snapshot before the page
    pub of_snapshot: u64,
    /// Says where the page begins in each shard, if several shards are searched
    pub positions: Option<PositionsId>,
    /// Rows of own grants before the page
    pub of_own: u64,
    /// Identifies the last row before the page
    pub last: u64,
    /// Most rows of the first page
    pub limit: Limit,
    /// Says what the first page reported about why its rows are there
    pub explain: Explain,
    /// Says when the first page was requested
    pub issued_at: Timestamp,
    /// Says what rows are grouped by, in a result of Get Permissions V4
    pub group_by: Option<GroupBy>,
}

impl PagePosition {
    /// Returns the start of a search over nothing.
    #[must_use]
    pub fn of(search: SearchId, limit: Limit, issued_at: Timestamp) -> Self {
        Self {
            search,
            snapshot: None,
            snapshot_made_at: None,
            is_outdated: false,
            own_grants: None,
            of_snapshot: 0,
            positions: None,
            of_own: 0,
            last: 0,
            limit,
            explain: Explain::Nothing,
            issued_at,
            group_by: None,
        }
    }
}

/// The position as the token has it; at most 500 bytes, so that a token has far less than a KiB.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    tenant: AccountId,
    search: SearchId,
    snapshot: Option<SnapshotId>,
    /// The own grants; tokens of former releases have this name for them
    stack: Option<OwnGrantsId>,
    rows: (u64, u64, u64),
    limit: u16,
    explain: bool,
    issued: i64,
    /// Tokens of former releases have none
    #[serde(default, skip_serializing_if = "Option::is_none")]
    groups: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    outdated: bool,
    /// Says whether policies are explained, beside `explain`. A former release goes on with the statements alone
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    policies: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    positions: Option<PositionsId>,
}

impl Permissions {
    /// Makes the token of a position. It is good for this tenant alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn page_token(
        &self,
        account: &AccountId,
        position: &PagePosition,
    ) -> Result<String, StoreError> {
        let sealed = Sealed {
            tenant: account.clone(),
            search: position.search.clone(),
            snapshot: position.snapshot.clone(),
            stack: position.own_grants.clone(),
            rows: (position.of_snapshot, position.of_own, position.last),
            limit: position.limit.get(),
            explain: position.explain != Explain::Nothing,
            issued: position.issued_at.as_second(),
            groups: position.group_by.map(GroupBy::bits),
            made: position.snapshot_made_at.map(|made| made.to_string()),
            outdated: position.is_outdated,
            policies: position.explain == Explain::Policies,
            positions: position.positions.clone(),
        };
        let text = serde_json::to_string(&sealed).map_err(|error| StoreError::Unreadable(error.into()))?;
        self.tokens
            .seal(&self.client, &self.table, &QUESTION, &text)
            .await
    }

    /// Returns the position of a token. Whatever is wrong with the token, the error is the same.
    ///
    /// # Errors
    /// `Ok(Err(InvalidPageToken))` for what was not given to this tenant; [`StoreError`].
    pub async fn page_position(
        &self,
        account: &AccountId,
        token: &str,
    ) -> Result<Result<PagePosition, InvalidPageToken>, StoreError> {
        let opened = self
            .tokens
            .open(&self.client, &self.table, &QUESTION, token)
            .await?;
        Ok(opened.and_then(|text| read(account, &text).ok_or(InvalidPageToken)))
    }
}

fn read(account: &AccountId, text: &str) -> Option<PagePosition> {
    let sealed: Sealed = serde_json::from_str(text).ok()?;
    let (of_snapshot, of_own, last) = sealed.rows;
    let position = PagePosition {
        search: sealed.search,
        snapshot: sealed.snapshot,
        snapshot_made_at: match sealed.made {
            Some(made) => Some(made.parse().ok()?),
            None => None,
        },
        is_outdated: sealed.outdated,
        own_grants: sealed.stack,
        of_snapshot,
        positions: sealed.positions,
        of_own,
        last,
        limit: Limit::new(sealed.limit.into())?,
        explain: match (sealed.explain, sealed.policies) {
            (false, _) => Explain::Nothing,
            (true, false) => Explain::Statements,
            (true, true) => Explain::Policies,
        },
        issued_at: Timestamp::from_second(sealed.issued).ok()?,
        group_by: match sealed.groups {
            Some(bits) => Some(GroupBy::from_bits(bits)?),
            None => None,
        },
    };
    (sealed.tenant == *account).then_some(position)
}

#[cfg(test)]
mod tests;
