//! Who can become an administrator, over shards: what a search over all principals finds.

use super::administrator_search::{Realm, compiled, realm, specs_of_realm};
use crate::aws::{EffectivePermissions, compile_shard, paths_across};
use crate::row::AdministratorPath;
use inventory::{Inventory, InventoryDocument, Merge, ShardSize};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The inventory in the order that the import gives it.
fn inventory(realm: &Realm) -> Inventory {
    let Inventory {
        details,
        organization,
        ..
    } = realm.inventory();
    let mut merge = Merge::default();
    merge
        .add("details", InventoryDocument::AuthorizationDetails(details))
        .unwrap();
    if let Some(organization) = organization {
        merge
            .add("organization", InventoryDocument::Organization(organization))
            .unwrap();
    }
    merge.finish()
}

fn paths(
    effective: &EffectivePermissions,
    paths: &mut BTreeMap<(String, String), Option<AdministratorPath>>,
) {
    for source in effective.snapshot().sources.iter() {
        let path = effective.administrator_path(source);
        assert_eq!(path.is_some(), effective.reaches_administrator(source));
        let key = (source.id.to_string(), source.kind.as_str().to_owned());
        if let Some(known) = paths.insert(key, path.clone()) {
            assert_eq!(known, path, "two shards say different things of `{}`", source.id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn paths_over_shards_are_those_of_the_whole(realm in realm()) {
        let inventory = inventory(&realm);
        let whole = EffectivePermissions::from(compiled(&inventory));
        let division = inventory.divide(ShardSize { principals: 0, bytes: 0 });
        let (types, actions) = specs_of_realm();
        let shards: Vec<Arc<EffectivePermissions>> = division.shards.iter().map(|shard| {
            let date = "2026-03-31".parse().unwrap();
            Arc::new(compile_shard((&division.common, shard), types, actions, date).into())
        }).collect();
        prop_assert!(shards.len() > 1);
        let home = |account: &str| division.shards.iter().position(|shard| shard.accounts.contains(account));
        let across = paths_across(shards.len(), home, |number| Arc::clone(&shards[number]));
        let (mut expected, mut found) = (BTreeMap::new(), BTreeMap::new());
        paths(&whole, &mut expected);
        for (shard, across) in division.shards.iter().zip(across) {
            let date = "2026-03-31".parse().unwrap();
            let shard = EffectivePermissions::from(compile_shard((&division.common, shard), types, actions, date));
            paths(&shard.with_paths_across(across), &mut found);
        }
        prop_assert_eq!(found, expected);
    }
}
