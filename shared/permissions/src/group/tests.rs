//! Compares groups with a grouping of the rows, one by one.

use std::collections::BTreeMap;

use model::permissions::{GroupBy, GroupByField};
use proptest::prelude::*;
use serde_json::Value;

use crate::aws::EffectivePermissions;
use crate::aws::tests::queries::{query, with_usage};
use crate::own;
use crate::own::OwnGrants;
use crate::shard::tests::own_grants::own_and_imported;
use crate::shard::tests::searched_shards::{SearchedShards, groups_of};
use crate::shard::{Moved, RowForm};

/// Returns the members that belong to each field, as the operation documents them.
fn members(field: GroupByField) -> &'static [&'static str] {
    match field {
        GroupByField::Source => &[
            "sourcePublic",
            "sourceCloudType",
            "sourceCloudRegion",
            "sourceCloudServiceName",
            "sourceResourceName",
            "sourceResourceType",
            "sourceResourceId",
            "sourceIdpService",
            "sourceIdpDomain",
        ],
        GroupByField::SourceCloudAccount => &["sourceCloudAccount"],
        GroupByField::GrantedByEntity => &[
            "grantedByCloudEntityId",
            "grantedByCloudEntityName",
            "grantedByCloudEntityType",
        ],
        GroupByField::EntityCloudAccount => &["grantedByCloudEntityAccount"],
        GroupByField::GrantedByPolicy => &[
            "grantedByCloudPolicyId",
            "grantedByCloudPolicyName",
            "grantedByCloudPolicyType",
            "grantedByCloudType",
        ],
        GroupByField::PolicyCloudAccount => &["grantedByCloudPolicyAccount"],
        GroupByField::GrantedByLevel => &[],
        GroupByField::Action => &["effectiveActionName"],
        GroupByField::Destination => &[
            "destCloudType",
            "destCloudRegion",
            "destCloudServiceName",
            "destResourceName",
            "destResourceType",
            "destResourceId",
            "wildCardDestCloudResourceName",
        ],
        GroupByField::DestCloudAccount => &["destCloudAccount"],
        GroupByField::LastAccess => &["lastAccessDate", "lastAccessStatus"],
    }
}

/// Returns the text of an item without its id and its number of rows.
fn shown(mut item: Value, keep: impl Fn(&str) -> bool) -> String {
    if let Value::Object(members) = &mut item {
        members.retain(|name, value| !value.is_null() && keep(name));
    }
    item.to_string()
}

fn check(
    imported: &EffectivePermissions,
    own: &OwnGrants,
    condition: &str,
    fields: &[GroupByField],
) -> Result<(), TestCaseError> {
    let (searched, query) = SearchedShards::new(std::slice::from_ref(imported), condition);
    let own = Some((own, &query, &imported.snapshot().account_names));
    let by = GroupBy::of(fields.iter().copied());
    let kept: Vec<&str> = fields.iter().flat_map(|field| members(*field)).copied().collect();
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    let whole = searched.whole(own, (RowForm::Item, false));
    for item in &whole.rows {
        let item = serde_json::from_str(item).unwrap();
        *expected
            .entry(shown(item, |name| kept.contains(&name)))
            .or_default() += 1;
    }
    let replies = searched.group_replies(by, u64::MAX);
    let groups = groups_of(&replies, by, own);
    prop_assert_eq!(groups.rows(), whole.total);
    prop_assert_eq!(groups.total(), expected.len() as u64);
    let mut counts = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for number in 0..groups.total() {
        let item = serde_json::to_value(groups.get(number).unwrap()).unwrap();
        let count = item["rowCount"].as_u64().unwrap();
        counts.push(count);
        ids.insert(item["id"].to_string());
        let text = shown(item, |name| !["id", "rowCount"].contains(&name));
        prop_assert_eq!(expected.get(&text), Some(&count), "{}", text);
        // Each page merges the groups again, as another instance would.
        let again = groups_of(&replies, by, own);
        if let Some(position) = again.position(number + 1) {
            prop_assert_eq!(groups.behind(position), Ok(number + 1));
        }
    }
    prop_assert_eq!(ids.len() as u64, groups.total());
    prop_assert!(counts.is_sorted_by(|one, next| one >= next));
    Ok(())
}

fn fields() -> impl Strategy<Value = Vec<GroupByField>> {
    prop::sample::subsequence(GroupByField::ALL.as_slice(), 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    #[test]
    fn groups_are_the_rows_grouped_one_by_one(condition in query(), fields in fields()) {
        let effective: EffectivePermissions = with_usage();
        check(&effective, &own::tests::own_grants(), &condition, &fields)?;
    }

    #[test]
    fn own_grants_and_imported_accounts_are_in_one_grouping(fields in fields()) {
        let (imported, own) = own_and_imported();
        check(&imported, &own, "source.public = false", &fields)?;
    }
}

#[test]
fn a_position_of_another_result_is_refused() {
    let effective = with_usage();
    let (searched, _) = SearchedShards::new(std::slice::from_ref(&effective), "source.public = false");
    let replies = |field| {
        let by = GroupBy::of([field]);
        (searched.group_replies(by, u64::MAX), by)
    };
    let (of_actions, by_action) = replies(GroupByField::Action);
    let (of_sources, by_source) = replies(GroupByField::Source);
    let position = groups_of(&of_actions, by_action, None).position(1).unwrap();
    assert_eq!(groups_of(&of_actions, by_action, None).behind(position), Ok(1));
    let other = groups_of(&of_sources, by_source, None).behind(position);
    assert_eq!(other, Err(Moved));
}
