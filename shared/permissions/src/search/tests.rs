use proptest::prelude::*;

use super::*;
use crate::aws::tests::pages::for_query;
use crate::aws::tests::sample_account::SampleAccount;
use crate::own;

fn imported() -> EffectivePermissions {
    SampleAccount::of(
        r#"{"Effect":"Allow","Action":["s3:*","sts:AssumeRole"],"Resource":"*"},
        {"Effect":"Allow","Action":"iam:PassRole","Resource":["arn:aws:iam::111122223333:role/app","arn:aws:iam::444455556666:role/x"]}"#,
    )
    .effective()
}

/// Returns own grants, and imported accounts that have sources of the same ids.
pub(crate) fn own_and_imported() -> (EffectivePermissions, OwnGrants) {
    (imported(), own::tests::own_grants())
}

const CONDITIONS: [&str; 8] = [
    "source.public = false",
    "dest.cloud.type = 'AWS'",
    "NOT dest.cloud.type = 'AWS'",
    "dest.cloud.wildcardscope = true",
    "source.cloud.type = 'AWS' AND dest.cloud.account = '111122223333'",
    "action.access.isadministrative = true",
    "action.name CONTAINS ALL ('iotsitewise:ADMINISTRATOR')",
    "action.name = 'nothing'",
];

fn ids(mut rows: Rows<'_, '_>) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(row) = rows.current(false) {
        ids.push(row.id);
        rows.advance();
    }
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    #[test]
    fn pages_of_any_size_concatenate_to_the_whole(
        condition in prop::sample::select(CONDITIONS.as_slice()),
        limits in prop::collection::vec(1_usize..7, 1..5),
    ) {
        let (imported, own) = (imported(), own::tests::own_grants());
        let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
        let search = Search::new(&query, Some(for_query(&imported, &query)), Some(&own));
        let whole = ids(search.rows());
        prop_assert_eq!(whole.len() as u64, search.total());
        let (mut paged, mut after, mut limits) = (Vec::new(), None, limits.iter().cycle());
        loop {
            // Each page makes a new search, as another instance would.
            let search = Search::new(&query, Some(for_query(&imported, &query)), Some(&own));
            let mut rows = match &after {
                None => search.rows(),
                Some(position) => search.rows_after(position).unwrap(),
            };
            for _ in 0..*limits.next().unwrap() {
                paged.extend(rows.current(false).map(|row| row.id));
                rows.advance();
            }
            after = rows.position();
            if after.is_none() {
                break;
            }
        }
        prop_assert_eq!(paged, whole);
    }
}

#[test]
fn the_parts_stand_in_one_order() {
    let (imported, own) = (imported(), own::tests::own_grants());
    let query = Query::parse("config from iam where source.public = false").unwrap();
    let search = Search::new(&query, Some(for_query(&imported, &query)), Some(&own));
    let mut rows = search.rows();
    let (mut keys, mut clouds) = (Vec::new(), Vec::new());
    while let Some(row) = rows.current(false) {
        clouds.push(row.dest_cloud_type);
        keys.push((
            row.source_resource_id,
            row.effective_action_name,
            row.dest_resource_id,
            row.dest_resource_type,
            row.granted_by_cloud_policy_id,
            row.granted_by_cloud_entity_id,
            row.id,
        ));
        rows.advance();
    }
    assert!(keys.is_sorted());
    clouds.dedup();
    assert!(
        clouds.len() > 3,
        "the rows of the parts are not mixed: {clouds:?}"
    );
}

#[test]
fn accounts_have_the_names_that_the_snapshot_gives_them() {
    let (imported, own) = (imported(), own::tests::own_grants());
    let query = Query::parse(
        "config from iam where dest.cloud.account = 'production' AND dest.cloud.type = 'SITEWISE'",
    )
    .unwrap();
    let search = Search::new(&query, Some(for_query(&imported, &query)), Some(&own));
    let row = search.rows().current(false).unwrap();
    assert_eq!(row.dest_cloud_account, "Production");
    assert_eq!(Search::new(&query, None, Some(&own)).total(), 0);
}

#[test]
fn a_position_in_other_rows_is_noticed() {
    let (imported, own) = (imported(), own::tests::own_grants());
    let query = Query::parse("config from iam where source.public = false").unwrap();
    let search = Search::new(&query, Some(for_query(&imported, &query)), Some(&own));
    let mut rows = search.rows();
    for _ in 0..3 {
        rows.advance();
    }
    let position = rows.position().unwrap();
    assert!(search.rows_after(&position).is_ok());
    let other = Position {
        last: position.last ^ 1,
        ..position
    };
    assert_eq!(search.rows_after(&other).unwrap_err(), Moved);
    let beyond = Position {
        of_snapshot: u64::MAX,
        of_own: u64::MAX,
        ..position
    };
    assert_eq!(search.rows_after(&beyond).unwrap_err(), Moved);
    assert_eq!(
        Search::new(&query, None, None).rows_after(&position).unwrap_err(),
        Moved
    );
}
