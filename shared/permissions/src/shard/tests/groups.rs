//! Groups over several shards are those of one shard that holds the whole inventory.

use super::realms::realm;
use super::searched_shards::{SearchedShards, groups_of};
use super::{CONDITIONS, config, shards};
use crate::aws::tests::sample_account::effective;
use crate::group::Groups;
use model::permissions::{GroupBy, GroupByField};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn groups_over_shards_are_those_of_the_whole(
        realm in realm(),
        principals in 0_usize..6,
        condition in prop::sample::select(CONDITIONS.as_slice()),
        fields in prop::sample::subsequence(GroupByField::ALL.to_vec(), 1..4),
        bytes in prop::sample::select(vec![1_u64, 2_000, u64::MAX]),
    ) {
        let inventory = realm.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, principals));
        let (searched, _) = SearchedShards::new(&shards, condition);
        let by = GroupBy::of(fields);
        let (one, _) = SearchedShards::new(std::slice::from_ref(&whole), condition);
        let expected = one.group_replies(by, u64::MAX);
        let of_whole = groups_of(&expected, by, None);
        let replies = searched.group_replies(by, bytes);
        let of_shards = groups_of(&replies, by, None);
        prop_assert_eq!((of_shards.total(), of_shards.rows()), (of_whole.total(), of_whole.rows()));
        for number in 0..of_whole.total() {
            let text = |groups: &Groups<'_>| serde_json::to_string(&groups.get(number).unwrap()).unwrap();
            prop_assert_eq!(text(&of_shards), text(&of_whole));
        }
    }
}
