//! Own grants and imported accounts are in one order, on pages of any size, over one shard and over several.

use super::realms::realm;
use super::searched_shards::{SearchedShards, written};
use super::{TOGETHER, config, shards};
use crate::aws::EffectivePermissions;
use crate::aws::query;
use crate::aws::tests::sample_account::{SampleAccount, effective};
use crate::aws::tests::selected;
use crate::own::{self, OwnGrants};
use crate::row::OwnedKey;
use crate::shard::{MergedRows, Moved, RowForm, ShardPositions};
use proptest::prelude::*;
use rql::Query;

const FORM: (RowForm, bool) = (RowForm::Json, false);

const CONDITIONS: [&str; 9] = [
    "source.public = false",
    "dest.cloud.type = 'AWS'",
    "NOT dest.cloud.type = 'AWS'",
    "dest.cloud.type = 'AWS' OR dest.cloud.type = 'NCLOUD'",
    "dest.cloud.wildcardscope = true",
    "source.cloud.type = 'AWS' AND dest.cloud.account = '111122223333'",
    "action.access.isadministrative = true",
    "action.name CONTAINS ALL ('iotsitewise:ADMINISTRATOR')",
    "action.name = 'nothing'",
];

/// Returns own grants, and imported accounts that have sources of the same ids.
pub(crate) fn own_and_imported() -> (EffectivePermissions, OwnGrants) {
    let imported = SampleAccount::of(
        r#"{"Effect":"Allow","Action":["s3:*","sts:AssumeRole"],"Resource":"*"},
        {"Effect":"Allow","Action":"iam:PassRole","Resource":["arn:aws:iam::111122223333:role/app","arn:aws:iam::444455556666:role/x"]}"#,
    );
    (imported.effective(), own::tests::own_grants())
}

/// Returns the rows of both, written and sorted by their keys.
fn sorted(whole: &EffectivePermissions, own: &OwnGrants, query: &Query) -> Vec<String> {
    let selection = selected::selection(whole, query);
    let imported = selection.rows(0).map(|row| {
        let text = written(&query::written(&row), FORM.0);
        (OwnedKey::from(row.key()), text)
    });
    let own = own.select(query, Some(&whole.snapshot().account_names));
    let of_own = own
        .rows(0)
        .map(|row| (OwnedKey::from(row.key()), written(&row.row(), FORM.0)));
    let mut all: Vec<_> = imported.chain(of_own).collect();
    all.sort_by(|(one, _), (other, _)| one.get().cmp(&other.get()));
    all.into_iter().map(|(_, text)| text).collect()
}

/// Pages through the whole result with pages of these sizes in turn.
fn paged(
    (whole, shards): (&EffectivePermissions, &[EffectivePermissions]),
    own_grants: &OwnGrants,
    condition: &str,
    limits: &[usize],
) -> Result<(), TestCaseError> {
    let (searched, query) = SearchedShards::new(shards, condition);
    let expected = sorted(whole, own_grants, &query);
    let own = Some((own_grants, &query, &whole.snapshot().account_names));
    let (mut all, mut after) = (Vec::new(), ShardPositions::default());
    for limit in limits.iter().cycle() {
        let page = searched.page(own, &after, (*limit, 3), FORM).unwrap();
        prop_assert_eq!(page.total, expected.len() as u64);
        prop_assert!(page.rows.len() == *limit || page.next.is_none());
        all.extend(page.rows);
        let Some(next) = page.next else { break };
        after = ShardPositions::decode(&next.encode().unwrap()).unwrap();
    }
    prop_assert_eq!(all, expected);
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn pages_over_several_shards_concatenate_to_the_whole(
        realm in realm(),
        condition in prop::sample::select([CONDITIONS[3], CONDITIONS[0], TOGETHER[2]].as_slice()),
        limit in 1_usize..20,
    ) {
        let inventory = realm.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, 0));
        paged((&whole, &shards), &own::tests::own_grants(), condition, &[limit])?;
    }

    #[test]
    fn pages_over_one_shard_concatenate_to_the_whole(
        condition in prop::sample::select(CONDITIONS.as_slice()),
        limits in prop::collection::vec(1_usize..7, 1..5),
    ) {
        let (whole, own) = own_and_imported();
        paged((&whole, std::slice::from_ref(&whole)), &own, condition, &limits)?;
    }
}

#[test]
fn rows_of_both_are_mixed() {
    let (whole, own_grants) = own_and_imported();
    let (searched, query) = SearchedShards::new(std::slice::from_ref(&whole), CONDITIONS[0]);
    let own = Some((&own_grants, &query, &whole.snapshot().account_names));
    let rows = searched.whole(own, FORM).rows;
    let mut clouds: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap()["destCloudType"].take())
        .collect();
    clouds.dedup();
    assert!(
        clouds.len() > 3,
        "the rows of the parts are not mixed: {clouds:?}"
    );
}

#[test]
fn accounts_have_the_names_that_the_snapshot_gives_them() {
    let (whole, own_grants) = own_and_imported();
    let condition = "dest.cloud.account = 'production' AND dest.cloud.type = 'SITEWISE'";
    let (searched, query) = SearchedShards::new(std::slice::from_ref(&whole), condition);
    let own = Some((&own_grants, &query, &whole.snapshot().account_names));
    let page = searched.whole(own, FORM);
    assert!(
        page.rows[0].contains(r#""destCloudAccount":"Production""#),
        "{page:?}"
    );
    // Without a snapshot the account has no name.
    assert_eq!(own_grants.select(&query, None).total(), 0);
}

#[test]
fn a_position_in_other_rows_is_noticed() {
    let (whole, own_grants) = own_and_imported();
    let (searched, query) = SearchedShards::new(std::slice::from_ref(&whole), CONDITIONS[0]);
    let own = Some((&own_grants, &query, &whole.snapshot().account_names));
    let page = |after: &ShardPositions| searched.page(own, after, (3, 9), FORM);
    let position = page(&ShardPositions::default()).unwrap().next.unwrap();
    assert!(page(&position).is_ok());
    let other = ShardPositions {
        last: position.last.map(|last| last ^ 1),
        ..position.clone()
    };
    assert_eq!(page(&other).unwrap_err(), Moved);
    let beyond = ShardPositions {
        of_shards: vec![u64::MAX],
        of_own: u64::MAX,
        ..position.clone()
    };
    assert_eq!(page(&beyond).unwrap_err(), Moved);
    // Nothing is imported any more, and nothing is granted.
    assert_eq!(MergedRows::new(Vec::new(), None, &position).unwrap_err(), Moved);
}
