//! Compares groups with a grouping of the rows, one by one.

use std::collections::BTreeMap;

use model::permissions::{GroupBy, GroupByField};
use proptest::prelude::*;
use rql::Query;
use serde_json::Value;

use crate::aws::EffectivePermissions;
use crate::aws::tests::pages::for_query;
use crate::aws::tests::queries::{query, with_usage};
use crate::own;
use crate::search::{Search, tests::own_and_imported};

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

fn check(search: &Search<'_>, fields: &[GroupByField]) -> Result<(), TestCaseError> {
    let by = GroupBy::of(fields.iter().copied());
    let kept: Vec<&str> = fields.iter().flat_map(|field| members(*field)).copied().collect();
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    let mut rows = search.rows();
    while let Some(item) = rows.current_item() {
        let item = serde_json::to_value(item).unwrap();
        *expected
            .entry(shown(item, |name| kept.contains(&name)))
            .or_default() += 1;
        rows.advance();
    }
    let groups = search.groups(by).unwrap();
    prop_assert_eq!(groups.rows(), search.total());
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
        // Each page makes a new search, as another instance would.
        let again = search.groups(by).unwrap();
        if let Some(position) = again.position(number + 1) {
            prop_assert_eq!(groups.behind(&position), Ok(number + 1));
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
        let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
        let own = own::tests::own_grants();
        check(&Search::new(&query, Some(for_query(&effective, &query)), Some(&own)), &fields)?;
    }

    #[test]
    fn own_grants_and_imported_accounts_are_in_one_grouping(fields in fields()) {
        let (imported, own) = own_and_imported();
        let query = Query::parse("config from iam where source.public = false").unwrap();
        check(&Search::new(&query, Some(for_query(&imported, &query)), Some(&own)), &fields)?;
    }
}

#[test]
fn a_position_of_another_result_is_refused() {
    let effective = with_usage();
    let groups = |condition: &str| {
        let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
        let search = Search::new(&query, Some(for_query(&effective, &query)), None);
        let by = GroupBy::of([GroupByField::Action]);
        let position = search.groups(by).unwrap().position(1);
        let position = position.unwrap();
        let other = Search::new(&query, Some(for_query(&effective, &query)), None)
            .groups(GroupBy::of([GroupByField::Source]))
            .unwrap();
        other.behind(&position)
    };
    assert_eq!(groups("source.public = false"), Err(crate::search::Moved));
}
