//! Merges the groups of all shards and of the own grants.

use super::messages::Counted;
use crate::group::{Groups, Tally, TooManyGroups};
use crate::own::OwnGrants;
use crate::row::AccountNames;
use model::permissions::GroupBy;
use rql::Query;

/// Merges the groups of a query's rows: the groups that shards counted, and the groups of own grants.
///
/// # Errors
/// [`TooManyGroups`].
pub fn merged<'s>(
    by: GroupBy,
    counted: impl IntoIterator<Item = Counted<'s>>,
    own: Option<(&'s OwnGrants, &Query, &'s AccountNames)>,
) -> Result<Groups<'s>, TooManyGroups> {
    let mut tally = Tally::new(by);
    for group in counted {
        tally.add_rows(&group.values, i64::try_from(group.rows).unwrap_or(i64::MAX))?;
    }
    if let Some((own, query, names)) = own {
        own.select(query, Some(names)).tally(&mut tally)?;
    }
    Ok(tally.finish())
}
