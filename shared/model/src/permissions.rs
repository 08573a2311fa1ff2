//! The requests and replies of permission search.
//!
//! Source: Prisma Cloud, Get Permissions and Get Query Suggestions. Members that those pages lack are ours and are
//! named so.

mod group_by;
mod limit;
mod reply;
mod request;
mod searches;
mod simulate;
#[cfg(test)]
mod tests;

pub use group_by::{GroupBy, GroupByField};
pub use limit::Limit;
pub use reply::{
    PAGE_START, PageMembers, SEARCH_START, SearchMembers, SnapshotReply, SuggestReply, end_page, end_search,
};
pub use request::{
    Explain, GetPermissions, GetPermissionsV4, InvalidMember, InvalidMembers, NextPage, Problem,
    RequestError, Suggest,
};
pub use searches::{ListSearches, ListedSearch, SaveSearch, SearchReply};
pub use simulate::SimulatePermission;
